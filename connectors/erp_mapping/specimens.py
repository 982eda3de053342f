"""A document of each kind, by which templates are tried at set-up: what names a value that is not there fails then."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from datetime import date
from decimal import Decimal
from typing import Any

from connectors.erp_mapping.document_values import file_values, party_values, values_of
from connectors.erp_mapping.mapping_file import MappingFile
from connectors.erp_mapping.templates import filled
from gateway.domain.erp.documents import (
    Attachment,
    BillLine,
    EntryLine,
    JournalEntry,
    PaidBill,
    PartyRef,
    TaxShare,
    VendorBill,
    VendorPayment,
)
from gateway.domain.erp.failure import ErpFailure
from gateway.domain.erp.records import RecordKind
from gateway.domain.money import Currency
from gateway.ports.erp import CheckFinding

_KEY = "00000000-0000-4000-8000-000000000000"
_DAY = date(2000, 1, 1)
_MAPPING = MappingFile({"accounts": {"a": "a"}, "taxes": {"t": "t"}})


def template_findings(operations: Mapping[str, Mapping[str, Any]], parts: Sequence[str]) -> list[CheckFinding]:
    """Return what of the templates cannot be filled. ``parts``: of an operation that are templates."""
    known, found = specimen_values(), []
    for name, told in operations.items():
        field = f"operations.{name}"
        if name not in known:
            found.append(CheckFinding(field, "Nothing calls an operation of this name.", "See the README."))
            continue
        try:
            filled({part: told[part] for part in parts if part in told}, known[name], field)
        except ErpFailure as failure:
            found.append(CheckFinding(failure.field or field, failure.detail, "The README has the names of values."))
    return found


def specimen_values() -> dict[str, Mapping[str, Any]]:
    """Return values for every operation that has some, by its name."""
    vendor, currency = PartyRef("p", "Specimen", erp_id="p"), Currency.of("EUR")
    line = BillLine(1, "Specimen", Decimal(1), "pc", Decimal(1), 100, "t", "a")
    share = TaxShare("t", Decimal(0), 100, 0)
    bill = VendorBill(_KEY, vendor, "1", _DAY, _DAY, _DAY, currency, 100, 0, 100, (share,), (line,))
    payment = VendorPayment(_KEY, vendor, _DAY, 100, currency, "a", "1", (PaidBill(_KEY, "1", 100),))
    sides = (EntryLine("a", debit_minor=100), EntryLine("a", credit_minor=100))
    entry = values_of(JournalEntry(_KEY, _DAY, currency, "Specimen", "1", sides), _MAPPING)
    file = file_values(Attachment("s.pdf", "application/pdf", hashlib.sha256(b"").hexdigest(), b""))
    found: dict[str, Mapping[str, Any]] = {"company": {}, "attach_vendor_bill": {"id": "1", **file}}
    found |= {f"list_{kind.value}": {"cursor": "", "limit": "1"} for kind in RecordKind}
    families = {
        "vendor_bill": values_of(bill, _MAPPING),
        "vendor_payment": values_of(payment, _MAPPING),
        "journal_entry": entry,
        "sales_day": entry,
    }
    looked = {"key": _KEY, "number": "1", "vendor": party_values(vendor)}
    for family, values in families.items():
        found |= {f"create_{family}": values, f"find_{family}": looked, f"find_{family}_by_number": looked}
        found |= {f"{verb}_{family}": {**values, "id": "1"} for verb in ("replace", "post")}
    return found
