"""Tables of ERP accounts, of the documents that go to them with their journals, and of the records they told us.

Migrations 0026 to 0029 have copies.
"""

from sqlalchemy import (
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
    UniqueConstraint,
    Uuid,
    text,
)

from gateway.adapters.db.column_types import JsonDocument, UtcTimestamp
from gateway.adapters.db.tables import ID_MAX, metadata, one_of
from gateway.domain.erp.binding import ERP_ID_MAX, VERSION_MAX, MasterKind
from gateway.domain.erp.documents import DocumentKind
from gateway.domain.erp.posting import IN_WORK, PostingState
from gateway.domain.erp.records import RecordKind

WORD_MAX = 32
"""Characters of a state, a kind or a failure's code."""


def _of_account() -> tuple[Column[str], Column[str], Column[str]]:
    return (
        Column("tenant_id", String(ID_MAX), nullable=False),
        Column("store_id", String(ID_MAX), nullable=False),
        Column("account", String(ID_MAX), nullable=False),
    )


_ACCOUNT = ["tenant_id", "store_id", "account"]
erp_account = Table(
    "erp_account",
    metadata,
    *_of_account(),
    Column("last_sequence", BigInteger, nullable=False),
    Column("holder", Text),
    Column("epoch", BigInteger, nullable=False),
    Column("expires_at", UtcTimestamp),
    Column("failures", Integer, nullable=False),
    Column("paused_until", UtcTimestamp),
    PrimaryKeyConstraint(*_ACCOUNT, name="pk_erp_account"),
)
erp_posting = Table(
    "erp_posting",
    metadata,
    *_of_account(),
    Column("key", String(ID_MAX), nullable=False),
    Column("sequence", BigInteger, nullable=False),
    Column("kind", String(WORD_MAX), nullable=False),
    Column("document", JsonDocument, nullable=False),
    Column("state", String(WORD_MAX), nullable=False),
    Column("attempts", Integer, nullable=False),
    Column("due_at", UtcTimestamp, nullable=False),
    Column("erp_id", Text, nullable=False),
    Column("number", Text, nullable=False),
    Column("version", Text, nullable=False),
    Column("code", String(WORD_MAX), nullable=False),
    Column("detail", Text, nullable=False),
    Column("trace_id", Text, nullable=False),
    Column("created_at", UtcTimestamp, nullable=False),
    Column("changed_at", UtcTimestamp, nullable=False),
    Column("acknowledged_at", UtcTimestamp),
    PrimaryKeyConstraint(*_ACCOUNT, "key", name="pk_erp_posting"),
    UniqueConstraint(*_ACCOUNT, "sequence", name="uq_erp_posting_sequence"),
    ForeignKeyConstraint(_ACCOUNT, [f"erp_account.{column}" for column in _ACCOUNT], name="fk_erp_posting_account"),
    CheckConstraint(one_of("state", PostingState), name="ck_erp_posting_state"),
    CheckConstraint(one_of("kind", DocumentKind), name="ck_erp_posting_kind"),
)
IN_WORK_SQL = one_of("state", IN_WORK)
Index(
    "ix_erp_posting_due",
    *(erp_posting.c[column] for column in (*_ACCOUNT, "due_at")),
    sqlite_where=text(IN_WORK_SQL),
    postgresql_where=text(IN_WORK_SQL),
)
erp_posting_event = Table(
    "erp_posting_event",
    metadata,
    *_of_account(),
    Column("key", String(ID_MAX), nullable=False),
    Column("number", Integer, nullable=False),
    Column("at", UtcTimestamp, nullable=False),
    Column("state", String(WORD_MAX), nullable=False),
    Column("code", String(WORD_MAX), nullable=False),
    Column("detail", Text, nullable=False),
    Column("actor", Text, nullable=False),
    PrimaryKeyConstraint(*_ACCOUNT, "key", "number", name="pk_erp_posting_event"),
    ForeignKeyConstraint(
        [*_ACCOUNT, "key"],
        [f"erp_posting.{column}" for column in (*_ACCOUNT, "key")],
        name="fk_erp_posting_event_posting",
    ),
)
erp_binding = Table(
    "erp_binding",
    metadata,
    *_of_account(),
    Column("kind", String(WORD_MAX), nullable=False),
    Column("erp_id", String(ERP_ID_MAX), nullable=False),
    Column("our_id", Uuid),
    Column("version", String(VERSION_MAX), nullable=False),
    Column("revision", BigInteger),
    Column("digest", String(64), nullable=False),
    Column("taken_at", UtcTimestamp),
    PrimaryKeyConstraint(*_ACCOUNT, "kind", "erp_id", name="pk_erp_binding"),
    UniqueConstraint(*_ACCOUNT, "kind", "our_id", name="uq_erp_binding_our_id"),
    CheckConstraint(one_of("kind", MasterKind), name="ck_erp_binding_kind"),
)
erp_cursor = Table(
    "erp_cursor",
    metadata,
    *_of_account(),
    Column("kind", String(WORD_MAX), nullable=False),
    Column("cursor", Text, nullable=False),
    Column("due_at", UtcTimestamp, nullable=False),
    Column("detail", Text, nullable=False),
    PrimaryKeyConstraint(*_ACCOUNT, "kind", name="pk_erp_cursor"),
    CheckConstraint(one_of("kind", RecordKind), name="ck_erp_cursor_kind"),
)
erp_exchange = Table(
    "erp_exchange",
    metadata,
    *_of_account(),
    Column("id", Uuid, nullable=False),
    Column("key", String(ID_MAX), nullable=False),
    Column("at", UtcTimestamp, nullable=False),
    Column("operation", Text, nullable=False),
    Column("address", Text, nullable=False),
    Column("took_ms", Integer, nullable=False),
    Column("outcome", Text, nullable=False),
    Column("request", Text, nullable=False),
    Column("answer", Text, nullable=False),
    PrimaryKeyConstraint(*_ACCOUNT, "id", name="pk_erp_exchange"),
)
Index("ix_erp_exchange_of_document", *(erp_exchange.c[column] for column in (*_ACCOUNT, "key", "id")))
