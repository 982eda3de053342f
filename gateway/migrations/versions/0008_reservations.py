# ruff: noqa: S608  # the statements are put together from constants of this module
"""Tips and parts of payments, reservations of amounts on a card, their completion, and the ends of terminals' days."""

from typing import Any

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import JSONB, TIMESTAMP

revision = "0008"
down_revision = "0007"
branch_labels = None
depends_on = None

INSTANT = sa.BigInteger().with_variant(TIMESTAMP(timezone=True), "postgresql")
DOCUMENT = sa.Text().with_variant(JSONB(none_as_null=True), "postgresql")
PLACE = ("tenant_id", "store_id")
APPEND_ONLY = ("day_close", "reservation", "reservation_event", "reservation_write_off")
CLAIMING = "state IN ('approved', 'sent', 'unknown')"
BEFORE = "purpose IN ('payment', 'refund')"
AFTER = "purpose IN ('day', 'payment', 'refund', 'release', 'reserve')"
SUBJECT = "(payment_id IS NULL) = (purpose IN ('day', 'release', 'reserve'))"
TIP = "tip_minor >= 0 AND tip_minor < amount_minor"
TO_RESERVATION = "FOREIGN KEY(tenant_id, store_id, reservation_id) REFERENCES reservation"
END = ""
"""Where a rule is added to the text of a table."""
CLAIMED = (
    "(SELECT sum(r.amount_minor) FROM refund r JOIN attempt a ON a.tenant_id = r.tenant_id AND a.store_id = r.store_id"
    " AND a.attempt_id = r.attempt_id WHERE r.tenant_id = NEW.tenant_id AND r.store_id = NEW.store_id"
    f" AND r.payment_id = NEW.payment_id AND a.{CLAIMING})"
)
NOT_ITS_TRY = (
    "NOT EXISTS (SELECT 1 FROM attempt a WHERE a.tenant_id = NEW.tenant_id AND a.store_id = NEW.store_id"
    " AND a.attempt_id = NEW.attempt_id AND a.payment_id = NEW.payment_id AND a.terminal_id = NEW.terminal_id"
    " AND a.purpose = 'refund' AND a.state = 'sent')"
)


def upgrade() -> None:
    _create_reservation()
    _create_day_close()
    _widen_payment()
    _widen_attempt()
    _refuse_changes()
    _hold_limit({"sqlite": "json_extract(a.result, '$.amount_minor')"}.get(_dialect(), "(a.result ->> 'amount_minor')"))


def downgrade() -> None:
    """Reservations and ends of days are lost; payments that completed one stay, the ledger keeps its entries."""
    _hold_limit(None)
    op.drop_table("day_close")
    op.execute("DELETE FROM attempt WHERE payment_id IS NULL")
    op.drop_index("ix_attempt_reservation", "attempt")
    op.drop_index("uq_attempt_ends_reservation", "attempt")
    if _dialect() == "postgresql":
        op.drop_constraint("ck_attempt_subject", "attempt")
        op.drop_constraint("ck_attempt_purpose", "attempt")
        op.drop_constraint("fk_attempt_reservation", "attempt")
        op.create_check_constraint("ck_attempt_purpose", "attempt", BEFORE)
        op.alter_column("attempt", "payment_id", nullable=False)
        for column in ("reservation_id", "original"):
            op.drop_column("attempt", column)
        op.drop_constraint("ck_payment_tip", "payment")
        for column in ("allow_partial", "tip_minor"):
            op.drop_column("payment", column)
    else:
        _rewrite_sqlite(
            "attempt",
            (f"CHECK ({AFTER})", f"CHECK ({BEFORE})"),
            ("payment_id CHAR(32)", "payment_id CHAR(32) NOT NULL"),
            (f", CONSTRAINT fk_attempt_reservation {TO_RESERVATION} (tenant_id, store_id, reservation_id)", ""),
        )
        for table, column in (
            ("attempt", "original"),
            ("attempt", "reservation_id"),
            ("payment", "allow_partial"),
            ("payment", "tip_minor"),
        ):
            op.execute(f"ALTER TABLE {table} DROP COLUMN {column}")
    for table in ("reservation_write_off", "reservation_event", "reservation"):
        op.drop_table(table)


def _dialect() -> str:
    return op.get_bind().dialect.name


def _place() -> tuple[sa.Column[Any], sa.Column[Any]]:
    return sa.Column("tenant_id", sa.String(64), nullable=False), sa.Column("store_id", sa.String(64), nullable=False)


def _foreign(name: str, column: str, table: str, target: str) -> sa.ForeignKeyConstraint:
    targets = [f"{table}.{part}" for part in (*PLACE, target)]
    return sa.ForeignKeyConstraint([*PLACE, column], targets, name=name)


