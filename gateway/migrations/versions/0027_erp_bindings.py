"""Records of ERPs: which of ours each is, and the version it told last."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import TIMESTAMP

revision = "0027"
down_revision = "0026"
branch_labels = None
depends_on = None

INSTANT = sa.BigInteger().with_variant(TIMESTAMP(timezone=True), "postgresql")
ACCOUNT = ["tenant_id", "store_id", "account"]


def upgrade() -> None:
    """Add the table."""
    op.create_table(
        "erp_binding",
        *(sa.Column(name, sa.String(64), nullable=False) for name in ACCOUNT),
        sa.Column("kind", sa.String(32), nullable=False),
        sa.Column("erp_id", sa.String(128), nullable=False),
        sa.Column("our_id", sa.Uuid()),
        sa.Column("version", sa.String(64), nullable=False),
        sa.Column("revision", sa.BigInteger()),
        sa.Column("digest", sa.String(64), nullable=False),
        sa.Column("taken_at", INSTANT),
        sa.PrimaryKeyConstraint(*ACCOUNT, "kind", "erp_id", name="pk_erp_binding"),
        sa.UniqueConstraint(*ACCOUNT, "kind", "our_id", name="uq_erp_binding_our_id"),
        sa.CheckConstraint("kind IN ('order', 'receipt', 'vendor')", name="ck_erp_binding_kind"),
    )


def downgrade() -> None:
    """Suppliers, orders and deliveries stay; the next word of the ERP binds them again by their numbers."""
    op.drop_table("erp_binding")
