"""The use cases of sales that the routes need."""

from dataclasses import dataclass

from gateway.services.sales.exchange_goods import ExchangeGoods
from gateway.services.sales.give_back_sale import GiveBackSale
from gateway.services.sales.print_sale import PrintSale
from gateway.services.sales.read_sales import ReadSales
from gateway.services.sales.sell import EndTender, OpenSale, SaleParts, TakeTender
from gateway.services.sales.split_sale import SplitSale
from gateway.services.sales.tender_way_cash import CashWay
from gateway.services.sales.tender_way_foreign_cash import ForeignCashWay
from gateway.services.sales.void_sale import VoidSale


@dataclass(frozen=True, slots=True)
class SaleServices:
    """One field for each use case. ``parts``: what they stand on, for use cases that join them in one unit of work."""

    parts: SaleParts
    open: OpenSale
    take: TakeTender
    end: EndTender
    void: VoidSale
    give_back: GiveBackSale
    exchange: ExchangeGoods
    split: SplitSale
    read: ReadSales
    prints: PrintSale
    cash: CashWay
    foreign_cash: ForeignCashWay
