"""What bookings mean together: which stand, what they add up to, which orders they allow."""

from dataclasses import replace
from datetime import UTC, datetime

import pytest

from terminal_driver.operations import SchemeTotal
from terminal_driver.virtual.bookings import (
    booking_with_receipt,
    booking_with_reference,
    is_undone,
    last_reversible,
    moved_minor,
    objection_to,
    open_reservations,
    totals_by_scheme,
)
from terminal_driver.virtual.journal import JournalEntry
from terminal_driver.virtual.orders import BookingKind, Order
from terminal_driver.virtual.refusals import Refusal

AT = datetime(2026, 3, 4, 5, 6, 7, tzinfo=UTC)


def _entry(number: int, amount_minor: int, kind: BookingKind = BookingKind.SALE, of: int | None = None) -> JournalEntry:
    return JournalEntry(
        number, number, number, amount_minor, "978", AT, str(kind), "4111*1111", "Visa", 10, original_trace_no=of
    )


SALE = _entry(1, 1000)
REVERSAL = _entry(2, 1000, BookingKind.REVERSAL, of=1)
RESERVATION = _entry(3, 500, BookingKind.RESERVATION)


def test_sale_when_a_reversal_stands_then_undone_and_when_that_is_taken_back_then_not() -> None:
    assert is_undone(SALE, [SALE, REVERSAL])
    assert not is_undone(SALE, [SALE, replace(REVERSAL, reversed=True)])
    assert is_undone(replace(SALE, reversed=True), [SALE])


def test_receipt_number_when_used_twice_then_the_newest_booking_is_meant() -> None:
    newer = replace(_entry(7, 5), receipt_no=1, reference="second")

    assert booking_with_receipt([SALE, newer], 1) == newer
    assert booking_with_receipt([SALE], 2) is None
    assert booking_with_reference([SALE, newer], "second") == newer


@pytest.mark.parametrize("kind", [BookingKind.COMPLETION, BookingKind.RELEASE, BookingKind.CANCELLATION])
def test_reservation_when_ended_then_not_open_any_more(kind: BookingKind) -> None:
    ended = _entry(4, 200, kind, of=3)

    assert open_reservations([RESERVATION]) == (RESERVATION,)
    assert open_reservations([RESERVATION, ended]) == ()
    assert open_reservations([RESERVATION, replace(ended, reversed=True)]) == (RESERVATION,)


@pytest.mark.parametrize(
    ("entry", "moved"),
    [
        (SALE, 1000),
        (REVERSAL, -1000),
        (_entry(5, 300, BookingKind.REFUND), -300),
        (_entry(6, 300, BookingKind.REVERSAL, of=5), 300),
        (RESERVATION, 0),
        (_entry(6, 400, BookingKind.COMPLETION, of=3), 400),
        (_entry(6, 400, BookingKind.RELEASE, of=3), 100),
        (_entry(6, 500, BookingKind.CANCELLATION, of=3), 0),
        (_entry(6, 50, BookingKind.TIP, of=1), 50),
        (replace(SALE, reversed=True), 0),
    ],
)
def test_booking_when_counted_then_it_moves_what_its_kind_says(entry: JournalEntry, moved: int) -> None:
    entries = [SALE, RESERVATION, _entry(5, 300, BookingKind.REFUND), entry]

    assert moved_minor(entry, entries) == moved


def test_totals_when_summed_then_by_scheme_without_reservations() -> None:
    girocard = replace(_entry(8, 250), card_name="girocard")
    entries = [SALE, REVERSAL, RESERVATION, girocard, replace(_entry(9, 77), card_name="Maestro")]

    assert totals_by_scheme(entries, entries) == (
        SchemeTotal("girocard", 1, 250),
        SchemeTotal("other", 1, 77),
        SchemeTotal("visa", 2, 0),
    )


def test_last_reversible_when_looked_for_then_undone_ones_and_reservations_are_passed_over() -> None:
    assert last_reversible([SALE, RESERVATION]) == SALE
    assert last_reversible([SALE, REVERSAL]) is None


@pytest.mark.parametrize(
    ("order", "objection"),
    [
        (Order(1000, "978"), None),
        (Order(1000, "978", BookingKind.REVERSAL, SALE), None),
        (Order(1000, "978", BookingKind.REVERSAL, None), Refusal.REVERSAL_IMPOSSIBLE),
        (Order(999, "978", BookingKind.REVERSAL, SALE), Refusal.REVERSAL_IMPOSSIBLE),
        (Order(1000, "756", BookingKind.REVERSAL, SALE), Refusal.WRONG_CURRENCY),
        (Order(500, "978", BookingKind.REVERSAL, RESERVATION), Refusal.REVERSAL_IMPOSSIBLE),
        (Order(1000, "978", BookingKind.REVERSAL, REVERSAL), Refusal.REVERSAL_IMPOSSIBLE),
        (Order(50, "978", BookingKind.TIP, SALE), None),
        (Order(500, "978", BookingKind.COMPLETION, RESERVATION), None),
        (Order(501, "978", BookingKind.COMPLETION, RESERVATION), Refusal.RESERVATION_AMOUNT),
        (Order(501, "978", BookingKind.RELEASE, RESERVATION), Refusal.RESERVATION_AMOUNT),
        (Order(500, "756", BookingKind.CANCELLATION, RESERVATION), Refusal.WRONG_CURRENCY),
        (Order(500, "978", BookingKind.CANCELLATION, SALE), Refusal.RESERVATION_FAILED),
        (Order(500, "978", BookingKind.CANCELLATION, None), Refusal.RESERVATION_FAILED),
    ],
)
def test_order_when_checked_then_told_what_speaks_against_it(order: Order, objection: Refusal | None) -> None:
    assert objection_to(order, [SALE, RESERVATION]) == objection


def test_order_when_its_booking_is_undone_or_ended_then_refused() -> None:
    done = _entry(4, 500, BookingKind.COMPLETION, of=3)

    again = objection_to(Order(1000, "978", BookingKind.REVERSAL, SALE), [SALE, REVERSAL])
    ended = objection_to(Order(500, "978", BookingKind.COMPLETION, RESERVATION), [RESERVATION, done])

    assert (again, ended) == (Refusal.ALREADY_REVERSED, Refusal.RESERVATION_FAILED)
