"""Fields of public invoices, read from their pages alone, stay as right as they were.

The documents lie outside the project: ``TILLBRIDGE_CORPUS`` names their folder, default ``../shared/data``. Values are
compared as normalised; the floors are a little under what was measured.
"""

from __future__ import annotations

import json
import os
from collections import Counter
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from bench.capture_training.invoice_calibration import nested_figures
from bench.capture_training.invoice_corpus import scored_values
from bench.capture_training.scorer import Scorer
from invoice_capture.extract import extract_invoice
from invoice_capture.intake.limits import Limits
from invoice_capture.memory import SupplierMemory
from invoice_capture.model import FieldName, ReadDocument
from invoice_capture.ocr.engine import OcrChoice
from invoice_capture.read.pages import pages_of_pdf
from invoice_capture.values import normal_id, parse_amount, parse_date

_ROOT = Path(__file__).resolve().parents[2]
_FOLDER = Path(os.environ.get("TILLBRIDGE_CORPUS", _ROOT / ".." / "shared" / "data")) / "invoices"
_EXPECTED = 44
_ALL = 0.96
_FLOORS = {
    "company": 0.88,
    "buyer": 0.94,
    "date": 0.95,
    "due_date": 0.94,
    "invoice_number": 0.95,
    "net": 0.95,
    "tax": 0.95,
    "total": 0.95,
    "payable": 0.93,
    "iban": 0.95,
    "vat_id": 0.95,
    "order_ref": 0.9,
    "currency": 0.97,
}
_AMOUNTS = frozenset({"net", "tax", "total", "payable"})
_DATES = frozenset({"date", "due_date"})
_NAMES = frozenset({"company", "buyer"})


def _rows() -> list[dict[str, Any]]:
    file = _FOLDER / "manifest.jsonl"
    if not file.exists():
        return []
    rows = [json.loads(line) for line in file.read_text(encoding="utf-8").splitlines()]
    return [row for row in rows if row["kind"] == "pdf_digital"]


_ROWS = _rows()
pytestmark = [
    pytest.mark.corpus,
    pytest.mark.slow,
    pytest.mark.skipif(not _ROWS, reason=f"{_EXPECTED} invoices are not here: set TILLBRIDGE_CORPUS"),
]


def _normal(name: str, text: str) -> object:
    if name in _AMOUNTS:
        return parse_amount(text) or Decimal(0)
    if name in _DATES:
        return parse_date(text, day_first=True)
    return " ".join(text.casefold().split()).strip(" .,") if name in _NAMES else normal_id(text)


@pytest.fixture(scope="module")
def counts() -> tuple[Counter[str], Counter[str]]:
    """Values that are right, and all values of the truth, by field."""
    right: Counter[str] = Counter()
    every: Counter[str] = Counter()
    for row in _ROWS:
        data = (_FOLDER / row["path"]).read_bytes()
        pages = tuple(pages_of_pdf(data, Limits(), OcrChoice(engine="none"), lambda _page, _count: None))
        captured = extract_invoice(ReadDocument("pdf", pages), SupplierMemory.empty())
        for name, truth in row["truth"].items():
            if name in _FLOORS:
                every[name] += 1
                found = captured.fields[FieldName(name)].value
                right[name] += bool(found) and _normal(name, found) == _normal(name, str(truth))
    return right, every


@pytest.mark.parametrize("name", sorted(_FLOORS))
def test_field_when_read_from_public_invoices_then_most_are_right(
    name: str, counts: tuple[Counter[str], Counter[str]]
) -> None:
    right, every = counts

    assert right[name] / every[name] >= _FLOORS[name], f"{right[name]} of {every[name]}"


def test_fields_when_counted_together_then_most_are_right(counts: tuple[Counter[str], Counter[str]]) -> None:
    right, every = counts

    assert right.total() / every.total() >= _ALL


def test_accepted_values_when_counted_family_by_family_then_99_of_100_are_right() -> None:
    scorer = Scorer.beside_corpus()
    if scorer is None:
        pytest.skip("lacks corpus: the scorer is not beside it")

    figures = nested_figures(list(scored_values(_FOLDER, scorer)))["all"]

    assert figures["precision"] >= 0.99
    assert figures["accepted"] / figures["values"] >= 0.55
