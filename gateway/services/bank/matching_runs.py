"""Runs of matching: asked for by people, keys and imports, worked outside of any request."""

import uuid
from collections.abc import Callable
from dataclasses import replace

from gateway.domain.access import Caller, Permission
from gateway.domain.bank.matching_run import MatchingRun, MatchingRunId, RunState
from gateway.domain.errors import NotFound
from gateway.domain.ids import StoreId, TenantId, derived_id
from gateway.ports.clock import Clock
from gateway.ports.unit_of_work import Storage, UnitOfWork
from gateway.services.bank.ask_matching import ask_in
from gateway.services.bank.line_states import ENGINE, place_of
from gateway.services.bank.match_lines import MatchLines, MatchProgress

ATTEMPTS_MAX = 3
"""A run that has ended its process so often is given up: it would end the next one, too."""


class MatchingRuns:
    """The runs of one store."""

    def __init__(
        self, *, storage: Storage, clock: Clock, match: MatchLines, tenant_id: TenantId, store_id: StoreId
    ) -> None:
        """``match``: does the work of a run."""
        self._storage = storage
        self._clock = clock
        self._match = match
        self._place = (tenant_id, store_id)
        self._wake: Callable[[], None] | None = None

    def wake_by(self, wake: Callable[[], None]) -> None:
        """Have somebody told of each run that is asked for here."""
        self._wake = wake

    def ask(self, caller: Caller, account: str | None = None) -> MatchingRun:
        """Begin a run of one account or all, or join the one that waits; returns before it has begun."""
        caller.require(Permission.STATEMENTS_WORK)
        place, at = place_of(caller), self._clock.now()
        run = self._storage.write_retrying(lambda unit: ask_in(unit, place, account, by=caller.name, at=at))
        if self._wake is not None:
            self._wake()
        return run

    def look(self, caller: Caller, run_id: uuid.UUID) -> MatchingRun:
        """Return one run.

        Raises:
            NotFound: ``unknown_matching_run``.
        """
        caller.require(Permission.STATEMENTS_READ)
        with self._storage.read() as unit:
            found = unit.matching_runs.load(*place_of(caller), MatchingRunId(run_id))
        if found is None:
            raise NotFound("unknown_matching_run", "There is no such run.", "Begin another one.")
        return found

    def latest(self, caller: Caller) -> MatchingRun | None:
        """Return the run that is worked, else the one asked for last; None where there was none."""
        caller.require(Permission.STATEMENTS_READ)
        with self._storage.read() as unit:
            return unit.matching_runs.latest(*place_of(caller))

    def take(self, holder: str, lease_s: int) -> MatchingRun | None:
        """Take the run whose node has died, or the one that waits; None when there is nothing to do."""
        at = self._clock.now()

        def work(unit: UnitOfWork) -> MatchingRun | None:
            run = unit.matching_runs.take(*self._place, holder, lease_s)
            if run is not None and run.attempts > ATTEMPTS_MAX:
                unit.matching_runs.finish(*self._place, replace(run, state=RunState.FAILED, ended_at=at), holder)
                return unit.matching_runs.take(*self._place, holder, lease_s)
            return run

        return self._storage.write_retrying(work)

    def work(self, run: MatchingRun, holder: str, told: Callable[[MatchProgress], None]) -> None:
        """Do what a run asks for and store its end. Begun anew after a kill, it looks at what is still open.

        ``told``: how far it is; what it raises ends the work between two lines.
        """
        may = frozenset({Permission.STATEMENTS_READ, Permission.STATEMENTS_WORK})
        engine = Caller(*self._place, derived_id(uuid.NAMESPACE_OID, ENGINE), ENGINE, may)
        found = self._match.run(engine, run.account, told)
        ended = replace(
            run,
            state=RunState.DONE,
            done=found.looked,
            lines=found.looked,
            matched=found.matched,
            suggested=found.suggested,
            more=found.more,
            ended_at=self._clock.now(),
        )
        self._finish(ended, holder)

    def give_up(self, run: MatchingRun, holder: str) -> None:
        """Store that a run could not be brought to its end."""
        self._finish(replace(run, state=RunState.FAILED, ended_at=self._clock.now()), holder)

    def hold(self, run: MatchingRun, holder: str, lease_s: int, at: MatchProgress) -> bool:
        """Keep the lease of a run and store how far it is; False when another node has it."""
        seen = replace(run, done=at.done, lines=at.lines)
        return self._storage.write_retrying(lambda unit: unit.matching_runs.hold(*self._place, seen, holder, lease_s))

    def release(self, holder: str) -> None:
        """Give back what a holder has, which has ended: the next one begins it anew at once."""
        self._storage.write_retrying(lambda unit: unit.matching_runs.release(holder))

    def _finish(self, run: MatchingRun, holder: str) -> None:
        self._storage.write_retrying(lambda unit: unit.matching_runs.finish(*self._place, run, holder))
