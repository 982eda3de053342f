"""The amounts and rates printed on a sheet, each with its cell."""

from __future__ import annotations

import re
from collections import Counter
from dataclasses import dataclass
from decimal import Decimal

from invoice_capture.extract.layout import Cell, Sheet, Token, box_of
from invoice_capture.model import Box, Place
from invoice_capture.values import find_amounts, find_dates

_DECIMAL = re.compile(r"\d([.,])\d{2}(?![\d.,])")
_RATE = re.compile(r"(?<![\d.,])(\d{1,2}(?:[.,]\d{1,3})?)[ \u00a0]?%")
_RATE_MAX = Decimal(60)


@dataclass(frozen=True, slots=True)
class Number:
    """A printed number. ``first``, ``last``: its tokens in the cell; ``money``: it has cents or a currency."""

    value: Decimal
    text: str
    cell: Cell
    first: int
    last: int
    money: bool
    currency: str
    bracketed: bool

    @property
    def box(self) -> Box:
        """The box around its tokens."""
        return box_of(self.cell.tokens[self.first : self.last + 1])

    @property
    def place(self) -> Place:
        """Where it stands."""
        return Place(self.cell.page, self.box)


def decimal_sign(sheet: Sheet) -> str:
    """Return the sign that stands before cents on this sheet, empty when both or none do."""
    counts = Counter(hit[1] for row in sheet.rows for hit in _DECIMAL.finditer(row.text))
    point, comma = counts["."], counts[","]
    if point == comma:
        return ""
    # Dates like 01.02.20 look like points before cents: a comma weighs more.
    return "," if comma * 2 >= point else "."


def numbers_of(cell: Cell, decimal: str) -> tuple[Number, ...]:
    """Return the numbers of a cell that are no dates, left to right."""
    text = cell.text
    dates = find_dates(text, day_first=None)
    found = []
    for one in find_amounts(text, decimal=decimal):
        if any(date.start < one.end and one.start < date.end for date in dates):
            continue
        first, last = _tokens_at(cell.tokens, one.start, one.end)
        printed = text[one.start : one.end]
        money = one.decimals == 2 or bool(one.currency)
        found.append(Number(one.value, printed, cell, first, last, money, one.currency, printed.endswith(")")))
    return tuple(found)


def rates_of(text: str) -> tuple[Decimal, ...]:
    """Return the rates in per cent that a text names."""
    found = (Decimal(hit[1].replace(",", ".")) for hit in _RATE.finditer(text))
    return tuple(one for one in found if one <= _RATE_MAX)


def _tokens_at(tokens: tuple[Token, ...], start: int, end: int) -> tuple[int, int]:
    """First and last token that hold these characters of the cell's text."""
    place = 0
    first, last = None, 0
    for index, token in enumerate(tokens):
        if place < end and place + len(token.text) > start:
            first = index if first is None else first
            last = index
        place += len(token.text) + 1
    return first or 0, last
