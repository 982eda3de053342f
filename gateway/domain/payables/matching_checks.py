"""The checks of one line against its order lines, and of the sums of a payable, each with its figures.

Amounts are compared as they move the shop's money: a credit note that gives back less than it should is too dear.
"""

from collections.abc import Sequence
from decimal import ROUND_HALF_UP, Decimal

from gateway.domain.money import Currency, Money
from gateway.domain.payables.matching_book import BookLine, sku_key
from gateway.domain.payables.matching_result import Check, Issue
from gateway.domain.payables.matching_tolerances import Tolerances, limit_minor, minor_of, quantity_limit
from gateway.domain.payables.payable import Payable, PayableLine
from gateway.domain.payables.purchase import MatchWays, PurchaseOrder

_HUNDRED = Decimal(100)
_ONE = Decimal(1)


def worth_minor(quantity: Decimal, unit_price: Decimal, currency: Currency) -> int:
    """Return quantity times price in minor units, rounded half up."""
    return int((quantity * unit_price).scaleb(currency.exponent).quantize(_ONE, ROUND_HALF_UP))


def told(minor: int, currency: Currency) -> str:
    """Return minor units as a plain decimal."""
    return Money(minor, currency).to_decimal()


def plain(number: Decimal) -> str:
    """Return a quantity as people write it: no exponent, no zeros at its end."""
    text = str(number)
    if "E" in text:
        text = f"{number:f}"
    return text.rstrip("0").rstrip(".") if "." in text else text


def price_check(
    line: PayableLine, parts: Sequence[tuple[BookLine, Decimal]], tolerances: Tolerances, sign: int
) -> Check:
    """Compare a line's amount with quantity times agreed price; ``parts``: order lines, quantities in their unit."""
    currency = line.amount.currency
    expected = sum(worth_minor(quantity, one.unit_price, currency) for one, quantity in parts)
    above = (line.amount.minor - expected) * sign
    rounding = minor_of(tolerances.rounding, currency)
    issue = Issue.PRICE_BELOW if above < 0 else Issue.PRICE_ABOVE
    tolerance = tolerances.price_under if above < 0 else tolerances.price_over
    limit = max(rounding, limit_minor(tolerance, expected, currency))
    ok = -limit <= above <= limit
    return Check(issue, ok, told(expected, currency), line.amount.to_decimal(), told(limit, currency))


def total_check(line: PayableLine, tolerances: Tolerances, sign: int) -> Check | None:
    """Compare a line's amount with its own quantity times price: more is wrong, less is a discount."""
    if not line.price:
        return None
    currency = line.amount.currency
    own = worth_minor(line.quantity, line.price, currency)
    limit = minor_of(tolerances.rounding, currency)
    if (line.amount.minor - own) * sign <= limit:
        return None
    return Check(Issue.LINE_TOTAL_ABOVE, False, told(own, currency), line.amount.to_decimal(), told(limit, currency))


def quantity_checks(one: BookLine, before: Decimal, quantity: Decimal, tolerances: Tolerances) -> tuple[Check, ...]:
    """Compare what is billed of an order line with what was ordered and has arrived.

    Args:
        one: the order line.
        before: billed by others and by earlier lines of this payable.
        quantity: of this line, in the unit of the order; negative gives back.
        tolerances: of the house.
    """
    billed, line = before + quantity, one.line
    if quantity < 0:
        return (Check(Issue.CREDIT_ABOVE_BILLED, billed >= 0, plain(before), plain(-quantity)),)
    if line.over_percent is None:
        more = quantity_limit(tolerances.ordered_over, line.quantity, one.unit_price)
    else:
        # What was agreed for this line is agreed, whatever it is worth.
        more = line.quantity * line.over_percent / _HUNDRED
    found = [
        Check(
            Issue.QUANTITY_ABOVE_ORDERED,
            billed <= line.quantity + more,
            plain(line.quantity),
            plain(billed),
            plain(more),
        )
    ]
    if line.ways is MatchWays.THREE_WAY:
        more = quantity_limit(tolerances.received_over, one.received, one.unit_price)
        issue = Issue.NOT_RECEIVED_YET if one.received <= before else Issue.QUANTITY_ABOVE_RECEIVED
        ok = billed <= one.received + more
        found.append(Check(issue, ok, plain(one.received), plain(billed), plain(more)))
    return tuple(found)


