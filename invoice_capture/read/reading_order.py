"""Words with boxes become lines in reading order.

A line is what stands on one baseline within one column: on a wide page (a letter), words far apart are lines of their
own, because the address window and the block of dates beside it have nothing to do with each other. On a narrow page
(a till receipt) a row is one line however far its amount stands to the right.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from statistics import median

from invoice_capture.model import Line, Word

_SAME_ROW = 0.5
"""Share of the smaller height by which two words overlap when they stand on one row."""
_TALLER = 2.2
"""A word this many times as tall as its neighbour starts a row of its own: a title beside small print."""
_COLUMN_GAP = 2.0
"""Gap between columns, in heights of the row: blanks are a third of it, tabulators of tables more."""
_WIDE_PAGE = 32.0
"""Extent of the text in heights of a word from which a page is wide: a receipt of 48 letters a row has about 26."""


def lines_of(words: Iterable[Word]) -> tuple[Line, ...]:
    """Return the lines from top to bottom, those of one row from left to right; blank words are left out."""
    kept = [word for word in words if word.text.strip()]
    if not kept:
        return ()
    found: list[Line] = []
    wide = is_wide(kept)
    for row in _rows(kept):
        found.extend(_columns(row) if wide else (Line(tuple(row)),))
    return tuple(found)


def is_wide(words: Sequence[Word]) -> bool:
    """Whether the text is as wide as a letter's, so that it may have columns."""
    height = median(word.box.height for word in words)
    extent = max(word.box.x1 for word in words) - min(word.box.x0 for word in words)
    return height > 0 and extent / height > _WIDE_PAGE


def _rows(words: Sequence[Word]) -> list[list[Word]]:
    rows: list[list[Word]] = []
    near: list[list[Word]] = []
    for word in sorted(words, key=lambda one: (one.box.y0 + one.box.y1, one.box.x0)):
        best = max(near, key=lambda row: _overlap(word, _neighbour(word, row)), default=None)
        if best is not None and _overlap(word, _neighbour(word, best)) >= _SAME_ROW and not _covers(word, best):
            best.append(word)
        else:
            row = [word]
            rows.append(row)
            near.append(row)
        near = [row for row in near if max(one.box.y1 for one in row) > word.box.y0 - word.box.height]
    for row in rows:
        row.sort(key=lambda one: one.box.x0)
    rows.sort(key=lambda row: (median(one.box.y0 + one.box.y1 for one in row), row[0].box.x0))
    return rows


def _neighbour(word: Word, row: Sequence[Word]) -> Word:
    """Return the word of a row that stands nearest: a page that slants moves far words away, not near ones."""
    return min(row, key=lambda one: max(one.box.x0 - word.box.x1, word.box.x0 - one.box.x1))


def _overlap(word: Word, other: Word) -> float:
    """Shared height as a share of the smaller one, 0 when the heights are too unlike."""
    one, two = word.box, other.box
    smaller, larger = min(one.height, two.height), max(one.height, two.height)
    if smaller <= 0 or larger > _TALLER * smaller:
        # Points and dashes belong where their middle falls; a title and the small print beside it do not.
        small, tall = (word, other) if one.height < two.height else (other, word)
        middle = (small.box.y0 + small.box.y1) / 2
        plain = not any(letter.isalnum() for letter in small.text)
        return 1.0 if plain and tall.box.y0 <= middle <= tall.box.y1 else 0.0
    return (min(one.y1, two.y1) - max(one.y0, two.y0)) / smaller


def _covers(word: Word, row: Sequence[Word]) -> bool:
    """Whether the word lies over one of the row: then it is another row, printed close or slanting."""
    for other in row:
        shared = min(word.box.x1, other.box.x1) - max(word.box.x0, other.box.x0)
        if shared > 0.5 * min(word.box.width, other.box.width):
            return True
    return False


def _columns(row: Sequence[Word]) -> list[Line]:
    parts: list[list[Word]] = [[row[0]]]
    height = median(word.box.height for word in row)
    for word in row[1:]:
        if word.box.x0 - parts[-1][-1].box.x1 > _COLUMN_GAP * height:
            parts.append([])
        parts[-1].append(word)
    return [Line(tuple(part)) for part in parts]
