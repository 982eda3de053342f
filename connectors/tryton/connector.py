"""Tryton: operations as calls of its models, see README.md. The order of things is that of the described connector."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from connectors.erp_mapping.mapping_file import MappingFile
from connectors.erp_mapping.programmed import Operation, ProgrammedCaller, programmed
from connectors.tryton.calls import TrytonCalls
from connectors.tryton.invoices import TrytonInvoices
from connectors.tryton.lists import TrytonLists
from connectors.tryton.moves import TrytonMoves
from connectors.tryton.records import USABLE, TrytonRecords
from gateway.domain.erp.failure import Effect, ErpFailure, FailureCode
from gateway.ports.erp import CheckFinding, ErpAccount, ErpConnector

_REFUSALS = {"duplicate": "duplicate"}
_JOURNALS = frozenset({"bills", "entries", "payments"})


def connect(account: ErpAccount) -> ErpConnector:
    """Return the connector of an account.

    Raises:
        ErpFailure: ``mapping_wrong``.
    """
    mapping = MappingFile(account.mapping)
    calls = TrytonCalls(account, mapping)
    records = TrytonRecords(calls, mapping.text("company", "name", ""))
    lists = TrytonLists(records, mapping.text("fields", "vendor_category", ""))
    invoices, check = TrytonInvoices(records, mapping), _Check(records, mapping)
    moves = TrytonMoves(records, invoices, mapping)
    operations: dict[str, Operation] = {
        "company": check.company,
        "list_vendor": lists.vendors,
        "list_customer": lists.customers,
        "list_order": lists.orders,
        "list_open_item": lists.open_items,
        "find_vendor_bill": invoices.find,
        "find_vendor_bill_by_number": invoices.find_by_number,
        "create_vendor_bill": invoices.create,
        "replace_vendor_bill": invoices.replace,
        "attach_vendor_bill": invoices.attach,
        "post_vendor_bill": invoices.post,
        "find_journal_entry": moves.find,
        "create_journal_entry": moves.create_entry,
        "post_journal_entry": moves.post,
        "find_vendor_payment": moves.find,
        "create_vendor_payment": moves.create_payment,
        "post_vendor_payment": moves.post_payment,
    }
    return programmed(mapping, ProgrammedCaller(operations, check.findings, calls.close), _REFUSALS)


class _Check:
    """What is looked at when a connection is set up."""

    def __init__(self, records: TrytonRecords, mapping: MappingFile) -> None:
        self._records = records
        self._mapping = mapping

    def company(self, _values: Mapping[str, Any], _effect: Effect) -> object:
        """Return company, version, and what the mapping may name."""
        companies = self._records.companies()
        name = self._mapping.text("company", "name", "")
        fitting = [one for one in companies if one["name"] == name] or companies
        if not fitting:
            raise ErpFailure(FailureCode.NOT_ALLOWED, "Our user sees no company.")
        accounts = self._records.rows("company", "account.account", USABLE, ["code"])
        taxes = self._records.rows("company", "account.tax", [["parent", "=", None]], ["name"])
        return {
            "name": fitting[0]["name"],
            "version": self._records.calls.version(),
            "currency": fitting[0]["currency"],
            "accounts": [{"code": row["code"]} for row in accounts],
            "taxes": [{"code": row["name"]} for row in taxes],
        }

    def findings(self) -> list[CheckFinding]:
        """Return the journals, and the account of discounts, that are not there."""
        named, findings = self._mapping.table("journals"), list[CheckFinding]()
        known = (
            {row["code"] for row in self._records.rows("company", "account.journal", [], ["code"])} if named else set()
        )
        for what, code in named.items():
            if what not in _JOURNALS:
                remedy = f"There are {', '.join(sorted(_JOURNALS))}."
                findings.append(CheckFinding(f"journals.{what}", "Nothing is booked by this name.", remedy))
            elif code not in known:
                said = f"Tryton has no journal “{code}”."
                findings.append(CheckFinding(f"journals.{what}", said, "Name the code of one of its journals."))
        discounts = self._mapping.text("fields", "discount_account", "")
        if discounts and not self._records.rows(
            "company", "account.account", [["code", "=", discounts], *USABLE], ["code"]
        ):
            said = f"Tryton has no account “{discounts}” that is booked to."
            findings.append(CheckFinding("fields.discount_account", said, "Name the code of one of its accounts."))
        return findings
