"""Tables of the cash drawer and of orders to the kitchen, and the indexes a search over the day's journal needs."""

from sqlalchemy import (
    Boolean,
    CheckConstraint,
    Column,
    Index,
    Integer,
    String,
    Table,
    Text,
    UniqueConstraint,
    Uuid,
    text,
)

from gateway.adapters.db.column_types import JsonDocument, UtcTimestamp
from gateway.adapters.db.tables import ID_MAX, KEY_MAX, _foreign, _key, _place, attempt, metadata, one_of, payment
from gateway.domain.printing.drawer import DrawerCause, DrawerVerdict

CARD_TAIL_SQL = "substr(result ->> 'card_masked', length(result ->> 'card_masked') - 3)"
"""Last four digits of the card of an attempt; the same words are understood by both databases."""
AUTHORISATION_SQL = "(result ->> 'authorisation')"

drawer_opening = Table(
    "drawer_opening",
    metadata,
    *_place(),
    Column("opening_id", Uuid, nullable=False),
    Column("register_id", String(ID_MAX), nullable=False),
    Column("printer_id", String(ID_MAX), nullable=False),
    Column("cause", String(16), nullable=False),
    Column("cause_id", Uuid),
    Column("reason", Text, nullable=False),
    Column("asked_by", Text, nullable=False),
    Column("asked_at", UtcTimestamp, nullable=False),
    _key("drawer_opening", "opening_id"),
    CheckConstraint(one_of("cause", DrawerCause), name="ck_drawer_opening_cause"),
    CheckConstraint("(cause = 'person') = (cause_id IS NULL)", name="ck_drawer_opening_cause_id"),
    Index("ix_drawer_opening_asked", "tenant_id", "store_id", "asked_at"),
)

drawer_result = Table(
    "drawer_result",
    metadata,
    *_place(),
    Column("opening_id", Uuid, nullable=False),
    Column("verdict", String(16), nullable=False),
    Column("words", Text, nullable=False),
    Column("proven", Boolean, nullable=False),
    Column("told_at", UtcTimestamp, nullable=False),
    _key("drawer_result", "opening_id"),
    _foreign("fk_drawer_result_opening", "opening_id", "drawer_opening.opening_id"),
    CheckConstraint(one_of("verdict", DrawerVerdict), name="ck_drawer_result_verdict"),
)

kitchen_order = Table(
    "kitchen_order",
    metadata,
    *_place(),
    Column("order_id", Uuid, nullable=False),
    Column("ticket_id", Uuid, nullable=False),
    Column("sequence", Integer, nullable=False),
    Column("register_id", String(ID_MAX), nullable=False),
    Column("number", Integer, nullable=False),
    Column("label", Text, nullable=False),
    Column("lines", JsonDocument, nullable=False),
    Column("request_hash", String(KEY_MAX), nullable=False),
    Column("sent_at", UtcTimestamp, nullable=False),
    Column("sent_by", Text, nullable=False),
    _key("kitchen_order", "order_id"),
    UniqueConstraint("tenant_id", "store_id", "ticket_id", "sequence", name="uq_kitchen_order_sequence"),
    CheckConstraint("sequence >= 1", name="ck_kitchen_order_sequence"),
    CheckConstraint("number >= 1", name="ck_kitchen_order_number"),
    Index("ix_kitchen_order_sent", "tenant_id", "store_id", "sent_at"),
)

kitchen_number = Table(
    "kitchen_number",
    metadata,
    *_place(),
    Column("day", String(10), nullable=False),
    Column("last_number", Integer, nullable=False),
    _key("kitchen_number"),
    CheckConstraint("last_number >= 1", name="ck_kitchen_number"),
)

Index("ix_payment_amount", payment.c.tenant_id, payment.c.store_id, payment.c.amount_minor, payment.c.payment_id)
_KNOWN_TRACE = text("trace_no IS NOT NULL")
_KNOWN_RECEIPT = text("receipt_no IS NOT NULL")
_KNOWN_CARD = text("result ->> 'card_masked' IS NOT NULL")
_KNOWN_AUTHORISATION = text("result ->> 'authorisation' IS NOT NULL")
Index(
    "ix_attempt_trace",
    attempt.c.tenant_id,
    attempt.c.store_id,
    attempt.c.trace_no,
    sqlite_where=_KNOWN_TRACE,
    postgresql_where=_KNOWN_TRACE,
)
Index(
    "ix_attempt_receipt",
    attempt.c.tenant_id,
    attempt.c.store_id,
    attempt.c.receipt_no,
    sqlite_where=_KNOWN_RECEIPT,
    postgresql_where=_KNOWN_RECEIPT,
)
Index(
    "ix_attempt_card",
    attempt.c.tenant_id,
    attempt.c.store_id,
    text(CARD_TAIL_SQL),
    sqlite_where=_KNOWN_CARD,
    postgresql_where=_KNOWN_CARD,
)
Index(
    "ix_attempt_authorisation",
    attempt.c.tenant_id,
    attempt.c.store_id,
    text(AUTHORISATION_SQL),
    sqlite_where=_KNOWN_AUTHORISATION,
    postgresql_where=_KNOWN_AUTHORISATION,
)
