"""Where people are reminded: an address of mail for each of them, if they have one."""

import sqlalchemy as sa
from alembic import op

revision = "0025"
down_revision = "0024"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Add the column."""
    op.add_column("person", sa.Column("email", sa.Text(), nullable=False, server_default=sa.text("''")))


def downgrade() -> None:
    """Forget the addresses."""
    op.drop_column("person", "email")
