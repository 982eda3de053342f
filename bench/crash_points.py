"""The marked points of a sale at which the crash harness kills the gateway, and the wrappers that mark them.

The product has no hook for this: storage, terminals and printers are wrapped where ``gateway.bootstrap`` allows it.
"""

import json
import os
import signal
import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass
from enum import StrEnum
from typing import Any, TypeVar, cast

from gateway.domain.cards.payment import (
    Attempt,
    AttemptEvent,
    AttemptOutcome,
    Evidence,
    TerminalResult,
    TransactionNumbers,
)
from gateway.ports.payment_store import Conclusion, Intent
from gateway.ports.terminal import (
    HoldOrder,
    MayAccept,
    OnProgress,
    Order,
    RefundOrder,
    SaleOrder,
    StillUnknown,
    TerminalDevice,
    TerminalHeard,
    TerminalSilent,
)
from gateway.ports.unit_of_work import OutboxStore, PaymentStore, RefundStore, ReservationStore, Storage, UnitOfWork

T = TypeVar("T")


class Point(StrEnum):
    """A moment to die at."""

    BEFORE_INTENT_COMMIT = "before_intent_commit"
    AFTER_INTENT_COMMIT = "after_intent_commit"
    BEFORE_SALE_COMMAND = "before_sale_command"
    AT_FIRST_PROGRESS = "at_first_progress"
    AT_RESULT_BEFORE_ACKNOWLEDGEMENT = "at_result_before_acknowledgement"
    AFTER_ACKNOWLEDGED_RESULT = "after_acknowledged_result"
    BEFORE_OUTCOME_COMMIT = "before_outcome_commit"
    AFTER_OUTCOME_COMMIT = "after_outcome_commit"
    AFTER_RECEIPT_STARTED = "after_receipt_started"
    WHILE_PRINTING = "while_printing"
    AFTER_PRINTED_BEFORE_FINISHED = "after_printed_before_finished"
    AFTER_RECEIPT_FINISHED = "after_receipt_finished"
    AT_RECOVERY_QUESTION = "at_recovery_question"
    AT_RECOVERY_ANSWER = "at_recovery_answer"
    BEFORE_RECOVERY_COMMIT = "before_recovery_commit"
    AFTER_RECOVERY_COMMIT = "after_recovery_commit"
    WHILE_STARTING = "while_starting"
    """killed from outside at a random moment of its start"""
    AT_RANDOM = "at_random"
    """killed from outside at a random moment of its work"""
    AFTER_STALL = "after_stall"
    """stopped at a random moment for longer than its leases last, woken while the other node works, killed later"""


FROM_OUTSIDE = frozenset({Point.WHILE_STARTING, Point.AT_RANDOM, Point.AFTER_STALL})
RECOVERY_POINTS = (
    Point.AT_RECOVERY_QUESTION,
    Point.AT_RECOVERY_ANSWER,
    Point.BEFORE_RECOVERY_COMMIT,
    Point.AFTER_RECOVERY_COMMIT,
)
DOUBT_POINTS = (
    Point.AFTER_INTENT_COMMIT,
    Point.BEFORE_SALE_COMMAND,
    Point.AT_FIRST_PROGRESS,
    Point.AT_RESULT_BEFORE_ACKNOWLEDGEMENT,
    Point.AFTER_ACKNOWLEDGED_RESULT,
    Point.BEFORE_OUTCOME_COMMIT,
)
"""A process killed here leaves an attempt in doubt, so the next start has something to recover."""


@dataclass(frozen=True, slots=True)
class KillOrder:
    """When one start of a node has to die.

    ``passing``: at which passing of the point, from 1; ``printed_bytes``: for ``while_printing``, after how many bytes
    of a receipt; ``delay_s``: for ``at_random`` seconds after it was ready, for ``while_starting`` after it began;
    ``stall_s``: for ``after_stall``, how long it is stopped after the delay.
    """

    point: StrEnum
    passing: int = 1
    printed_bytes: int = 1
    delay_s: float = 0.0
    stall_s: float = 0.0


class KillSwitch:
    """Kills this process at the ordered passing of the ordered point, after saying so on standard output."""

    def __init__(self, order: KillOrder | None) -> None:
        self._order = order
        self._lock = threading.Lock()
        self._passed = 0

    def passing(self, point: StrEnum) -> None:
        """Note that a point is passed."""
        order = self._order
        if order is None or point is not order.point:
            return
        with self._lock:
            self._passed += 1
            if self._passed == order.passing:
                say({"event": "dying", "pid": os.getpid(), "point": point})
                os.kill(os.getpid(), signal.SIGKILL)

    def waits_for(self, point: StrEnum) -> bool:
        """Return whether this process is to die at this point."""
        return self._order is not None and self._order.point is point

    def printing_stops_after(self) -> int | None:
        """Return after how many bytes of a receipt to die, or None."""
        order = self._order
        return order.printed_bytes if order is not None and order.point is Point.WHILE_PRINTING else None


def say(document: dict[str, Any]) -> None:
    """Write one line of JSON in one piece: several processes share the pipe."""
    os.write(sys.stdout.fileno(), json.dumps(document).encode() + b"\n")


