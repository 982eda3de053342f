"""Tables of till sales: what was sold, the tenders that settle it, what went back, and the moment it was settled.

A till sale is a row of ``sale`` with a row of ``till_sale`` beside it; a sale of a card alone has only the first, so
its two statements know nothing of this. Triggers made by the migration hold the limits (see ``violations.py``).
"""

from sqlalchemy import (
    CHAR,
    BigInteger,
    CheckConstraint,
    Column,
    ForeignKeyConstraint,
    Index,
    Integer,
    PrimaryKeyConstraint,
    String,
    Table,
    Text,
    Uuid,
)

from gateway.adapters.db.column_types import JsonDocument, UtcTimestamp
from gateway.adapters.db.tables import ID_MAX, KEY_MAX, metadata, one_of
from gateway.domain.sales.tax_lines import Pricing
from gateway.domain.sales.tender import TenderKind, TenderState

TENDER_LIMIT = "tender_within_sale"
GIVE_BACK_LIMIT = "give_back_within_sale"
REFUND_OF_SALE_LIMIT = "refund_within_sale"
TENDER_CHANGE = "tender_change"
VOID_LIMIT = "sale_void_unpaid"
NOTHING_AFTER_VOID = "nothing_after_void"
"""Names by which the triggers tell which rule was broken."""

TENDER_ROWS = sorted(set(TenderKind) - {TenderKind.CARD})


def _place() -> tuple[Column[str], Column[str]]:
    return Column("tenant_id", String(ID_MAX), nullable=False), Column("store_id", String(ID_MAX), nullable=False)


def _key(table: str, *columns: str) -> PrimaryKeyConstraint:
    return PrimaryKeyConstraint("tenant_id", "store_id", *columns, name=f"pk_{table}")


def _foreign(name: str, column: str, target: str) -> ForeignKeyConstraint:
    place = ("tenant_id", "store_id")
    table, target_column = target.split(".")
    return ForeignKeyConstraint([*place, column], [f"{table}.{part}" for part in (*place, target_column)], name=name)


till_sale = Table(
    "till_sale",
    metadata,
    *_place(),
    Column("sale_id", Uuid, nullable=False),
    Column("register_id", String(ID_MAX), nullable=False),
    Column("pricing", String(8), nullable=False),
    Column("tip_minor", BigInteger, nullable=False),
    Column("currency", CHAR(3), nullable=False),
    Column("lines", JsonDocument, nullable=False),
    Column("rates", JsonDocument, nullable=False),
    Column("customer_id", String(KEY_MAX)),
    Column("reference", Text),
    Column("split_of", Uuid),
    Column("share", Integer, nullable=False),
    _key("till_sale", "sale_id"),
    _foreign("fk_till_sale_sale", "sale_id", "sale.sale_id"),
    CheckConstraint(one_of("pricing", Pricing), name="ck_till_sale_pricing"),
    CheckConstraint("tip_minor >= 0", name="ck_till_sale_tip"),
    CheckConstraint("share >= 0", name="ck_till_sale_share"),
    Index("ix_till_sale_register", "tenant_id", "store_id", "register_id", "sale_id"),
    Index("ix_till_sale_split", "tenant_id", "store_id", "split_of"),
)

tender = Table(
    "tender",
    metadata,
    *_place(),
    Column("tender_id", Uuid, nullable=False),
    Column("sale_id", Uuid, nullable=False),
    Column("register_id", String(ID_MAX), nullable=False),
    Column("kind", String(16), nullable=False),
    Column("state", String(16), nullable=False),
    Column("amount_minor", BigInteger, nullable=False),
    Column("currency", CHAR(3), nullable=False),
    Column("given_minor", BigInteger),
    Column("given_currency", CHAR(3)),
    Column("customer_id", String(KEY_MAX)),
    Column("detail", JsonDocument, nullable=False),
    Column("shift_id", Uuid),
    Column("created_at", UtcTimestamp, nullable=False),
    Column("created_by", Text, nullable=False),
    Column("ended_at", UtcTimestamp),
    _key("tender", "tender_id"),
    _foreign("fk_tender_sale", "sale_id", "till_sale.sale_id"),
    CheckConstraint("amount_minor > 0", name="ck_tender_amount"),
    CheckConstraint("(given_minor IS NULL) = (given_currency IS NULL)", name="ck_tender_given"),
    CheckConstraint(one_of("kind", TENDER_ROWS), name="ck_tender_kind"),
    CheckConstraint(one_of("state", TenderState), name="ck_tender_state"),
    CheckConstraint("(state = 'open') = (ended_at IS NULL)", name="ck_tender_ended"),
    Index("ix_tender_sale", "tenant_id", "store_id", "sale_id"),
    Index("ix_tender_shift", "tenant_id", "store_id", "shift_id"),
)

