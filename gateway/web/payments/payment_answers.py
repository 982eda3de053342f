"""A payment as the API tells it. Card numbers leave with the last four digits unless the caller may see more (C4)."""

import json
from datetime import datetime
from typing import Any

from gateway.domain.access import Caller, Permission
from gateway.domain.cards.payment import Attempt, AttemptState, Conversion, Payment, TransactionNumbers
from gateway.domain.cards.refund import REFUND_STATES
from gateway.domain.money import Money, currency_with_number
from gateway.domain.outbox import OutboxMessage
from gateway.domain.sales.sale import SaleLine
from gateway.domain.sales.taken import taken_of
from gateway.ports.unit_of_work import PaymentEvent, PaymentRecord, RefundEvent
from gateway.services.paper.print_receipt import PRINT_RECEIPT

WORDS: dict[AttemptState, str] = {
    AttemptState.SENT: "The terminal is working on it. Wait for its answer; do not charge this sale elsewhere.",
    AttemptState.UNKNOWN: "It is not known whether the card was charged. Do not charge again: ask the terminal, or "
    "let a manager decide with proof.",
    AttemptState.APPROVED: "Paid. Nothing more is to be done.",
    AttemptState.DECLINED: "Declined; nothing was charged. Try again or take another tender.",
    AttemptState.CANCELLED: "Cancelled; nothing was charged. Try again or take another tender.",
    AttemptState.NOT_CHARGED: "Nothing was charged. Try again or take another tender.",
}
_LAST_SHOWN = 4
_COMPACT = json.JSONEncoder(ensure_ascii=False, separators=(",", ":"))


def to_json(document: object) -> bytes:
    """Write an answer; the same document always gives the same bytes."""
    return _COMPACT.encode(document).encode()


def instant(when: datetime) -> str:
    """Write an instant in UTC (RFC 3339)."""
    return when.isoformat(timespec="milliseconds").replace("+00:00", "Z")


def money(amount: Money) -> dict[str, str]:
    """Write an amount."""
    return {"amount": amount.to_decimal(), "currency": amount.currency.code}


def payment_location(payment_id: object) -> str:
    """Return where a payment is to be found."""
    return f"/v1/payments/{payment_id}"


def new_payment(payment: Payment, attempt: Attempt, lines: tuple[SaleLine, ...], caller: Caller) -> bytes:
    """Write the first answer to a payment request; it is stored and replayed byte for byte."""
    return to_json(_document(payment, lines, (attempt,), (), (), caller))


def payment_document(record: PaymentRecord, caller: Caller) -> dict[str, Any]:
    """Return a stored payment as far as the caller may see it."""
    return _document(record.payment, record.sale.lines, record.attempts, record.events, record.deliveries, caller)


def event_document(event: PaymentEvent | RefundEvent) -> dict[str, Any]:
    """Return one line of the journal."""
    state = REFUND_STATES[event.state] if isinstance(event, RefundEvent) else event.state
    return {
        "sequence": event.sequence,
        "kind": event.kind,
        "state": state.value,
        "words": event.words,
        "actor": event.actor,
        "recorded_at": instant(event.recorded_at),
    }


def shown_card(masked: str | None, caller: Caller) -> str | None:
    """Return a masked card number as far as the caller may see it: last four, for deciders also the first six."""
    if masked is None or Permission.PAYMENTS_RESOLVE in caller.permissions:
        return masked
    hidden = len(masked) - _LAST_SHOWN
    return "*" * hidden + masked[hidden:] if hidden > 0 else masked


