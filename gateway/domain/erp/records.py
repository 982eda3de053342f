"""Records that come in from an ERP. ``erp_id``: its own id; ``version``: opaque, another one after every change."""

from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from enum import StrEnum

from gateway.domain.money import Currency


class RecordKind(StrEnum):
    """What can be fetched."""

    VENDOR = "vendor"
    CUSTOMER = "customer"
    ORDER = "order"
    OPEN_ITEM = "open_item"


@dataclass(frozen=True, slots=True)
class VendorRecord:
    """A supplier. ``terms_days``: days until payment, None where the ERP does not say; ``ibans``: never logged."""

    erp_id: str
    code: str
    name: str
    vat_id: str = ""
    registration: str = ""
    ibans: tuple[str, ...] = ()
    terms_code: str = ""
    terms_days: int | None = None
    currency: Currency | None = None
    blocked: bool = False
    version: str = ""


@dataclass(frozen=True, slots=True)
class CustomerRecord:
    """A customer."""

    erp_id: str
    code: str
    name: str
    vat_id: str = ""
    currency: Currency | None = None
    blocked: bool = False
    version: str = ""


class OrderStatus(StrEnum):
    """Whether more is expected of an order."""

    OPEN = "open"
    CLOSED = "closed"


@dataclass(frozen=True, slots=True)
class OrderedLine:
    """One line of an order: how much was ordered, received and billed, in ``unit``."""

    line_id: str
    sku: str
    text: str
    unit: str
    ordered: Decimal
    received: Decimal
    billed: Decimal
    unit_price: Decimal
    tax_code: str = ""


@dataclass(frozen=True, slots=True)
class OrderRecord:
    """A purchase order with what came of it."""

    erp_id: str
    number: str
    vendor_erp_id: str
    currency: Currency
    ordered_on: date
    status: OrderStatus
    lines: tuple[OrderedLine, ...]
    version: str = ""


class OpenItemSide(StrEnum):
    """Whether we owe or are owed."""

    PAYABLE = "payable"
    RECEIVABLE = "receivable"


@dataclass(frozen=True, slots=True)
class OpenItemRecord:
    """A claim or a debt that is not cleared whole. Amounts in minor units, a credit note below zero."""

    erp_id: str
    side: OpenItemSide
    party_erp_id: str
    document_number: str
    due_on: date
    amount_minor: int
    remaining_minor: int
    currency: Currency
    version: str = ""


ErpRecord = VendorRecord | CustomerRecord | OrderRecord | OpenItemRecord