def agreement_checks(line: PayableLine, one: BookLine, *, units_fit: bool) -> tuple[Check, ...]:
    """Compare what a line and its order line say of article, unit and tax."""
    found, number = [], one.order.number
    if line.sku and (one.line.sku or one.line.supplier_sku):
        known = [sku for sku in (one.line.sku, one.line.supplier_sku) if sku]
        if sku_key(line.sku) not in {sku_key(sku) for sku in known}:
            found.append(Check(Issue.ARTICLE_DIFFERS, False, " / ".join(known), line.sku, subject=number))
    if not units_fit:
        found.append(Check(Issue.UNIT_DIFFERS, False, one.line.unit, line.unit, subject=number))
    if line.tax_percent is not None and one.tax_percent is not None:
        ok = line.tax_percent == one.tax_percent
        found.append(Check(Issue.TAX_DIFFERS, ok, plain(one.tax_percent), plain(line.tax_percent), subject="%"))
    if one.line.ways is MatchWays.CONSIGNMENT:
        found.append(Check(Issue.CONSIGNMENT, False, "0", line.amount.to_decimal(), subject=number))
    return tuple(found)


def order_checks(order: PurchaseOrder, payable: Payable) -> tuple[Check, ...]:
    """Compare whose order it is, in which currency, and whether it is still open. Only what differs is told."""
    found, number, code = [], order.number, payable.net.currency.code
    if order.supplier_id != payable.supplier_id:
        figures = (str(order.supplier_id), str(payable.supplier_id))
        found.append(Check(Issue.SUPPLIER_DIFFERS, False, *figures, subject=number))
    if order.currency != code:
        found.append(Check(Issue.CURRENCY_DIFFERS, False, order.currency, code, subject=number))
    if order.closed:
        found.append(Check(Issue.ORDER_CLOSED, False, "open", "closed", subject=number))
    return tuple(found)


def sum_checks(payable: Payable, tolerances: Tolerances, *, freight_in_lines: bool) -> tuple[Check, ...]:
    """Recompute the sums of a payable: lines to net, rates to tax, net and tax to gross. Only what differs is told."""
    currency = payable.net.currency
    rounding = minor_of(tolerances.rounding, currency)
    head_rounding = payable.rounding.minor if payable.rounding is not None else 0
    freight = payable.freight.minor if payable.freight is not None and not freight_in_lines else 0
    found = []
    if payable.lines:
        lines = sum(line.amount.minor for line in payable.lines)
        limit = rounding * len(payable.lines)
        ways = (lines, lines + freight, lines + head_rounding, lines + freight + head_rounding)
        if all(abs(way - payable.net.minor) > limit for way in ways):
            found.append(_sums("net", ways[1], payable.net.minor, limit, currency))
    billed = payable.net.minor + payable.tax.minor
    if all(abs(way - payable.gross.minor) > rounding for way in (billed, billed + head_rounding)):
        found.append(_sums("gross", billed, payable.gross.minor, rounding, currency))
    if payable.taxes:
        limit = rounding * len(payable.taxes)
        for name, parts, whole in (
            ("tax", sum(one.tax.minor for one in payable.taxes), payable.tax.minor),
            ("taxed", sum(one.net.minor for one in payable.taxes), payable.net.minor),
        ):
            if abs(parts - whole) > limit:
                found.append(_sums(name, parts, whole, limit, currency))
    for one in payable.taxes:
        expected = int((one.net.minor * one.percent / _HUNDRED).quantize(_ONE, ROUND_HALF_UP))
        limit = max(rounding, limit_minor(tolerances.tax, expected, currency))
        if abs(one.tax.minor - expected) > limit:
            subject = f"{plain(one.percent)} %"
            figures = (told(expected, currency), one.tax.to_decimal(), told(limit, currency))
            found.append(Check(Issue.TAX_DIFFERS, False, *figures, subject))
    return tuple(found)


def _sums(subject: str, expected: int, actual: int, limit: int, currency: Currency) -> Check:
    figures = (told(expected, currency), told(actual, currency), told(limit, currency))
    return Check(Issue.SUMS_DIFFER, False, *figures, subject)