def _document(
    payment: Payment,
    lines: tuple[SaleLine, ...],
    attempts: tuple[Attempt, ...],
    events: tuple[PaymentEvent, ...],
    deliveries: tuple[OutboxMessage, ...],
    caller: Caller,
) -> dict[str, Any]:
    state = attempts[-1].state
    location = payment_location(payment.id)
    return {
        "id": str(payment.id),
        "sale_id": str(payment.sale_id),
        "register_id": payment.register_id,
        "terminal_id": payment.terminal_id,
        "state": state.value,
        "words": WORDS[state],
        "amount": money(payment.amount),
        "tip": _tip(payment),
        "allow_partial": payment.terms.allow_partial,
        "taken": _taken(payment, attempts),
        "reference": payment.reference,
        "created_at": instant(payment.created_at),
        "created_by": payment.created_by,
        "trace_id": payment.trace_id,
        "lines": [_line(line) for line in lines],
        "attempts": [attempt_document(attempt, payment.amount, caller) for attempt in attempts],
        "events": [event_document(event) for event in events],
        "deliveries": [delivery_document(message) for message in deliveries if message.kind == PRINT_RECEIPT],
        "links": {
            "self": location,
            "events": f"{location}/events",
            "cancel": f"{location}/cancel",
            "attempts": f"{location}/attempts",
            "receipts": f"{location}/receipts",
            "refunds": f"{location}/refunds",
        },
    }


def _tip(payment: Payment) -> dict[str, str] | None:
    minor = payment.terms.tip_minor
    return money(Money(minor, payment.amount.currency)) if minor else None


def _taken(payment: Payment, attempts: tuple[Attempt, ...]) -> dict[str, Any] | None:
    """Return what the card was charged; None as long as no attempt is approved."""
    if all(attempt.state is not AttemptState.APPROVED for attempt in attempts):
        return None
    taken = taken_of(payment, attempts)
    return {
        "amount": money(taken.amount),
        "tip": money(taken.tip),
        "rest": money(taken.rest),
    }


def conversion_document(told: Conversion | None) -> dict[str, Any] | None:
    """Return what the cardholder pays in the currency of the card; an unknown currency is told by its number."""
    if told is None:
        return None
    currency = currency_with_number(told.currency)
    return {
        "amount": str(told.amount_minor) if currency is None else Money(told.amount_minor, currency).to_decimal(),
        "currency": told.currency if currency is None else currency.code,
        "rate": told.rate,
        "markup": told.markup,
        "words": told.words,
    }


def _line(line: SaleLine) -> dict[str, Any]:
    return {
        "text": line.text,
        "quantity": format(line.quantity, "f"),
        "unit_price": money(line.unit_price),
        "amount": money(line.amount),
    }


def attempt_document(attempt: Attempt, asked: Money, caller: Caller) -> dict[str, Any]:
    """Return one try as far as the caller may see it; ``asked``: the amount it was about."""
    result = attempt.result
    card = None
    if result is not None and (result.card_name is not None or result.card_masked is not None):
        card = {"name": result.card_name, "number": shown_card(result.card_masked, caller)}
    amount = result.amount_minor if result else None
    return {
        "id": str(attempt.id),
        "number": attempt.number,
        "state": attempt.state.value,
        "sent_at": instant(attempt.sent_at),
        "concluded_at": _maybe(attempt.concluded_at),
        "cancel_requested_at": _maybe(attempt.cancel_requested_at),
        "terminal_blocked": attempt.blocks_terminal,
        "evidence": attempt.evidence.value if attempt.evidence else None,
        "reason_code": attempt.reason_code,
        "reason": attempt.reason,
        "decided_by": attempt.decided_by,
        "result_code": result.code if result else None,
        "terminal_amount": None if amount is None else money(Money(amount, asked.currency)),
        "conversion": conversion_document(result.conversion if result else None),
        "numbers": _numbers(result.numbers if result else TransactionNumbers()),
        "authorisation": result.authorisation if result else None,
        "acquirer_terminal_id": result.acquirer_terminal_id if result else None,
        "card": card,
    }


def _numbers(numbers: TransactionNumbers) -> dict[str, int | None]:
    return {
        "receipt_no": numbers.receipt_no,
        "trace_no": numbers.trace_no,
        "turnover_no": numbers.turnover_no,
    }


def delivery_document(message: OutboxMessage) -> dict[str, Any]:
    """Return where a receipt stands."""
    return {
        "id": str(message.id),
        "target": message.target,
        "copy": message.payload.get("copy", ""),
        "duplicate": bool(message.payload.get("duplicate")),
        "state": message.state.value,
        "note": message.note,
        "tries": message.tries,
    }


def _maybe(when: datetime | None) -> str | None:
    return None if when is None else instant(when)
