"""Payables as the API tells them; screens may use the same. No account number leaves whole."""

from typing import Any

from gateway.domain.money import Money
from gateway.domain.payables.payable import Payable, PayableEvent, PayableLine
from gateway.domain.payables.payment_order import PaymentOrder
from gateway.services.payables.read_payables import PayableRow, PayableView
from gateway.web.payments.payment_answers import instant, money

_SHOWN_LEAST = 8


def payable_row(row: PayableRow) -> dict[str, Any]:
    """Return a payable as a list shows it."""
    one, supplier = row.payable, row.supplier
    discount = None
    if row.discount is not None and row.discount_until is not None:
        discount = {
            "amount": money(row.discount),
            "until": row.discount_until.isoformat(),
            "ends_soon": row.discount_ends_soon,
        }
    return {
        "id": str(one.id),
        "kind": one.kind.value,
        "supplier": None
        if supplier is None
        else {
            "id": str(supplier.id),
            "number": supplier.number,
            "name": supplier.name,
            "blocked": supplier.blocked,
        },
        "number": one.number,
        "issued_on": one.issued_on.isoformat(),
        "received_on": one.received_on.isoformat(),
        "due_on": one.due_on.isoformat(),
        "overdue_days": row.overdue_days,
        "net": money(one.net),
        "tax": money(one.tax),
        "gross": money(one.gross),
        "paid": money(one.paid),
        "state": one.state.value,
        "hold": _hold(one),
        "discount": discount,
        "source": one.source,
        "document_invoice_id": None if one.document_invoice_id is None else str(one.document_invoice_id),
        "created_at": instant(one.created_at),
        "created_by": one.created_by,
        "changed_at": instant(one.changed_at),
        "version": one.version,
    }


def payable_whole(view: PayableView) -> dict[str, Any]:
    """Return a payable with lines, journal and payments."""
    one = view.payable
    return payable_row(view.row) | {
        "lines": [_line(line) for line in one.lines],
        "taxes": [{"percent": str(tax.percent), "net": money(tax.net), "tax": money(tax.tax)} for tax in one.taxes],
        "discounts": [{"days": step.days, "percent": str(step.percent)} for step in one.discounts],
        "order_numbers": list(one.order_numbers),
        "freight": _maybe(one.freight),
        "rounding": _maybe(one.rounding),
        "printed_account": account_hint(one.printed_iban),
        "reference": one.reference,
        "credited_number": one.credited_number,
        "steps": sorted(step.value for step in view.steps),
        "events": [_event(event) for event in view.events],
        "orders": [_order(order, one) for order in view.orders],
    }


def account_hint(iban: str) -> str:
    """Return country and last four characters of an account as printed; nothing of one too short to be one."""
    plain = iban.replace(" ", "")
    return f"{plain[:2]}..{plain[-4:]}" if len(plain) >= _SHOWN_LEAST else ""


def _maybe(amount: Money | None) -> dict[str, str] | None:
    return None if amount is None else money(amount)


def _hold(one: Payable) -> dict[str, str] | None:
    if one.hold is None:
        return None
    return {"kind": one.hold.kind.value, "reason": one.hold.reason, "by": one.hold.by, "at": instant(one.hold.at)}


def _line(line: PayableLine) -> dict[str, Any]:
    return {
        "line_no": line.line_no,
        "text": line.text,
        "quantity": format(line.quantity, "f"),
        "price": format(line.price, "f"),
        "amount": money(line.amount),
        "sku": line.sku,
        "unit": line.unit,
        "tax_percent": None if line.tax_percent is None else str(line.tax_percent),
        "order_number": line.order_number,
        "order_line_no": line.order_line_no,
        "account_code": line.account_code,
        "cost_centre": line.cost_centre,
        "tax_code": line.tax_code,
    }


def _event(event: PayableEvent) -> dict[str, Any]:
    return {
        "sequence": event.sequence,
        "step": event.step.value,
        "actor": event.actor,
        "at": instant(event.at),
        "before": event.before.value,
        "after": event.after.value,
        "reason": event.reason,
        "detail": dict(event.detail or {}),
    }


def _order(order: PaymentOrder, one: Payable) -> dict[str, Any]:
    parts = [part for part in order.allocations if part.payable_id == one.id]
    nothing = Money(0, order.amount.currency)
    return {
        "id": str(order.id),
        "run_id": str(order.run_id),
        "state": order.state.value,
        "reconciled_line": None if order.reconciled_line is None else str(order.reconciled_line),
        "amount": money(sum((part.amount for part in parts), nothing)),
        "discount": money(sum((part.discount for part in parts), nothing)),
        "end_to_end_id": order.end_to_end_id,
    }
