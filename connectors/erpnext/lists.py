"""Vendors, customers, orders and open items of ERPNext, in the order of their changes."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from decimal import Decimal
from typing import Any

from connectors.erp_mapping.change_cursor import ChangeCursor
from connectors.erp_mapping.line_prices import rounded
from connectors.erp_mapping.two_lists import payables_then_receivables
from connectors.erpnext.documents_api import Filters, FrappeDocuments
from connectors.erpnext.invoices import INVOICE
from gateway.domain.erp.failure import Effect

_ORDER, _SOLD = "Purchase Order", "Sales Invoice"
_OPEN_FIELDS = ("due_date", "grand_total", "outstanding_amount", "currency")
_CLOSED = frozenset({"Closed", "Completed", "Cancelled", "Delivered"})


class ErpnextLists:
    """Lists of one company."""

    def __init__(self, documents: FrappeDocuments, company: str) -> None:
        """``company``: its name there."""
        self._documents = documents
        self._company = company

    def vendors(self, values: Mapping[str, Any], _effect: Effect) -> object:
        """List suppliers with the IBANs of their bank accounts."""
        fields = ["supplier_name", "tax_id", "disabled", "on_hold", "payment_terms", "default_currency"]
        rows, page = self._page("Supplier", [], fields, values)
        of: Filters = [["party_type", "=", "Supplier"], ["party", "in", [row["name"] for row in rows]]]
        banks = self._documents.rows("list_bank_accounts", "Bank Account", of, ["party", "iban"]) if rows else []
        items = []
        for row in rows:
            ibans = ["".join(bank["iban"].split()) for bank in banks if bank["party"] == row["name"] and bank["iban"]]
            blocked = bool(row["disabled"] or row["on_hold"])
            items.append(
                {**_party(row, "supplier_name", blocked=blocked), "iban": ibans, "terms": row["payment_terms"]}
            )
        return {"items": items, **page}

    def customers(self, values: Mapping[str, Any], _effect: Effect) -> object:
        """List customers."""
        rows, page = self._page("Customer", [], ["customer_name", "tax_id", "disabled", "default_currency"], values)
        items = [_party(row, "customer_name", blocked=bool(row["disabled"])) for row in rows]
        return {"items": items, **page}

    def orders(self, values: Mapping[str, Any], _effect: Effect) -> object:
        """List orders that were submitted; their lines come by one call for each."""
        of: Filters = [["company", "=", self._company], ["docstatus", "in", [1, 2]]]
        rows, page = self._page(_ORDER, of, [], values)
        whole = [self._documents.one("list_order", _ORDER, row["name"]) for row in rows]
        return {"items": [_order(one) for one in whole if one is not None], **page}

    def open_items(self, values: Mapping[str, Any], _effect: Effect) -> object:
        """List bills that are not paid whole, then invoices of ours."""
        return payables_then_receivables(values, self._bills, self._invoices)

    def _bills(self, values: Mapping[str, Any]) -> tuple[list[dict[str, Any]], dict[str, Any]]:
        rows, page = self._page(INVOICE, self._open(), ["supplier", "bill_no", *_OPEN_FIELDS], values)
        return [_open_item(row, "payable", row["supplier"], row["bill_no"]) for row in rows], page

    def _invoices(self, values: Mapping[str, Any]) -> tuple[list[dict[str, Any]], dict[str, Any]]:
        rows, page = self._page(_SOLD, self._open(), ["customer", *_OPEN_FIELDS], values)
        return [_open_item(row, "receivable", row["customer"], "") for row in rows], page

    def _open(self) -> Filters:
        return [["company", "=", self._company], ["docstatus", "=", 1], ["outstanding_amount", "!=", 0]]

    def _page(
        self, doctype: str, of: Filters, fields: Sequence[str], values: Mapping[str, Any]
    ) -> tuple[list[dict[str, Any]], dict[str, Any]]:
        cursor, limit = ChangeCursor.read(values["cursor"]), int(values["limit"])
        since: Filters = [["modified", ">=", cursor.moment]] if cursor.moment else []
        told: Filters = [["name", "not in", list(cursor.told)]] if cursor.told else []
        rows = self._documents.rows(
            f"list {doctype}",
            doctype,
            [*of, *since, *told],
            ["name", "modified", *fields],
            limit=limit,
            order="modified asc, name asc",
        )
        after, complete = cursor.after([(row["modified"], row["name"]) for row in rows], limit)
        return rows, {"next": after, "complete": complete}


def _party(row: Mapping[str, Any], name: str, *, blocked: bool) -> dict[str, Any]:
    return {
        "erp_id": row["name"],
        "code": row["name"],
        "name": row[name],
        "vat_id": row["tax_id"],
        "currency": row["default_currency"],
        "blocked": blocked,
        "version": row["modified"],
    }


def _open_item(row: Mapping[str, Any], side: str, party: str, number: str) -> dict[str, Any]:
    return {
        "erp_id": row["name"],
        "side": side,
        "party": party,
        "number": number or row["name"],
        "due_on": row["due_date"],
        "amount": row["grand_total"],
        "remaining": row["outstanding_amount"],
        "currency": row["currency"],
        "version": row["modified"],
    }


def _order(order: Mapping[str, Any]) -> dict[str, Any]:
    closed = order["docstatus"] == 2 or order["status"] in _CLOSED
    return {
        "erp_id": order["name"],
        "number": order["name"],
        "vendor": order["supplier"],
        "currency": order["currency"],
        "ordered_on": order["transaction_date"],
        "status": "closed" if closed else "open",
        "lines": [_line(row) for row in order["items"]],
        "version": order["modified"],
    }


def _line(row: Mapping[str, Any]) -> dict[str, Any]:
    rate, billed = Decimal(str(row["rate"])), Decimal(str(row["billed_amt"]))
    return {
        "line_id": row["name"],
        "sku": row["item_code"],
        "text": row["item_name"],
        "unit": row["uom"],
        "ordered": row["qty"],
        "received": row["received_qty"],
        # Kept as an amount there.
        "billed": rounded(billed / rate, 6).normalize() if rate else Decimal(0),
        "unit_price": row["rate"],
    }
