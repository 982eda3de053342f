"""Jobs of the business date on three nodes over 400 days with both changes of the clock: no gap, no duplicate."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest

from gateway.adapters.db.unit_of_work import SqlStorage
from gateway.domain.errors import RuleError
from gateway.domain.outbox import OutboxMessage
from gateway.jobs.dated_jobs import DatedJobRunner
from gateway.node.payables_run import COLLECT, COOLING, REMIND
from gateway.ports.announcer import Announcement
from gateway.ports.payment_run_store import AT_ONCE, Waits
from gateway.services.payables.run_dated_jobs import DatedJob, RunDatedJobs
from tests.support.bank_loop import MovableClock
from tests.support.run_rows import HERE
from tests.support.storage_rows import FixedClock

BERLIN = ZoneInfo("Europe/Berlin")
DAYS = 400
OTHERS = (COLLECT, COOLING, REMIND)


@pytest.fixture
def storage(database_url: str) -> Iterator[SqlStorage]:
    opened = SqlStorage(database_url, FixedClock())
    yield opened
    opened.close()


class _Heard:
    """An endpoint of a shop that only listens."""

    silent = False

    def __init__(self, heard: list[Announcement]) -> None:
        self._heard = heard

    def messages(self, announcement: Announcement) -> tuple[OutboxMessage, ...]:
        self._heard.append(announcement)
        return ()


class _Nodes:
    """Three nodes that share one database; each has its own start."""

    def __init__(self, storage: SqlStorage, at: datetime, *, waits_s: Waits = AT_ONCE) -> None:
        self.clock = MovableClock()
        self.clock.at = at
        self.done: list[date] = []
        self.trouble: set[date] = set()
        self.heard: list[Announcement] = []
        place = {"tenant_id": HERE[0], "store_id": HERE[1]}
        dates = RunDatedJobs(storage=storage, clock=self.clock, announcer=_Heard(self.heard), waits_s=waits_s, **place)  # type: ignore[arg-type]  # ids of the place
        self.others: dict[str, list[date]] = {name: [] for name in OTHERS}
        jobs = (
            *(DatedJob(name, time(2, 30), BERLIN, self._noting(name)) for name in OTHERS),
            DatedJob("propose_run", time(2, 30), BERLIN, self._work),
        )
        self.dates, self.jobs = dates, jobs
        self.runners = [DatedJobRunner(dates, jobs, f"node-{number}") for number in range(3)]

    def _noting(self, name: str) -> Callable[[date], str]:
        def work(day: date) -> str:
            self.others[name].append(day)
            # What a run is proposed from has happened before it, for the same date.
            assert day not in self.done
            return name

        return work

    def _work(self, day: date) -> str:
        if day in self.trouble:
            self.trouble.discard(day)
            raise RuleError("nothing_to_pay", "Something was wrong.", "Try again.")
        self.done.append(day)
        return f"work of {day}"


def test_dates_when_three_nodes_look_for_400_days_then_each_is_done_once_in_order(storage: SqlStorage) -> None:
    nodes = _Nodes(storage, datetime(2026, 2, 1, 12, tzinfo=UTC))
    for number in range(DAYS):
        # Nodes look in turn, one of them alone on most days; every eleventh day all of them are off.
        if number % 11:
            for runner in nodes.runners[number % 3 :]:
                runner.run()
        nodes.clock.at += timedelta(days=1)
    for runner in nodes.runners:
        runner.run()

    assert Counter(nodes.done).most_common(1)[0][1] == 1
    assert nodes.done == [date(2026, 2, 2) + timedelta(days=one) for one in range(len(nodes.done))]
    assert nodes.done[-1] == date(2027, 3, 8)
    assert nodes.others == dict.fromkeys(OTHERS, nodes.done)


def test_next_dates_then_say_what_is_due_and_when_the_next_begins(storage: SqlStorage) -> None:
    nodes = _Nodes(storage, datetime(2026, 3, 28, 12, tzinfo=UTC))
    (due,) = nodes.dates.next_dates(nodes.jobs[-1:])
    assert (due.day, due.at) == (date(2026, 3, 28), datetime(2026, 3, 28, 1, 30, tzinfo=UTC))

    nodes.runners[0].run()

    # The night in between has no half past two: clocks are put forward.
    coming = nodes.dates.next_dates(nodes.jobs)
    assert {(one.day, one.at) for one in coming} == {(date(2026, 3, 29), datetime(2026, 3, 29, 1, 30, tzinfo=UTC))}


def test_date_when_its_work_fails_then_it_is_tried_again_before_later_ones(storage: SqlStorage) -> None:
    nodes = _Nodes(storage, datetime(2026, 3, 2, 12, tzinfo=UTC))
    nodes.trouble = {date(2026, 3, 3)}
    nodes.runners[0].run()
    nodes.clock.at += timedelta(days=3)

    nodes.runners[1].run()
    assert nodes.done == [date(2026, 3, 2)]
    nodes.runners[2].run()

    assert nodes.done == [date(2026, 3, day) for day in (2, 3, 4, 5)]
    with storage.read() as unit:
        told = {one.business_date: (one.state, one.tries) for one in unit.dated_jobs.history(*HERE, limit=9)}
    assert told[date(2026, 3, 3)] == ("done", 2)
    (failure,) = nodes.heard
    assert (failure.kind, failure.data["job"], failure.data["business_date"]) == (
        "job.failed",
        "propose_run",
        "2026-03-03",
    )


def test_date_when_its_work_failed_then_it_waits_longer_from_try_to_try_and_others_go_on(storage: SqlStorage) -> None:
    nodes = _Nodes(storage, datetime(2026, 3, 2, 12, tzinfo=UTC), waits_s=(0, 0, 3600, 3600))
    day = date(2026, 3, 2)
    for tries in (1, 2, 3):
        nodes.trouble = {day}
        nodes.runners[0].run()
        assert len(nodes.heard) == tries
    nodes.runners[0].run()
    nodes.runners[1].run()

    assert nodes.done == []
    assert len(nodes.heard) == 3
    assert len({one.cause_id for one in nodes.heard}) == 3
    assert nodes.others[REMIND] == [day]
