"""Reservations and ends of days as the API tells them, in the manner of ``payment_answers``."""

from typing import Any

from gateway.domain.access import Caller
from gateway.domain.cards.payment import DayFigures, TerminalResult
from gateway.domain.cards.reservation import ReservationState
from gateway.domain.cards.terminal_day import DayState
from gateway.domain.money import Currency, Money, currency_with_number
from gateway.ports.day_close_store import DayCloseRecord
from gateway.ports.reservation_store import ReservationEvent, ReservationRecord
from gateway.services.paper.print_receipt import PRINT_RECEIPT
from gateway.services.payments.compare_held import HeldComparison
from gateway.web.payments.payment_answers import attempt_document, delivery_document, instant, money, to_json

WORDS: dict[ReservationState, str] = {
    ReservationState.SENT: "The terminal is working on it. Wait for its answer.",
    ReservationState.UNKNOWN: "What became of it is not known. Ask the terminal, or let a manager decide with proof.",
    ReservationState.HELD: "The amount is held on the card; nothing is charged. Charge it or let it go.",
    ReservationState.DECLINED: "Declined; nothing is held.",
    ReservationState.CANCELLED: "Cancelled; nothing is held.",
    ReservationState.NOT_RESERVED: "Nothing is held. Try again with a new reservation.",
    ReservationState.COMPLETED: "Charged; what was not charged is let go.",
    ReservationState.RELEASED: "Let go; nothing was charged.",
    ReservationState.EXPIRED: "It is gone, as a manager noted; nothing was charged.",
}
DAY_WORDS: dict[DayState, str] = {
    DayState.SENT: "The terminal is closing its day. Wait for its answer.",
    DayState.UNKNOWN: "It is not known whether the day is closed. The terminal is asked; or a manager decides.",
    DayState.CLOSED: "Closed. Nothing more is to be done.",
    DayState.REFUSED: "The terminal refused; its day is open. See its reason, then try again.",
    DayState.CANCELLED: "Cancelled; the day is open.",
    DayState.NOT_CLOSED: "The day is open. Try again.",
}


def reservation_location(reservation_id: object) -> str:
    """Return where a reservation is to be found."""
    return f"/v1/reservations/{reservation_id}"


def day_location(close_id: object) -> str:
    """Return where an end of day is to be found."""
    return f"/v1/terminal-days/{close_id}"


def reservation_bytes(record: ReservationRecord, caller: Caller) -> bytes:
    """Write the first answer to a request; it is stored and replayed byte for byte."""
    return to_json(reservation_document(record, caller))


def held_document(compared: HeldComparison) -> dict[str, Any]:
    """Return what a terminal and our books hold."""
    silent = compared.silent
    return {
        "terminal_id": compared.terminal_id,
        "asked_at": instant(compared.at),
        "reason_code": None if silent is None else silent.reason_code,
        "reason": None if silent is None else silent.words,
        "there": compared.there,
        "here": compared.here,
        "differences": [
            {
                "kind": one.kind.value,
                "receipt_no": one.receipt_no,
                "reservation_id": None if one.here is None else str(one.here.id),
                "amount": None if one.here is None else money(one.here.amount),
            }
            for one in compared.differences
        ],
    }


def reservation_document(record: ReservationRecord, caller: Caller) -> dict[str, Any]:
    """Return a reservation as far as the caller may see it."""
    made, location = record.reservation, reservation_location(record.reservation.id)
    charged = record.charged
    return {
        "id": str(made.id),
        "register_id": made.register_id,
        "terminal_id": made.terminal_id,
        "state": record.state.value,
        "words": WORDS[record.state],
        "amount": money(made.amount),
        "charged": None if charged is None else money(charged),
        "reference": made.reference,
        "created_at": instant(made.created_at),
        "created_by": made.created_by,
        "trace_id": made.trace_id,
        "payments": [str(payment.id) for payment, _ in record.completions],
        "made": attempt_document(record.made, made.amount, caller),
        "releases": [attempt_document(one, made.amount, caller) for one in record.releases],
        "write_off": None if record.write_off is None else record.write_off.reason,
        "events": [_event(event) for event in record.events],
        "deliveries": [delivery_document(one) for one in record.deliveries if one.kind == PRINT_RECEIPT],
        "links": {
            "self": location,
            "complete": f"{location}/complete",
            "release": f"{location}/release",
            "cancel": f"{location}/cancel",
        },
    }


def day_document(record: DayCloseRecord, currency: Currency) -> dict[str, Any]:
    """Return an end of day. ``currency``: of the terminal, where it told its figures without one."""
    close, attempt = record.close, record.attempt
    result = attempt.result or TerminalResult()
    day = result.day or DayFigures()
    named = (None if day.currency is None else currency_with_number(day.currency)) or currency
    return {
        "id": str(close.id),
        "terminal_id": close.terminal_id,
        "register_id": close.register_id,
        "state": record.state.value,
        "words": DAY_WORDS[record.state],
        "business_date": close.business_date.isoformat(),
        "scheduled": close.scheduled,
        "created_at": instant(close.created_at),
        "created_by": close.created_by,
        "ended_at": None if record.ended_at is None else instant(record.ended_at),
        "reason_code": attempt.reason_code,
        "reason": attempt.reason,
        "evidence": attempt.evidence.value if attempt.evidence else None,
        "sum": None if day.sum_minor is None else money(Money(day.sum_minor, named)),
        "brands": [
            {"brand": one.brand, "count": one.count, "sum": money(Money(one.sum_minor, named))} for one in day.brands
        ],
        "first_receipt_no": day.first_receipt_no,
        "last_receipt_no": day.last_receipt_no,
        "receipt": [line.text for receipt in result.receipts for line in receipt.lines],
    }


def _event(event: ReservationEvent) -> dict[str, Any]:
    return {
        "sequence": event.sequence,
        "kind": event.kind,
        "state": event.state.value,
        "words": event.words,
        "actor": event.actor,
        "recorded_at": instant(event.recorded_at),
    }
