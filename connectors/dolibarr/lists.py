"""Vendors, customers, orders and open items of Dolibarr, by their ids, and from the first again after the last.

Its filters cannot hold a moment, so that changes cannot be asked for: each round tells all, with versions.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from typing import Any

from connectors.dolibarr.bills import plain, status_of
from connectors.dolibarr.payments import DolibarrPayments
from connectors.dolibarr.rest import DolibarrRest
from connectors.erp_mapping.two_lists import payables_then_receivables
from gateway.domain.erp.failure import Effect, ErpFailure, FailureCode

_ORDER_CLOSED = frozenset({"5", "6", "7", "9"})
"""Received whole, cancelled, cancelled after sending, refused (constants of ``CommandeFournisseur``)."""
_RECEIVED_WHOLE = "5"
_DRAFT = "0"
_NEARLY_HALF_A_DAY = dt.timedelta(hours=11)
"""Midnight of Berlin is the evening before in UTC; noon, as we send it, has to stay in its day."""


class DolibarrLists:
    """Lists of one account."""

    def __init__(self, rest: DolibarrRest, payments: DolibarrPayments, currency: str) -> None:
        """``currency``: of the company."""
        self._rest = rest
        self._payments = payments
        self._currency = currency

    def vendors(self, values: Mapping[str, Any], _effect: Effect) -> object:
        """List vendors; their IBANs come by one call for each."""
        rows, page = self._page("list_vendor", "thirdparties", {"mode": "4"}, values)
        items = []
        for row in rows:
            banks = self._rest.rows("list_ibans", f"thirdparties/{row['id']}/bankaccounts")
            ibans = ["".join(str(bank["iban"]).split()) for bank in banks if bank.get("iban")]
            items.append({**_party(row, "code_fournisseur"), "iban": ibans})
        return {"items": items, **page}

    def customers(self, values: Mapping[str, Any], _effect: Effect) -> object:
        """List customers."""
        rows, page = self._page("list_customer", "thirdparties", {"mode": "1"}, values)
        return {"items": [_party(row, "code_client") for row in rows], **page}

    def orders(self, values: Mapping[str, Any], _effect: Effect) -> object:
        """List orders that are no drafts."""
        rows, page = self._page("list_order", "supplierorders", {}, values)
        return {"items": [self._order(row) for row in rows if status_of(row) != _DRAFT], **page}

    def open_items(self, values: Mapping[str, Any], _effect: Effect) -> object:
        """List bills that are not paid, then invoices of ours; what is open of each comes by one call."""
        return payables_then_receivables(values, self._bills, self._invoices)

    def _bills(self, values: Mapping[str, Any]) -> tuple[list[dict[str, Any]], dict[str, Any]]:
        return self._open("supplierinvoices", "payable", values)

    def _invoices(self, values: Mapping[str, Any]) -> tuple[list[dict[str, Any]], dict[str, Any]]:
        return self._open("invoices", "receivable", values)

    def _open(self, path: str, side: str, values: Mapping[str, Any]) -> tuple[list[dict[str, Any]], dict[str, Any]]:
        rows, page = self._page("list_open_item", path, {"status": "unpaid"}, values)
        items = [
            {
                "erp_id": f"{path}/{row['id']}",
                "side": side,
                "party": str(row["socid"]),
                "number": row.get("ref_supplier") or row["ref"],
                "due_on": _day(row.get("date_echeance") or row.get("date_lim_reglement") or row["date"]),
                "amount": plain(row["total_ttc"]),
                "remaining": f"{self._payments.remaining(path, row):f}",
                "currency": self._currency,
                "version": _version(row),
            }
            for row in rows
        ]
        return items, page

    def _page(
        self, operation: str, path: str, query: Mapping[str, str], values: Mapping[str, Any]
    ) -> tuple[list[dict[str, Any]], dict[str, Any]]:
        after, limit = values["cursor"] or "0", int(values["limit"])
        if not after.isdigit():
            raise ErpFailure(FailureCode.REFUSED, "The cursor is none of this connector.")
        # Single quotes have to be there, also around numbers.
        asked = {**query, "sortfield": "t.rowid", "limit": str(limit), "sqlfilters": f"(t.rowid:>:'{after}')"}
        rows = self._rest.rows(operation, path, asked)
        complete = len(rows) < limit
        return rows, {"next": "0" if complete else str(rows[-1]["id"]), "complete": complete}

    def _order(self, row: Mapping[str, Any]) -> dict[str, Any]:
        received, billed = status_of(row) == _RECEIVED_WHOLE, bool(int(row.get("billed") or 0))
        return {
            "erp_id": str(row["id"]),
            "number": row["ref"],
            "vendor": str(row["socid"]),
            "currency": row.get("multicurrency_code") or self._currency,
            "ordered_on": _day(row.get("date_commande") or row["date"]),
            "status": "closed" if status_of(row) in _ORDER_CLOSED and (billed or not received) else "open",
            "lines": [
                {
                    "line_id": str(line["id"]),
                    "sku": line.get("product_ref") or "",
                    "text": line.get("desc") or line.get("product_label") or "",
                    "ordered": plain(line["qty"]),
                    "received": plain(line["qty"]) if received else "0",
                    "billed": plain(line["qty"]) if billed else "0",
                    "unit_price": plain(line["subprice"]),
                    "tax_code": plain(line["tva_tx"]),
                }
                for line in row["lines"]
            ],
            "version": f"{status_of(row)}-{int(billed)}-{_version(row)}",
        }


def _party(row: Mapping[str, Any], code: str) -> dict[str, Any]:
    return {
        "erp_id": str(row["id"]),
        "code": row.get(code) or "",
        "name": row["name"],
        "vat_id": row.get("tva_intra") or "",
        "registration": row.get("idprof1") or "",
        "blocked": str(row.get("status", "1")) == "0",
        "version": _version(row),
    }


def _version(row: Mapping[str, Any]) -> str:
    return str(row.get("date_modification") or row.get("tms") or "")


def _day(moment: object) -> str:
    """Return the day of a moment: text, or the seconds of midnight where the server stands."""
    told = str(moment)
    if not told.isdigit():
        return told[:10]
    return (dt.datetime.fromtimestamp(int(told), dt.UTC) + _NEARLY_HALF_A_DAY).date().isoformat()
