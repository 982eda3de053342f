"""How far the records of ERPs were read."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import TIMESTAMP

revision = "0028"
down_revision = "0027"
branch_labels = None
depends_on = None

INSTANT = sa.BigInteger().with_variant(TIMESTAMP(timezone=True), "postgresql")
ACCOUNT = ["tenant_id", "store_id", "account"]


def upgrade() -> None:
    """Add the table."""
    op.create_table(
        "erp_cursor",
        *(sa.Column(name, sa.String(64), nullable=False) for name in ACCOUNT),
        sa.Column("kind", sa.String(32), nullable=False),
        sa.Column("cursor", sa.Text(), nullable=False),
        sa.Column("due_at", INSTANT, nullable=False),
        sa.Column("detail", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint(*ACCOUNT, "kind", name="pk_erp_cursor"),
        sa.CheckConstraint("kind IN ('customer', 'open_item', 'order', 'vendor')", name="ck_erp_cursor_kind"),
    )


def downgrade() -> None:
    """Everything is read again from the beginning; what is known already changes nothing."""
    op.drop_table("erp_cursor")
