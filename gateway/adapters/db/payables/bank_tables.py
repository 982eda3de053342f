"""Tables of what banks said: messages kept whole, what reading them gave, tasks, decisions, and who works the way."""

from sqlalchemy import (
    CHAR,
    Boolean,
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
from gateway.domain.payables.bank_task import DecisionKind, TaskKind

APPEND_ONLY = ("bank_decision", "bank_message", "bank_message_reading")
"""Tables whose rows may never change or go; triggers made by the migration refuse it."""


def _place() -> tuple[Column[str], Column[str]]:
    return Column("tenant_id", String(ID_MAX), nullable=False), Column("store_id", String(ID_MAX), nullable=False)


def _key(table: str, *columns: str) -> PrimaryKeyConstraint:
    return PrimaryKeyConstraint("tenant_id", "store_id", *columns, name=f"pk_{table}")


bank_message = Table(
    "bank_message",
    metadata,
    *_place(),
    Column("message_id", Uuid, nullable=False),
    Column("kind", String(32), nullable=False),
    Column("name", Text, nullable=False),
    Column("sha256", CHAR(64), nullable=False),
    Column("content", LargeBinary, nullable=False),
    Column("received_at", UtcTimestamp, nullable=False),
    _key("bank_message", "message_id"),
    UniqueConstraint("tenant_id", "store_id", "sha256", name="uq_bank_message_content"),
    Index("ix_bank_message_received", "tenant_id", "store_id", "received_at", "message_id"),
)

bank_message_reading = Table(
    "bank_message_reading",
    metadata,
    *_place(),
    Column("message_id", Uuid, nullable=False),
    Column("sequence", Integer, nullable=False),
    Column("applied", Boolean, nullable=False),
    Column("outcome", Text, nullable=False),
    _key("bank_message_reading", "message_id", "sequence"),
    ForeignKeyConstraint(
        ["tenant_id", "store_id", "message_id"],
        ["bank_message.tenant_id", "bank_message.store_id", "bank_message.message_id"],
        name="fk_bank_message_reading_bank_message",
    ),
    CheckConstraint("sequence >= 1", name="ck_bank_message_reading_sequence"),
)

bank_task = Table(
    "bank_task",
    metadata,
    *_place(),
    Column("task_id", Uuid, nullable=False),
    Column("kind", String(32), nullable=False),
    Column("order_id", Uuid),
    Column("message_id", Uuid),
    Column("detail", JsonDocument, nullable=False),
    Column("opened_at", UtcTimestamp, nullable=False),
    Column("closed_at", UtcTimestamp),
    Column("closed_by", Text, nullable=False),
    Column("note", Text, nullable=False),
    _key("bank_task", "task_id"),
    CheckConstraint(one_of("kind", TaskKind), name="ck_bank_task_kind"),
    Index("ix_bank_task_opened", "tenant_id", "store_id", "closed_at", "opened_at"),
    Index("ix_bank_task_order", "tenant_id", "store_id", "order_id"),
)

bank_decision = Table(
    "bank_decision",
    metadata,
    *_place(),
    Column("decision_id", Uuid, nullable=False),
    Column("order_id", Uuid, nullable=False),
    Column("kind", String(16), nullable=False),
    Column("person_id", Uuid, nullable=False),
    Column("actor", Text, nullable=False),
    Column("reason", Text, nullable=False),
    Column("detail", JsonDocument, nullable=False),
    Column("decided_at", UtcTimestamp, nullable=False),
    _key("bank_decision", "decision_id"),
    CheckConstraint(one_of("kind", DecisionKind), name="ck_bank_decision_kind"),
    Index("ix_bank_decision_order", "tenant_id", "store_id", "order_id", "decided_at"),
)

bank_lease = Table(
    "bank_lease",
    metadata,
    *_place(),
    Column("name", String(64), nullable=False),
    Column("holder", String(KEY_MAX)),
    Column("expires_at", UtcTimestamp, nullable=False),
    _key("bank_lease", "name"),
)
