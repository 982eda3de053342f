"""Tables of statements, their lines and explanations, open items and rules; migration 0021 has a copy."""

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
)

from gateway.adapters.db.column_types import JsonDocument, UtcTimestamp
from gateway.adapters.db.tables import ID_MAX, metadata, one_of
from gateway.domain.bank.bank_statement import LineState, StatementState
from gateway.domain.bank.line_match import MatchState
from gateway.domain.bank.line_rule import Direction
from gateway.domain.bank.open_item import ItemSide, ItemSource

APPEND_ONLY = ("statement_line_event",)
"""Tables whose rows may never change or go; triggers made by the migration refuse it."""
DAY = 10
KEY_MAX = 64
"""Of an account as content keys have it."""


def _place() -> tuple[Column[str], Column[str]]:
    return Column("tenant_id", String(ID_MAX), nullable=False), Column("store_id", String(ID_MAX), nullable=False)


def _key(table: str, *columns: str) -> PrimaryKeyConstraint:
    return PrimaryKeyConstraint("tenant_id", "store_id", *columns, name=f"pk_{table}")


def _foreign(name: str, column: str, target: str) -> ForeignKeyConstraint:
    place = ("tenant_id", "store_id")
    table, target_column = target.split(".")
    return ForeignKeyConstraint([*place, column], [f"{table}.{part}" for part in (*place, target_column)], name=name)


bank_statement = Table(
    "bank_statement",
    metadata,
    *_place(),
    Column("statement_id", Uuid, nullable=False),
    Column("account_key", String(KEY_MAX), nullable=False),
    Column("bank_account_id", String(ID_MAX)),
    Column("account", String(KEY_MAX), nullable=False),
    Column("currency", CHAR(3), nullable=False),
    Column("format", Text, nullable=False),
    Column("bank_id", Text, nullable=False),
    Column("opening_minor", BigInteger),
    Column("closing_minor", BigInteger),
    Column("first_day", String(DAY)),
    Column("last_day", String(DAY)),
    Column("state", String(16), nullable=False),
    Column("difference_minor", BigInteger),
    Column("defects", JsonDocument, nullable=False),
    Column("file_name", Text, nullable=False),
    Column("file_sha256", CHAR(64), nullable=False),
    Column("lines", Integer, nullable=False),
    Column("repeated", Integer, nullable=False),
    Column("imported_at", UtcTimestamp, nullable=False),
    Column("imported_by", Text, nullable=False),
    Column("decided_by", Text, nullable=False),
    Column("decision_reason", Text, nullable=False),
    _key("bank_statement", "statement_id"),
    CheckConstraint(one_of("state", StatementState), name="ck_bank_statement_state"),
    Index("ix_bank_statement_account", "tenant_id", "store_id", "account", "last_day"),
)

statement_line = Table(
    "statement_line",
    metadata,
    *_place(),
    Column("line_id", Uuid, nullable=False),
    Column("statement_id", Uuid, nullable=False),
    Column("account", String(KEY_MAX), nullable=False),
    Column("number", Integer, nullable=False),
    Column("booked_on", String(DAY), nullable=False),
    Column("amount_minor", BigInteger, nullable=False),
    Column("currency", CHAR(3), nullable=False),
    Column("words", Text, nullable=False),
    Column("facts", JsonDocument, nullable=False),
    Column("account_key", String(KEY_MAX)),
    Column("content", CHAR(32)),
    Column("reference", Text),
    Column("occurrence", Integer),
    Column("parent_id", Uuid),
    Column("state", String(16), nullable=False),
    Column("version", Integer, nullable=False),
    _key("statement_line", "line_id"),
    _foreign("fk_statement_line_statement", "statement_id", "bank_statement.statement_id"),
    UniqueConstraint(
        "tenant_id",
        "store_id",
        "account_key",
        "content",
        "reference",
        "occurrence",
        name="uq_statement_line_content",
    ),
    CheckConstraint(one_of("state", LineState), name="ck_statement_line_state"),
    Index("ix_statement_line_day", "tenant_id", "store_id", "account", "booked_on"),
    Index("ix_statement_line_state", "tenant_id", "store_id", "state", "booked_on"),
    Index("ix_statement_line_statement", "tenant_id", "store_id", "statement_id", "number"),
    Index("ix_statement_line_parent", "tenant_id", "store_id", "parent_id"),
)

