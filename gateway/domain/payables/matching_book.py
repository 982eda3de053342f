"""The open orders as matching looks at them: an index by number, article and text over what is ordered, here, billed.

Built once for many payables; nothing in it changes while they are compared.
"""

import re
import unicodedata
from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from decimal import Decimal
from functools import lru_cache

from gateway.domain.ids import PurchaseOrderId, SupplierId
from gateway.domain.payables.consumption import FREIGHT_LINE, NOTHING_TAKEN, Taken
from gateway.domain.payables.purchase import MatchWays, OrderLine, PurchaseOrder, ReceiptLine

_ZERO = Decimal(0)
_TOKEN = re.compile(r"\w+")
_NOT_SKU = re.compile(r"[\W_]+")


def number_key(number: str) -> str:
    """Return an order number as it is compared: without blanks around, without case."""
    return number.strip().casefold()


@lru_cache(maxsize=65_536)
def sku_key(sku: str) -> str:
    """Return an article number as it is compared: letters and digits only, without case."""
    return _NOT_SKU.sub("", sku).casefold()


@lru_cache(maxsize=65_536)
def tokens_of(text: str) -> frozenset[str]:
    """Return the words and numbers of a text, folded."""
    folded = text.casefold() if text.isascii() else unicodedata.normalize("NFKC", text).casefold()
    return frozenset(_TOKEN.findall(folded))


@dataclass(frozen=True, slots=True)
class BookLine:
    """One order line with its figures. ``received``: what has arrived less what went back; ``taken``: billed so far.

    ``tax_percent``: of its tax code, None when not known; ``unit_price``: of one unit, in units of the currency.
    """

    order: PurchaseOrder
    line: OrderLine
    received: Decimal
    taken: Taken
    tax_percent: Decimal | None
    unit_price: Decimal

    @property
    def open_quantity(self) -> Decimal:
        """Return what may be billed now: received (or ordered, where nothing is received) less what is billed."""
        ceiling = self.received if self.line.ways is MatchWays.THREE_WAY else self.line.quantity
        return max(_ZERO, ceiling - self.taken.quantity)

    def is_alike(self, other: "BookLine") -> bool:
        """Return whether it makes no difference which of both lines of one order is billed."""
        one, two = self.line, other.line
        return (
            self.order.id == other.order.id
            and self.unit_price == other.unit_price
            and (one.text, one.sku, one.supplier_sku, one.unit, one.ways, one.over_percent)
            == (two.text, two.sku, two.supplier_sku, two.unit, two.ways, two.over_percent)
            and (one.tax_code, one.account_code, one.cost_centre) == (two.tax_code, two.account_code, two.cost_centre)
        )


class OrderBook:
    """Orders with receipts and consumption. All orders belong to one store."""

    __slots__ = ("_by_id", "_by_number", "_by_supplier", "_freight_taken", "_lines")

    def __init__(
        self,
        orders: Iterable[PurchaseOrder],
        received: Iterable[ReceiptLine],
        taken: Mapping[tuple[PurchaseOrderId, int], Taken],
        tax_percents: Mapping[str, Decimal],
    ) -> None:
        """Build the index.

        Args:
            orders: of one store.
            received: every receipt line of them.
            taken: what is billed, without the payable that is compared.
            tax_percents: by tax code.
        """
        arrived: dict[tuple[PurchaseOrderId, int], Decimal] = defaultdict(Decimal)
        for receipt in received:
            arrived[receipt.order_id, receipt.line_no] += receipt.quantity
        self._by_id: dict[PurchaseOrderId, PurchaseOrder] = {}
        self._by_number: dict[str, PurchaseOrder] = {}
        self._by_supplier: dict[SupplierId, list[PurchaseOrder]] = defaultdict(list)
        self._lines: dict[PurchaseOrderId, dict[int, BookLine]] = {}
        self._freight_taken: dict[PurchaseOrderId, int] = {}
        for order in sorted(orders, key=lambda one: one.number):
            self._by_id[order.id] = order
            self._by_number[number_key(order.number)] = order
            self._by_supplier[order.supplier_id].append(order)
            self._freight_taken[order.id] = taken.get((order.id, FREIGHT_LINE), NOTHING_TAKEN).amount_minor
            self._lines[order.id] = {
                line.line_no: BookLine(
                    order,
                    line,
                    arrived.get((order.id, line.line_no), _ZERO),
                    taken.get((order.id, line.line_no), NOTHING_TAKEN),
                    tax_percents.get(line.tax_code),
                    line.price / line.price_per if line.price_per > 0 else line.price,
                )
                for line in order.lines
            }

    def order(self, number: str) -> PurchaseOrder | None:
        """Return the order with this number."""
        return self._by_number.get(number_key(number))

    def by_id(self, order_id: PurchaseOrderId) -> PurchaseOrder | None:
        """Return one order."""
        return self._by_id.get(order_id)

    def of_supplier(self, supplier_id: SupplierId) -> list[PurchaseOrder]:
        """Return the orders of a supplier that are not closed, by number."""
        return [order for order in self._by_supplier.get(supplier_id, ()) if not order.closed]

    def line(self, order_id: PurchaseOrderId, line_no: int) -> BookLine | None:
        """Return one line."""
        return self._lines.get(order_id, {}).get(line_no)

    def lines(self, order_id: PurchaseOrderId) -> Iterable[BookLine]:
        """Return the lines of an order, as the order has them."""
        return self._lines.get(order_id, {}).values()

    def freight_taken(self, order_id: PurchaseOrderId) -> int:
        """Return what is billed of the agreed freight, in minor units."""
        return self._freight_taken.get(order_id, 0)
