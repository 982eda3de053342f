"""Tables of supplier documents: content in parts, arrivals, readings, page pictures, invoices, supplier memory.

Captures are kept as the text the reader wrote, not as ``jsonb``: what proves a value stays as it was, to the letter.
"""

from sqlalchemy import (
    CHAR,
    BigInteger,
    CheckConstraint,
    Column,
    ForeignKeyConstraint,
    Index,
    Integer,
    LargeBinary,
    PrimaryKeyConstraint,
    String,
    Table,
    Text,
    UniqueConstraint,
    Uuid,
)

from gateway.adapters.db.column_types import JsonDocument, UtcTimestamp
from gateway.adapters.db.tables import ID_MAX, KEY_MAX, metadata, one_of
from gateway.domain.documents.document import DocumentSource, DocumentState
from gateway.domain.documents.invoice import InvoiceState, InvoiceStep

MEMORY_CHANGES = ("forgotten", "learned")


def _place() -> tuple[Column[str], Column[str]]:
    return Column("tenant_id", String(ID_MAX), nullable=False), Column("store_id", String(ID_MAX), nullable=False)


def _key(table: str, *columns: str) -> PrimaryKeyConstraint:
    return PrimaryKeyConstraint("tenant_id", "store_id", *columns, name=f"pk_{table}")


def _of(table: str, target: str, column: str) -> ForeignKeyConstraint:
    place = ("tenant_id", "store_id", column)
    return ForeignKeyConstraint(list(place), [f"{target}.{part}" for part in place], name=f"fk_{table}_{target}")


document = Table(
    "document",
    metadata,
    *_place(),
    Column("document_id", Uuid, nullable=False),
    Column("sha256", CHAR(64), nullable=False),
    Column("name", Text, nullable=False),
    Column("kind", String(16), nullable=False),
    Column("size", BigInteger, nullable=False),
    Column("source", String(16), nullable=False),
    Column("parent_id", Uuid),
    Column("received_at", UtcTimestamp, nullable=False),
    Column("received_by", Text, nullable=False),
    Column("state", String(16), nullable=False),
    Column("code", String(64), nullable=False),
    Column("words", Text, nullable=False),
    Column("crashes", Integer, nullable=False),
    Column("pages_done", Integer, nullable=False),
    Column("pages", Integer, nullable=False),
    Column("reading_no", Integer, nullable=False),
    Column("read_at", UtcTimestamp),
    Column("holder", String(KEY_MAX)),
    Column("epoch", BigInteger, nullable=False),
    Column("expires_at", UtcTimestamp),
    _key("document", "document_id"),
    UniqueConstraint("tenant_id", "store_id", "sha256", name="uq_document_content"),
    CheckConstraint(one_of("source", DocumentSource), name="ck_document_source"),
    CheckConstraint(one_of("state", DocumentState), name="ck_document_state"),
    CheckConstraint("size >= 0", name="ck_document_size"),
    Index("ix_document_received", "tenant_id", "store_id", "received_at", "document_id"),
    Index("ix_document_state", "tenant_id", "store_id", "state", "received_at"),
    Index("ix_document_parent", "tenant_id", "store_id", "parent_id"),
)

document_part = Table(
    "document_part",
    metadata,
    *_place(),
    Column("document_id", Uuid, nullable=False),
    Column("part_no", Integer, nullable=False),
    Column("data", LargeBinary, nullable=False),
    _key("document_part", "document_id", "part_no"),
    _of("document_part", "document", "document_id"),
    CheckConstraint("part_no >= 0", name="ck_document_part_no"),
)

document_arrival = Table(
    "document_arrival",
    metadata,
    *_place(),
    Column("arrival_id", Uuid, nullable=False),
    Column("document_id", Uuid, nullable=False),
    Column("sha256", CHAR(64), nullable=False),
    Column("name", Text, nullable=False),
    Column("source", String(16), nullable=False),
    Column("origin", Text, nullable=False),
    Column("arrived_at", UtcTimestamp, nullable=False),
    Column("arrived_by", Text, nullable=False),
    _key("document_arrival", "arrival_id"),
    _of("document_arrival", "document", "document_id"),
    CheckConstraint(one_of("source", DocumentSource), name="ck_document_arrival_source"),
    Index("ix_document_arrival_document", "tenant_id", "store_id", "document_id"),
)

document_reading = Table(
    "document_reading",
    metadata,
    *_place(),
    Column("document_id", Uuid, nullable=False),
    Column("reading_no", Integer, nullable=False),
    Column("result", Text, nullable=False),
    Column("read_at", UtcTimestamp, nullable=False),
    _key("document_reading", "document_id", "reading_no"),
    _of("document_reading", "document", "document_id"),
)

