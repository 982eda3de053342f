"""All that the parts of the extraction look at: the sheet, its labels, its numbers, its language."""

from __future__ import annotations

import re
from dataclasses import dataclass

from invoice_capture.extract.labels import Lexicon
from invoice_capture.extract.layout import Cell, Sheet, sheet_of
from invoice_capture.extract.numbers import Number, decimal_sign, numbers_of
from invoice_capture.extract.spots import Spots
from invoice_capture.model import Code, Page

_NUMERIC = re.compile(r"(?<![\d.,/-])(\d{1,2})[./-](\d{1,2})[./-](?:\d{4}|\d{2})(?![\d])")
_NEAR_HEAD = 3
_MONTH_FIRST = frozenset({"USD"})


@dataclass(frozen=True, slots=True)
class Reading:
    """A document as the extraction sees it.

    ``numbers``: by index of the row; ``decimal``: sign before cents, empty when not known; ``day_first``: order of
    dates of numbers, None when not known; ``language``: ISO 639-1 or empty.
    """

    sheet: Sheet
    spots: Spots
    numbers: dict[int, tuple[Number, ...]]
    lexicon: Lexicon
    decimal: str
    language: str
    day_first: bool | None
    codes: tuple[Code, ...]

    def numbers_in(self, cell: Cell) -> tuple[Number, ...]:
        """Numbers of one cell."""
        return tuple(one for one in self.numbers.get(cell.row, ()) if one.cell is cell)

    def item_header(self, row: int) -> bool:
        """Whether this row is the head of a table of items."""
        kinds = {meaning.kind for spot in self.spots.in_row(row) for meaning in spot.meanings}
        cells = {id(spot.cell) for spot in self.spots.in_row(row)}
        named = kinds & {"col_text", "col_article", "col_quantity", "col_price"}
        return len(cells) >= 3 and len(named) >= 2 and bool(kinds & {"col_amount", "col_price"})

    def near_item_header(self, row: int) -> bool:
        """Whether this row is a part of the head of a table of items: heads are often of several rows."""
        here = self.sheet.rows[row]
        if any(one.money for one in self.numbers.get(row, ())):
            return False
        for other in self.sheet.rows[max(0, row - _NEAR_HEAD) : row + _NEAR_HEAD + 1]:
            near = abs(other.top - here.top) < 3 * (other.bottom - other.top)
            if other.page == here.page and near and self.item_header(other.index):
                return True
        return False


def _printed_order(sheet: Sheet) -> bool | None:
    """Whether days stand first on this sheet: told by dates that can be read in one order only."""
    day_first = month_first = 0
    for row in sheet.rows:
        for hit in _NUMERIC.finditer(row.text):
            first, second = int(hit[1]), int(hit[2])
            day_first += 12 < first <= 31 and second <= 12
            month_first += 12 < second <= 31 and first <= 12
    return None if day_first == month_first else day_first > month_first


def reading_of(pages: tuple[Page, ...], lexicon: Lexicon, *, day_first: bool | None) -> Reading:
    """Return the reading of pages; ``day_first``: what is known of the supplier, else it is guessed."""
    sheet = sheet_of(pages)
    decimal = decimal_sign(sheet)
    numbers = {row.index: tuple(one for cell in row.cells for one in numbers_of(cell, decimal)) for row in sheet.rows}
    language = lexicon.language_of(token.key for cell in sheet.cells() for token in cell.tokens)
    if day_first is None:
        day_first = _printed_order(sheet)
    if day_first is None and language == "en":
        dollars = any(one.currency in _MONTH_FIRST for row in numbers.values() for one in row)
        day_first = not dollars
    codes = tuple(code for page in pages for code in page.codes)
    spots = Spots(sheet, lexicon)
    return Reading(sheet, spots, numbers, lexicon, decimal, language, day_first, codes)
