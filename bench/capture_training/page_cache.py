"""Pages of pictures that were read once, kept in a folder outside the project: reading one takes seconds."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Sequence
from pathlib import Path

from invoice_capture.intake.limits import Limits
from invoice_capture.model import Box, Line, Page, PageSource, ReadDocument, Word
from invoice_capture.ocr.engine import OcrChoice
from invoice_capture.pipeline import read


def read_picture(path: Path, cache: Path | None, *, threads: int = 1) -> ReadDocument:
    """Return what stands on a scan, from the cache when it was read before."""
    data = path.read_bytes()
    kept = cache / f"{hashlib.sha256(data).hexdigest()[:24]}.json" if cache is not None else None
    if kept is not None and kept.is_file():
        return ReadDocument("jpeg", _pages(json.loads(kept.read_text(encoding="utf-8"))))
    documents = read(data, path.name, Limits(), OcrChoice(engine="rapidocr", threads=threads))
    document = documents[0]
    if kept is not None:
        kept.parent.mkdir(parents=True, exist_ok=True)
        kept.write_text(json.dumps(_plain(document.pages)), encoding="utf-8")
    return document


def _plain(pages: Sequence[Page]) -> list[object]:
    return [
        [
            page.number,
            page.width,
            page.height,
            str(page.source),
            [[_word(word) for word in line.words] for line in page.lines],
        ]
        for page in pages
    ]


def _word(word: Word) -> list[object]:
    box = word.box
    return [word.text, box.x0, box.y0, box.x1, box.y1, word.confidence]


def _pages(found: list[list[object]]) -> tuple[Page, ...]:
    pages = []
    for number, width, height, source, lines in found:
        kept = tuple(
            Line(tuple(Word(word[0], Box(*word[1:5]), word[5]) for word in line))
            for line in lines  # type: ignore[attr-defined]
        )
        pages.append(Page(int(str(number)), float(str(width)), float(str(height)), kept, PageSource(str(source))))
    return tuple(pages)
