"""Jobs that run once for each business date: which date is next, who has it, how it ended.

A row of the database decides, so that nodes, restarts and changes of the clock neither lose a date nor do one twice.
Dates that were missed are made up in their order; one that failed is tried again before any later one, after a wait
that grows with its tries, and systems outside hear of each failure.
"""

import uuid
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta, tzinfo

from gateway.domain.ids import StoreId, TenantId, derived_id
from gateway.domain.payables.banking_days import business_date, moment
from gateway.ports.announcer import Announcement, Announcer, NobodyListens
from gateway.ports.clock import Clock
from gateway.ports.payment_run_store import Waits
from gateway.ports.unit_of_work import Storage, UnitOfWork

LEASE_S = 900
"""Longer than any of these jobs takes; afterwards another node may take the date over."""
NOTE_MAX = 500
FAILED = "job.failed"
WAITS_S: Waits = (60, 300, 1800, 86_400)
"""A failed date is tried again after a minute, five, half an hour, then once a day: a bank that is down stays so."""


@dataclass(frozen=True, slots=True)
class DatedJob:
    """One job. ``begins``: time by the clock of ``zone`` from which on its date is due; ``work``: says what came of it.

    ``work`` may be run again for a date when a node died in it: what it does must be safe to repeat.
    """

    name: str
    begins: time
    zone: tzinfo
    work: Callable[[date], str]


@dataclass(frozen=True, slots=True)
class TakenDate:
    """A date somebody has. ``epoch``: fences off who had it before."""

    job: DatedJob
    day: date
    epoch: int


@dataclass(frozen=True, slots=True)
class NextDate:
    """What a job does next. ``day``: its business date; ``at``: from when on, UTC; in the past: it is due now."""

    name: str
    day: date
    at: datetime


class RunDatedJobs:
    """Takes and ends business dates of one store."""

    def __init__(
        self,
        *,
        storage: Storage,
        clock: Clock,
        tenant_id: TenantId,
        store_id: StoreId,
        announcer: Announcer | None = None,
        waits_s: Waits = WAITS_S,
    ) -> None:
        """``announcer``: tells the outside of failures, None: nobody; ``waits_s``: before a failed date is tried."""
        self._announcer: Announcer = announcer or NobodyListens()
        self._waits_s = waits_s
        self._storage = storage
        self._clock = clock
        self._place = (tenant_id, store_id)

    def next_dates(self, jobs: Sequence[DatedJob]) -> tuple[NextDate, ...]:
        """Return which date of each job is next, in the order given."""
        with self._storage.read() as unit:
            last = {job.name: unit.dated_jobs.last_done(*self._place, job.name) for job in jobs}
        found = []
        for job in jobs:
            done = last[job.name]
            today = business_date(self._clock.now(), begins=job.begins, zone=job.zone)
            day = today if done is None else done + timedelta(days=1)
            found.append(NextDate(job.name, day, moment(day, job.begins, job.zone)))
        return tuple(found)

    def take(self, job: DatedJob, holder: str) -> TakenDate | None:
        """Take the next date of a job that is due and not done; None when there is none, or another one has it.

        A job that has never run begins with the business date of now.
        """
        today = business_date(self._clock.now(), begins=job.begins, zone=job.zone)
        with self._storage.read() as unit:
            last = unit.dated_jobs.last_done(*self._place, job.name)
        day = today if last is None else last + timedelta(days=1)
        if day > today:
            return None
        epoch = self._storage.write_retrying(
            lambda unit: unit.dated_jobs.begin(*self._place, job.name, day, holder, LEASE_S, self._waits_s)
        )
        return None if epoch is None else TakenDate(job, day, epoch)

    def end(self, taken: TakenDate, *, ok: bool, note: str) -> bool:
        """Store how a date ended; False when another one has taken it since, whose word counts then."""
        words, at = note[:NOTE_MAX], self._clock.now()

        def work(unit: UnitOfWork) -> bool:
            mine = unit.dated_jobs.finish(*self._place, taken.job.name, taken.day, taken.epoch, ok=ok, note=words)
            if mine and not ok:
                for message in self._announcer.messages(self._failure(taken, words, at)):
                    unit.outbox.add(message)
            return mine

        return self._storage.write_retrying(work)

    def _failure(self, taken: TakenDate, note: str, at: datetime) -> Announcement:
        about = f"{taken.job.name} {taken.day.isoformat()}"
        return Announcement(
            tenant_id=self._place[0],
            store_id=self._place[1],
            kind=FAILED,
            # Each try that fails is a fact of its own.
            cause_id=derived_id(uuid.NAMESPACE_OID, f"{self._place} {about} failed {taken.epoch}"),
            subject="/payment-runs/jobs",
            data={"job": taken.job.name, "business_date": taken.day.isoformat(), "note": note},
            at=at,
        )
