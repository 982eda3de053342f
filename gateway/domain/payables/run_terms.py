"""What the shop decided about its payment runs."""

from dataclasses import dataclass
from decimal import Decimal


@dataclass(frozen=True, slots=True)
class RunTerms:
    """Percent a year: ``cost_of_cash``: what borrowed money costs; ``late_interest``: what a late payment costs.

    ``every_days``: calendar days from one run to the next, >= 1. The usual late interest is the ECB's reference rate
    and eight points (directive 2011/7/EU, article 2).
    """

    cost_of_cash: Decimal = Decimal("8.0")
    late_interest: Decimal = Decimal("10.15")
    every_days: int = 1
