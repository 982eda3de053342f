"""The change feed: what happened, numbered without gaps, kept for a while."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import TIMESTAMP

revision = "0030"
down_revision = "0029"
branch_labels = None
depends_on = None

INSTANT = sa.BigInteger().with_variant(TIMESTAMP(timezone=True), "postgresql")
PLACE = ["tenant_id", "store_id"]


def upgrade() -> None:
    """Add the tables."""
    op.create_table(
        "change_feed",
        *(sa.Column(name, sa.String(64), nullable=False) for name in PLACE),
        sa.Column("last_sequence", sa.BigInteger(), nullable=False),
        sa.Column("forgotten_sequence", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint(*PLACE, name="pk_change_feed"),
    )
    op.create_table(
        "told_change",
        *(sa.Column(name, sa.String(64), nullable=False) for name in PLACE),
        sa.Column("sequence", sa.BigInteger(), nullable=False),
        sa.Column("message_id", sa.Uuid(), nullable=False),
        sa.Column("webhook_id", sa.String(64), nullable=False),
        sa.Column("kind", sa.String(64), nullable=False),
        sa.Column("subject", sa.Text(), nullable=False),
        sa.Column("trace_id", sa.Text(), nullable=False),
        sa.Column("at", INSTANT, nullable=False),
        sa.PrimaryKeyConstraint(*PLACE, "sequence", name="pk_told_change"),
        sa.UniqueConstraint(*PLACE, "message_id", name="uq_told_change_message"),
    )
    op.create_index("ix_told_change_at", "told_change", [*PLACE, "at"])


def downgrade() -> None:
    """Readers begin anew; what waits for its number would wait for ever."""
    op.drop_table("told_change")
    op.drop_table("change_feed")
    op.execute("DELETE FROM outbox WHERE kind = 'change'")
