"""A shift as the API tells it."""

from typing import Any

from gateway.domain.money import Money
from gateway.domain.shifts.day_report import DayReport, ReportKind
from gateway.domain.shifts.day_report_text import report_document, report_of_text
from gateway.domain.shifts.shift import ForeignCount, Shift, ShiftFact, last_count, needs_review, shows_expected
from gateway.ports.shift_store import StoredReport
from gateway.services.shifts.manage_shifts import ShiftView
from gateway.web.payments.payment_answers import instant, money, to_json


def shift_location(shift_id: object) -> str:
    """Return where a shift is to be found."""
    return f"/v1/shifts/{shift_id}"


def shift_answer(view: ShiftView) -> bytes:
    """Write the first answer to a step; it is stored and replayed byte for byte."""
    return to_json(shift_document(view))


def shift_document(view: ShiftView) -> dict[str, Any]:
    """Return a shift. What should be in the drawer stands only in counts that are stored: whoever counts is blind."""
    shift, facts = view.shift, view.facts
    count = last_count(facts)
    location = shift_location(shift.id)
    return {
        "id": str(shift.id),
        "register_id": shift.register_id,
        "state": shift.state.value,
        "cashier": shift.cashier,
        "currency": shift.currency.code,
        "float": money(shift.float_amount),
        "opened_at": instant(shift.opened_at),
        "opened_by": shift.opened_by,
        "closed_at": None if shift.closed_at is None else instant(shift.closed_at),
        "difference": _maybe(None if count is None else count.difference),
        "needs_review": needs_review(shift, facts),
        "z_number": None if view.report is None else view.report.number,
        "facts": [_fact(one, tells=shows_expected(shift, one)) for one in facts],
        "links": {"self": location, "x": f"{location}/x", "z": f"{location}/z"},
    }


def shift_row(shift: Shift) -> dict[str, Any]:
    """Return a shift of a list."""
    return {
        "id": str(shift.id),
        "register_id": shift.register_id,
        "state": shift.state.value,
        "cashier": shift.cashier,
        "opened_at": instant(shift.opened_at),
        "closed_at": None if shift.closed_at is None else instant(shift.closed_at),
    }


def x_document(report: DayReport) -> dict[str, Any]:
    """Return an X report."""
    return {
        "kind": ReportKind.X.value,
        "number": None,
        "digest": None,
        "text": None,
        "report": report_document(report),
    }


def z_document(stored: StoredReport) -> dict[str, Any]:
    """Return a Z report as it was stored."""
    return {
        "kind": ReportKind.Z.value,
        "number": stored.number,
        "digest": stored.digest,
        "text": stored.document,
        "report": report_document(report_of_text(stored.document)),
    }


def _fact(fact: ShiftFact, *, tells: bool) -> dict[str, Any]:
    return {
        "id": str(fact.id),
        "sequence": fact.sequence,
        "kind": fact.kind.value,
        "amount": _maybe(fact.amount),
        "expected": _maybe(fact.expected if tells else None),
        "difference": _maybe(fact.difference if tells else None),
        "foreign": [_foreign(one) for one in fact.foreign] if tells else [],
        "reason": fact.reason,
        "actor": fact.actor,
        "recorded_at": instant(fact.recorded_at),
        # What was expected of foreign cash stands there too: it is told above, when it may be.
        "detail": {name: text for name, text in fact.detail.items() if not name.startswith("foreign")},
    }


def _foreign(count: ForeignCount) -> dict[str, Any]:
    return {
        "counted": money(count.counted),
        "expected": money(count.expected),
        "difference": money(count.difference),
    }


def _maybe(amount: Money | None) -> dict[str, str] | None:
    return None if amount is None else money(amount)
