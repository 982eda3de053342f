"""Codes that can be switched off, accounts of employees by their last signs, and columns of imports once named."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import JSONB, TIMESTAMP

revision = "0020"
down_revision = "0019"
branch_labels = None
depends_on = None

INSTANT = sa.BigInteger().with_variant(TIMESTAMP(timezone=True), "postgresql")
DOCUMENT = sa.Text().with_variant(JSONB(none_as_null=True), "postgresql")


def upgrade() -> None:
    """Add the columns and the table."""
    for table in ("tax_code", "cost_centre"):
        op.add_column(table, sa.Column("in_use", sa.Boolean(), nullable=False, server_default=sa.true()))
    on = sa.true()
    op.add_column("tax_code", sa.Column("discount_corrects_tax", sa.Boolean(), nullable=False, server_default=on))
    op.add_column("employee_account", sa.Column("shown", sa.String(16), nullable=True))
    op.create_table(
        "import_columns",
        sa.Column("tenant_id", sa.String(64), nullable=False),
        sa.Column("store_id", sa.String(64), nullable=False),
        sa.Column("kind", sa.String(16), nullable=False),
        sa.Column("fingerprint", sa.CHAR(64), nullable=False),
        sa.Column("columns", DOCUMENT, nullable=False),
        sa.Column("named_by", sa.Text(), nullable=False),
        sa.Column("named_at", INSTANT, nullable=False),
        sa.PrimaryKeyConstraint("tenant_id", "store_id", "kind", "fingerprint", name="pk_import_columns"),
    )


def downgrade() -> None:
    """Codes that were switched off are offered again; columns of imports have to be named once more."""
    op.drop_table("import_columns")
    for table, column in (
        ("employee_account", "shown"),
        ("tax_code", "discount_corrects_tax"),
        ("cost_centre", "in_use"),
        ("tax_code", "in_use"),
    ):
        with op.batch_alter_table(table) as batch:
            batch.drop_column(column)
