"""What a payment in another currency should take from the account it is paid from, by a rate of a known day. Pure."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date
from fractions import Fraction

from gateway.domain.cash.exchange_rates import Rate, convert
from gateway.domain.errors import InputError
from gateway.domain.money import Currency, Money
from gateway.domain.rounding import Rounding

RateOf = Callable[[Currency, Currency], Rate | None]
"""The rate between two currencies that plans are made by now, or None when nobody knows one."""


@dataclass(frozen=True, slots=True)
class PlannedWorth:
    """``amount``: in the account's currency; ``rate``: whole units of that for one of the payment's currency.

    ``dated``: the day the rate is of. The bank's own rate is another one: the statement has the last word.
    """

    amount: Money
    rate: Fraction
    dated: date

    def of(self, amount: Money) -> "PlannedWorth":
        """Return what another amount of the same currency is worth by the same rate."""
        return _worth(amount, Rate(amount.currency, self.amount.currency, self.rate, self.dated))

    def shown(self, currency: Currency) -> str:
        """Return the rate with six significant digits; ``currency``: of the payment."""
        return Rate(currency, self.amount.currency, self.rate, self.dated).shown()


def no_rates(source: Currency, target: Currency) -> Rate | None:
    """Know no rate: for a shop that says nowhere where rates come from."""
    del source, target
    return None


def planned_worth(amount: Money, account: Currency, rate_of: RateOf) -> PlannedWorth | None:
    """Return what a payment should take from an account, or None in the account's own currency or without a rate."""
    if amount.currency == account:
        return None
    rate = rate_of(amount.currency, account)
    try:
        return None if rate is None else _worth(amount, rate)
    except InputError:
        # More than any payment can carry in the account's currency: nobody can say what it would take.
        return None


def leaves(amount: Money, worth: PlannedWorth | None) -> Money:
    """Return what a payment takes from its account as far as is known: its planned worth, or the amount itself."""
    return amount if worth is None else worth.amount


def _worth(amount: Money, rate: Rate) -> PlannedWorth:
    # Rounded up: a limit on cash must hold for what is planned.
    return PlannedWorth(convert(amount, rate, Rounding.UP).result, rate.value, rate.dated)
