"""Openings of the cash drawer, orders to the kitchen, and what a search over the journal needs to be quick."""

from typing import Any

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import JSONB, TIMESTAMP

revision = "0009"
down_revision = "0008"
branch_labels = None
depends_on = None

INSTANT = sa.BigInteger().with_variant(TIMESTAMP(timezone=True), "postgresql")
DOCUMENT = sa.Text().with_variant(JSONB(none_as_null=True), "postgresql")
PLACE = ("tenant_id", "store_id")
APPEND_ONLY = ("drawer_opening", "drawer_result", "kitchen_order")
# Index -> its table, what it is over beyond the place, and which rows are in it.
SEARCHED = {
    "ix_attempt_trace": ("trace_no", "trace_no IS NOT NULL"),
    "ix_attempt_receipt": ("receipt_no", "receipt_no IS NOT NULL"),
    "ix_attempt_card": (
        "substr(result ->> 'card_masked', length(result ->> 'card_masked') - 3)",
        "result ->> 'card_masked' IS NOT NULL",
    ),
    "ix_attempt_authorisation": ("(result ->> 'authorisation')", "result ->> 'authorisation' IS NOT NULL"),
}


def upgrade() -> None:
    """Add the tables and the indexes."""
    _create_drawer()
    _create_kitchen()
    op.create_index("ix_payment_amount", "payment", [*PLACE, "amount_minor", "payment_id"])
    for name, (over, rows) in SEARCHED.items():
        where = sa.text(rows)
        op.create_index(name, "attempt", [*PLACE, sa.text(over)], sqlite_where=where, postgresql_where=where)
    _refuse_changes()


def downgrade() -> None:
    """Openings of drawers and orders so far are lost."""
    for name in SEARCHED:
        op.drop_index(name, "attempt")
    op.drop_index("ix_payment_amount", "payment")
    for table in ("kitchen_number", "kitchen_order", "drawer_result", "drawer_opening"):
        op.drop_table(table)


def _place() -> tuple[sa.Column[Any], sa.Column[Any]]:
    return sa.Column("tenant_id", sa.String(64), nullable=False), sa.Column("store_id", sa.String(64), nullable=False)


def _create_drawer() -> None:
    op.create_table(
        "drawer_opening",
        *_place(),
        sa.Column("opening_id", sa.Uuid(), nullable=False),
        sa.Column("register_id", sa.String(64), nullable=False),
        sa.Column("printer_id", sa.String(64), nullable=False),
        sa.Column("cause", sa.String(16), nullable=False),
        sa.Column("cause_id", sa.Uuid()),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("asked_by", sa.Text(), nullable=False),
        sa.Column("asked_at", INSTANT, nullable=False),
        sa.CheckConstraint("cause IN ('give_back', 'person', 'shift', 'tender')", name="ck_drawer_opening_cause"),
        sa.CheckConstraint("(cause = 'person') = (cause_id IS NULL)", name="ck_drawer_opening_cause_id"),
        sa.PrimaryKeyConstraint(*PLACE, "opening_id", name="pk_drawer_opening"),
    )
    op.create_index("ix_drawer_opening_asked", "drawer_opening", [*PLACE, "asked_at"])
    op.create_table(
        "drawer_result",
        *_place(),
        sa.Column("opening_id", sa.Uuid(), nullable=False),
        sa.Column("verdict", sa.String(16), nullable=False),
        sa.Column("words", sa.Text(), nullable=False),
        sa.Column("proven", sa.Boolean(), nullable=False),
        sa.Column("told_at", INSTANT, nullable=False),
        sa.CheckConstraint("verdict IN ('not_opened', 'opened', 'unsure')", name="ck_drawer_result_verdict"),
        sa.ForeignKeyConstraint(
            [*PLACE, "opening_id"],
            [f"drawer_opening.{part}" for part in (*PLACE, "opening_id")],
            name="fk_drawer_result_opening",
        ),
        sa.PrimaryKeyConstraint(*PLACE, "opening_id", name="pk_drawer_result"),
    )


def _create_kitchen() -> None:
    op.create_table(
        "kitchen_order",
        *_place(),
        sa.Column("order_id", sa.Uuid(), nullable=False),
        sa.Column("ticket_id", sa.Uuid(), nullable=False),
        sa.Column("sequence", sa.Integer(), nullable=False),
        sa.Column("register_id", sa.String(64), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("label", sa.Text(), nullable=False),
        sa.Column("lines", DOCUMENT, nullable=False),
        sa.Column("request_hash", sa.String(255), nullable=False),
        sa.Column("sent_at", INSTANT, nullable=False),
        sa.Column("sent_by", sa.Text(), nullable=False),
        sa.CheckConstraint("sequence >= 1", name="ck_kitchen_order_sequence"),
        sa.CheckConstraint("number >= 1", name="ck_kitchen_order_number"),
        sa.PrimaryKeyConstraint(*PLACE, "order_id", name="pk_kitchen_order"),
        sa.UniqueConstraint(*PLACE, "ticket_id", "sequence", name="uq_kitchen_order_sequence"),
    )
    op.create_index("ix_kitchen_order_sent", "kitchen_order", [*PLACE, "sent_at"])
    op.create_table(
        "kitchen_number",
        *_place(),
        sa.Column("day", sa.String(10), nullable=False),
        sa.Column("last_number", sa.Integer(), nullable=False),
        sa.CheckConstraint("last_number >= 1", name="ck_kitchen_number"),
        sa.PrimaryKeyConstraint(*PLACE, name="pk_kitchen_number"),
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
