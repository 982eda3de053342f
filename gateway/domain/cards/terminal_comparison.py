"""A terminal's end of day against our books, brand by brand: what agrees, and what somebody has to look into.

Terminals count in their own ways: some name no brands, some leave out sales that were undone, some put a brand among
the others. What only such habits can explain is no difference; a sum that differs always is one.
"""

import uuid
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum

from gateway.domain.cards.payment import BrandTotal, DayFigures
from gateway.domain.ids import DeviceId, StoreId, TenantId, TerminalDayId
from gateway.domain.money import Currency

ALL_BRANDS = "all"
"""The brand of a comparison where the terminal names one sum for all."""
OTHER = "other"
CANDIDATES_MAX = 20
"""Bookings named beside one difference."""

_BRAND_WORDS = (
    ("girocard", "girocard"),
    ("electronic cash", "girocard"),
    ("master", "mastercard"),
    ("maestro", "mastercard"),
    ("visa", "visa"),
    ("v pay", "visa"),
    ("vpay", "visa"),
    ("amex", "amex"),
    ("american express", "amex"),
    ("diners", "diners"),
    ("discover", "diners"),
    ("jcb", "jcb"),
)


class DifferenceKind(StrEnum):
    """What differs."""

    MISSING_THERE = "missing_there"
    """we have more than the terminal: it may have lost or undone a booking"""
    MISSING_HERE = "missing_here"
    """the terminal has more than we: a card may have been charged without our knowing"""
    COUNT = "count"
    """the sums agree, the numbers of bookings do not"""


class Agreement(StrEnum):
    """How a comparison ended."""

    EQUAL = "equal"
    EQUAL_IN_ALL = "equal_in_all"
    """the sums over all brands agree; the terminal tells brands apart otherwise than we"""
    DIFFERENT = "different"
    NO_FIGURES = "no_figures"
    """the terminal told nothing that could be compared"""
    FIRST = "first"
    """the first end of day we know of: what came before it is not known, so later ones are compared"""


@dataclass(frozen=True, slots=True)
class CardBooking:
    """One approved try at the terminal. ``minor``: minor units, below zero when it went back to the card.

    ``undoes``: it undid the whole of a sale; ``payment_id``: of the payment, of a refund that of its payment.
    """

    attempt_id: uuid.UUID
    payment_id: uuid.UUID
    brand: str
    minor: int
    receipt_no: int | None
    undoes: bool = False


@dataclass(frozen=True, slots=True)
class NearBooking:
    """A try that is not on our books, or may not be: declined, cancelled, in doubt. ``minor`` as asked for."""

    payment_id: uuid.UUID
    state: str
    minor: int


@dataclass(frozen=True, slots=True)
class Candidate:
    """A payment that may explain a difference, in which state it is with us."""

    payment_id: uuid.UUID
    state: str
    minor: int


@dataclass(frozen=True, slots=True)
class BrandRow:
    """Counts and sums of one brand, in minor units."""

    brand: str
    ours_count: int
    ours_minor: int
    theirs_count: int
    theirs_minor: int


@dataclass(frozen=True, slots=True)
class Difference:
    """One thing for a manager to look into. ``settled_*``, ``reason``: None until it is settled."""

    id: uuid.UUID
    kind: DifferenceKind
    row: BrandRow
    currency: Currency
    candidates: tuple[Candidate, ...]
    settled_at: datetime | None = None
    settled_by: str | None = None
    reason: str | None = None


@dataclass(frozen=True, slots=True)
class Compared:
    """What a comparison found, before it is stored."""

    agreement: Agreement
    rows: tuple[BrandRow, ...] = ()
    found: tuple[tuple[DifferenceKind, BrandRow, tuple[Candidate, ...]], ...] = ()


@dataclass(frozen=True, slots=True)
class ComparedDay:
    """A stored comparison. ``day_id``: of the terminal's end of day."""

    tenant_id: TenantId
    store_id: StoreId
    day_id: TerminalDayId
    terminal_id: DeviceId
    agreement: Agreement
    rows: tuple[BrandRow, ...]
    currency: Currency
    made_at: datetime
    made_by: str
    differences: tuple[Difference, ...] = field(default=())


def brand_of(card_name: str | None) -> str:
    """Return the brand by which terminals sum up, from the name a terminal gave a card; ``other`` for any other."""
    name = (card_name or "").lower()
    return next((brand for word, brand in _BRAND_WORDS if word in name), OTHER)


