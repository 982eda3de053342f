"""The one thread that owns a terminal: it settles doubts first, then works stored payments one by one.

Order of things, and why: the lease is taken before the line is opened (one owner); what was open at that moment is in
doubt and is asked for before any new sale; a sale runs only after its intent is committed, with the terminal's last
numbers known; the outcome is stored before anything else happens on the line.
"""

import logging
import threading
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import datetime

from gateway.domain.errors import OperationalError
from gateway.domain.ids import AttemptId, DeviceId, StoreId, TenantId
from gateway.domain.payment import (
    Attempt,
    AttemptEvent,
    AttemptOutcome,
    AttemptState,
    Evidence,
    Payment,
    TerminalResult,
)
from gateway.jobs.lease_keeper import RENEWALS_PER_LEASE, LeaseKeeper
from gateway.jobs.terminal_words import TerminalWords
from gateway.observability import log_event
from gateway.ports.clock import Clock
from gateway.ports.events import EventBoard, LiveEvent
from gateway.ports.terminal import SaleOrder, TerminalDevice, TerminalSilent
from gateway.ports.unit_of_work import Lease, Storage
from gateway.services.conclude_attempt import ConcludeAttempt
from gateway.services.recover_attempts import RecoverAttempts, Recovery

log = logging.getLogger(__name__)

RECONNECT_MAX_S = 10.0
STORAGE_PAUSE_S = 1.0
SEND_MARGIN_S = 2.0
"""A sale is begun only if the lease surely lasts this much longer: the command leaves within it. Of a short lease a
quarter has to do, or no sale would ever begin under it."""


@dataclass(frozen=True, slots=True)
class LaneParts:
    """What every lane of a node shares. ``poll_s``: how often the database is looked at without a hint."""

    tenant_id: TenantId
    store_id: StoreId
    storage: Storage
    clock: Clock
    board: EventBoard
    keeper: LeaseKeeper
    conclude: ConcludeAttempt
    recover: RecoverAttempts
    poll_s: float