tender_event = Table(
    "tender_event",
    metadata,
    *_place(),
    Column("tender_id", Uuid, nullable=False),
    Column("sequence", Integer, nullable=False),
    Column("state", String(16), nullable=False),
    Column("words", Text, nullable=False),
    Column("actor", Text, nullable=False),
    Column("recorded_at", UtcTimestamp, nullable=False),
    _key("tender_event", "tender_id", "sequence"),
    _foreign("fk_tender_event_tender", "tender_id", "tender.tender_id"),
    CheckConstraint(one_of("state", TenderState), name="ck_tender_event_state"),
    CheckConstraint("sequence >= 1", name="ck_tender_event_sequence"),
)

give_back = Table(
    "give_back",
    metadata,
    *_place(),
    Column("give_back_id", Uuid, nullable=False),
    Column("sale_id", Uuid, nullable=False),
    Column("register_id", String(ID_MAX), nullable=False),
    Column("kind", String(16), nullable=False),
    Column("tender_id", Uuid),
    Column("amount_minor", BigInteger, nullable=False),
    Column("currency", CHAR(3), nullable=False),
    Column("lines", JsonDocument, nullable=False),
    Column("totals", JsonDocument),
    Column("reason", Text, nullable=False),
    Column("customer_id", String(KEY_MAX)),
    Column("detail", JsonDocument, nullable=False),
    Column("shift_id", Uuid),
    Column("created_at", UtcTimestamp, nullable=False),
    Column("created_by", Text, nullable=False),
    _key("give_back", "give_back_id"),
    _foreign("fk_give_back_sale", "sale_id", "till_sale.sale_id"),
    _foreign("fk_give_back_tender", "tender_id", "tender.tender_id"),
    CheckConstraint("amount_minor > 0", name="ck_give_back_amount"),
    CheckConstraint(one_of("kind", TenderKind), name="ck_give_back_kind"),
    Index("ix_give_back_sale", "tenant_id", "store_id", "sale_id"),
    Index("ix_give_back_shift", "tenant_id", "store_id", "shift_id"),
)

sale_settlement = Table(
    "sale_settlement",
    metadata,
    *_place(),
    Column("sale_id", Uuid, nullable=False),
    Column("register_id", String(ID_MAX), nullable=False),
    Column("number", BigInteger),
    Column("settled_at", UtcTimestamp, nullable=False),
    _key("sale_settlement", "sale_id"),
    _foreign("fk_sale_settlement_sale", "sale_id", "till_sale.sale_id"),
    Index("ix_sale_settlement_number", "tenant_id", "store_id", "register_id", "number"),
)

sale_void = Table(
    "sale_void",
    metadata,
    *_place(),
    Column("sale_id", Uuid, nullable=False),
    Column("void_id", Uuid, nullable=False),
    Column("reason", Text, nullable=False),
    Column("voided_at", UtcTimestamp, nullable=False),
    Column("voided_by", Text, nullable=False),
    _key("sale_void", "sale_id"),
    _foreign("fk_sale_void_sale", "sale_id", "till_sale.sale_id"),
)

SALES_APPEND_ONLY = ("give_back", "sale_settlement", "sale_void", "tender_event", "till_sale")
"""Tables whose rows may never change or go."""
