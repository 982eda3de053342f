"""Shifts, their facts and day reports, gap-free numbers, terminal days compared with the ledger."""

from typing import Any

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import JSONB, TIMESTAMP

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None

INSTANT = sa.BigInteger().with_variant(TIMESTAMP(timezone=True), "postgresql")
DOCUMENT = sa.Text().with_variant(JSONB(none_as_null=True), "postgresql")
PLACE = ("tenant_id", "store_id")
APPEND_ONLY = ("compared_attempt", "day_report", "document_number", "reported_transfer", "shift_fact", "terminal_day")
SERIES = "series IN ('give_back', 'sale', 'z_report')"
KINDS = (
    "kind IN ('closed', 'counted', 'drop', 'handover', 'opened', 'pay_in', 'pay_out', 'recounted', 'resumed',"
    " 'reviewed')"
)


def upgrade() -> None:
    _create_numbers()
    _create_shift()
    _create_facts()
    _create_reports()
    _create_terminal_days()
    _create_differences()
    _refuse_changes()


def downgrade() -> None:
    """Shifts, reports and numbers are lost; the ledger keeps its entries: keep a copy."""
    for table in (
        "terminal_difference",
        "compared_attempt",
        "terminal_day",
        "reported_transfer",
        "day_report",
        "shift_fact",
        "shift",
        "document_number",
        "document_series",
    ):
        op.drop_table(table)


def _place() -> tuple[sa.Column[Any], sa.Column[Any]]:
    return sa.Column("tenant_id", sa.String(64), nullable=False), sa.Column("store_id", sa.String(64), nullable=False)


def _key(table: str, *columns: str) -> sa.PrimaryKeyConstraint:
    return sa.PrimaryKeyConstraint(*PLACE, *columns, name=f"pk_{table}")


def _foreign(name: str, column: str, table: str) -> sa.ForeignKeyConstraint:
    target = {"ledger_transfer": "transfer_id", "terminal_day": "day_id", "attempt": "attempt_id"}.get(
        table, "shift_id"
    )
    return sa.ForeignKeyConstraint([*PLACE, column], [f"{table}.{part}" for part in (*PLACE, target)], name=name)


def _create_numbers() -> None:
    op.create_table(
        "document_series",
        *_place(),
        sa.Column("register_id", sa.String(64), nullable=False),
        sa.Column("series", sa.String(16), nullable=False),
        sa.Column("last_number", sa.BigInteger(), nullable=False),
        _key("document_series", "register_id", "series"),
        sa.CheckConstraint(SERIES, name="ck_document_series_series"),
        sa.CheckConstraint("last_number >= 0", name="ck_document_series_last"),
    )
    op.create_table(
        "document_number",
        *_place(),
        sa.Column("series", sa.String(16), nullable=False),
        sa.Column("document_id", sa.Uuid(), nullable=False),
        sa.Column("register_id", sa.String(64), nullable=False),
        sa.Column("number", sa.BigInteger(), nullable=False),
        sa.Column("given_at", INSTANT, nullable=False),
        _key("document_number", "series", "document_id"),
        sa.UniqueConstraint(*PLACE, "register_id", "series", "number", name="uq_document_number"),
        sa.CheckConstraint(SERIES, name="ck_document_number_series"),
        sa.CheckConstraint("number >= 1", name="ck_document_number_number"),
    )


def _create_shift() -> None:
    op.create_table(
        "shift",
        *_place(),
        sa.Column("shift_id", sa.Uuid(), nullable=False),
        sa.Column("register_id", sa.String(64), nullable=False),
        sa.Column("currency", sa.CHAR(3), nullable=False),
        sa.Column("state", sa.String(8), nullable=False),
        sa.Column("cashier", sa.Text(), nullable=False),
        sa.Column("float_minor", sa.BigInteger(), nullable=False),
        sa.Column("since", INSTANT, nullable=False),
        sa.Column("opened_at", INSTANT, nullable=False),
        sa.Column("opened_by", sa.Text(), nullable=False),
        sa.Column("closed_at", INSTANT),
        sa.Column("last_sequence", sa.Integer(), nullable=False),
        _key("shift", "shift_id"),
        sa.CheckConstraint("state IN ('closed', 'counted', 'open')", name="ck_shift_state"),
        sa.CheckConstraint("float_minor >= 0", name="ck_shift_float"),
        sa.CheckConstraint("(state = 'closed') = (closed_at IS NOT NULL)", name="ck_shift_closed"),
    )
    op.create_index("ix_shift_opened", "shift", [*PLACE, "opened_at"])
    where = sa.text("state <> 'closed'")
    op.create_index(
        "uq_shift_open_register",
        "shift",
        [*PLACE, "register_id"],
        unique=True,
        sqlite_where=where,
        postgresql_where=where,
    )


