"""Vendors, customers and orders in the order of their changes; open items by the numbers of their ledger entries."""

from __future__ import annotations

import re
from collections.abc import Mapping
from decimal import Decimal
from typing import Any

from connectors.business_central.api import BusinessCentral, quoted
from connectors.business_central.journals import CentralJournals
from connectors.business_central.page_services import PageServices
from connectors.erp_mapping.change_cursor import ChangeCursor
from connectors.erp_mapping.two_lists import payables_then_receivables
from gateway.domain.erp.failure import Effect, ErpFailure, FailureCode

_NOT_BLOCKED = frozenset({"", " ", "_x0020_"})
_FRACTION = re.compile(r"\.(\d{1,6})\d*")
_BANK_ROWS_MAX = 1_000


class CentralLists:
    """Lists of one company."""

    def __init__(self, central: BusinessCentral, pages: PageServices, journals: CentralJournals) -> None:
        self._central = central
        self._pages = pages
        self._journals = journals

    def vendors(self, values: Mapping[str, Any], _effect: Effect) -> object:
        """List vendors, with their IBANs where the page of their bank accounts is published."""
        rows, page = self._page("vendors", "", values)
        ibans: dict[str, list[str]] = {}
        if rows and self._pages.published("bank_accounts"):
            # Apostrophes keep the signs of filters in a number from being read as such.
            numbers = "|".join(quoted(str(row["number"])) for row in rows)
            for account in self._pages.read("bank_accounts", {"Vendor_No": numbers}, _BANK_ROWS_MAX):
                if iban := "".join(account.get("IBAN", "").split()):
                    ibans.setdefault(account["Vendor_No"], []).append(iban)
        items = [{**self._party(row), "iban": ibans.get(row["number"], [])} for row in rows]
        return {"items": items, **page}

    def customers(self, values: Mapping[str, Any], _effect: Effect) -> object:
        """List customers."""
        rows, page = self._page("customers", "", values)
        return {"items": [self._party(row) for row in rows], **page}

    def orders(self, values: Mapping[str, Any], _effect: Effect) -> object:
        """List orders that are not billed whole; those that are disappear there."""
        rows, page = self._page("purchaseOrders", "purchaseOrderLines", values)
        return {"items": [_order(row) for row in rows], **page}

    def open_items(self, values: Mapping[str, Any], _effect: Effect) -> object:
        """List what we owe, then what we are owed."""
        return payables_then_receivables(values, self._payables, self._receivables)

    def _payables(self, values: Mapping[str, Any]) -> tuple[list[dict[str, Any]], dict[str, Any]]:
        return self._entries("vendor_entries", "payable", "Vendor_No", -1, values)

    def _receivables(self, values: Mapping[str, Any]) -> tuple[list[dict[str, Any]], dict[str, Any]]:
        return self._entries("customer_entries", "receivable", "Customer_No", 1, values)

    def _entries(
        self, page: str, side: str, party: str, sign: int, values: Mapping[str, Any]
    ) -> tuple[list[dict[str, Any]], dict[str, Any]]:
        cursor, limit = values["cursor"] or "0", int(values["limit"])
        if not cursor.isdecimal():
            raise ErpFailure(FailureCode.REFUSED, "The cursor is none of this connector.")
        rows = self._pages.read(page, {"Open": "true", "Entry_No": f">{cursor}"}, limit)
        items = [
            {
                "erp_id": f"{side}-{row['Entry_No']}",
                "side": side,
                "party": row[party],
                "number": row.get("External_Document_No") or row["Document_No"],
                "due_on": row["Due_Date"],
                "amount": sign * Decimal(row["Amount"]),
                "remaining": sign * Decimal(row["Remaining_Amount"]),
                "currency": row.get("Currency_Code") or self._journals.currency(),
                "version": f"{row['Entry_No']} {row['Remaining_Amount']}",
            }
            for row in rows
        ]
        whole = len(rows) < limit
        # What was open may be open still: after the last one all are told again.
        return items, {"next": "0" if whole else rows[-1]["Entry_No"], "complete": whole}

    def _page(self, entity: str, lines: str, values: Mapping[str, Any]) -> tuple[list[dict[str, Any]], dict[str, Any]]:
        cursor, limit = ChangeCursor.read(values["cursor"]), int(values["limit"])
        since = [f"lastModifiedDateTime ge {_asked(cursor.moment)}"] if cursor.moment else []
        told = [f"number ne {quoted(number)}" for number in cursor.told]
        query = {"$orderby": "lastModifiedDateTime,number", "$top": str(limit)}
        query |= {"$filter": " and ".join([*since, *told])} if since or told else {}
        query |= {"$expand": lines} if lines else {}
        rows = self._central.rows(f"list_{entity}", entity, query)
        seen = [(_moment(row["lastModifiedDateTime"]), row["number"]) for row in rows]
        after, complete = cursor.after(seen, limit)
        return rows, {"next": after, "complete": complete}

    def _party(self, row: Mapping[str, Any]) -> dict[str, Any]:
        return {
            "erp_id": row["number"],
            "code": row["number"],
            "name": row["displayName"],
            "vat_id": row["taxRegistrationNumber"],
            "currency": row["currencyCode"],
            "blocked": row["blocked"] not in _NOT_BLOCKED,
            "version": row["lastModifiedDateTime"],
        }


def _moment(told: str) -> str:
    """Return a moment as cursors hold it: to the millionth of a second, never later than it was."""
    plain = told.removesuffix("Z").replace("T", " ")
    return _FRACTION.sub(r".\1", plain)


def _asked(moment: str) -> str:
    return moment.replace(" ", "T") + "Z"


def _order(order: Mapping[str, Any]) -> dict[str, Any]:
    return {
        "erp_id": str(order["id"]),
        "number": order["number"],
        "vendor": order["vendorNumber"],
        "currency": order["currencyCode"],
        "ordered_on": order["orderDate"],
        "status": "open",
        "lines": [_line(row) for row in order["purchaseOrderLines"] if row["lineType"] != "Comment"],
        "version": order["lastModifiedDateTime"],
    }


def _line(row: Mapping[str, Any]) -> dict[str, Any]:
    return {
        "line_id": str(row["id"]),
        "sku": row["lineObjectNumber"],
        "text": row["description"],
        "unit": row["unitOfMeasureCode"],
        "ordered": row["quantity"],
        "received": row["receivedQuantity"],
        "billed": row["invoicedQuantity"],
        "unit_price": row["directUnitCost"],
    }