page_picture = Table(
    "page_picture",
    metadata,
    *_place(),
    Column("document_id", Uuid, nullable=False),
    Column("page", Integer, nullable=False),
    Column("width", Integer, nullable=False),
    Column("png", LargeBinary, nullable=False),
    _key("page_picture", "document_id", "page", "width"),
    _of("page_picture", "document", "document_id"),
)

supplier_invoice = Table(
    "supplier_invoice",
    metadata,
    *_place(),
    Column("invoice_id", Uuid, nullable=False),
    Column("document_id", Uuid, nullable=False),
    Column("position", Integer, nullable=False),
    Column("reading_no", Integer, nullable=False),
    Column("capture", Text, nullable=False),
    Column("state", String(16), nullable=False),
    Column("document_type", String(16), nullable=False),
    Column("supplier", Text, nullable=False),
    Column("number", Text, nullable=False),
    Column("issued_on", String(10)),
    Column("due_on", String(10)),
    Column("total_minor", BigInteger),
    Column("currency", CHAR(3)),
    Column("doubts", Integer, nullable=False),
    Column("vat_key", String(40), nullable=False),
    Column("iban_key", String(40), nullable=False),
    Column("name_key", String(120), nullable=False),
    Column("number_key", String(100), nullable=False),
    Column("search_text", Text, nullable=False),
    Column("duplicate_of", Uuid),
    Column("created_at", UtcTimestamp, nullable=False),
    Column("changed_at", UtcTimestamp, nullable=False),
    Column("version", Integer, nullable=False),
    _key("supplier_invoice", "invoice_id"),
    UniqueConstraint("tenant_id", "store_id", "document_id", "position", name="uq_supplier_invoice_position"),
    _of("supplier_invoice", "document", "document_id"),
    CheckConstraint(one_of("state", InvoiceState), name="ck_supplier_invoice_state"),
    CheckConstraint("(total_minor IS NULL) = (currency IS NULL)", name="ck_supplier_invoice_total"),
    CheckConstraint("doubts >= 0", name="ck_supplier_invoice_doubts"),
    Index("ix_supplier_invoice_created", "tenant_id", "store_id", "created_at", "invoice_id"),
    Index("ix_supplier_invoice_state", "tenant_id", "store_id", "state", "created_at"),
    Index("ix_supplier_invoice_number", "tenant_id", "store_id", "number_key"),
    Index("ix_supplier_invoice_total", "tenant_id", "store_id", "total_minor", "currency"),
)

supplier_invoice_event = Table(
    "supplier_invoice_event",
    metadata,
    *_place(),
    Column("invoice_id", Uuid, nullable=False),
    Column("sequence", Integer, nullable=False),
    Column("event_id", Uuid, nullable=False),
    Column("step", String(16), nullable=False),
    Column("actor", Text, nullable=False),
    Column("reason", Text, nullable=False),
    Column("changes", JsonDocument, nullable=False),
    Column("recorded_at", UtcTimestamp, nullable=False),
    _key("supplier_invoice_event", "invoice_id", "sequence"),
    _of("supplier_invoice_event", "supplier_invoice", "invoice_id"),
    CheckConstraint(one_of("step", InvoiceStep), name="ck_supplier_invoice_event_step"),
    CheckConstraint("sequence >= 1", name="ck_supplier_invoice_event_sequence"),
)

supplier_memory = Table(
    "supplier_memory",
    metadata,
    *_place(),
    Column("entry_id", Uuid, nullable=False),
    Column("entry_key", String(KEY_MAX), nullable=False),
    Column("entry", JsonDocument, nullable=False),
    Column("changed_at", UtcTimestamp, nullable=False),
    Column("changed_by", Text, nullable=False),
    _key("supplier_memory", "entry_id"),
    UniqueConstraint("tenant_id", "store_id", "entry_key", name="uq_supplier_memory_key"),
)

supplier_memory_change = Table(
    "supplier_memory_change",
    metadata,
    *_place(),
    Column("change_id", Uuid, nullable=False),
    Column("entry_id", Uuid, nullable=False),
    Column("entry_key", String(KEY_MAX), nullable=False),
    Column("kind", String(16), nullable=False),
    Column("invoice_id", Uuid),
    Column("actor", Text, nullable=False),
    Column("recorded_at", UtcTimestamp, nullable=False),
    _key("supplier_memory_change", "change_id"),
    CheckConstraint(one_of("kind", MEMORY_CHANGES), name="ck_supplier_memory_change_kind"),
    Index("ix_supplier_memory_change_recorded", "tenant_id", "store_id", "recorded_at"),
)
