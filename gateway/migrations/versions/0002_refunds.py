# ruff: noqa: S608  # the statements are put together from constants of this module
"""Refunds: what an attempt is for, the refund itself, its journal, and the limit of what may be given back."""

from typing import Any

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import JSONB, TIMESTAMP

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None

INSTANT = sa.BigInteger().with_variant(TIMESTAMP(timezone=True), "postgresql")
DOCUMENT = sa.Text().with_variant(JSONB(none_as_null=True), "postgresql")
PLACE = ("tenant_id", "store_id")
APPEND_ONLY = ("refund", "refund_event")
CLAIMING = "state IN ('approved', 'sent', 'unknown')"
CLAIMS_PAYMENT = "uq_attempt_claims_payment"
# What refunds of one payment claim, and the most they may: its amount if a card was charged in the same currency.
CLAIMED = (
    "(SELECT sum(r.amount_minor) FROM refund r JOIN attempt a ON a.tenant_id = r.tenant_id AND a.store_id = r.store_id"
    " AND a.attempt_id = r.attempt_id WHERE r.tenant_id = NEW.tenant_id AND r.store_id = NEW.store_id"
    f" AND r.payment_id = NEW.payment_id AND a.{CLAIMING})"
)
CAPTURED = (
    "coalesce((SELECT p.amount_minor FROM payment p WHERE p.tenant_id = NEW.tenant_id AND p.store_id = NEW.store_id"
    " AND p.payment_id = NEW.payment_id AND p.currency = NEW.currency AND EXISTS (SELECT 1 FROM attempt a"
    " WHERE a.tenant_id = p.tenant_id AND a.store_id = p.store_id AND a.payment_id = p.payment_id"
    " AND a.purpose = 'payment' AND a.state = 'approved')), 0)"
)
NOT_ITS_TRY = (
    "NOT EXISTS (SELECT 1 FROM attempt a WHERE a.tenant_id = NEW.tenant_id AND a.store_id = NEW.store_id"
    " AND a.attempt_id = NEW.attempt_id AND a.payment_id = NEW.payment_id AND a.terminal_id = NEW.terminal_id"
    " AND a.purpose = 'refund' AND a.state = 'sent')"
)


def upgrade() -> None:
    _add_purpose()
    _create_refund()
    _create_journal()
    _refuse_changes()
    _hold_limit()


def downgrade() -> None:
    """Refunds given so far are lost, and with them why the ledger has their entries: keep a copy."""
    op.drop_table("refund_event")
    op.drop_table("refund")
    op.execute("DELETE FROM attempt WHERE purpose = 'refund'")
    op.drop_index(CLAIMS_PAYMENT, "attempt")
    if op.get_bind().dialect.name == "postgresql":
        op.execute("DROP FUNCTION refund_within_payment()")
        op.drop_constraint("ck_attempt_purpose", "attempt")
        op.drop_column("attempt", "purpose")
    else:
        op.execute("ALTER TABLE attempt DROP COLUMN purpose")
    _claims_index(CLAIMING)


def _place() -> tuple[sa.Column[Any], sa.Column[Any]]:
    return sa.Column("tenant_id", sa.String(64), nullable=False), sa.Column("store_id", sa.String(64), nullable=False)


def _foreign(name: str, column: str, table: str, target: str) -> sa.ForeignKeyConstraint:
    targets = [f"{table}.{part}" for part in (*PLACE, target)]
    return sa.ForeignKeyConstraint([*PLACE, column], targets, name=name)


def _claims_index(condition: str) -> None:
    where = sa.text(condition)
    op.create_index(
        CLAIMS_PAYMENT, "attempt", [*PLACE, "payment_id"], unique=True, sqlite_where=where, postgresql_where=where
    )


def _add_purpose() -> None:
    # Written out: SQLite adds a column with its check in one statement, without making the table anew.
    op.execute(
        "ALTER TABLE attempt ADD COLUMN purpose VARCHAR(8) DEFAULT 'payment' NOT NULL"
        " CONSTRAINT ck_attempt_purpose CHECK (purpose IN ('payment', 'refund'))"
    )
    op.drop_index(CLAIMS_PAYMENT, "attempt")
    _claims_index(f"purpose = 'payment' AND {CLAIMING}")