def _create_reservation() -> None:
    op.create_table(
        "reservation",
        *_place(),
        sa.Column("reservation_id", sa.Uuid(), nullable=False),
        sa.Column("register_id", sa.String(64), nullable=False),
        sa.Column("terminal_id", sa.String(64), nullable=False),
        sa.Column("amount_minor", sa.BigInteger(), nullable=False),
        sa.Column("currency", sa.CHAR(3), nullable=False),
        sa.Column("reference", sa.Text()),
        sa.Column("created_at", INSTANT, nullable=False),
        sa.Column("created_by", sa.Text(), nullable=False),
        sa.Column("trace_id", sa.String(255), nullable=False),
        sa.CheckConstraint("amount_minor > 0", name="ck_reservation_amount"),
        sa.PrimaryKeyConstraint(*PLACE, "reservation_id", name="pk_reservation"),
    )
    op.create_table(
        "reservation_event",
        *_place(),
        sa.Column("reservation_id", sa.Uuid(), nullable=False),
        sa.Column("sequence", sa.Integer(), nullable=False),
        sa.Column("kind", sa.String(32), nullable=False),
        sa.Column("state", sa.String(16), nullable=False),
        sa.Column("words", sa.Text(), nullable=False),
        sa.Column("actor", sa.Text(), nullable=False),
        sa.Column("recorded_at", INSTANT, nullable=False),
        sa.CheckConstraint(
            "state IN ('approved', 'cancelled', 'declined', 'not_charged', 'sent', 'unknown')",
            name="ck_reservation_event_state",
        ),
        sa.CheckConstraint("sequence >= 1", name="ck_reservation_event_sequence"),
        _foreign("fk_reservation_event_reservation", "reservation_id", "reservation", "reservation_id"),
        sa.PrimaryKeyConstraint(*PLACE, "reservation_id", "sequence", name="pk_reservation_event"),
    )
    op.create_table(
        "reservation_write_off",
        *_place(),
        sa.Column("reservation_id", sa.Uuid(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("noted_at", INSTANT, nullable=False),
        sa.Column("noted_by", sa.Text(), nullable=False),
        _foreign("fk_reservation_write_off", "reservation_id", "reservation", "reservation_id"),
        sa.PrimaryKeyConstraint(*PLACE, "reservation_id", name="pk_reservation_write_off"),
    )


def _create_day_close() -> None:
    op.create_table(
        "day_close",
        *_place(),
        sa.Column("close_id", sa.Uuid(), nullable=False),
        sa.Column("attempt_id", sa.Uuid(), nullable=False),
        sa.Column("register_id", sa.String(64), nullable=False),
        sa.Column("terminal_id", sa.String(64), nullable=False),
        sa.Column("business_date", sa.String(10), nullable=False),
        sa.Column("scheduled", sa.Boolean(), nullable=False),
        sa.Column("created_at", INSTANT, nullable=False),
        sa.Column("created_by", sa.Text(), nullable=False),
        _foreign("fk_day_close_attempt", "attempt_id", "attempt", "attempt_id"),
        sa.PrimaryKeyConstraint(*PLACE, "close_id", name="pk_day_close"),
        sa.UniqueConstraint(*PLACE, "attempt_id", name="uq_day_close_attempt"),
    )
    op.create_index("ix_day_close_terminal", "day_close", [*PLACE, "terminal_id", "created_at"])
    _partial_index("uq_day_close_scheduled", "day_close", ["terminal_id", "business_date"], "scheduled", unique=True)


def _partial_index(name: str, table: str, columns: list[str], condition: str, *, unique: bool) -> None:
    where = sa.text(condition)
    op.create_index(name, table, [*PLACE, *columns], unique=unique, sqlite_where=where, postgresql_where=where)


def _widen_payment() -> None:
    # Written out, as in 0002: SQLite adds a column with its check in one statement.
    op.execute(
        f"ALTER TABLE payment ADD COLUMN tip_minor BIGINT DEFAULT 0 NOT NULL CONSTRAINT ck_payment_tip CHECK ({TIP})"
    )
    op.execute("ALTER TABLE payment ADD COLUMN allow_partial BOOLEAN DEFAULT false NOT NULL")


def _widen_attempt() -> None:
    kinds = ("CHAR(32)", "TEXT") if _dialect() == "sqlite" else ("UUID", "JSONB")
    if _dialect() == "postgresql":
        op.drop_constraint("ck_attempt_purpose", "attempt")
        op.create_check_constraint("ck_attempt_purpose", "attempt", AFTER)
        op.alter_column("attempt", "payment_id", nullable=True)
    op.execute(
        f"ALTER TABLE attempt ADD COLUMN reservation_id {kinds[0]} CONSTRAINT ck_attempt_subject CHECK ({SUBJECT})"
    )
    op.execute(f"ALTER TABLE attempt ADD COLUMN original {kinds[1]}")
    if _dialect() == "postgresql":
        op.create_foreign_key(
            "fk_attempt_reservation",
            "attempt",
            "reservation",
            [*PLACE, "reservation_id"],
            [*PLACE, "reservation_id"],
        )
    else:
        _rewrite_sqlite(
            "attempt",
            (f"CHECK ({BEFORE})", f"CHECK ({AFTER})"),
            ("payment_id CHAR(32) NOT NULL", "payment_id CHAR(32)"),
            (END, f", CONSTRAINT fk_attempt_reservation {TO_RESERVATION} (tenant_id, store_id, reservation_id)"),
        )
    ends = f"reservation_id IS NOT NULL AND purpose <> 'reserve' AND {CLAIMING}"
    _partial_index("uq_attempt_ends_reservation", "attempt", ["reservation_id"], ends, unique=True)
    _partial_index("ix_attempt_reservation", "attempt", ["reservation_id"], "reservation_id IS NOT NULL", unique=False)


def _rewrite_sqlite(table: str, *changes: tuple[str, str]) -> None:
    """Loosen the rules of a table in its own text: https://www.sqlite.org/lang_altertable.html#otheralter.

    SQLite cannot change a rule of a column; making the table anew would copy every row and break what refers to it.
    All rows fit both texts, so nothing but the text has to change.
    """
    connection = op.get_bind()
    found = connection.exec_driver_sql("SELECT sql FROM sqlite_schema WHERE type = 'table' AND name = ?", (table,))
    body = str(found.scalar_one()).rstrip().removesuffix(")").rstrip()
    for old, new in changes:
        at = len(body) if old == END else body.find(old)
        if at < 0:
            raise RuntimeError(f"table {table} is not as this migration knows it: {old}")
        body = body[:at] + new + body[at + len(old) :]
    version = connection.exec_driver_sql("PRAGMA schema_version").scalar_one()
    connection.exec_driver_sql("PRAGMA writable_schema = ON")
    connection.exec_driver_sql(
        "UPDATE sqlite_schema SET sql = ? WHERE type = 'table' AND name = ?", (f"{body}\n)", table)
    )
    connection.exec_driver_sql(f"PRAGMA schema_version = {int(version) + 1}")
    connection.exec_driver_sql("PRAGMA writable_schema = RESET")


def _refuse_changes() -> None:
    """Let the database itself refuse to change or remove what was recorded, as in 0001."""
    for table in APPEND_ONLY:
        if _dialect() == "postgresql":
            op.execute(
                f"CREATE TRIGGER {table}_no_change BEFORE UPDATE OR DELETE ON {table}"
                " FOR EACH ROW EXECUTE FUNCTION refuse_change()"
            )
            op.execute(
                f"CREATE TRIGGER {table}_no_truncate BEFORE TRUNCATE ON {table}"
                " FOR EACH STATEMENT EXECUTE FUNCTION refuse_change()"
            )
            continue
        for verb in ("UPDATE", "DELETE"):
            op.execute(
                f"CREATE TRIGGER {table}_no_{verb.lower()} BEFORE {verb} ON {table}"
                f" BEGIN SELECT RAISE(ABORT, '{table} is append-only'); END"
            )


def _captured(told: str | None) -> str:
    """Return what a payment's card was charged, as SQL. ``told``: the amount its terminal named, as SQL, if used."""
    amount = "p.amount_minor" if told is None else f"coalesce(CAST({told} AS BIGINT), p.amount_minor)"
    return (
        f"coalesce((SELECT {amount} FROM payment p JOIN attempt a ON a.tenant_id = p.tenant_id"
        " AND a.store_id = p.store_id AND a.payment_id = p.payment_id AND a.purpose = 'payment'"
        " AND a.state = 'approved' WHERE p.tenant_id = NEW.tenant_id AND p.store_id = NEW.store_id"
        " AND p.payment_id = NEW.payment_id AND p.currency = NEW.currency), 0)"
    )


def _hold_limit(told: str | None) -> None:
    """Let a refund's limit be what the card was charged: less than was asked for, or more where there was a tip."""
    condition = f"{NOT_ITS_TRY} OR {CLAIMED} > {_captured(told)}"
    if _dialect() == "sqlite":
        op.execute("DROP TRIGGER refund_within_payment")
        op.execute(
            f"CREATE TRIGGER refund_within_payment AFTER INSERT ON refund WHEN {condition}"
            " BEGIN SELECT RAISE(ABORT, 'refund_within_payment'); END"
        )
        return
    op.execute(
        "CREATE OR REPLACE FUNCTION refund_within_payment() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN"
        " PERFORM 1 FROM payment p WHERE p.tenant_id = NEW.tenant_id AND p.store_id = NEW.store_id"
        " AND p.payment_id = NEW.payment_id FOR NO KEY UPDATE;"
        f" IF {condition} THEN"
        " RAISE EXCEPTION 'refund_within_payment'"
        " USING ERRCODE = 'check_violation', CONSTRAINT = 'refund_within_payment';"
        " END IF; RETURN NULL; END $$"
    )
