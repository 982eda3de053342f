"""Tables of payables and their journals. Bodies that nobody searches (lines, taxes, discounts) lie in one document."""

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
from gateway.adapters.db.tables import ID_MAX, metadata, one_of
from gateway.domain.payables.payable import HoldKind, PayableKind, PayableState, PayableStep

PAID_SQL = "paid_minor >= 0 AND paid_minor <= gross_minor"
"""No payable is paid above its amount, whatever the services believe."""


def _place() -> tuple[Column[str], Column[str]]:
    return Column("tenant_id", String(ID_MAX), nullable=False), Column("store_id", String(ID_MAX), nullable=False)


def _key(table: str, *columns: str) -> PrimaryKeyConstraint:
    return PrimaryKeyConstraint("tenant_id", "store_id", *columns, name=f"pk_{table}")


def _of(table: str, target: str, column: str) -> ForeignKeyConstraint:
    place = ("tenant_id", "store_id", column)
    return ForeignKeyConstraint([*place], [f"{target}.{part}" for part in place], name=f"fk_{table}_{target}")


payable = Table(
    "payable",
    metadata,
    *_place(),
    Column("payable_id", Uuid, nullable=False),
    Column("kind", String(16), nullable=False),
    Column("supplier_id", Uuid, nullable=False),
    Column("number", Text, nullable=False),
    Column("number_key", String(100), nullable=False),
    Column("issued_on", String(10), nullable=False),
    Column("received_on", String(10), nullable=False),
    Column("due_on", String(10), nullable=False),
    Column("currency", CHAR(3), nullable=False),
    Column("net_minor", BigInteger, nullable=False),
    Column("tax_minor", BigInteger, nullable=False),
    Column("gross_minor", BigInteger, nullable=False),
    Column("paid_minor", BigInteger, nullable=False),
    Column("content", JsonDocument, nullable=False),
    Column("reference", Text, nullable=False),
    Column("document_invoice_id", Uuid),
    Column("source", String(16), nullable=False),
    Column("state", String(24), nullable=False),
    Column("hold_kind", String(16)),
    Column("hold", JsonDocument),
    Column("search_text", Text, nullable=False),
    Column("created_at", UtcTimestamp, nullable=False),
    Column("created_by", Text, nullable=False),
    Column("changed_at", UtcTimestamp, nullable=False),
    Column("version", Integer, nullable=False),
    _key("payable", "payable_id"),
    _of("payable", "supplier", "supplier_id"),
    CheckConstraint(one_of("kind", PayableKind), name="ck_payable_kind"),
    CheckConstraint(one_of("state", PayableState), name="ck_payable_state"),
    CheckConstraint(one_of("hold_kind", HoldKind), name="ck_payable_hold_kind"),
    CheckConstraint("gross_minor >= 0", name="ck_payable_gross"),
    CheckConstraint(PAID_SQL, name="ck_payable_paid"),
    CheckConstraint("version >= 1", name="ck_payable_version"),
    Index("ix_payable_created", "tenant_id", "store_id", "created_at", "payable_id"),
    Index("ix_payable_state", "tenant_id", "store_id", "state", "due_on", "payable_id"),
    Index("ix_payable_supplier", "tenant_id", "store_id", "supplier_id", "issued_on"),
    Index("ix_payable_number", "tenant_id", "store_id", "number_key"),
    Index("ix_payable_gross", "tenant_id", "store_id", "gross_minor", "currency"),
    # One captured invoice becomes one payable, however often its acceptance is told.
    Index("uq_payable_invoice", "tenant_id", "store_id", "document_invoice_id", unique=True),
)

payable_event = Table(
    "payable_event",
    metadata,
    *_place(),
    Column("payable_id", Uuid, nullable=False),
    Column("sequence", Integer, nullable=False),
    Column("event_id", Uuid, nullable=False),
    Column("step", String(24), nullable=False),
    Column("before_state", String(24), nullable=False),
    Column("after_state", String(24), nullable=False),
    Column("actor", Text, nullable=False),
    Column("reason", Text, nullable=False),
    Column("detail", JsonDocument),
    Column("recorded_at", UtcTimestamp, nullable=False),
    _key("payable_event", "payable_id", "sequence"),
    _of("payable_event", "payable", "payable_id"),
    CheckConstraint(one_of("step", PayableStep), name="ck_payable_event_step"),
    CheckConstraint("sequence >= 1", name="ck_payable_event_sequence"),
)
