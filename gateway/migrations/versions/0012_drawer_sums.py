"""What is in a drawer is read from an index of cash alone: a count no longer looks at all of the ledger."""

import sqlalchemy as sa
from alembic import op

revision = "0012"
down_revision = "0011"
branch_labels = None
depends_on = None

PLACE = ("tenant_id", "store_id")
SIDES = {"ix_ledger_transfer_cash_in": "debit_account", "ix_ledger_transfer_cash_out": "credit_account"}


def upgrade() -> None:
    """Add the indexes. A sale by card has no row in them."""
    for name, account in SIDES.items():
        where = sa.text(f"kind = 'post' AND substr({account}, 1, 5) = 'cash/'")
        columns = [*PLACE, account, "currency", "amount_minor"]
        op.create_index(name, "ledger_transfer", columns, sqlite_where=where, postgresql_where=where)


def downgrade() -> None:
    """Remove them."""
    for name in SIDES:
        op.drop_index(name, "ledger_transfer")
