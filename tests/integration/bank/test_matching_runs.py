"""Runs of matching over both databases: how far they are, what they leave for another, and who is quicker."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from threading import Barrier, Event

import pytest

from gateway.adapters.db.unit_of_work import SqlStorage
from gateway.domain.access import Caller
from gateway.domain.bank.bank_statement import LineState
from gateway.domain.bank.line_match import Allocation
from gateway.domain.bank.matching_run import MatchingRun, RunState
from gateway.domain.errors import GatewayError
from gateway.jobs.matching_lane import MatchingLane
from gateway.services.bank import match_lines
from gateway.services.bank.match_lines import MatchProgress
from gateway.services.bank.matching_runs import MatchingRuns
from tests.support.statement_desk import StatementDesk, euro, paid
from tests.support.still_parts import MovingClock


@pytest.fixture
def storage(database_url: str) -> Iterator[SqlStorage]:
    with closing(SqlStorage(database_url, MovingClock())) as found:
        yield found


NUMBERS = ("RE-101", "RE-102", "RE-103")


class _KilledError(Exception):
    """The process ends here."""


def _three_payments(storage: SqlStorage) -> StatementDesk:
    """Return a desk with three invoices and a statement that pays each of them."""
    desk = StatementDesk(storage, automatic=True)
    for number in NUMBERS:
        desk.owed(number, "100.00")
    desk.take([paid("100.00", f"Invoice {number}") for number in NUMBERS])
    return desk


def _latest(desk: StatementDesk) -> MatchingRun:
    found = desk.runs.latest(desk.theo)
    assert found is not None
    return found


def test_run_when_it_keeps_line_after_line_then_it_tells_how_far_it_is(storage: SqlStorage) -> None:
    desk = _three_payments(storage)
    seen: list[MatchProgress] = []

    run = desk.match.run(desk.theo, None, seen.append)

    assert (run.matched, run.more) == (3, False)
    assert seen == [MatchProgress(done, 3) for done in (0, 0, 1, 2)]


def test_lane_when_a_statement_came_then_it_is_matched_without_anybody_asking(storage: SqlStorage) -> None:
    desk, over = _three_payments(storage), Event()
    asked = _latest(desk)

    class Told(MatchingRuns):
        def work(self, run: MatchingRun, holder: str, told: Callable[[MatchProgress], None]) -> None:
            super().work(run, holder, told)
            over.set()

    tenant_id, store_id = desk.place
    runs = Told(storage=storage, clock=desk.clock, match=desk.match, tenant_id=tenant_id, store_id=store_id)
    lane = MatchingLane(runs, holder="node", poll_s=1)
    lane.start(None)
    try:
        assert over.wait(60)
    finally:
        lane.stop(lambda: 60)

    ended = desk.runs.look(desk.theo, asked.id)
    assert (asked.state, asked.asked_by) == (RunState.WAITING, "theo")
    assert (ended.state, ended.done, ended.lines, ended.matched, ended.left) == (RunState.DONE, 3, 3, 3, 0)
    assert ended.ended_at is not None
    assert desk.balances() == {"bank/main": 30000, "receivable/nord": -30000}


def test_run_when_asked_for_again_then_joined_while_it_waits_and_another_one_once_it_is_worked(
    storage: SqlStorage,
) -> None:
    desk = StatementDesk(storage)

    first, same = desk.runs.ask(desk.theo, "main"), desk.runs.ask(desk.carla, "main")
    wider = desk.runs.ask(desk.theo, "other")
    taken = desk.runs.take("node", 60)
    second = desk.runs.ask(desk.theo)

    assert (same, wider.id, wider.account) == (first, first.id, None)
    assert taken is not None
    assert (taken.id, taken.state, second.state) == (first.id, RunState.RUNNING, RunState.WAITING)
    assert second.id != first.id
    assert _latest(desk).id == first.id
    assert desk.runs.take("other node", 60) is None
    desk.runs.work(taken, "node", lambda _at: None)
    following = desk.runs.take("other node", 60)
    assert following is not None
    assert following.id == second.id


def test_run_when_its_process_is_killed_after_a_line_then_the_next_one_does_the_rest_once(storage: SqlStorage) -> None:
    desk = _three_payments(storage)

    def die(at: MatchProgress) -> None:
        if at.done == 1:
            raise _KilledError

    run = desk.runs.take("dead", 60)
    assert run is not None
    with pytest.raises(_KilledError):
        desk.runs.work(run, "dead", die)
    assert desk.runs.hold(run, "dead", 60, MatchProgress(1, 3))
    assert desk.runs.take("next", 60) is None
    assert (_latest(desk).done, _latest(desk).lines) == (1, 3)

    desk.runs.release("dead")
    again = desk.runs.take("next", 60)
    assert again is not None
    assert not desk.runs.hold(run, "dead", 60, MatchProgress(2, 3))
    desk.runs.work(again, "next", lambda _at: None)

    ended = _latest(desk)
    assert (again.id, again.attempts, ended.state, ended.matched) == (run.id, 2, RunState.DONE, 2)
    assert [desk.item(one).remaining.minor for one in desk.owed_items.values()] == [0, 0, 0]
    assert desk.balances() == {"bank/main": 30000, "receivable/nord": -30000}


def test_run_when_it_has_ended_three_processes_then_it_is_given_up_and_the_next_one_taken(storage: SqlStorage) -> None:
    desk = StatementDesk(storage)
    deadly = desk.runs.ask(desk.theo)
    for number in range(3):
        assert desk.runs.take(f"node {number}", 0) is not None
    waiting = desk.runs.ask(desk.theo)

    taken = desk.runs.take("node 4", 60)

    assert desk.runs.look(desk.theo, deadly.id).state is RunState.FAILED
    assert taken is not None
    assert taken.id == waiting.id


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
