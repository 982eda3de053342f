"""Printed amounts in the writings of several countries."""

from __future__ import annotations

from decimal import Decimal

import pytest

from invoice_capture.values import amount_text, find_amounts, parse_amount


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("1.234,56", "1234.56"), ("1,234.56", "1234.56"), ("1'234.50", "1234.50"), ("1\u2019234.50", "1234.50"),
        ("1 234,56", "1234.56"), ("1\u00a0234,56 €", "1234.56"), ("1.234,56-", "-1234.56"), ("(12.00)", "-12.00"),
        ("\u221212,00", "-12.00"), ("€ 5,00", "5.00"), ("EUR 1,00", "1.00"), ("-5,00 €", "-5.00"), ("12,5", "12.5"),
        ("1,23,456.00", "123456.00"), ("50.\u2013", "50"), ("1.234,-", "1234"), ("$4.11", "4.11"), ("1.234", "1234"),
        ("10.000,0000", "10000.0000"), ("0,500", "0.500"), ("kr 1 200,00", "1200.00"), ("*9,90*", "9.90"),
        ("USD 1,234,567.89", "1234567.89"), ("12", "12"), ("1.163,40 zł", "1163.40"), ("10.00 CR", "-10.00"),
    ],
)  # fmt: skip
def test_amount_when_printed_in_any_usual_way_then_it_is_read(text: str, value: str) -> None:
    assert parse_amount(text) == Decimal(value)


@pytest.mark.parametrize("text", ["", "Total", "12.03.2020", "3 Stk", "AB12", "12:30", "1,2,3", "--", "19 %"])
def test_amount_when_it_is_something_else_then_none(text: str) -> None:
    assert parse_amount(text) is None


def test_amount_when_the_decimal_sign_is_known_then_three_decimals_are_read() -> None:
    assert parse_amount("1,500", decimal=",") == Decimal("1.500")
    assert parse_amount("1,500", decimal=".") == Decimal(1500)


def test_amounts_when_in_a_sentence_then_dates_rates_and_ids_are_left_out() -> None:
    text = "Am 24.01.2014 mit 16,34 % Steuer: 163,40 € (Vertrag 12/34, A-17, DE75 usw.), bar -5,00."

    assert [(str(one.value), one.currency) for one in find_amounts(text)] == [("163.40", "EUR"), ("-5.00", "")]


def test_amounts_when_a_dash_stands_before_a_word_then_it_is_no_minus() -> None:
    assert [one.value for one in find_amounts("-bis 20,00")] == [Decimal("20.00")]


@pytest.mark.parametrize(
    ("value", "text"), [("5", "5.00"), ("-0.00", "0.00"), ("1.2345", "1.2345"), ("1E+3", "1000.00")]
)
def test_amount_when_written_then_it_has_two_decimals_at_least(value: str, text: str) -> None:
    assert amount_text(Decimal(value)) == text
