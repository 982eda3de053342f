"""Answers about orders, receipts, tax codes, cost centres and imports."""

from gateway.domain.payables.import_fields import FIELDS
from gateway.domain.payables.purchase import CostCentre, GoodsReceipt, OrderLine, PurchaseOrder, TaxCode
from gateway.services.payables.import_columns import TableSeen
from gateway.services.payables.import_plan import ImportPlan, PlannedRow, Verdict
from gateway.services.payables.manage_orders import OrderView
from gateway.web.payments.payment_answers import money

_TEXTS = ("line_no", "text", "sku", "supplier_sku", "unit", "tax_code", "account_code", "cost_centre")


def order_document(order: PurchaseOrder) -> dict[str, object]:
    """Return an order as the API tells it."""
    return {
        "id": str(order.id),
        "number": order.number,
        "supplier_id": str(order.supplier_id),
        "ordered_on": order.ordered_on.isoformat(),
        "currency": order.currency,
        "lines": [_line(line) for line in order.lines],
        "freight": money(order.freight),
        "closed": order.closed,
        "version": order.version,
    }


def order_whole(view: OrderView) -> dict[str, object]:
    """Return an order with its deliveries and how far each line is."""
    return order_document(view.order) | {
        "receipts": [receipt_document(one) for one in view.receipts],
        "progress": [
            {"line_no": one.line_no, "received": f"{one.received:f}", "billed": f"{one.billed:f}"}
            for one in view.progress
        ],
    }


def receipt_document(receipt: GoodsReceipt) -> dict[str, object]:
    """Return a delivery."""
    return {
        "id": str(receipt.id),
        "number": receipt.number,
        "supplier_id": str(receipt.supplier_id),
        "received_on": receipt.received_on.isoformat(),
        "lines": [
            {"order_id": str(line.order_id), "line_no": line.line_no, "quantity": f"{line.quantity:f}"}
            for line in receipt.lines
        ],
    }


def tax_document(code: TaxCode) -> dict[str, object]:
    """Return a tax code."""
    return {
        "code": code.code,
        "name": code.name,
        "percent": f"{code.percent:f}",
        "account_code": code.account_code,
        "in_use": code.in_use,
        "discount_corrects_tax": code.discount_corrects_tax,
    }


def centre_document(centre: CostCentre) -> dict[str, object]:
    """Return a cost centre."""
    return {"code": centre.code, "name": centre.name, "owner": centre.owner, "in_use": centre.in_use}


def plan_document(plan: ImportPlan, *, applied: bool) -> dict[str, object]:
    """Return what an import would do or has done."""
    return {
        "kind": plan.kind.value,
        "digest": plan.digest,
        "applied": applied,
        **{verdict.value: plan.count(verdict) for verdict in Verdict},
        "unknown_columns": list(plan.unknown_columns),
        "rows": [_row(row) for row in plan.rows],
    }


def columns_document(seen: TableSeen) -> dict[str, object]:
    """Return the columns of a table with samples, and the fields there are."""
    return {
        "kind": seen.kind.value,
        "fingerprint": seen.fingerprint,
        "columns": [
            {"place": one.place, "heading": one.heading, "field": one.field, "samples": list(one.samples)}
            for one in seen.columns
        ],
        "missing": list(seen.missing),
        "fields": [{"name": field.name, "wanted": field.wanted} for field in FIELDS[seen.kind]],
    }


def _row(row: PlannedRow) -> dict[str, object]:
    return {
        "row": row.number,
        "key": row.key,
        "verdict": row.verdict.value,
        "changes": {name: list(pair) for name, pair in row.changes.items()},
        "account": row.account,
        "problems": [
            {"field": one.field, "code": one.code, "message": one.message, "hint": one.hint} for one in row.problems
        ],
    }


def _line(line: OrderLine) -> dict[str, object]:
    over, under = line.over_percent, line.under_percent
    return {name: getattr(line, name) for name in _TEXTS} | {
        "quantity": f"{line.quantity:f}",
        "price": f"{line.price:f}",
        "price_per": f"{line.price_per:f}",
        "amount": money(line.amount),
        "ways": line.ways.value,
        "over_percent": None if over is None else f"{over:f}",
        "under_percent": None if under is None else f"{under:f}",
    }
