"""SAP S/4HANA: operations over OData and SOAP, see README.md. The order of things is the described one."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from connectors.erp_mapping.mapping_file import MappingFile, wrong
from connectors.erp_mapping.programmed import Operation, ProgrammedCaller, programmed
from connectors.s4hana.entries import S4Entries
from connectors.s4hana.invoices import S4Invoices
from connectors.s4hana.lists import S4Lists
from connectors.s4hana.odata import ACCOUNTS, COMPANIES, S4Services, in_path, quoted
from gateway.domain.erp.failure import Effect
from gateway.ports.erp import CheckFinding, ErpAccount, ErpConnector

_CODE_LENGTH = 2
"""Letters of a tax code and of a document type. No released service lists either of them."""
_REFUSALS = {"duplicate": "duplicate", "not_a_draft": "not_a_draft", "not_found": "refused"}


def connect(account: ErpAccount) -> ErpConnector:
    """Return the connector of an account.

    Raises:
        ErpFailure: ``mapping_wrong``.
    """
    mapping = MappingFile(account.mapping)
    services = S4Services(account, mapping)
    invoices, entries = S4Invoices(services, mapping), S4Entries(services, mapping, account.clock)
    lists, check = S4Lists(services, invoices.company), _Check(services, mapping, invoices.company)
    operations: dict[str, Operation] = {
        "company": check.company,
        "list_vendor": lists.vendors,
        "list_customer": lists.customers,
        "list_order": lists.orders,
        "list_open_item": lists.open_items,
        "find_vendor_bill": invoices.find,
        "find_vendor_bill_by_number": invoices.find_by_number,
        "create_vendor_bill": invoices.create,
        "attach_vendor_bill": invoices.attach,
        "post_vendor_bill": invoices.post,
        "find_vendor_payment": entries.find,
        "create_vendor_payment": entries.create_payment,
        "find_journal_entry": entries.find,
        "create_journal_entry": entries.create_entry,
    }
    return programmed(mapping, ProgrammedCaller(operations, check.findings, services.close), _REFUSALS)


class _Check:
    """What is looked at when a connection is set up."""

    def __init__(self, services: S4Services, mapping: MappingFile, company: str) -> None:
        self._services = services
        self._mapping = mapping
        self._code = company

    def company(self, _values: Mapping[str, Any], _effect: Effect) -> object:
        """Return the company and its accounts. Which release answers is told by no service."""
        path = f"{COMPANIES}/A_CompanyCode({in_path(self._code)})"
        found = self._services.one("company", path, {})
        if found is None:
            raise wrong("company.code", f"There is no company code “{self._code}”, or our user may not see it.")
        query = {"$filter": f"ChartOfAccounts eq {quoted(found['ChartOfAccounts'])}", "$select": "GLAccount"}
        rows = self._services.rows("accounts", f"{ACCOUNTS}/A_GLAccountInChartOfAccounts", query)
        told = {str(row["GLAccount"]) for row in rows}
        return {
            "name": found["CompanyCodeName"],
            "version": "",
            "currency": found["Currency"],
            "accounts": [{"code": code} for code in sorted(told | {one.lstrip("0") for one in told})],
            "taxes": [{"code": code} for code in self._mapping.table("taxes").values() if len(code) == _CODE_LENGTH],
        }

    def findings(self) -> list[CheckFinding]:
        """Return document types that cannot be any."""
        return [
            CheckFinding(f"journals.{name}", f"“{code}” is no document type.", "It has two letters, such as SA.")
            for name, code in self._mapping.table("journals").items()
            if len(code) != _CODE_LENGTH
        ]
