"""Pages from text that the caller gives instead of pixels: `{"id","words","boxes"}` or `{"id","lines"}`."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from invoice_capture.errors import Refused
from invoice_capture.model import Box, Line, Page, PageSource, ReadDocument, Word
from invoice_capture.read.reading_order import lines_of

_LINE_HEIGHT = 20.0
_LETTER_WIDTH = 10.0


def read_published(row: Mapping[str, Any]) -> ReadDocument:
    """Return the document of one published text.

    Args:
        row: `words` with `boxes` (x0, y0, x1, y1 each), or `lines` in reading order, which are given boxes of a
            typewriter: 10 wide and 20 high a letter.

    Raises:
        Refused: `published_text_broken`.
    """
    try:
        if "lines" in row:
            lines = _typed([str(one) for one in row["lines"]])
        else:
            pairs = zip(row["words"], row["boxes"], strict=True)
            lines = lines_of(Word(str(text), _box(box)) for text, box in pairs)
    except (KeyError, TypeError, ValueError) as error:
        raise Refused("published_text_broken", "this is no text with words and boxes, or with lines") from error
    right = max((line.box.x1 for line in lines), default=1.0)
    bottom = max((line.box.y1 for line in lines), default=1.0)
    size = row.get("size")
    if isinstance(size, Mapping):
        right = max(right, float(size.get("width") or 0))
        bottom = max(bottom, float(size.get("height") or 0))
    return ReadDocument("text", (Page(1, max(right, 1.0), max(bottom, 1.0), lines, PageSource.PUBLISHED),))


def read_published_line(text: str) -> tuple[str, ReadDocument]:
    """Return the id and the document of one line of a JSON Lines file.

    Raises:
        Refused: `published_text_broken`.
    """
    try:
        row = json.loads(text)
        identity = row["id"]
    except (ValueError, KeyError, TypeError, RecursionError) as error:
        raise Refused("published_text_broken", "this line is no JSON object with an id") from error
    return str(identity), read_published(row)


def _box(found: Any) -> Box:  # noqa: ANN401 - it comes from JSON; whatever is no list of numbers is refused
    x0, y0, x1, y1 = (float(one) for one in found)
    return Box(min(x0, x1), min(y0, y1), max(x0, x1), max(y0, y1))


def _typed(texts: list[str]) -> tuple[Line, ...]:
    lines = []
    for number, text in enumerate(texts):
        words, place, top = [], 0, number * _LINE_HEIGHT
        for part in text.split():
            place = text.index(part, place)
            box = Box(place * _LETTER_WIDTH, top, (place + len(part)) * _LETTER_WIDTH, top + _LINE_HEIGHT)
            words.append(Word(part, box))
            place += len(part)
        if words:
            lines.append(Line(tuple(words)))
    return tuple(lines)
