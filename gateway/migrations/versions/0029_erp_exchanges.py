"""What was said between us and ERPs, without secrets, for a while."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import TIMESTAMP

revision = "0029"
down_revision = "0028"
branch_labels = None
depends_on = None

INSTANT = sa.BigInteger().with_variant(TIMESTAMP(timezone=True), "postgresql")
ACCOUNT = ["tenant_id", "store_id", "account"]


def upgrade() -> None:
    """Add the table."""
    op.create_table(
        "erp_exchange",
        *(sa.Column(name, sa.String(64), nullable=False) for name in ACCOUNT),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("key", sa.String(64), nullable=False),
        sa.Column("at", INSTANT, nullable=False),
        sa.Column("operation", sa.Text(), nullable=False),
        sa.Column("address", sa.Text(), nullable=False),
        sa.Column("took_ms", sa.Integer(), nullable=False),
        sa.Column("outcome", sa.Text(), nullable=False),
        sa.Column("request", sa.Text(), nullable=False),
        sa.Column("answer", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint(*ACCOUNT, "id", name="pk_erp_exchange"),
    )
    op.create_index("ix_erp_exchange_of_document", "erp_exchange", [*ACCOUNT, "key", "id"])


def downgrade() -> None:
    """They are kept for people who look for a fault; nothing else reads them."""
    op.drop_table("erp_exchange")
