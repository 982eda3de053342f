"""Messages of banks and what they said of each order."""

from typing import Any

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import JSONB, TIMESTAMP

revision = "0018"
down_revision = "0017"
branch_labels = None
depends_on = None

INSTANT = sa.BigInteger().with_variant(TIMESTAMP(timezone=True), "postgresql")
DOCUMENT = sa.Text().with_variant(JSONB(none_as_null=True), "postgresql")
PLACE = ("tenant_id", "store_id")
APPEND_ONLY = ("bank_message", "bank_message_reading", "bank_decision")
TASKS = (
    "('contradiction', 'hand_over', 'other_amount', 'payee_check', 'rejected', 'return_missing', 'returned',"
    " 'unknown_payment', 'unreadable')"
)


def upgrade() -> None:
    """Add the tables."""
    _create_messages()
    _create_tasks()
    _create_lease()
    _refuse_changes()


def downgrade() -> None:
    """What banks said, and what was decided about it, is lost."""
    for table in ("bank_lease", "bank_decision", "bank_task", "bank_message_reading", "bank_message"):
        op.drop_table(table)


def _place() -> tuple[sa.Column[Any], sa.Column[Any]]:
    return sa.Column("tenant_id", sa.String(64), nullable=False), sa.Column("store_id", sa.String(64), nullable=False)


def _create_messages() -> None:
    op.create_table(
        "bank_message",
        *_place(),
        sa.Column("message_id", sa.Uuid(), nullable=False),
        sa.Column("kind", sa.String(32), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("sha256", sa.CHAR(64), nullable=False),
        sa.Column("content", sa.LargeBinary(), nullable=False),
        sa.Column("received_at", INSTANT, nullable=False),
        sa.PrimaryKeyConstraint(*PLACE, "message_id", name="pk_bank_message"),
        sa.UniqueConstraint(*PLACE, "sha256", name="uq_bank_message_content"),
    )
    op.create_index("ix_bank_message_received", "bank_message", [*PLACE, "received_at", "message_id"])
    op.create_table(
        "bank_message_reading",
        *_place(),
        sa.Column("message_id", sa.Uuid(), nullable=False),
        sa.Column("sequence", sa.Integer(), nullable=False),
        sa.Column("applied", sa.Boolean(), nullable=False),
        sa.Column("outcome", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint(*PLACE, "message_id", "sequence", name="pk_bank_message_reading"),
        sa.ForeignKeyConstraint(
            [*PLACE, "message_id"],
            [f"bank_message.{column}" for column in (*PLACE, "message_id")],
            name="fk_bank_message_reading_bank_message",
        ),
        sa.CheckConstraint("sequence >= 1", name="ck_bank_message_reading_sequence"),
    )


def _create_tasks() -> None:
    op.create_table(
        "bank_task",
        *_place(),
        sa.Column("task_id", sa.Uuid(), nullable=False),
        sa.Column("kind", sa.String(32), nullable=False),
        sa.Column("order_id", sa.Uuid()),
        sa.Column("message_id", sa.Uuid()),
        sa.Column("detail", DOCUMENT, nullable=False),
        sa.Column("opened_at", INSTANT, nullable=False),
        sa.Column("closed_at", INSTANT),
        sa.Column("closed_by", sa.Text(), nullable=False),
        sa.Column("note", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint(*PLACE, "task_id", name="pk_bank_task"),
        sa.CheckConstraint(f"kind IN {TASKS}", name="ck_bank_task_kind"),
    )
    op.create_index("ix_bank_task_opened", "bank_task", [*PLACE, "closed_at", "opened_at"])
    op.create_index("ix_bank_task_order", "bank_task", [*PLACE, "order_id"])
    op.create_table(
        "bank_decision",
        *_place(),
        sa.Column("decision_id", sa.Uuid(), nullable=False),
        sa.Column("order_id", sa.Uuid(), nullable=False),
        sa.Column("kind", sa.String(16), nullable=False),
        sa.Column("person_id", sa.Uuid(), nullable=False),
        sa.Column("actor", sa.Text(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("detail", DOCUMENT, nullable=False),
        sa.Column("decided_at", INSTANT, nullable=False),
        sa.PrimaryKeyConstraint(*PLACE, "decision_id", name="pk_bank_decision"),
        sa.CheckConstraint("kind IN ('cancel', 'pay', 'reissue', 'void')", name="ck_bank_decision_kind"),
    )
    op.create_index("ix_bank_decision_order", "bank_decision", [*PLACE, "order_id", "decided_at"])


def _create_lease() -> None:
    op.create_table(
        "bank_lease",
        *_place(),
        sa.Column("name", sa.String(64), nullable=False),
        sa.Column("holder", sa.String(255)),
        sa.Column("expires_at", INSTANT, nullable=False),
        sa.PrimaryKeyConstraint(*PLACE, "name", name="pk_bank_lease"),
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
