"""Documents as values for templates: amounts as decimal text, accounts and taxes as the ERP calls them."""

from __future__ import annotations

import base64
import re
from collections.abc import Mapping
from decimal import Decimal
from typing import Any, assert_never

from connectors.erp_mapping.mapping_file import MappingFile
from gateway.domain.erp.documents import (
    Attachment,
    BillLine,
    EntryLine,
    JournalEntry,
    PartyRef,
    TaxShare,
    VendorBill,
    VendorPayment,
)
from gateway.domain.erp.failure import ErpFailure, FailureCode
from gateway.domain.erp.put_result import Sums
from gateway.domain.erp.sales_day import SalesDay, journal_of
from gateway.domain.money import Currency, Money
from gateway.ports.erp import ErpDocument


def values_of(document: ErpDocument, mapping: MappingFile) -> dict[str, Any]:
    """Return what a template may name of a document.

    Raises:
        ErpFailure: ``unknown_account``, ``unknown_tax``, ``unknown_party``, ``mapping_wrong``.
    """
    match document:
        case VendorBill():
            return _bill(document, mapping)
        case VendorPayment():
            return _payment(document, mapping)
        case JournalEntry():
            return _entry(document, {line.account: mapping.account(line.account) for line in document.lines})
        case SalesDay():
            # The accounts of a day are already those of the ERP.
            entry = journal_of(document, mapping.sales_accounts())
            return _entry(entry, {line.account: line.account for line in entry.lines})
        case _:
            assert_never(document)


def sums_of(document: ErpDocument, mapping: MappingFile) -> Sums:
    """Return what the ERP should have computed."""
    match document:
        case VendorBill():
            return Sums(document.net_minor, document.tax_minor, document.gross_minor)
        case VendorPayment():
            return Sums(document.amount_minor, 0, document.amount_minor)
        case JournalEntry():
            return Sums(document.total_minor, 0, document.total_minor)
        case SalesDay():
            total = journal_of(document, mapping.sales_accounts()).total_minor
            return Sums(total, 0, total)
        case _:
            assert_never(document)


def file_values(file: Attachment) -> dict[str, str]:
    """Return what a template may name of a file; ``content``: base64; ``kept_name``: no other file has the same."""
    return {
        "name": file.name,
        "kept_name": _kept_name(file),
        "media_type": file.media_type,
        "sha256": file.sha256,
        "content": base64.b64encode(file.content).decode(),
    }


def party_values(party: PartyRef | None) -> dict[str, str]:
    """Return what a template may name of a partner; all empty for none."""
    if party is None:
        return {"id": "", "name": "", "erp_id": "", "vat_id": ""}
    return {"id": party.id, "name": party.name, "erp_id": party.erp_id, "vat_id": party.vat_id}


def _kept_name(file: Attachment) -> str:
    """Return a name by which a file is known again, in letters that no ERP changes."""
    stem, point, ending = file.name.rpartition(".")
    plain = re.sub(r"[^A-Za-z0-9-]+", "-", stem if point else file.name).strip("-")[:40] or "file"
    ending = re.sub(r"[^a-z0-9]", "", ending.lower())[:8] if point else ""
    return f"{plain}-{file.sha256[:16]}" + (f".{ending}" if ending else "")


def _bill(bill: VendorBill, mapping: MappingFile) -> dict[str, Any]:
    return {
        "key": bill.key,
        "vendor": _known(bill.vendor),
        "number": bill.number,
        "issued_on": bill.issued_on,
        "posting_on": bill.posting_on,
        "due_on": bill.due_on,
        "currency": bill.currency.code,
        "credit_note": bill.credit_note,
        "net": _amount(bill.net_minor, bill.currency),
        "tax": _amount(bill.tax_minor, bill.currency),
        "gross": _amount(bill.gross_minor, bill.currency),
        "payment_reference": bill.payment_reference,
        "note": bill.note,
        "lines": [_bill_line(line, bill.currency, mapping) for line in bill.lines],
        "taxes": [_share(share, bill.currency, mapping) for share in bill.taxes],
    }


def _bill_line(line: BillLine, currency: Currency, mapping: MappingFile) -> dict[str, str]:
    order = line.order
    return {
        "no": str(line.no),
        "text": line.text,
        "quantity": _plain(line.quantity),
        "unit": line.unit,
        "unit_price": _plain(line.unit_price),
        "net": _amount(line.net_minor, currency),
        "tax_code": mapping.tax(line.tax_code),
        "account": mapping.account(line.account),
        "cost_centre": line.cost_centre,
        "order": order.order_number if order else "",
        "order_line": (order.erp_line_id or str(order.line_no)) if order else "",
    }


def _share(share: TaxShare, currency: Currency, mapping: MappingFile) -> dict[str, str]:
    return {
        "tax_code": mapping.tax(share.code),
        "rate": _plain(share.rate),
        "base": _amount(share.base_minor, currency),
        "amount": _amount(share.amount_minor, currency),
    }


def _payment(payment: VendorPayment, mapping: MappingFile) -> dict[str, Any]:
    pays = [
        {
            "key": bill.key,
            "number": bill.number,
            "erp_id": bill.erp_id,
            "amount": _amount(bill.amount_minor, payment.currency),
            "discount": _amount(bill.discount_minor, payment.currency),
        }
        for bill in payment.pays
    ]
    return {
        "key": payment.key,
        "vendor": _known(payment.vendor),
        "paid_on": payment.paid_on,
        "amount": _amount(payment.amount_minor, payment.currency),
        "currency": payment.currency.code,
        "account": mapping.account(payment.account),
        "end_to_end_id": payment.end_to_end_id,
        "pays": pays,
    }


def _entry(entry: JournalEntry, accounts: Mapping[str, str]) -> dict[str, Any]:
    return {
        "key": entry.key,
        "entry_on": entry.entry_on,
        "currency": entry.currency.code,
        "text": entry.text,
        "reference": entry.reference,
        "lines": [_entry_line(line, entry.currency, accounts[line.account]) for line in entry.lines],
    }


def _entry_line(line: EntryLine, currency: Currency, account: str) -> dict[str, str]:
    return {
        "account": account,
        "debit": _amount(line.debit_minor, currency),
        "credit": _amount(line.credit_minor, currency),
        "text": line.text,
        "cost_centre": line.cost_centre,
        "party": line.party.erp_id if line.party else "",
    }


def _known(vendor: PartyRef) -> dict[str, str]:
    if not vendor.erp_id:
        raise ErpFailure(FailureCode.UNKNOWN_PARTY, f"“{vendor.name}” is tied to no partner of the ERP.")
    return party_values(vendor)


def _amount(minor: int, currency: Currency) -> str:
    return Money(minor, currency).to_decimal()


def _plain(value: Decimal) -> str:
    return f"{value:f}"
