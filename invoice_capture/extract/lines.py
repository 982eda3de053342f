"""The lines of an invoice: the head of the table gives the columns, each amount in its column a line."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from decimal import Decimal

from invoice_capture.extract.layout import Cell, Row
from invoice_capture.extract.numbers import Number, rates_of
from invoice_capture.extract.reading import Reading
from invoice_capture.extract.spots import Spot
from invoice_capture.model import Box

COLUMNS = ("col_position", "col_article", "col_text", "col_quantity", "col_unit", "col_price", "col_rate", "col_amount")
_CENT = Decimal("0.01")
_TOLERANCE = Decimal("0.02")
_STOPS = frozenset({"net", "total", "payable", "lines_total", "tax"})
_TABLE_ROWS = 400
_MONEY_COLUMNS = frozenset({"col_price", "col_amount"})
_UNIT = re.compile(r"^[^\W\d_]{1,8}[.²³]?$|^[^\W\d_]{1,4}\([^\W\d_]\)$")
_HEAD_ROWS = 3


@dataclass(frozen=True, slots=True)
class Column:
    """A column of the table. ``kind``: one of ``COLUMNS``; ``box``: of its head."""

    kind: str
    box: Box


@dataclass(slots=True)
class ItemLine:
    """A line while it is gathered. ``fits``: quantity times price is the amount; None when one is missing."""

    texts: list[Cell] = field(default_factory=list)
    quantity: Number | None = None
    unit: tuple[Cell, str] | None = None
    price: Number | None = None
    rate: tuple[Cell, Decimal] | None = None
    amount: Number | None = None

    @property
    def fits(self) -> bool | None:
        """Whether quantity times price is the amount."""
        if self.quantity is None or self.price is None or self.amount is None:
            return None
        product = (self.quantity.value * self.price.value).quantize(_CENT)
        return abs(product - self.amount.value) <= max(_TOLERANCE, abs(product) / 200)


def item_lines(reading: Reading) -> tuple[ItemLine, ...]:
    """Return the lines of all tables of items, over all pages."""
    found: list[ItemLine] = []
    stop = -1
    columns: tuple[Column, ...] = ()
    for row in reading.sheet.rows:
        if row.index <= stop or not reading.item_header(row.index):
            continue
        columns = _columns(reading, row)
        if not any(one.kind == "col_amount" for one in columns):
            continue
        rows, stop = _body(reading, row)
        found += _lines(reading, rows, columns)
    return tuple(one for one in found if one.amount is not None)


def _columns(reading: Reading, head: Row) -> tuple[Column, ...]:
    """The columns of a head; heads of several rows lend their words."""
    spots: list[Spot] = []
    for row in reading.sheet.rows[max(0, head.index - _HEAD_ROWS) : head.index + _HEAD_ROWS + 1]:
        near = abs(row.top - head.top) < 2.5 * (head.bottom - head.top) and row.page == head.page
        if near and (row is head or not reading.numbers.get(row.index)):
            spots += reading.spots.in_row(row.index)
    best: dict[str, Spot] = {}
    for spot in sorted(spots, key=lambda one: (one.cell.row != head.index, one.box.x0)):
        kinds = [one.kind for one in spot.meanings if one.kind in COLUMNS]
        # The last amount column of a row is the line amount: "Price ... Amount ... Total".
        for kind in kinds[:2]:
            if kind not in best or (spot.cell.row == head.index and _fits_better(kind, spot, best[kind], spots)):
                best[kind] = spot
    taken: dict[int, str] = {}
    for kind in (
        "col_amount",
        "col_price",
        "col_quantity",
        "col_text",
        "col_rate",
        "col_unit",
        "col_article",
        "col_position",
    ):
        if kind in best and id(best[kind]) not in taken:
            taken[id(best[kind])] = kind
    return tuple(Column(kind, best[kind].box) for one, kind in taken.items() if id(best[kind]) == one)


def _fits_better(kind: str, spot: Spot, known: Spot, spots: list[Spot]) -> bool:
    """Of two heads of one kind: the last is the amount of the line, the widest its description."""
    if kind == "col_amount":
        return spot.box.x0 > known.box.x0
    return kind == "col_text" and _room(spot, spots) > _room(known, spots)


def _room(spot: Spot, spots: list[Spot]) -> float:
    """How far it is to the next head on the right, in the units of the page."""
    return min((one.box.x0 - spot.box.x0 for one in spots if one.box.x0 > spot.box.x1), default=0.0)


def _body(reading: Reading, head: Row) -> tuple[list[Row], int]:
    """Rows of the table under its head, to the first sum; and the index of its last row."""
    rows: list[Row] = []
    for row in reading.sheet.rows[head.index + 1 : head.index + _TABLE_ROWS]:
        if reading.item_header(row.index):
            if row.page != head.page and not rows:
                continue
            return rows, row.index - 1
        first = next(iter(reading.spots.in_row(row.index)), None)
        kinds = {one.kind for one in first.meanings} if first is not None else set()
        money = any(one.money for one in reading.numbers.get(row.index, ()))
        if first is not None and first.leads and kinds & _STOPS and money and len(row.cells) <= 4:
            return rows, row.index
        if row.page != head.page and not _resumes(reading, row):
            return rows, row.index - 1
        rows.append(row)
    return rows, rows[-1].index if rows else head.index


def _resumes(reading: Reading, row: Row) -> bool:
    """Whether a table goes on here after a page break: a head follows on this page, or it never stopped."""
    return any(
        other.page == row.page and reading.item_header(other.index)
        for other in reading.sheet.rows[row.index : row.index + 30]
    )


def _lines(reading: Reading, rows: list[Row], columns: tuple[Column, ...]) -> list[ItemLine]:
    lines: list[ItemLine] = []
    pending = ItemLine()
    for row in rows:
        here = _cells_by_column(reading, row, columns)
        amount = here.amount
        if amount is not None:
            if pending.amount is not None:
                lines.append(pending)
                pending = here
            else:
                pending = _merged(pending, here)
            continue
        if here.price is not None or here.quantity is not None:
            # A new line begins whose amount stands one row lower.
            if pending.amount is not None:
                lines.append(pending)
                pending = here
            else:
                pending = _merged(pending, here)
        elif here.texts:
            pending.texts += here.texts
    lines.append(pending)
    return lines


def _merged(one: ItemLine, other: ItemLine) -> ItemLine:
    return ItemLine(
        one.texts + other.texts,
        one.quantity or other.quantity,
        one.unit or other.unit,
        one.price or other.price,
        one.rate or other.rate,
        other.amount or one.amount,
    )


def _cells_by_column(reading: Reading, row: Row, columns: tuple[Column, ...]) -> ItemLine:
    line = ItemLine()
    for cell in row.cells:
        numbers = reading.numbers_in(cell)
        rates = rates_of(cell.text)
        for number in numbers:
            kind = _column_of(number.box, columns)
            if kind == "col_amount" and number.money:
                line.amount = number
            elif kind == "col_price":
                line.price = line.price or number
            elif kind == "col_quantity":
                line.quantity = line.quantity or number
            elif kind == "col_rate" and not rates and line.rate is None:
                line.rate = (cell, number.value)
        kind = _column_of(cell.box, columns)
        if rates and line.rate is None:
            line.rate = (cell, rates[0])
        if kind == "col_text" and not (numbers and len(cell.tokens) == 1):
            line.texts.append(cell)
        last = cell.tokens[-1].text
        if kind in {"col_unit", "col_quantity"} and line.unit is None and _UNIT.match(last):
            line.unit = (cell, last)
    return line


def _column_of(box: Box, columns: tuple[Column, ...]) -> str:
    """The column whose head is nearest to a box: overlap first, then its right or left edge."""
    best, score = "", 0.0
    for one in columns:
        overlap = min(box.x1, one.box.x1) - max(box.x0, one.box.x0)
        edge = min(abs(box.x1 - one.box.x1), abs(box.x0 - one.box.x0))
        found = 1.0 + overlap / max(1.0, min(box.width, one.box.width)) if overlap > 0 else 1.0 / (1.0 + edge / 12)
        found -= min(edge, 100.0) / 1000
        if found > score:
            best, score = one.kind, found
    return best if score > 0.15 else ""
