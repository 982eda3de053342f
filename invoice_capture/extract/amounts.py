"""Which printed amount may be the net, the tax, the total: candidates from labels, rows and columns."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from decimal import Decimal

from invoice_capture.extract.layout import shares_width
from invoice_capture.extract.numbers import Number
from invoice_capture.extract.reading import Reading
from invoice_capture.extract.spots import Spot
from invoice_capture.model import Place

KINDS = ("net", "tax", "total", "payable", "prepaid", "rounding", "lines_total", "allowance", "charge")
_MAIN = frozenset({"net", "tax", "total", "payable"})
_STRONG = 0.85
_WEAK = 0.4
_SECOND_LABEL = 0.3
"""A label that follows another one before the amount: "Total incl. VAT 119.00" is a total."""
_WITHOUT_CENTS = 0.5
_SHORT_CELL = 8
_ROW_MAX = 40
"""Labels or numbers of one row; a row of more is no sum."""
_COLUMN_ROWS = 8
_COLUMN = 0.35
_COLUMN_LAST = 0.5
_IN_SENTENCE = 0.55
_INCLUSIVE = re.compile(r"^(?:inkl|incl|inclus|ttc|tvac)")
_CONTAINED = re.compile(r"enthalten|darin|davon|waarvan|varav|herav|dont|of which|dicui")


@dataclass(frozen=True, slots=True)
class AmountCandidate:
    """An amount that may be one of the sums. ``kind``: one of ``KINDS``; ``score``: 0..1."""

    kind: str
    value: Decimal
    score: float
    text: str
    place: Place | None
    label: str


def amount_candidates(reading: Reading) -> tuple[AmountCandidate, ...]:
    """Return all candidates of all kinds."""
    found = []
    for row in reading.sheet.rows:
        spots = [one for one in reading.spots.in_row(row.index) if _kinds_of(one)]
        if not spots or max(len(spots), len(reading.numbers.get(row.index, ()))) > _ROW_MAX:
            continue
        if reading.near_item_header(row.index):
            continue
        owners = _owners(reading, row.index, spots)
        for spot, numbers, rank in owners:
            found += list(_beside(reading, spot, numbers, rank))
        if not reading.numbers.get(row.index):
            for spot in spots:
                found += list(_under(reading, spot))
    return tuple(found)


def _kinds_of(spot: Spot) -> list[tuple[str, bool]]:
    return [(one.kind, one.strong) for one in spot.meanings if one.kind in KINDS]


def _owners(reading: Reading, row: int, spots: list[Spot]) -> Iterator[tuple[Spot, list[Number], int]]:
    """Each label of a row with the numbers that stand between it and the next label with numbers of its own.

    The rank counts labels that came before it without a number between.
    """
    numbers = list(reading.numbers.get(row, ()))
    edges = [spot.box.x1 - 1.0 for spot in spots]
    rank = 0
    for index, spot in enumerate(spots):
        later = edges[index + 1] if index + 1 < len(edges) else float("inf")
        own = [one for one in numbers if edges[index] <= one.box.x0 < later]
        if not own and index + 1 < len(spots):
            # "Total incl. VAT 119.00": the numbers behind the next label of the cell belong to this one too.
            following = edges[index + 2] if index + 2 < len(edges) else float("inf")
            own = [one for one in numbers if later <= one.box.x0 < following]
            if own and spots[index + 1].cell is spot.cell:
                yield spot, own, rank
            rank = rank + 1 if spots[index + 1].cell is spot.cell else 0
            continue
        yield spot, own, rank
        rank = 0


def _beside(reading: Reading, spot: Spot, numbers: list[Number], rank: int) -> Iterator[AmountCandidate]:
    if not numbers:
        return
    money = [one for one in numbers if one.money]
    # A number without cents or a currency is an amount only right beside a label, not within a sentence.
    if not money and not (spot.leads and len(spot.cell.tokens) <= _SHORT_CELL):
        return
    best = (money or numbers)[-1]
    row_text = reading.sheet.rows[spot.cell.row].text
    contained = _CONTAINED.search(row_text.casefold()) is not None
    before = "".join(token.key for token in spot.cell.tokens[max(0, spot.first - 3) : spot.first])
    inclusive = any(_INCLUSIVE.match(token.key) for token in spot.cell.tokens[: spot.first])
    for kind, strong in _kinds_of(spot):
        score = _STRONG if strong else _WEAK
        score *= 1.0 if money else _WITHOUT_CENTS
        score *= _SECOND_LABEL if rank and not contained else 1.0
        if spot.first and before and not spot.colon and len(spot.cell.tokens) > 6:
            score *= _IN_SENTENCE
        if kind == "tax" and inclusive and not contained and len(money) == 1:
            yield AmountCandidate("total", best.value, score * 0.7, best.text, best.place, spot.text)
            score *= 0.4
        # Sums stand at the end of a document: of several the last one counts.
        late = 0.08 * (best.cell.row / max(1, len(reading.sheet.rows)))
        yield AmountCandidate(kind, best.value, min(1.0, score + late), best.text, best.place, spot.text)
        if best.bracketed:
            yield AmountCandidate(kind, abs(best.value), score * 0.97, best.text, best.place, spot.text)
        for other in money[:-1]:
            yield AmountCandidate(kind, other.value, score * 0.4, other.text, other.place, spot.text)


def _under(reading: Reading, spot: Spot) -> Iterator[AmountCandidate]:
    """Amounts of the column under a label; the last one may be the sum of the others."""
    column: list[Number] = []
    misses = 0
    for row in reading.sheet.rows[spot.cell.row + 1 : spot.cell.row + 1 + _COLUMN_ROWS]:
        if row.page != spot.cell.page or misses > 1:
            break
        here = [one for one in reading.numbers.get(row.index, ()) if one.money and _in_column(one, spot)]
        misses = 0 if here else misses + 1
        column += here[:1]
    for place, one in enumerate(column):
        last = place == len(column) - 1
        for kind, strong in _kinds_of(spot):
            if kind not in _MAIN:
                continue
            score = (_COLUMN_LAST if last else _COLUMN) * (1.0 if strong else 0.6)
            score += 0.2 if len(column) == 1 else 0.0
            yield AmountCandidate(kind, one.value, score, one.text, one.place, spot.text)


def _in_column(number: Number, spot: Spot) -> bool:
    box, head = number.box, spot.cell.box
    return shares_width(box, spot.box) or shares_width(box, head) or abs(box.x1 - head.x1) < head.height
