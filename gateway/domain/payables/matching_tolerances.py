"""How far an invoice may be from its order and receipt, for each check, above and below apart.

A tolerance has a share and an amount, and the smaller of both wins: the share alone would let a large line differ by
thousands, the amount alone a small line by its whole price.
"""

from dataclasses import dataclass
from decimal import Decimal
from functools import lru_cache

from gateway.domain.money import Currency

_HUNDRED = Decimal(100)


@dataclass(frozen=True, slots=True)
class Tolerance:
    """One tolerance. ``percent``: of what is expected, >= 0; ``amount``: in units of the currency, >= 0."""

    percent: Decimal
    amount: Decimal


@dataclass(frozen=True, slots=True)
class Tolerances:
    """The tolerances of a house; the defaults are what is usual.

    ``price_over``, ``price_under``: of a line's amount against quantity times agreed price; ``ordered_over``: quantity
    above what was ordered where the order line says nothing, as a share, and worth at most the amount;
    ``received_over``: the same above what has arrived; ``freight_over``: above the agreed freight; ``tax``: tax of one
    rate, both ways; ``header_over``, ``header_under``: of an invoice without lines against its orders;
    ``contract_over``, ``contract_under``: against the price of a contract; ``rounding``: of one line, in units of the
    currency, always granted; ``rounding_line``: largest amount of a line that is taken for a rounding.
    """

    price_over: Tolerance = Tolerance(Decimal(2), Decimal(50))
    price_under: Tolerance = Tolerance(Decimal(5), Decimal(100))
    ordered_over: Tolerance = Tolerance(Decimal(5), Decimal(50))
    received_over: Tolerance = Tolerance(Decimal(0), Decimal(0))
    freight_over: Tolerance = Tolerance(Decimal(10), Decimal(10))
    tax: Tolerance = Tolerance(Decimal(1), Decimal("0.05"))
    header_over: Tolerance = Tolerance(Decimal(1), Decimal(25))
    header_under: Tolerance = Tolerance(Decimal(1), Decimal(25))
    contract_over: Tolerance = Tolerance(Decimal(0), Decimal(0))
    contract_under: Tolerance = Tolerance(Decimal(5), Decimal(100))
    rounding: Decimal = Decimal("0.02")
    rounding_line: Decimal = Decimal("0.05")


USUAL_TOLERANCES = Tolerances()


@lru_cache(maxsize=1024)
def minor_of(amount: Decimal, currency: Currency) -> int:
    """Return an amount in units of a currency as whole minor units, rounded down."""
    return int(amount.scaleb(currency.exponent))


def limit_minor(tolerance: Tolerance, base_minor: int, currency: Currency) -> int:
    """Return how far an amount may be from ``base_minor``, in minor units: the smaller of share and amount."""
    share = int(abs(base_minor) * tolerance.percent / _HUNDRED)
    return min(share, minor_of(tolerance.amount, currency))


def quantity_limit(tolerance: Tolerance, base: Decimal, price: Decimal) -> Decimal:
    """Return how many units may be above ``base``: the share, but worth at most the amount.

    ``price``: of one unit, in units of the currency; a line without a price has only the share.
    """
    share = base * tolerance.percent / _HUNDRED
    return min(share, tolerance.amount / price) if price > 0 else share
