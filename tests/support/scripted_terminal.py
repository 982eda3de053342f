"""A card terminal without a line: it passes the contract of the terminal port, and a test says what it does when.

It keeps its own books (what it charged, under which numbers), so that a test can compare them with the ledger.
"""

from __future__ import annotations

import threading
from collections import deque
from dataclasses import dataclass, replace
from enum import StrEnum

from gateway.domain.cards.payment import (
    EXACT,
    AttemptEvent,
    AttemptOutcome,
    BrandTotal,
    DayFigures,
    Evidence,
    TerminalResult,
    TransactionNumbers,
    fits,
)
from gateway.domain.errors import OperationalError
from gateway.domain.money import Money
from gateway.ports.terminal import (
    HoldOrder,
    MayAccept,
    OnProgress,
    Order,
    RefundOrder,
    SaleOrder,
    StillUnknown,
    TerminalHeard,
    TerminalSilent,
)

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
    PARTIAL = "partial"
    """approves, and books, half of what was asked"""
    TIP = "tip"
    """the cardholder adds a tip of one unit at the terminal"""
    FAULT = "fault"
    """the driver raises after the command left"""


@dataclass(frozen=True)
class Booking:
    """One transaction the terminal holds."""

    amount_minor: int
    numbers: TransactionNumbers
    gives_back: bool = False
    kind: str = "sale"
    """``sale``, ``refund``, ``reserve``, ``complete`` or ``release``"""


class ScriptedTerminal:
    """One terminal; like a real one it lives on when the gateway in front of it is exchanged."""

    def __init__(self, currency: str = "EUR") -> None:
        self.behaviour = Behaviour.APPROVE
        self.reachable = True
        self.can_tell = True
        self.books: list[Booking] = []
        self.refused: list[int] = []
        self.commands: list[Money] = []
        self.refunds: list[RefundOrder] = []
        self.holds: list[HoldOrder] = []
        self.days_closed = 0
        self.day_behaviour = Behaviour.APPROVE
        self.asked = 0
        self.connects = 0
        self.open_totals_minor = 0
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
        return self._operate(order, on_progress, may_accept)

    def give_back(self, order: RefundOrder, on_progress: OnProgress, may_accept: MayAccept) -> AttemptOutcome:
        self.refunds.append(order)
        return self._operate(order, on_progress, may_accept)

    def hold(self, order: HoldOrder, on_progress: OnProgress, may_accept: MayAccept) -> AttemptOutcome:
        self.holds.append(order)
        return self._operate(order, on_progress, may_accept)

    def end_day(self, on_progress: OnProgress) -> AttemptOutcome:
        on_progress("please_wait", "Please wait")
        if not self.reachable:
            return _nothing_sent(AttemptEvent.PROVE_NOT_CHARGED, "port_missing")
        match self.day_behaviour:
            case Behaviour.DECLINE:
                return _said(AttemptEvent.DECLINE, "day_refused", TerminalResult())
            case Behaviour.LOSE_BEFORE_BOOKING:
                return _lost()
            case Behaviour.LOSE_AFTER_BOOKING:
                self.days_closed += 1
                self.open_totals_minor = 0
                return _lost()
            case _:
                brands = (BrandTotal("visa", 2, self.open_totals_minor),)
                figures = DayFigures(self.open_totals_minor, "978", 1, 2, brands)
                self.days_closed += 1
                self.open_totals_minor = 0
                return _said(AttemptEvent.APPROVE, "day_closed", TerminalResult(day=figures))

    def ask_day(self, on_step: OnProgress) -> AttemptOutcome | StillUnknown:
        on_step("checking", "asking")
        self.asked += 1
        if not self.reachable:
            return StillUnknown(heard=False, reason_code="terminal_silent", reason="no answer", result=TerminalResult())
        event = AttemptEvent.PROVE_NOT_CHARGED if self.open_totals_minor else AttemptEvent.APPROVE
        return _proved(event, TerminalResult())

    def held_reservations(self) -> tuple[int, ...] | TerminalSilent:
        ended = {one.amount_minor for one in self.books if one.kind in ("complete", "release")}
        held = [one for one in self.books if one.kind == "reserve" and one.amount_minor not in ended]
        return tuple(one.numbers.receipt_no or 0 for one in held)

    @property
    def balance_minor(self) -> int:
        """What the terminal took from cards, less what it gave back."""
        moved = [one for one in self.books if one.kind not in ("reserve", "release")]
        return sum(-one.amount_minor if one.gives_back else one.amount_minor for one in moved)

    def _operate(self, order: Order, on_progress: OnProgress, may_accept: MayAccept) -> AttemptOutcome:
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

    def _run(self, order: Order, may_accept: MayAccept) -> AttemptOutcome:
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
                self.book(asked, order)
                return _lost()
            case Behaviour.LOSE_AFTER_RESULT:
                booking = self.book(asked, order)
                self._numbers = booking.numbers
                return _lost(self._result(asked, booking.numbers))
            case Behaviour.WAIT_FOR_CARD:
                with self._changed:
                    assert self._changed.wait_for(lambda: self._card or self._abort, DEADLINE_S)
                    if self._abort:
                        return _said(AttemptEvent.CANCEL, "cancelled_6c", TerminalResult(code="6C"))
            case _:
                pass
        tip_minor = 100 if self.behaviour is Behaviour.TIP else None
        amounts = {
            Behaviour.WRONG_AMOUNT: asked + 1,
            Behaviour.PARTIAL: asked // 2,
            Behaviour.TIP: asked + 100,
        }
        return self._approve(amounts.get(self.behaviour, asked), may_accept, order, tip_minor=tip_minor)

    def _approve(
        self, amount_minor: int, may_accept: MayAccept, order: Order, *, tip_minor: int | None = None
    ) -> AttemptOutcome:
        result = replace(self._result(amount_minor, self._numbers_now()), tip_minor=tip_minor)
        if not may_accept(result):
            self.refused.append(amount_minor)
            return _said(AttemptEvent.DECLINE, "declined_taken_back", TerminalResult(code="64"))
        self._numbers = self.book(amount_minor, order).numbers
        return _said(AttemptEvent.APPROVE, "approved", result)

    def book(self, amount_minor: int, order: Order | None = None) -> Booking:
        """Charge a card, or give back; without an order by the terminal's own keys."""
        with self._changed:
            booking = Booking(amount_minor, self._numbers_now(), isinstance(order, RefundOrder), _kind_of(order))
            self.books.append(booking)
            self._next_no += 1
            return booking

    def ask_outcome(self, order: Order, on_step: OnProgress) -> AttemptOutcome | StillUnknown:
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
        terms = order.terms if isinstance(order, SaleOrder) else EXACT
        if not fits(result, order.amount, terms) or last.kind != _kind_of(order):
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


def _kind_of(order: Order | None) -> str:
    match order:
        case RefundOrder():
            return "refund"
        case HoldOrder(original=None):
            return "reserve"
        case HoldOrder(charge=charge):
            return "complete" if charge else "release"
        case _:
            return "sale"


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
