import pytest

from gateway.domain.currencies import CURRENCIES
from terminal_driver.currencies import currency_named
from terminal_driver.errors import DriverError


def test_tables_of_driver_and_gateway_when_compared_then_equal() -> None:
    for code, (numeric, exponent) in CURRENCIES.items():
        found = currency_named(code)

        assert (found.code, found.numeric, found.exponent) == (code, numeric, exponent)
        assert currency_named(numeric) == found


@pytest.mark.parametrize(
    ("text", "code", "minor"),
    [("12.34", "EUR", 1234), ("12,3", "eur", 1230), ("12", "978", 1200), ("500", "JPY", 500), ("0.001", "KWD", 1)],
)
def test_amount_when_written_in_its_currency_then_minor_units(text: str, code: str, minor: int) -> None:
    assert currency_named(code).minor_units(text) == minor


@pytest.mark.parametrize(
    "text", ["", "0", "0.00", "-1", "+1", "1e3", "1.234", "1.2.3", "1,2.3", " 1", "nan", "inf", "1_0", "٣", "9" * 21]
)
def test_amount_when_no_plain_number_above_zero_then_refused(text: str) -> None:
    with pytest.raises(DriverError) as refusal:
        currency_named("EUR").minor_units(text)

    assert refusal.value.code == "bad_amount"


@pytest.mark.parametrize(
    ("minor", "code", "text"),
    [(5, "EUR", "0.05"), (-1234, "EUR", "-12.34"), (500, "JPY", "500"), (1, "KWD", "0.001")],
)
def test_amount_when_shown_then_with_the_places_of_its_currency(minor: int, code: str, text: str) -> None:
    assert currency_named(code).amount_text(minor) == text


def test_currency_when_unknown_then_refused() -> None:
    with pytest.raises(DriverError) as refusal:
        currency_named("QQQ")

    assert refusal.value.code == "unknown_currency"
