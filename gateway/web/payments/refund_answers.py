"""A refund as the API tells it, in the manner of ``payment_answers``."""

from typing import Any

from gateway.domain.access import Caller
from gateway.domain.cards.payment import Attempt
from gateway.domain.cards.refund import REFUND_STATES, Refund, RefundState
from gateway.ports.unit_of_work import RefundRecord
from gateway.services.paper.print_receipt import PRINT_RECEIPT
from gateway.services.payments.read_refunds import PaymentRefunds
from gateway.web.payments.payment_answers import (
    attempt_document,
    delivery_document,
    event_document,
    instant,
    money,
    payment_location,
    to_json,
)

WORDS: dict[RefundState, str] = {
    RefundState.SENT: "The terminal is working on it. Wait for its answer; do not give the money back elsewhere.",
    RefundState.UNKNOWN: "It is not known whether the money was given back. Do not give it back again: ask the "
    "terminal, or let a manager decide with proof.",
    RefundState.APPROVED: "Given back. Nothing more is to be done.",
    RefundState.DECLINED: "Declined; nothing was given back. Try again with a new refund, or give it back otherwise.",
    RefundState.CANCELLED: "Cancelled; nothing was given back.",
    RefundState.NOT_DONE: "Nothing was given back. Try again with a new refund.",
}


def refund_location(refund_id: object) -> str:
    """Return where a refund is to be found."""
    return f"/v1/refunds/{refund_id}"


def new_refund(refund: Refund, attempt: Attempt, caller: Caller) -> bytes:
    """Write the first answer to a refund request; it is stored and replayed byte for byte."""
    return to_json(refund_document(RefundRecord(refund, attempt), caller))


def refunds_document(found: PaymentRefunds, caller: Caller) -> dict[str, Any]:
    """Return the refunds of a payment as far as the caller may see them."""
    return {
        "data": [refund_document(one, caller) for one in found.refunds if caller.may_use(one.refund.terminal_id)],
        "captured": money(found.captured),
        "left": money(found.left),
    }


def refund_document(record: RefundRecord, caller: Caller) -> dict[str, Any]:
    """Return a refund as far as the caller may see it."""
    refund, attempt = record.refund, record.attempt
    state, location = REFUND_STATES[attempt.state], refund_location(refund.id)
    return {
        "id": str(refund.id),
        "payment_id": str(refund.payment_id),
        "register_id": refund.register_id,
        "terminal_id": refund.terminal_id,
        "state": state.value,
        "words": WORDS[state],
        "way": refund.way.value,
        "amount": money(refund.amount),
        "reason": refund.reason,
        "created_at": instant(refund.created_at),
        "created_by": refund.created_by,
        "trace_id": refund.trace_id,
        "attempt": attempt_document(attempt, refund.amount, caller) | {"state": state.value},
        "events": [event_document(event) for event in record.events],
        "deliveries": [delivery_document(one) for one in record.deliveries if one.kind == PRINT_RECEIPT],
        "links": {
            "self": location,
            "payment": payment_location(refund.payment_id),
            "events": f"{location}/events",
            "cancel": f"{location}/cancel",
            "receipts": f"{location}/receipts",
        },
    }
