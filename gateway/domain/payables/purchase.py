"""What was ordered and what has arrived: purchase orders, goods receipts, tax codes and cost centres.

Quantities and unit prices are decimals with the scale they were written in; amounts are money.
"""

from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from enum import StrEnum

from gateway.domain.ids import GoodsReceiptId, PurchaseOrderId, StoreId, SupplierId, TenantId
from gateway.domain.money import Money


class MatchWays(StrEnum):
    """What an order line's invoices are compared with."""

    TWO_WAY = "two_way"
    """The order: services and whatever is not received."""
    THREE_WAY = "three_way"
    """The order and what has arrived."""
    CONSIGNMENT = "consignment"
    """Nothing is invoiced against it."""


@dataclass(frozen=True, slots=True)
class OrderLine:
    """One line of an order.

    ``quantity`` > 0 in ``unit``; ``price``: of ``price_per`` units, before tax; ``amount``: of the whole line, before
    tax; ``over_percent``, ``under_percent``: delivery tolerated above and below what was ordered, None: the house's.
    """

    line_no: int
    text: str
    quantity: Decimal
    price: Decimal
    amount: Money
    sku: str = ""
    supplier_sku: str = ""
    unit: str = ""
    price_per: Decimal = Decimal(1)
    tax_code: str = ""
    account_code: str = ""
    cost_centre: str = ""
    ways: MatchWays = MatchWays.THREE_WAY
    over_percent: Decimal | None = None
    under_percent: Decimal | None = None


@dataclass(frozen=True, slots=True)
class PurchaseOrder:
    """One order. ``number``: as written on invoices, unique; ``freight``: agreed, zero for none; ``closed``: done."""

    tenant_id: TenantId
    store_id: StoreId
    id: PurchaseOrderId
    number: str
    supplier_id: SupplierId
    ordered_on: date
    currency: str
    lines: tuple[OrderLine, ...]
    freight: Money
    closed: bool = False
    version: int = 1


@dataclass(frozen=True, slots=True)
class ReceiptLine:
    """What arrived of one order line. ``quantity``: negative when goods went back; ``line_no``: of the order."""

    order_id: PurchaseOrderId
    line_no: int
    quantity: Decimal


@dataclass(frozen=True, slots=True)
class GoodsReceipt:
    """One delivery. ``number``: of the delivery note, unique for the supplier."""

    tenant_id: TenantId
    store_id: StoreId
    id: GoodsReceiptId
    number: str
    supplier_id: SupplierId
    received_on: date
    lines: tuple[ReceiptLine, ...]


@dataclass(frozen=True, slots=True)
class TaxCode:
    """A tax code of the books. ``percent``: 0 to 100; ``account_code``: of the input tax.

    ``in_use``: offered for new work; ``discount_corrects_tax``: a cash discount lowers the input tax by its share.
    """

    code: str
    name: str
    percent: Decimal
    account_code: str = ""
    in_use: bool = True
    discount_corrects_tax: bool = True


@dataclass(frozen=True, slots=True)
class CostCentre:
    """A cost centre. ``owner``: login of who answers for it, or empty; ``in_use``: offered for new work."""

    code: str
    name: str
    owner: str = ""
    in_use: bool = True
