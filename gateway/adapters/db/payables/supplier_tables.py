"""Tables of suppliers with their accounts and journal, purchase orders, goods receipts and the codes of the books.

The rule of two people is also the database's: no row is effective that was decided by who asked for it or called back.
"""

from sqlalchemy import (
    CHAR,
    BigInteger,
    Boolean,
    CheckConstraint,
    Column,
    ForeignKeyConstraint,
    Index,
    Integer,
    PrimaryKeyConstraint,
    String,
    Table,
    Text,
    UniqueConstraint,
    Uuid,
    text,
    true,
)

from gateway.adapters.db.column_types import JsonDocument, UtcTimestamp
from gateway.adapters.db.tables import ID_MAX, metadata, one_of
from gateway.domain.payables.supplier import AccountState, SupplierRisk

TWO_PEOPLE_SQL = (
    "state <> 'effective' OR (decided_by IS NOT NULL AND decided_by <> requested_by"
    " AND (emergency <> '' OR (call_back_by IS NOT NULL AND decided_by <> call_back_by)))"
)
APPEND_ONLY = ("goods_receipt", "goods_receipt_line", "supplier_event")
"""Tables whose rows may never change or go; triggers made by the migration refuse it."""
SUPPLIER_NUMBER, ORDER_NUMBER, RECEIPT_NUMBER, ONE_EFFECTIVE = (
    "uq_supplier_number",
    "uq_purchase_order_number",
    "uq_goods_receipt_number",
    "uq_supplier_account_effective",
)
"""Names of the rules whose violation is told by name."""
_EFFECTIVE = text("state = 'effective'")


def _place() -> tuple[Column[str], Column[str]]:
    return Column("tenant_id", String(ID_MAX), nullable=False), Column("store_id", String(ID_MAX), nullable=False)


def _key(table: str, *columns: str) -> PrimaryKeyConstraint:
    return PrimaryKeyConstraint("tenant_id", "store_id", *columns, name=f"pk_{table}")


def _of(table: str, target: str, column: str) -> ForeignKeyConstraint:
    place = ("tenant_id", "store_id", column)
    return ForeignKeyConstraint(list(place), [f"{target}.{part}" for part in place], name=f"fk_{table}_{target}")


supplier = Table(
    "supplier",
    metadata,
    *_place(),
    Column("supplier_id", Uuid, nullable=False),
    Column("number", String(64), nullable=False),
    Column("name", Text, nullable=False),
    Column("billing_currency", CHAR(3), nullable=False),
    Column("details", JsonDocument, nullable=False),
    Column("risk", String(16), nullable=False),
    Column("blocked", Text, nullable=False),
    Column("search_text", Text, nullable=False),
    Column("created_at", UtcTimestamp, nullable=False),
    Column("changed_at", UtcTimestamp, nullable=False),
    Column("version", Integer, nullable=False),
    _key("supplier", "supplier_id"),
    UniqueConstraint("tenant_id", "store_id", "number", name=SUPPLIER_NUMBER),
    CheckConstraint(one_of("risk", SupplierRisk), name="ck_supplier_risk"),
)

supplier_key = Table(
    "supplier_key",
    metadata,
    *_place(),
    Column("supplier_id", Uuid, nullable=False),
    Column("kind", String(8), nullable=False),
    Column("known_as", String(120), nullable=False),
    _key("supplier_key", "supplier_id", "kind", "known_as"),
    _of("supplier_key", "supplier", "supplier_id"),
    CheckConstraint("kind IN ('name', 'vat')", name="ck_supplier_key_kind"),
    Index("ix_supplier_key_known_as", "tenant_id", "store_id", "kind", "known_as"),
)

supplier_account = Table(
    "supplier_account",
    metadata,
    *_place(),
    Column("account_id", Uuid, nullable=False),
    Column("supplier_id", Uuid, nullable=False),
    Column("state", String(16), nullable=False),
    Column("source", String(16), nullable=False),
    Column("iban", String(34), nullable=False),
    Column("other_id", String(34), nullable=False),
    Column("country", CHAR(2), nullable=False),
    Column("holder", Text, nullable=False),
    Column("details", JsonDocument, nullable=False),
    Column("requested_by", Uuid, nullable=False),
    Column("requested_at", UtcTimestamp, nullable=False),
    Column("call_back_by", Uuid),
    Column("decided_by", Uuid),
    Column("decided_at", UtcTimestamp),
    Column("cooling_until", String(10)),
    Column("emergency", Text, nullable=False),
    Column("reviewed_by", Uuid),
    Column("reviewed_at", UtcTimestamp),
    Column("version", Integer, nullable=False),
    _key("supplier_account", "account_id"),
    _of("supplier_account", "supplier", "supplier_id"),
    CheckConstraint(one_of("state", AccountState), name="ck_supplier_account_state"),
    CheckConstraint("iban <> '' OR other_id <> ''", name="ck_supplier_account_named"),
    CheckConstraint(TWO_PEOPLE_SQL, name="ck_supplier_account_two_people"),
    Index("ix_supplier_account_supplier", "tenant_id", "store_id", "supplier_id", "requested_at"),
    Index("ix_supplier_account_iban", "tenant_id", "store_id", "iban"),
    Index("ix_supplier_account_state", "tenant_id", "store_id", "state", "requested_at"),
    Index(
        ONE_EFFECTIVE,
        "tenant_id",
        "store_id",
        "supplier_id",
        unique=True,
        sqlite_where=_EFFECTIVE,
        postgresql_where=_EFFECTIVE,
    ),
)

