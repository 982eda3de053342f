"""Statements and their lines in SQL."""

import re
from collections.abc import Iterable, Mapping, Sequence
from datetime import date
from typing import Any

from sqlalchemy import Select, and_, bindparam, delete, func, insert, or_, select, update
from sqlalchemy.dialects import postgresql, sqlite

from gateway.adapters.db.bank.statement_rows import line_of, line_row, statement_of, statement_row
from gateway.adapters.db.bank.statement_tables import bank_statement, statement_line, statement_line_event
from gateway.adapters.db.column_types import storable
from gateway.adapters.db.statements import Statements
from gateway.domain.bank.bank_statement import (
    BankStatement,
    ContentKey,
    LineState,
    StatementId,
    StatementLine,
    StatementLineId,
    StatementState,
)
from gateway.domain.bank.line_match import MatchId
from gateway.domain.ids import StoreId, TenantId
from gateway.domain.money import Currency, Money
from gateway.ports.statement_store import LINES_PAGE_MAX, LineCount, LineEvent, LineWish

_DAYS_AT_ONCE = 400
_AMOUNT = re.compile(r"^[+-]?\d{1,9}(?:[.,]\d{2})$")


def here(table: Any) -> tuple[Any, Any]:  # noqa: ANN401  # any table of this area
    """Return the conditions that keep a statement to one store."""
    return table.c.tenant_id == bindparam("tenant"), table.c.store_id == bindparam("store")


_ADD = {
    False: sqlite.insert(bank_statement).on_conflict_do_nothing().returning(bank_statement.c.statement_id),
    True: postgresql.insert(bank_statement).on_conflict_do_nothing().returning(bank_statement.c.statement_id),
}
_LOAD = select(bank_statement).where(*here(bank_statement), bank_statement.c.statement_id == bindparam("of_statement"))
_LIST = (
    select(bank_statement)
    .where(*here(bank_statement))
    .order_by(
        func.coalesce(bank_statement.c.last_day, "").desc(),
        bank_statement.c.imported_at.desc(),
        bank_statement.c.statement_id.desc(),
    )
)
_DECIDE = (
    update(bank_statement)
    .where(
        *here(bank_statement),
        bank_statement.c.statement_id == bindparam("of_statement"),
        bank_statement.c.state == StatementState.HELD.value,
    )
    .values(state=bindparam("to_state"), decided_by=bindparam("by"), decision_reason=bindparam("why"))
)
_ACCOUNTS = (
    select(bank_statement.c.account, bank_statement.c.currency)
    .where(*here(bank_statement))
    .distinct()
    .order_by(bank_statement.c.account, bank_statement.c.currency)
)
_KNOWN = select(
    statement_line.c.account_key,
    statement_line.c.content,
    statement_line.c.reference,
    statement_line.c.occurrence,
    statement_line.c.line_id,
).where(
    *here(statement_line),
    statement_line.c.account_key == bindparam("of_account"),
    statement_line.c.booked_on.in_(bindparam("days", expanding=True)),
    statement_line.c.state != LineState.DISCARDED.value,
)
_LINE = select(statement_line).where(*here(statement_line), statement_line.c.line_id == bindparam("of_line"))
_OF_STATEMENT = (
    select(statement_line)
    .where(*here(statement_line), statement_line.c.statement_id == bindparam("of_statement"))
    .order_by(statement_line.c.number, statement_line.c.parent_id.is_not(None), statement_line.c.line_id)
)
_SET_STATE = (
    update(statement_line)
    .where(
        *here(statement_line),
        statement_line.c.line_id == bindparam("of_line"),
        statement_line.c.version == bindparam("was"),
    )
    .values(state=bindparam("to_state"), version=statement_line.c.version + 1)
)
_FORGET_KEYS = (
    update(statement_line)
    .where(*here(statement_line), statement_line.c.statement_id == bindparam("of_statement"))
    .values(account_key=None, content=None, reference=None, occurrence=None)
)
_DROP_PARTS = delete(statement_line).where(*here(statement_line), statement_line.c.parent_id == bindparam("of_line"))
_NEXT_EVENT = select(func.coalesce(func.max(statement_line_event.c.sequence), 0) + 1).where(
    *here(statement_line_event), statement_line_event.c.line_id == bindparam("of_line")
)
_EVENTS = (
    select(statement_line_event)
    .where(*here(statement_line_event), statement_line_event.c.line_id == bindparam("of_line"))
    .order_by(statement_line_event.c.sequence)
)


