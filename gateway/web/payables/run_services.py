"""The use cases of payment runs that the routes need."""

from collections.abc import Callable
from dataclasses import dataclass

from gateway.services.payables.approve_run import ApproveRun
from gateway.services.payables.change_run import ChangeRun
from gateway.services.payables.propose_run import ProposeRun
from gateway.services.payables.read_runs import ReadRuns
from gateway.services.payables.release_run import ReleaseRun
from gateway.services.payables.run_dated_jobs import NextDate
from gateway.services.payables.run_desk import RunDesk


@dataclass(frozen=True, slots=True)
class RunServices:
    """One field for each use case; ``desk``: the shop's accounts; ``next_dates``: of the jobs of each day."""

    propose: ProposeRun
    change: ChangeRun
    approve: ApproveRun
    release: ReleaseRun
    read: ReadRuns
    desk: RunDesk
    next_dates: Callable[[], tuple[NextDate, ...]]
