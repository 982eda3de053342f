"""Payables and their journals as rows, and back: amounts as minor units, decimals as written."""

from collections.abc import Mapping
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from gateway.adapters.db.column_types import storable
from gateway.adapters.db.payments.mapping import AnyRow
from gateway.domain.documents.duplicates import number_key
from gateway.domain.ids import PayableId, StoreId, SupplierId, TenantId
from gateway.domain.money import Currency, Money
from gateway.domain.payables.payable import (
    HoldKind,
    Payable,
    PayableEvent,
    PayableKind,
    PayableLine,
    PayableState,
    PayableStep,
    PayableTax,
    PaymentHold,
)
from gateway.domain.payables.supplier import DiscountStep

NUMBER_KEY_MAX = 100
# Asking the class itself costs five times as much, and a run reads tens of thousands of rows.
_KINDS = {one.value: one for one in PayableKind}
_STATES = {one.value: one for one in PayableState}


def stored_key(number: str) -> str:
    """Return the key by which payables with the same number are found, as long as its column."""
    return storable(number_key(number))[:NUMBER_KEY_MAX]


def row_of(payable: Payable) -> dict[str, Any]:
    """Return a payable as a row."""
    key = stored_key(payable.number)
    return {
        "tenant_id": payable.tenant_id,
        "store_id": payable.store_id,
        "payable_id": payable.id,
        "kind": payable.kind.value,
        "supplier_id": payable.supplier_id,
        "number": storable(payable.number),
        "number_key": key,
        "issued_on": payable.issued_on.isoformat(),
        "received_on": payable.received_on.isoformat(),
        "due_on": payable.due_on.isoformat(),
        "currency": payable.gross.currency.code,
        "net_minor": payable.net.minor,
        "tax_minor": payable.tax.minor,
        "gross_minor": payable.gross.minor,
        "paid_minor": payable.paid.minor,
        "content": _content_of(payable),
        "reference": storable(payable.reference),
        "document_invoice_id": payable.document_invoice_id,
        "source": payable.source,
        "state": payable.state.value,
        "hold_kind": None if payable.hold is None else payable.hold.kind.value,
        "hold": _hold_row(payable.hold),
        "search_text": f"{storable(payable.number)} {key}".casefold(),
        "created_at": payable.created_at,
        "created_by": storable(payable.created_by),
        "changed_at": payable.changed_at,
        "version": payable.version,
    }


def payable_of(row: AnyRow) -> Payable:
    """Return the payable of a row."""
    currency, content = Currency.of(row.currency), row.content
    return Payable(
        tenant_id=TenantId(row.tenant_id),
        store_id=StoreId(row.store_id),
        id=PayableId(row.payable_id),
        kind=_KINDS[row.kind],
        supplier_id=SupplierId(row.supplier_id),
        number=row.number,
        issued_on=date.fromisoformat(row.issued_on),
        received_on=date.fromisoformat(row.received_on),
        due_on=date.fromisoformat(row.due_on),
        net=Money(row.net_minor, currency),
        tax=Money(row.tax_minor, currency),
        gross=Money(row.gross_minor, currency),
        lines=tuple([_line_of(one, currency) for one in content["lines"]]),
        taxes=tuple(
            [PayableTax(Decimal(one[0]), Money(one[1], currency), Money(one[2], currency)) for one in content["taxes"]]
        ),
        state=_STATES[row.state],
        paid=Money(row.paid_minor, currency),
        created_at=row.created_at,
        changed_at=row.changed_at,
        discounts=tuple([DiscountStep(days, Decimal(percent)) for days, percent in content["discounts"]]),
        order_numbers=tuple(content["order_numbers"]),
        freight=_money_of(content["freight"], currency),
        rounding=_money_of(content["rounding"], currency),
        printed_iban=content["printed_iban"],
        reference=row.reference,
        credited_number=content["credited_number"],
        document_invoice_id=row.document_invoice_id,
        source=row.source,
        hold=_hold_of(row.hold),
        created_by=row.created_by,
        version=row.version,
    )


def event_row(payable: Payable, event: PayableEvent) -> dict[str, Any]:
    """Return a line of a journal as a row."""
    return {
        "tenant_id": payable.tenant_id,
        "store_id": payable.store_id,
        "payable_id": payable.id,
        "sequence": event.sequence,
        "event_id": event.id,
        "step": event.step.value,
        "before_state": event.before.value,
        "after_state": event.after.value,
        "actor": storable(event.actor),
        "reason": storable(event.reason),
        "detail": None if event.detail is None else _storable_texts(event.detail),
        "recorded_at": event.at,
    }


def event_of(row: AnyRow) -> PayableEvent:
    """Return the line of a journal of a row."""
    return PayableEvent(
        sequence=row.sequence,
        id=row.event_id,
        step=PayableStep(row.step),
        actor=row.actor,
        at=row.recorded_at,
        before=PayableState(row.before_state),
        after=PayableState(row.after_state),
        reason=row.reason,
        detail=row.detail,
    )


def _storable_texts(texts: Mapping[str, str]) -> dict[str, str]:
    return {storable(name): storable(value) for name, value in texts.items()}


def _content_of(payable: Payable) -> dict[str, Any]:
    return {
        "lines": [_line_row(line) for line in payable.lines],
        "taxes": [[str(one.percent), one.net.minor, one.tax.minor] for one in payable.taxes],
        "discounts": [[one.days, str(one.percent)] for one in payable.discounts],
        "order_numbers": [storable(one) for one in payable.order_numbers],
        "freight": None if payable.freight is None else payable.freight.minor,
        "rounding": None if payable.rounding is None else payable.rounding.minor,
        "printed_iban": storable(payable.printed_iban),
        "credited_number": storable(payable.credited_number),
    }


def _line_row(line: PayableLine) -> dict[str, Any]:
    return {
        "no": line.line_no,
        "text": storable(line.text),
        "quantity": str(line.quantity),
        "price": str(line.price),
        "amount": line.amount.minor,
        "sku": storable(line.sku),
        "unit": storable(line.unit),
        "tax": None if line.tax_percent is None else str(line.tax_percent),
        "order": storable(line.order_number),
        "order_line": line.order_line_no,
        "account": storable(line.account_code),
        "centre": storable(line.cost_centre),
        "tax_code": storable(line.tax_code),
    }


def _line_of(one: Mapping[str, Any], currency: Currency) -> PayableLine:
    return PayableLine(
        line_no=one["no"],
        text=one["text"],
        quantity=Decimal(one["quantity"]),
        price=Decimal(one["price"]),
        amount=Money(one["amount"], currency),
        sku=one["sku"],
        unit=one["unit"],
        tax_percent=None if one["tax"] is None else Decimal(one["tax"]),
        order_number=one["order"],
        order_line_no=one["order_line"],
        account_code=one["account"],
        cost_centre=one["centre"],
        tax_code=one["tax_code"],
    )


def _money_of(minor: int | None, currency: Currency) -> Money | None:
    return None if minor is None else Money(minor, currency)


def _hold_row(hold: PaymentHold | None) -> dict[str, str] | None:
    if hold is None:
        return None
    return {
        "kind": hold.kind.value,
        "reason": storable(hold.reason),
        "by": storable(hold.by),
        "at": hold.at.isoformat(),
    }


def _hold_of(row: Mapping[str, str] | None) -> PaymentHold | None:
    if row is None:
        return None
    return PaymentHold(HoldKind(row["kind"]), row["reason"], row["by"], datetime.fromisoformat(row["at"]))
