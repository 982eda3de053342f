"""Payments and entries: a journal of their own each, which is posted whole and then taken away.

Our key is the name of the journal; the number of the document, by which its ledger entries are found, is made of it.
"""

from __future__ import annotations

import base64
import contextlib
import hashlib
from collections.abc import Mapping, Sequence
from decimal import Decimal
from typing import Any

from connectors.business_central.api import BusinessCentral, quoted
from connectors.erp_mapping.described import Refused
from gateway.domain.erp.failure import Effect, ErpFailure, FailureCode

JOURNALS, LEDGER = "journals", "generalLedgerEntries"
BANK = "bank:"
"""Before the number of a bank account, where the mapping names one in place of a ledger account."""
_LINES = {"$expand": "journalLines"}
_TEXT_MAX, _REFERENCE_MAX = 100, 35
_CODE_LENGTH, _NUMBER_LENGTH = 10, 20


class CentralJournals:
    """What is posted by journals, in the currency of the company."""

    def __init__(self, central: BusinessCentral) -> None:
        self._central = central
        self._currency = ""

    def currency(self, company_id: str = "") -> str:
        """Return the currency of the company. ``company_id``: of another than ours."""
        if self._currency:
            return self._currency
        found = self._central.rows("currency", "companyInformation", {}, company_id=company_id)
        told = str(found[0]["currencyCode"])
        if not company_id:
            self._currency = told
        return told

    def find(self, values: Mapping[str, Any], effect: Effect) -> object:
        """Look a document up: its ledger entries first, then a journal that is not posted yet."""
        posted = self._posted(values["key"], effect)
        if posted is not None:
            return {"items": [posted]}
        by = {"$filter": f"displayName eq {quoted(values['key'])}", **_LINES}
        return {"items": [self._draft(one) for one in self._central.rows("find", JOURNALS, by, effect)[:1]]}

    def create_payment(self, values: Mapping[str, Any], _effect: Effect) -> object:
        """Make the journal of a payment. It is tied to its bills there, by the vendor's way of applying."""
        if any(Decimal(paid["discount"]) for paid in values["pays"]):
            raise Refused("not_supported", "Cash discount is entered there by hand.")
        amount, numbers = Decimal(values["amount"]), " ".join(paid["number"] for paid in values["pays"])
        vendor = {"accountType": "Vendor", "accountNumber": values["vendor"]["erp_id"]}
        reference = values["end_to_end_id"]
        lines = [
            {**vendor, **_told(amount, numbers, reference)},
            {**_account(values["account"]), **_told(-amount, numbers, reference)},
        ]
        return self._made("create_vendor_payment", values, values["paid_on"].isoformat(), lines)

    def create_entry(self, values: Mapping[str, Any], _effect: Effect) -> object:
        """Make the journal of an entry."""
        lines = [
            {
                **(
                    {"accountType": "Vendor", "accountNumber": line["party"]}
                    if line["party"]
                    else _account(line["account"])
                ),
                **_told(
                    Decimal(line["debit"]) - Decimal(line["credit"]),
                    line["text"] or values["text"],
                    values["reference"],
                ),
            }
            for line in values["lines"]
        ]
        return self._made("create_journal_entry", values, values["entry_on"].isoformat(), lines)

    def post(self, values: Mapping[str, Any], _effect: Effect) -> object:
        """Post a journal. One without lines is refused there: its ledger entries are looked for before."""
        try:
            self._central.act("post_journal", f"{JOURNALS}({values['id']})", "post")
        except Refused:
            row = self._posted(values["key"], Effect.UNKNOWN)
            if row is None:
                raise
        else:
            row = self._posted(values["key"], Effect.UNKNOWN)
        if row is None:
            said = "The journal was posted, and its ledger entries are not to be seen."
            raise ErpFailure(FailureCode.ANSWER_NOT_UNDERSTOOD, said, effect=Effect.UNKNOWN)
        # An empty journal that stays hurts nobody.
        with contextlib.suppress(ErpFailure, Refused):
            self._central.remove("remove_journal", f"{JOURNALS}({values['id']})")
        return row

    def _made(
        self, operation: str, values: Mapping[str, Any], day: str, lines: Sequence[Mapping[str, Any]]
    ) -> dict[str, Any]:
        if values["currency"] != self.currency():
            raise Refused("not_supported", f"Journals go in {self.currency()}, the currency of the company.")
        key, number = values["key"], number_of(values["key"])
        told = [
            {"lineNumber": 10_000 * at, "postingDate": day, "documentNumber": number, **line}
            for at, line in enumerate(lines, start=1)
        ]
        made = {"code": number[:_CODE_LENGTH], "displayName": key, "journalLines": told}
        journal_id = self._central.create(operation, JOURNALS, made)["id"]
        found = self._central.one("find", f"{JOURNALS}({journal_id})", _LINES, Effect.UNKNOWN)
        if found is None:
            said = "The journal that was just written cannot be read."
            raise ErpFailure(FailureCode.ANSWER_NOT_UNDERSTOOD, said, effect=Effect.UNKNOWN)
        return self._draft(found)

    def _draft(self, journal: Mapping[str, Any]) -> dict[str, Any]:
        debits = [Decimal(str(line["amount"])) for line in journal["journalLines"]]
        gross = f"{sum((one for one in debits if one > 0), Decimal(0)):f}"
        return self._row(str(journal["id"]), journal["displayName"], "draft", gross)

    def _posted(self, key: str, effect: Effect) -> dict[str, Any] | None:
        number = number_of(key)
        by = {"$filter": f"documentNumber eq {quoted(number)}", "$select": "documentNumber,debitAmount"}
        found = self._central.rows("find_ledger", LEDGER, by, effect)
        gross = sum((Decimal(str(one["debitAmount"])) for one in found), Decimal(0))
        return self._row(number, key, "posted", f"{gross:f}") if found else None

    def _row(self, row_id: str, key: str, state: str, gross: str) -> dict[str, Any]:
        return {
            "id": row_id,
            "key": key,
            "number": number_of(key),
            "state": state,
            "version": state,
            "currency": self.currency(),
            "net": gross,
            "tax": "0",
            "gross": gross,
        }


def number_of(key: str) -> str:
    """Return the document number of a key: 90 bits of its hash, in letters and digits that stay as they are there."""
    digest = base64.b32encode(hashlib.sha256(key.encode()).digest()).decode()
    return f"TB{digest}"[:_NUMBER_LENGTH]


def _account(code: str) -> dict[str, str]:
    if code.startswith(BANK):
        return {"accountType": "Bank Account", "accountNumber": code.removeprefix(BANK)}
    return {"accountType": "G/L Account", "accountNumber": code}


def _told(amount: Decimal, text: str, reference: str) -> dict[str, Any]:
    return {"amount": amount, "description": text[:_TEXT_MAX], "externalDocumentNumber": reference[:_REFERENCE_MAX]}
