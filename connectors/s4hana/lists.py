"""Vendors, customers, orders and open items of S/4HANA, in the order of their numbers.

What was received or billed of an order does not change the order there, so the moment of its last change tells nothing:
each round tells all of a list, and the version of a record is a sum over what it says.
"""

from __future__ import annotations

import hashlib
from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from decimal import Decimal
from typing import Any, TypeVar
from urllib.parse import quote, unquote

from connectors.erp_mapping.exact_json import exact_json
from connectors.s4hana.entries import ITEMS
from connectors.s4hana.invoices import POSTED
from connectors.s4hana.keys import day_of
from connectors.s4hana.odata import INVOICES, ORDERS, PARTNERS, RECEIPTS, S4Services, one_of, quoted
from gateway.domain.erp.failure import Effect, ErpFailure, FailureCode

_AGAIN = "again"
"""Cursor behind the last record: the next round begins anew."""
_NAMES_MAX = 40
"""Numbers in one filter, which stands in an address."""
_OPEN_KEY = ("FiscalYear", "AccountingDocument", "AccountingDocumentItem")

_BILLED = ("SupplierInvoice", "FiscalYear", "SupplierInvoiceStatus", "SupplierInvoiceIsCreditMemo", "ReverseDocument")
_Named = TypeVar("_Named")
Quantities = Mapping[tuple[str, str], Decimal]
"""By order and item, without leading zeros."""


