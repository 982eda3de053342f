"""Cash discount and lateness: what paying earlier saves, what paying later costs. Whole minor units, never a float."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import ROUND_HALF_UP, Decimal

from gateway.domain.money import Money
from gateway.domain.payables.supplier import DiscountStep

YEAR_DAYS = 365
_HUNDRED = Decimal(100)


def annual_return(percent: Decimal, days_earlier: int) -> Decimal:
    """Return what taking a discount earns in percent a year: d/(1-d) * 365/(T - t_d) (not compounded).

    Args:
        percent: of the gross amount, 0 < percent < 100.
        days_earlier: how many days earlier the money leaves, >= 1.

    Raises:
        ValueError: one of them is out of range.
    """
    if not 0 < percent < _HUNDRED or days_earlier < 1:
        message = "a discount is between 0 and 100 percent and at least one day earlier"
        raise ValueError(message)
    return percent / (_HUNDRED - percent) * YEAR_DAYS / days_earlier * _HUNDRED


def percent_of(amount: Money, percent: Decimal) -> Money:
    """Return a percentage of an amount, rounded half up to the minor unit."""
    exact = amount.minor * percent / _HUNDRED
    return Money(int(exact.quantize(Decimal(1), ROUND_HALF_UP)), amount.currency)


def interest(amount: Money, percent_a_year: Decimal, days: int) -> Money:
    """Return simple interest for a number of days (>= 0), rounded half up to the minor unit."""
    return percent_of(amount, percent_a_year * days / YEAR_DAYS)


@dataclass(frozen=True, slots=True)
class DiscountChoice:
    """A discount worth taking. ``pay_on``: the last banking day for it; ``annual_percent``: its return a year."""

    step: DiscountStep
    pay_on: date
    amount: Money
    annual_percent: Decimal


def deadline_of(issued_on: date, step: DiscountStep) -> date:
    """Return the last day on which the payee must have the money for this discount."""
    return issued_on + timedelta(days=step.days)


def best_discount(
    steps: Sequence[tuple[DiscountStep, date]], amount: Money, *, earliest: date, net_on: date, cost_of_cash: Decimal
) -> DiscountChoice | None:
    """Return the discount that earns most after the cost of cash, or None when none is worth taking.

    Args:
        steps: each with the last day on which it can be executed.
        amount: open, > 0; a discount counts of it.
        earliest: the first day on which anything can be executed.
        net_on: the last day without discount.
        cost_of_cash: percent a year; a discount that returns no more is not taken.
    """
    best: tuple[int, DiscountChoice] | None = None
    for step, last_on in steps:
        taken = percent_of(amount, step.percent)
        days = max((net_on - last_on).days, 1)
        if last_on < earliest or not 0 < taken.minor < amount.minor:
            continue
        returned = annual_return(step.percent, days)
        if returned <= cost_of_cash:
            continue
        gain = taken.minor - interest(amount, cost_of_cash, days).minor
        if best is None or gain > best[0]:
            best = (gain, DiscountChoice(step, last_on, taken, returned))
    return None if best is None else best[1]
