"""NetSuite: operations over its REST services, see README.md. The order of things is the described one."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from connectors.erp_mapping.described import Refused
from connectors.erp_mapping.mapping_file import MappingFile
from connectors.erp_mapping.programmed import Operation, ProgrammedCaller, programmed
from connectors.netsuite.access import access_of
from connectors.netsuite.books import NetsuiteBooks
from connectors.netsuite.files import FileStore, attaching, files_of
from connectors.netsuite.lists import NetsuiteLists
from connectors.netsuite.master_data import NetsuiteMasterData
from connectors.netsuite.suitetalk import SuiteTalk
from gateway.domain.erp.failure import Effect, ErpFailure, FailureCode
from gateway.ports.erp import CheckFinding, ErpAccount, ErpConnector

_REFUSALS = {"duplicate": "duplicate"}


def connect(account: ErpAccount) -> ErpConnector:
    """Return the connector of an account.

    Raises:
        ErpFailure: ``mapping_wrong``.
    """
    mapping = MappingFile(account.mapping)
    access = access_of(account, mapping)
    talk, files = SuiteTalk(account, mapping, access), files_of(account, mapping, access)
    data, lists = NetsuiteMasterData(talk, mapping), NetsuiteLists(talk, mapping)
    books = NetsuiteBooks(talk, data, mapping)
    check = _Check(books, data, lists, files)

    def close() -> None:
        talk.close()
        if files is not None:
            files.close()

    operations: dict[str, Operation] = {
        "company": check.company,
        "list_vendor": lists.vendors,
        "list_customer": lists.customers,
        "list_order": lists.orders,
        "list_open_item": lists.open_items,
        "find_vendor_bill": books.find_bill,
        "find_vendor_bill_by_number": books.find_bill_by_number,
        "create_vendor_bill": books.create_bill,
        "post_vendor_bill": books.post_bill,
        "find_vendor_payment": books.find_payment,
        "create_vendor_payment": books.create_payment,
        "find_journal_entry": books.find_entry,
        "create_journal_entry": books.create_entry,
        "post_journal_entry": books.post_entry,
    }
    if files is not None:
        operations["attach_vendor_bill"] = attaching(files)
    return programmed(mapping, ProgrammedCaller(operations, check.findings, close), _REFUSALS)


class _Check:
    """What is looked at when a connection is set up."""

    def __init__(
        self, books: NetsuiteBooks, data: NetsuiteMasterData, lists: NetsuiteLists, files: FileStore | None
    ) -> None:
        self._books = books
        self._data = data
        self._lists = lists
        self._files = files

    def company(self, _values: Mapping[str, Any], _effect: Effect) -> object:
        """Return the company, and what the mapping may name. NetSuite tells no version."""
        companies = self._data.companies()
        fitting = [one for one in companies if one["name"] == self._data.company] or companies
        if not fitting:
            raise ErpFailure(FailureCode.NOT_ALLOWED, "Our user sees no company.")
        return {
            "name": fitting[0]["name"],
            "version": "",
            "currency": fitting[0]["currency"],
            "accounts": self._data.account_codes(),
            "taxes": self._data.tax_codes(),
        }

    def findings(self) -> list[CheckFinding]:
        """Return that bills are posted before they are compared, that nothing takes files, or what is not there."""
        findings = []
        if not self._books.need_approval():
            remedy = (
                "Turn on approval routing of vendor bills, else their sums cannot be compared before they are posted."
            )
            findings.append(CheckFinding("erp.url", "Vendor bills there need no approval.", remedy))
        if self._files is not None and not self._files.answers():
            remedy = "Deploy tillbridge_files.js, or choose “soap” or “none”."
            findings.append(CheckFinding("erp.files", "No such script answers, or it has no folder.", remedy))
        looks = {"cost_centres": self._data.try_centres, "bank_details": self._lists.try_bank_details}
        for field, look in looks.items():
            try:
                look()
            except Refused as refused:
                remedy = "Leave it out, or give our role the right to see it."
                findings.append(CheckFinding(f"fields.{field}", refused.detail, remedy))
        return findings
