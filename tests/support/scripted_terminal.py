"""A card terminal without a line: it passes the contract of the terminal port, and a test says what it does when.

It keeps its own books (what it charged, under which numbers), so that a test can compare them with the ledger.
"""

from __future__ import annotations

import threading
from collections import deque
from dataclasses import dataclass
from enum import StrEnum

from gateway.domain.errors import OperationalError
from gateway.domain.money import Money
from gateway.domain.payment import AttemptEvent, AttemptOutcome, Evidence, TerminalResult, TransactionNumbers
from gateway.ports.terminal import MayAccept, OnProgress, SaleOrder, StillUnknown, TerminalHeard, TerminalSilent

DEADLINE_S = 20.0


class Behaviour(StrEnum):
    """What the next sale comes to."""

    APPROVE = "approve"
    DECLINE = "decline"
    WAIT_FOR_CARD = "wait_for_card"
    """nothing happens until ``present_card`` or an abort"""
    LOSE_AFTER_BOOKING = "lose_after_booking"
    LOSE_AFTER_RESULT = "lose_after_result"
    """the result was heard, the end of the dialogue was not"""
    LOSE_BEFORE_BOOKING = "lose_before_booking"
    WRONG_AMOUNT = "wrong_amount"
    """approves, and books, one unit more than asked"""
    FAULT = "fault"
    """the driver raises after the command left"""


@dataclass(frozen=True)
class Booking:
    """One transaction the terminal holds."""

    amount_minor: int
    numbers: TransactionNumbers


