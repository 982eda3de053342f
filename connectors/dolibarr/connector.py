"""Dolibarr: operations as calls of its REST interface, see README.md. The order of things is the described one."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from connectors.dolibarr.bills import DolibarrBills, rate
from connectors.dolibarr.lists import DolibarrLists
from connectors.dolibarr.payments import DolibarrPayments
from connectors.dolibarr.rest import DolibarrRest, equals
from connectors.erp_mapping.described import Refused
from connectors.erp_mapping.mapping_file import MappingFile
from connectors.erp_mapping.programmed import Operation, ProgrammedCaller, programmed
from gateway.domain.erp.failure import Effect, ErpFailure, FailureCode
from gateway.ports.erp import ErpAccount, ErpConnector

_REFUSALS = {"duplicate": "duplicate", "not_a_draft": "not_a_draft", "not_found": "refused"}


def connect(account: ErpAccount) -> ErpConnector:
    """Return the connector of an account.

    Raises:
        ErpFailure: ``mapping_wrong``.
    """
    mapping = MappingFile(account.mapping)
    rest = DolibarrRest(account, mapping)
    bills = DolibarrBills(rest, mapping)
    payments = DolibarrPayments(rest, bills, mapping)
    currency = mapping.text("erp", "currency", "EUR")
    lists, check = DolibarrLists(rest, payments, currency), _Check(rest, payments, mapping)
    operations: dict[str, Operation] = {
        "company": check.company,
        "list_vendor": lists.vendors,
        "list_customer": lists.customers,
        "list_order": lists.orders,
        "list_open_item": lists.open_items,
        "find_vendor_bill": bills.find,
        "find_vendor_bill_by_number": bills.find_by_number,
        "create_vendor_bill": bills.create,
        "replace_vendor_bill": bills.replace,
        "attach_vendor_bill": bills.attach,
        "post_vendor_bill": bills.post,
        "find_vendor_payment": payments.find,
        "create_vendor_payment": payments.create,
    }
    return programmed(mapping, ProgrammedCaller(operations, close=rest.close), _REFUSALS)


class _Check:
    """What is looked at when a connection is set up."""

    def __init__(self, rest: DolibarrRest, payments: DolibarrPayments, mapping: MappingFile) -> None:
        self._rest = rest
        self._payments = payments
        self._mapping = mapping

    def company(self, _values: Mapping[str, Any], _effect: Effect) -> object:
        """Return company, version, and what of the mapping is there: products, bank accounts, rates."""
        company = self._rest.one("company", "setup/company")
        status = self._rest.one("version", "status")
        if company is None or status is None:
            raise ErpFailure(FailureCode.NOT_SUPPORTED, "Dolibarr does not tell its company and version.")
        named = set(self._mapping.accounts_named().values())
        known = {str(one["ref"]) for one in self._payments.accounts()}
        for ref in sorted(named - known):
            rows = self._rest.rows("find_products", "products", {"sqlfilters": equals("t.ref", ref)})
            known |= {str(row["ref"]) for row in rows}
        return {
            "name": company["name"],
            "version": status["success"]["dolibarr_version"],
            "currency": company.get("currency_code") or self._mapping.text("erp", "currency", "EUR"),
            "accounts": [{"code": ref} for ref in sorted(known)],
            "taxes": [{"code": code} for code in self._mapping.table("taxes").values() if _is_rate(code)],
        }


def _is_rate(code: str) -> bool:
    try:
        rate(code)
    except Refused:
        return False
    return True
