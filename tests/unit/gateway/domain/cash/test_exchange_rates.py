"""Exchange rates: conversion, how old they may be, and cash in a second currency."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, timedelta
from decimal import Decimal
from fractions import Fraction

import pytest

from gateway.domain.cash.cash_tender import cash_due, cash_rule
from gateway.domain.cash.exchange_rates import Rate, RateTable, convert, require_current
from gateway.domain.cash.foreign_cash import foreign_due, take_foreign_cash
from gateway.domain.errors import GatewayError
from gateway.domain.money import Currency, Money
from gateway.domain.rounding import Rounding
from tests.support.rates import DAY

EUR, CHF, USD, JPY = map(Currency.of, ("EUR", "CHF", "USD", "JPY"))
TABLE = RateTable(EUR, DAY, {"CHF": Decimal("0.96"), "USD": Decimal("1.25"), "JPY": Decimal(160)}, "test")


def _money(text: str, currency: Currency) -> Money:
    return Money.from_decimal(text, currency)


def _code(wrong: Callable[[], object]) -> str:
    with pytest.raises(GatewayError) as error:
        wrong()
    return error.value.code


@pytest.mark.parametrize(
    ("amount", "source", "target", "rounding", "result"),
    [
        ("10.00", EUR, CHF, Rounding.HALF_UP, "9.60"),
        ("9.60", CHF, EUR, Rounding.HALF_UP, "10.00"),
        ("1.00", CHF, USD, Rounding.HALF_UP, "1.30"),
        ("1.00", CHF, USD, Rounding.UP, "1.31"),
        ("1.00", CHF, USD, Rounding.DOWN, "1.30"),
        ("-1.00", CHF, USD, Rounding.UP, "-1.31"),
        ("0.01", EUR, JPY, Rounding.HALF_UP, "2"),
        ("160", JPY, EUR, Rounding.HALF_UP, "1.00"),
        ("5.00", EUR, EUR, Rounding.HALF_UP, "5.00"),
    ],
)
def test_convert_then_rounded_once_by_the_rule_named(
    amount: str, source: Currency, target: Currency, rounding: Rounding, result: str
) -> None:
    done = convert(_money(amount, source), TABLE.rate(source, target), rounding)

    assert done.result == _money(result, target)
    assert (done.rounding, done.rate.dated) == (rounding, DAY)


@pytest.mark.parametrize(
    ("value", "shown"),
    [
        (Fraction(96, 100), "0.960000"),
        (Fraction(160), "160.000"),
        (Fraction(1, 160), "0.00625000"),
        (Fraction(125, 96), "1.30208"),
        (Fraction(17_000_000), "17000000"),
    ],
)
def test_rate_when_shown_then_six_significant_digits(value: Fraction, shown: str) -> None:
    assert Rate(EUR, CHF, value, DAY).shown() == shown


@pytest.mark.parametrize(("days", "allowed"), [(0, 0), (5, 5), (3, 30)])
def test_rates_when_young_enough_then_used(days: int, allowed: int) -> None:
    assert require_current(TABLE, today=DAY + timedelta(days=days), age_max_days=allowed) is TABLE


@pytest.mark.parametrize(
    ("today", "allowed", "code"),
    [
        (DAY + timedelta(days=6), 5, "rates_too_old"),
        (DAY + timedelta(days=1), 0, "rates_too_old"),
        (DAY - timedelta(days=1), 5, "rates_of_the_future"),
        (DAY, -1, "invalid_rate_age"),
        (DAY, 31, "invalid_rate_age"),
    ],
)
def test_rates_when_not_current_then_refused(today: date, allowed: int, code: str) -> None:
    assert _code(lambda: require_current(TABLE, today=today, age_max_days=allowed)) == code


def test_convert_when_it_cannot_be_then_refused() -> None:
    rate = TABLE.rate(EUR, CHF)

    assert _code(lambda: convert(_money("1.00", CHF), rate, Rounding.UP)) == "currency_mismatch"
    assert _code(lambda: convert(Money(999_999_999_999, EUR), TABLE.rate(EUR, JPY), Rounding.UP)) == "amount_too_large"
    assert _code(lambda: TABLE.rate(EUR, Currency.of("SEK"))) == "no_rate"
    assert _code(lambda: RateTable(EUR, DAY, {"CHF": Decimal(0)}, "test").rate(CHF, EUR)) == "no_rate"


def test_foreign_cash_when_given_then_the_change_is_in_the_stores_currency() -> None:
    """A bill of 23.43 francs, paid with 30 euro at 0.96 francs a euro."""
    wanted = cash_due(_money("23.43", CHF), cash_rule(CHF))
    rate = TABLE.rate(CHF, EUR)

    asked = foreign_due(wanted, rate, cash_rule(EUR))
    taken = take_foreign_cash(wanted, _money("30.00", EUR), rate, cash_rule(CHF))

    assert asked.result == _money("24.43", EUR)
    assert (taken.given.result, taken.change) == (_money("28.80", CHF), _money("5.35", CHF))
    assert taken.difference.minor == 0


def test_foreign_cash_when_it_cannot_be_then_refused() -> None:
    wanted = cash_due(_money("23.45", CHF), cash_rule(CHF))
    rate = TABLE.rate(CHF, EUR)

    for given, code in (
        (_money("24.42", EUR), "given_too_little"),
        (_money("0.00", EUR), "amount_not_positive"),
        (_money("30.00", USD), "currency_mismatch"),
    ):
        assert _code(lambda given=given: take_foreign_cash(wanted, given, rate, cash_rule(CHF))) == code  # type: ignore[misc]  # the lambda keeps its amount