statement_line_event = Table(
    "statement_line_event",
    metadata,
    *_place(),
    Column("line_id", Uuid, nullable=False),
    Column("sequence", Integer, nullable=False),
    Column("match_id", Uuid),
    Column("kind", String(32), nullable=False),
    Column("actor", Text, nullable=False),
    Column("reason", Text, nullable=False),
    Column("at", UtcTimestamp, nullable=False),
    _key("statement_line_event", "line_id", "sequence"),
)

line_match = Table(
    "line_match",
    metadata,
    *_place(),
    Column("match_id", Uuid, nullable=False),
    Column("line_id", Uuid, nullable=False),
    Column("state", String(16), nullable=False),
    Column("kind", String(32), nullable=False),
    Column("certain", Boolean, nullable=False),
    Column("score_milli", Integer, nullable=False),
    Column("lead_milli", Integer, nullable=False),
    Column("rank", Integer, nullable=False),
    Column("said", JsonDocument, nullable=False),
    Column("made_by", Text, nullable=False),
    Column("made_at", UtcTimestamp, nullable=False),
    Column("decided_by", Text, nullable=False),
    Column("decided_at", UtcTimestamp),
    Column("note", Text, nullable=False),
    Column("version", Integer, nullable=False),
    _key("line_match", "match_id"),
    _foreign("fk_line_match_line", "line_id", "statement_line.line_id"),
    CheckConstraint(one_of("state", MatchState), name="ck_line_match_state"),
    Index("ix_line_match_line", "tenant_id", "store_id", "line_id", "rank"),
    # A line is explained once.
    Index(
        "uq_line_match_accepted",
        "tenant_id",
        "store_id",
        "line_id",
        unique=True,
        sqlite_where=text("state IN ('accepted', 'awaiting')"),
        postgresql_where=text("state IN ('accepted', 'awaiting')"),
    ),
    Index("ix_line_match_state", "tenant_id", "store_id", "state", "certain"),
)

open_item = Table(
    "open_item",
    metadata,
    *_place(),
    Column("item_id", Uuid, nullable=False),
    Column("source", String(16), nullable=False),
    Column("source_id", Text, nullable=False),
    Column("side", String(4), nullable=False),
    Column("currency", CHAR(3), nullable=False),
    Column("amount_minor", BigInteger, nullable=False),
    Column("remaining_minor", BigInteger, nullable=False),
    Column("account", Text, nullable=False),
    Column("issued", String(DAY), nullable=False),
    Column("due", String(DAY)),
    Column("words", Text, nullable=False),
    Column("facts", JsonDocument, nullable=False),
    Column("closed_at", UtcTimestamp),
    _key("open_item", "item_id"),
    CheckConstraint(one_of("source", ItemSource), name="ck_open_item_source"),
    CheckConstraint(one_of("side", ItemSide), name="ck_open_item_side"),
    # Nothing is ever settled twice, whoever asks.
    CheckConstraint(
        "(amount_minor > 0 AND remaining_minor >= 0 AND remaining_minor <= amount_minor)"
        " OR (amount_minor < 0 AND remaining_minor <= 0 AND remaining_minor >= amount_minor)",
        name="ck_open_item_remaining",
    ),
    Index("ix_open_item_issued", "tenant_id", "store_id", "issued"),
    Index("ix_open_item_source", "tenant_id", "store_id", "source"),
)

line_rule = Table(
    "line_rule",
    metadata,
    *_place(),
    Column("rule_id", Uuid, nullable=False),
    Column("name", Text, nullable=False),
    Column("words", JsonDocument, nullable=False),
    Column("direction", String(8), nullable=False),
    Column("most_minor", BigInteger),
    Column("currency", CHAR(3)),
    Column("account_code", Text, nullable=False),
    Column("learned", Boolean, nullable=False),
    Column("active", Boolean, nullable=False),
    Column("consented_by", Text, nullable=False),
    Column("made_at", UtcTimestamp, nullable=False),
    _key("line_rule", "rule_id"),
    CheckConstraint(one_of("direction", Direction), name="ck_line_rule_direction"),
)

reconciliation_memory = Table(
    "reconciliation_memory",
    metadata,
    *_place(),
    Column("learned", JsonDocument, nullable=False),
    Column("changed_at", UtcTimestamp, nullable=False),
    _key("reconciliation_memory"),
)

table_description = Table(
    "table_description",
    metadata,
    *_place(),
    Column("name", String(100), nullable=False),
    Column("description", Text, nullable=False),
    Column("made_by", Text, nullable=False),
    Column("made_at", UtcTimestamp, nullable=False),
    _key("table_description", "name"),
)
