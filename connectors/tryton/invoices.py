"""Supplier bills: a draft that carries our key in its description, its files, validated, then posted.

Tryton warns of a number that this supplier has sent before; the warning is told as a duplicate and never skipped.
"""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal
from typing import Any

from connectors.erp_mapping.described import Refused
from connectors.erp_mapping.line_prices import quantity_and_price
from connectors.erp_mapping.mapping_file import MappingFile
from connectors.tryton.calls import Quantity, plain, text_of
from connectors.tryton.records import Domain, TrytonRecords
from gateway.domain.erp.failure import Effect, ErpFailure, FailureCode

_MODEL = "account.invoice"
_FIELDS = (
    *("number", "state", "description", "reference", "untaxed_amount", "tax_amount", "total_amount"),
    *("currency.code", "last_modified_at"),
)
_STATES = {"draft": "draft", "validated": "draft", "posted": "posted", "paid": "posted"}


class TrytonInvoices:
    """Supplier bills of one company."""

    def __init__(self, records: TrytonRecords, mapping: MappingFile) -> None:
        """Read the mapping.

        Raises:
            ErpFailure: ``mapping_wrong``.
        """
        self._records = records
        self._journal = mapping.table("journals").get("bills", "")
        self._digits = mapping.number("erp", "price_digits", 4)

    def find(self, values: Mapping[str, Any], effect: Effect) -> object:
        """Look a bill up by our key."""
        rows = self.rows("find_vendor_bill", [["description", "=", values["key"]]], effect)
        # What is posted first: a call that was done twice on its way leaves a draft beside it.
        living = sorted(
            (row for row in rows if row["state"] in _STATES), key=lambda row: _STATES[row["state"]] == "draft"
        )
        if rows and not living:
            raise Refused("refused", "It was cancelled in Tryton.")
        return {"items": [self._told("find_vendor_bill", row, effect) for row in living]}

    def find_by_number(self, values: Mapping[str, Any], effect: Effect) -> object:
        """Look a bill up by vendor and number, whoever entered it."""
        vendor = values["vendor"]["erp_id"]
        if not (vendor.isascii() and vendor.isdigit()):
            return {"items": []}
        domain: Domain = [["reference", "=", values["number"]], ["party", "=", int(vendor)]]
        rows = self.rows("find_vendor_bill", [*domain, ["state", "!=", "cancelled"]], effect)
        return {"items": [self._told("find_vendor_bill", row, effect) for row in rows]}

    def rows(self, operation: str, domain: Domain, effect: Effect = Effect.NONE) -> list[dict[str, Any]]:
        """Return bills; ``type``: nothing that we sold."""
        return self._records.rows(operation, _MODEL, [["type", "=", "in"], *domain], _FIELDS, effect=effect)

    def create(self, values: Mapping[str, Any], effect: Effect) -> object:
        """Make the draft, whole in one call."""
        operation, company = "create_vendor_bill", self._records.company()
        party = self._records.party(operation, values["vendor"]["erp_id"])
        if not party["addresses"]:
            raise Refused("refused", f"The party {party['name']} has no address in Tryton.")
        made = {
            "type": "in",
            "company": company["id"],
            "party": party["id"],
            "invoice_address": party["addresses"][0],
            "currency": self._records.currency(operation, values["currency"]),
            "journal": self._records.journal(operation, self._journal, "expense"),
            "account": self._records.payable_account(operation, party),
            "reference": values["number"],
            "description": values["key"],
            "comment": values["note"] or None,
            "invoice_date": values["issued_on"],
            "accounting_date": values["posting_on"],
            # Without terms it is due on the day they would begin.
            "payment_term": None,
            "payment_term_date": values["due_on"],
            "supplier_payment_reference": None,
            "lines": [["create", self._lines(operation, values)]],
        }
        return self._row(operation, self._records.create(operation, _MODEL, made), effect)

    def replace(self, values: Mapping[str, Any], effect: Effect) -> object:
        """Give a draft of ours its lines anew."""
        operation, invoice = "replace_vendor_bill", int(values["id"])
        old = self._records.rows(operation, "account.invoice.line", [["invoice", "=", invoice]], ["type"])
        lines = [["delete", [row["id"] for row in old]], ["create", self._lines(operation, values)]]
        self._records.do(operation, _MODEL, "write", [invoice], {"lines": lines})
        return self._row(operation, invoice, effect)

    def attach(self, values: Mapping[str, Any], _effect: Effect) -> object:
        """Put a file to a bill."""
        data = {"__class__": "bytes", "base64": values["content"]}
        file = {"name": values["kept_name"], "resource": f"{_MODEL},{values['id']}", "data": data}
        self._records.create("attach_vendor_bill", "ir.attachment", {**file, "description": values["name"]})
        return {}

    def post(self, values: Mapping[str, Any], effect: Effect) -> object:
        """Validate, then post; each of them may be done already."""
        invoice = int(values["id"])
        state = self._state(invoice)
        if state in ("draft", "validated"):
            self._drop_twins(invoice, values["key"])
        try:
            if state == "draft":
                self._records.do("validate", _MODEL, "validate_invoice", [invoice])
            if state in ("draft", "validated"):
                self._records.do("post", _MODEL, "post", [invoice])
        except Refused as refused:
            if _STATES.get(self._state(invoice)) == "posted":
                raise Refused("not_a_draft", refused.detail) from refused
            raise
        return self._row("post", invoice, effect)

    def _drop_twins(self, invoice: int, key: str) -> None:
        """Delete other drafts of ours, of a call that was done twice on its way: Tryton would warn of them."""
        domain: Domain = [["description", "=", key], ["id", "!=", invoice], ["state", "=", "draft"]]
        if twins := [row["id"] for row in self.rows("post", domain)]:
            self._records.do("drop_twins", _MODEL, "delete", twins)

    def _state(self, invoice: int) -> str:
        rows = self.rows("post", [["id", "=", invoice]])
        return str(rows[0]["state"]) if rows else ""

    def _row(self, operation: str, invoice: int, effect: Effect) -> dict[str, Any]:
        rows = self.rows(operation, [["id", "=", invoice]], effect)
        if not rows:
            raise ErpFailure(FailureCode.ANSWER_NOT_UNDERSTOOD, "What was written cannot be read.", effect=effect)
        return self._told(operation, rows[0], effect)

    def _told(self, operation: str, row: Mapping[str, Any], effect: Effect) -> dict[str, Any]:
        resource: Domain = [["resource", "=", f"{_MODEL},{row['id']}"]]
        files = self._records.rows(operation, "ir.attachment", resource, ["name"], effect=effect)
        # A credit note is a bill below zero there.
        sign = -1 if row["total_amount"] < 0 else 1
        return {
            "id": str(row["id"]),
            "key": text_of(row["description"]),
            "number": text_of(row["number"]),
            "state": _STATES.get(row["state"], str(row["state"])),
            "version": text_of(row["last_modified_at"]),
            "net": f"{sign * row['untaxed_amount']:f}",
            "tax": f"{sign * row['tax_amount']:f}",
            "gross": f"{sign * row['total_amount']:f}",
            "currency": row["currency."]["code"],
            "attachments": [{"name": file["name"]} for file in files],
        }

    def _lines(self, operation: str, values: Mapping[str, Any]) -> list[dict[str, Any]]:
        accounts = self._records.accounts(operation, {line["account"] for line in values["lines"]})
        names = {line["tax_code"] for line in values["lines"]} - {""}
        taxes = self._records.ids(operation, "account.tax", "name", names, "unknown_tax", [["parent", "=", None]])
        sign = -1 if values["credit_note"] else 1
        made = []
        for line in values["lines"]:
            quantity, price = quantity_and_price(line, self._digits)
            told = {
                "type": "line",
                "description": line["text"],
                "quantity": Quantity(sign * quantity),
                "unit_price": price,
                "account": accounts[line["account"]],
                "taxes": [["add", [taxes[line["tax_code"]]]]] if line["tax_code"] else [],
            }
            made.append({**told, **self._order_line(operation, line)})
        return made

    def _order_line(self, operation: str, line: Mapping[str, str]) -> dict[str, Any]:
        """Return the link to the line of an order: by its id, else by its place in the order."""
        if not line["order"]:
            return {}
        domain: Domain = [["purchase.number", "=", line["order"]], ["type", "=", "line"]]
        fields = ["product", "unit"]
        rows = self._records.rows(
            operation, "purchase.line", domain, fields, order=(("sequence", "ASC"), ("id", "ASC"))
        )
        told = line["order_line"]
        found = [row for row in rows if str(row["id"]) == told]
        if not found and told.isdigit() and 1 <= int(told) <= len(rows):
            found = [rows[int(told) - 1]]
        if not found:
            raise Refused("refused", f"Tryton has no line {told} of the order {line['order']}.")
        return {"origin": f"purchase.line,{found[0]['id']}", "product": found[0]["product"], "unit": found[0]["unit"]}


def amount(value: Decimal | None) -> str:
    """Return an amount as decimal text."""
    return plain(value)
