"""A terminal's reservations beside ours: only what one side alone knows for sure is told."""

from __future__ import annotations

import pytest

from gateway.domain.cards.held_comparison import HeldDifferenceKind, HeldHere, compare_held
from gateway.domain.ids import ReservationId, uuid7
from gateway.domain.money import Currency, Money

MISSING_THERE, MISSING_HERE = HeldDifferenceKind.MISSING_THERE, HeldDifferenceKind.MISSING_HERE


def here(receipt_no: int | None, *, sure: bool = True) -> HeldHere:
    return HeldHere(ReservationId(uuid7(1)), Money(1000, Currency.of("EUR")), receipt_no, sure)


@pytest.mark.parametrize(
    ("told", "books", "kinds"),
    [
        ((), (), []),
        ((17, 4), (here(4), here(17)), []),
        ((17,), (), [(MISSING_HERE, 17)]),
        ((), (here(17),), [(MISSING_THERE, 17)]),
        ((4, 9), (here(4), here(5)), [(MISSING_HERE, 9), (MISSING_THERE, 5)]),
        ((4, 4), (here(4),), []),
        ((), (here(None),), [(HeldDifferenceKind.UNNAMED, None)]),
    ],
)
def test_comparison_then_what_one_side_alone_knows(
    told: tuple[int, ...], books: tuple[HeldHere, ...], kinds: list[tuple[HeldDifferenceKind, int | None]]
) -> None:
    assert [(one.kind, one.receipt_no) for one in compare_held(told, books)] == kinds


@pytest.mark.parametrize("told", [(), (17,)])
def test_reservation_when_its_last_step_runs_or_is_in_doubt_then_no_difference_either_way(
    told: tuple[int, ...],
) -> None:
    assert compare_held(told, (here(17, sure=False),)) == ()


def test_difference_when_of_our_books_then_it_names_the_reservation() -> None:
    ours = here(17)

    (found,) = compare_held((), (ours,))

    assert found.here is ours
