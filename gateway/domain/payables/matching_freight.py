"""Freight and surcharges of a payable against what its orders agreed, cumulated over all their invoices."""

from collections.abc import Sequence
from decimal import Decimal

from gateway.domain.money import Money
from gateway.domain.payables.consumption import FREIGHT_LINE, Take
from gateway.domain.payables.matching_book import OrderBook
from gateway.domain.payables.matching_checks import told
from gateway.domain.payables.matching_result import Check, Issue, LineMatch, Role
from gateway.domain.payables.matching_tolerances import Tolerances, limit_minor, minor_of
from gateway.domain.payables.payable import Payable, PayableLine
from gateway.domain.payables.purchase import PurchaseOrder

_NO_QUANTITY = Decimal(0)


def freight_match(
    payable: Payable,
    lines: Sequence[PayableLine],
    found: Sequence[LineMatch],
    orders: Sequence[PurchaseOrder],
    book: OrderBook,
    tolerances: Tolerances,
    sign: int,
) -> tuple[tuple[Check, ...], tuple[Take, ...]]:
    """Return the check of the freight, if there is any, and what it takes of the agreed one.

    Args:
        payable: whose freight on the head counts where no line carries it.
        lines: of the payable.
        found: their roles, in the same order.
        orders: that the payable belongs to, by number; without any, freight is booked like other costs.
        book: with what is billed of freight so far.
        tolerances: of the house.
        sign: -1 for a credit note.
    """
    if not orders:
        return (), ()
    roles = {one.line_no: one.role for one in found}
    own = [
        (line.line_no, line.amount.minor) for line in lines if roles.get(line.line_no) in (Role.FREIGHT, Role.SURCHARGE)
    ]
    if (
        payable.freight is not None
        and payable.freight.minor
        and not any(role is Role.FREIGHT for role in roles.values())
    ):
        own.append((0, payable.freight.minor))
    currency = payable.net.currency
    billed = sum(minor for _, minor in own)
    agreeing = [order for order in orders if order.currency == currency.code]
    if not billed or not agreeing:
        return (), ()
    rooms = {order.id: max(0, order.freight.minor - book.freight_taken(order.id)) for order in agreeing}
    if sign < 0:
        rooms = {order.id: max(0, book.freight_taken(order.id)) for order in agreeing}
    room = sum(rooms.values())
    over = limit_minor(tolerances.freight_over, sum(order.freight.minor for order in agreeing), currency)
    limit = max(minor_of(tolerances.rounding, currency), 0 if sign < 0 else over)
    issue = Issue.FREIGHT_NOT_AGREED if sign > 0 else Issue.CREDIT_ABOVE_BILLED
    check = Check(issue, billed <= room + limit, told(room, currency), told(billed, currency), told(limit, currency))
    takes = []
    for line_no, minor in own:
        left = minor
        for order in agreeing:
            last = order is agreeing[-1]
            part = left if last else min(left, rooms[order.id])
            rooms[order.id] -= part
            left -= part
            if part:
                amount = Money(part * sign, currency)
                takes.append(Take(order.id, order.number, FREIGHT_LINE, line_no, _NO_QUANTITY, amount))
    return (check,), tuple(takes)