supplier_event = Table(
    "supplier_event",
    metadata,
    *_place(),
    Column("supplier_id", Uuid, nullable=False),
    Column("sequence", Integer, nullable=False),
    Column("event_id", Uuid, nullable=False),
    Column("kind", String(40), nullable=False),
    Column("actor", Text, nullable=False),
    Column("reason", Text, nullable=False),
    Column("changes", JsonDocument),
    Column("recorded_at", UtcTimestamp, nullable=False),
    _key("supplier_event", "supplier_id", "sequence"),
    _of("supplier_event", "supplier", "supplier_id"),
    CheckConstraint("sequence >= 1", name="ck_supplier_event_sequence"),
)

employee_account = Table(
    "employee_account",
    metadata,
    *_place(),
    Column("account_hash", CHAR(64), nullable=False),
    Column("label", Text, nullable=False),
    Column("added_by", Text, nullable=False),
    Column("added_at", UtcTimestamp, nullable=False),
    Column("shown", String(16), nullable=True),
    _key("employee_account", "account_hash"),
)

purchase_order = Table(
    "purchase_order",
    metadata,
    *_place(),
    Column("order_id", Uuid, nullable=False),
    Column("number", String(64), nullable=False),
    Column("supplier_id", Uuid, nullable=False),
    Column("ordered_on", String(10), nullable=False),
    Column("currency", CHAR(3), nullable=False),
    Column("freight_minor", BigInteger, nullable=False),
    Column("lines", JsonDocument, nullable=False),
    Column("closed", Boolean, nullable=False),
    Column("search_text", Text, nullable=False),
    Column("version", Integer, nullable=False),
    _key("purchase_order", "order_id"),
    UniqueConstraint("tenant_id", "store_id", "number", name=ORDER_NUMBER),
    _of("purchase_order", "supplier", "supplier_id"),
    CheckConstraint("freight_minor >= 0", name="ck_purchase_order_freight"),
    Index("ix_purchase_order_supplier", "tenant_id", "store_id", "supplier_id", "closed", "ordered_on"),
)

goods_receipt = Table(
    "goods_receipt",
    metadata,
    *_place(),
    Column("receipt_id", Uuid, nullable=False),
    Column("number", String(64), nullable=False),
    Column("supplier_id", Uuid, nullable=False),
    Column("received_on", String(10), nullable=False),
    _key("goods_receipt", "receipt_id"),
    UniqueConstraint("tenant_id", "store_id", "supplier_id", "number", name=RECEIPT_NUMBER),
    _of("goods_receipt", "supplier", "supplier_id"),
)

goods_receipt_line = Table(
    "goods_receipt_line",
    metadata,
    *_place(),
    Column("receipt_id", Uuid, nullable=False),
    Column("position", Integer, nullable=False),
    Column("order_id", Uuid, nullable=False),
    Column("line_no", Integer, nullable=False),
    Column("quantity", String(40), nullable=False),
    _key("goods_receipt_line", "receipt_id", "position"),
    _of("goods_receipt_line", "goods_receipt", "receipt_id"),
    _of("goods_receipt_line", "purchase_order", "order_id"),
    Index("ix_goods_receipt_line_order", "tenant_id", "store_id", "order_id", "line_no"),
)

tax_code = Table(
    "tax_code",
    metadata,
    *_place(),
    Column("code", String(40), nullable=False),
    Column("name", Text, nullable=False),
    Column("percent", String(20), nullable=False),
    Column("account_code", Text, nullable=False),
    Column("in_use", Boolean, nullable=False, server_default=true()),
    Column("discount_corrects_tax", Boolean, nullable=False, server_default=true()),
    _key("tax_code", "code"),
)

cost_centre = Table(
    "cost_centre",
    metadata,
    *_place(),
    Column("code", String(40), nullable=False),
    Column("name", Text, nullable=False),
    Column("owner", Text, nullable=False),
    Column("in_use", Boolean, nullable=False, server_default=true()),
    _key("cost_centre", "code"),
)

import_columns = Table(
    "import_columns",
    metadata,
    *_place(),
    Column("kind", String(16), nullable=False),
    Column("fingerprint", CHAR(64), nullable=False),
    Column("columns", JsonDocument, nullable=False),
    Column("named_by", Text, nullable=False),
    Column("named_at", UtcTimestamp, nullable=False),
    _key("import_columns", "kind", "fingerprint"),
)
