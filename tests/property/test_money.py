"""Money: exact in, exact out, nothing lost when it is split."""

from __future__ import annotations

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.domain.currencies import CURRENCIES
from gateway.domain.errors import InputError
from gateway.domain.money import AMOUNT_MINOR_MAX, Currency, Money

CURRENCY = st.sampled_from(sorted(CURRENCIES)).map(Currency.of)
MINOR = st.integers(-AMOUNT_MINOR_MAX, AMOUNT_MINOR_MAX)
WEIGHTS = st.lists(st.integers(0, 10**6), min_size=1, max_size=12).filter(any)


@given(CURRENCY, MINOR)
def test_decimal_text_then_reads_back_as_the_same_amount(currency: Currency, minor: int) -> None:
    money = Money(minor, currency)

    text = money.to_decimal()

    assert Money.from_decimal(text, currency) == money
    assert Decimal(text) == Decimal(minor).scaleb(-currency.exponent)
    assert len(text.partition(".")[2]) == currency.exponent


@given(CURRENCY, st.text(max_size=25))
def test_any_text_then_an_exact_amount_or_the_one_allowed_error(currency: Currency, text: str) -> None:
    try:
        money = Money.from_decimal(text, currency)
    except InputError as error:
        code = error.code
        assert code == "invalid_amount"  # either outcome is right, and each is checked
        return
    assert Decimal(money.to_decimal()) == Decimal(text)


@given(CURRENCY, st.integers(1, 10**9))
def test_text_with_one_digit_too_many_then_refused(currency: Currency, digits: int) -> None:
    text = f"{digits}.{'0' * currency.exponent}1"

    with pytest.raises(InputError) as error:
        Money.from_decimal(text, currency)

    assert error.value.code == "invalid_amount"


@given(CURRENCY, MINOR, MINOR)
def test_sum_and_difference_then_undo_each_other(currency: Currency, first: int, second: int) -> None:
    left, right = Money(first, currency), Money(second, currency)

    assert (left + right) - right == left
    assert left - right == left + -right


@given(MINOR, MINOR)
def test_sum_of_two_currencies_then_refused(first: int, second: int) -> None:
    with pytest.raises(InputError) as error:
        _ = Money(first, Currency.of("EUR")) + Money(second, Currency.of("CHF"))

    assert error.value.code == "currency_mismatch"


@given(CURRENCY, MINOR, WEIGHTS)
def test_allocation_then_the_parts_add_up_and_none_is_off_by_a_unit(
    currency: Currency, minor: int, weights: list[int]
) -> None:
    money = Money(minor, currency)

    parts = money.allocate(weights)

    assert sum(part.minor for part in parts) == minor
    total = sum(weights)
    for part, weight in zip(parts, weights, strict=True):
        assert abs(part.minor * total - minor * weight) < total
        assert part.minor == 0 or weight > 0
    assert (-money).allocate(weights) == tuple(-part for part in parts)


@given(CURRENCY, MINOR, st.lists(st.integers(-5, 5), max_size=5).filter(lambda ws: not any(ws) or min(ws) < 0))
def test_allocation_by_useless_weights_then_refused(currency: Currency, minor: int, weights: list[int]) -> None:
    with pytest.raises(ValueError, match="weights"):
        Money(minor, currency).allocate(weights)
