"""Odoo: operations as calls of its models, see README.md. The order of things is that of the described connector."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from connectors.erp_mapping.mapping_file import MappingFile
from connectors.erp_mapping.programmed import Operation, ProgrammedCaller, programmed
from connectors.odoo.calls import calls_of, pair_name
from connectors.odoo.lists import OdooLists
from connectors.odoo.moves import OdooMoves, claims
from connectors.odoo.payments import OdooPayments
from connectors.odoo.records import OdooRecords
from gateway.domain.erp.failure import Effect, ErpFailure, FailureCode
from gateway.ports.erp import CheckFinding, ErpAccount, ErpConnector

_REFUSALS = {"duplicate": "duplicate"}
_JOURNALS = frozenset({"bills", "entries"})


def connect(account: ErpAccount) -> ErpConnector:
    """Return the connector of an account.

    Raises:
        ErpFailure: ``mapping_wrong``.
    """
    mapping = MappingFile(account.mapping)
    calls = calls_of(account, mapping)
    records = OdooRecords(calls, mapping.text("company", "name", ""))
    moves, lists = OdooMoves(records, mapping), OdooLists(records)
    payments, check = OdooPayments(records, moves, mapping), _Check(records, mapping)
    operations: dict[str, Operation] = {
        "company": check.company,
        "list_vendor": lists.vendors,
        "list_customer": lists.customers,
        "list_order": lists.orders,
        "list_open_item": lists.open_items,
        "find_vendor_bill": moves.find_bill,
        "find_vendor_bill_by_number": moves.find_bill_by_number,
        "create_vendor_bill": moves.create_bill,
        "replace_vendor_bill": moves.replace_bill,
        "attach_vendor_bill": moves.attach,
        "post_vendor_bill": moves.post,
        "find_journal_entry": moves.find_entry,
        "create_journal_entry": moves.create_entry,
        "post_journal_entry": moves.post,
        "find_vendor_payment": payments.find,
        "create_vendor_payment": payments.create,
    }
    refusals = _REFUSALS if claims(mapping) else {}
    return programmed(mapping, ProgrammedCaller(operations, check.findings, calls.close), refusals)


class _Check:
    """What is looked at when a connection is set up."""

    def __init__(self, records: OdooRecords, mapping: MappingFile) -> None:
        self._records = records
        self._mapping = mapping

    def company(self, _values: Mapping[str, Any], _effect: Effect) -> object:
        """Return company, version, and what the mapping may name."""
        companies = self._records.companies()
        name = self._mapping.text("company", "name", "")
        fitting = [one for one in companies if one["name"] == name] or companies
        if not fitting:
            raise ErpFailure(FailureCode.NOT_ALLOWED, "Our user sees no company.")
        context = {"allowed_company_ids": [fitting[0]["id"]]}
        return {
            "name": fitting[0]["name"],
            "version": self._records.calls.version(),
            "currency": pair_name(fitting[0]["currency_id"]),
            "accounts": self._codes("account.account", "code", [], context),
            "taxes": self._codes("account.tax", "name", [["type_tax_use", "=", "purchase"]], context),
        }

    def findings(self) -> list[CheckFinding]:
        """Return the journals that are not there."""
        named = self._mapping.table("journals")
        known = {one["code"] for one in self._codes("account.journal", "code", [], {})} if named else set()
        findings = []
        for what, code in named.items():
            if what not in _JOURNALS:
                remedy = f"There are {' and '.join(sorted(_JOURNALS))}."
                findings.append(CheckFinding(f"journals.{what}", "Nothing is booked by this name.", remedy))
            elif code not in known:
                remedy = "Name the short code of one of its journals."
                findings.append(CheckFinding(f"journals.{what}", f"Odoo has no journal “{code}”.", remedy))
        return findings

    def _codes(
        self, model: str, field: str, domain: list[list[Any]], context: Mapping[str, Any]
    ) -> list[dict[str, str]]:
        named = {"domain": domain, "fields": [field], "context": context}
        rows = self._records.calls.call("company", model, "search_read", [], named, Effect.NONE)
        return [{"code": str(row[field])} for row in rows] if isinstance(rows, list) else []
