"""Runs dated jobs when the scheduler wakes it: often enough, and each business date once."""

import logging
from collections.abc import Sequence

from gateway.domain.errors import GatewayError
from gateway.logs.observability import log_event
from gateway.services.payables.run_dated_jobs import DatedJob, RunDatedJobs, TakenDate

log = logging.getLogger(__name__)

EVERY_S = 60
DATES_MAX = 100
"""Dates of one job that are made up at one waking; the next waking goes on."""


class DatedJobRunner:
    """Runs what is due of several jobs, one after the other.

    Args:
        dates: takes and ends business dates.
        jobs: in the order they run on one date.
        holder: this start of this process.
    """

    def __init__(self, dates: RunDatedJobs, jobs: Sequence[DatedJob], holder: str) -> None:
        self._dates = dates
        self._jobs = tuple(jobs)
        self._holder = holder

    def run(self) -> int:
        """Run every date that is due; return how many were done."""
        return sum(self._run(job) for job in self._jobs)

    def _run(self, job: DatedJob) -> int:
        done = 0
        for _ in range(DATES_MAX):
            taken = self._dates.take(job, self._holder)
            if taken is None or not self._worked(taken):
                break
            done += 1
        return done

    def _worked(self, taken: TakenDate) -> bool:
        try:
            note = taken.job.work(taken.day)
        except GatewayError as error:
            return self._failed(taken, f"{error.message} {error.hint}".strip())
        except Exception:
            # A job's border: the date is tried again at the next waking, and the log says what went wrong.
            log.exception("dated_job.failed job=%s date=%s", taken.job.name, taken.day)
            return self._failed(taken, "An unexpected error; the log has it.")
        log_event(log, "dated_job.done", job=taken.job.name, date=taken.day.isoformat())
        return self._dates.end(taken, ok=True, note=note)

    def _failed(self, taken: TakenDate, note: str) -> bool:
        log_event(log, "dated_job.failed", job=taken.job.name, date=taken.day.isoformat())
        self._dates.end(taken, ok=False, note=note)
        return False
