"""The reservations a terminal says it holds, beside those our books say it holds: what only one of them knows.

A terminal names a reservation by the receipt number it gave it. Pure.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum

from gateway.domain.ids import ReservationId
from gateway.domain.money import Money


class HeldDifferenceKind(StrEnum):
    """What differs."""

    MISSING_THERE = "missing_there"
    """our books hold it, the terminal does not: it was let go there, or has expired"""
    MISSING_HERE = "missing_here"
    """the terminal holds it, our books do not: it was made at the terminal itself, or ended here only"""
    UNNAMED = "unnamed"
    """our books hold it, and its terminal gave it no receipt number: nobody can tell"""


@dataclass(frozen=True, slots=True)
class HeldHere:
    """A reservation of our books. ``sure``: it is held; otherwise its last step runs or is in doubt."""

    id: ReservationId
    amount: Money
    receipt_no: int | None
    sure: bool


@dataclass(frozen=True, slots=True)
class HeldDifference:
    """One thing for somebody to look into. ``here``: of our books; ``receipt_no``: as the terminal names it."""

    kind: HeldDifferenceKind
    receipt_no: int | None
    here: HeldHere | None


def compare_held(told: Iterable[int], books: Iterable[HeldHere]) -> tuple[HeldDifference, ...]:
    """Return what only one side knows; what runs or is in doubt here may be known there or not.

    Args:
        told: receipt numbers of the reservations the terminal holds.
        books: our reservations that are held by this terminal, or may be.
    """
    there, ours = set(told), tuple(books)
    named = {one.receipt_no for one in ours}
    found = [HeldDifference(HeldDifferenceKind.MISSING_HERE, number, None) for number in sorted(there - named)]
    for one in ours:
        if one.receipt_no is None and one.sure:
            found.append(HeldDifference(HeldDifferenceKind.UNNAMED, None, one))
        elif one.sure and one.receipt_no not in there:
            found.append(HeldDifference(HeldDifferenceKind.MISSING_THERE, one.receipt_no, one))
    return tuple(found)
