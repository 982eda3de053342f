"""Tables of what a till keeps beside sales: items, parked sales, customer displays; migration 0006 has a copy."""

from sqlalchemy import (
    CHAR,
    BigInteger,
    Boolean,
    CheckConstraint,
    Column,
    Index,
    Integer,
    PrimaryKeyConstraint,
    String,
    Table,
    Text,
    UniqueConstraint,
    Uuid,
    text,
)

from gateway.adapters.db.column_types import JsonDocument, UtcTimestamp
from gateway.adapters.db.tables import ID_MAX, metadata

_WAITING = text("taken_at IS NULL")
_SOLD = text("active AND gtin IS NOT NULL")
_ON_A_KEY = text("active AND quick_key IS NOT NULL")


def _place() -> tuple[Column[str], Column[str]]:
    return Column("tenant_id", String(ID_MAX), nullable=False), Column("store_id", String(ID_MAX), nullable=False)


item = Table(
    "item",
    metadata,
    *_place(),
    Column("item_id", Uuid, nullable=False),
    Column("number", String(32), nullable=False),
    Column("name", Text, nullable=False),
    Column("sorted_name", Text, nullable=False),
    Column("searched", Text, nullable=False),
    Column("gtin", CHAR(14)),
    Column("price_minor", BigInteger, nullable=False),
    Column("currency", CHAR(3), nullable=False),
    Column("tax_basis_points", Integer, nullable=False),
    Column("item_group", Text, nullable=False),
    Column("kitchen_group", Text),
    Column("quick_key", Integer),
    Column("active", Boolean, nullable=False),
    Column("version", Integer, nullable=False),
    PrimaryKeyConstraint("tenant_id", "store_id", "item_id", name="pk_item"),
    UniqueConstraint("tenant_id", "store_id", "number", name="uq_item_number"),
    CheckConstraint("price_minor >= 0", name="ck_item_price"),
    CheckConstraint("tax_basis_points BETWEEN 0 AND 10000", name="ck_item_tax"),
    CheckConstraint("version >= 1", name="ck_item_version"),
    Index("ix_item_name", "tenant_id", "store_id", "sorted_name", "number"),
)
Index(
    "uq_item_gtin",
    item.c.tenant_id,
    item.c.store_id,
    item.c.gtin,
    unique=True,
    sqlite_where=_SOLD,
    postgresql_where=_SOLD,
)
Index(
    "ix_item_quick_key",
    item.c.tenant_id,
    item.c.store_id,
    item.c.quick_key,
    sqlite_where=_ON_A_KEY,
    postgresql_where=_ON_A_KEY,
)

parked_sale = Table(
    "parked_sale",
    metadata,
    *_place(),
    Column("parked_id", Uuid, nullable=False),
    Column("name", Text, nullable=False),
    Column("register_id", String(ID_MAX), nullable=False),
    Column("document", JsonDocument, nullable=False),
    Column("total_minor", BigInteger, nullable=False),
    Column("currency", CHAR(3), nullable=False),
    Column("version", Integer, nullable=False),
    Column("created_at", UtcTimestamp, nullable=False),
    Column("created_by", Text, nullable=False),
    Column("taken_at", UtcTimestamp),
    Column("taken_by", Text),
    Column("taken_register", String(ID_MAX)),
    Column("taken_request", Uuid),
    PrimaryKeyConstraint("tenant_id", "store_id", "parked_id", name="pk_parked_sale"),
    CheckConstraint("version >= 1", name="ck_parked_sale_version"),
)
Index(
    "ix_parked_sale_waiting",
    parked_sale.c.tenant_id,
    parked_sale.c.store_id,
    parked_sale.c.created_at,
    sqlite_where=_WAITING,
    postgresql_where=_WAITING,
)

display_pairing = Table(
    "display_pairing",
    metadata,
    *_place(),
    Column("pairing_id", Uuid, nullable=False),
    Column("register_id", String(ID_MAX), nullable=False),
    Column("code_digest", CHAR(64)),
    Column("token_digest", CHAR(64)),
    Column("created_at", UtcTimestamp, nullable=False),
    Column("created_by", Text, nullable=False),
    Column("expires_at", UtcTimestamp, nullable=False),
    Column("paired_at", UtcTimestamp),
    Column("revoked_at", UtcTimestamp),
    PrimaryKeyConstraint("tenant_id", "store_id", "pairing_id", name="pk_display_pairing"),
    UniqueConstraint("tenant_id", "store_id", "code_digest", name="uq_display_pairing_code"),
    UniqueConstraint("tenant_id", "store_id", "token_digest", name="uq_display_pairing_token"),
)

display_picture = Table(
    "display_picture",
    metadata,
    *_place(),
    Column("register_id", String(ID_MAX), nullable=False),
    Column("document", JsonDocument, nullable=False),
    Column("told_at", UtcTimestamp, nullable=False),
    PrimaryKeyConstraint("tenant_id", "store_id", "register_id", name="pk_display_picture"),
)
