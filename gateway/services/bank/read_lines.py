"""Look at statements, their lines and what explains them. It only reads."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from gateway.domain.access import Caller, Permission
from gateway.domain.bank.bank_statement import (
    BankStatement,
    LineState,
    StatementId,
    StatementLine,
    StatementLineId,
)
from gateway.domain.bank.line_match import LineMatch, MatchState
from gateway.domain.bank.open_item import OpenItemId, StoredItem
from gateway.domain.errors import NotFound
from gateway.domain.money import Currency, Money
from gateway.ports.statement_store import LineEvent, LineWish
from gateway.ports.unit_of_work import Storage, UnitOfWork

CANDIDATES = 30
"""Open items offered beside a line: more are found by searching."""
_NEIGHBOURS = 500
_LIVE = (MatchState.ACCEPTED, MatchState.AWAITING, MatchState.SUGGESTED)
_WORD_LEAST = 4


@dataclass(frozen=True, slots=True)
class LineRow:
    """A line in a list. ``best``: what explains it or is proposed first, None where nothing does."""

    line: StatementLine
    best: LineMatch | None


@dataclass(frozen=True, slots=True)
class LinePage:
    """A page of lines. ``counts``: by state over the account and days that were asked for; ``after``: the next page."""

    rows: tuple[LineRow, ...]
    counts: Mapping[LineState, int]
    sums: tuple[Money, ...]
    after: StatementLineId | None


@dataclass(frozen=True, slots=True)
class LineView:
    """One line with all that is known of it.

    ``matches``: live ones first, the accepted or proposed one before its alternatives; ``items``: those the matches
    use; ``others``: lines that matches name; ``candidates``: open items that it might be put on.
    """

    line: StatementLine
    statement: BankStatement
    matches: tuple[LineMatch, ...]
    items: Mapping[OpenItemId, StoredItem]
    others: Mapping[StatementLineId, StatementLine]
    candidates: tuple[StoredItem, ...]
    events: tuple[LineEvent, ...]


@dataclass(frozen=True, slots=True)
class StatementDetail:
    """A statement with its lines and its neighbours on the same account."""

    statement: BankStatement
    lines: tuple[StatementLine, ...]
    previous: BankStatement | None
    next: BankStatement | None


class ReadLines:
    """The statements of one store."""

    def __init__(self, *, storage: Storage) -> None:
        """``storage``: where they are kept."""
        self._storage = storage

    def accounts(self, caller: Caller) -> tuple[tuple[str, Currency], ...]:
        """Return name and currency of each account that has a statement."""
        caller.require(Permission.STATEMENTS_READ)
        with self._storage.read() as unit:
            found = unit.bank_statements.accounts(caller.tenant_id, caller.store_id)
        return tuple((name, Currency.of(code)) for name, code in found)

    def page(self, caller: Caller, wish: LineWish) -> LinePage:
        """Return lines, the last booked first, each with what explains it best."""
        caller.require(Permission.STATEMENTS_READ)
        place = (caller.tenant_id, caller.store_id)
        with self._storage.read() as unit:
            lines = unit.bank_statements.lines(*place, wish)
            best = _best(unit.line_matches.of_lines(*place, [one.id for one in lines]))
            counted = unit.bank_statements.counts(
                *place, account=wish.account, from_day=wish.from_day, to_day=wish.to_day
            )
        counts: dict[LineState, int] = {}
        for one in counted:
            counts[one.state] = counts.get(one.state, 0) + one.number
        return LinePage(
            rows=tuple(LineRow(line, best.get(line.id)) for line in lines),
            counts=counts,
            sums=_sums(line.facts.amount for line in lines),
            after=lines[-1].id if len(lines) == wish.limit else None,
        )

    def view(self, caller: Caller, line_id: StatementLineId) -> LineView:
        """Return one line whole.

        Raises:
            NotFound: ``unknown_line``.
        """
        caller.require(Permission.STATEMENTS_READ)
        place = (caller.tenant_id, caller.store_id)
        with self._storage.read() as unit:
            line = _line(unit, caller, line_id)
            statement = _statement(unit, caller, line.statement_id)
            matches = sorted(unit.line_matches.of_lines(*place, [line_id]), key=_order)
            wanted = list(dict.fromkeys(part.item_id for match in matches for part in match.allocations))
            named = {match.duplicate_of or match.reverses for match in matches} - {None}
            others = [unit.bank_statements.line(*place, one) for one in named if one is not None]
            return LineView(
                line=line,
                statement=statement,
                matches=tuple(matches),
                items=unit.open_items.load(*place, wanted),
                others={one.id: one for one in others if one is not None},
                candidates=_offered(unit, caller, line),
                events=unit.bank_statements.events(*place, line_id),
            )

    def candidates(self, caller: Caller, line_id: StatementLineId, find: str) -> tuple[StoredItem, ...]:
        """Return open items with these words or this amount; without words those that are likely.

        Raises:
            NotFound: ``unknown_line``.
        """
        caller.require(Permission.STATEMENTS_READ)
        with self._storage.read() as unit:
            line = _line(unit, caller, line_id)
            if not find.strip():
                return _offered(unit, caller, line)
            return unit.open_items.find(caller.tenant_id, caller.store_id, find.strip(), CANDIDATES)

    def open_items(self, caller: Caller, find: str, limit: int) -> tuple[StoredItem, ...]:
        """Return open items with these words or this amount, the oldest first; all without words."""
        caller.require(Permission.STATEMENTS_READ)
        with self._storage.read() as unit:
            if find.strip():
                return unit.open_items.find(caller.tenant_id, caller.store_id, find.strip(), limit)
            return unit.open_items.open_items(caller.tenant_id, caller.store_id, limit)

    def rows(self, caller: Caller, matches: Sequence[LineMatch]) -> tuple[LineRow, ...]:
        """Return the lines of explanations."""
        caller.require(Permission.STATEMENTS_READ)
        with self._storage.read() as unit:
            return tuple(LineRow(_line(unit, caller, one.line_id), one) for one in matches)

    def items(self, caller: Caller, matches: Iterable[LineMatch]) -> Mapping[OpenItemId, StoredItem]:
        """Return the open items that explanations use."""
        caller.require(Permission.STATEMENTS_READ)
        wanted = list(dict.fromkeys(part.item_id for match in matches for part in match.allocations))
        with self._storage.read() as unit:
            return unit.open_items.load(caller.tenant_id, caller.store_id, wanted)

    def awaiting(self, caller: Caller) -> tuple[LineRow, ...]:
        """Return write-offs that wait for a second person."""
        caller.require(Permission.STATEMENTS_READ)
        with self._storage.read() as unit:
            found = unit.line_matches.awaiting(caller.tenant_id, caller.store_id)
            return tuple(LineRow(_line(unit, caller, one.line_id), one) for one in found)

    def statements(
        self, caller: Caller, *, account: str | None = None, before: StatementId | None = None, limit: int
    ) -> tuple[BankStatement, ...]:
        """Return statements, the last day first."""
        caller.require(Permission.STATEMENTS_READ)
        with self._storage.read() as unit:
            return unit.bank_statements.list(
                caller.tenant_id, caller.store_id, account=account, before=before, limit=limit
            )

    def statement(self, caller: Caller, statement_id: StatementId) -> StatementDetail:
        """Return a statement whole.

        Raises:
            NotFound: ``unknown_statement``.
        """
        caller.require(Permission.STATEMENTS_READ)
        place = (caller.tenant_id, caller.store_id)
        with self._storage.read() as unit:
            statement = _statement(unit, caller, statement_id)
            lines = unit.bank_statements.lines_of(*place, statement_id)
            near = unit.bank_statements.list(*place, account=statement.account, before=None, limit=_NEIGHBOURS)
        at = next((number for number, one in enumerate(near) if one.id == statement_id), None)
        if at is None:
            return StatementDetail(statement, lines, None, None)
        return StatementDetail(
            statement, lines, near[at + 1] if at + 1 < len(near) else None, near[at - 1] if at else None
        )


def _line(unit: UnitOfWork, caller: Caller, line_id: StatementLineId) -> StatementLine:
    line = unit.bank_statements.line(caller.tenant_id, caller.store_id, line_id)
    if line is None:
        raise NotFound("unknown_line", "There is no such line.", "Look at the list of lines.")
    return line


def _statement(unit: UnitOfWork, caller: Caller, statement_id: StatementId) -> BankStatement:
    statement = unit.bank_statements.load(caller.tenant_id, caller.store_id, statement_id)
    if statement is None:
        raise NotFound("unknown_statement", "There is no such statement.", "Look at the list of statements.")
    return statement


def _order(match: LineMatch) -> tuple[int, int]:
    return _LIVE.index(match.state) if match.state in _LIVE else len(_LIVE), match.rank


def _best(matches: Iterable[LineMatch]) -> dict[StatementLineId, LineMatch]:
    best: dict[StatementLineId, LineMatch] = {}
    for one in sorted((match for match in matches if match.state in _LIVE), key=_order):
        best.setdefault(one.line_id, one)
    return best


def _sums(amounts: Iterable[Money]) -> tuple[Money, ...]:
    sums: dict[Currency, int] = {}
    for one in amounts:
        sums[one.currency] = sums.get(one.currency, 0) + one.minor
    return tuple(Money(minor, currency) for currency, minor in sorted(sums.items(), key=lambda one: one[0].code))


def _offered(unit: UnitOfWork, caller: Caller, line: StatementLine) -> tuple[StoredItem, ...]:
    """Return items of this amount, then of this name, then the oldest in this direction."""
    place, facts = (caller.tenant_id, caller.store_id), line.facts
    found = list(
        unit.open_items.find(
            *place, (-facts.amount if facts.amount.minor < 0 else facts.amount).to_decimal(), CANDIDATES
        )
    )
    name = max(facts.counterparty.split(), key=len, default="")
    if len(name) >= _WORD_LEAST:
        found += unit.open_items.find(*place, name, CANDIDATES)
    found += unit.open_items.open_items(*place, CANDIDATES)
    alike = {one.id: one for one in found if (one.remaining.minor < 0) == (facts.amount.minor < 0)}
    rest = {one.id: one for one in found if one.id not in alike}
    return tuple([*alike.values(), *rest.values()][:CANDIDATES])
