"""Stores what a terminal said, until it is stored: after a sale this thread holds the only copy of the terminal's word.

A database that is away is waited for. What belongs to no payment, or contradicts what is stored, is kept for a person.
"""

import logging
import threading
from collections.abc import Callable

from gateway.domain.cards.payment import Attempt, AttemptOutcome, TerminalResult
from gateway.domain.cards.refund import Movement
from gateway.domain.errors import OperationalError
from gateway.domain.ids import DeviceId, StoreId, TenantId
from gateway.logs.observability import log_event
from gateway.ports.clock import Clock
from gateway.ports.unit_of_work import Lease, Storage
from gateway.services.payments.conclude_attempt import ConcludeAttempt, attempts_of

log = logging.getLogger(__name__)

RETRY_FIRST_S = 0.05
RETRY_MAX_S = 5.0
ASKED_BY_NOBODY = "The terminal reported a transaction that no payment here asked for."
NOT_MATCHED = "The terminal reported this while a payment was in doubt, but it is not that payment. Compare the two."


class TerminalWords:
    """Writes outcomes and stray results of one terminal; used by the thread that owns the terminal."""

    def __init__(
        self,
        terminal_id: DeviceId,
        place: tuple[TenantId, StoreId],
        *,
        storage: Storage,
        clock: Clock,
        conclude: ConcludeAttempt,
        stop: threading.Event,
    ) -> None:
        """``stop``: ends the waiting for a database that is away; what is lost then, the terminal is asked for."""
        self._terminal_id = terminal_id
        self._tenant_id, self._store_id = place
        self._storage = storage
        self._clock = clock
        self._conclude = conclude
        self._stop = stop
        self._unmatched: list[tuple[TerminalResult, tuple[Movement, ...]]] = []

    def store(self, movement: Movement, attempt: Attempt, outcome: AttemptOutcome, lease: Lease) -> None:
        """Store an outcome under the lease's fence, or keep it beside what another node or a person stored."""

        def work() -> None:
            state = self._conclude.record(movement, attempt, outcome, epoch=lease.epoch, actor=self._terminal_id)
            if state is None and self._conclude.keep_late(movement, attempt, outcome):
                log_event(log, "terminal.late_result", level=logging.ERROR, attempt_id=str(attempt.id))

        self._insist(work, str(attempt.id))

    def stray(self, result: TerminalResult, in_doubt: tuple[Movement, ...]) -> None:
        """Take a result that came between sales: it may be that of what is in doubt, which is asked about next."""
        if in_doubt:
            self._unmatched.append((result, in_doubt))
        else:
            self._keep(result, ASKED_BY_NOBODY)

    def match_strays(self) -> None:
        """Let go of strays that turned out to be the result of what was in doubt; keep the others for a person."""
        while self._unmatched:
            result, movements = self._unmatched[0]
            if not self._belongs(result, movements):
                self._keep(result, NOT_MATCHED)
            del self._unmatched[0]

    def _belongs(self, result: TerminalResult, movements: tuple[Movement, ...]) -> bool:
        with self._storage.read() as unit:
            attempts = [attempt for movement in movements for attempt in attempts_of(unit, movement)]
        return any(attempt.result is not None and attempt.result.numbers == result.numbers for attempt in attempts)

    def _keep(self, result: TerminalResult, words: str) -> None:
        log_event(log, "terminal.orphan_result", level=logging.ERROR, device_id=self._terminal_id, reason=words)

        def work() -> None:
            with self._storage.write() as unit:
                unit.payments.keep_orphan(
                    self._tenant_id, self._store_id, self._terminal_id, result, words, self._clock.now()
                )

        self._insist(work, words)

    def _insist(self, work: Callable[[], None], what: str) -> None:
        pause_s = RETRY_FIRST_S
        while True:
            try:
                work()
            except OperationalError as error:
                log_event(log, "lane.outcome_waits", level=logging.WARNING, waiting=what, reason=error.message)
                if self._stop.wait(pause_s):
                    return
                pause_s = min(pause_s * 2, RETRY_MAX_S)
            else:
                return