class ScriptedTerminal:
    """One terminal; like a real one it lives on when the gateway in front of it is exchanged."""

    def __init__(self, currency: str = "EUR") -> None:
        self.behaviour = Behaviour.APPROVE
        self.reachable = True
        self.can_tell = True
        self.books: list[Booking] = []
        self.refused: list[int] = []
        self.commands: list[Money] = []
        self.asked = 0
        self.connects = 0
        self._currency = currency
        self._numbers: TransactionNumbers | None = None
        self._next_no = 41
        self._changed = threading.Condition()
        self._running = False
        self._abort = False
        self._card = False
        self._woken = False
        self._strays: deque[TerminalResult] = deque()

    def connect(self) -> TerminalHeard | TerminalSilent:
        with self._changed:
            self.connects += 1
            self._changed.notify_all()
            if not self.reachable:
                return TerminalSilent("no_answer", "The terminal does not answer.")
            if self.can_tell:
                self._numbers = self.books[-1].numbers if self.books else TransactionNumbers(0, 0, None)
            return TerminalHeard("52500041", ready=True, words="Ready.", numbers=self._numbers)

    def sale(self, order: SaleOrder, on_progress: OnProgress, may_accept: MayAccept) -> AttemptOutcome:
        with self._changed:
            self._running, self._abort, self._card = True, False, False
        try:
            if not order.still_wanted():
                return _nothing_sent(AttemptEvent.CANCEL, "cancelled_before_start")
            if order.amount.currency.code != self._currency:
                return _nothing_sent(AttemptEvent.PROVE_NOT_CHARGED, "currency_not_taken")
            if not self.reachable:
                return _nothing_sent(AttemptEvent.PROVE_NOT_CHARGED, "port_missing")
            with self._changed:
                if self._abort:
                    return _nothing_sent(AttemptEvent.CANCEL, "cancelled_before_start")
                self.commands.append(order.amount)
                self._changed.notify_all()
            on_progress("insert_card", "Insert card")
            return self._run(order, may_accept)
        finally:
            with self._changed:
                self._running = False
                self._changed.notify_all()

    def _run(self, order: SaleOrder, may_accept: MayAccept) -> AttemptOutcome:
        asked = order.amount.minor
        match self.behaviour:
            case Behaviour.FAULT:
                message = "the driver broke"
                raise RuntimeError(message)
            case Behaviour.DECLINE:
                return _said(AttemptEvent.DECLINE, "declined_05", TerminalResult(code="05"))
            case Behaviour.LOSE_BEFORE_BOOKING:
                return _lost()
            case Behaviour.LOSE_AFTER_BOOKING:
                self.book(asked)
                return _lost()
            case Behaviour.LOSE_AFTER_RESULT:
                booking = self.book(asked)
                self._numbers = booking.numbers
                return _lost(self._result(asked, booking.numbers))
            case Behaviour.WRONG_AMOUNT:
                return self._approve(asked + 1, may_accept)
            case Behaviour.WAIT_FOR_CARD:
                with self._changed:
                    assert self._changed.wait_for(lambda: self._card or self._abort, DEADLINE_S)
                    if self._abort:
                        return _said(AttemptEvent.CANCEL, "cancelled_6c", TerminalResult(code="6C"))
                return self._approve(asked, may_accept)
            case Behaviour.APPROVE:
                return self._approve(asked, may_accept)

    def _approve(self, amount_minor: int, may_accept: MayAccept) -> AttemptOutcome:
        result = self._result(amount_minor, self._numbers_now())
        if not may_accept(result):
            self.refused.append(amount_minor)
            return _said(AttemptEvent.DECLINE, "declined_taken_back", TerminalResult(code="64"))
        self._numbers = self.book(amount_minor).numbers
        return _said(AttemptEvent.APPROVE, "approved", result)

    def book(self, amount_minor: int) -> Booking:
        """Charge a card, as a sale or by the terminal's own keys."""
        with self._changed:
            booking = Booking(amount_minor, self._numbers_now())
            self.books.append(booking)
            self._next_no += 1
            return booking

    def ask_outcome(self, order: SaleOrder, on_step: OnProgress) -> AttemptOutcome | StillUnknown:
        on_step("checking", "asking")
        with self._changed:
            self.asked += 1
            self._changed.notify_all()
        if not self.reachable:
            return StillUnknown(heard=False, reason_code="terminal_silent", reason="no answer", result=TerminalResult())
        if not self.can_tell:
            return StillUnknown(heard=True, reason_code="no_decision", reason="cannot tell", result=TerminalResult())
        last = self.books[-1] if self.books else None
        before = order.baseline.receipt_no or 0
        if last is None or (last.numbers.receipt_no or 0) <= before:
            return _proved(AttemptEvent.PROVE_NOT_CHARGED, TerminalResult())
        self._numbers = last.numbers
        result = self._result(last.amount_minor, last.numbers)
        if last.amount_minor != order.amount.minor:
            return StillUnknown(heard=True, reason_code="no_decision", reason="other amount", result=result)
        return _proved(AttemptEvent.APPROVE, result)

    def last_numbers(self) -> TransactionNumbers | None:
        return self._numbers

    def idle(self, timeout_s: float) -> tuple[TerminalResult, ...]:
        with self._changed:
            self._changed.wait_for(lambda: self._woken or bool(self._strays) or not self.reachable, timeout_s)
            self._woken = False
            strays = tuple(self._strays)
            self._strays.clear()
            if not self.reachable and not strays:
                raise OperationalError("terminal_line_lost", "The line to the terminal broke.")
            if strays:
                self._numbers = strays[-1].numbers
            return strays

    def request_abort(self) -> None:
        with self._changed:
            if self._running:
                self._abort = True
                self._changed.notify_all()

    def wake(self) -> None:
        with self._changed:
            self._woken = True
            self._changed.notify_all()

    def close(self) -> None:
        """Nothing is open."""

    def present_card(self) -> None:
        """Let the waiting sale go on."""
        with self._changed:
            self._card = True
            self._changed.notify_all()

    def report(self, booking: Booking) -> TerminalResult:
        """Tell of a transaction between sales, unasked."""
        result = self._result(booking.amount_minor, booking.numbers)
        with self._changed:
            self._strays.append(result)
            self._changed.notify_all()
        return result

    def until_commanded(self, count: int) -> None:
        """Wait until so many sale commands arrived."""
        with self._changed:
            assert self._changed.wait_for(lambda: len(self.commands) >= count, DEADLINE_S), f"{count} sale commands"

    def until_connects(self, count: int) -> None:
        """Wait until the line was opened so often."""
        with self._changed:
            assert self._changed.wait_for(lambda: self.connects >= count, DEADLINE_S), f"{count} connects"

    def _numbers_now(self) -> TransactionNumbers:
        return TransactionNumbers(self._next_no, 500 + self._next_no, None)

    def _result(self, amount_minor: int, numbers: TransactionNumbers) -> TerminalResult:
        return TerminalResult(amount_minor=amount_minor, numbers=numbers, code="00", card_masked="411111******1111")


def _said(event: AttemptEvent, code: str, result: TerminalResult) -> AttemptOutcome:
    return AttemptOutcome(event, Evidence.DIALOGUE, code, f"The terminal said {code}.", result)


def _proved(event: AttemptEvent, result: TerminalResult) -> AttemptOutcome:
    return AttemptOutcome(event, Evidence.LAST_RESULT, str(event), "The terminal proved it.", result)


def _nothing_sent(event: AttemptEvent, code: str) -> AttemptOutcome:
    return AttemptOutcome(event, Evidence.NOTHING_SENT, code, "Nothing was charged.")


def _lost(result: TerminalResult | None = None) -> AttemptOutcome:
    reason = "The terminal stopped answering."
    return AttemptOutcome(
        AttemptEvent.LOSE_ANSWER,
        Evidence.DIALOGUE,
        "line_lost",
        reason,
        result or TerminalResult(),
        terminal_heard=False,
    )