def _create_facts() -> None:
    op.create_table(
        "shift_fact",
        *_place(),
        sa.Column("shift_id", sa.Uuid(), nullable=False),
        sa.Column("sequence", sa.Integer(), nullable=False),
        sa.Column("fact_id", sa.Uuid(), nullable=False),
        sa.Column("kind", sa.String(16), nullable=False),
        sa.Column("amount_minor", sa.BigInteger()),
        sa.Column("expected_minor", sa.BigInteger()),
        sa.Column("currency", sa.CHAR(3), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("actor", sa.Text(), nullable=False),
        sa.Column("detail", DOCUMENT, nullable=False),
        sa.Column("recorded_at", INSTANT, nullable=False),
        _key("shift_fact", "shift_id", "sequence"),
        sa.UniqueConstraint(*PLACE, "fact_id", name="uq_shift_fact_id"),
        _foreign("fk_shift_fact_shift", "shift_id", "shift"),
        sa.CheckConstraint("sequence >= 1", name="ck_shift_fact_sequence"),
        sa.CheckConstraint(KINDS, name="ck_shift_fact_kind"),
    )


def _create_reports() -> None:
    op.create_table(
        "day_report",
        *_place(),
        sa.Column("shift_id", sa.Uuid(), nullable=False),
        sa.Column("register_id", sa.String(64), nullable=False),
        sa.Column("number", sa.BigInteger(), nullable=False),
        sa.Column("document", sa.Text(), nullable=False),
        sa.Column("digest", sa.CHAR(64), nullable=False),
        sa.Column("made_at", INSTANT, nullable=False),
        sa.Column("made_by", sa.Text(), nullable=False),
        _key("day_report", "shift_id"),
        sa.UniqueConstraint(*PLACE, "register_id", "number", name="uq_day_report_number"),
        _foreign("fk_day_report_shift", "shift_id", "shift"),
        sa.CheckConstraint("number >= 1", name="ck_day_report_number"),
    )
    op.create_table(
        "reported_transfer",
        *_place(),
        sa.Column("transfer_id", sa.Uuid(), nullable=False),
        sa.Column("shift_id", sa.Uuid(), nullable=False),
        _key("reported_transfer", "transfer_id"),
        _foreign("fk_reported_transfer_transfer", "transfer_id", "ledger_transfer"),
        _foreign("fk_reported_transfer_report", "shift_id", "day_report"),
    )


def _create_terminal_days() -> None:
    op.create_table(
        "terminal_day",
        *_place(),
        sa.Column("day_id", sa.Uuid(), nullable=False),
        sa.Column("terminal_id", sa.String(64), nullable=False),
        sa.Column("document", DOCUMENT, nullable=False),
        sa.Column("made_at", INSTANT, nullable=False),
        sa.Column("made_by", sa.Text(), nullable=False),
        _key("terminal_day", "day_id"),
    )
    op.create_index("ix_terminal_day_made", "terminal_day", [*PLACE, "terminal_id", "made_at"])
    op.create_table(
        "compared_attempt",
        *_place(),
        sa.Column("attempt_id", sa.Uuid(), nullable=False),
        sa.Column("day_id", sa.Uuid(), nullable=False),
        _key("compared_attempt", "attempt_id"),
        _foreign("fk_compared_attempt_attempt", "attempt_id", "attempt"),
        _foreign("fk_compared_attempt_day", "day_id", "terminal_day"),
    )


def _create_differences() -> None:
    op.create_table(
        "terminal_difference",
        *_place(),
        sa.Column("difference_id", sa.Uuid(), nullable=False),
        sa.Column("day_id", sa.Uuid(), nullable=False),
        sa.Column("kind", sa.String(16), nullable=False),
        sa.Column("brand", sa.String(255), nullable=False),
        sa.Column("currency", sa.CHAR(3), nullable=False),
        sa.Column("ours_count", sa.Integer(), nullable=False),
        sa.Column("ours_minor", sa.BigInteger(), nullable=False),
        sa.Column("theirs_count", sa.Integer(), nullable=False),
        sa.Column("theirs_minor", sa.BigInteger(), nullable=False),
        sa.Column("candidates", DOCUMENT, nullable=False),
        sa.Column("settled_at", INSTANT),
        sa.Column("settled_by", sa.Text()),
        sa.Column("reason", sa.Text()),
        _key("terminal_difference", "difference_id"),
        _foreign("fk_terminal_difference_day", "day_id", "terminal_day"),
        sa.CheckConstraint(
            "(settled_at IS NULL) = (settled_by IS NULL) AND (settled_at IS NULL) = (reason IS NULL)",
            name="ck_terminal_difference_settled",
        ),
    )
    where = sa.text("settled_at IS NULL")
    op.create_index(
        "ix_terminal_difference_open",
        "terminal_difference",
        [*PLACE, "day_id"],
        sqlite_where=where,
        postgresql_where=where,
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
