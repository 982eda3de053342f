"""Vendors, customers, orders and open items, in the order of their changes."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from datetime import datetime
from decimal import Decimal
from typing import Any

from connectors.erp_mapping.change_cursor import ChangeCursor
from connectors.tryton.calls import plain, text_of
from connectors.tryton.records import Domain, TrytonRecords
from gateway.domain.erp.failure import Effect

_ENDED = frozenset({"done", "cancelled"})
_LINE = "purchase.line"


class TrytonLists:
    """Lists of one company."""

    def __init__(self, records: TrytonRecords, category: str) -> None:
        """``category``: name of the category whose parties are vendors; empty: all but our own company."""
        self._records = records
        self._category = category

    def vendors(self, values: Mapping[str, Any], _effect: Effect) -> object:
        """List vendors: Tryton does not mark them, so it is all parties, or those of a category."""
        rows, page = self._parties("list_vendor", values, "supplier_payment_term.rec_name")
        accounts = self._ibans([row["id"] for row in rows])
        items = [{**_party(row), "iban": accounts[row["id"]], "terms": _term(row)} for row in rows]
        return {"items": items, **page}

    def customers(self, values: Mapping[str, Any], _effect: Effect) -> object:
        """List customers: all parties as well."""
        rows, page = self._parties("list_customer", values, "customer_payment_term.rec_name")
        return {"items": [_party(row) for row in rows], **page}

    def orders(self, values: Mapping[str, Any], _effect: Effect) -> object:
        """List orders that changed, or of which something arrived: the cursors of both stand side by side."""
        heads, _, moves = values["cursor"].partition("&")
        domain: Domain = [["state", "in", ["confirmed", "processing", "done", "cancelled"]]]
        changed, page = self._page("list_order", "purchase.purchase", domain, ["number"], heads, values["limit"])
        arrived: Domain = [["origin", "like", f"{_LINE},%"], ["state", "in", ["done", "cancelled"]]]
        received, later = self._page("list_order", "stock.move", arrived, ["origin"], moves, values["limit"])
        lines = sorted({_origin(row["origin"]) for row in received})
        of: Domain = [["id", "in", lines]]
        known = self._records.rows("list_order", _LINE, of, ["purchase"]) if lines else []
        wanted = sorted({row["id"] for row in changed} | {row["purchase"] for row in known})
        after = f"{page['next']}&{later['next']}"
        return {"items": self._orders(wanted), "next": after, "complete": page["complete"] and later["complete"]}

    def open_items(self, values: Mapping[str, Any], _effect: Effect) -> object:
        """List what is open, of vendors and customers."""
        domain: Domain = [
            ["OR", ["account.type.payable", "=", True], ["account.type.receivable", "=", True]],
            ["reconciliation", "=", None],
            ["move_state", "=", "posted"],
            ["party", "!=", None],
        ]
        fields = ["party", "debit", "credit", "maturity_date", "date", "move_origin", "description"]
        fields += ["account.type.payable", "move.number", "last_modified_at"]
        model, cursor = "account.move.line", values["cursor"]
        rows, page = self._page("list_open_item", model, domain, fields, cursor, values["limit"])
        bills = [
            _origin(row["move_origin"]) for row in rows if text_of(row["move_origin"]).startswith("account.invoice,")
        ]
        of: Domain = [["id", "in", bills]]
        told = self._records.rows("list_open_item", "account.invoice", of, ["reference", "number"]) if bills else []
        numbers = {row["id"]: text_of(row["reference"]) or text_of(row["number"]) for row in told}
        currency = self._records.company()["currency"]
        return {"items": [_open_item(row, numbers, currency) for row in rows], **page}

    def _parties(
        self, operation: str, values: Mapping[str, Any], term: str
    ) -> tuple[list[dict[str, Any]], dict[str, Any]]:
        own = self._records.company()["party"]
        domain: Domain = [["id", "!=", own], ["active", "in", [True, False]]]
        if self._category:
            domain.append(["categories.name", "=", self._category])
        fields = ["name", "code", "active", "identifiers.code", "identifiers.type", "last_modified_at", term]
        return self._page(operation, "party.party", domain, fields, values["cursor"], values["limit"])

    def _ibans(self, parties: Sequence[int]) -> Mapping[int, list[str]]:
        found: dict[int, list[str]] = defaultdict(list)
        if not parties:
            return found
        domain: Domain = [["account.owners", "in", list(parties)], ["type", "=", "iban"]]
        fields = ["number_compact", "account.owners"]
        for row in self._records.rows("list_vendor", "bank.account.number", domain, fields):
            for owner in row["account."]["owners"]:
                found[owner].append(text_of(row["number_compact"]))
        return found

    def _orders(self, ids: Sequence[int]) -> list[dict[str, Any]]:
        if not ids:
            return []
        operation = "list_order"
        head = ["number", "party", "currency.code", "purchase_date", "state", "last_modified_at"]
        orders = self._records.rows(operation, "purchase.purchase", [["id", "in", list(ids)]], head)
        fields = [
            "purchase",
            "product.code",
            "product.rec_name",
            "description",
            "unit.symbol",
            "quantity",
            "unit_price",
        ]
        fields += ["taxes", "last_modified_at"]
        of: Domain = [["purchase", "in", list(ids)], ["type", "=", "line"]]
        by = (("sequence", "ASC"), ("id", "ASC"))
        lines = self._records.rows(operation, _LINE, of, fields, order=by)
        counts = self._counts([line["id"] for line in lines])
        taxes = {row["id"]: row["name"] for row in self._records.rows(operation, "account.tax", [], ["name"])}
        told = []
        for order in orders:
            own = [line for line in lines if line["purchase"] == order["id"]]
            told.append(_order(order, [(line, *counts[line["id"]]) for line in own], taxes))
        return told

    def _counts(self, lines: Sequence[int]) -> Mapping[int, tuple[Decimal, Decimal, str]]:
        """Return received, billed and the last change of lines of orders."""
        found: dict[int, tuple[Decimal, Decimal, str]] = defaultdict(lambda: (Decimal(0), Decimal(0), ""))
        origins = [f"{_LINE},{line}" for line in lines]
        if not origins:
            return found
        moved: Domain = [["origin", "in", origins], ["state", "=", "done"]]
        for row in self._records.rows("list_order", "stock.move", moved, ["origin", "quantity", "last_modified_at"]):
            received, billed, last = found[_origin(row["origin"])]
            changed = max(last, text_of(row["last_modified_at"]))
            found[_origin(row["origin"])] = (received + Decimal(str(row["quantity"])), billed, changed)
        billed_on: Domain = [["origin", "in", origins], ["invoice.state", "in", ["posted", "paid"]]]
        for row in self._records.rows("list_order", "account.invoice.line", billed_on, ["origin", "quantity"]):
            received, billed, last = found[_origin(row["origin"])]
            found[_origin(row["origin"])] = (received, billed + Decimal(str(row["quantity"])), last)
        return found

    def _page(
        self, operation: str, model: str, domain: Domain, fields: Sequence[str], cursor: str, limit: str
    ) -> tuple[list[dict[str, Any]], dict[str, Any]]:
        at, most = ChangeCursor.read(cursor), int(limit)
        since: Domain = [["last_modified_at", ">=", datetime.fromisoformat(at.moment)]] if at.moment else []
        told: Domain = [["id", "not in", [int(one) for one in at.told]]] if at.told else []
        by = (("last_modified_at", "ASC"), ("id", "ASC"))
        wanted = [*fields, *([] if "last_modified_at" in fields else ["last_modified_at"])]
        rows = self._records.rows(operation, model, [*domain, *since, *told], wanted, limit=most, order=by)
        after, complete = at.after([(text_of(row["last_modified_at"]), str(row["id"])) for row in rows], most)
        return rows, {"next": after, "complete": complete}


def _origin(value: object) -> int:
    """Return the id of a reference such as ``purchase.line,3``."""
    return int(str(value).rpartition(",")[2])


def _party(row: Mapping[str, Any]) -> dict[str, Any]:
    vat = [one for one in row["identifiers."] if text_of(one["type"]).endswith("_vat")] or row["identifiers."]
    code, country = (vat[0]["code"], text_of(vat[0]["type"]).partition("_")[0].upper()) if vat else ("", "")
    # The country stands in the type of the identifier; the number may lack it.
    full = code if not country or len(country) != 2 or code.startswith(country) else country + code
    return {
        "erp_id": str(row["id"]),
        "code": text_of(row["code"]),
        "name": text_of(row["name"]),
        "vat_id": full,
        "blocked": not row["active"],
        "version": text_of(row["last_modified_at"]),
    }


def _term(row: Mapping[str, Any]) -> str:
    term = row["supplier_payment_term."]
    return text_of(term["rec_name"]) if term else ""


def _order(
    order: Mapping[str, Any], lines: Sequence[tuple[Mapping[str, Any], Decimal, Decimal, str]], taxes: Mapping[int, str]
) -> dict[str, Any]:
    told, versions = [], [text_of(order["last_modified_at"])]
    for line, received, billed, last in lines:
        product = line["product."] or {}
        told.append(
            {
                "line_id": str(line["id"]),
                "sku": text_of(product.get("code")),
                "text": text_of(line["description"]) or text_of(product.get("rec_name")),
                "unit": text_of((line["unit."] or {}).get("symbol")),
                "ordered": plain(line["quantity"]),
                "received": plain(received),
                "billed": plain(billed),
                "unit_price": plain(line["unit_price"]),
                "tax_code": taxes.get(line["taxes"][0], "") if line["taxes"] else "",
            }
        )
        versions += [text_of(line["last_modified_at"]), last]
    return {
        "erp_id": str(order["id"]),
        "number": text_of(order["number"]),
        "vendor": str(order["party"]),
        "currency": order["currency."]["code"],
        "ordered_on": text_of(order["purchase_date"]),
        "status": "closed" if order["state"] in _ENDED else "open",
        "lines": told,
        "version": max(versions),
    }


def _open_item(row: Mapping[str, Any], numbers: Mapping[int, str], currency: str) -> dict[str, Any]:
    payable = bool(row["account."]["type."]["payable"])
    amount = row["credit"] - row["debit"] if payable else row["debit"] - row["credit"]
    origin = text_of(row["move_origin"])
    known = numbers.get(_origin(origin), "") if origin.startswith("account.invoice,") else ""
    return {
        "erp_id": str(row["id"]),
        "side": "payable" if payable else "receivable",
        "party": str(row["party"]),
        "number": known or text_of(row["description"]) or text_of(row["move."]["number"]),
        "due_on": text_of(row["maturity_date"] or row["date"]),
        "amount": plain(amount),
        "remaining": plain(amount),
        "currency": currency,
        "version": text_of(row["last_modified_at"]),
    }
