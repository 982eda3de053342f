"""Business Central: operations over its API and page services, see README.md. The order is the described one."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from connectors.business_central.api import BusinessCentral
from connectors.business_central.invoices import CentralInvoices
from connectors.business_central.journals import BANK, CentralJournals
from connectors.business_central.lists import CentralLists
from connectors.business_central.page_services import USUAL, PageServices
from connectors.erp_mapping.described import Refused
from connectors.erp_mapping.mapping_file import MappingFile
from connectors.erp_mapping.programmed import Operation, ProgrammedCaller, programmed
from gateway.domain.erp.failure import Effect, ErpFailure, FailureCode
from gateway.ports.erp import CheckFinding, ErpAccount, ErpConnector

_REFUSALS = {"duplicate": "duplicate", "not_a_draft": "not_a_draft", "not_found": "refused"}


def connect(account: ErpAccount) -> ErpConnector:
    """Return the connector of an account.

    Raises:
        ErpFailure: ``mapping_wrong``.
    """
    mapping = MappingFile(account.mapping)
    central = BusinessCentral(account, mapping)
    pages, journals = PageServices(account, mapping, central), CentralJournals(central)
    invoices, lists = CentralInvoices(central, mapping), CentralLists(central, pages, journals)
    check = _Check(central, journals, pages)
    operations: dict[str, Operation] = {
        "company": check.company,
        "list_vendor": lists.vendors,
        "list_customer": lists.customers,
        "list_order": lists.orders,
        "find_vendor_bill": invoices.find,
        "find_vendor_bill_by_number": invoices.find_by_number,
        "create_vendor_bill": invoices.create,
        "attach_vendor_bill": invoices.attach,
        "post_vendor_bill": invoices.post,
        "find_vendor_payment": journals.find,
        "create_vendor_payment": journals.create_payment,
        "post_vendor_payment": journals.post,
        "find_journal_entry": journals.find,
        "create_journal_entry": journals.create_entry,
        "post_journal_entry": journals.post,
    }
    if pages.published("vendor_entries") and pages.published("customer_entries"):
        operations["list_open_item"] = lists.open_items

    def close() -> None:
        central.close()
        pages.close()

    return programmed(mapping, ProgrammedCaller(operations, check.findings, close), _REFUSALS)


class _Check:
    """What is looked at when a connection is set up."""

    def __init__(self, central: BusinessCentral, journals: CentralJournals, pages: PageServices) -> None:
        self._central = central
        self._journals = journals
        self._pages = pages
        self._fits = False

    def company(self, _values: Mapping[str, Any], _effect: Effect) -> object:
        """Return the company and what the mapping may name. Which release answers is told by nothing."""
        companies = self._central.companies()
        if not companies:
            raise ErpFailure(FailureCode.NOT_ALLOWED, "Our user sees no company.")
        named = [one for one in companies if self._central.company in (one["name"], one["displayName"])]
        self._fits = bool(named)
        found = (named or companies)[0]
        company_id = str(found["id"])

        def codes(entity: str, field: str, more: Mapping[str, str] | None = None) -> list[str]:
            query = {"$select": field, **(more or {})}
            return [str(row[field]) for row in self._central.rows(entity, entity, query, company_id=company_id)]

        accounts = codes("accounts", "number", {"$filter": "blocked eq false"})
        banks = [f"{BANK}{number}" for number in codes("bankAccounts", "number")]
        return {
            "name": self._central.company if named else found["displayName"],
            "version": "",
            "currency": self._journals.currency(company_id),
            "accounts": [{"code": code} for code in [*accounts, *banks]],
            "taxes": [{"code": code} for code in codes("taxGroups", "code")],
        }

    def findings(self) -> list[CheckFinding]:
        """Return pages that are not published under the names that the mapping has."""
        findings: list[CheckFinding] = []
        for page in USUAL if self._fits else ():
            if not self._pages.published(page):
                continue
            try:
                self._pages.read(page, {}, 1)
            except Refused as refused:
                remedy = "Publish the page there under this name, or leave the name empty to do without."
                findings.append(CheckFinding(f"pages.{page}", refused.detail, remedy))
        return findings
