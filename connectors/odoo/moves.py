"""Bills and entries: a draft that carries our key, its files, the claim of the key, then the posting.

Odoo posts the same supplier reference twice. Its table of external ids has a unique index: whoever claims our key there
posts, so that of two drafts made by two calls one at most is ever posted.
"""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal
from typing import Any

from connectors.erp_mapping.described import Refused
from connectors.erp_mapping.line_prices import quantity_and_price
from connectors.erp_mapping.mapping_file import MappingFile, wrong
from connectors.odoo.calls import decimal_text, pair_name, told_text
from connectors.odoo.records import Domain, OdooRecords
from gateway.domain.erp.failure import Effect, ErpFailure, FailureCode

CLAIMS = "__tillbridge__"
BILLS = ["in_invoice", "in_refund"]
ENTRIES = ["entry"]
_FIELDS = (
    *("name", "state", "move_type", "invoice_origin", "amount_untaxed", "amount_tax", "amount_total"),
    *("currency_id", "write_date"),
)
_LOCKS_OF_ALL = ("fiscalyear_lock_date", "hard_lock_date")
_LOCKS = (*_LOCKS_OF_ALL, "tax_lock_date", "purchase_lock_date")
"""Fields of the company by which a bill may be locked; not every version has all."""
_STATES = {"draft": "draft", "posted": "posted"}


def claims(mapping: MappingFile) -> bool:
    """Return whether keys are claimed in Odoo, by ``erp.claim``.

    Raises:
        ErpFailure: ``mapping_wrong``.
    """
    told = mapping.text("erp", "claim", "on")
    if told not in ("on", "off"):
        raise wrong("erp.claim", f"“{told}” is neither on nor off.")
    return told == "on"


