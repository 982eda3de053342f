"""Cash in a second currency: notes of one, prices and change in the other, by a dated rate.

Rounding is never at the shop's cost by more than the coins force: what is due is rounded up to a foreign coin, what was
given is worth its value rounded down, and the change is given in the store's own currency, rounded down to a coin.
"""

from dataclasses import dataclass

from gateway.domain.cash.cash_data import CashRule
from gateway.domain.cash.cash_tender import CashDue
from gateway.domain.cash.exchange_rates import Converted, Rate, convert
from gateway.domain.errors import InputError
from gateway.domain.money import Money
from gateway.domain.rounding import Rounding, rounded_to_step


@dataclass(frozen=True, slots=True)
class ForeignCashTaken:
    """Foreign cash for an amount due.

    Attributes:
        cash_due: what was due in the store's currency.
        given: the foreign cash, with its value and rate.
        change: given back in the store's currency.
    """

    cash_due: CashDue
    given: Converted
    change: Money

    @property
    def difference(self) -> Money:
        """Value less due less change: what rounding leaves with the shop, zero or more."""
        return self.given.result - self.cash_due.due - self.change


def foreign_due(wanted: CashDue, rate: Rate, rule: CashRule) -> Converted:
    """Return what to ask for in the foreign currency: converted, rounded up to its smallest coin.

    Args:
        wanted: what is due in the store's currency.
        rate: from the store's currency to the foreign one.
        rule: of the foreign currency.

    Raises:
        InputError: ``currency_mismatch``, ``amount_too_large``.
    """
    exact = convert(wanted.due, rate, Rounding.UP)
    minor = rounded_to_step(exact.result.minor, rule.step_minor, Rounding.UP)
    return Converted(wanted.due, Money(minor, rate.target), rate, Rounding.UP)


def take_foreign_cash(wanted: CashDue, given: Money, rate: Rate, rule: CashRule) -> ForeignCashTaken:
    """Return the change in the store's currency for foreign cash.

    Args:
        wanted: what is due in the store's currency.
        given: foreign cash.
        rate: from the store's currency to the foreign one, as for :func:`foreign_due`.
        rule: of the store's currency.

    Raises:
        InputError: ``given_too_little``, ``amount_not_positive``, ``currency_mismatch``, ``amount_too_large``.
    """
    if given.minor <= 0:
        raise InputError("amount_not_positive", "Nothing was given.", "Type what the customer gave.", "/given")
    # One rate, used backwards: with a second one of its own the two could disagree.
    back = Rate(rate.target, rate.source, 1 / rate.value, rate.dated)
    worth = convert(given, back, Rounding.DOWN)
    over = worth.result - wanted.due
    if over.minor < 0:
        message = f"{given.to_decimal()} {given.currency.code} is worth {worth.result.to_decimal()}: too little."
        raise InputError("given_too_little", message, "Take the rest by another tender.", "/given")
    change = rounded_to_step(over.minor, rule.step_minor, Rounding.DOWN)
    return ForeignCashTaken(wanted, worth, Money(change, over.currency))
