"""Runs of matching over both databases: how far they are, what they leave for another, and who is quicker."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from threading import Barrier

import pytest

from gateway.adapters.db.unit_of_work import SqlStorage
from gateway.domain.access import Caller
from gateway.domain.bank.bank_statement import LineState
from gateway.domain.bank.line_match import Allocation
from gateway.domain.errors import GatewayError
from gateway.domain.outbox import OutboxMessage
from gateway.services.bank import match_lines
from gateway.services.bank.match_lines import MatchProgress
from tests.support.statement_desk import StatementDesk, euro, paid
from tests.support.still_parts import MovingClock


@pytest.fixture
def storage(database_url: str) -> Iterator[SqlStorage]:
    with closing(SqlStorage(database_url, MovingClock())) as found:
        yield found


class _Looks(list[OutboxMessage]):
    """Is woken with each accepted line, and looks then how far the run is."""

    def __init__(self) -> None:
        super().__init__()
        self.seen: list[MatchProgress | None] = []
        self.desk: StatementDesk | None = None

    def extend(self, _messages: Iterable[OutboxMessage]) -> None:
        if self.desk is not None:
            self.seen.append(self.desk.match.progress(self.desk.theo))


def test_run_when_it_keeps_line_after_line_then_it_tells_how_far_it_is(storage: SqlStorage) -> None:
    looks = _Looks()
    desk = StatementDesk(storage, automatic=True, woken=looks)
    numbers = ("RE-101", "RE-102", "RE-103")
    for number in numbers:
        desk.owed(number, "100.00")
    desk.take([paid("100.00", f"Invoice {number}") for number in numbers])
    looks.desk = desk

    run = desk.match.run(desk.theo)

    assert (run.matched, run.more) == (3, False)
    assert looks.seen == [MatchProgress(done, 3) for done in range(3)]
    assert desk.match.progress(desk.theo) is None


def test_run_when_more_lines_wait_than_it_looks_at_then_it_says_so(
    storage: SqlStorage, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(match_lines, "LINES_A_PAGE", 1)
    monkeypatch.setattr(match_lines, "LINES_AT_ONCE", 2)
    desk = StatementDesk(storage)
    desk.take([paid(f"{number}.00", "who knows", name="Stranger") for number in (1, 2, 3)])

    some = desk.match.run(desk.theo)
    monkeypatch.setattr(match_lines, "LINES_AT_ONCE", 4)
    every = desk.match.run(desk.theo)

    assert (some.looked, some.more) == (2, True)
    assert (every.looked, every.more) == (3, False)


def test_item_when_two_people_take_it_at_the_same_moment_then_one_has_it_and_the_other_is_told(
    storage: SqlStorage,
) -> None:
    desk = StatementDesk(storage)
    item = desk.owed("RE-1", "100.00")
    desk.take([paid("100.00", "RE-1", ref="A"), paid("100.00", "RE-1", ref="B")])
    lines = desk.lines(LineState.OPEN)
    together = Barrier(2, timeout=30)

    def take(who: Caller, number: int) -> str:
        line = lines[number]
        together.wait()
        try:
            desk.decide.match_many(who, [(line.id, line.version)], (Allocation(item, euro("100.00")),), (), "")
        except GatewayError as refused:
            return refused.code
        return "matched"

    with ThreadPoolExecutor(2) as people:
        told = [one.result() for one in [people.submit(take, desk.theo, 0), people.submit(take, desk.carla, 1)]]

    assert Counter(told) == {"matched": 1, "item_taken": 1}
    assert desk.item(item).remaining.minor == 0
    assert desk.balances() == {"bank/main": 20000, "receivable/nord": -10000, "unexplained/main": -10000}


def test_line_when_two_people_decide_at_the_same_moment_then_it_is_explained_once(storage: SqlStorage) -> None:
    desk = StatementDesk(storage)
    items = [desk.owed("RE-1", "100.00"), desk.owed("RE-2", "100.00")]
    desk.take([paid("100.00", "one of them")])
    line = desk.line("100.00")
    together = Barrier(2, timeout=30)

    def take(who: Caller, number: int) -> str:
        together.wait()
        try:
            desk.decide.match_many(who, [(line.id, line.version)], (Allocation(items[number], euro("100.00")),), (), "")
        except GatewayError as refused:
            return refused.code
        return "matched"

    with ThreadPoolExecutor(2) as people:
        told = sorted(one.result() for one in [people.submit(take, desk.theo, 0), people.submit(take, desk.carla, 1)])

    assert told == ["changed_meanwhile", "matched"]
    assert sorted(desk.item(one).remaining.minor for one in items) == [0, 10000]
