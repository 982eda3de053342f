"""A terminal's end of day against our bookings: what is equal, what differs, and which payments may explain it."""

from __future__ import annotations

import uuid

import pytest

from gateway.domain.cards.payment import BrandTotal, DayFigures
from gateway.domain.cards.terminal_comparison import (
    Agreement,
    CardBooking,
    DifferenceKind,
    NearBooking,
    brand_of,
    compare,
)


def _id(number: int) -> uuid.UUID:
    return uuid.UUID(int=number)


def _booking(number: int, brand: str, minor: int, *, undoes: bool = False) -> CardBooking:
    return CardBooking(_id(number), _id(100 + number), brand, minor, number, undoes)


def _figures(*brands: tuple[str, int, int], bounds: tuple[int, int] | None = None) -> DayFigures:
    first, last = bounds or (None, None)
    return DayFigures(
        first_receipt_no=first, last_receipt_no=last, brands=tuple(BrandTotal(*brand) for brand in brands)
    )


VISA, GIRO, BACK = _booking(1, "visa", 1250), _booking(2, "girocard", 990), _booking(3, "visa", -250)


def test_same_brands_then_equal() -> None:
    found = compare([VISA, GIRO, BACK], [], _figures(("visa", 2, 1000), ("girocard", 1, 990)), first=False)

    assert (found.agreement, found.found) == (Agreement.EQUAL, ())
    assert [(row.brand, row.ours_count, row.ours_minor) for row in found.rows] == [
        ("girocard", 1, 990),
        ("visa", 2, 1000),
    ]


def test_terminal_that_sorts_brands_otherwise_then_equal_in_all() -> None:
    found = compare([VISA, GIRO], [], _figures(("other", 1, 990), ("visa", 1, 1250)), first=False)

    assert found.agreement is Agreement.EQUAL_IN_ALL
    assert found.found == ()


def test_terminal_with_less_then_our_payment_of_that_amount_is_named() -> None:
    found = compare([VISA, GIRO], [], _figures(("visa", 1, 1250)), first=False)

    ((kind, row, candidates),) = found.found
    assert (found.agreement, kind, row.brand) == (Agreement.DIFFERENT, DifferenceKind.MISSING_THERE, "girocard")
    assert [(one.payment_id, one.state, one.minor) for one in candidates] == [(GIRO.payment_id, "approved", 990)]


def test_terminal_with_more_then_the_try_of_that_amount_is_named() -> None:
    near = [NearBooking(_id(7), "declined", 500), NearBooking(_id(8), "unknown", 4200)]

    found = compare([VISA], near, _figures(("visa", 2, 5450)), first=False)

    ((kind, _, candidates),) = found.found
    assert kind is DifferenceKind.MISSING_HERE
    assert [(one.payment_id, one.state) for one in candidates] == [(_id(8), "unknown")]


def test_no_try_of_that_amount_then_all_near_ones_are_named() -> None:
    near = [NearBooking(_id(7), "declined", 500), NearBooking(_id(8), "cancelled", 700)]

    ((_, _, candidates),) = compare([], near, _figures(("visa", 1, 1)), first=False).found

    assert [one.payment_id for one in candidates] == [_id(7), _id(8)]


def test_undone_sale_then_any_way_of_counting_it_is_equal() -> None:
    undone = [VISA, GIRO, _booking(4, "visa", 800), _booking(5, "visa", -800, undoes=True)]

    for count in (3, 2, 1):
        figures = _figures(("visa", count, 1250), ("girocard", 1, 990))
        assert compare(undone, [], figures, first=False).agreement is Agreement.EQUAL, count
    ((kind, _, _),) = compare(undone, [], _figures(("visa", 9, 1250), ("girocard", 1, 990)), first=False).found
    assert kind is DifferenceKind.COUNT


@pytest.mark.parametrize(("sum_minor", "agreement"), [(2240, Agreement.EQUAL), (2241, Agreement.DIFFERENT)])
def test_terminal_that_names_one_sum_then_it_is_compared(sum_minor: int, agreement: Agreement) -> None:
    assert compare([VISA, GIRO], [], DayFigures(sum_minor=sum_minor), first=False).agreement is agreement


def test_terminal_that_tells_nothing_then_nothing_is_claimed() -> None:
    assert compare([VISA], [], DayFigures(), first=False).agreement is Agreement.NO_FIGURES


def test_first_end_of_day_then_only_what_its_numbers_cover() -> None:
    told = _figures(("girocard", 1, 990), bounds=(2, 9))

    assert compare([VISA, GIRO], [], told, first=True).agreement is Agreement.EQUAL
    assert compare([VISA, GIRO], [], _figures(("girocard", 1, 990)), first=True).agreement is Agreement.FIRST
    assert compare([GIRO], [], _figures(("girocard", 1, 990), bounds=(9, 2)), first=True).agreement is Agreement.FIRST


@pytest.mark.parametrize(
    ("name", "brand"),
    [
        ("VISA CREDIT", "visa"),
        ("V PAY", "visa"),
        ("Debit Mastercard", "mastercard"),
        ("Maestro", "mastercard"),
        ("girocard", "girocard"),
        ("American Express", "amex"),
        ("Diners Club", "diners"),
        ("JCB", "jcb"),
        ("Lunch card", "other"),
        (None, "other"),
    ],
)
def test_name_of_a_card_then_the_brand_terminals_sum_up_by(name: str | None, brand: str) -> None:
    assert brand_of(name) == brand
