"""ERPNext: operations as documents of Frappe, see README.md. The order of things is that of the described connector."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from connectors.erp_mapping.mapping_file import MappingFile
from connectors.erp_mapping.programmed import Operation, ProgrammedCaller, programmed
from connectors.erpnext.documents_api import Filters, FrappeDocuments
from connectors.erpnext.invoices import ENTRY, INVOICE, PAYMENT, ErpnextBooks
from connectors.erpnext.lists import ErpnextLists
from gateway.domain.erp.failure import Effect, ErpFailure, FailureCode
from gateway.ports.erp import CheckFinding, ErpAccount, ErpConnector

_REFUSALS = {"duplicate": "duplicate", "not_a_draft": "not_a_draft", "not_found": "refused"}


def connect(account: ErpAccount) -> ErpConnector:
    """Return the connector of an account.

    Raises:
        ErpFailure: ``mapping_wrong``.
    """
    mapping = MappingFile(account.mapping)
    documents = FrappeDocuments(account, mapping)
    books = ErpnextBooks(documents, mapping)
    lists, check = ErpnextLists(documents, books.company), _Check(documents, books, mapping)
    operations: dict[str, Operation] = {
        "company": check.company,
        "list_vendor": lists.vendors,
        "list_customer": lists.customers,
        "list_order": lists.orders,
        "list_open_item": lists.open_items,
        "find_vendor_bill": books.find_bill,
        "find_vendor_bill_by_number": books.find_bill_by_number,
        "create_vendor_bill": books.create_bill,
        "replace_vendor_bill": books.replace_bill,
        "attach_vendor_bill": books.attach,
        "post_vendor_bill": books.post_bill,
        "find_vendor_payment": books.find_payment,
        "create_vendor_payment": books.create_payment,
        "post_vendor_payment": books.post_payment,
        "find_journal_entry": books.find_entry,
        "create_journal_entry": books.create_entry,
        "post_journal_entry": books.post_entry,
    }
    return programmed(mapping, ProgrammedCaller(operations, check.findings, documents.close), _REFUSALS)


class _Check:
    """What is looked at when a connection is set up."""

    def __init__(self, documents: FrappeDocuments, books: ErpnextBooks, mapping: MappingFile) -> None:
        self._documents = documents
        self._books = books
        self._mapping = mapping

    def company(self, _values: Mapping[str, Any], _effect: Effect) -> object:
        """Return company, version, and what the mapping may name."""
        companies = self._documents.rows("company", "Company", [], ["name", "default_currency"])
        fitting = [one for one in companies if one["name"] == self._books.company] or companies
        if not fitting:
            raise ErpFailure(FailureCode.NOT_ALLOWED, "Our user sees no company.")
        versions = self._documents.method("version", "frappe.utils.change_log.get_versions")
        of: Filters = [["company", "=", fitting[0]["name"]], ["is_group", "=", 0], ["disabled", "=", 0]]
        accounts = self._documents.rows("accounts", "Account", of, ["name", "account_number"])
        codes = [{"code": str(one[by])} for one in accounts for by in ("name", "account_number") if one[by]]
        return {
            "name": fitting[0]["name"],
            "version": str(versions["message"]["erpnext"]["version"]),
            "currency": fitting[0]["default_currency"],
            "accounts": codes,
            # A tax is the account that it is booked on.
            "taxes": codes,
        }

    def findings(self) -> list[CheckFinding]:
        """Return where the field for our key is missing or not unique, and a unit that is not there."""
        findings = []
        for doctype in (INVOICE, PAYMENT, ENTRY):
            told = self._documents.method(
                "doctype", f"frappe.desk.form.load.getdoctype?doctype={doctype.replace(' ', '%20')}"
            )
            fields = {one["fieldname"]: one for one in told["docs"][0]["fields"]}
            if not fields.get(self._books.key_field, {}).get("unique"):
                wrong = f"“{doctype}” has no field “{self._books.key_field}” that is unique."
                remedy = "Add it as a custom field of the type Data, unique, not copied."
                findings.append(CheckFinding("fields.key", wrong, remedy))
        unit = self._mapping.text("fields", "unit", "Nos")
        if not self._documents.rows("units", "UOM", [["name", "=", unit]], ["name"]):
            findings.append(CheckFinding("fields.unit", f"There is no unit “{unit}”.", "Name one of its own."))
        return findings
