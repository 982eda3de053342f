"""Tables of shifts: gap-free numbers, shifts with their facts, day reports, and terminal days compared with the ledger.

Migration 0005 has its own copy.
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
    UniqueConstraint,
    Uuid,
    text,
)

from gateway.adapters.db.column_types import JsonDocument, UtcTimestamp
from gateway.adapters.db.tables import ID_MAX, KEY_MAX, ledger_transfer, metadata, one_of
from gateway.domain.shifts.document_number import Series
from gateway.domain.shifts.shift import FactKind, ShiftState

ONE_OPEN = "uq_shift_open_register"
"""Name of the index that lets a register have one shift that is not closed."""
NOT_CLOSED_SQL = "state <> 'closed'"
NOT_SETTLED_SQL = "settled_at IS NULL"


def _place() -> tuple[Column[str], Column[str]]:
    return Column("tenant_id", String(ID_MAX), nullable=False), Column("store_id", String(ID_MAX), nullable=False)


def _key(table: str, *columns: str) -> PrimaryKeyConstraint:
    return PrimaryKeyConstraint("tenant_id", "store_id", *columns, name=f"pk_{table}")


def _foreign(name: str, column: str, target: str) -> ForeignKeyConstraint:
    place = ("tenant_id", "store_id")
    table, target_column = target.split(".")
    return ForeignKeyConstraint([*place, column], [f"{table}.{part}" for part in (*place, target_column)], name=name)


document_series = Table(
    "document_series",
    metadata,
    *_place(),
    Column("register_id", String(ID_MAX), nullable=False),
    Column("series", String(16), nullable=False),
    Column("last_number", BigInteger, nullable=False),
    _key("document_series", "register_id", "series"),
    CheckConstraint(one_of("series", Series), name="ck_document_series_series"),
    CheckConstraint("last_number >= 0", name="ck_document_series_last"),
)

document_number = Table(
    "document_number",
    metadata,
    *_place(),
    Column("series", String(16), nullable=False),
    Column("document_id", Uuid, nullable=False),
    Column("register_id", String(ID_MAX), nullable=False),
    Column("number", BigInteger, nullable=False),
    Column("given_at", UtcTimestamp, nullable=False),
    _key("document_number", "series", "document_id"),
    UniqueConstraint("tenant_id", "store_id", "register_id", "series", "number", name="uq_document_number"),
    CheckConstraint(one_of("series", Series), name="ck_document_number_series"),
    CheckConstraint("number >= 1", name="ck_document_number_number"),
)

shift = Table(
    "shift",
    metadata,
    *_place(),
    Column("shift_id", Uuid, nullable=False),
    Column("register_id", String(ID_MAX), nullable=False),
    Column("currency", CHAR(3), nullable=False),
    Column("state", String(8), nullable=False),
    Column("cashier", Text, nullable=False),
    Column("float_minor", BigInteger, nullable=False),
    Column("since", UtcTimestamp, nullable=False),
    Column("opened_at", UtcTimestamp, nullable=False),
    Column("opened_by", Text, nullable=False),
    Column("closed_at", UtcTimestamp),
    Column("last_sequence", Integer, nullable=False),
    _key("shift", "shift_id"),
    CheckConstraint(one_of("state", ShiftState), name="ck_shift_state"),
    CheckConstraint("float_minor >= 0", name="ck_shift_float"),
    CheckConstraint("(state = 'closed') = (closed_at IS NOT NULL)", name="ck_shift_closed"),
    Index("ix_shift_opened", "tenant_id", "store_id", "opened_at"),
)
Index(
    ONE_OPEN,
    shift.c.tenant_id,
    shift.c.store_id,
    shift.c.register_id,
    unique=True,
    sqlite_where=text(NOT_CLOSED_SQL),
    postgresql_where=text(NOT_CLOSED_SQL),
)

shift_fact = Table(
    "shift_fact",
    metadata,
    *_place(),
    Column("shift_id", Uuid, nullable=False),
    Column("sequence", Integer, nullable=False),
    Column("fact_id", Uuid, nullable=False),
    Column("kind", String(16), nullable=False),
    Column("amount_minor", BigInteger),
    Column("expected_minor", BigInteger),
    Column("currency", CHAR(3), nullable=False),
    Column("reason", Text, nullable=False),
    Column("actor", Text, nullable=False),
    Column("detail", JsonDocument, nullable=False),
    Column("recorded_at", UtcTimestamp, nullable=False),
    _key("shift_fact", "shift_id", "sequence"),
    UniqueConstraint("tenant_id", "store_id", "fact_id", name="uq_shift_fact_id"),
    _foreign("fk_shift_fact_shift", "shift_id", "shift.shift_id"),
    CheckConstraint("sequence >= 1", name="ck_shift_fact_sequence"),
    CheckConstraint(one_of("kind", FactKind), name="ck_shift_fact_kind"),
)

day_report = Table(
    "day_report",
    metadata,
    *_place(),
    Column("shift_id", Uuid, nullable=False),
    Column("register_id", String(ID_MAX), nullable=False),
    Column("number", BigInteger, nullable=False),
    Column("document", Text, nullable=False),
    Column("digest", CHAR(64), nullable=False),
    Column("made_at", UtcTimestamp, nullable=False),
    Column("made_by", Text, nullable=False),
    _key("day_report", "shift_id"),
    UniqueConstraint("tenant_id", "store_id", "register_id", "number", name="uq_day_report_number"),
    _foreign("fk_day_report_shift", "shift_id", "shift.shift_id"),
    CheckConstraint("number >= 1", name="ck_day_report_number"),
)

reported_transfer = Table(
    "reported_transfer",
    metadata,
    *_place(),
    Column("transfer_id", Uuid, nullable=False),
    Column("shift_id", Uuid, nullable=False),
    _key("reported_transfer", "transfer_id"),
    _foreign("fk_reported_transfer_transfer", "transfer_id", "ledger_transfer.transfer_id"),
    _foreign("fk_reported_transfer_report", "shift_id", "day_report.shift_id"),
)

terminal_day = Table(
    "terminal_day",
    metadata,
    *_place(),
    Column("day_id", Uuid, nullable=False),
    Column("terminal_id", String(ID_MAX), nullable=False),
    Column("document", JsonDocument, nullable=False),
    Column("made_at", UtcTimestamp, nullable=False),
    Column("made_by", Text, nullable=False),
    _key("terminal_day", "day_id"),
    Index("ix_terminal_day_made", "tenant_id", "store_id", "terminal_id", "made_at"),
)

compared_attempt = Table(
    "compared_attempt",
    metadata,
    *_place(),
    Column("attempt_id", Uuid, nullable=False),
    Column("day_id", Uuid, nullable=False),
    _key("compared_attempt", "attempt_id"),
    _foreign("fk_compared_attempt_attempt", "attempt_id", "attempt.attempt_id"),
    _foreign("fk_compared_attempt_day", "day_id", "terminal_day.day_id"),
)

terminal_difference = Table(
    "terminal_difference",
    metadata,
    *_place(),
    Column("difference_id", Uuid, nullable=False),
    Column("day_id", Uuid, nullable=False),
    Column("kind", String(16), nullable=False),
    Column("brand", String(KEY_MAX), nullable=False),
    Column("currency", CHAR(3), nullable=False),
    Column("ours_count", Integer, nullable=False),
    Column("ours_minor", BigInteger, nullable=False),
    Column("theirs_count", Integer, nullable=False),
    Column("theirs_minor", BigInteger, nullable=False),
    Column("candidates", JsonDocument, nullable=False),
    Column("settled_at", UtcTimestamp),
    Column("settled_by", Text),
    Column("reason", Text),
    _key("terminal_difference", "difference_id"),
    _foreign("fk_terminal_difference_day", "day_id", "terminal_day.day_id"),
    CheckConstraint(
        "(settled_at IS NULL) = (settled_by IS NULL) AND (settled_at IS NULL) = (reason IS NULL)",
        name="ck_terminal_difference_settled",
    ),
)
Index(
    "ix_terminal_difference_open",
    terminal_difference.c.tenant_id,
    terminal_difference.c.store_id,
    terminal_difference.c.day_id,
    sqlite_where=text(NOT_SETTLED_SQL),
    postgresql_where=text(NOT_SETTLED_SQL),
)

CASH_BEGINS = "cash/"
"""How the accounts of drawers begin (``gateway.domain.accounts.cash``)."""
CASH_SIDES = {
    side: f"kind = 'post' AND substr({side}, 1, {len(CASH_BEGINS)}) = '{CASH_BEGINS}'"
    for side in ("debit_account", "credit_account")
}
"""Of each side of an entry, which entries are cash in a drawer; the rows of the two indexes below."""

for _name, (_side, _where) in zip(("in", "out"), CASH_SIDES.items(), strict=True):
    Index(
        f"ix_ledger_transfer_cash_{_name}",
        *(ledger_transfer.c[column] for column in ("tenant_id", "store_id", _side, "currency", "amount_minor")),
        sqlite_where=text(_where),
        postgresql_where=text(_where),
    )
