"""Tables of the marks of the ledger; see :mod:`gateway.adapters.db.ledger_marks`."""

from typing import Any

from sqlalchemy import (
    CHAR,
    BigInteger,
    CheckConstraint,
    Column,
    ForeignKeyConstraint,
    PrimaryKeyConstraint,
    String,
    Table,
    Uuid,
)

from gateway.adapters.db.column_types import UtcTimestamp
from gateway.adapters.db.tables import ID_MAX, KEY_MAX, metadata

_KEY = ("tenant_id", "store_id", "marked_at")


def _columns() -> tuple[Column[Any], ...]:
    return (
        Column("tenant_id", String(ID_MAX), nullable=False),
        Column("store_id", String(ID_MAX), nullable=False),
        Column("marked_at", UtcTimestamp, nullable=False),
    )


def _key(table: str, *columns: str) -> PrimaryKeyConstraint:
    return PrimaryKeyConstraint(*_KEY, *columns, name=f"pk_{table}")


def _of_mark(table: str) -> ForeignKeyConstraint:
    return ForeignKeyConstraint(_KEY, [f"ledger_mark.{column}" for column in _KEY], name=f"fk_{table}_ledger_mark")


ledger_mark = Table(
    "ledger_mark",
    metadata,
    *_columns(),
    Column("entries", BigInteger, nullable=False),
    _key("ledger_mark"),
    CheckConstraint("entries >= 0", name="ck_ledger_mark_entries"),
)
"""``entries``: how many transfers were recorded before ``marked_at``."""

ledger_mark_balance = Table(
    "ledger_mark_balance",
    metadata,
    *_columns(),
    Column("account", String(KEY_MAX), nullable=False),
    Column("currency", CHAR(3), nullable=False),
    Column("debits_minor", BigInteger, nullable=False),
    Column("credits_minor", BigInteger, nullable=False),
    _key("ledger_mark_balance", "account", "currency"),
    _of_mark("ledger_mark_balance"),
)
"""What was posted before the mark."""

ledger_mark_open = Table(
    "ledger_mark_open",
    metadata,
    *_columns(),
    Column("transfer_id", Uuid, nullable=False),
    _key("ledger_mark_open", "transfer_id"),
    _of_mark("ledger_mark_open"),
)
"""The pending transfers that nothing had closed."""
