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

from gateway.domain.payment import AttemptEvent, AttemptOutcome, Evidence, TerminalResult, TransactionNumbers
from gateway.domain.receipt import Receipt
from gateway.ports.payment_store import Conclusion
from gateway.ports.printer import PrinterDevice, PrinterState, PrintReport
from gateway.ports.terminal import (
    MayAccept,
    OnProgress,
    SaleOrder,
    StillUnknown,
    TerminalDevice,
    TerminalHeard,
    TerminalSilent,
)
from gateway.ports.unit_of_work import OutboxStore, PaymentStore, Storage, UnitOfWork
from terminal_driver.printer.transports import PrinterTransport

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

    point: Point
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

    def passing(self, point: Point) -> None:
        """Note that a point is passed."""
        order = self._order
        if order is None or point is not order.point:
            return
        with self._lock:
            self._passed += 1
            if self._passed == order.passing:
                say({"event": "dying", "pid": os.getpid(), "point": point})
                os.kill(os.getpid(), signal.SIGKILL)

    def printing_stops_after(self) -> int | None:
        """Return after how many bytes of a receipt to die, or None."""
        order = self._order
        return order.printed_bytes if order is not None and order.point is Point.WHILE_PRINTING else None


def say(document: dict[str, Any]) -> None:
    """Write one line of JSON in one piece: several processes share the pipe."""
    os.write(sys.stdout.fileno(), json.dumps(document).encode() + b"\n")


class MarkedStorage:
    """Storage that marks the commits of a sale and of a receipt."""

    def __init__(self, inner: Storage, switch: KillSwitch) -> None:
        self._inner = inner
        self._switch = switch

    @contextmanager
    def write(self) -> Iterator[UnitOfWork]:
        """Open a transaction; what it holds decides which points its commit marks."""
        marks = _Marks()
        with self._inner.write() as unit:
            # The watching stand-ins pass every other call on by name, which a type checker cannot see.
            yield cast("UnitOfWork", _WatchedUnit(unit, marks))
            for point in marks.before:
                self._switch.passing(point)
        for point in marks.after:
            self._switch.passing(point)

    def read(self) -> AbstractContextManager[UnitOfWork]:
        """Open a transaction that only reads."""
        return self._inner.read()

    def write_retrying(self, work: Callable[[UnitOfWork], T]) -> T:
        """Nothing of a sale is written this way."""
        return self._inner.write_retrying(work)


class _Marks:
    """Points before and after the commit of one unit of work."""

    def __init__(self) -> None:
        self.before: list[Point] = []
        self.after: list[Point] = []

    def add(self, before: Point | None, after: Point) -> None:
        if before is not None:
            self.before.append(before)
        self.after.append(after)


class _WatchedUnit:
    def __init__(self, unit: UnitOfWork, marks: _Marks) -> None:
        self._unit = unit
        self._marks = marks

    def __getattr__(self, name: str) -> object:
        return getattr(self._unit, name)

    @property
    def payments(self) -> "_WatchedPayments":
        return _WatchedPayments(self._unit.payments, self._marks)

    @property
    def outbox(self) -> "_WatchedOutbox":
        return _WatchedOutbox(self._unit.outbox, self._marks)


class _WatchedPayments:
    def __init__(self, inner: PaymentStore, marks: _Marks) -> None:
        self._inner = inner
        self._marks = marks

    def __getattr__(self, name: str) -> object:
        return getattr(self._inner, name)

    def record_intent(self, intent: Any) -> object:  # noqa: ANN401 - passed on as it is
        stored = self._inner.record_intent(intent)
        self._marks.add(Point.BEFORE_INTENT_COMMIT, Point.AFTER_INTENT_COMMIT)
        return stored

    def record_conclusion(self, conclusion: Conclusion) -> int | None:
        sequence = self._inner.record_conclusion(conclusion)
        if conclusion.outcome.evidence is Evidence.LAST_RESULT:
            self._marks.add(Point.BEFORE_RECOVERY_COMMIT, Point.AFTER_RECOVERY_COMMIT)
        else:
            self._marks.add(Point.BEFORE_OUTCOME_COMMIT, Point.AFTER_OUTCOME_COMMIT)
        return sequence


class _WatchedOutbox:
    def __init__(self, inner: OutboxStore, marks: _Marks) -> None:
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

        return self._inner.sale(order, progress, accept)

    def ask_outcome(self, order: SaleOrder, on_step: OnProgress) -> AttemptOutcome | StillUnknown:
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

    def ask_outcome(self, order: SaleOrder, on_step: OnProgress) -> AttemptOutcome | StillUnknown:
        """Ask, and say that nothing was charged, whatever the answer."""
        super().ask_outcome(order, on_step)
        return AttemptOutcome(
            AttemptEvent.PROVE_NOT_CHARGED, Evidence.LAST_RESULT, "not_asked", "Taken for not charged."
        )


class MarkedPaperLine:
    """A line to a printer that kills the process when the ordered byte of a receipt has left."""

    def __init__(self, inner: PrinterTransport, switch: KillSwitch) -> None:
        self._inner = inner
        self._switch = switch
        self._left: int | None = None

    def receipt_begins(self) -> None:
        """Count from here."""
        self._left = self._switch.printing_stops_after()

    def receipt_ended(self) -> None:
        """Do not count what is sent between receipts."""
        self._left = None

    def open(self) -> None:
        """Pass on."""
        self._inner.open()

    def write(self, data: bytes, deadline_s: float) -> int:
        """Send; of the last piece only as much as was ordered, then die."""
        if self._left is None:
            return self._inner.write(data, deadline_s)
        taken = self._inner.write(data[: self._left], deadline_s)
        self._left -= taken
        if self._left == 0:
            self._switch.passing(Point.WHILE_PRINTING)
            self._left = None
        return taken

    def read(self, maximum: int, timeout_s: float) -> bytes:
        """Pass on."""
        return self._inner.read(maximum, timeout_s)

    def close(self) -> None:
        """Pass on."""
        self._inner.close()


class MarkedPrinter:
    """A printer whose line is told where a receipt begins and ends."""

    def __init__(self, inner: PrinterDevice, line: MarkedPaperLine) -> None:
        self._inner = inner
        self._line = line

    def print_receipt(self, receipt: Receipt) -> PrintReport:
        """Print."""
        self._line.receipt_begins()
        try:
            return self._inner.print_receipt(receipt)
        finally:
            self._line.receipt_ended()

    def state(self) -> PrinterState:
        """Pass on."""
        return self._inner.state()

    def close(self) -> None:
        """Pass on."""
        self._inner.close()