class OdooMoves:
    """Supplier bills and entries of one company."""

    def __init__(self, records: OdooRecords, mapping: MappingFile) -> None:
        """Read the mapping.

        Raises:
            ErpFailure: ``mapping_wrong``.
        """
        self._records = records
        self._journals = mapping.table("journals")
        self._digits = mapping.number("erp", "price_digits", 2)
        self._claims = claims(mapping)

    def find_bill(self, values: Mapping[str, Any], effect: Effect) -> object:
        """Look a bill up by our key."""
        return {"items": self._by_key("find_vendor_bill", values["key"], BILLS, effect)}

    def find_bill_by_number(self, values: Mapping[str, Any], effect: Effect) -> object:
        """Look a bill up by vendor and number, whoever entered it."""
        vendor = values["vendor"]["erp_id"]
        if not vendor.isdigit():
            return {"items": []}
        domain = [["ref", "=", values["number"]], ["partner_id", "=", int(vendor)], ["state", "!=", "cancel"]]
        return {"items": self._rows("find_vendor_bill", [*domain, ["move_type", "in", BILLS]], effect)}

    def find_entry(self, values: Mapping[str, Any], effect: Effect) -> object:
        """Look an entry up by our key."""
        return {"items": self._by_key("find_journal_entry", values["key"], ENTRIES, effect)}

    def create_bill(self, values: Mapping[str, Any], effect: Effect) -> object:
        """Make the draft of a bill, whole in one call."""
        operation = "create_vendor_bill"
        made = {
            "move_type": "in_refund" if values["credit_note"] else "in_invoice",
            "partner_id": self._partner(operation, values["vendor"]["erp_id"]),
            "ref": values["number"],
            "invoice_origin": values["key"],
            "invoice_date": values["issued_on"].isoformat(),
            "date": values["posting_on"].isoformat(),
            "invoice_date_due": values["due_on"].isoformat(),
            # With the terms of the partner Odoo would compute the day itself.
            "invoice_payment_term_id": False,
            "currency_id": self._currency(operation, values["currency"]),
            "payment_reference": values["payment_reference"] or False,
            "narration": values["note"] or False,
            "invoice_line_ids": [[0, 0, line] for line in self._bill_lines(operation, values)],
            **self._journal(operation, "bills"),
        }
        return self._made(operation, made, effect)

    def replace_bill(self, values: Mapping[str, Any], effect: Effect) -> object:
        """Give a draft of ours its lines anew."""
        operation = "replace_vendor_bill"
        lines = [[5, 0, 0], *([0, 0, line] for line in self._bill_lines(operation, values))]
        move = int(values["id"])
        self._records.method(operation, "account.move", "write", [move], {"vals": {"invoice_line_ids": lines}})
        return self._row(operation, move, effect)

    def create_entry(self, values: Mapping[str, Any], effect: Effect) -> object:
        """Make the draft of an entry, whole in one call."""
        operation = "create_journal_entry"
        company = pair_name(self._records.company()["currency_id"])
        if values["currency"] != company:
            raise Refused("not_supported", f"Entries go in {company}, the currency of the company.")
        accounts = self._accounts(operation, values)
        parties = {line["party"] for line in values["lines"] if line["party"]}
        partners = {party: self._partner(operation, party) for party in parties}
        lines = [
            {
                "account_id": accounts[line["account"]],
                "name": line["text"] or values["text"],
                "debit": Decimal(line["debit"]),
                "credit": Decimal(line["credit"]),
                "partner_id": partners.get(line["party"], False),
            }
            for line in values["lines"]
        ]
        made = {
            "move_type": "entry",
            "ref": values["reference"],
            "invoice_origin": values["key"],
            "date": values["entry_on"].isoformat(),
            "narration": values["text"],
            "line_ids": [[0, 0, line] for line in lines],
            **self._journal(operation, "entries"),
        }
        return self._made(operation, made, effect)

    def attach(self, values: Mapping[str, Any], _effect: Effect) -> object:
        """Put a file to a bill."""
        file = {
            "name": values["kept_name"],
            "description": values["name"],
            "mimetype": values["media_type"],
            "datas": values["content"],
            "res_model": "account.move",
            "res_id": int(values["id"]),
        }
        self._records.calls.create("attach_vendor_bill", "ir.attachment", file, self._records.context())
        return {}

    def post(self, values: Mapping[str, Any], effect: Effect) -> object:
        """Look whether the period is open, claim the key, then post."""
        move = int(values["id"])
        self._check_period(move)
        self._claim(values["key"], move)
        # Not forced: what Odoo asks a person first leaves it a draft, and that is told.
        try:
            self._records.method("post", "account.move", "action_post", [move], {})
        except Refused as refused:
            if self._row("post", move, Effect.NONE)["state"] == "posted":
                raise Refused("not_a_draft", refused.detail) from refused
            raise
        return self._row("post", move, effect)

    def claimed(self, operation: str, key: str, effect: Effect = Effect.NONE) -> int | None:
        """Return the id of the move that claimed a key."""
        if not self._claims:
            return None
        domain: Domain = [["module", "=", CLAIMS], ["name", "=", key], ["model", "=", "account.move"]]
        rows = self._records.rows(operation, "ir.model.data", domain, ["res_id"], effect=effect)
        return int(rows[0]["res_id"]) if rows else None

    def _check_period(self, move: int) -> None:
        """Refuse a date that is locked: Odoo would move a bill to the next open day, and say nothing."""
        row = self._records.rows("post", "account.move", [["id", "=", move]], ["date", "move_type"])[0]
        locks = _LOCKS if row["move_type"] in BILLS else _LOCKS_OF_ALL
        fields = self._records.fields("res.company", *locks)
        company: Domain = [["id", "=", self._records.company()["id"]]]
        told = self._records.rows("post", "res.company", company, fields)[0] if fields else {}
        until = max((told_text(told[field]) for field in fields), default="")
        if row["date"] <= until:
            raise Refused("period_closed", f"The books of Odoo are locked until {until}.")

    def _claim(self, key: str, move: int) -> None:
        if not self._claims:
            return
        there = self.claimed("claim", key)
        if there is None:
            claim = {"module": CLAIMS, "name": key, "model": "account.move", "res_id": move, "noupdate": True}
            try:
                self._records.calls.create("claim", "ir.model.data", claim, self._records.context())
            except Refused:
                # Somebody was quicker, or our own call was done twice.
                there = self.claimed("claim", key)
                if there is None:
                    raise
        if there not in (None, move):
            raise Refused("duplicate", "Another draft of this document was posted; this one stays a draft.")

    def _made(self, operation: str, values: Mapping[str, Any], effect: Effect) -> object:
        move = self._records.calls.create(operation, "account.move", values, self._records.context())
        return self._row(operation, move, effect)

    def _by_key(self, operation: str, key: str, types: list[str], effect: Effect) -> list[dict[str, Any]]:
        claimed = self.claimed(operation, key, effect)
        by: Domain = [["id", "=", claimed]] if claimed else [["invoice_origin", "=", key]]
        rows = self._rows(operation, [*by, ["move_type", "in", types]], effect, key=key if claimed else "")
        living = sorted(
            (row for row in rows if row["state"] in _STATES.values()), key=lambda row: row["state"] == "draft"
        )
        if rows and not living:
            raise Refused("refused", "It was cancelled in Odoo.")
        return living

    def _row(self, operation: str, move: int, effect: Effect) -> dict[str, Any]:
        rows = self._rows(operation, [["id", "=", move]], effect)
        if not rows:
            raise ErpFailure(FailureCode.ANSWER_NOT_UNDERSTOOD, "What was made cannot be read.", effect=effect)
        return rows[0]

    def _rows(self, operation: str, domain: Domain, effect: Effect, key: str = "") -> list[dict[str, Any]]:
        """Return documents in our names. ``key``: that they claimed, whatever their origin says now."""
        moves = self._records.rows(operation, "account.move", domain, _FIELDS, effect=effect)
        bills = [move["id"] for move in moves if move["move_type"] in BILLS]
        files: list[dict[str, Any]] = []
        if bills:
            of: Domain = [["res_model", "=", "account.move"], ["res_id", "in", bills]]
            files = self._records.rows(operation, "ir.attachment", of, ["name", "res_id"], effect=effect)
        return [_told(move, files, key) for move in moves]

    def _bill_lines(self, operation: str, values: Mapping[str, Any]) -> list[dict[str, Any]]:
        accounts = self._accounts(operation, values)
        purchase: Domain = [["type_tax_use", "=", "purchase"]]
        names = {line["tax_code"] for line in values["lines"]}
        taxes = self._records.ids(operation, "account.tax", "name", names, "unknown_tax", purchase)
        made = []
        for line in values["lines"]:
            quantity, price = quantity_and_price(line, self._digits)
            told = {
                "name": line["text"],
                "quantity": quantity,
                "price_unit": price,
                "account_id": accounts[line["account"]],
                # Always told: Odoo would take those of the product or the order else.
                "tax_ids": [[6, 0, [taxes[line["tax_code"]]]]],
            }
            made.append({**told, **self._order_line(operation, line)})
        return made

    def _order_line(self, operation: str, line: Mapping[str, str]) -> dict[str, Any]:
        """Return the link to the line of an order: by its id, else by its place in the order."""
        if not line["order"]:
            return {}
        domain: Domain = [["order_id.name", "=", line["order"]]]
        fields = ["product_id"]
        rows = self._records.rows(operation, "purchase.order.line", domain, fields, order="sequence asc, id asc")
        told = line["order_line"]
        found = [row for row in rows if str(row["id"]) == told]
        if not found and told.isdigit() and 1 <= int(told) <= len(rows):
            found = [rows[int(told) - 1]]
        if not found:
            raise Refused("refused", f"Odoo has no line {told} of the order {line['order']}.")
        product = found[0]["product_id"]
        return {"purchase_line_id": found[0]["id"], **({"product_id": product[0]} if product else {})}

    def _accounts(self, operation: str, values: Mapping[str, Any]) -> dict[str, int]:
        codes = {line["account"] for line in values["lines"]}
        return self._records.ids(operation, "account.account", "code", codes, "unknown_account", [])

    def _currency(self, operation: str, code: str) -> int:
        return self._records.ids(operation, "res.currency", "name", [code], "refused", [])[code]

    def _partner(self, operation: str, erp_id: str) -> int:
        known = erp_id.isdigit() and self._records.rows(operation, "res.partner", [["id", "=", int(erp_id)]], ["name"])
        if not known:
            raise Refused("unknown_party", f"Odoo has no partner {erp_id}, or it is archived.")
        return int(erp_id)

    def _journal(self, operation: str, what: str) -> dict[str, int]:
        """Return the journal of the mapping; without, Odoo takes its own."""
        code = self._journals.get(what, "")
        if not code:
            return {}
        return {
            "journal_id": self._records.ids(operation, "account.journal", "code", [code], "mapping_wrong", [])[code]
        }


def _told(move: Mapping[str, Any], files: list[dict[str, Any]], key: str) -> dict[str, Any]:
    total = decimal_text(move["amount_total"])
    is_bill = move["move_type"] in BILLS
    return {
        "id": str(move["id"]),
        "key": key or told_text(move["invoice_origin"]),
        "number": told_text(move["name"]),
        "state": _STATES.get(move["state"], str(move["state"])),
        "version": told_text(move["write_date"]),
        "net": decimal_text(move["amount_untaxed"]) if is_bill else total,
        "tax": decimal_text(move["amount_tax"]) if is_bill else "0",
        "gross": total,
        "currency": pair_name(move["currency_id"]),
        "attachments": [{"name": file["name"]} for file in files if file["res_id"] == move["id"]],
    }
