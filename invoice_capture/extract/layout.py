"""Pages as rows of cells: what stands beside, below and above what. Works on words alone, from any reader."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import pairwise
from statistics import median

from invoice_capture.extract.folding import compact
from invoice_capture.model import Box, Page, Place, Word

_CELL_GAP = 0.8
"""A gap wider than this times the height of the text parts two cells; blanks between words are 0.25 to 0.5 wide."""
_SAME_ROW = 0.5
"""Two words stand in one row when they share this much of the smaller height."""
_NEAR = 60
"""Words of a row that are looked at for the nearest: a row of a hostile page may have thousands."""
_TOKEN_MAX = 120
_CELL_LETTERS_MAX = 400
"""Longer words and lines are no values; a hostile page shall not keep the patterns busy."""
_RUN = re.compile(r"\S+")
_COLON = re.compile(r"(?<=[^\d:]):(?=[^/\\:])")
"""A colon behind a letter and before no slash: neither a time of day nor an address of the web."""


@dataclass(frozen=True, slots=True)
class Token:
    """A word without blanks. ``key``: folded letters and digits, for comparing; ``confidence``: 0..1 of the reader."""

    text: str
    key: str
    box: Box
    confidence: float


@dataclass(frozen=True, slots=True)
class Cell:
    """Tokens of one row with ordinary gaps between. ``page``: from 1; ``row``: index of its row in the sheet."""

    page: int
    row: int
    tokens: tuple[Token, ...]
    box: Box

    @property
    def text(self) -> str:
        """The tokens with one blank between."""
        return " ".join(token.text for token in self.tokens)

    @property
    def place(self) -> Place:
        """Where the whole cell stands."""
        return Place(self.page, self.box)


@dataclass(frozen=True, slots=True)
class Row:
    """Cells beside each other, left to right. ``index``: of the row in the sheet; ``top``, ``bottom``: on its page."""

    index: int
    page: int
    cells: tuple[Cell, ...]
    top: float
    bottom: float

    @property
    def text(self) -> str:
        """All cells with one blank between."""
        return " ".join(cell.text for cell in self.cells)


@dataclass(frozen=True, slots=True)
class Sheet:
    """All rows of a document from top to bottom; ``sizes``: width and height of each page by its number."""

    rows: tuple[Row, ...]
    sizes: dict[int, tuple[float, float]]

    def cells(self) -> Iterator[Cell]:
        """All cells in reading order."""
        for row in self.rows:
            yield from row.cells

    def height_of(self, page: int) -> float:
        """Height of a page, in its units."""
        return self.sizes[page][1]

    def width_of(self, page: int) -> float:
        """Width of a page, in its units."""
        return self.sizes[page][0]

    def depth(self, cell: Cell) -> float:
        """How far down its page a cell stands, 0..1."""
        return cell.box.y0 / self.height_of(cell.page)

    def below(self, cell: Cell, reach: float) -> Iterator[Cell]:
        """Cells under this one on its page that share some of its width, the nearest first.

        Args:
            cell: above them.
            reach: how far down, in heights of the cell.
        """
        limit = cell.box.y1 + reach * cell.box.height
        for row in self.rows[cell.row + 1 :]:
            if row.page != cell.page or row.top > limit:
                return
            for other in row.cells:
                if shares_width(other.box, cell.box):
                    yield other

    def right_of(self, cell: Cell) -> tuple[Cell, ...]:
        """Cells of the row to the right of this one, the nearest first."""
        return tuple(other for other in self.rows[cell.row].cells if other.box.x0 >= cell.box.x1 - 0.5)


def shares_width(one: Box, other: Box) -> bool:
    """Whether two boxes stand above each other in part."""
    return min(one.x1, other.x1) > max(one.x0, other.x0)


def sheet_of(pages: tuple[Page, ...]) -> Sheet:
    """Return the rows and cells of pages; lines of the reader are not kept, they may join columns or part rows."""
    rows: list[Row] = []
    for page in pages:
        for tokens in _rows_of([token for word in page.words() for token in tokens_of(word)]):
            index = len(rows)
            cells = tuple(_cells_of(page.number, index, tokens))
            top, bottom = min(one.box.y0 for one in tokens), max(one.box.y1 for one in tokens)
            rows.append(Row(index, page.number, cells, top, bottom))
    return Sheet(tuple(rows), {page.number: (page.width, page.height) for page in pages})


def tokens_of(word: Word) -> tuple[Token, ...]:
    """Return a word cut at blanks and behind colons; an OCR engine reads a whole line as one piece.

    Boxes are shared by number of characters.
    """
    found = []
    width = word.box.width / max(1, len(word.text))
    for hit in _RUN.finditer(word.text):
        cuts = [hit.start(), *(hit.start() + colon.end() for colon in _COLON.finditer(hit[0])), hit.end()]
        for start, end in pairwise(cuts):
            box = Box(word.box.x0 + start * width, word.box.y0, word.box.x0 + end * width, word.box.y1)
            text = word.text[start:end][:_TOKEN_MAX]
            found.append(Token(text, compact(text), box, word.confidence))
    return tuple(found)


def box_of(tokens: tuple[Token, ...] | list[Token]) -> Box:
    """Return the box around tokens, at least one."""
    box = tokens[0].box
    for token in tokens[1:]:
        box = box.union(token.box)
    return box


def _rows_of(tokens: list[Token]) -> Iterator[list[Token]]:
    """Tokens of one page by row, from top to bottom, each left to right."""
    rows: list[list[Token]] = []
    for token in sorted(tokens, key=lambda one: (one.box.y0 + one.box.y1) / 2):
        row = next((row for row in reversed(rows[-4:]) if _same_row(row, token)), None)
        if row is None:
            rows.append([token])
        else:
            row.append(token)
    for row in sorted(rows, key=lambda row: median(one.box.y0 for one in row)):
        yield sorted(row, key=lambda one: one.box.x0)


def _same_row(row: list[Token], token: Token) -> bool:
    # The nearest token of the row counts: a scan may be slanted.
    near = min(row[-_NEAR:], key=lambda one: abs(one.box.x1 - token.box.x0))
    shared = min(near.box.y1, token.box.y1) - max(near.box.y0, token.box.y0)
    return shared > _SAME_ROW * min(near.box.height, token.box.height)


def _cells_of(page: int, row: int, tokens: list[Token]) -> Iterator[Cell]:
    current: list[Token] = []
    letters = 0
    for token in tokens:
        if current:
            gap = token.box.x0 - current[-1].box.x1
            wide = gap > _CELL_GAP * max(1.0, min(token.box.height, current[-1].box.height))
            if wide or letters > _CELL_LETTERS_MAX:
                yield Cell(page, row, tuple(current), box_of(current))
                current, letters = [], 0
        current.append(token)
        letters += len(token.text)
    yield Cell(page, row, tuple(current), box_of(current))
