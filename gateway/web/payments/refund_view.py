"""How the refunds of a payment look on a screen; pure, in the manner of ``payment_view``."""

from dataclasses import dataclass
from datetime import datetime

from gateway.domain.access import Caller, Permission
from gateway.domain.cards.card_receipt import short_number
from gateway.domain.cards.payment import FINAL_STATES, Attempt, AttemptState
from gateway.domain.cards.refund import REFUND_STATES, RefundState, RefundWay
from gateway.domain.money import Money
from gateway.ports.unit_of_work import RefundRecord
from gateway.services.payments.read_refunds import PaymentRefunds
from gateway.services.payments.refund_limit import RefundLimit
from gateway.web.payments.payment_view import (
    PRINT_RECEIPT,
    STATE_FACES,
    AttemptView,
    DeliveryView,
    Names,
    StateFace,
    StepView,
    card_words,
    outcome_reason,
    view_attempt,
    view_delivery,
)
from gateway.web.words import Words


@dataclass(frozen=True, slots=True)
class RefundView:
    """One refund as a screen shows it. The ``may_*`` flags join the state with the rights of the reader."""

    id: str
    payment_id: str
    short: str
    state: RefundState
    face: StateFace
    final: bool
    amount: Money
    way: RefundWay
    why: str
    created_at: datetime
    register: str
    terminal: str
    person: str
    card: str
    reason: str
    blocks_terminal: bool
    cancel_requested: bool
    attempt: AttemptView
    steps: tuple[StepView, ...]
    deliveries: tuple[DeliveryView, ...]
    may_cancel: bool
    may_ask: bool
    may_decide: bool
    may_print: bool


@dataclass(frozen=True, slots=True)
class RefundsView:
    """The refunds of a payment, newest first.

    ``left``: what may still be given back; ``offered``: how much of it this reader may give back now.
    """

    refunds: tuple[RefundView, ...]
    captured: Money
    left: Money
    offered: Money
    may_refund: bool


def view_refunds(found: PaymentRefunds, caller: Caller, names: Names, words: Words, limit: RefundLimit) -> RefundsView:
    """Return the face of all refunds of a payment for one reader."""
    seen = [one for one in reversed(found.refunds) if caller.may_use(one.refund.terminal_id)]
    may = limit.opens_to(caller) and found.left.minor > 0
    rows = tuple(view_refund(one, caller, names, words) for one in seen)
    offered = limit.left_for(caller, found.captured - found.left, found.left)
    return RefundsView(rows, found.captured, found.left, offered, may_refund=may)


def view_refund(record: RefundRecord, caller: Caller, names: Names, words: Words) -> RefundView:
    """Return the face of one refund for one reader."""
    refund, attempt, rights = record.refund, record.attempt, caller.permissions
    unknown = attempt.state is AttemptState.UNKNOWN
    return RefundView(
        id=str(refund.id),
        payment_id=str(refund.payment_id),
        short=short_number(refund.id),
        state=REFUND_STATES[attempt.state],
        face=STATE_FACES[attempt.state],
        final=attempt.state in FINAL_STATES,
        amount=refund.amount,
        way=refund.way,
        why=refund.reason,
        created_at=refund.created_at.astimezone(names.zone),
        register=names.registers.get(refund.register_id, refund.register_id),
        terminal=names.devices.get(refund.terminal_id, refund.terminal_id),
        person=refund.created_by,
        card=card_words(attempt.result),
        reason=_reason(attempt, words),
        blocks_terminal=attempt.blocks_terminal,
        cancel_requested=attempt.cancel_requested_at is not None,
        attempt=view_attempt(attempt, names, words),
        steps=tuple(
            StepView(event.recorded_at.astimezone(names.zone), _step(event.kind, event.words, words), event.actor)
            for event in record.events
        ),
        deliveries=tuple(
            view_delivery(message, names, words) for message in record.deliveries if message.kind == PRINT_RECEIPT
        ),
        may_cancel=attempt.state is AttemptState.SENT and Permission.PAYMENTS_CANCEL in rights,
        may_ask=unknown and Permission.PAYMENTS_CREATE in rights,
        may_decide=unknown and Permission.PAYMENTS_RESOLVE in rights,
        may_print=attempt.state in FINAL_STATES and Permission.RECEIPTS_PRINT in rights,
    )


def _step(kind: str, original: str, words: Words) -> str:
    """Return one line of the journal; the first tells how the money goes back."""
    if kind == RefundState.SENT:
        return f"{words('refund_journal.sent')} {words.retold(original)}"
    return words.translated("refund_journal", kind, original)


def _reason(attempt: Attempt, words: Words) -> str:
    """Return why a refund ended as it did; what a sale would say otherwise has its own text."""
    key = f"refund_reason.{attempt.reason_code}"
    return words(key) if words.known(key) else outcome_reason(attempt, words)
