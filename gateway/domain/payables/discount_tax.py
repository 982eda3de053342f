"""The input tax in a cash discount: who pays less was taxed for less, so its share of the tax goes back.

A discount is spread over the rates of its invoice by what each is worth with tax, exactly to the cent; of each part the
tax in it is rounded half up. The tax code of a line may say that its tax stays (``discount_corrects_tax``).
"""

from collections.abc import Collection
from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Decimal

from gateway.domain.money import Money
from gateway.domain.payables.payable import Payable, PayableTax


@dataclass(frozen=True, slots=True)
class TaxShare:
    """What a discount takes off one rate of one invoice.

    ``discount``: with tax, >= 0; ``tax``: the part of it that lowers the input tax, 0 where the tax stays.
    """

    percent: Decimal
    discount: Money
    tax: Money


def tax_shares(payable: Payable, discount: Money, kept: Collection[str] = ()) -> tuple[TaxShare, ...]:
    """Return what a discount takes off each rate of an invoice; the parts add up to it.

    ``discount``: >= 0, in the currency of the invoice; ``kept``: tax codes whose tax a discount leaves alone.
    """
    rates = payable.taxes or (PayableTax(Decimal(0), payable.net, payable.tax),)
    worth = [max(0, (one.net + one.tax).minor) for one in rates]
    if not discount.minor or not any(worth):
        return ()
    parts = discount.allocate(worth)
    return tuple(
        TaxShare(one.percent, part, _tax_in(part, one, _corrected(payable, one.percent, part, kept)))
        for one, part in zip(rates, parts, strict=True)
        if part.minor
    )


def _corrected(payable: Payable, percent: Decimal, part: Money, kept: Collection[str]) -> Money:
    """Return how much of a rate's part is of lines whose tax a discount lowers, by what they are worth."""
    lowered = left = 0
    for line in payable.lines:
        if line.tax_percent == percent or len(payable.taxes) <= 1:
            worth = max(0, line.amount.minor)
            lowered, left = (lowered, left + worth) if line.tax_code in kept else (lowered + worth, left)
    return part if not left else part.allocate([lowered, left])[0]


def _tax_in(part: Money, rate: PayableTax, corrected: Money) -> Money:
    gross = (rate.net + rate.tax).minor
    if rate.tax.minor <= 0 or gross <= 0:
        return Money(0, part.currency)
    exact = Decimal(corrected.minor) * rate.tax.minor / gross
    return Money(min(int(exact.quantize(Decimal(1), ROUND_HALF_UP)), corrected.minor), part.currency)