class S4Lists:
    """Lists of one company code."""

    def __init__(self, services: S4Services, company: str) -> None:
        """``company``: its code."""
        self._services = services
        self._company = company

    def vendors(self, values: Mapping[str, Any], _effect: Effect) -> object:
        """List suppliers with their IBANs."""
        told = "to_Supplier,to_Supplier/to_SupplierCompany,to_BusinessPartnerBank"
        return self._partners("Supplier", told, values, self._vendor)

    def customers(self, values: Mapping[str, Any], _effect: Effect) -> object:
        """List customers."""
        return self._partners("Customer", "to_Customer", values, _customer)

    def orders(self, values: Mapping[str, Any], _effect: Effect) -> object:
        """List orders; what was received and billed of them comes by further calls for each page."""
        of = f"CompanyCode eq {quoted(self._company)}"
        rows, page = self._page(
            f"{ORDERS}/PurchaseOrder", of, ("PurchaseOrder",), {"$expand": "_PurchaseOrderItem"}, values
        )
        numbers = [row["PurchaseOrder"] for row in rows]
        received, billed = self._received(numbers), self._billed(numbers)
        return {"items": [_versioned(_order(row, received, billed)) for row in rows], **page}

    def open_items(self, values: Mapping[str, Any], _effect: Effect) -> object:
        """List what is not cleared of suppliers and customers; parts that were paid are taken off."""
        of = f"{self._uncleared()} and InvoiceReference eq ''"
        rows, page = self._page(ITEMS, of, _OPEN_KEY, {}, values)
        paid: dict[tuple[str, str], Decimal] = defaultdict(Decimal)
        for numbers in _batches(sorted({row["AccountingDocument"] for row in rows})):
            by = {"$filter": f"{self._uncleared()} and {one_of('InvoiceReference', numbers)}"}
            for part in self._services.rows("list_parts", ITEMS, by):
                paid[part["InvoiceReference"], part["InvoiceReferenceFiscalYear"]] += _owed(part)
        items = [_open_item(row, paid[row["AccountingDocument"], row["FiscalYear"]]) for row in rows]
        return {"items": [_versioned(one) for one in items if one["remaining"]], **page}

    def _uncleared(self) -> str:
        types = one_of("FinancialAccountType", ("K", "D"))
        return f"CompanyCode eq {quoted(self._company)} and IsCleared eq false and {types}"

    def _partners(
        self, role: str, told: str, values: Mapping[str, Any], made: Callable[[Mapping[str, Any]], dict[str, Any]]
    ) -> object:
        rows, page = self._page(f"{PARTNERS}/A_BusinessPartner", f"{role} gt ''", (role,), {"$expand": told}, values)
        return {"items": [_versioned(made(row)) for row in rows], **page}

    def _vendor(self, row: Mapping[str, Any]) -> dict[str, Any]:
        vendor = row["to_Supplier"]
        companies = vendor["to_SupplierCompany"]["results"]
        terms = [one["PaymentTerms"] for one in companies if one["CompanyCode"] == self._company]
        blocked = vendor["PostingIsBlocked"] or vendor["PaymentIsBlockedForSupplier"] or vendor["DeletionIndicator"]
        return {
            **_party(row["Supplier"], vendor["SupplierName"], vendor, blocked=bool(blocked)),
            "iban": [bank["IBAN"] for bank in row["to_BusinessPartnerBank"]["results"] if bank["IBAN"]],
            "terms": next(iter(terms), ""),
        }

    def _received(self, orders: Sequence[str]) -> Quantities:
        found: dict[tuple[str, str], Decimal] = defaultdict(Decimal)
        for numbers in _batches(orders):
            query = {
                "$filter": one_of("PurchaseOrder", numbers),
                "$select": "PurchaseOrder,PurchaseOrderItem,QuantityInEntryUnit,DebitCreditCode",
            }
            for row in self._services.rows("list_receipts", f"{RECEIPTS}/A_MaterialDocumentItem", query):
                sign = 1 if row["DebitCreditCode"] == "S" else -1
                found[_place(row)] += sign * Decimal(row["QuantityInEntryUnit"])
        return found

    def _billed(self, orders: Sequence[str]) -> Quantities:
        found: dict[tuple[str, str], Decimal] = defaultdict(Decimal)
        for numbers in _batches(orders):
            query = {"$filter": one_of("PurchaseOrder", numbers)}
            rows = self._services.rows("list_billed", f"{INVOICES}/A_SuplrInvcItemPurOrdRef", query)
            signs = self._signs({(row["SupplierInvoice"], row["FiscalYear"]) for row in rows})
            for row in rows:
                sign = signs.get((row["SupplierInvoice"], row["FiscalYear"]), 0)
                found[_place(row)] += sign * Decimal(row["QuantityInPurchaseOrderUnit"])
        return found

    def _signs(self, invoices: Iterable[tuple[str, str]]) -> Mapping[tuple[str, str], int]:
        """Return 1 for posted invoices, -1 for credit notes; what is parked or cancelled is not there."""
        found = {}
        for some in _batches(sorted(invoices)):
            query = {
                "$filter": one_of("SupplierInvoice", sorted({number for number, _ in some})),
                "$select": ",".join(_BILLED),
            }
            for row in self._services.rows("list_billed", f"{INVOICES}/A_SupplierInvoice", query):
                if row["SupplierInvoiceStatus"] == POSTED and not row["ReverseDocument"]:
                    sign = -1 if row["SupplierInvoiceIsCreditMemo"] else 1
                    found[row["SupplierInvoice"], row["FiscalYear"]] = sign
        return found

    def _page(
        self, path: str, of: str, keys: Sequence[str], query: Mapping[str, str], values: Mapping[str, Any]
    ) -> tuple[list[dict[str, Any]], dict[str, Any]]:
        """Return the rows behind a cursor, which holds the keys of the last one."""
        last = [] if values["cursor"] in ("", _AGAIN) else [unquote(one) for one in values["cursor"].split("|")]
        if last and len(last) != len(keys):
            raise ErpFailure(FailureCode.REFUSED, "The cursor is none of this connector.")
        limit = int(values["limit"])
        told = {
            **query,
            "$filter": f"{of} and {_behind(keys, last)}" if last else of,
            "$orderby": ",".join(keys),
            "$top": str(limit),
        }
        rows = self._services.rows(f"list {path.rpartition('/')[2]}", path, told)
        complete = len(rows) < limit
        after = "|".join(quote(str(rows[-1][key]), safe="") for key in keys) if rows else _AGAIN
        return rows, {"next": _AGAIN if complete else after, "complete": complete}


