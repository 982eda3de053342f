"""How a run of matching is asked for inside another unit."""

from datetime import datetime, timedelta

from gateway.domain.bank.matching_run import MatchingRun, MatchingRunId, RunState
from gateway.domain.ids import uuid7
from gateway.ports.unit_of_work import UnitOfWork
from gateway.services.bank.line_states import Place

KEPT_DAYS = 30
"""Runs that ended before are forgotten."""


def ask_in(unit: UnitOfWork, place: Place, account: str | None, *, by: str, at: datetime) -> MatchingRun:
    """Ask for a run in the unit of whoever has brought lines.

    A run that is worked already may have read before: only one that still waits is joined.
    """
    unit.matching_runs.forget(*place, at - timedelta(days=KEPT_DAYS))
    wanted = MatchingRun(MatchingRunId(uuid7(int(at.timestamp() * 1000))), account, RunState.WAITING, by, at)
    return unit.matching_runs.ask(*place, wanted)
