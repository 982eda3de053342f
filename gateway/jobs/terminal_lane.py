"""The one thread that owns a terminal: it settles doubts first, then works what is stored for it one by one.

Order of things, and why: the lease is taken before the line is opened (one owner); what was open at that moment is in
doubt and is asked for before any new sale; a sale runs only after its intent is committed, with the terminal's last
numbers known; the outcome is stored before anything else happens on the line.
"""

import logging
import threading
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import datetime

from gateway.domain.cards.payment import (
    EXACT,
    Attempt,
    AttemptEvent,
    AttemptOutcome,
    AttemptState,
    Evidence,
    Payment,
    TerminalResult,
    fits,
)
from gateway.domain.cards.refund import Movement, Refund
from gateway.domain.cards.reservation import Hold
from gateway.domain.cards.terminal_day import DayClose
from gateway.domain.errors import OperationalError
from gateway.domain.ids import AttemptId, DeviceId
from gateway.jobs import lane_outcomes
from gateway.jobs.device_lane import DeviceLane, DeviceParts
from gateway.jobs.held_question import NOT_REACHED, Held, HeldQuestion
from gateway.jobs.lease_keeper import RENEWALS_PER_LEASE
from gateway.jobs.terminal_words import TerminalWords
from gateway.logs.observability import log_event
from gateway.ports.events import LiveEvent
from gateway.ports.terminal import HoldOrder, RefundOrder, SaleOrder, TerminalDevice, TerminalSilent
from gateway.ports.unit_of_work import Lease, UnitOfWork
from gateway.services.payments.attempt_orders import order_of
from gateway.services.payments.conclude_attempt import ConcludeAttempt
from gateway.services.payments.recover_attempts import RecoverAttempts, Recovery

log = logging.getLogger(__name__)

RECONNECT_MAX_S = 10.0
SEND_MARGIN_S = 2.0
"""A sale is begun only if the lease surely lasts this much longer: the command leaves within it. Of a short lease a
quarter has to do, or no sale would ever begin under it."""


@dataclass(frozen=True, slots=True)
class LaneParts(DeviceParts):
    """What every terminal's lane of a node shares."""

    conclude: ConcludeAttempt
    recover: RecoverAttempts


