"""The digital invoices of the corpus: what is captured from their pages, how sure, and whether it is right."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from bench.capture_training.receipt_corpus import rows_of
from bench.capture_training.scorer import Scorer
from invoice_capture.extract import extract_invoice
from invoice_capture.extract.fields import DOUBTS, UNCALIBRATED
from invoice_capture.intake.limits import Limits
from invoice_capture.memory import SupplierMemory
from invoice_capture.model import FieldName
from invoice_capture.ocr.engine import OcrChoice
from invoice_capture.pipeline import read


@dataclass(frozen=True, slots=True)
class ScoredValue:
    """A captured value of which the truth is known.

    ``family``: invoices of one number and total share it; ``raw``: its score, 0..1, not calibrated; ``doubted``: it is
    never accepted unseen, whatever its score.
    """

    family: str
    name: FieldName
    raw: float
    right: bool
    doubted: bool


def scored_values(folder: Path, scorer: Scorer) -> Iterator[ScoredValue]:
    """Yield the values of all digital PDFs of the manifest in this folder that have a truth."""
    for row in rows_of(folder / "manifest.jsonl"):
        if row["kind"] != "pdf_digital":
            continue
        document = read((folder / row["path"]).read_bytes(), row["path"], Limits(), OcrChoice())[0]
        captured = extract_invoice(document, SupplierMemory.empty(), kind=UNCALIBRATED)
        for name, field in captured.fields.items():
            truth = row["truth"].get(str(name))
            if field.value and truth is not None:
                doubted = any(reason.code in DOUBTS for reason in field.reasons)
                right = scorer.same(str(name), field.value, str(truth))
                yield ScoredValue(row["family"], name, field.confidence, right, doubted)