def _create_refund() -> None:
    op.create_table(
        "refund",
        *_place(),
        sa.Column("refund_id", sa.Uuid(), nullable=False),
        sa.Column("payment_id", sa.Uuid(), nullable=False),
        sa.Column("attempt_id", sa.Uuid(), nullable=False),
        sa.Column("register_id", sa.String(64), nullable=False),
        sa.Column("terminal_id", sa.String(64), nullable=False),
        sa.Column("amount_minor", sa.BigInteger(), nullable=False),
        sa.Column("currency", sa.CHAR(3), nullable=False),
        sa.Column("way", sa.String(16), nullable=False),
        sa.Column("original", DOCUMENT, nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("created_at", INSTANT, nullable=False),
        sa.Column("created_by", sa.Text(), nullable=False),
        sa.Column("trace_id", sa.String(255), nullable=False),
        sa.CheckConstraint("amount_minor > 0", name="ck_refund_amount"),
        sa.CheckConstraint("way IN ('credit', 'reversal')", name="ck_refund_way"),
        _foreign("fk_refund_payment", "payment_id", "payment", "payment_id"),
        _foreign("fk_refund_attempt", "attempt_id", "attempt", "attempt_id"),
        sa.PrimaryKeyConstraint(*PLACE, "refund_id", name="pk_refund"),
        sa.UniqueConstraint(*PLACE, "attempt_id", name="uq_refund_attempt"),
    )
    op.create_index("ix_refund_payment", "refund", [*PLACE, "payment_id"])


def _create_journal() -> None:
    op.create_table(
        "refund_event",
        *_place(),
        sa.Column("refund_id", sa.Uuid(), nullable=False),
        sa.Column("sequence", sa.Integer(), nullable=False),
        sa.Column("kind", sa.String(32), nullable=False),
        sa.Column("state", sa.String(16), nullable=False),
        sa.Column("words", sa.Text(), nullable=False),
        sa.Column("actor", sa.Text(), nullable=False),
        sa.Column("recorded_at", INSTANT, nullable=False),
        sa.CheckConstraint(
            "state IN ('approved', 'cancelled', 'declined', 'not_charged', 'sent', 'unknown')",
            name="ck_refund_event_state",
        ),
        sa.CheckConstraint("sequence >= 1", name="ck_refund_event_sequence"),
        _foreign("fk_refund_event_refund", "refund_id", "refund", "refund_id"),
        sa.PrimaryKeyConstraint(*PLACE, "refund_id", "sequence", name="pk_refund_event"),
    )


def _refuse_changes() -> None:
    """Let the database itself refuse to change or remove what was recorded, as in 0001."""
    postgresql = op.get_bind().dialect.name == "postgresql"
    for table in APPEND_ONLY:
        if postgresql:
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


def _hold_limit() -> None:
    """Let the database refuse a refund that, with those before it, exceeds its payment."""
    if op.get_bind().dialect.name == "sqlite":
        op.execute(
            "CREATE TRIGGER refund_within_payment AFTER INSERT ON refund"
            f" WHEN {NOT_ITS_TRY} OR {CLAIMED} > {CAPTURED}"
            " BEGIN SELECT RAISE(ABORT, 'refund_within_payment'); END"
        )
        return
    # The lock comes first: what is counted after it includes every refund that was waited for.
    op.execute(
        "CREATE FUNCTION refund_within_payment() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN"
        " PERFORM 1 FROM payment p WHERE p.tenant_id = NEW.tenant_id AND p.store_id = NEW.store_id"
        " AND p.payment_id = NEW.payment_id FOR NO KEY UPDATE;"
        f" IF {NOT_ITS_TRY} OR {CLAIMED} > {CAPTURED} THEN"
        " RAISE EXCEPTION 'refund_within_payment'"
        " USING ERRCODE = 'check_violation', CONSTRAINT = 'refund_within_payment';"
        " END IF; RETURN NULL; END $$"
    )
    op.execute(
        "CREATE TRIGGER refund_within_payment AFTER INSERT ON refund"
        " FOR EACH ROW EXECUTE FUNCTION refund_within_payment()"
    )
