"""Documents that go out to an ERP. What does not add up is never made.

Amounts are integers in minor units of the document's currency; quantities, unit prices and rates are ``Decimal``.
``key``: our id as the text of a UUID, made once, the same for every try.
"""

import hashlib
import uuid
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from enum import StrEnum

from gateway.domain.errors import InputError
from gateway.domain.money import Currency


class DocumentKind(StrEnum):
    """What can be put into an ERP."""

    VENDOR_BILL = "vendor_bill"
    VENDOR_PAYMENT = "vendor_payment"
    JOURNAL_ENTRY = "journal_entry"
    SALES_DAY = "sales_day"


@dataclass(frozen=True, slots=True)
class PartyRef:
    """A business partner. ``id``: ours; ``erp_id``: empty where it is not known yet.

    ``iban_end``: the last four characters; the whole number stays with us.
    """

    id: str
    name: str
    erp_id: str = ""
    vat_id: str = ""
    iban_end: str = ""

    def __post_init__(self) -> None:
        """Keep whole account numbers out."""
        if len(self.iban_end) > 4:
            raise InputError("iban_too_long", "Only the last four characters of an IBAN belong here.")


@dataclass(frozen=True, slots=True)
class TaxShare:
    """Tax of one rate. ``code``: ours; ``rate``: per cent."""

    code: str
    rate: Decimal
    base_minor: int
    amount_minor: int


@dataclass(frozen=True, slots=True)
class OrderLineRef:
    """The line of a purchase order that is billed. ``erp_line_id``: empty where it is not known."""

    order_number: str
    line_no: int
    erp_line_id: str = ""


@dataclass(frozen=True, slots=True)
class BillLine:
    """One line of a bill. ``net_minor``: may be negative (a rebate); ``account``: our code of the coding."""

    no: int
    text: str
    quantity: Decimal
    unit: str
    unit_price: Decimal
    net_minor: int
    tax_code: str
    account: str
    cost_centre: str = ""
    order: OrderLineRef | None = None


@dataclass(frozen=True, slots=True)
class Attachment:
    """A file that belongs to a document. ``sha256``: hexadecimal, of ``content``."""

    name: str
    media_type: str
    sha256: str
    content: bytes

    def __post_init__(self) -> None:
        """Refuse a content that is not the one that was hashed."""
        if hashlib.sha256(self.content).hexdigest() != self.sha256:
            raise InputError("attachment_changed", f"The file “{self.name}” is not the one that was stored.")


@dataclass(frozen=True, slots=True)
class VendorBill:
    """A supplier invoice, or a credit note (``credit_note``; its amounts are positive like those of an invoice)."""

    key: str
    vendor: PartyRef
    number: str
    issued_on: date
    posting_on: date
    due_on: date
    currency: Currency
    net_minor: int
    tax_minor: int
    gross_minor: int
    taxes: tuple[TaxShare, ...]
    lines: tuple[BillLine, ...]
    credit_note: bool = False
    payment_reference: str = ""
    attachments: tuple[Attachment, ...] = ()
    note: str = ""

    def __post_init__(self) -> None:
        """Refuse sums that do not add up."""
        _check_key(self.key)
        _same_sum("lines", self.net_minor, (line.net_minor for line in self.lines))
        _same_sum("taxes", self.tax_minor, (share.amount_minor for share in self.taxes))
        _same_sum("gross", self.gross_minor, (self.net_minor, self.tax_minor))

    @property
    def kind(self) -> DocumentKind:
        """What it is."""
        return DocumentKind.VENDOR_BILL


@dataclass(frozen=True, slots=True)
class PaidBill:
    """What a payment clears of one bill. ``discount_minor``: cash discount taken beside ``amount_minor``."""

    key: str
    number: str
    amount_minor: int
    erp_id: str = ""
    discount_minor: int = 0


@dataclass(frozen=True, slots=True)
class VendorPayment:
    """Money that left our bank account. ``account``: our code of that account; ``amount_minor``: > 0."""

    key: str
    vendor: PartyRef
    paid_on: date
    amount_minor: int
    currency: Currency
    account: str
    end_to_end_id: str
    pays: tuple[PaidBill, ...]

    def __post_init__(self) -> None:
        """Refuse a payment whose parts are not the whole."""
        _check_key(self.key)
        _same_sum("pays", self.amount_minor, (bill.amount_minor for bill in self.pays))
        if self.amount_minor <= 0:
            raise InputError("invalid_amount", "A payment is more than zero.", pointer="/amount")

    @property
    def kind(self) -> DocumentKind:
        """What it is."""
        return DocumentKind.VENDOR_PAYMENT


@dataclass(frozen=True, slots=True)
class EntryLine:
    """One side of an entry: either ``debit_minor`` or ``credit_minor`` is more than zero, the other is zero."""

    account: str
    debit_minor: int = 0
    credit_minor: int = 0
    text: str = ""
    cost_centre: str = ""
    party: PartyRef | None = None

    def __post_init__(self) -> None:
        """Refuse a line with no side, with two, or below zero."""
        if min(self.debit_minor, self.credit_minor) != 0 or max(self.debit_minor, self.credit_minor) <= 0:
            raise InputError("invalid_entry_line", "A line is either a debit or a credit, and more than zero.")


@dataclass(frozen=True, slots=True)
class JournalEntry:
    """An entry in the books. ``reference``: seen by people there, such as the number of a day."""

    key: str
    entry_on: date
    currency: Currency
    text: str
    reference: str
    lines: tuple[EntryLine, ...]

    def __post_init__(self) -> None:
        """Refuse what is not balanced: not every ERP does."""
        _check_key(self.key)
        if not self.lines:
            raise InputError("entry_without_lines", "An entry has lines.", pointer="/lines")
        debits = sum(line.debit_minor for line in self.lines)
        _same_sum("credits", debits, (line.credit_minor for line in self.lines))

    @property
    def kind(self) -> DocumentKind:
        """What it is."""
        return DocumentKind.JOURNAL_ENTRY

    @property
    def total_minor(self) -> int:
        """The sum of either side."""
        return sum(line.debit_minor for line in self.lines)


def _check_key(key: str) -> None:
    try:
        usual = str(uuid.UUID(key))
    except ValueError:
        usual = ""
    if key != usual:
        raise InputError("invalid_key", "The key of a document is a UUID in lower case.", pointer="/key")


def _same_sum(part: str, whole: int, parts: Iterable[int]) -> None:
    found = sum(parts)
    if found != whole:
        raise InputError(
            "totals_do_not_add_up", f"The {part} add up to {found}, not to {whole} (minor units).", pointer=f"/{part}"
        )
