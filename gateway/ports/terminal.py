"""A card terminal as the gateway sees it: blocking calls, made only by the one thread that owns the device."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from gateway.domain.cards.payment import (
    EXACT,
    AttemptOutcome,
    OriginalTransaction,
    PaymentTerms,
    TerminalResult,
    TransactionNumbers,
)
from gateway.domain.cards.refund import RefundWay
from gateway.domain.money import Money


def always_wanted() -> bool:
    """Say that nobody cancels."""
    return True


@dataclass(frozen=True, slots=True)
class SaleOrder:
    """What the device needs for one attempt.

    ``baseline``: the terminal's last numbers stored before; ``sent_at``: when the intent was stored, UTC.
    ``still_wanted``: asked right before the command leaves, when ``request_abort`` already reaches the sale: so a
    cancel of any moment is either seen here or reaches the running sale. ``reference``: the attempt's own name, at most
    35 characters; a terminal that is asked by name for a lost outcome knows it by this. ``terms``: what may differ.
    """

    amount: Money
    baseline: TransactionNumbers
    sent_at: datetime
    still_wanted: Callable[[], bool] = always_wanted
    reference: str = ""
    terms: PaymentTerms = EXACT


@dataclass(frozen=True, slots=True)
class HoldOrder:
    """What the device needs around a reservation.

    ``original``: the reservation; None makes one. ``charge``: an amount of it is charged, else it is let go as a whole;
    the other fields as in :class:`SaleOrder`.
    """

    amount: Money
    original: OriginalTransaction | None
    charge: bool
    baseline: TransactionNumbers
    sent_at: datetime
    still_wanted: Callable[[], bool] = always_wanted
    reference: str = ""


@dataclass(frozen=True, slots=True)
class RefundOrder:
    """What the device needs to give money back. ``original``: the sale; the other fields as in :class:`SaleOrder`."""

    amount: Money
    way: RefundWay
    original: OriginalTransaction
    baseline: TransactionNumbers
    sent_at: datetime
    still_wanted: Callable[[], bool] = always_wanted
    reference: str = ""


Order = SaleOrder | RefundOrder | HoldOrder
"""What moves money, or holds it."""


@dataclass(frozen=True, slots=True)
class TerminalHeard:
    """The terminal answered: its id, whether it is ready, and its last transaction numbers when it told them."""

    acquirer_terminal_id: str | None
    ready: bool
    words: str
    numbers: TransactionNumbers | None


@dataclass(frozen=True, slots=True)
class TerminalSilent:
    """The terminal could not be reached or did not answer. ``reason_code``: stable word; ``words``: what to do."""

    reason_code: str
    words: str


@dataclass(frozen=True, slots=True)
class StillUnknown:
    """The terminal was asked and the outcome stays open. ``heard``: it did answer, but not in a way that decides."""

    heard: bool
    reason_code: str
    reason: str
    result: TerminalResult


OnProgress = Callable[[str, str], None]
"""Called with a stable code and words, e.g. ``("insert_card", "Insert card")``."""

MayAccept = Callable[[TerminalResult], bool]
"""Asked before an approval is acknowledged; False lets the terminal take the sale back."""


class TerminalDevice(Protocol):
    """One terminal. Every call but ``request_abort`` is made by the owning thread."""

    def connect(self) -> TerminalHeard | TerminalSilent:
        """Open the line if needed, register, and read the last transaction numbers."""

    def sale(self, order: SaleOrder, on_progress: OnProgress, may_accept: MayAccept) -> AttemptOutcome:
        """Run one sale to its end. Sends the command at most once; never raises for what a device can do."""

    def hold(self, order: HoldOrder, on_progress: OnProgress, may_accept: MayAccept) -> AttemptOutcome:
        """Make, charge or let go a reservation, like :meth:`sale`: at most one command, and never an exception."""

    def give_back(self, order: RefundOrder, on_progress: OnProgress, may_accept: MayAccept) -> AttemptOutcome:
        """Give money back as ordered, like :meth:`sale`: at most one command, and never an exception."""

    def end_day(self, on_progress: OnProgress) -> AttemptOutcome:
        """Have the terminal hand in its bookings and tell its totals (``result.day``); never an exception."""

    def ask_day(self, on_step: OnProgress) -> AttemptOutcome | StillUnknown:
        """After a break in :meth:`end_day`: find out from the terminal's totals whether its day is closed."""

    def held_reservations(self) -> tuple[int, ...] | TerminalSilent:
        """Return the receipt numbers of the reservations the terminal itself holds open, where it can tell."""

    def ask_outcome(self, order: Order, on_step: OnProgress) -> AttemptOutcome | StillUnknown:
        """After a break: ask the terminal what became of ``order`` and judge it against the baseline."""

    def last_numbers(self) -> TransactionNumbers | None:
        """Return the newest numbers seen from this terminal, or None."""

    def idle(self, timeout_s: float) -> tuple[TerminalResult, ...]:
        """Serve the line between sales for up to ``timeout_s``; return results that belong to no running sale.

        Raises:
            OperationalError: ``terminal_line_lost`` when the line broke.
        """

    def request_abort(self) -> None:
        """Ask the terminal to stop the running sale; callable from any thread; the sale still ends by itself."""

    def wake(self) -> None:
        """Interrupt ``idle`` from another thread."""

    def close(self) -> None:
        """Close the line."""
