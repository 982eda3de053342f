"""The tax summary: rows found by what they must satisfy, base times rate is tax, whatever their columns are called."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Decimal

from invoice_capture.extract.layout import Row
from invoice_capture.extract.numbers import Number, rates_of
from invoice_capture.extract.reading import Reading

_CENT = Decimal("0.01")
_TOLERANCE = Decimal("0.02")
_RATE_MAX = Decimal(30)
_KINDS = frozenset({"tax", "tax_base", "tax_rate"})
_NEAR_ROWS = 6
_NUMBERS_MAX = 16
"""Numbers of one row of a tax summary; more are no summary, and trying them all would take long."""


@dataclass(frozen=True, slots=True)
class TaxRow:
    """One rate. ``rate``: per cent; ``named``: the row or the head of its table speaks of tax."""

    rate: Decimal
    base: Number
    tax: Number
    named: bool


def tax_of(base: Decimal, rate: Decimal) -> Decimal:
    """Return the tax of a base, rounded half up to cents."""
    return (base * rate / 100).quantize(_CENT, ROUND_HALF_UP)


def tax_rows(reading: Reading) -> tuple[TaxRow, ...]:
    """Return rows where base times rate is tax, each base and tax once.

    Rows of items satisfy it too when they print their tax; ``named`` tells them apart.
    """
    found: list[TaxRow] = []
    for row in reading.sheet.rows:
        if reading.item_header(row.index):
            continue
        triple = _triple(reading, row)
        if triple is not None and not any(_same(one, triple) for one in found):
            found.append(triple)
    named = tuple(one for one in found if one.named)
    return named or tuple(found)


def _triple(reading: Reading, row: Row) -> TaxRow | None:
    numbers = reading.numbers.get(row.index, ())
    money = [one for one in numbers if one.money]
    if len(money) < 2 or len(numbers) > _NUMBERS_MAX:
        return None
    said = rates_of(row.text)
    others = [one.value for one in numbers if 0 < one.value <= _RATE_MAX and not said]
    named = _named(reading, row)
    for rate in dict.fromkeys((*said, *sorted(others, key=lambda one: one % 1 != 0))):
        for base in money:
            for tax in money:
                if base is tax or not rate or not base.value or not tax.value:
                    continue
                if not said and rate in {base.value, tax.value}:
                    continue
                if abs(tax_of(base.value, rate) - tax.value) <= _TOLERANCE:
                    return TaxRow(rate, base, tax, named)
    return None


def _named(reading: Reading, row: Row) -> bool:
    if any(spot.says(kind) for spot in reading.spots.in_row(row.index) for kind in _KINDS):
        return True
    for other in reading.sheet.rows[max(0, row.index - _NEAR_ROWS) : row.index]:
        kinds = {one.kind for spot in reading.spots.in_row(other.index) for one in spot.meanings}
        if reading.item_header(other.index):
            return False
        if len(kinds & _KINDS) >= 2 and not reading.numbers.get(other.index):
            return True
    return False


def _same(one: TaxRow, other: TaxRow) -> bool:
    return (one.rate, one.base.value, one.tax.value) == (other.rate, other.base.value, other.tax.value)
