"""Payments of bills. Dolibarr pays what is open of one bill: a second call finds nothing to pay.

Our key is the number of the payment, which its line in the bank account carries.
"""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal
from typing import Any

from connectors.dolibarr.bills import DolibarrBills, noon, plain, status_of
from connectors.dolibarr.rest import DolibarrRest, equals
from connectors.erp_mapping.described import Refused
from connectors.erp_mapping.mapping_file import MappingFile
from gateway.domain.erp.failure import Effect, ErpFailure, FailureCode

_OPERATION = "create_vendor_payment"
_UNPAID = "1"
"""Status of a bill that is validated and not paid whole."""


class DolibarrPayments:
    """Payments of one account."""

    def __init__(self, rest: DolibarrRest, bills: DolibarrBills, mapping: MappingFile) -> None:
        """Read the mapping.

        Raises:
            ErpFailure: ``mapping_wrong``.
        """
        self._rest = rest
        self._bills = bills
        self._mode = mapping.text("fields", "payment_mode", "VIR")

    def find(self, values: Mapping[str, Any], effect: Effect) -> object:
        """Look a payment up by our key, in every bank account."""
        items = []
        for account in self.accounts(effect):
            query = {"sqlfilters": equals("num_chq", values["key"])}
            path = f"bankaccounts/{account['id']}/lines"
            lines = self._rest.rows("find_vendor_payment", path, query, effect)
            items += [_told(line, account) for line in lines if line["num_chq"] == values["key"]]
        return {"items": items}

    def create(self, values: Mapping[str, Any], effect: Effect) -> object:
        """Pay one bill whole.

        What is open is compared before; a payment entered by hand in the same second would make this one smaller, which
        the sums then tell.
        """
        if self._there(values, Effect.NONE):
            raise Refused("duplicate", "Dolibarr has it.")
        paid, *more = values["pays"]
        if more or Decimal(paid["discount"]):
            raise Refused("not_supported", "A payment is of one bill there, without discount; enter it by hand.")
        bill = self._bill(values, paid)
        remaining = self.remaining("supplierinvoices", bill)
        if remaining != Decimal(values["amount"]):
            raise Refused("not_supported", f"Dolibarr pays bills whole only: {remaining} is open.")
        asked = {
            "datepaye": noon(values["paid_on"]),
            "payment_mode_id": self._mode_id(),
            "closepaidinvoices": "yes",
            "accountid": self._account(values["account"]),
            "num_payment": values["key"],
            "comment": values["end_to_end_id"],
        }
        try:
            self._rest.write(_OPERATION, f"supplierinvoices/{bill['id']}/payments", asked)
        except Refused as refused:
            # Nothing is left to pay where our own call was done twice.
            if self._there(values, Effect.NONE):
                raise Refused("duplicate", refused.detail) from refused
            raise
        rows = self._there(values, Effect.UNKNOWN)
        if not rows:
            raise ErpFailure(FailureCode.ANSWER_NOT_UNDERSTOOD, "What was paid cannot be read.", effect=effect)
        return rows[0]

    def accounts(self, effect: Effect = Effect.NONE) -> list[dict[str, Any]]:
        """Return the bank accounts."""
        return self._rest.rows("bank_accounts", "bankaccounts", None, effect)

    def remaining(self, path: str, bill: Mapping[str, Any]) -> Decimal:
        """Return what is open of a bill, or of an invoice of ours. ``path``: of the list that it is in."""
        paid = self._rest.rows("payments_of", f"{path}/{bill['id']}/payments")
        total = sum((Decimal(str(one["amount"])) for one in paid), Decimal(0))
        return Decimal(plain(Decimal(str(bill["total_ttc"])) - total))

    def _there(self, values: Mapping[str, Any], effect: Effect) -> list[Any]:
        found = self.find(values, effect)
        return list(found.get("items", [])) if isinstance(found, Mapping) else []

    def _bill(self, values: Mapping[str, Any], paid: Mapping[str, str]) -> dict[str, Any]:
        """Return a validated bill by its id, by our key, or by vendor and number."""
        if paid["erp_id"].isdigit():
            one = self._rest.one(_OPERATION, f"supplierinvoices/{paid['erp_id']}")
            rows = [one] if one else []
        else:
            rows = self._bills.by_key(_OPERATION, paid["key"])
            rows = rows or self._bills.by_number(_OPERATION, values["vendor"]["erp_id"], paid["number"])
        rows = [row for row in rows if status_of(row) == _UNPAID and str(row["socid"]) == values["vendor"]["erp_id"]]
        if len(rows) != 1:
            raise Refused(
                "refused", f"Dolibarr has {len(rows)} validated unpaid bills {paid['number']} of this vendor."
            )
        return rows[0]

    def _account(self, ref: str) -> int:
        for account in self.accounts():
            if account["ref"] == ref:
                return int(account["id"])
        raise Refused("unknown_account", f"Dolibarr has no bank account “{ref}”.")

    def _mode_id(self) -> int:
        for mode in self._rest.rows("payment_types", "setup/dictionary/payment_types", {"active": "1"}):
            if mode["code"] == self._mode:
                return int(mode["id"])
        raise Refused("mapping_wrong", f"Dolibarr has no payment mode “{self._mode}” (fields.payment_mode).")


def _told(line: Mapping[str, Any], account: Mapping[str, Any]) -> dict[str, Any]:
    amount = plain(abs(Decimal(str(line["amount"]))))
    return {
        "id": str(line["id"]),
        "key": line["num_chq"],
        "number": str(line["id"]),
        "state": "posted",
        "version": amount,
        "net": amount,
        "tax": "0",
        "gross": amount,
        "currency": account["currency_code"],
    }
