"""A sale as the API tells it, in the manner of ``payment_answers``."""

from typing import Any

from gateway.domain.cards.refund import REFUND_STATES, RefundState
from gateway.domain.money import Money
from gateway.domain.sales.tax_lines import BillTotal, LineKind
from gateway.domain.sales.tender import GiveBack, Tender, TenderKind
from gateway.domain.sales.till_sale import SaleRecord, SaleVoid, TillLine, due_of
from gateway.web.payments.payment_answers import instant, money, to_json

DONE = "done"


def sale_location(sale_id: object) -> str:
    """Return where a sale is to be found."""
    return f"/v1/sales/{sale_id}"


def split_location(split_id: object) -> str:
    """Return where the shares of a split are to be found."""
    return f"/v1/sales/splits?id={split_id}"


def sale_bytes(record: SaleRecord) -> bytes:
    """Write the first answer to a new sale."""
    return to_json(sale_document(record))


def tender_bytes(record: SaleRecord, tender: Tender) -> bytes:
    """Write the first answer to a tender, with what is due after it."""
    return to_json(tender_with_due(record, tender))


def give_back_bytes(record: SaleRecord, back: GiveBack) -> bytes:
    """Write the first answer to what goes back."""
    return to_json(give_back_document(record, back))


def exchange_bytes(old: SaleRecord, back: GiveBack, new: SaleRecord) -> bytes:
    """Write the first answer to an exchange."""
    stored = next((one for one in old.give_backs if one.id == back.id), back)
    return to_json({"given_back": give_back_document(old, stored), "sale": sale_document(new)})


def split_document(split_id: object, records: tuple[SaleRecord, ...]) -> dict[str, Any]:
    """Return the shares of a split bill."""
    return {"id": str(split_id), "sales": [sale_document(record) for record in records]}


def sale_document(record: SaleRecord) -> dict[str, Any]:
    """Return a sale with everything that happened to it."""
    sale, settlement, location = record.sale, record.settlement, sale_location(record.sale.id)
    totals = sale.totals
    return {
        "id": str(sale.id),
        "register_id": sale.register_id,
        "number": None if settlement is None else settlement.number,
        "settled_at": None if settlement is None else instant(settlement.at),
        "voided": _void_document(record.void),
        "pricing": sale.pricing.value,
        "lines": [_line(line) for line in sale.lines],
        "totals": {
            "net": money(totals.net),
            "tax": money(totals.tax),
            "gross": money(totals.gross),
            "tip": money(totals.tip),
            "to_pay": money(totals.to_pay),
        },
        "rates": _rates(totals),
        "due": due_document(record),
        "tenders": [tender_document(tender) for tender in record.tenders],
        "given_back": [give_back_document(record, back) for back in record.give_backs],
        "payments": [str(paid.payment.id) for paid in record.payments],
        "refunds": [str(given.refund.id) for given in record.refunds],
        "customer_id": sale.customer_id,
        "reference": sale.reference,
        "split_of": None if sale.split_of is None else str(sale.split_of),
        "created_at": instant(sale.created_at),
        "created_by": sale.created_by,
        "trace_id": sale.trace_id,
        "links": {
            "self": location,
            "tenders": f"{location}/tenders",
            "give_backs": f"{location}/give-backs",
            "receipts": f"{location}/receipts",
            "void": f"{location}/void",
        },
    }


def due_document(record: SaleRecord) -> dict[str, Any]:
    """Return what is due; a sale that was given up owes nothing and still is not settled."""
    due = due_of(record)
    return {
        "rest": money(due.rest),
        "captured": money(due.captured),
        "pending": money(due.pending),
        "unknown": money(due.unknown),
        "refunded": money(due.refunded),
        "owed_back": money(due.owed_back),
        "refundable": money(due.refundable),
        "settled": due.settled and record.void is None,
    }


def _void_document(given_up: SaleVoid | None) -> dict[str, str] | None:
    if given_up is None:
        return None
    return {
        "id": str(given_up.id),
        "reason": given_up.reason,
        "at": instant(given_up.at),
        "by": given_up.by,
    }


def tender_document(tender: Tender) -> dict[str, Any]:
    """Return one tender."""
    return {
        "id": str(tender.id),
        "sale_id": str(tender.sale_id),
        "register_id": tender.register_id,
        "kind": tender.kind.value,
        "state": tender.state.value,
        "amount": money(tender.amount),
        "given": _maybe(tender.given),
        "customer_id": tender.customer_id,
        "detail": dict(tender.detail),
        "shift_id": None if tender.shift_id is None else str(tender.shift_id),
        "created_at": instant(tender.created_at),
        "created_by": tender.created_by,
        "ended_at": None if tender.ended_at is None else instant(tender.ended_at),
    }


def tender_with_due(record: SaleRecord, tender: Tender) -> dict[str, Any]:
    """Return one tender, and what is due on its sale."""
    return tender_document(tender) | {"due": due_document(record)}


def give_back_document(record: SaleRecord, back: GiveBack) -> dict[str, Any]:
    """Return what goes back; a refund to a card tells where it stands."""
    to_card = back.kind is TenderKind.CARD
    totals = back.totals
    return {
        "id": str(back.id),
        "sale_id": str(back.sale_id),
        "register_id": back.register_id,
        "kind": back.kind.value,
        "state": _refund_state(record, back) if to_card else DONE,
        "number": back.number,
        "amount": money(back.amount),
        "tender_id": None if back.tender_id is None else str(back.tender_id),
        "refund_id": str(back.id) if to_card else None,
        "lines": [{"line": line.number, "quantity": format(line.quantity, "f")} for line in back.lines],
        "totals": None
        if totals is None
        else {
            "net": money(totals.net),
            "tax": money(totals.tax),
            "gross": money(totals.gross),
            "rates": _rates(totals),
        },
        "reason": back.reason,
        "customer_id": back.customer_id,
        "detail": dict(back.detail),
        "shift_id": None if back.shift_id is None else str(back.shift_id),
        "created_at": instant(back.created_at),
        "created_by": back.created_by,
    }


def _refund_state(record: SaleRecord, back: GiveBack) -> str:
    """Return where the refund stands; one that is only being stored has been sent."""
    found = next((one for one in record.refunds if one.refund.id == back.id), None)
    state = RefundState.SENT if found is None else REFUND_STATES[found.attempt.state]
    return DONE if state is RefundState.APPROVED else state.value


def _line(line: TillLine) -> dict[str, Any]:
    sold, kind = line.taxed.sale_line, line.taxed.kind
    goods = "voucher" if line.voucher else "goods"
    return {
        "kind": goods if kind is LineKind.ITEM else kind.value,
        "text": sold.text,
        "quantity": format(sold.quantity, "f"),
        "unit_price": money(sold.unit_price),
        "amount": money(sold.amount),
        "tax_rate": line.taxed.rate.percent(),
        "item_id": line.item_id,
    }


def _rates(totals: BillTotal) -> list[dict[str, Any]]:
    return [{"rate": one.rate.percent(), "net": money(one.net), "tax": money(one.tax)} for one in totals.rates]


def _maybe(amount: Money | None) -> dict[str, str] | None:
    return None if amount is None else money(amount)
