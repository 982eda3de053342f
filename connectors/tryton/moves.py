"""Entries, and payments of bills as entries that are reconciled with them.

A payment reaches this connector when the bank has paid it. An ``account.payment`` of Tryton would be another order to
the bank, so what was paid is booked: what is owed against our bank account, each bill reconciled with its part.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from decimal import Decimal
from typing import Any

from connectors.erp_mapping.described import Refused
from connectors.erp_mapping.mapping_file import MappingFile
from connectors.tryton.calls import text_of
from connectors.tryton.invoices import TrytonInvoices
from connectors.tryton.records import Domain, TrytonRecords
from gateway.domain.erp.failure import Effect, ErpFailure, FailureCode

_MODEL = "account.move"
_FIELDS = ("number", "post_number", "state", "description", "last_modified_at")


class TrytonMoves:
    """Entries of one company. Their description ends with our key."""

    def __init__(self, records: TrytonRecords, invoices: TrytonInvoices, mapping: MappingFile) -> None:
        """Read the mapping.

        Raises:
            ErpFailure: ``mapping_wrong``.
        """
        self._records = records
        self._invoices = invoices
        self._journals = mapping.table("journals")
        self._discounts = mapping.text("fields", "discount_account", "")

    def find(self, values: Mapping[str, Any], effect: Effect) -> object:
        """Look an entry or a payment up by our key."""
        domain: Domain = [["description", "like", f"%{values['key']}"]]
        rows = self._rows("find_journal_entry", domain, effect)
        return {"items": sorted(rows, key=lambda row: row["state"] == "draft")}

    def create_entry(self, values: Mapping[str, Any], effect: Effect) -> object:
        """Make the draft of an entry, whole in one call."""
        operation = "create_journal_entry"
        self._check_currency(values)
        accounts = self._records.accounts(operation, {line["account"] for line in values["lines"]})
        lines = []
        for line in values["lines"]:
            party = int(line["party"]) if line["party"].isdigit() else None
            told = {"account": accounts[line["account"]], "party": party, "description": line["text"] or None}
            lines.append({**told, "debit": Decimal(line["debit"]), "credit": Decimal(line["credit"])})
        words = f"{values['reference']} {values['text']} {values['key']}"
        return self._made(operation, "entries", values["entry_on"], words, lines, effect)

    def create_payment(self, values: Mapping[str, Any], effect: Effect) -> object:
        """Make the draft of what was paid, each bill a line of its own."""
        operation = "create_vendor_payment"
        self._check_currency(values)
        if any(Decimal(paid["discount"]) for paid in values["pays"]) and not self._discounts:
            raise Refused("mapping_wrong", "Name fields.discount_account: cash discount is booked there.")
        party = self._records.party(operation, values["vendor"]["erp_id"])
        bills = self._bills(operation, values)
        codes = {values["account"], *([self._discounts] if self._discounts else [])}
        accounts = self._records.accounts(operation, codes)
        lines = [
            {
                **_side(Decimal(paid["amount"]) + Decimal(paid["discount"])),
                "account": bills[place]["account"],
                "party": party["id"],
                "description": paid["number"],
            }
            for place, paid in enumerate(values["pays"])
        ]
        discount = sum((Decimal(paid["discount"]) for paid in values["pays"]), Decimal(0))
        lines.append({**_side(-Decimal(values["amount"])), "account": accounts[values["account"]]})
        if discount:
            lines.append({**_side(-discount), "account": accounts[self._discounts]})
        words = f"{values['end_to_end_id']} {values['key']}"
        return self._made(operation, "payments", values["paid_on"], words, lines, effect)

    def post(self, values: Mapping[str, Any], effect: Effect) -> object:
        """Post an entry, which may be done already."""
        move = int(values["id"])
        # Other drafts of ours, of a call that was done twice on its way, would never be posted.
        domain: Domain = [["description", "like", f"%{values['key']}"], ["id", "!=", move], ["state", "=", "draft"]]
        if twins := [row["id"] for row in self._records.rows("post", _MODEL, domain, ["state"])]:
            self._records.do("drop_twins", _MODEL, "delete", twins)
        try:
            self._records.do("post", _MODEL, "post", [move])
        except Refused as refused:
            if self._row("post", move, Effect.NONE)["state"] == "posted":
                raise Refused("not_a_draft", refused.detail) from refused
            raise
        return self._row("post", move, effect)

    def post_payment(self, values: Mapping[str, Any], effect: Effect) -> object:
        """Reconcile each bill with its part, then post: posted is said of what is whole."""
        move = int(values["id"])
        self._reconcile(move, values)
        return self.post(values, effect)

    def _reconcile(self, move: int, values: Mapping[str, Any]) -> None:
        """Reconcile what balances; a part payment leaves its bill open, as it is."""
        operation = "reconcile"
        bills = self._bills(operation, values)
        fields = ["debit", "credit", "description", "reconciliation"]
        ours = self._records.rows(operation, "account.move.line", [["move", "=", move], ["party", "!=", None]], fields)
        for place, paid in enumerate(values["pays"]):
            fitting = [line for line in ours if line["description"] == paid["number"] and not line["reconciliation"]]
            theirs = self._open_lines(operation, bills[place])
            if not fitting or not theirs:
                continue
            together = [fitting[0], *theirs]
            if sum((line["debit"] - line["credit"] for line in together), Decimal(0)) == 0:
                ids = [line["id"] for line in together]
                self._records.calls.wizard(operation, "account.move.reconcile_lines", "account.move.line", ids)

    def _open_lines(self, operation: str, bill: Mapping[str, Any]) -> list[dict[str, Any]]:
        domain: Domain = [["move", "=", bill["move"]], ["account", "=", bill["account"]], ["reconciliation", "=", None]]
        return self._records.rows(operation, "account.move.line", domain, ["debit", "credit"])

    def _bills(self, operation: str, values: Mapping[str, Any]) -> list[dict[str, Any]]:
        """Return the posted bill of each part: by its id, by our key, else by vendor and number."""
        vendor = values["vendor"]["erp_id"]
        found = []
        for paid in values["pays"]:
            by: Domain = (
                [["id", "=", int(paid["erp_id"])]] if paid["erp_id"].isdigit() else [["reference", "=", paid["number"]]]
            )
            domain: Domain = [*by, ["type", "=", "in"], ["state", "in", ["posted", "paid"]]]
            if vendor.isdigit():
                domain.append(["party", "=", int(vendor)])
            rows = self._records.rows(operation, "account.invoice", domain, ["account", "move"])
            if len(rows) != 1:
                raise Refused("refused", f"Tryton has {len(rows)} posted bills {paid['number']} of this vendor.")
            found.append(rows[0])
        return found

    def _check_currency(self, values: Mapping[str, Any]) -> None:
        company = self._records.company()["currency"]
        if values["currency"] != company:
            raise Refused("not_supported", f"Entries go in {company}, the currency of the company.")

    def _made(
        self,
        operation: str,
        journal: str,
        on: Any,  # noqa: ANN401 - a day, as the documents have it
        words: str,
        lines: Sequence[Mapping[str, Any]],
        effect: Effect,
    ) -> object:
        kind = "cash" if journal == "payments" else "general"
        made = {
            "company": self._records.company()["id"],
            "journal": self._records.journal(operation, self._journals.get(journal, ""), kind),
            "period": self._records.period(operation, on),
            "date": on,
            "description": words,
            "lines": [["create", list(lines)]],
        }
        return self._row(operation, self._records.create(operation, _MODEL, made), effect)

    def _row(self, operation: str, move: int, effect: Effect) -> dict[str, Any]:
        rows = self._rows(operation, [["id", "=", move]], effect)
        if not rows:
            raise ErpFailure(FailureCode.ANSWER_NOT_UNDERSTOOD, "What was written cannot be read.", effect=effect)
        return rows[0]

    def _rows(self, operation: str, domain: Domain, effect: Effect) -> list[dict[str, Any]]:
        fields = ["number", "state", "description", "last_modified_at"]
        moves = self._records.rows(operation, _MODEL, domain, fields, effect=effect)
        ids = [move["id"] for move in moves]
        lines: list[dict[str, Any]] = []
        if ids:
            of: Domain = [["move", "in", ids]]
            lines = self._records.rows(
                operation, "account.move.line", of, ["move", "debit", "account.type"], effect=effect
            )
        return [_told(move, lines, self._records.company()["currency"]) for move in moves]


def _side(minor: Decimal) -> dict[str, Decimal]:
    """Return a debit, or a credit for less than nothing."""
    return {"debit": max(minor, Decimal(0)), "credit": max(-minor, Decimal(0))}


def _told(move: Mapping[str, Any], lines: Sequence[Mapping[str, Any]], currency: str) -> dict[str, Any]:
    total = sum((line["debit"] for line in lines if line["move"] == move["id"]), Decimal(0))
    return {
        "id": str(move["id"]),
        "key": text_of(move["description"]).rpartition(" ")[2],
        "number": text_of(move["number"]),
        "state": str(move["state"]),
        "version": text_of(move["last_modified_at"]),
        "net": f"{total:f}",
        "tax": "0",
        "gross": f"{total:f}",
        "currency": currency,
    }
