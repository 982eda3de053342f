"""Dated exchange rates: conversion with the rule of rounding named, and no rate older than the shop allows.

A rate is an exact fraction, never a float; cross rates are formed exactly and the amount is rounded once, at the end.
Where the rates come from is not known here (see :mod:`gateway.ports.rate_source`).
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from fractions import Fraction

from gateway.domain.errors import InputError, RuleError
from gateway.domain.money import AMOUNT_MINOR_MAX, Currency, Money
from gateway.domain.rounding import Rounding, rounded

AGE_MAX_DAYS_LIMIT = 30
"""A setting beyond this would accept rates nobody would call current."""

_SHOWN_DIGITS = 6


@dataclass(frozen=True, slots=True)
class Rate:
    """How many units of ``target`` one unit of ``source`` was worth on ``dated`` (whole units, not minor ones)."""

    source: Currency
    target: Currency
    value: Fraction
    dated: date

    def shown(self) -> str:
        """Return the rate for paper and screen with six significant digits, rounded half up."""
        places = 0
        scaled = self.value
        while scaled < 10 ** (_SHOWN_DIGITS - 1) and places < 2 * _SHOWN_DIGITS:
            scaled *= 10
            places += 1
        return str(Decimal(rounded(scaled, Rounding.HALF_UP)).scaleb(-places))


@dataclass(frozen=True, slots=True)
class RateTable:
    """The rates of one day: units of each currency for one unit of ``base``.

    ``source``: who published them; ``skipped``: codes in the publication that are no known currency.
    """

    base: Currency
    dated: date
    rates: Mapping[str, Decimal]
    source: str
    skipped: tuple[str, ...] = ()

    def rate(self, source: Currency, target: Currency) -> Rate:
        """Return the rate between two currencies of the table, across its base where needed.

        Raises:
            RuleError: ``no_rate`` for a currency that is not in the table.
        """
        return Rate(source, target, self._units(target) / self._units(source), self.dated)

    def _units(self, currency: Currency) -> Fraction:
        if currency == self.base:
            return Fraction(1)
        found = self.rates.get(currency.code)
        if found is None or found <= 0:
            message = f"There is no rate for {currency.code} of {self.dated.isoformat()}."
            raise RuleError("no_rate", message, "Take another currency.")
        return Fraction(found)


@dataclass(frozen=True, slots=True)
class Converted:
    """An amount, what it became, and by what rate and rule."""

    original: Money
    result: Money
    rate: Rate
    rounding: Rounding


def require_current(table: RateTable, *, today: date, age_max_days: int) -> RateTable:
    """Return the table if its rates may be used.

    Args:
        table: the rates.
        today: the store's calendar day.
        age_max_days: days that may lie between the rates and today, 0 to 30. Central banks publish on working days:
            5 spans Easter.

    Raises:
        InputError: ``invalid_rate_age`` for a setting out of range.
        RuleError: ``rates_too_old``, ``rates_of_the_future``.
    """
    if not 0 <= age_max_days <= AGE_MAX_DAYS_LIMIT:
        message = f"Rates cannot be allowed to be {age_max_days} days old."
        raise InputError("invalid_rate_age", message, f"Set 0 to {AGE_MAX_DAYS_LIMIT} days.")
    age_days = (today - table.dated).days
    if age_days > age_max_days:
        message = f"The rates are of {table.dated.isoformat()}: {age_days} days old, {age_max_days} are allowed."
        raise RuleError("rates_too_old", message, "Fetch the rates again, or take the store's own currency.")
    if age_days < 0:
        message = f"The rates are of {table.dated.isoformat()}, which is not yet."
        raise RuleError("rates_of_the_future", message, "Check the clock of this machine and the source of the rates.")
    return table


def convert(amount: Money, rate: Rate, rounding: Rounding) -> Converted:
    """Convert an amount; it is rounded once, to the target's minor unit, by the rule named.

    Raises:
        InputError: ``currency_mismatch`` when the rate is for another currency; ``amount_too_large``.
    """
    if amount.currency != rate.source:
        message = f"The rate is for {rate.source.code}, the amount in {amount.currency.code}."
        raise InputError("currency_mismatch", message, "Take the rate of the amount's currency.")
    scale = Fraction(10) ** (rate.target.exponent - rate.source.exponent)
    minor = rounded(amount.minor * rate.value * scale, rounding)
    if abs(minor) > AMOUNT_MINOR_MAX:
        message = f"In {rate.target.code} the amount is beyond what a payment can carry."
        raise InputError("amount_too_large", message, "Take a smaller amount.")
    return Converted(amount, Money(minor, rate.target), rate, rounding)
