"""Cash: rounding by currency, change, what goes back, and the keys a cashier presses."""

from __future__ import annotations

import pytest

from gateway.domain.cash.cash_data import CASH_RULES, EXACT, NOTES_MINOR
from gateway.domain.cash.cash_tender import CashDue, cash_back, cash_due, cash_part, cash_rule, quick_keys, take_cash
from gateway.domain.currencies import CURRENCIES
from gateway.domain.errors import ConfigurationError, GatewayError
from gateway.domain.money import Currency, Money


def _money(text: str, code: str) -> Money:
    return Money.from_decimal(text, Currency.of(code))


@pytest.mark.parametrize(
    ("code", "exact", "due"),
    [
        ("CHF", "9.92", "9.90"),
        ("CHF", "9.93", "9.95"),
        ("CHF", "9.97", "9.95"),
        ("CHF", "9.98", "10.00"),
        ("CHF", "0.02", "0.00"),
        ("SEK", "12.49", "12.00"),
        ("SEK", "12.50", "13.00"),
        ("NOK", "12.50", "13.00"),
        ("CZK", "12.50", "13.00"),
        ("DKK", "12.24", "12.00"),
        ("DKK", "12.25", "12.50"),
        ("DKK", "12.74", "12.50"),
        ("DKK", "12.75", "13.00"),
        ("HUF", "1002.49", "1000.00"),
        ("HUF", "1002.50", "1005.00"),
        ("HUF", "1007.00", "1005.00"),
        ("NZD", "1.45", "1.40"),
        ("NZD", "1.46", "1.50"),
        ("EUR", "9.97", "9.97"),
        ("USD", "9.97", "9.97"),
        ("JPY", "997", "997"),
    ],
)
def test_cash_due_when_the_currency_has_a_smallest_coin_then_rounded_to_it(code: str, exact: str, due: str) -> None:
    amount = _money(exact, code)

    found = cash_due(amount, cash_rule(amount.currency))

    assert found.due == _money(due, code)
    assert found.difference == found.due - amount


def test_cash_due_when_a_euro_store_rounds_then_by_its_setting() -> None:
    euro = Currency.of("EUR")

    assert cash_rule(euro) is EXACT
    assert cash_due(_money("9.97", "EUR"), cash_rule(euro, store_step_minor=5)).due == _money("9.95", "EUR")
    assert cash_due(_money("9.93", "CHF"), cash_rule(Currency.of("CHF"), store_step_minor=1)).difference.minor == 0


@pytest.mark.parametrize("step", [0, -5, 100_001])
def test_cash_rule_when_the_setting_is_no_coin_then_refused(step: int) -> None:
    with pytest.raises(ConfigurationError) as error:
        cash_rule(Currency.of("EUR"), store_step_minor=step)

    assert error.value.code == "impossible_cash_step"


def test_take_cash_when_more_is_given_then_the_change_is_right() -> None:
    rule = CASH_RULES["CHF"]
    wanted = cash_due(_money("23.43", "CHF"), rule)

    taken = take_cash(wanted, _money("50.00", "CHF"), rule)

    assert taken.change == _money("26.55", "CHF")
    assert taken.given - taken.change == wanted.due == _money("23.45", "CHF")


@pytest.mark.parametrize(
    ("given", "code"),
    [
        ("23.40", "given_too_little"),
        ("25.01", "cash_not_payable"),
        ("-30.00", "cash_not_payable"),
        ("1023.45", "given_too_much"),
        ("5000.00", "given_too_much"),
    ],
)
def test_take_cash_when_the_amount_given_cannot_be_then_refused(given: str, code: str) -> None:
    rule = CASH_RULES["CHF"]

    with pytest.raises(GatewayError) as error:
        take_cash(cash_due(_money("23.45", "CHF"), rule), _money(given, "CHF"), rule)

    assert error.value.code == code


def test_take_cash_when_given_in_another_currency_then_refused() -> None:
    wanted = cash_due(_money("1.00", "CHF"), EXACT)

    with pytest.raises(GatewayError) as error:
        take_cash(wanted, _money("1.00", "EUR"), EXACT)

    assert error.value.code == "currency_mismatch"


def test_cash_part_when_coins_make_it_then_not_rounded() -> None:
    part = cash_part(_money("23.43", "CHF"), _money("20.00", "CHF"), CASH_RULES["CHF"])

    assert part == CashDue(_money("20.00", "CHF"), _money("20.00", "CHF"))


@pytest.mark.parametrize(
    ("part", "code"), [("20.01", "cash_not_payable"), ("25.00", "more_than_due"), ("0.00", "amount_not_positive")]
)
def test_cash_part_when_it_cannot_be_paid_then_refused(part: str, code: str) -> None:
    with pytest.raises(GatewayError) as error:
        cash_part(_money("23.43", "CHF"), _money(part, "CHF"), CASH_RULES["CHF"])

    assert error.value.code == code


def test_cash_back_when_given_back_in_two_parts_then_all_that_was_taken_comes_back() -> None:
    rule = CASH_RULES["CHF"]
    kept = _money("9.98", "CHF")

    first = cash_back(kept, _money("4.99", "CHF"), rule)
    second = cash_back(kept - first.exact, _money("4.99", "CHF"), rule)

    assert (first.due + second.due) == cash_due(kept, rule).due == _money("10.00", "CHF")
    assert (first.due, second.due) == (_money("5.00", "CHF"), _money("5.00", "CHF"))


@pytest.mark.parametrize(("back", "code"), [("10.00", "refund_above_captured"), ("0.00", "amount_not_positive")])
def test_cash_back_when_it_cannot_be_then_refused(back: str, code: str) -> None:
    with pytest.raises(GatewayError) as error:
        cash_back(_money("9.98", "CHF"), _money(back, "CHF"), CASH_RULES["CHF"])

    assert error.value.code == code


@pytest.mark.parametrize(
    ("due", "code", "keys"),
    [
        ("23.40", "EUR", ["23.40", "25.00", "30.00", "40.00", "50.00", "100.00"]),
        ("20.00", "EUR", ["20.00", "50.00", "100.00", "200.00", "500.00"]),
        ("3.20", "EUR", ["3.20", "5.00", "10.00", "20.00", "50.00", "100.00"]),
        ("730.00", "EUR", ["730.00", "740.00", "750.00", "800.00", "1000.00"]),
        ("75.00", "SEK", ["75.00", "80.00", "100.00", "200.00", "500.00", "1000.00"]),
        ("3.200", "KWD", ["3.200"]),
        ("0.00", "EUR", []),
    ],
)
def test_quick_keys_when_asked_then_what_people_hand_over(due: str, code: str, keys: list[str]) -> None:
    amount = _money(due, code)

    assert [key.to_decimal() for key in quick_keys(CashDue(amount, amount))] == keys


def test_data_when_read_then_every_entry_is_a_known_currency_with_a_source_and_rising_notes() -> None:
    assert set(CASH_RULES) | set(NOTES_MINOR) <= set(CURRENCIES)
    assert all(rule.source and rule.step_minor > 1 for rule in CASH_RULES.values())
    assert all(list(notes) == sorted(set(notes)) for notes in NOTES_MINOR.values())
    assert all(note % CASH_RULES.get(code, EXACT).step_minor == 0 for code in NOTES_MINOR for note in NOTES_MINOR[code])
