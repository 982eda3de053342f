"""Refunds: money given back to the card of a payment, in full or in part, by undoing the sale or by a credit.

A refund has one try with one terminal. That try is an attempt like a sale's and takes the same steps, so there is one
table of transitions, one fence and one rule for what blocks a terminal; only its words differ.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum

from gateway.domain.cards.payment import Attempt, AttemptState, OriginalTransaction, Payment, TerminalResult
from gateway.domain.cards.reservation import Hold
from gateway.domain.cards.terminal_day import DayClose
from gateway.domain.errors import RuleError
from gateway.domain.ids import DeviceId, PaymentId, RefundId, RegisterId, StoreId, TenantId
from gateway.domain.money import Money
from gateway.domain.sales.taken import taken_of


class RefundState(StrEnum):
    """Where a refund stands."""

    SENT = "sent"
    UNKNOWN = "unknown"
    APPROVED = "approved"
    DECLINED = "declined"
    CANCELLED = "cancelled"
    NOT_DONE = "not_done"


REFUND_STATES: dict[AttemptState, RefundState] = {
    AttemptState.SENT: RefundState.SENT,
    AttemptState.UNKNOWN: RefundState.UNKNOWN,
    AttemptState.APPROVED: RefundState.APPROVED,
    AttemptState.DECLINED: RefundState.DECLINED,
    AttemptState.CANCELLED: RefundState.CANCELLED,
    AttemptState.NOT_CHARGED: RefundState.NOT_DONE,
}
"""A refund shows the state of its one attempt; its steps are those of ``gateway.domain.cards.payment.TRANSITIONS``."""

CLAIMING = frozenset({AttemptState.SENT, AttemptState.UNKNOWN, AttemptState.APPROVED})
"""States in which a refund's amount counts as given back: it has been, or it may have been."""


class RefundWay(StrEnum):
    """How the money goes back."""

    REVERSAL = "reversal"
    """the terminal undoes the sale as a whole, by its own numbers"""
    CREDIT = "credit"
    """a movement of its own to the card that is shown"""


class ReversalBy(StrEnum):
    """By what a terminal finds the sale it shall undo."""

    RECEIPT_NO = "receipt_no"
    TERMINAL_NAME = "terminal_name"
    NOTHING = "nothing"
    """it undoes whatever it takes for the last sale: never asked for, it could be another customer's"""


@dataclass(frozen=True, slots=True)
class RefundMeans:
    """What a terminal's protocol offers to give money back."""

    reversal_by: ReversalBy
    credit: bool


@dataclass(frozen=True, slots=True)
class Refund:
    """Our intention to give an amount of one payment back. Never changed once stored.

    ``register_id``, ``terminal_id``: where it is given back; ``trace_id``: that of the payment.
    """

    tenant_id: TenantId
    store_id: StoreId
    id: RefundId
    payment_id: PaymentId
    register_id: RegisterId
    terminal_id: DeviceId
    amount: Money
    way: RefundWay
    original: OriginalTransaction
    reason: str
    created_at: datetime
    created_by: str
    trace_id: str


Movement = Payment | Refund | Hold | DayClose
"""What one attempt is to bring about."""


@dataclass(frozen=True, slots=True)
class ChosenWay:
    """How an amount will be given back, and why so, in one sentence."""

    way: RefundWay
    words: str


@dataclass(frozen=True, slots=True)
class RefundWish:
    """What decides over the way.

    ``paid_on``, ``today``: dates of the store's calendar; ``same_terminal``: it goes back where it was paid;
    ``reversal_refused``: the terminal has refused to undo this sale before.
    """

    amount: Money
    captured: Money
    paid_on: date
    today: date
    same_terminal: bool
    reversal_refused: bool


def choose_way(wish: RefundWish, original: OriginalTransaction, means: RefundMeans) -> ChosenWay:
    """Return how the amount is given back: undone where that is safe, since it costs nothing; else credited.

    Raises:
        RuleError: ``refund_not_possible`` when the terminal can do neither.
    """
    hindrance = _hindrance(wish, original, means)
    if not hindrance:
        return ChosenWay(RefundWay.REVERSAL, "The whole amount on the day of the sale: the terminal undoes the sale.")
    if means.credit:
        return ChosenWay(RefundWay.CREDIT, f"{hindrance} The amount is credited to the card.")
    hint = "Give it back in another way, such as in cash, and note it there."
    raise RuleError("refund_not_possible", f"{hindrance} This terminal cannot credit a card.", hint)


def _hindrance(wish: RefundWish, original: OriginalTransaction, means: RefundMeans) -> str:
    """Say why the sale cannot be undone; empty when it can."""
    if wish.amount != wish.captured:
        return "A part of the amount."
    if not wish.same_terminal:
        return "Another terminal took the payment."
    if wish.paid_on != wish.today:
        return "The payment is of another day."
    if wish.reversal_refused:
        return "The terminal refused to undo the sale before."
    known = {
        ReversalBy.RECEIPT_NO: original.receipt_no is not None and original.receipt_no > 0,
        ReversalBy.TERMINAL_NAME: bool(original.terminal_reference and original.made_at),
        ReversalBy.NOTHING: False,
    }
    return "" if known[means.reversal_by] else "The terminal cannot be told which sale to undo."


def original_of(attempt: Attempt) -> OriginalTransaction:
    """Return how the terminal can be told of an approved attempt."""
    result = attempt.result or TerminalResult()
    return OriginalTransaction(
        receipt_no=result.numbers.receipt_no,
        trace_no=result.numbers.trace_no,
        reference=attempt.id.hex,
        terminal_reference=result.terminal_reference,
        made_at=result.made_at,
    )


def captured_by(payment: Payment, attempts: Iterable[Attempt]) -> Money:
    """Return what the card was charged, tips included; nothing while no attempt is approved."""
    return taken_of(payment, attempts).amount


def left_to_refund(captured: Money, refunds: Iterable[tuple[Refund, Attempt]]) -> Money:
    """Return what may still be given back: captured less what was, or may have been, given back."""
    claimed = sum(refund.amount.minor for refund, attempt in refunds if attempt.state in CLAIMING)
    return Money(captured.minor - claimed, captured.currency)


def check_amount(amount: Money, left: Money) -> None:
    """Refuse what exceeds the payment.

    Raises:
        RuleError: ``nothing_to_refund`` when nothing is left, ``refund_exceeds_payment`` when less is left.
    """
    if left.minor <= 0:
        hint = "Look at the refunds of this payment; one whose outcome is unknown counts as given back."
        raise RuleError("nothing_to_refund", "Nothing of this payment is left to give back.", hint)
    if amount.currency != left.currency or amount.minor > left.minor:
        shown = f"{left.to_decimal()} {left.currency.code}"
        raise refund_exceeds_payment(f"Of this payment {shown} is left to give back.")


def refund_exceeds_payment(message: str = "More would be given back than was paid.") -> RuleError:
    """Return the error for a refund beyond what is left of its payment."""
    hint = "Send at most what is left; a refund whose outcome is unknown counts as given back."
    return RuleError("refund_exceeds_payment", message, hint)
