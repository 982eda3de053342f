"""Tables of what leaves the shop: webhook endpoints, systems outside with their leases, links to receipts, the feed."""

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
from gateway.adapters.db.tables import ID_MAX, KEY_MAX, metadata, one_of, outbox
from gateway.domain.telling.outward import KINDS
from gateway.domain.telling.webhook import EndpointState

SUBJECTS = ("payment", "refund", "sale")
"""What a link to a receipt may lead to."""
OUTWARD_SQL = one_of("kind", KINDS)


def _place() -> tuple[Column[str], Column[str]]:
    return Column("tenant_id", String(ID_MAX), nullable=False), Column("store_id", String(ID_MAX), nullable=False)


def _key(table: str, *columns: str) -> PrimaryKeyConstraint:
    return PrimaryKeyConstraint("tenant_id", "store_id", *columns, name=f"pk_{table}")


webhook_endpoint = Table(
    "webhook_endpoint",
    metadata,
    *_place(),
    Column("endpoint_id", Uuid, nullable=False),
    Column("url", Text, nullable=False),
    Column("description", Text, nullable=False),
    Column("patterns", JsonDocument, nullable=False),
    Column("state", String(16), nullable=False),
    Column("state_reason", Text, nullable=False),
    Column("generation", Integer, nullable=False),
    Column("former_until", UtcTimestamp),
    Column("key_mark", String(16), nullable=False),
    Column("created_at", UtcTimestamp, nullable=False),
    Column("created_by", Text, nullable=False),
    _key("webhook_endpoint", "endpoint_id"),
    CheckConstraint(one_of("state", EndpointState), name="ck_webhook_endpoint_state"),
    CheckConstraint("generation >= 1", name="ck_webhook_endpoint_generation"),
)

outward_system = Table(
    "outward_system",
    metadata,
    *_place(),
    Column("target", String(KEY_MAX), nullable=False),
    Column("kind", String(32), nullable=False),
    Column("holder", String(KEY_MAX)),
    Column("epoch", BigInteger, nullable=False),
    Column("expires_at", UtcTimestamp, nullable=False),
    Column("stopped", Boolean, nullable=False),
    Column("tries", Integer, nullable=False),
    Column("failing_since", UtcTimestamp),
    Column("paused_until", UtcTimestamp),
    Column("last_success_at", UtcTimestamp),
    Column("last_words", Text, nullable=False),
    _key("outward_system", "target"),
    CheckConstraint(one_of("kind", KINDS), name="ck_outward_system_kind"),
    CheckConstraint("tries >= 0", name="ck_outward_system_tries"),
)

receipt_link = Table(
    "receipt_link",
    metadata,
    *_place(),
    Column("link_id", Uuid, nullable=False),
    Column("token_hash", CHAR(64), nullable=False),
    Column("subject", String(8), nullable=False),
    Column("subject_id", Uuid, nullable=False),
    Column("created_at", UtcTimestamp, nullable=False),
    Column("created_by", Text, nullable=False),
    Column("expires_at", UtcTimestamp, nullable=False),
    Column("opened", Integer, nullable=False),
    _key("receipt_link", "link_id"),
    UniqueConstraint("tenant_id", "store_id", "token_hash", name="uq_receipt_link_token"),
    CheckConstraint(one_of("subject", SUBJECTS), name="ck_receipt_link_subject"),
    Index("ix_receipt_link_expires", "tenant_id", "store_id", "expires_at"),
)

change_feed = Table(
    "change_feed",
    metadata,
    *_place(),
    Column("last_sequence", BigInteger, nullable=False),
    Column("forgotten_sequence", BigInteger, nullable=False),
    _key("change_feed"),
)

told_change = Table(
    "told_change",
    metadata,
    *_place(),
    Column("sequence", BigInteger, nullable=False),
    Column("message_id", Uuid, nullable=False),
    Column("webhook_id", String(64), nullable=False),
    Column("kind", String(64), nullable=False),
    Column("subject", Text, nullable=False),
    Column("trace_id", Text, nullable=False),
    Column("at", UtcTimestamp, nullable=False),
    _key("told_change", "sequence"),
    UniqueConstraint("tenant_id", "store_id", "message_id", name="uq_told_change_message"),
    Index("ix_told_change_at", "tenant_id", "store_id", "at"),
)

# Receipts for printers, the many, are not in it.
Index(
    "ix_outbox_outward",
    outbox.c.tenant_id,
    outbox.c.store_id,
    outbox.c.target,
    outbox.c.created_at,
    sqlite_where=text(OUTWARD_SQL),
    postgresql_where=text(OUTWARD_SQL),
)