def _batches(names: Sequence[_Named]) -> list[Sequence[_Named]]:
    return [names[at : at + _NAMES_MAX] for at in range(0, len(names), _NAMES_MAX)]


def _behind(keys: Sequence[str], last: Sequence[str]) -> str:
    """Return the filter for all behind some keys, by the first, and where it is the same, by the next."""
    key, value = keys[0], quoted(last[0])
    if len(keys) == 1:
        return f"{key} gt {value}"
    return f"({key} gt {value} or ({key} eq {value} and {_behind(keys[1:], last[1:])}))"


def _customer(row: Mapping[str, Any]) -> dict[str, Any]:
    customer = row["to_Customer"]
    blocked = customer["PostingIsBlocked"] or customer["DeletionIndicator"]
    return _party(row["Customer"], customer["CustomerName"], customer, blocked=bool(blocked))


def _party(number: str, name: str, row: Mapping[str, Any], *, blocked: bool) -> dict[str, Any]:
    return {"erp_id": number, "code": number, "name": name, "vat_id": row["VATRegistration"], "blocked": blocked}


def _order(order: Mapping[str, Any], received: Quantities, billed: Quantities) -> dict[str, Any]:
    items = [one for one in order["_PurchaseOrderItem"] if not one["PurchasingDocumentDeletionCode"]]
    done = all(one["IsCompletelyDelivered"] and one["IsFinallyInvoiced"] for one in items)
    return {
        "erp_id": order["PurchaseOrder"],
        "number": order["PurchaseOrder"],
        "vendor": order["Supplier"],
        "currency": order["DocumentCurrency"],
        "ordered_on": order["PurchaseOrderDate"],
        "status": "closed" if done or order["PurchaseOrderDeletionCode"] else "open",
        "lines": [_line(order["PurchaseOrder"], one, received, billed) for one in items],
    }


def _line(order: str, item: Mapping[str, Any], received: Quantities, billed: Quantities) -> dict[str, Any]:
    place = _place({"PurchaseOrder": order, **item})
    return {
        "line_id": item["PurchaseOrderItem"],
        "sku": item["Material"],
        "text": item["PurchaseOrderItemText"],
        "unit": item["PurchaseOrderQuantityUnit"],
        "ordered": str(item["OrderQuantity"]),
        "received": f"{received.get(place, Decimal(0)):f}",
        "billed": f"{billed.get(place, Decimal(0)):f}",
        "unit_price": f"{Decimal(str(item['NetPriceAmount'])) / (Decimal(str(item['NetPriceQuantity'])) or 1):f}",
        "tax_code": item["TaxCode"],
    }


def _place(row: Mapping[str, Any]) -> tuple[str, str]:
    return str(row["PurchaseOrder"]), str(row["PurchaseOrderItem"]).lstrip("0")


def _owed(row: Mapping[str, Any]) -> Decimal:
    """Return what is owed, by us to a supplier or by a customer to us; below zero for the other way."""
    usual = "H" if row["FinancialAccountType"] == "K" else "S"
    return abs(Decimal(row["AmountInTransactionCurrency"])) * (1 if row["DebitCreditCode"] == usual else -1)


def _open_item(row: Mapping[str, Any], parts: Decimal) -> dict[str, Any]:
    owed, payable = _owed(row), row["FinancialAccountType"] == "K"
    return {
        "erp_id": "/".join(str(row[key]) for key in _OPEN_KEY),
        "side": "payable" if payable else "receivable",
        "party": row["Supplier" if payable else "Customer"],
        "number": row["DocumentReferenceID"] or row["AccountingDocument"],
        "due_on": day_of(row["NetDueDate"]),
        "amount": owed,
        "remaining": owed + parts,
        "currency": row["TransactionCurrency"],
    }


def _versioned(record: dict[str, Any]) -> dict[str, Any]:
    told = hashlib.sha256(exact_json(record).encode()).hexdigest()
    return {**record, "version": told[:16]}
