"""Reading of public documents in place: what the truth names stands in the words that were read."""

from __future__ import annotations

import json
import re
from collections import Counter
from pathlib import Path
from typing import Any

import pytest

from invoice_capture.intake.limits import Limits
from invoice_capture.model import PageSource, ReadDocument
from invoice_capture.ocr.engine import OcrChoice
from invoice_capture.pipeline import read

pytestmark = pytest.mark.ocr
_IMAGES = 2
_RECALL_MIN = 0.80
"""Of the words published for the receipts; measured over 13 receipts: 0.886."""


def _rows(corpus: Path, kind: str) -> list[dict[str, Any]]:
    manifest = corpus / "invoices" / "manifest.jsonl"
    if not manifest.is_file():
        pytest.skip("lacks corpus: no invoices among the public samples")
    rows = [json.loads(line) for line in manifest.read_text(encoding="utf-8").splitlines()]
    return [row for row in rows if row["kind"] == kind]


def _read(corpus: Path, row: dict[str, Any], choice: OcrChoice) -> tuple[ReadDocument, ...]:
    path = corpus / "invoices" / row["path"]
    return read(path.read_bytes(), path.name, Limits(), choice)


def _plain(text: str) -> str:
    return re.sub(r"[^A-Z0-9]", "", text.upper())


def test_pdfs_when_read_then_the_invoice_number_stands_in_the_words(corpus: Path) -> None:
    missing = []
    for row in _rows(corpus, "pdf_digital"):
        documents = _read(corpus, row, OcrChoice(engine="none"))
        words = "".join(_plain(line.text) for one in documents for page in one.pages for line in page.lines)
        if _plain(row["truth"].get("invoice_number", "")) not in words:
            missing.append(row["id"])

        assert all(page.source is PageSource.TEXT_LAYER for one in documents for page in one.pages)
        assert len(documents) == 1, row["id"]

    assert missing == []


@pytest.mark.slow
def test_receipts_when_read_then_most_published_words_are_found(corpus: Path) -> None:
    hits = total = 0
    for row in _rows(corpus, "receipt_image")[:_IMAGES]:
        [document] = _read(corpus, row, OcrChoice())
        found = Counter(_plain(word.text) for page in document.pages for word in page.words())
        published = json.loads((corpus / "invoices" / row["boxes"]).read_text(encoding="utf-8"))["words"]
        wanted = Counter(_plain(word) for text in published for word in text.split())
        hits += (found & wanted).total()
        total += wanted.total()

    assert hits / total >= _RECALL_MIN