def compare(
    bookings: Sequence[CardBooking], near: Sequence[NearBooking], figures: DayFigures, *, first: bool
) -> Compared:
    """Return what agrees and what does not.

    Args:
        bookings: ours, approved at this terminal and in no comparison before.
        near: tries of the same time that charged nothing, or of which nobody knows.
        figures: the terminal's.
        first: we know of no end of day before this one; only numbered bookings can be told to belong to it.
    """
    if first:
        bounds = _bounds(figures)
        if bounds is None:
            return Compared(Agreement.FIRST)
        bookings = [one for one in bookings if one.receipt_no is not None and one.receipt_no in bounds]
    theirs = _theirs(figures)
    if theirs is None:
        return Compared(Agreement.NO_FIGURES)
    by_brand = ALL_BRANDS not in theirs
    rows = _rows(bookings, theirs, by_brand=by_brand)
    found = [(kind, row) for row in rows if (kind := _kind(row, bookings, by_brand=by_brand)) is not None]
    if not found:
        return Compared(Agreement.EQUAL, rows)
    if by_brand and _equal_in_all(rows):
        return Compared(Agreement.EQUAL_IN_ALL, rows)
    return Compared(
        Agreement.DIFFERENT, rows, tuple((kind, row, _candidates(kind, row, bookings, near)) for kind, row in found)
    )


def _bounds(figures: DayFigures) -> range | None:
    first, last = figures.first_receipt_no, figures.last_receipt_no
    if first is None or last is None or last < first or not last:
        return None
    return range(first, last + 1)


def _theirs(figures: DayFigures) -> Mapping[str, BrandTotal] | None:
    if figures.brands:
        return {one.brand: one for one in figures.brands}
    if figures.sum_minor is None:
        return None
    return {ALL_BRANDS: BrandTotal(ALL_BRANDS, -1, figures.sum_minor)}


def _rows(bookings: Iterable[CardBooking], theirs: Mapping[str, BrandTotal], *, by_brand: bool) -> tuple[BrandRow, ...]:
    ours: dict[str, list[int]] = {}
    for one in bookings:
        sums = ours.setdefault(one.brand if by_brand else ALL_BRANDS, [0, 0])
        sums[0] += 1
        sums[1] += one.minor
    rows = []
    for brand in sorted(ours.keys() | theirs.keys()):
        count, minor = ours.get(brand, (0, 0))
        told = theirs.get(brand, BrandTotal(brand, 0, 0))
        # A terminal that names only a sum counts nothing: its count is taken for ours.
        rows.append(BrandRow(brand, count, minor, count if told.count < 0 else told.count, told.sum_minor))
    return tuple(rows)


def _kind(row: BrandRow, bookings: Iterable[CardBooking], *, by_brand: bool) -> DifferenceKind | None:
    if row.ours_minor != row.theirs_minor:
        more = row.ours_minor > row.theirs_minor
        return DifferenceKind.MISSING_THERE if more else DifferenceKind.MISSING_HERE
    if row.theirs_count == row.ours_count:
        return None
    undone = sum(one.undoes for one in bookings if not by_brand or one.brand == row.brand)
    # Some terminals leave out what was undone, some only the undoing.
    return None if row.theirs_count in {row.ours_count - undone, row.ours_count - 2 * undone} else DifferenceKind.COUNT


def _equal_in_all(rows: Iterable[BrandRow]) -> bool:
    rows = tuple(rows)
    return sum(one.ours_minor for one in rows) == sum(one.theirs_minor for one in rows) and sum(
        one.ours_count for one in rows
    ) == sum(one.theirs_count for one in rows)


def _candidates(
    kind: DifferenceKind, row: BrandRow, bookings: Iterable[CardBooking], near: Iterable[NearBooking]
) -> tuple[Candidate, ...]:
    """Return the payments that explain the difference best: those of exactly its amount first."""
    missing = abs(row.ours_minor - row.theirs_minor)
    if kind is DifferenceKind.MISSING_HERE:
        pool = [Candidate(one.payment_id, one.state, one.minor) for one in near]
    else:
        pool = [
            Candidate(one.payment_id, "approved", one.minor) for one in bookings if row.brand in {one.brand, ALL_BRANDS}
        ]
    exact = [one for one in pool if abs(one.minor) == missing]
    return tuple((exact or pool)[:CANDIDATES_MAX])
