from __future__ import annotations

from decimal import Decimal

import pytest

from gateway.domain.errors import InputError
from gateway.domain.money import Currency, Money
from gateway.domain.sales.sale import SaleLine, check_lines

EUR = Currency.of("EUR")


def _line(quantity: str, price: int, amount: int, currency: Currency = EUR) -> SaleLine:
    return SaleLine("Brot", Decimal(quantity), Money(price, currency), Money(amount, currency))


def test_lines_when_they_make_the_total_then_accepted() -> None:
    check_lines((_line("2", 250, 500), _line("0.355", 1999, 710), _line("-1", 10, -10)), Money(1200, EUR))
    check_lines((), Money(1, EUR))


@pytest.mark.parametrize(
    ("quantity", "price", "amount"), [("0.5", 1, 1), ("0.5", 3, 2), ("-0.5", 1, -1), ("0.499", 1, 0)]
)
def test_line_then_rounded_half_away_from_zero(quantity: str, price: int, amount: int) -> None:
    check_lines((_line(quantity, price, amount),), Money(amount, EUR))


def test_line_when_it_does_not_add_up_then_named_with_the_right_amount() -> None:
    with pytest.raises(InputError) as error:
        check_lines((_line("1", 100, 100), _line("3", 100, 299)), Money(399, EUR))

    assert (error.value.code, error.value.pointer) == ("line_does_not_add_up", "/lines/1/amount")
    assert "3.00" in error.value.message


def test_line_when_in_another_currency_then_refused() -> None:
    with pytest.raises(InputError) as error:
        check_lines((_line("1", 100, 100, Currency.of("CHF")),), Money(100, EUR))

    assert error.value.code == "line_does_not_add_up"


def test_lines_when_they_miss_the_total_then_both_sums_are_told() -> None:
    with pytest.raises(InputError) as error:
        check_lines((_line("1", 100, 100),), Money(101, EUR))

    assert error.value.code == "totals_do_not_add_up"
    assert "1.00" in error.value.message
    assert "1.01" in error.value.message


def test_line_when_the_quantity_is_absurd_then_refused_not_failed() -> None:
    with pytest.raises(InputError) as error:
        check_lines((_line("1E+40", 100, 100),), Money(100, EUR))

    assert error.value.code == "line_does_not_add_up"
