"""Items for sale, quick keys, parked sales and customer displays."""

from typing import Any

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import JSONB, TIMESTAMP

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None

INSTANT = sa.BigInteger().with_variant(TIMESTAMP(timezone=True), "postgresql")
DOCUMENT = sa.Text().with_variant(JSONB(none_as_null=True), "postgresql")
PLACE = ("tenant_id", "store_id")


def upgrade() -> None:
    _create_item()
    _create_parked_sale()
    _create_displays()


def downgrade() -> None:
    """Items and baskets put aside are lost: export them first."""
    for table in ("display_picture", "display_pairing", "parked_sale", "item"):
        op.drop_table(table)


def _place() -> tuple[sa.Column[Any], sa.Column[Any]]:
    return sa.Column("tenant_id", sa.String(64), nullable=False), sa.Column("store_id", sa.String(64), nullable=False)


def _index_where(name: str, table: str, column: str, condition: str, *, unique: bool = False) -> None:
    where = sa.text(condition)
    op.create_index(name, table, [*PLACE, column], unique=unique, sqlite_where=where, postgresql_where=where)


def _create_item() -> None:
    op.create_table(
        "item",
        *_place(),
        sa.Column("item_id", sa.Uuid(), nullable=False),
        sa.Column("number", sa.String(32), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("sorted_name", sa.Text(), nullable=False),
        sa.Column("searched", sa.Text(), nullable=False),
        sa.Column("gtin", sa.CHAR(14)),
        sa.Column("price_minor", sa.BigInteger(), nullable=False),
        sa.Column("currency", sa.CHAR(3), nullable=False),
        sa.Column("tax_basis_points", sa.Integer(), nullable=False),
        sa.Column("item_group", sa.Text(), nullable=False),
        sa.Column("kitchen_group", sa.Text()),
        sa.Column("quick_key", sa.Integer()),
        sa.Column("active", sa.Boolean(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.CheckConstraint("price_minor >= 0", name="ck_item_price"),
        sa.CheckConstraint("tax_basis_points BETWEEN 0 AND 10000", name="ck_item_tax"),
        sa.CheckConstraint("version >= 1", name="ck_item_version"),
        sa.PrimaryKeyConstraint(*PLACE, "item_id", name="pk_item"),
        sa.UniqueConstraint(*PLACE, "number", name="uq_item_number"),
    )
    op.create_index("ix_item_name", "item", [*PLACE, "sorted_name", "number"])
    _index_where("uq_item_gtin", "item", "gtin", "active AND gtin IS NOT NULL", unique=True)
    _index_where("ix_item_quick_key", "item", "quick_key", "active AND quick_key IS NOT NULL")


def _create_parked_sale() -> None:
    op.create_table(
        "parked_sale",
        *_place(),
        sa.Column("parked_id", sa.Uuid(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("register_id", sa.String(64), nullable=False),
        sa.Column("document", DOCUMENT, nullable=False),
        sa.Column("total_minor", sa.BigInteger(), nullable=False),
        sa.Column("currency", sa.CHAR(3), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("created_at", INSTANT, nullable=False),
        sa.Column("created_by", sa.Text(), nullable=False),
        sa.Column("taken_at", INSTANT),
        sa.Column("taken_by", sa.Text()),
        sa.Column("taken_register", sa.String(64)),
        sa.Column("taken_request", sa.Uuid()),
        sa.CheckConstraint("version >= 1", name="ck_parked_sale_version"),
        sa.PrimaryKeyConstraint(*PLACE, "parked_id", name="pk_parked_sale"),
    )
    _index_where("ix_parked_sale_waiting", "parked_sale", "created_at", "taken_at IS NULL")


def _create_displays() -> None:
    op.create_table(
        "display_pairing",
        *_place(),
        sa.Column("pairing_id", sa.Uuid(), nullable=False),
        sa.Column("register_id", sa.String(64), nullable=False),
        sa.Column("code_digest", sa.CHAR(64)),
        sa.Column("token_digest", sa.CHAR(64)),
        sa.Column("created_at", INSTANT, nullable=False),
        sa.Column("created_by", sa.Text(), nullable=False),
        sa.Column("expires_at", INSTANT, nullable=False),
        sa.Column("paired_at", INSTANT),
        sa.Column("revoked_at", INSTANT),
        sa.PrimaryKeyConstraint(*PLACE, "pairing_id", name="pk_display_pairing"),
        sa.UniqueConstraint(*PLACE, "code_digest", name="uq_display_pairing_code"),
        sa.UniqueConstraint(*PLACE, "token_digest", name="uq_display_pairing_token"),
    )
    op.create_table(
        "display_picture",
        *_place(),
        sa.Column("register_id", sa.String(64), nullable=False),
        sa.Column("document", DOCUMENT, nullable=False),
        sa.Column("told_at", INSTANT, nullable=False),
        sa.PrimaryKeyConstraint(*PLACE, "register_id", name="pk_display_picture"),
    )
