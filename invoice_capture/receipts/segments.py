"""The text of a receipt as segments: runs of text that stand together, in reading order, with their row."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass, replace
from statistics import median

from invoice_capture.model import Box, Line, Page, Word

_CONTACT = re.compile(
    r"(?<=[^\s(])[\s,;(]+(?=(?:TEL|FAX|PHONE|H/?P|GST(?:\s?REG|\s?ID|\s?NO)|SST(?:\s?REG|\s?ID|\s?NO))\b[^A-Za-z]*(?:NO\b)?[\s.:]*[+(]?\d)",
    re.IGNORECASE,
)
"""Where the telephone or tax number of a shop begins behind its address, on the same line."""
_GAP = 1.3
"""Words further apart than this many heights of their line are segments of their own: columns, not blanks."""


@dataclass(frozen=True, slots=True)
class Segment:
    """A run of text. ``text``: as printed, one blank between words; ``row``: from 0; ``rows``: how many the page has.

    ``before``, ``after``: texts on the same row to its left and right; ``across``, ``down``: 0..1, its left edge and
    its top within the text of the page; ``tall``: its height in those of the page's median segment.
    """

    text: str
    box: Box
    page: int
    row: int
    rows: int
    before: str
    after: str
    across: float
    down: float
    width: float
    tall: float
    confidence: float

    @property
    def bare(self) -> str:
        """Capitals, digits and signs without any blank."""
        return "".join(self.text.upper().split())


def segments_of(pages: Sequence[Page]) -> tuple[Segment, ...]:
    """Return the segments of all pages in reading order; rows are counted over all pages."""
    rows = [(page.number, parts) for page in pages for line in page.lines if (parts := _parts(line))]
    if not rows:
        return ()
    boxes = [box for _, parts in rows for _, box, _ in parts]
    left, right = min(box.x0 for box in boxes), max(box.x1 for box in boxes)
    top, bottom = min(box.y0 for box in boxes), max(box.y1 for box in boxes)
    height = median(box.height for box in boxes) or 1.0
    found = []
    for number, (page, parts) in enumerate(rows):
        texts = [text for text, _, _ in parts]
        for place, (text, box, confidence) in enumerate(parts):
            found.append(
                Segment(
                    text=text,
                    box=box,
                    page=page,
                    row=number,
                    rows=len(rows),
                    before=" ".join(texts[:place]),
                    after=" ".join(texts[place + 1 :]),
                    across=(box.x0 - left) / max(right - left, 1.0),
                    down=(box.y0 - top) / max(bottom - top, 1.0),
                    width=box.width / max(right - left, 1.0),
                    tall=box.height / height,
                    confidence=confidence,
                )
            )
    return tuple(found)


def _parts(line: Line) -> list[tuple[str, Box, float]]:
    """Part a line at its wide gaps; a word that holds blanks was read in one piece and stays one."""
    height = median(word.box.height for word in line.words) or 1.0
    groups: list[list[Word]] = []
    for word in line.words:
        near = bool(groups) and word.box.x0 - groups[-1][-1].box.x1 <= _GAP * height
        if near and not _whole(word) and not _whole(groups[-1][-1]):
            groups[-1].append(word)
        else:
            groups.append([word])
    found = []
    for group in groups:
        text = " ".join(" ".join(plain(word.text) for word in group).split())
        if text:
            box, sure = Line(tuple(group)).box, min(word.confidence for word in group)
            found += [(part, place, sure) for part, place in _without_contact(text, box)]
    return found


def _without_contact(text: str, box: Box) -> list[tuple[str, Box]]:
    """Part a text where a telephone or tax number begins; the box is parted like the letters."""
    hit = _CONTACT.search(text)
    if hit is None:
        return [(text, box)]
    cut = box.x0 + box.width * hit.end() / len(text)
    left, right = replace(box, x1=cut), replace(box, x0=cut)
    return [(text[: hit.start()], left), (text[hit.end() :], right)]


def _whole(word: Word) -> bool:
    return " " in word.text.strip()


def plain(text: str) -> str:
    """Return the text with wide and joined letters as plain ones, and usual signs for curly ones."""
    folded = unicodedata.normalize("NFKC", text)
    return folded.translate(_SIGNS)


_SIGNS = str.maketrans(
    {
        "\N{LEFT SINGLE QUOTATION MARK}": "'",
        "\N{RIGHT SINGLE QUOTATION MARK}": "'",
        "\N{IDEOGRAPHIC COMMA}": ",",
        "\N{IDEOGRAPHIC FULL STOP}": ".",
        "\N{EN DASH}": "-",
        "\N{EM DASH}": "-",
        "_": " ",
    }
)
