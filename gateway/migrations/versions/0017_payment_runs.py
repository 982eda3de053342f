"""Payment runs with orders and files, and jobs that run once for each business date."""

from typing import Any

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import JSONB, TIMESTAMP

revision = "0017"
down_revision = "0016"
branch_labels = None
depends_on = None

INSTANT = sa.BigInteger().with_variant(TIMESTAMP(timezone=True), "postgresql")
DOCUMENT = sa.Text().with_variant(JSONB(none_as_null=True), "postgresql")
PLACE = ("tenant_id", "store_id")
ORDER_STATES = (
    "('accepted', 'awaiting_payee_check', 'cancelled', 'executed', 'pending', 'planned', 'rejected', 'returned',"
    " 'sent', 'settled')"
)


def upgrade() -> None:
    """Add the tables."""
    _create_run()
    _create_order()
    _create_allocation()
    _create_left_out()
    _create_event()
    _create_file()
    _create_dated_job()
    _refuse_changes("payment_run_event")


def downgrade() -> None:
    """Remove them: what was paid so far is lost here, though not at the bank."""
    for table in (
        "dated_job",
        "payment_file",
        "payment_run_event",
        "payment_left_out",
        "payment_allocation",
        "payment_order",
        "payment_run",
    ):
        op.drop_table(table)


def _place() -> tuple[sa.Column[Any], sa.Column[Any]]:
    return sa.Column("tenant_id", sa.String(64), nullable=False), sa.Column("store_id", sa.String(64), nullable=False)


def _of(table: str, target: str, column: str) -> sa.ForeignKeyConstraint:
    place = [*PLACE, column]
    return sa.ForeignKeyConstraint(place, [f"{target}.{part}" for part in place], name=f"fk_{table}_{target}")


