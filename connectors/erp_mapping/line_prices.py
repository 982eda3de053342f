"""Lines for ERPs that compute the net of a line themselves, from a quantity and a price with few digits."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import ROUND_HALF_UP, Decimal


def quantity_and_price(line: Mapping[str, str], digits: int) -> tuple[Decimal, Decimal]:
    """Return a quantity and a unit price whose product, rounded half up, is the net of the line.

    Where the ERP's digits allow none, it is one piece at the net. The line of an order keeps its quantity, since the
    ERP counts by it; then the sums are compared before posting, as they are always.

    Args:
        line: quantity, unit price, net and order as texts, the net with the digits of its currency.
        digits: decimal places of unit prices there, >= 0.
    """
    quantity, net = Decimal(line["quantity"]), Decimal(line["net"])
    if quantity == 0:
        return Decimal(1), net
    prices = [rounded(price, digits) for price in (Decimal(line["unit_price"]), net / quantity)]
    places = -int(net.as_tuple().exponent)
    for price in prices:
        if rounded(quantity * price, places) == net:
            return quantity, price
    return (quantity, prices[1]) if line["order"] else (Decimal(1), net)


def rounded(value: Decimal, digits: int) -> Decimal:
    """Return a number with so many decimal places, half up."""
    return value.quantize(Decimal(1).scaleb(-digits), ROUND_HALF_UP)
