"""Where labels stand on a sheet, and what stands beside and below them."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from invoice_capture.extract.labels import Lexicon, Meaning
from invoice_capture.extract.layout import Cell, Row, Sheet, Token, box_of, shares_width
from invoice_capture.extract.names import has_legal_form
from invoice_capture.model import Box

_WORDS_TO_COLON = 4
"""Words between a label and its colon that still belong to it: "Order no. of the customer:"."""
_BELOW_REACH = 2.2
"""How far under a label its value may stand, in heights of the label."""
_NAME_WORDS = 6
_BETWEEN = frozenset({":", ".", "=", ".:"})


@dataclass(frozen=True, slots=True)
class Spot:
    """A label on the sheet.

    ``cell``: where it stands; ``first``, ``last``: its tokens in the cell; ``colon``: whether one ends it.
    """

    meanings: tuple[Meaning, ...]
    text: str
    cell: Cell
    first: int
    last: int
    colon: bool

    @property
    def box(self) -> Box:
        """The box around the label."""
        return box_of(self.cell.tokens[self.first : self.last + 1])

    def says(self, kind: str) -> Meaning | None:
        """Return what it says of this kind, None when it says nothing of it."""
        return next((one for one in self.meanings if one.kind == kind), None)

    @property
    def leads(self) -> bool:
        """Whether the cell begins with it: words within a sentence are less of a label."""
        return self.first == 0


@dataclass(frozen=True, slots=True)
class Beside:
    """What may be the value of a label. ``step``: 0 in its cell, 1 in the next cell of the row, 2 below."""

    cell: Cell
    tokens: tuple[Token, ...]
    step: int

    @property
    def text(self) -> str:
        """The tokens with one blank between."""
        return " ".join(token.text for token in self.tokens)

    @property
    def box(self) -> Box:
        """The box around the tokens."""
        return box_of(self.tokens)


class Spots:
    """All labels of a sheet, found once."""

    __slots__ = ("_by_row", "sheet", "spots")

    def __init__(self, sheet: Sheet, lexicon: Lexicon) -> None:
        self.sheet = sheet
        self.spots = tuple(spot for cell in sheet.cells() for spot in _spots_of(cell, lexicon))
        self._by_row: dict[int, list[Spot]] = {}
        for spot in self.spots:
            self._by_row.setdefault(spot.cell.row, []).append(spot)

    def of(self, *kinds: str) -> Iterator[tuple[Spot, Meaning]]:
        """Labels of these kinds with what they say, in reading order."""
        for spot in self.spots:
            for kind in kinds:
                meaning = spot.says(kind)
                if meaning is not None:
                    yield spot, meaning

    def in_row(self, row: int) -> tuple[Spot, ...]:
        """Labels of one row, left to right."""
        return tuple(self._by_row.get(row, ()))

    def in_cell(self, cell: Cell) -> tuple[Spot, ...]:
        """Labels of one cell, left to right."""
        return tuple(spot for spot in self._by_row.get(cell.row, ()) if spot.cell is cell)

    def values(self, spot: Spot) -> Iterator[Beside]:
        """What may be the value of a label, the likeliest first: behind it, in the next cells, below it."""
        inside = _bare(spot.cell.tokens[spot.last + 1 : self._end_in(spot)])
        if inside:
            yield Beside(spot.cell, inside, 0)
        if not inside or not spot.colon:
            for cell in self.sheet.right_of(spot.cell):
                if spot.cell.tokens[spot.last + 1 :] and not inside:
                    break
                stop = self.in_cell(cell)
                if stop and is_label(stop[0]):
                    break
                stop = tuple(one for one in stop if one.first)
                tokens = _bare(cell.tokens[: stop[0].first] if stop else cell.tokens)
                if tokens:
                    yield Beside(cell, tokens, 1)
                if stop:
                    break
        yield from self._below(spot)

    def row_of(self, spot: Spot) -> Row:
        """The row a label stands in."""
        return self.sheet.rows[spot.cell.row]

    def _end_in(self, spot: Spot) -> int:
        """Where the next label of the cell begins."""
        later = [one.first for one in self.in_cell(spot.cell) if one.first > spot.last and (one.colon or one.meanings)]
        return min(later, default=len(spot.cell.tokens))

    def _below(self, spot: Spot) -> Iterator[Beside]:
        box = spot.box
        limit = box.y1 + _BELOW_REACH * box.height
        for row in self.sheet.rows[spot.cell.row + 1 :]:
            if row.page != spot.cell.page or row.top > limit:
                return
            for cell in row.cells:
                if shares_width(cell.box, box) and not any(one.leads for one in self.in_cell(cell)):
                    yield Beside(cell, cell.tokens, 2)


def is_label(spot: Spot) -> bool:
    """Whether the cell that a spot leads is a label more than a name: "Supplier Ltd." begins with such a word too."""
    if not spot.leads:
        return False
    text = spot.cell.text
    return spot.colon or not has_legal_form(text) or len(text.split()) > _NAME_WORDS


def _bare(tokens: tuple[Token, ...]) -> tuple[Token, ...]:
    """Without the colon that stands between a label and its value."""
    while tokens and tokens[0].text in _BETWEEN:
        tokens = tokens[1:]
    return tokens


def _spots_of(cell: Cell, lexicon: Lexicon) -> Iterator[Spot]:
    tokens = cell.tokens
    place = 0
    while place < len(tokens):
        end = _longest(tokens, place, lexicon)
        if end is None:
            place += 1
            continue
        key = "".join(token.key for token in tokens[place : end + 1])
        last = _to_colon(tokens, end, lexicon)
        text = " ".join(token.text for token in tokens[place : end + 1]).rstrip(":")
        yield Spot(lexicon.meanings[key], text, cell, place, last, tokens[last].text.endswith(":"))
        place = last + 1


def _longest(tokens: tuple[Token, ...], start: int, lexicon: Lexicon) -> int | None:
    """Index of the last token of the longest label that begins here, None when none does."""
    found = None
    key = ""
    if not tokens[start].key:
        return None
    for place in range(start, len(tokens)):
        key += tokens[place].key
        if len(key) > lexicon.longest:
            break
        if key in lexicon.meanings:
            found = place
        if tokens[place].text.endswith(":"):
            break
    return found


def _to_colon(tokens: tuple[Token, ...], end: int, lexicon: Lexicon) -> int:
    """Index of the colon that ends the label, or its own last token when none follows closely."""
    if tokens[end].text.endswith(":"):
        return end
    for place in range(end + 1, min(end + 1 + _WORDS_TO_COLON, len(tokens))):
        token = tokens[place]
        if token.key in lexicon.meanings or any(one.isdigit() for one in token.text):
            return end
        if token.text.endswith(":"):
            return place
    return end
