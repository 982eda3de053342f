"""Statement lines and open items in whatever order things happen: money is explained once, and taken back exactly."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing
from datetime import date, timedelta
from itertools import count
from random import Random

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from gateway.adapters.db.unit_of_work import SqlStorage
from gateway.domain.bank.bank_statement import LineState, StatementLine
from gateway.domain.bank.line_match import Allocation
from gateway.domain.errors import GatewayError
from gateway.domain.ids import StoreId
from gateway.domain.money import Money
from tests.support.bank_statements import camt
from tests.support.statement_desk import StatementDesk, paid
from tests.support.still_parts import MovingClock
from tests.support.storage_rows import EUR, TENANT

CHOSEN = settings(deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
_FIRST = date(2026, 3, 2)
_NUMBERS = tuple(f"RE-{number}" for number in range(1, 6))
_amounts = st.integers(1, 4).map(lambda tens: tens * 1000)
_line = st.tuples(_amounts, st.sampled_from((*_NUMBERS, "who knows")))
_acts = st.lists(
    st.tuples(
        st.sampled_from(("run", "accept", "by hand", "undo", "split", "write off", "reject")),
        st.integers(0, 9),
        st.integers(0, 9),
    ),
    max_size=14,
)


_PLACES = count()
"""Each example is a store of its own in the one database of its test: nothing is made or emptied between two."""


@pytest.fixture
def storage(database_url: str) -> Iterator[SqlStorage]:
    with closing(SqlStorage(database_url, MovingClock())) as found:
        yield found


def _desk(storage: SqlStorage, *, automatic: bool = False) -> StatementDesk:
    return StatementDesk(storage, automatic, (TENANT, StoreId(f"store-{next(_PLACES)}")))


def _decimal(minor: int) -> str:
    return Money(minor, EUR).to_decimal()


@settings(CHOSEN, max_examples=15)
@given(
    days=st.lists(st.lists(st.integers(-3, 3).filter(bool), max_size=4), min_size=2, max_size=5),
    spans=st.lists(st.tuples(st.integers(0, 4), st.integers(1, 5)), min_size=2, max_size=6),
    drawn=st.randoms(use_true_random=False),
)
def test_imports_when_shuffled_repeated_and_overlapping_then_books_and_lines_are_the_same(
    storage: SqlStorage, days: list[list[int]], spans: list[tuple[int, int]], drawn: Random
) -> None:
    def take(desk: StatementDesk, first: int, last: int) -> None:
        entries = [
            paid(_decimal(cents), f"text {number}", ref=f"R{day}N{number}", day=_day(day))
            for day in range(first, last)
            for number, cents in enumerate(days[day])
        ]
        opening = sum(sum(day) for day in days[:first])
        closing = opening + sum(sum(day) for day in days[first:last])
        desk.imports.take(desk.theo, "m.xml", camt(entries, _decimal(opening), _decimal(closing)), {})

    parts = [(min(first, len(days)), min(first + length, len(days))) for first, length in spans]
    files = [*parts, *parts, *((at, at + 1) for at in range(len(days)))]
    drawn.shuffle(files)

    once, shuffled = _desk(storage), _desk(storage)
    take(once, 0, len(days))
    for first, last in files:
        take(shuffled, first, last)
    books = shuffled.balances()
    take(shuffled, 0, len(days))

    assert shuffled.balances() == once.balances() == books
    assert _told(shuffled) == _told(once)


def _day(number: int) -> str:
    return (_FIRST + timedelta(days=number)).isoformat()


def _told(desk: StatementDesk) -> list[tuple[object, ...]]:
    """Return what is known of each line, but which statement has told it first."""
    lines = [(one.facts.booked_on, one.facts.references, one.facts.text, one) for one in desk.lines()]
    return sorted(
        (str(day), references, text, one.facts.amount.minor, one.facts.counterparty, one.state, one.account)
        for day, references, text, one in lines
    )


def _act(desk: StatementDesk, kind: str, one: int, two: int) -> None:
    lines = desk.lines()
    line = lines[one % len(lines)]
    items = [desk.owed_items[number] for number in sorted(desk.owed_items)]
    match kind:
        case "run":
            desk.match.run(desk.theo)
        case "accept" | "reject":
            found = desk.read.view(desk.theo, line.id).matches
            if not found:
                return
            match = found[two % len(found)]
            if kind == "accept":
                desk.decide.accept(desk.theo, match.id, match.version)
            else:
                desk.decide.reject(desk.theo, match.id, match.version, "No, surely not.")
        case "by hand":
            item = items[two % len(items)]
            part = Allocation(item, line.facts.amount)
            desk.decide.match_many(desk.theo, [(line.id, line.version)], (part,), (), "")
        case "undo":
            desk.decide.undo(desk.theo, line.id, line.version, "Taken back for a reason.")
        case "split":
            half = Money(line.facts.amount.minor // 2, EUR)
            desk.decide.split(desk.theo, line.id, line.version, ((half, "one"), (line.facts.amount - half, "two")))
        case _:
            desk.write_offs.write_off(desk.theo, line.id, line.version, "6855", "It is a charge.")


def _check(desk: StatementDesk, total: int) -> None:
    """Look at everything: what explains lines, what is left of items, and the books must say the same."""
    lines = desk.lines()
    explained: dict[object, int] = {}
    for line in lines:
        accepted = [one for one in desk.read.view(desk.theo, line.id).matches if one.state == "accepted"]
        assert len(accepted) == (line.state is LineState.MATCHED)
        for match in accepted:
            for part in match.allocations:
                explained[part.item_id] = explained.get(part.item_id, 0) + part.amount.minor
    for item_id in desk.owed_items.values():
        item = desk.item(item_id)
        assert item.amount.minor - item.remaining.minor == explained.get(item_id, 0)
        assert 0 <= item.remaining.minor <= item.amount.minor
    balances = desk.balances()
    assert sum(balances.values()) == 0
    assert balances.get("bank/main", 0) == total
    waiting = (LineState.OPEN, LineState.SUGGESTED, LineState.AWAITING)
    open_minor = sum(line.facts.amount.minor for line in lines if line.state in waiting)
    assert balances.get("unexplained/main", 0) == -open_minor
    assert balances.get("receivable/nord", 0) == -sum(explained.values())


@settings(CHOSEN, max_examples=25)
@given(told=st.lists(_line, min_size=1, max_size=5), acts=_acts, automatic=st.booleans())
def test_lines_when_anything_happens_then_no_item_is_taken_twice_and_the_books_agree(
    storage: SqlStorage,
    told: list[tuple[int, str]],
    acts: list[tuple[str, int, int]],
    automatic: bool,  # noqa: FBT001 - hypothesis gives it by name
) -> None:
    desk = _desk(storage, automatic=automatic)
    for place, number in enumerate(_NUMBERS):
        desk.owed(number, _decimal((place % 4 + 1) * 1000))
    desk.take([paid(_decimal(minor), number, ref=f"R{at}") for at, (minor, number) in enumerate(told)])
    before, total = _state(desk), sum(minor for minor, _ in told)
    for kind, one, two in acts:
        try:
            _act(desk, kind, one, two)
        except GatewayError:
            continue
    _check(desk, total)
    _undo_all(desk)
    _check(desk, total)
    assert _state(desk) == before


def _state(desk: StatementDesk) -> tuple[object, ...]:
    """Return all that an explanation may move: the books, what is left of each item, and the lines as they came."""
    waiting = (LineState.OPEN, LineState.SUGGESTED)
    lines = [(one.id, one.facts, one.state in waiting) for one in desk.lines() if one.parent is None]
    items = [desk.item(one) for _, one in sorted(desk.owed_items.items())]
    return desk.balances(), sorted(lines, key=lambda line: str(line[0])), items


def _undo_all(desk: StatementDesk) -> None:
    """Take back all that explains a line: parts first, then what they were divided from."""

    def undo(line: StatementLine) -> None:
        desk.decide.undo(desk.theo, line.id, line.version, "Everything is taken back.")

    for state in (LineState.MATCHED, LineState.AWAITING, LineState.DIVIDED):
        for line in desk.lines(state):
            undo(line)
    assert desk.balances().get("unexplained/main", 0) == -desk.balances().get("bank/main", 0)