class MarkedStorage:
    """Storage that marks the commits of a sale and of a receipt."""

    def __init__(self, inner: Storage, switch: KillSwitch, *, one_statement: bool) -> None:
        """``one_statement``: the database stores an intent and a conclusion in one statement each (PostgreSQL)."""
        self._inner = inner
        self._switch = switch
        self._one_statement = one_statement

    @contextmanager
    def write(self) -> Iterator[UnitOfWork]:
        """Open a transaction; what it holds decides which points its commit marks."""
        marks = Marks()
        with self._inner.write() as unit:
            yield self._watched(unit, marks)
            for point in marks.before:
                self._switch.passing(point)
        for point in marks.after:
            self._switch.passing(point)

    def record_intent(self, intent: Intent) -> Attempt:
        """Store an intent; where it is one statement, the point before its commit is the one before it leaves.

        On SQLite it goes by the ordinary way only where a death between statement and commit is wanted.
        """
        if not self._one_statement and self._switch.waits_for(Point.BEFORE_INTENT_COMMIT):
            with self.write() as unit:
                return unit.payments.record_intent(intent)
        self._switch.passing(Point.BEFORE_INTENT_COMMIT)
        stored = self._inner.record_intent(intent)
        self._switch.passing(Point.AFTER_INTENT_COMMIT)
        return stored

    def record_conclusion(self, conclusion: Conclusion) -> int | None:
        """Store a conclusion, with its points like :meth:`record_intent`."""
        before, after = _conclusion_points(conclusion)
        if not self._one_statement and self._switch.waits_for(before):
            with self.write() as unit:
                return unit.payments.record_conclusion(conclusion)
        self._switch.passing(before)
        sequence = self._inner.record_conclusion(conclusion)
        self._switch.passing(after)
        return sequence

    def read(self) -> AbstractContextManager[UnitOfWork]:
        """Open a transaction that only reads."""
        return self._inner.read()

    def write_retrying(self, work: Callable[[UnitOfWork], T]) -> T:
        """Run ``work`` as :meth:`write` does; only the intent of a refund has points among what is written this way."""

        def watched(unit: UnitOfWork) -> T:
            marks.clear()
            done = work(self._watched(unit, marks))
            for point in marks.before:
                self._switch.passing(point)
            return done

        marks = Marks()
        found = self._inner.write_retrying(watched)
        for point in marks.after:
            self._switch.passing(point)
        return found

    def _watched(self, unit: UnitOfWork, marks: "Marks") -> UnitOfWork:
        return cast("UnitOfWork", _WatchedUnit(unit, marks))  # it passes every other call on by name


class Marks:
    """Points before and after the commit of one unit of work."""

    def __init__(self) -> None:
        self.before: list[StrEnum] = []
        self.after: list[StrEnum] = []

    def clear(self) -> None:
        """Forget all."""
        self.before.clear()
        self.after.clear()

    def add(self, before: StrEnum | None, after: StrEnum) -> None:
        """Mark a point before the commit, if there is one, and one after it."""
        if before is not None:
            self.before.append(before)
        self.after.append(after)


class _WatchedUnit:
    def __init__(self, unit: UnitOfWork, marks: Marks) -> None:
        self._unit = unit
        self._marks = marks

    def __getattr__(self, name: str) -> object:
        return getattr(self._unit, name)

    @property
    def payments(self) -> "_WatchedPayments":
        return _WatchedPayments(self._unit.payments, self._marks)

    @property
    def refunds(self) -> "_WatchedPayments":
        return _WatchedPayments(self._unit.refunds, self._marks)

    @property
    def reservations(self) -> "_WatchedPayments":
        return _WatchedPayments(self._unit.reservations, self._marks)

    @property
    def outbox(self) -> "_WatchedOutbox":
        return _WatchedOutbox(self._unit.outbox, self._marks)


class _WatchedPayments:
    """Payments, refunds or reservations: all have an intent and a conclusion."""

    def __init__(self, inner: PaymentStore | RefundStore | ReservationStore, marks: Marks) -> None:
        self._inner = inner
        self._marks = marks

    def __getattr__(self, name: str) -> object:
        return getattr(self._inner, name)

    def record_intent(self, intent: Any) -> object:  # noqa: ANN401 - passed on as it is
        stored = self._inner.record_intent(intent)
        self._marks.add(Point.BEFORE_INTENT_COMMIT, Point.AFTER_INTENT_COMMIT)
        return stored

    def record_completion(self, *told: Any) -> object:  # noqa: ANN401 - passed on as it is
        stored = cast("ReservationStore", self._inner).record_completion(*told)
        self._marks.add(Point.BEFORE_INTENT_COMMIT, Point.AFTER_INTENT_COMMIT)
        return stored

    def record_conclusion(self, *told: Any) -> int | None:  # noqa: ANN401 - passed on as it is
        sequence: int | None = self._inner.record_conclusion(*told)
        self._marks.add(*_conclusion_points(told[-1]))
        return sequence