def _create_run() -> None:
    op.create_table(
        "payment_run",
        *_place(),
        sa.Column("run_id", sa.Uuid(), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("run_on", sa.String(10), nullable=False),
        sa.Column("state", sa.String(16), nullable=False),
        sa.Column("digest", sa.CHAR(64), nullable=False),
        sa.Column("proposed_by", sa.Text(), nullable=False),
        sa.Column("created_at", INSTANT, nullable=False),
        sa.Column("changed_at", INSTANT, nullable=False),
        sa.Column("approved_by", sa.Uuid()),
        sa.Column("approved_at", INSTANT),
        sa.Column("released_by", sa.Uuid()),
        sa.Column("released_at", INSTANT),
        sa.Column("attempt", sa.Integer(), nullable=False),
        sa.Column("note", sa.Text(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.CheckConstraint(
            "state IN ('approved', 'discarded', 'done', 'proposed', 'released', 'sent')", name="ck_payment_run_state"
        ),
        sa.CheckConstraint("released_by IS NULL OR released_by <> approved_by", name="ck_payment_run_four_eyes"),
        sa.CheckConstraint("attempt >= 1", name="ck_payment_run_attempt"),
        sa.PrimaryKeyConstraint(*PLACE, "run_id", name="pk_payment_run"),
        sa.UniqueConstraint(*PLACE, "number", name="uq_payment_run_number"),
    )


def _create_order() -> None:
    op.create_table(
        "payment_order",
        *_place(),
        sa.Column("order_id", sa.Uuid(), nullable=False),
        sa.Column("run_id", sa.Uuid(), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("instrument", sa.String(16), nullable=False),
        sa.Column("bank_account_id", sa.String(64), nullable=False),
        sa.Column("supplier_id", sa.Uuid(), nullable=False),
        sa.Column("payee", DOCUMENT, nullable=False),
        sa.Column("amount_minor", sa.BigInteger(), nullable=False),
        sa.Column("currency", sa.CHAR(3), nullable=False),
        sa.Column("execute_on", sa.String(10), nullable=False),
        sa.Column("end_to_end_id", sa.String(35), nullable=False),
        sa.Column("uetr", sa.String(36), nullable=False),
        sa.Column("state", sa.String(24), nullable=False),
        sa.Column("reference", sa.Text(), nullable=False),
        sa.Column("words", sa.Text(), nullable=False),
        sa.Column("purpose", sa.String(8), nullable=False),
        sa.Column("charges", sa.String(4), nullable=False),
        sa.Column("file_no", sa.Integer()),
        sa.Column("reason_code", sa.String(64), nullable=False),
        sa.Column("reason_text", sa.Text(), nullable=False),
        sa.Column("payee_check", sa.String(8), nullable=False),
        sa.Column("payee_check_name", sa.Text(), nullable=False),
        sa.Column("attempt", sa.Integer(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        _of("payment_order", "payment_run", "run_id"),
        sa.CheckConstraint(f"state IN {ORDER_STATES}", name="ck_payment_order_state"),
        sa.CheckConstraint(
            "instrument IN ('cross_border', 'nacha', 'sepa', 'sepa_instant', 'swiss')",
            name="ck_payment_order_instrument",
        ),
        sa.CheckConstraint("amount_minor > 0", name="ck_payment_order_amount"),
        sa.PrimaryKeyConstraint(*PLACE, "order_id", name="pk_payment_order"),
        sa.UniqueConstraint(*PLACE, "run_id", "position", name="uq_payment_order_position"),
        sa.UniqueConstraint(*PLACE, "end_to_end_id", name="uq_payment_order_end_to_end"),
    )


def _create_allocation() -> None:
    op.create_table(
        "payment_allocation",
        *_place(),
        sa.Column("order_id", sa.Uuid(), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("payable_id", sa.Uuid(), nullable=False),
        sa.Column("number", sa.Text(), nullable=False),
        sa.Column("amount_minor", sa.BigInteger(), nullable=False),
        sa.Column("discount_minor", sa.BigInteger(), nullable=False),
        sa.Column("currency", sa.CHAR(3), nullable=False),
        sa.Column("credit", sa.Boolean(), nullable=False),
        sa.Column("living", sa.Boolean(), nullable=False),
        _of("payment_allocation", "payment_order", "order_id"),
        sa.CheckConstraint("amount_minor >= 0 AND discount_minor >= 0", name="ck_payment_allocation_amount"),
        sa.PrimaryKeyConstraint(*PLACE, "order_id", "position", name="pk_payment_allocation"),
    )
    op.create_index("ix_payment_allocation_payable", "payment_allocation", [*PLACE, "payable_id"])
    op.create_index(
        "uq_payment_allocation_living",
        "payment_allocation",
        [*PLACE, "payable_id"],
        unique=True,
        sqlite_where=sa.text("living"),
        postgresql_where=sa.text("living"),
    )


def _create_left_out() -> None:
    op.create_table(
        "payment_left_out",
        *_place(),
        sa.Column("run_id", sa.Uuid(), nullable=False),
        sa.Column("payable_id", sa.Uuid(), nullable=False),
        sa.Column("supplier_id", sa.Uuid(), nullable=False),
        sa.Column("amount_minor", sa.BigInteger(), nullable=False),
        sa.Column("currency", sa.CHAR(3), nullable=False),
        sa.Column("code", sa.String(64), nullable=False),
        sa.Column("cost_minor", sa.BigInteger()),
        sa.Column("detail", DOCUMENT),
        _of("payment_left_out", "payment_run", "run_id"),
        sa.PrimaryKeyConstraint(*PLACE, "run_id", "payable_id", name="pk_payment_left_out"),
    )


def _create_event() -> None:
    op.create_table(
        "payment_run_event",
        *_place(),
        sa.Column("run_id", sa.Uuid(), nullable=False),
        sa.Column("sequence", sa.Integer(), nullable=False),
        sa.Column("event_id", sa.Uuid(), nullable=False),
        sa.Column("kind", sa.String(64), nullable=False),
        sa.Column("actor", sa.Text(), nullable=False),
        sa.Column("order_id", sa.Uuid()),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("evidence", sa.Uuid()),
        sa.Column("detail", DOCUMENT),
        sa.Column("recorded_at", INSTANT, nullable=False),
        _of("payment_run_event", "payment_run", "run_id"),
        sa.CheckConstraint("sequence >= 1", name="ck_payment_run_event_sequence"),
        sa.PrimaryKeyConstraint(*PLACE, "run_id", "sequence", name="pk_payment_run_event"),
    )


def _create_file() -> None:
    op.create_table(
        "payment_file",
        *_place(),
        sa.Column("run_id", sa.Uuid(), nullable=False),
        sa.Column("attempt", sa.Integer(), nullable=False),
        sa.Column("file_no", sa.Integer(), nullable=False),
        sa.Column("bank_account_id", sa.String(64), nullable=False),
        sa.Column("message_id", sa.String(35), nullable=False),
        sa.Column("format", sa.String(32), nullable=False),
        sa.Column("sha256", sa.CHAR(64), nullable=False),
        sa.Column("content", sa.LargeBinary(), nullable=False),
        sa.Column("orders", sa.Integer(), nullable=False),
        sa.Column("total_minor", sa.BigInteger(), nullable=False),
        sa.Column("currency", sa.CHAR(3), nullable=False),
        sa.Column("remote_name", sa.String(255), nullable=False),
        sa.Column("state", sa.String(16), nullable=False),
        sa.Column("note", sa.Text(), nullable=False),
        _of("payment_file", "payment_run", "run_id"),
        sa.CheckConstraint("state IN ('handed_over', 'refused', 'started', 'written')", name="ck_payment_file_state"),
        sa.PrimaryKeyConstraint(*PLACE, "run_id", "attempt", "file_no", name="pk_payment_file"),
        sa.UniqueConstraint(*PLACE, "message_id", name="uq_payment_file_message"),
    )


def _create_dated_job() -> None:
    op.create_table(
        "dated_job",
        *_place(),
        sa.Column("job", sa.String(64), nullable=False),
        sa.Column("business_date", sa.String(10), nullable=False),
        sa.Column("state", sa.String(8), nullable=False),
        sa.Column("holder", sa.String(255), nullable=False),
        sa.Column("epoch", sa.BigInteger(), nullable=False),
        sa.Column("expires_at", INSTANT, nullable=False),
        sa.Column("started_at", INSTANT, nullable=False),
        sa.Column("ended_at", INSTANT),
        sa.Column("tries", sa.Integer(), nullable=False),
        sa.Column("note", sa.Text(), nullable=False),
        sa.CheckConstraint("state IN ('done', 'failed', 'running')", name="ck_dated_job_state"),
        sa.CheckConstraint("(state = 'running') = (ended_at IS NULL)", name="ck_dated_job_ended"),
        sa.PrimaryKeyConstraint(*PLACE, "job", "business_date", name="pk_dated_job"),
    )
    op.create_index("ix_dated_job_date", "dated_job", [*PLACE, "business_date"])


def _refuse_changes(table: str) -> None:
    """Let the database itself refuse to change or remove what was recorded, as in 0001."""
    if op.get_bind().dialect.name == "postgresql":
        op.execute(
            f"CREATE TRIGGER {table}_no_change BEFORE UPDATE OR DELETE ON {table}"
            " FOR EACH ROW EXECUTE FUNCTION refuse_change()"
        )
        op.execute(
            f"CREATE TRIGGER {table}_no_truncate BEFORE TRUNCATE ON {table}"
            " FOR EACH STATEMENT EXECUTE FUNCTION refuse_change()"
        )
        return
    for verb in ("UPDATE", "DELETE"):
        op.execute(
            f"CREATE TRIGGER {table}_no_{verb.lower()} BEFORE {verb} ON {table}"
            f" BEGIN SELECT RAISE(ABORT, '{table} is append-only'); END"
        )
