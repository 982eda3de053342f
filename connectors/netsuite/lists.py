"""Vendors, customers, orders and open items of NetSuite by SuiteQL, in the order of their changes."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from connectors.erp_mapping.change_cursor import ChangeCursor
from connectors.erp_mapping.mapping_file import MappingFile, wrong
from connectors.erp_mapping.two_lists import payables_then_receivables
from connectors.netsuite.suitetalk import ROWS_MAX, SuiteTalk, literal, selected
from gateway.domain.erp.failure import Effect, ErpFailure, FailureCode

_MOMENT = "YYYY-MM-DD HH24:MI:SS"
_APPROVED = "(t.approvalstatus IS NULL OR t.approvalstatus <> 1)"
_CLOSED = frozenset("CGH")
"""Rejected, billed whole, closed: the last letter of the status of an order."""


class NetsuiteLists:
    """Lists of one account."""

    def __init__(self, talk: SuiteTalk, mapping: MappingFile) -> None:
        """Read the mapping.

        Raises:
            ErpFailure: ``mapping_wrong``.
        """
        self._talk = talk
        self._banks = mapping.text("fields", "bank_details", "")
        if self._banks and not self._banks.replace("_", "").isalnum():
            raise wrong("fields.bank_details", "It is the name of a kind of records, such as customrecord_...")

    def vendors(self, values: Mapping[str, Any], _effect: Effect) -> object:
        """List vendors, with the IBANs of the records that keep bank details."""
        rows, page = self._parties("vendor", values)
        ibans = self._ibans([row["id"] for row in rows])
        return {"items": [{**_party(row), "iban": ibans.get(row["id"], [])} for row in rows], **page}

    def customers(self, values: Mapping[str, Any], _effect: Effect) -> object:
        """List customers."""
        rows, page = self._parties("customer", values)
        return {"items": [_party(row) for row in rows], **page}

    def orders(self, values: Mapping[str, Any], _effect: Effect) -> object:
        """List approved orders; the lines of a page come by one query."""
        fields = "t.tranid, t.entity, t.status, c.symbol AS currency, TO_CHAR(t.trandate, 'YYYY-MM-DD') AS ordered_on"
        source = "transaction t JOIN currency c ON c.id = t.currency"
        rows, page = self._page(source, fields, ["t.type = 'PurchOrd'", _APPROVED], values)
        lines = self._lines([row["id"] for row in rows])
        return {"items": [_order(row, lines.get(row["id"], [])) for row in rows], **page}

    def open_items(self, values: Mapping[str, Any], _effect: Effect) -> object:
        """List bills that are not paid whole, then invoices of ours."""
        return payables_then_receivables(
            values,
            lambda told: self._open("VendBill", "payable", told),
            lambda told: self._open("CustInvc", "receivable", told),
        )

    def _open(self, kind: str, side: str, values: Mapping[str, Any]) -> tuple[list[dict[str, Any]], dict[str, Any]]:
        # Whether amounts of bills are below zero differs by version.
        fields = (
            "t.tranid, t.entity, c.symbol AS currency,"
            " TO_CHAR(COALESCE(t.duedate, t.trandate), 'YYYY-MM-DD') AS due_on,"
            " ABS(t.foreigntotal) AS amount, ABS(t.foreignamountunpaid) AS remaining"
        )
        source = "transaction t JOIN currency c ON c.id = t.currency"
        of = [f"t.type = {literal(kind)}", "t.posting = 'T'", "t.foreignamountunpaid <> 0"]
        rows, page = self._page(source, fields, of, values)
        return [_open_item(row, side) for row in rows], page

    def _parties(self, table: str, values: Mapping[str, Any]) -> tuple[list[dict[str, Any]], dict[str, Any]]:
        fields = "t.entityid, t.companyname, t.vatregnumber, t.isinactive, c.symbol AS currency"
        return self._page(f"{table} t LEFT JOIN currency c ON c.id = t.currency", fields, [], values)

    def _page(
        self, source: str, fields: str, of: list[str], values: Mapping[str, Any]
    ) -> tuple[list[dict[str, Any]], dict[str, Any]]:
        cursor, limit = ChangeCursor.read(values["cursor"]), min(int(values["limit"]), ROWS_MAX)
        if not all(id_.isdecimal() for id_ in cursor.told):
            raise ErpFailure(FailureCode.REFUSED, "The cursor is none of this connector.")
        conditions = list(of)
        if cursor.moment:
            conditions.append(f"t.lastmodifieddate >= TO_DATE({literal(cursor.moment)}, {literal(_MOMENT)})")
        if cursor.told:
            conditions.append(f"t.id NOT IN ({', '.join(cursor.told)})")
        changed = f"TO_CHAR(t.lastmodifieddate, {literal(_MOMENT)}) AS modified"
        order = "t.lastmodifieddate, t.id"
        query = selected(f"t.id, {changed}, {fields}", source, *conditions, order=order)
        rows = self._talk.some("list", query, limit)
        after, complete = cursor.after([(row["modified"], row["id"]) for row in rows], limit)
        return rows, {"next": after, "complete": complete}

    def _lines(self, orders: list[str]) -> dict[str, list[dict[str, Any]]]:
        found: dict[str, list[dict[str, Any]]] = {}
        if orders:
            query = selected(
                "l.transaction AS order_id, l.id, i.itemid AS sku, l.memo, u.abbreviation AS unit,"
                " l.quantity, l.quantityshiprecv, l.quantitybilled, l.rate",
                "transactionline l LEFT JOIN item i ON i.id = l.item"
                " LEFT JOIN unitstypeuom u ON u.internalid = l.units",
                f"l.transaction IN ({', '.join(orders)})",
                # Texts, subtotals and lines of accounts have none.
                "l.mainline = 'F' AND l.taxline = 'F' AND l.quantity IS NOT NULL",
                order="l.transaction, l.linesequencenumber",
            )
            for row in self._talk.rows("list_order_lines", query):
                found.setdefault(row["order_id"], []).append(row)
        return found

    def try_bank_details(self) -> None:
        """Look whether there are records of bank details, where the mapping names their kind.

        Raises:
            Refused: there are none, or our role may not see them.
        """
        self._ibans(["0"])

    def _ibans(self, vendors: list[str]) -> dict[str, list[str]]:
        found: dict[str, list[str]] = {}
        if vendors and self._banks:
            fields = "custrecord_2663_parent_vendor AS vendor, custrecord_2663_entity_iban AS iban"
            query = selected(fields, self._banks, f"custrecord_2663_parent_vendor IN ({', '.join(vendors)})")
            for row in self._talk.rows("list_bank_details", query):
                if row.get("iban"):
                    found.setdefault(row["vendor"], []).append("".join(row["iban"].split()))
        return found


def _party(row: Mapping[str, Any]) -> dict[str, Any]:
    return {
        "erp_id": row["id"],
        "code": row["entityid"],
        # A person has no company's name.
        "name": row.get("companyname") or row["entityid"],
        "vat_id": row.get("vatregnumber", ""),
        "currency": row.get("currency", ""),
        "blocked": row["isinactive"] == "T",
        "version": row["modified"],
    }


def _order(row: Mapping[str, Any], lines: list[dict[str, Any]]) -> dict[str, Any]:
    return {
        "erp_id": row["id"],
        "number": row["tranid"],
        "vendor": row["entity"],
        "currency": row["currency"],
        "ordered_on": row["ordered_on"],
        "status": "closed" if row["status"][-1] in _CLOSED else "open",
        "lines": [_line(line) for line in lines],
        "version": row["modified"],
    }


def _line(row: Mapping[str, Any]) -> dict[str, Any]:
    rate = row.get("rate", "0")
    return {
        "line_id": row["id"],
        "sku": row.get("sku", ""),
        "text": row.get("memo", ""),
        "unit": row.get("unit", ""),
        "ordered": row["quantity"],
        "received": row.get("quantityshiprecv", "0"),
        "billed": row.get("quantitybilled", "0"),
        # A discount is told in per cent.
        "unit_price": "0" if rate.endswith("%") else rate,
    }


def _open_item(row: Mapping[str, Any], side: str) -> dict[str, Any]:
    return {
        "erp_id": row["id"],
        "side": side,
        "party": row["entity"],
        "number": row.get("tranid", ""),
        "due_on": row["due_on"],
        "amount": row["amount"],
        "remaining": row["remaining"],
        "currency": row["currency"],
        "version": row["modified"],
    }
