"""Three-way matching of many lines: each invoice against its order and what arrived, as the gateway does it."""

import time
from dataclasses import replace
from decimal import Decimal
from typing import TypeAlias

from bench.figures import Figure, Goal
from gateway.domain.ids import PurchaseOrderId, SupplierId, derived_id
from gateway.domain.money import Money
from gateway.domain.payables.matching import match_payable
from gateway.domain.payables.matching_book import OrderBook
from gateway.domain.payables.matching_tolerances import Tolerances
from gateway.domain.payables.payable import Payable, PayableLine, PayableState
from gateway.domain.payables.purchase import OrderLine, PurchaseOrder, ReceiptLine
from tests.support.run_rows import EUR, HERE, ROOT, TODAY, payable, supplier_id_of

LINES = 100_000
LINES_OF_ONE = 20
"""Lines of an invoice and its order; one in ten has a price that differs."""
GOAL_S = 10.0
_TEN, _TOO_MUCH = 10, 2
_Case: TypeAlias = tuple[Payable, PurchaseOrder, list[ReceiptLine]]


def match_figures(lines: int) -> tuple[Figure, ...]:
    """Measure matching, once as most invoices are, and once with what makes it hard.

    Args:
        lines: of all invoices together.
    """
    number = lines // LINES_OF_ONE
    usual, exceptions = _matched([_pair(one) for one in range(number)])
    assert exceptions == sum(one % _TEN == 0 for one in range(number)), "each wrong price is found"
    hard, hard_exceptions = _matched([_hard(*_pair(one), one) for one in range(number)])
    assert hard_exceptions == sum(one % _TEN in (0, 1) for one in range(number)), "each delivery that is short is found"
    words = f"{number} invoices of {LINES_OF_ONE} lines, {exceptions} with an exception"
    harder = f"deliveries in parts, no order number on lines, freight, too much: {hard_exceptions} with an exception"
    goal = Goal.most(GOAL_S)
    return (
        Figure("payables_match", f"three-way match of {lines} lines, processor time", usual, "s", goal, remark=words),
        Figure("payables_match_hard", "the same, the harder mix", hard, "s", goal, remark=harder),
    )


def _matched(pairs: list[_Case]) -> tuple[float, int]:
    """Return the processor time in seconds, and how many invoices have an exception."""
    tolerances = Tolerances()
    begun, exceptions = time.process_time(), 0
    for invoice, order, received in pairs:
        found = match_payable(invoice, OrderBook([order], received, {}, {}), tolerances, {})
        assert len(found.lines) >= LINES_OF_ONE
        exceptions += bool(found.exceptions)
    return time.process_time() - begun, exceptions


def _hard(invoice: Payable, order: PurchaseOrder, received: list[ReceiptLine], number: int) -> _Case:
    """Deliver in three parts, bill freight, name the order on the head only; every tenth delivery is one too short.

    Half of the lines have no article number: they are found by their text.
    """
    parts = [replace(one, quantity=Decimal(share)) for one in received for share in ("1", "1", "2")]
    if number % _TEN == 1:
        parts[-1] = replace(parts[-1], quantity=Decimal(1))
    elif number % _TEN == _TOO_MUCH:
        parts.append(replace(parts[-1], quantity=Decimal(1)))
    lines = [
        replace(line, order_number="", sku=line.sku if line.line_no % 2 else "", text=f"{line.text}, blue")
        for line in invoice.lines
    ]
    freight = Money(1_900, EUR)
    lines.append(PayableLine(LINES_OF_ONE + 1, "Freight and packing", Decimal(1), Decimal(19), freight))
    net = invoice.net + freight
    return replace(invoice, lines=tuple(lines), net=net, gross=net), replace(order, freight=freight), parts


def _pair(number: int) -> _Case:
    order_id = PurchaseOrderId(derived_id(ROOT, f"order {number}"))
    price, quantity = Decimal("12.50"), Decimal(4)
    billed = price * 2 if number % _TEN == 0 else price
    ordered, received, lines = [], [], []
    for line_no in range(1, LINES_OF_ONE + 1):
        sku = f"A{line_no:05d}"
        text = f"Article {line_no} of many"
        amount = Money(int(price * quantity * 100), EUR)
        ordered.append(OrderLine(line_no, text, quantity, price, amount, sku=sku, unit="C62"))
        received.append(ReceiptLine(order_id, line_no, quantity))
        paid = Money(int(billed * quantity * 100), EUR)
        lines.append(PayableLine(line_no, text, quantity, billed, paid, sku=sku, unit="C62", order_number=f"P{number}"))
    net = sum((line.amount for line in lines), start=Money(0, EUR))
    supplier_id = SupplierId(supplier_id_of("Alpha"))
    invoice = replace(
        payable(f"R-{number}", state=PayableState.VALIDATED),
        lines=tuple(lines),
        net=net,
        tax=Money(0, EUR),
        gross=net,
        order_numbers=(f"P{number}",),
    )
    order = PurchaseOrder(*HERE, order_id, f"P{number}", supplier_id, TODAY, "EUR", tuple(ordered), Money(0, EUR))
    return invoice, order, received
