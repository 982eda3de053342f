"""Orders, receipts and payables for tests of matching: euros, one supplier, one store, unless told otherwise."""

from __future__ import annotations

import uuid
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any

from gateway.domain.ids import PayableId, PurchaseOrderId, StoreId, SupplierId, TenantId
from gateway.domain.money import Currency, Money
from gateway.domain.payables.consumption import Taken
from gateway.domain.payables.matching_book import OrderBook
from gateway.domain.payables.payable import Payable, PayableKind, PayableLine, PayableState, PayableTax
from gateway.domain.payables.purchase import OrderLine, PurchaseOrder, ReceiptLine

EUR = Currency.of("EUR")
HERE = (TenantId("main"), StoreId("store-1"))
SUPPLIER = SupplierId(uuid.UUID("0190a000-0000-7000-8000-0000000000a1"))
OTHER_SUPPLIER = SupplierId(uuid.UUID("0190a000-0000-7000-8000-0000000000a2"))
DAY = date(2026, 11, 2)
AT = datetime(2026, 11, 2, 9, 0, tzinfo=UTC)
RATES: Mapping[str, Decimal] = {"V19": Decimal(19), "V7": Decimal(7)}


def eur(text: str) -> Money:
    """Return an amount in euros."""
    return Money.from_decimal(text, EUR)


def order_id_of(number: str) -> PurchaseOrderId:
    """Return the id the order of this number has in these tests."""
    return PurchaseOrderId(uuid.uuid5(uuid.NAMESPACE_OID, number))


def payable_id_of(number: str) -> PayableId:
    """Return the id the payable of this number has in these tests."""
    return PayableId(uuid.uuid5(uuid.NAMESPACE_URL, number))


def order_line(line_no: int, quantity: str, price: str, text: str = "Coffee beans 1 kg", **more: Any) -> OrderLine:
    """Return an order line; its amount follows."""
    per = more.get("price_per", Decimal(1))
    worth = (Decimal(quantity) * Decimal(price) / per).quantize(Decimal("0.01"))
    told: dict[str, Any] = {"tax_code": "V19", "account_code": "3400", "unit": "pcs"} | more
    return OrderLine(line_no, text, Decimal(quantity), Decimal(price), eur(str(worth)), **told)


def order(number: str, *lines: OrderLine, freight: str = "0.00", **more: Any) -> PurchaseOrder:
    """Return an order."""
    told: dict[str, Any] = {"supplier_id": SUPPLIER, "ordered_on": DAY, "currency": "EUR"} | more
    return PurchaseOrder(*HERE, order_id_of(number), number, lines=lines, freight=eur(freight), **told)


def received(number: str, *quantities: tuple[int, str]) -> tuple[ReceiptLine, ...]:
    """Return receipt lines: (line number, quantity)."""
    return tuple(ReceiptLine(order_id_of(number), line_no, Decimal(quantity)) for line_no, quantity in quantities)


def book(
    orders: Iterable[PurchaseOrder],
    receipts: Iterable[ReceiptLine] = (),
    taken: Mapping[tuple[PurchaseOrderId, int], Taken] | None = None,
) -> OrderBook:
    """Return the index over these orders."""
    return OrderBook(orders, receipts, taken or {}, RATES)


def billed(line_no: int, quantity: str, price: str, text: str = "Coffee beans 1 kg", **more: Any) -> PayableLine:
    """Return a line as billed; its amount follows unless told."""
    worth = more.pop("amount", None) or str((Decimal(quantity) * Decimal(price)).quantize(Decimal("0.01")))
    told: dict[str, Any] = {"unit": "pcs", "tax_percent": Decimal(19)} | more
    return PayableLine(line_no, text, Decimal(quantity), Decimal(price), eur(worth), **told)


def payable(number: str, lines: Sequence[PayableLine], *orders: str, **more: Any) -> Payable:
    """Return an invoice of these lines with 19 % tax; ``net`` alone makes one without lines."""
    net = more.pop("net", None) or Money(sum(line.amount.minor for line in lines), EUR)
    tax = Money((net.minor * 19 + 50) // 100, EUR)
    made = Payable(
        *HERE,
        payable_id_of(number),
        PayableKind.INVOICE,
        SUPPLIER,
        number,
        DAY,
        DAY,
        DAY,
        net,
        tax,
        net + tax,
        tuple(lines),
        (PayableTax(Decimal(19), net, tax),),
        PayableState.VALIDATED,
        Money(0, EUR),
        AT,
        AT,
        order_numbers=orders,
    )
    return replace(made, **more)