class TerminalLane(DeviceLane[TerminalDevice, LaneParts]):
    """Owns one terminal on this node."""

    def __init__(self, terminal_id: DeviceId, device: TerminalDevice, parts: LaneParts) -> None:
        super().__init__(terminal_id, device, parts, kind="terminal")
        self.terminal_id = terminal_id
        self._lock = threading.Lock()
        self._cancels: set[AttemptId] = set()
        self._current: AttemptId | None = None
        self._in_doubt: set[AttemptId] = set()
        self._begun: set[AttemptId] = set()
        self._epoch: int | None = None
        self._asked: dict[AttemptId, datetime] = {}
        self._questions: list[HeldQuestion] = []
        self._words = TerminalWords(
            terminal_id,
            (parts.tenant_id, parts.store_id),
            storage=parts.storage,
            clock=parts.clock,
            conclude=parts.conclude,
            stop=self._stop,
        )

    def wake(self) -> None:
        """Something was committed for this terminal."""
        super().wake()
        self._device.wake()

    def cancel(self, attempt_id: AttemptId) -> None:
        """A cancel was committed for an attempt: stop it if it runs, or keep it from starting."""
        with self._lock:
            self._cancels.add(attempt_id)
            # Under the lock, so that the abort cannot come so late that it meets the next sale.
            if self._current == attempt_id:
                self._device.request_abort()

    def held_reservations(self, timeout_s: float) -> Held:
        """Have the terminal asked between two sales which reservations it holds; called by any other thread."""
        question = HeldQuestion()
        with self._lock:
            self._questions = [*(one for one in self._questions if one.wanted), question]
        self.wake()
        return question.wait(timeout_s)

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

    def _take_over(self, unit: UnitOfWork, lease: Lease) -> Callable[[], None]:
        found = unit.payments.open_attempts(self._parts.tenant_id, self._parts.store_id, self.terminal_id)

        def put_in_doubt() -> None:
            if lease.epoch == self._epoch:
                # The lease was ours all the time (a fault, a database away): only what we began can have been sent.
                self._in_doubt |= {attempt.id for _, attempt in found} & self._begun
            else:
                self._in_doubt = {attempt.id for _, attempt in found}
            self._epoch = lease.epoch

        return put_in_doubt

    def _serve(self, lease: Lease) -> None:
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
                self._answer_questions(reached=False)
                self._refuse_all(fresh, lease)
                self._give_up_for_now(doubtful, lease)
                self._work_waits.wait(min(0.5 * 2 ** min(failures, 5), RECONNECT_MAX_S))
            elif doubtful:
                connected = self._settle(doubtful, lease)
            elif fresh:
                connected = self._work(fresh[0][0], fresh[0][1], lease)
            else:
                self._words.match_strays()
                self._answer_questions(reached=True)
                if not found:
                    self._forget_the_ended()
                connected = self._idle()

    def _answer_questions(self, *, reached: bool) -> None:
        """Answer what was asked meanwhile; a question nobody waits for any more is not put to the terminal."""
        with self._lock:
            questions, self._questions = [one for one in self._questions if one.wanted], []
        if not questions:
            return
        held = self._device.held_reservations() if reached else NOT_REACHED
        for question in questions:
            question.answer(held)

    def _forget_the_ended(self) -> None:
        """Drop what was noted of attempts that have ended; a cancel stored since is read with its attempt."""
        with self._lock:
            self._cancels.clear()
        self._in_doubt.clear()
        self._begun.clear()
        self._asked.clear()

    def _open_attempts(self) -> tuple[tuple[Movement, Attempt], ...]:
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

    def _settle(self, doubtful: list[tuple[Movement, Attempt]], lease: Lease) -> bool:
        """Ask about each attempt in doubt; False when the terminal went silent."""
        for movement, attempt in doubtful:
            if attempt.epoch != lease.epoch and not self._move_to_this_lease(lease):
                return False
            result = self._parts.recover.ask(self._device, movement, attempt, lease, self._progress_of(movement))
            log_event(log, "payment.asked_terminal", attempt_id=str(attempt.id), result=str(result))
            if result is Recovery.SILENT:
                return False
            self._in_doubt.discard(attempt.id)
            if attempt.ask_requested_at is not None:
                self._asked[attempt.id] = attempt.ask_requested_at
        return True

    def _move_to_this_lease(self, lease: Lease) -> bool:
        """Take attempts stored under an older epoch over; False when the lease turns out to be lost."""
        with self._parts.storage.write() as unit:
            held = self._acquire(unit)
        if held == lease:
            return True
        self._parts.keeper.lost(lease)
        return False

    def _give_up_for_now(self, doubtful: list[tuple[Movement, Attempt]], lease: Lease) -> None:
        """The terminal cannot be reached: say of attempts in doubt that nothing is known, and keep asking later."""
        for movement, attempt in doubtful:
            if attempt.state is AttemptState.SENT:
                if attempt.epoch != lease.epoch and not self._move_to_this_lease(lease):
                    return
                outcome = lane_outcomes.terminal_silent(movement)
                self._words.store(movement, attempt, outcome, lease)

    def _refuse_all(self, fresh: list[tuple[Movement, Attempt]], lease: Lease) -> None:
        """The terminal cannot be reached and nothing was sent: what was asked for ends at once, undone."""
        for movement, attempt in fresh:
            outcome = lane_outcomes.terminal_not_reached(movement)
            self._words.store(movement, attempt, outcome, lease)

    def _work(self, movement: Movement, attempt: Attempt, lease: Lease) -> bool:
        """Run one thing that is wanted of the terminal; False when the line has to be opened again."""
        with self._lock:
            self._current = attempt.id
            cancelled = attempt.cancel_requested_at is not None or attempt.id in self._cancels
        try:
            if cancelled:
                self._words.store(movement, attempt, lane_outcomes.cancelled_before_start(movement), lease)
                return True
            ready = self._with_baseline(attempt, lease)
            margin_s = min(SEND_MARGIN_S, self._parts.keeper.lease_s / RENEWALS_PER_LEASE)
            if ready is None or not self._parts.keeper.valid(lease, margin_s=margin_s):
                return True
            self._begun.add(attempt.id)
            outcome = self._send(movement, ready, lease)
        finally:
            with self._lock:
                self._current = None
                self._cancels.discard(attempt.id)
        self._words.store(movement, ready, outcome, lease)
        if isinstance(movement, DayClose):
            return False  # its numbers may begin anew, and some terminals restart: it is asked for them again
        return outcome.event is not AttemptEvent.LOSE_ANSWER and outcome.evidence is not Evidence.NOTHING_SENT

    def _send(self, movement: Movement, attempt: Attempt, lease: Lease) -> AttemptOutcome:
        """Have the terminal do what is wanted: one command at most."""
        on_progress = self._progress_of(movement)
        if isinstance(movement, DayClose):
            return self._device.end_day(on_progress)
        order, may_accept = (
            order_of(movement, attempt, lambda: self._wanted(attempt.id)),
            self._accepts(movement, lease),
        )
        match order:
            case RefundOrder():
                return self._device.give_back(order, on_progress, may_accept)
            case HoldOrder():
                return self._device.hold(order, on_progress, may_accept)
            case SaleOrder():
                return self._device.sale(order, on_progress, may_accept)

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
            self._words.stray(result, tuple(movement for movement, _ in found))
        return True

    def _accepts(self, movement: Payment | Refund | Hold, lease: Lease) -> Callable[[TerminalResult], bool]:
        terms = movement.terms if isinstance(movement, Payment) else EXACT

        def may_accept(result: TerminalResult) -> bool:
            # A lease that is still good means the database was written to moments ago: the result can be kept.
            return fits(result, movement.amount, terms) and self._parts.keeper.valid(lease)

        return may_accept

    def _progress_of(self, movement: Movement) -> Callable[[str, str], None]:
        def publish(code: str, words: str) -> None:
            self._parts.board.publish(
                LiveEvent(movement.tenant_id, movement.store_id, movement.id, "progress", code, words)
            )

        return publish
