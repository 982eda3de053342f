"""Marks of the ledger: what all accounts held at an instant, so that balances need not add up years each time."""

from typing import Any

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import TIMESTAMP

revision = "0019"
down_revision = "0018"
branch_labels = None
depends_on = None

INSTANT = sa.BigInteger().with_variant(TIMESTAMP(timezone=True), "postgresql")
PLACE = ("tenant_id", "store_id")


def upgrade() -> None:
    """Add the tables."""
    op.create_table(
        "ledger_mark",
        *_place(),
        sa.Column("marked_at", INSTANT, nullable=False),
        sa.Column("entries", sa.BigInteger(), nullable=False),
        sa.CheckConstraint("entries >= 0", name="ck_ledger_mark_entries"),
        sa.PrimaryKeyConstraint(*PLACE, "marked_at", name="pk_ledger_mark"),
    )
    op.create_table(
        "ledger_mark_balance",
        *_place(),
        sa.Column("marked_at", INSTANT, nullable=False),
        sa.Column("account", sa.String(255), nullable=False),
        sa.Column("currency", sa.CHAR(3), nullable=False),
        sa.Column("debits_minor", sa.BigInteger(), nullable=False),
        sa.Column("credits_minor", sa.BigInteger(), nullable=False),
        _of_mark("ledger_mark_balance"),
        sa.PrimaryKeyConstraint(*PLACE, "marked_at", "account", "currency", name="pk_ledger_mark_balance"),
    )
    op.create_table(
        "ledger_mark_open",
        *_place(),
        sa.Column("marked_at", INSTANT, nullable=False),
        sa.Column("transfer_id", sa.Uuid(), nullable=False),
        _of_mark("ledger_mark_open"),
        sa.PrimaryKeyConstraint(*PLACE, "marked_at", "transfer_id", name="pk_ledger_mark_open"),
    )


def downgrade() -> None:
    """Nothing is lost: balances are added up from the beginning again."""
    for table in ("ledger_mark_open", "ledger_mark_balance", "ledger_mark"):
        op.drop_table(table)


def _place() -> tuple[sa.Column[Any], sa.Column[Any]]:
    return sa.Column("tenant_id", sa.String(64), nullable=False), sa.Column("store_id", sa.String(64), nullable=False)


def _of_mark(table: str) -> sa.ForeignKeyConstraint:
    key = [*PLACE, "marked_at"]
    return sa.ForeignKeyConstraint(key, [f"ledger_mark.{column}" for column in key], name=f"fk_{table}_ledger_mark")
