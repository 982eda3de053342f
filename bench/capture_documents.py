"""The rows of the capture table about digital documents: PDFs by their pages, e-invoices by their XML; and speed."""

from __future__ import annotations

import statistics
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from PIL import Image

from bench.capture_training.scorer import Scorer
from bench.figures import Figure, Goal
from invoice_capture.einvoice import Validator, fields_of_xml, find_xml
from invoice_capture.errors import CaptureError
from invoice_capture.intake.limits import Limits
from invoice_capture.memory import SupplierMemory
from invoice_capture.model import CapturedInvoice
from invoice_capture.ocr.engine import OcrChoice, engine_of
from invoice_capture.pipeline import capture, read

_NINE = ("company", "invoice_number", "date", "due_date", "currency", "net", "tax", "total", "iban")
_ROUNDS = 3


def pdf_figures(rows: Sequence[dict[str, Any]], folder: Path, scorer: Scorer) -> tuple[list[Figure], dict[str, Any]]:
    """Return the row about digital PDFs, read by their text and layout alone."""
    kept = [row for row in rows if row["kind"] == "pdf_digital"]
    found: dict[str, dict[str, Any]] = {}
    for row in kept:
        try:
            files = capture(
                (folder / row["path"]).read_bytes(), row["path"], Limits(), OcrChoice(), SupplierMemory.empty()
            )
        except CaptureError:
            continue
        invoices = [invoice for one in files for invoice in one.invoices]
        if invoices:
            found[row["id"]] = {"fields": _values(invoices[0])}
    truths = {row["id"]: row for row in kept}
    nine = scorer.score(truths, found, _NINE)
    every = scorer.score(truths, found, ())
    details = {"pdf": {name: field["f1"] for name, field in every["fields"].items()}}
    words = "digital PDFs, nine fields, F1"
    remark = f"all fields of the truth: {every['f1']:.3f}; labels and weights were made on these documents' families"
    return [Figure("capture_pdf", words, nine["f1"], "", Goal.least(0.93), "", remark)], details


def einvoice_figures(rows: Sequence[dict[str, Any]], folder: Path, scorer: Scorer) -> list[Figure]:
    """Return the rows about e-invoices: fields, verdict, rules, and documents a second."""
    kept = [row for row in rows if row["kind"] in ("einvoice_xml", "einvoice_pdf")]
    sources = {row["id"]: _xml_of((folder / row["path"]).read_bytes()) for row in kept}
    found: dict[str, dict[str, Any]] = {}
    with Validator() as validator:
        for row in kept:
            xml = sources[row["id"]]
            if xml is None:
                continue
            verdict = validator.verdict(xml)
            found[row["id"]] = {
                "fields": _values(fields_of_xml(xml)),
                "valid": verdict.valid,
                "failed_rules": [failure.rule for failure in verdict.failed],
            }
    scored = scorer.score({row["id"]: row for row in kept}, found, ())
    verdicts = scored.get("verdict", {})
    whole = [xml for xml in sources.values() if xml is not None]
    one = Goal.least(1.0)
    return [
        Figure("capture_xml_fields", "e-invoices, fields, F1", scored["f1"], "", one),
        Figure("capture_xml_verdict", "e-invoices, verdict, share right", verdicts.get("accuracy"), "", one),
        Figure("capture_xml_rules", "e-invoices, ids of broken rules, F1", verdicts.get("rules_f1"), "", one),
        Figure("capture_xml_speed", "e-invoice XML to fields", _per_second(whole), "documents/s", Goal.least(100)),
    ]


def page_figure(pictures: Sequence[Path]) -> Figure:
    """Return what reading a picture takes over the engine alone on the same picture, median of single ratios."""
    choice = OcrChoice(engine="rapidocr")
    engine = engine_of(choice)
    ratios = []
    for path in pictures:
        data = path.read_bytes()
        with Image.open(path) as opened:
            picture = opened.convert("RGB")
        alone = min(_seconds(lambda picture=picture: engine.read(picture)) for _ in range(_ROUNDS))
        whole = min(
            _seconds(lambda data=data, path=path: read(data, path.name, Limits(), choice)) for _ in range(_ROUNDS)
        )
        ratios.append(whole / alone)
    value = statistics.median(ratios) if ratios else None
    words = "OCR page over the engine alone"
    return Figure("capture_page", words, value, "times", Goal.most(1.15), "the engine on the same picture = 1")


def _seconds(work: Any) -> float:  # noqa: ANN401 - any callable without arguments
    start = time.perf_counter()
    work()
    return time.perf_counter() - start


def _per_second(documents: Sequence[bytes]) -> float:
    """Return documents a second of one core: the time of the process, whatever else the machine does."""
    rounds = []
    for _ in range(_ROUNDS):
        start = time.process_time()
        for xml in documents:
            fields_of_xml(xml)
        rounds.append(time.process_time() - start)
    return len(documents) / min(rounds)


def _xml_of(data: bytes) -> bytes | None:
    if not data.startswith(b"%PDF"):
        return data
    embedded, _ = find_xml(data)
    return embedded.data if embedded is not None else None


def _values(invoice: CapturedInvoice) -> dict[str, str]:
    return {str(name): field.value for name, field in invoice.fields.items() if field.value}