class SqlStatementStore:
    """Statements and lines; see ``StatementStore``."""

    __slots__ = ("_statements",)

    def __init__(self, statements: Statements) -> None:
        self._statements = statements

    def add(self, tenant_id: TenantId, store_id: StoreId, statement: BankStatement) -> bool:
        """Store a statement; False, and nothing stored, when it is there."""
        row = {"tenant_id": tenant_id, "store_id": store_id, **statement_row(statement)}
        return self._statements.first(_ADD[self._statements.postgresql], row) is not None

    def load(self, tenant_id: TenantId, store_id: StoreId, statement_id: StatementId) -> BankStatement | None:
        """Return one statement."""
        wish = {"tenant": tenant_id, "store": store_id, "of_statement": statement_id}
        row = self._statements.first(_LOAD, wish)
        return None if row is None else statement_of(row)

    def list(
        self, tenant_id: TenantId, store_id: StoreId, *, account: str | None, before: StatementId | None, limit: int
    ) -> tuple[BankStatement, ...]:
        """Return statements, the last day first; of one account, or of all."""
        statement, wish = _LIST.limit(max(0, min(limit, LINES_PAGE_MAX))), {"tenant": tenant_id, "store": store_id}
        if account is not None:
            statement = statement.where(bank_statement.c.account == account)
        last = None if before is None else self.load(tenant_id, store_id, before)
        if last is not None:
            day = last.last_day.isoformat() if last.last_day else ""
            found = func.coalesce(bank_statement.c.last_day, "")
            at, known = bank_statement.c.imported_at, bank_statement.c.statement_id
            statement = statement.where(
                or_(
                    found < day,
                    and_(found == day, at < last.imported_at),
                    and_(found == day, at == last.imported_at, known < last.id),
                )
            )
        return tuple(statement_of(row) for row in self._statements.rows(statement, wish))

    def decide(self, tenant_id: TenantId, store_id: StoreId, statement: BankStatement) -> bool:
        """Store what a person decided over a held statement; False when it is held no longer."""
        wish = {
            "tenant": tenant_id,
            "store": store_id,
            "of_statement": statement.id,
            "to_state": statement.state.value,
            "by": storable(statement.decided_by),
            "why": storable(statement.decision_reason),
        }
        return self._statements.change(_DECIDE, wish) == 1

    def accounts(self, tenant_id: TenantId, store_id: StoreId) -> tuple[tuple[str, str], ...]:
        """Return name and currency of each account that has a statement."""
        rows = self._statements.rows(_ACCOUNTS, {"tenant": tenant_id, "store": store_id})
        return tuple((row.account, row.currency) for row in rows)

    def known_keys(
        self, tenant_id: TenantId, store_id: StoreId, account_key: str, days: Sequence[date]
    ) -> Mapping[ContentKey, StatementLineId]:
        """Return the keys of lines of an account booked on these days, with their lines."""
        found: dict[ContentKey, StatementLineId] = {}
        wanted = [day.isoformat() for day in days]
        for first in range(0, len(wanted), _DAYS_AT_ONCE):
            wish = {
                "tenant": tenant_id,
                "store": store_id,
                "of_account": account_key,
                "days": wanted[first : first + _DAYS_AT_ONCE],
            }
            for row in self._statements.rows(_KNOWN, wish):
                key = ContentKey(row.account_key, row.content, row.reference, row.occurrence)
                found[key] = StatementLineId(row.line_id)
        return found

    def add_lines(self, tenant_id: TenantId, store_id: StoreId, lines: Sequence[StatementLine]) -> None:
        """Store lines."""
        rows = [{"tenant_id": tenant_id, "store_id": store_id, **line_row(line)} for line in lines]
        self._statements.change_many(insert(statement_line), rows)

    def line(
        self, tenant_id: TenantId, store_id: StoreId, line_id: StatementLineId, *, lock: bool = False
    ) -> StatementLine | None:
        """Return one line. ``lock``: nobody else changes it in this unit of work."""
        # SQLite has one writer at a time: nobody else is between reading and writing.
        statement = _LINE.with_for_update() if lock and self._statements.postgresql else _LINE
        row = self._statements.first(statement, {"tenant": tenant_id, "store": store_id, "of_line": line_id})
        return None if row is None else line_of(row)

    def lines_of(self, tenant_id: TenantId, store_id: StoreId, statement_id: StatementId) -> tuple[StatementLine, ...]:
        """Return the lines of a statement in their order, parts after their line."""
        wish = {"tenant": tenant_id, "store": store_id, "of_statement": statement_id}
        return tuple(line_of(row) for row in self._statements.rows(_OF_STATEMENT, wish))

    def lines(self, tenant_id: TenantId, store_id: StoreId, wish: LineWish) -> tuple[StatementLine, ...]:
        """Return lines, the last booked first."""
        statement = _wanted(select(statement_line).where(*here(statement_line)), wish)
        last = None if wish.after is None else self.line(tenant_id, store_id, wish.after)
        if last is not None:
            day = last.facts.booked_on.isoformat()
            statement = statement.where(
                or_(
                    statement_line.c.booked_on < day,
                    and_(statement_line.c.booked_on == day, statement_line.c.line_id < last.id),
                )
            )
        statement = statement.order_by(statement_line.c.booked_on.desc(), statement_line.c.line_id.desc())
        statement = statement.limit(max(0, min(wish.limit, LINES_PAGE_MAX)))
        return tuple(line_of(row) for row in self._statements.rows(statement, {"tenant": tenant_id, "store": store_id}))

    def counts(
        self, tenant_id: TenantId, store_id: StoreId, *, account: str | None, from_day: date | None, to_day: date | None
    ) -> tuple[LineCount, ...]:
        """Return how many lines there are by account and state; divided ones and their parts count once."""
        columns = statement_line.c
        statement = (
            select(
                columns.account,
                columns.state,
                columns.currency,
                func.count().label("number"),
                func.sum(columns.amount_minor).label("minor"),
            )
            .where(*here(statement_line), columns.state != LineState.DIVIDED.value)
            .group_by(columns.account, columns.state, columns.currency)
            .order_by(columns.account, columns.state, columns.currency)
        )
        statement = _wanted(statement, LineWish(account=account, from_day=from_day, to_day=to_day))
        rows = self._statements.rows(statement, {"tenant": tenant_id, "store": store_id})
        return tuple(
            LineCount(row.account, LineState(row.state), row.number, Money(int(row.minor), Currency.of(row.currency)))
            for row in rows
        )

    def set_state(
        self, tenant_id: TenantId, store_id: StoreId, line: StatementLine, state: LineState
    ) -> StatementLine | None:
        """Store the state of a line as it was loaded; None when it has changed since."""
        wish = {
            "tenant": tenant_id,
            "store": store_id,
            "of_line": line.id,
            "was": line.version,
            "to_state": state.value,
        }
        if self._statements.change(_SET_STATE, wish) != 1:
            return None
        return self.line(tenant_id, store_id, line.id)

    def forget_keys(self, tenant_id: TenantId, store_id: StoreId, statement_id: StatementId) -> None:
        """Know the lines of a refused statement no longer: the bank may tell them again."""
        self._statements.change(_FORGET_KEYS, {"tenant": tenant_id, "store": store_id, "of_statement": statement_id})

    def drop_parts(self, tenant_id: TenantId, store_id: StoreId, line_id: StatementLineId) -> None:
        """Forget the parts of a line, none of which is explained."""
        self._statements.change(_DROP_PARTS, {"tenant": tenant_id, "store": store_id, "of_line": line_id})

    def tell(self, tenant_id: TenantId, store_id: StoreId, events: Iterable[LineEvent]) -> None:
        """Add to the journals of lines."""
        for event in events:
            wish = {"tenant": tenant_id, "store": store_id, "of_line": event.line_id}
            found = self._statements.first(_NEXT_EVENT, wish)
            row = {
                "tenant_id": tenant_id,
                "store_id": store_id,
                "line_id": event.line_id,
                "sequence": 1 if found is None else int(found[0]),
                "match_id": event.match_id,
                "kind": event.kind,
                "actor": storable(event.actor),
                "reason": storable(event.reason),
                "at": event.at,
            }
            self._statements.change(insert(statement_line_event), row)

    def events(self, tenant_id: TenantId, store_id: StoreId, line_id: StatementLineId) -> tuple[LineEvent, ...]:
        """Return the journal of a line, oldest first."""
        rows = self._statements.rows(_EVENTS, {"tenant": tenant_id, "store": store_id, "of_line": line_id})
        return tuple(
            LineEvent(
                StatementLineId(row.line_id),
                None if row.match_id is None else MatchId(row.match_id),
                row.kind,
                row.actor,
                row.at,
                row.reason,
            )
            for row in rows
        )


def _wanted(statement: Select[Any], wish: LineWish) -> Select[Any]:
    columns = statement_line.c
    if wish.account is not None:
        statement = statement.where(columns.account == wish.account)
    if wish.states:
        statement = statement.where(columns.state.in_([state.value for state in wish.states]))
    if wish.from_day is not None:
        statement = statement.where(columns.booked_on >= wish.from_day.isoformat())
    if wish.to_day is not None:
        statement = statement.where(columns.booked_on <= wish.to_day.isoformat())
    sought = storable(wish.find.strip())
    if _AMOUNT.match(sought):
        minor = abs(int(re.sub(r"\D", "", sought)))
        statement = statement.where(func.abs(columns.amount_minor) == minor)
    elif sought:
        for word in sought.casefold().split()[:8]:
            statement = statement.where(columns.words.contains(word, autoescape=True))
    return statement
