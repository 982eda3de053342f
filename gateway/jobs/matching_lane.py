"""Works the runs of matching on this node: one thread, one run at a time, held by a lease that a second thread keeps.

A node that dies leaves its run; another one begins it anew when the lease has run out, and this one at its next start.
"""

import logging
import threading
from collections.abc import Callable

from gateway.domain.bank.matching_run import MatchingRun
from gateway.domain.errors import OperationalError
from gateway.logs.observability import log_event
from gateway.services.bank.match_lines import MatchProgress
from gateway.services.bank.matching_runs import MatchingRuns

log = logging.getLogger(__name__)

LEASE_S = 60
PROGRESS_EVERY_S = 1.0
"""How far a run is, is stored so often: a screen looks as often."""
POLL_LEAST_S = 1.0
"""Of what is asked for here the lane is told; what other nodes and imports ask for can wait for so long."""
FAULT_PAUSE_S = 5.0


class _StoppedError(Exception):
    """The node stops, or another one has taken the run."""


class MatchingLane:
    """The thread. Nothing runs before ``start``."""

    def __init__(self, runs: MatchingRuns, *, holder: str, poll_s: float) -> None:
        """``holder``: unique for this start of this process; ``poll_s``: seconds between two looks, > 0."""
        self._runs = runs
        self._holder = holder
        self._poll_s = max(poll_s, POLL_LEAST_S)
        self._former: str | None = None
        self._stop = threading.Event()
        self._work_waits = threading.Event()
        self._thread = threading.Thread(target=self._run, name="matching", daemon=True)
        runs.wake_by(self._work_waits.set)

    def start(self, former: str | None) -> None:
        """Begin. ``former``: the process that ran here before and is known to be dead, None at first."""
        self._former = former
        self._thread.start()

    def stop(self, left_s: Callable[[], float]) -> None:
        """End between two lines; the run goes back and is begun anew later."""
        self._stop.set()
        self._work_waits.set()
        if self._thread.is_alive():
            self._thread.join(timeout=left_s())

    def _run(self) -> None:
        while not self._stop.is_set():
            pause_s = self._poll_s if self._went_well() else FAULT_PAUSE_S
            if not self._stop.is_set():
                self._work_waits.wait(pause_s)
                self._work_waits.clear()

    def _went_well(self) -> bool:
        """Work all that waits; return whether nothing was raised that must not end the thread."""
        try:
            if self._former is not None:
                self._runs.release(self._former)
                self._former = None
            while not self._stop.is_set() and (run := self._runs.take(self._holder, LEASE_S)) is not None:
                self._serve(run)
        except OperationalError as error:
            log_event(log, "matching.waits", level=logging.WARNING, code=error.code, reason=error.message)
            return False
        except Exception:
            log.exception("matching.fault")
            return False
        return True

    def _serve(self, run: MatchingRun) -> None:
        """Work one run while a second thread keeps its lease."""
        keeper = _Keeper(self._runs, run, self._holder)
        keeper.start()

        def told(at: MatchProgress) -> None:
            keeper.at = at
            if self._stop.is_set() or keeper.lost:
                raise _StoppedError

        try:
            self._runs.work(run, self._holder, told)
        except (_StoppedError, OperationalError) as stopped:
            keeper.stop()
            self._runs.release(self._holder)
            if isinstance(stopped, OperationalError):
                raise
        except Exception:
            log.exception("matching.run_failed run_id=%s", run.id)
            keeper.stop()
            self._runs.give_up(run, self._holder)
        finally:
            keeper.stop()


class _Keeper:
    """Keeps the lease of one run and stores how far it is. ``lost``: another node has it."""

    def __init__(self, runs: MatchingRuns, run: MatchingRun, holder: str) -> None:
        self._runs = runs
        self._run_kept = run
        self._holder = holder
        self.at = MatchProgress(0, 0)
        self.lost = False
        self._over = threading.Event()
        self._thread = threading.Thread(target=self._run, name="matching-lease", daemon=True)

    def start(self) -> None:
        """Begin."""
        self._thread.start()

    def stop(self) -> None:
        """End, and wait for what is being stored."""
        self._over.set()
        self._thread.join()

    def _run(self) -> None:
        while not self._over.wait(PROGRESS_EVERY_S):
            try:
                self.lost = not self._runs.hold(self._run_kept, self._holder, LEASE_S, self.at)
            except OperationalError as error:
                log_event(log, "matching.lease_waits", level=logging.WARNING, reason=error.message)