class TerminalLane:
    """Owns one terminal on this node."""

    def __init__(self, terminal_id: DeviceId, device: TerminalDevice, parts: LaneParts) -> None:
        self.terminal_id = terminal_id
        self._device = device
        self._parts = parts
        self._stop = threading.Event()
        self._work_waits = threading.Event()
        self._lock = threading.Lock()
        self._cancels: set[AttemptId] = set()
        self._current: AttemptId | None = None
        self._in_doubt: set[AttemptId] = set()
        self._begun: set[AttemptId] = set()
        self._epoch: int | None = None
        self._asked: dict[AttemptId, datetime] = {}
        self._words = TerminalWords(
            terminal_id,
            (parts.tenant_id, parts.store_id),
            storage=parts.storage,
            clock=parts.clock,
            conclude=parts.conclude,
            stop=self._stop,
        )
        self._thread = threading.Thread(target=self._run, name=f"terminal-{terminal_id}", daemon=True)

    def start(self) -> None:
        """Begin to own the terminal."""
        self._thread.start()

    def ask_to_stop(self) -> None:
        """Have the lane begin nothing more; returns at once."""
        self._stop.set()
        self.wake()

    def stop(self, timeout_s: float) -> None:
        """Stop after the running sale, at most ``timeout_s`` later; an unfinished sale is settled at the next start."""
        self.ask_to_stop()
        self._thread.join(timeout=timeout_s)

    def wake(self) -> None:
        """Something was committed for this terminal."""
        self._work_waits.set()
        self._device.wake()

    def cancel(self, attempt_id: AttemptId) -> None:
        """A cancel was committed for an attempt: stop it if it runs, or keep it from starting."""
        with self._lock:
            self._cancels.add(attempt_id)
            # Under the lock, so that the abort cannot come so late that it meets the next sale.
            if self._current == attempt_id:
                self._device.request_abort()

    def look_for_cancels(self) -> None:
        """Ask the database whether another node took a cancel for the running attempt."""
        with self._lock:
            current = self._current
        if current is None:
            return
        with self._parts.storage.read() as unit:
            wanted = unit.payments.cancels_requested(self._parts.tenant_id, self._parts.store_id, self.terminal_id)
        with self._lock:
            fresh = current in wanted and current not in self._cancels
        if fresh:
            self.cancel(current)

    def _run(self) -> None:
        pause_s = 0.0
        while not self._stop.wait(pause_s):
            try:
                lease = self._take_lease()
                if lease is not None:
                    self._serve(lease)
                pause_s = min(self._parts.poll_s, 1.0)
            except OperationalError as error:
                log_event(
                    log, "lane.storage_failed", level=logging.WARNING, device_id=self.terminal_id, reason=error.message
                )
                pause_s = STORAGE_PAUSE_S
            except Exception:
                # The thread must outlive any fault: what was being worked stays in doubt and is asked for again.
                log.exception("lane.fault device_id=%s", self.terminal_id)
                pause_s = 1.0
        self._device.close()

    def _take_lease(self) -> Lease | None:
        parts = self._parts
        asked_at_s = parts.clock.monotonic_s()
        with parts.storage.write() as unit:
            lease = unit.devices.acquire(
                parts.tenant_id, parts.store_id, self.terminal_id, parts.keeper.holder, parts.keeper.lease_s
            )
            if lease is None:
                return None
            found = unit.payments.open_attempts(parts.tenant_id, parts.store_id, self.terminal_id)
        if lease.epoch == self._epoch:
            # The lease was ours all the time (a fault, a database away): only what we began can have been sent.
            self._in_doubt |= {attempt.id for _, attempt in found} & self._begun
        else:
            self._in_doubt = {attempt.id for _, attempt in found}
        self._epoch = lease.epoch
        parts.keeper.taken(lease, asked_at_s)
        return lease

    def _serve(self, lease: Lease) -> None:
        """Work under one lease until it is lost, the lane stops, or a fault ends it."""
        connected = False
        failures = 0
        while not self._stop.is_set() and self._parts.keeper.valid(lease):
            self._work_waits.clear()
            if not connected:
                connected = self._connect()
                failures = 0 if connected else failures + 1
            found = self._open_attempts()
            doubtful = [pair for pair in found if self._doubtful(pair[1], lease)]
            fresh = [pair for pair in found if pair[1].state is AttemptState.SENT and pair not in doubtful]
            if not connected:
                self._refuse_all(fresh, lease)
                self._give_up_for_now(doubtful, lease)
                self._work_waits.wait(min(0.5 * 2 ** min(failures, 5), RECONNECT_MAX_S))
            elif doubtful:
                connected = self._settle(doubtful, lease)
            elif fresh:
                connected = self._work(fresh[0][0], fresh[0][1], lease)
            else:
                self._words.match_strays()
                if not found:
                    self._forget_the_ended()
                connected = self._idle()

    def _forget_the_ended(self) -> None:
        """Drop what was noted of attempts that have ended; a cancel stored since is read with its attempt."""
        with self._lock:
            self._cancels.clear()
        self._in_doubt.clear()
        self._begun.clear()
        self._asked.clear()

    def _open_attempts(self) -> tuple[tuple[Payment, Attempt], ...]:
        with self._parts.storage.read() as unit:
            return unit.payments.open_attempts(self._parts.tenant_id, self._parts.store_id, self.terminal_id)

    def _doubtful(self, attempt: Attempt, lease: Lease) -> bool:
        """Return whether the terminal has to be asked about this attempt now."""
        if attempt.id in self._in_doubt:
            return True
        if attempt.state is AttemptState.UNKNOWN:
            asked = attempt.ask_requested_at
            return attempt.blocks_terminal or (asked is not None and asked != self._asked.get(attempt.id))
        # Stored under an older lease while we took over: nobody knows whether it was begun.
        return attempt.epoch != lease.epoch

    def _connect(self) -> bool:
        heard = self._device.connect()
        parts = self._parts
        silent = isinstance(heard, TerminalSilent)
        numbers = None if isinstance(heard, TerminalSilent) else heard.numbers
        with parts.storage.write() as unit:
            unit.devices.heard(
                parts.tenant_id,
                parts.store_id,
                self.terminal_id,
                numbers,
                ready=not isinstance(heard, TerminalSilent) and heard.ready,
                words=heard.words,
            )
        if silent:
            log_event(log, "terminal.silent", level=logging.WARNING, device_id=self.terminal_id, reason=heard.words)
        return not silent

    def _settle(self, doubtful: list[tuple[Payment, Attempt]], lease: Lease) -> bool:
        """Ask about each attempt in doubt; False when the terminal went silent."""
        for payment, attempt in doubtful:
            if attempt.epoch != lease.epoch and not self._move_to_this_lease(lease):
                return False
            result = self._parts.recover.ask(self._device, payment, attempt, lease, self._progress_of(payment))
            log_event(log, "payment.asked_terminal", attempt_id=str(attempt.id), result=str(result))
            if result is Recovery.SILENT:
                return False
            self._in_doubt.discard(attempt.id)
            if attempt.ask_requested_at is not None:
                self._asked[attempt.id] = attempt.ask_requested_at
        return True

    def _move_to_this_lease(self, lease: Lease) -> bool:
        """Take attempts stored under an older epoch over; False when the lease turns out to be lost."""
        parts = self._parts
        with parts.storage.write() as unit:
            held = unit.devices.acquire(
                parts.tenant_id, parts.store_id, self.terminal_id, parts.keeper.holder, parts.keeper.lease_s
            )
        if held == lease:
            return True
        parts.keeper.lost(lease)
        return False

    def _give_up_for_now(self, doubtful: list[tuple[Payment, Attempt]], lease: Lease) -> None:
        """The terminal cannot be reached: say of attempts in doubt that nothing is known, and keep asking later."""
        for payment, attempt in doubtful:
            if attempt.state is AttemptState.SENT:
                if attempt.epoch != lease.epoch and not self._move_to_this_lease(lease):
                    return
                outcome = AttemptOutcome(
                    event=AttemptEvent.LOSE_ANSWER,
                    evidence=Evidence.LAST_RESULT,
                    reason_code="terminal_silent",
                    reason="The terminal does not answer. The card may have been charged.",
                    terminal_heard=False,
                )
                self._words.store(payment, attempt, outcome, lease)

    def _refuse_all(self, fresh: list[tuple[Payment, Attempt]], lease: Lease) -> None:
        """The terminal cannot be reached and nothing was sent: these payments end at once, without a charge."""
        for payment, attempt in fresh:
            outcome = AttemptOutcome(
                event=AttemptEvent.PROVE_NOT_CHARGED,
                evidence=Evidence.NOTHING_SENT,
                reason_code="terminal_not_reached",
                reason="The terminal cannot be reached. Nothing was charged. Check cable and power, then try again.",
            )
            self._words.store(payment, attempt, outcome, lease)

    def _work(self, payment: Payment, attempt: Attempt, lease: Lease) -> bool:
        """Run one sale; False when the line has to be opened again."""
        with self._lock:
            self._current = attempt.id
            cancelled = attempt.cancel_requested_at is not None or attempt.id in self._cancels
        try:
            if cancelled:
                self._words.store(payment, attempt, _cancelled_before_start(), lease)
                return True
            ready = self._with_baseline(attempt, lease)
            margin_s = min(SEND_MARGIN_S, self._parts.keeper.lease_s / RENEWALS_PER_LEASE)
            if ready is None or not self._parts.keeper.valid(lease, margin_s=margin_s):
                return True
            order = SaleOrder(payment.amount, ready.baseline, ready.sent_at, lambda: self._wanted(attempt.id))
            self._begun.add(attempt.id)
            outcome = self._device.sale(order, self._progress_of(payment), self._accepts(payment, lease))
        finally:
            with self._lock:
                self._current = None
                self._cancels.discard(attempt.id)
        self._words.store(payment, ready, outcome, lease)
        return outcome.event is not AttemptEvent.LOSE_ANSWER and outcome.evidence is not Evidence.NOTHING_SENT

    def _wanted(self, attempt_id: AttemptId) -> bool:
        with self._lock:
            return attempt_id not in self._cancels

    def _with_baseline(self, attempt: Attempt, lease: Lease) -> Attempt | None:
        """Make sure the terminal's last numbers are stored before the command leaves; None when fenced off."""
        numbers = self._device.last_numbers()
        if numbers is None or numbers == attempt.baseline:
            return attempt
        parts = self._parts
        with parts.storage.write() as unit:
            kept = unit.payments.correct_baseline(parts.tenant_id, parts.store_id, attempt.id, lease.epoch, numbers)
        return replace(attempt, baseline=numbers) if kept else None

    def _idle(self) -> bool:
        """Serve the quiet line until work waits or the poll time is over; False when the line broke."""
        if self._work_waits.is_set():
            return True
        known = self._device.last_numbers()
        try:
            strays = self._device.idle(self._parts.poll_s)
        except OperationalError:
            return False
        for result in strays:
            # Of a payment stored just now nothing has been sent yet: a stray cannot be its result.
            found = [pair for pair in self._open_attempts() if pair[1].state is AttemptState.UNKNOWN]
            if not found and result.numbers == known:
                continue  # told twice
            self._in_doubt.update(attempt.id for _, attempt in found)
            self._words.stray(result, tuple(payment.id for payment, _ in found))
        return True

    def _accepts(self, payment: Payment, lease: Lease) -> Callable[[TerminalResult], bool]:
        def may_accept(result: TerminalResult) -> bool:
            # A lease that is still good means the database was written to moments ago: the result can be kept.
            right = result.amount_minor in (None, payment.amount.minor)
            return right and self._parts.keeper.valid(lease)

        return may_accept

    def _progress_of(self, payment: Payment) -> Callable[[str, str], None]:
        def publish(code: str, words: str) -> None:
            self._parts.board.publish(
                LiveEvent(payment.tenant_id, payment.store_id, payment.id, "progress", code, words)
            )

        return publish


def _cancelled_before_start() -> AttemptOutcome:
    return AttemptOutcome(
        event=AttemptEvent.CANCEL,
        evidence=Evidence.NOTHING_SENT,
        reason_code="cancelled_before_start",
        reason="Cancelled before the terminal was asked. Nothing was charged.",
    )
