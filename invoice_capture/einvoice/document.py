"""An e-invoice in the words of EN 16931, whichever syntax it came in; texts as they stand in the XML, trimmed."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum

from invoice_capture.model import DocumentType


class Syntax(StrEnum):
    """How an e-invoice is written."""

    UBL = "ubl"
    CII = "cii"


@dataclass(frozen=True, slots=True)
class Party:
    """Seller or buyer. ``address``: street lines, post code with city, country code, in this order."""

    name: str = ""
    trading_name: str = ""
    address: tuple[str, ...] = ()
    vat_id: str = ""
    tax_number: str = ""
    registration: str = ""


FREIGHT_CODE = "FC"
"""UNTDID 7161: freight."""


@dataclass(frozen=True, slots=True)
class Adjustment:
    """An allowance or a charge, without tax. ``charge``: it adds; else it lowers.

    ``code``: of UNTDID 5189 or 7161; ``rate``: of its tax, per cent, empty inside a line, which has a rate of its own.
    """

    charge: bool
    amount: str
    reason: str = ""
    code: str = ""
    rate: str = ""


@dataclass(frozen=True, slots=True)
class TaxPart:
    """One part of the tax breakdown. ``rate``: per cent."""

    category: str
    rate: str
    base: str
    tax: str


@dataclass(frozen=True, slots=True)
class LinePart:
    """One invoice line. ``price``: net, of ``price_quantity`` units; ``amount``: net after the adjustments.

    ``order``: the purchase order it answers; ``counts``: False for a heading whose amount only repeats its sublines.
    """

    text: str = ""
    quantity: str = ""
    unit: str = ""
    price: str = ""
    price_quantity: str = ""
    rate: str = ""
    amount: str = ""
    adjustments: tuple[Adjustment, ...] = ()
    order: str = ""
    counts: bool = True


@dataclass(frozen=True, slots=True)
class Totals:
    """The totals in the currency of the invoice. ``payable`` = ``total`` - ``prepaid`` + ``rounding``."""

    lines: str = ""
    allowances: str = ""
    charges: str = ""
    net: str = ""
    tax: str = ""
    total: str = ""
    prepaid: str = ""
    rounding: str = ""
    payable: str = ""


@dataclass(frozen=True, slots=True)
class Payment:
    """How it is to be paid. ``discount_rate``: per cent when paid until ``discount_date`` (ISO 8601)."""

    iban: str = ""
    bic: str = ""
    reference: str = ""
    due_date: str = ""
    terms: str = ""
    discount_rate: str = ""
    discount_date: str = ""


@dataclass(frozen=True, slots=True)
class EInvoice:
    """All that is read of one e-invoice. Dates are ISO 8601 where the XML gives a readable one, else its text.

    ``adjustments``: of the whole document, beside the lines (BG-20, BG-21).
    """

    syntax: Syntax
    profile: str
    type_code: str
    document_type: DocumentType
    number: str = ""
    date: str = ""
    delivery_date: str = ""
    currency: str = ""
    order_reference: str = ""
    seller: Party = field(default_factory=Party)
    buyer: Party = field(default_factory=Party)
    payment: Payment = field(default_factory=Payment)
    totals: Totals = field(default_factory=Totals)
    taxes: tuple[TaxPart, ...] = ()
    lines: tuple[LinePart, ...] = ()
    adjustments: tuple[Adjustment, ...] = ()


# UNTDID 1001, the codes of EN 16931 that lower what is owed; all other codes of its list are invoices.
_CREDIT_CODES = frozenset({"81", "83", "261", "262", "296", "308", "381", "396", "420", "458", "502", "503", "532"})


def document_type_of(type_code: str) -> DocumentType:
    """Return what a code of UNTDID 1001 stands for."""
    return DocumentType.CREDIT_NOTE if type_code in _CREDIT_CODES else DocumentType.INVOICE