def _conclusion_points(conclusion: Conclusion) -> tuple[Point, Point]:
    if conclusion.outcome.evidence is Evidence.LAST_RESULT:
        return Point.BEFORE_RECOVERY_COMMIT, Point.AFTER_RECOVERY_COMMIT
    return Point.BEFORE_OUTCOME_COMMIT, Point.AFTER_OUTCOME_COMMIT


class _WatchedOutbox:
    def __init__(self, inner: OutboxStore, marks: Marks) -> None:
        self._inner = inner
        self._marks = marks

    def __getattr__(self, name: str) -> object:
        return getattr(self._inner, name)

    def start_due(self, *place: Any, **wish: Any) -> tuple[object, ...]:  # noqa: ANN401 - passed on as it is
        found = self._inner.start_due(*place, **wish)
        if found:
            self._marks.add(None, Point.AFTER_RECEIPT_STARTED)
        return found

    def finish(self, message: Any, **wish: Any) -> bool:  # noqa: ANN401 - passed on as it is
        done = self._inner.finish(message, **wish)
        self._marks.add(Point.AFTER_PRINTED_BEFORE_FINISHED, Point.AFTER_RECEIPT_FINISHED)
        return done


class MarkedTerminal:
    """A terminal that marks the steps of a sale and of asking for an outcome."""

    def __init__(self, inner: TerminalDevice, switch: KillSwitch) -> None:
        self._inner = inner
        self._switch = switch

    def connect(self) -> TerminalHeard | TerminalSilent:
        """Pass on."""
        return self._inner.connect()

    def sale(self, order: SaleOrder, on_progress: OnProgress, may_accept: MayAccept) -> AttemptOutcome:
        """Run one sale, marking its command, its first progress, its result and the first word after that."""
        return self._inner.sale(order, *self._marked(on_progress, may_accept))

    def give_back(self, order: RefundOrder, on_progress: OnProgress, may_accept: MayAccept) -> AttemptOutcome:
        """Run one refund, marked like a sale."""
        return self._inner.give_back(order, *self._marked(on_progress, may_accept))

    def hold(self, order: HoldOrder, on_progress: OnProgress, may_accept: MayAccept) -> AttemptOutcome:
        """Run one step of a reservation, marked like a sale."""
        return self._inner.hold(order, *self._marked(on_progress, may_accept))

    def end_day(self, on_progress: OnProgress) -> AttemptOutcome:
        """End the day, marking its command."""
        self._switch.passing(Point.BEFORE_SALE_COMMAND)
        return self._inner.end_day(on_progress)

    def ask_day(self, on_step: OnProgress) -> AttemptOutcome | StillUnknown:
        """Ask for the totals, marking question and answer."""
        self._switch.passing(Point.AT_RECOVERY_QUESTION)
        found = self._inner.ask_day(on_step)
        self._switch.passing(Point.AT_RECOVERY_ANSWER)
        return found

    def held_reservations(self) -> tuple[int, ...] | TerminalSilent:
        """Pass on."""
        return self._inner.held_reservations()

    def _marked(self, on_progress: OnProgress, may_accept: MayAccept) -> tuple[OnProgress, MayAccept]:
        self._switch.passing(Point.BEFORE_SALE_COMMAND)
        heard, accepted = False, False

        def progress(code: str, words: str) -> None:
            nonlocal heard
            on_progress(code, words)
            if not heard:
                heard = True
                self._switch.passing(Point.AT_FIRST_PROGRESS)
            elif accepted:
                # The terminal goes on only after our acknowledgement has reached it.
                self._switch.passing(Point.AFTER_ACKNOWLEDGED_RESULT)

        def accept(result: TerminalResult) -> bool:
            nonlocal accepted
            accepted = may_accept(result)
            self._switch.passing(Point.AT_RESULT_BEFORE_ACKNOWLEDGEMENT)
            return accepted

        return progress, accept

    def ask_outcome(self, order: Order, on_step: OnProgress) -> AttemptOutcome | StillUnknown:
        """Ask, marking question and answer."""
        self._switch.passing(Point.AT_RECOVERY_QUESTION)
        found = self._inner.ask_outcome(order, on_step)
        self._switch.passing(Point.AT_RECOVERY_ANSWER)
        return found

    def last_numbers(self) -> TransactionNumbers | None:
        """Pass on."""
        return self._inner.last_numbers()

    def idle(self, timeout_s: float) -> tuple[TerminalResult, ...]:
        """Pass on."""
        return self._inner.idle(timeout_s)

    def request_abort(self) -> None:
        """Pass on."""
        self._inner.request_abort()

    def wake(self) -> None:
        """Pass on."""
        self._inner.wake()

    def close(self) -> None:
        """Pass on."""
        self._inner.close()


class CarelessTerminal(MarkedTerminal):
    """A terminal adapter that takes silence for no charge: with it the harness has to find damage."""

    def ask_outcome(self, order: Order, on_step: OnProgress) -> AttemptOutcome | StillUnknown:
        """Ask, and say that nothing was charged, whatever the answer."""
        super().ask_outcome(order, on_step)
        return AttemptOutcome(
            AttemptEvent.PROVE_NOT_CHARGED, Evidence.LAST_RESULT, "not_asked", "Taken for not charged."
        )
