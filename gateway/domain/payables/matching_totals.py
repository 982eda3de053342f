"""Invoices and credit notes without lines that name their orders: compared as a whole with everything that is open."""

from collections.abc import Sequence
from decimal import Decimal

from gateway.domain.money import Money
from gateway.domain.payables.coding import Coding
from gateway.domain.payables.consumption import Take
from gateway.domain.payables.matching_book import BookLine, OrderBook
from gateway.domain.payables.matching_checks import order_checks, told, worth_minor
from gateway.domain.payables.matching_result import Check, Issue, LineMatch, Reason, Role
from gateway.domain.payables.matching_tolerances import Tolerances, limit_minor
from gateway.domain.payables.payable import Payable, PayableLine
from gateway.domain.payables.purchase import MatchWays, PurchaseOrder

WHOLE_LINE = 1
"""The number under which the whole of a payable without lines is told."""

_ZERO = Decimal(0)


def totals_match(
    payable: Payable, orders: Sequence[PurchaseOrder], book: OrderBook, tolerances: Tolerances, sign: int
) -> LineMatch:
    """Compare the net amount with what is open of the orders it names (a credit note: with what is billed).

    Args:
        payable: without lines.
        orders: by number, at least one.
        book: with what others have taken.
        tolerances: of the house.
        sign: -1 for a credit note.
    """
    lines = [one for order in orders for one in book.lines(order.id) if one.line.ways is not MatchWays.CONSIGNMENT]
    checks: list[Check] = []
    for order in orders:
        checks += order_checks(order, payable)
    parts = [(one, one.taken.quantity if sign < 0 else one.open_quantity) for one in lines]
    if sign > 0 and not any(quantity for _, quantity in parts):
        parts = [(one, max(_ZERO, one.line.quantity - one.taken.quantity)) for one in lines]
        waits = any(quantity for _, quantity in parts)
        issue = Issue.NOT_RECEIVED_YET if waits else Issue.QUANTITY_ABOVE_ORDERED
        checks.append(Check(issue, False, "0", payable.net.to_decimal()))
    parts = [(one, quantity) for one, quantity in parts if quantity > 0]
    takes, total = _spread(payable, parts, tolerances, sign)
    checks.append(total)
    first_line = parts[0][0].line if parts else None
    coding = (
        Coding(first_line.account_code, first_line.cost_centre, first_line.tax_code)
        if first_line is not None and first_line.account_code
        else None
    )
    against = tuple(one for one, _ in parts) or tuple(lines)
    return LineMatch(WHOLE_LINE, Role.GOODS, Reason.WHOLE_ORDER, tuple(checks), takes, against, coding=coding)


def is_whole(payable: Payable) -> bool:
    """Return whether a payable says only what it costs in all: no lines, or the one that was made of it for booking."""
    if not payable.lines:
        return True
    first = payable.lines[0]
    return len(payable.lines) == 1 and first.text == payable.number and first.amount == payable.net


def whole_line(payable: Payable) -> PayableLine:
    """Return a payable without lines as one line."""
    if payable.lines:
        return payable.lines[0]
    return PayableLine(WHOLE_LINE, payable.number, Decimal(1), Decimal(payable.net.to_decimal()), payable.net)


def _spread(
    payable: Payable, parts: Sequence[tuple[BookLine, Decimal]], tolerances: Tolerances, sign: int
) -> tuple[tuple[Take, ...], Check]:
    currency = payable.net.currency
    weights = [
        max(0, one.taken.amount_minor) if sign < 0 else worth_minor(quantity, one.unit_price, currency)
        for one, quantity in parts
    ]
    expected, actual = sum(weights), payable.net.minor
    above = (actual - expected) * sign
    tolerance = tolerances.header_under if above < 0 else tolerances.header_over
    limit = limit_minor(tolerance, expected, currency)
    within = abs(actual - expected) <= limit
    issue = Issue.TOTAL_BELOW if above < 0 else Issue.TOTAL_ABOVE
    ok = within
    if sign < 0:
        # A credit note over a part lowers what was paid and brings no goods back; over more than all, it is wrong.
        issue, ok = Issue.CREDIT_ABOVE_BILLED, actual <= expected + limit
    check = Check(issue, ok, told(expected, currency), told(actual, currency), told(limit, currency))
    if not expected:
        return (), check
    amounts = Money(actual, currency).allocate(weights)
    takes = tuple(
        Take(
            one.order.id,
            one.order.number,
            one.line.line_no,
            WHOLE_LINE,
            quantity * sign if within or sign > 0 else _ZERO,
            amount if sign > 0 else -amount,
        )
        for (one, quantity), amount in zip(parts, amounts, strict=True)
    )
    return takes, check
