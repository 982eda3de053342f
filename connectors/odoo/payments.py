"""Payments of bills by Odoo's own wizard, which makes, posts and clears them in one transaction."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal
from typing import Any

from connectors.erp_mapping.described import Refused
from connectors.erp_mapping.mapping_file import MappingFile
from connectors.odoo.calls import decimal_text, pair_name, told_text
from connectors.odoo.moves import BILLS, OdooMoves
from connectors.odoo.records import Domain, OdooRecords
from gateway.domain.erp.failure import Effect, ErpFailure, FailureCode

_WIZARD = "account.payment.register"
_OPERATION = "create_vendor_payment"
_GONE = frozenset({"cancel", "canceled", "cancelled", "rejected"})


class OdooPayments:
    """Payments of one company. Their memo holds our key behind the end-to-end id."""

    def __init__(self, records: OdooRecords, moves: OdooMoves, mapping: MappingFile) -> None:
        """Read the mapping.

        Raises:
            ErpFailure: ``mapping_wrong``.
        """
        self._records = records
        self._moves = moves
        self._discounts = mapping.text("fields", "discount_account", "")

    def find(self, values: Mapping[str, Any], effect: Effect) -> object:
        """Look a payment up by our key."""
        memo = self._records.field("account.payment", "memo", "ref")
        fields = ["name", "state", "amount", "currency_id", "write_date"]
        domain: Domain = [[memo, "like", values["key"]]]
        rows = self._records.rows("find_vendor_payment", "account.payment", domain, fields, effect=effect)
        living = [row for row in rows if row["state"] not in _GONE]
        if rows and not living:
            raise Refused("refused", "It was cancelled in Odoo.")
        return {"items": [_told(row, values["key"]) for row in living]}

    def create(self, values: Mapping[str, Any], _effect: Effect) -> object:
        """Pay the bills. A part is paid of one bill alone, since the wizard divides an amount as it likes."""
        if self._there(values):
            raise Refused("duplicate", "Odoo has it.")
        bills = [self._bill(values, paid) for paid in values["pays"]]
        open_ = sum(Decimal(decimal_text(bill["amount_residual"])) for bill in bills)
        discount = sum((Decimal(paid["discount"]) for paid in values["pays"]), Decimal(0))
        amount = Decimal(values["amount"])
        if len(bills) > 1 and amount + discount != open_:
            raise Refused("not_supported", f"Odoo pays several bills whole only: {open_} is open.")
        if amount + discount > open_:
            raise Refused("refused", f"Only {open_} is open.")
        wizard = {
            "payment_date": values["paid_on"].isoformat(),
            "communication": f"{values['end_to_end_id']} {values['key']}",
            "amount": amount,
            "journal_id": self._journal(values["account"]),
            "group_payment": len(bills) > 1,
            **self._difference(discount),
        }
        context = {"active_model": "account.move", "active_ids": [bill["id"] for bill in bills]}
        made = self._records.calls.create(_OPERATION, _WIZARD, wizard, {**self._records.context(), **context})
        try:
            self._records.method("pay_vendor_bills", _WIZARD, "action_create_payments", [made], {})
        except Refused as refused:
            # Nothing is left to pay where our own call was done twice.
            if self._there(values):
                raise Refused("duplicate", refused.detail) from refused
            raise
        rows = self._there(values, Effect.UNKNOWN)
        if not rows:
            raise ErpFailure(FailureCode.ANSWER_NOT_UNDERSTOOD, "What was paid cannot be read.")
        return rows[0]

    def _there(self, values: Mapping[str, Any], effect: Effect = Effect.NONE) -> list[Any]:
        found = self.find(values, effect)
        rows = found.get("items", []) if isinstance(found, Mapping) else []
        return list(rows)

    def _bill(self, values: Mapping[str, Any], paid: Mapping[str, str]) -> dict[str, Any]:
        """Return a posted bill by its id, by our key, or by vendor and number."""
        claimed = paid["erp_id"] or str(self._moves.claimed(_OPERATION, paid["key"]) or "")
        by: Domain = [["id", "=", int(claimed)]] if claimed.isdigit() else [["ref", "=", paid["number"]]]
        vendor = values["vendor"]["erp_id"]
        if not vendor.isdigit():
            raise Refused("unknown_party", f"Odoo has no partner {vendor}.")
        of: Domain = [["partner_id", "=", int(vendor)], ["move_type", "in", BILLS], ["state", "=", "posted"]]
        rows = self._records.rows(_OPERATION, "account.move", [*by, *of], ["amount_residual"])
        if len(rows) != 1:
            raise Refused("refused", f"Odoo has {len(rows)} posted bills {paid['number']} of this vendor.")
        return rows[0]

    def _journal(self, account: str) -> int:
        """Return the journal of a bank account, by the account behind it."""
        domain: Domain = [["default_account_id.code", "=", account], ["type", "in", ["bank", "cash"]]]
        rows = self._records.rows(_OPERATION, "account.journal", domain, ["code"])
        if not rows:
            raise Refused("unknown_account", f"No bank journal of Odoo has the account {account}.")
        return int(rows[0]["id"])

    def _difference(self, discount: Decimal) -> dict[str, Any]:
        if not discount:
            return {}
        if not self._discounts:
            raise Refused("mapping_wrong", "Name fields.discount_account: cash discount is booked there.")
        codes = [self._discounts]
        found = self._records.ids(_OPERATION, "account.account", "code", codes, "unknown_account", [])
        return {"payment_difference_handling": "reconcile", "writeoff_account_id": found[self._discounts]}


def _told(row: Mapping[str, Any], key: str) -> dict[str, Any]:
    amount = decimal_text(row["amount"])
    return {
        "id": str(row["id"]),
        "key": key,
        "number": told_text(row["name"]),
        "state": "draft" if row["state"] == "draft" else "posted",
        "version": told_text(row["write_date"]),
        "net": amount,
        "tax": "0",
        "gross": amount,
        "currency": pair_name(row["currency_id"]),
    }
