"""Printed dates in the languages and orders that documents use."""

from __future__ import annotations

import datetime as dt

import pytest

from invoice_capture.values import find_dates, parse_date
from invoice_capture.values.month_names import month_of


@pytest.mark.parametrize(
    "text",
    [
        "5. Januar 2024", "05.01.2024", "5.1.24", "2024-01-05", "2024/01/05", "Jan 5, 2024", "January 5th, 2024",
        "5 Jan 2024", "05-JAN-2024", "le 5 janvier 2024", "5 de enero de 2024", "5 gennaio 2024", "5 januari 2024",
        "5 de janeiro de 2024", "5 stycznia 2024", "5. januar 2024", "5. tammikuuta 2024", "5. ledna 2024",
        "2024. január 5.", "5. Jänner 2024", "5. Jan. '24", "20240105", "Berlin, den 05.01.2024 um 12:30", "05 01 2024",
        "5. Januar, 2024", "2024-01-05T00:00:00", "5.01.2024 r.",
    ],
)  # fmt: skip
def test_date_when_printed_in_any_usual_way_then_it_is_read(text: str) -> None:
    assert parse_date(text, day_first=True) == dt.date(2024, 1, 5)


@pytest.mark.parametrize(
    "text", ["31.02.2024", "10.000,00", "1.2.3.4", "0123/45678", "", "00.00.2024", "12:30", "5 Stück 2024"]
)
def test_date_when_there_is_none_then_none(text: str) -> None:
    assert parse_date(text, day_first=None) is None


def test_date_when_the_order_is_open_then_the_caller_decides() -> None:
    assert parse_date("03/04/2024", day_first=None) == dt.date(2024, 4, 3)
    assert parse_date("03/04/2024", day_first=False) == dt.date(2024, 3, 4)
    assert find_dates("03/04/2024", day_first=True)[0].other == dt.date(2024, 3, 4)


def test_date_when_one_order_is_impossible_then_the_other_is_taken() -> None:
    found = find_dates("12/31/2024", day_first=True)

    assert [(one.value, one.other) for one in found] == [(dt.date(2024, 12, 31), None)]


def test_date_when_there_are_two_then_it_is_not_one() -> None:
    assert parse_date("01.10.2018 bis 31.10.2018", day_first=True) is None
    assert [one.value.day for one in find_dates("01.10.2018 bis 31.10.2018", day_first=True)] == [1, 31]


def test_date_when_the_year_has_two_digits_then_the_century_follows() -> None:
    assert parse_date("1.1.69", day_first=True) == dt.date(2069, 1, 1)
    assert parse_date("1.1.99", day_first=True) == dt.date(1999, 1, 1)


@pytest.mark.parametrize(
    ("word", "month"), [("červen", 6), ("července", 7), ("lipca", 7), ("marraskuu", 11), ("Sept.", 9)]
)
def test_month_when_names_are_alike_then_they_are_told_apart(word: str, month: int) -> None:
    assert month_of(word) == month


def test_month_when_a_beginning_fits_two_then_none() -> None:
    assert month_of("cerv") is None
