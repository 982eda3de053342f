"""What the models of receipts learn from: segments with labels, candidates with the right one marked."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal

from bench.capture_training.line_labels import labels_of
from bench.capture_training.receipt_corpus import group_name
from bench.capture_training.scorer import Scorer
from invoice_capture.model import ReadDocument
from invoice_capture.receipts.dates import date_candidates, date_features
from invoice_capture.receipts.line_features import features_of
from invoice_capture.receipts.segments import Segment, segments_of
from invoice_capture.receipts.totals import amounts_of, total_candidates, total_features


@dataclass(frozen=True, slots=True)
class Choice:
    """Candidates by their features, and which of them are right."""

    features: list[dict[str, float]]
    right: list[bool]


@dataclass(frozen=True, slots=True)
class Material:
    """One reading of one receipt. ``supplier``: letters of its name; ``typed``: given as text, not read by OCR."""

    identity: str
    supplier: str
    typed: bool
    truth: Mapping[str, str]
    document: ReadDocument
    segments: tuple[Segment, ...]
    features: list[list[str]]
    labels: list[str]
    dates: Choice
    totals: Choice


def material_of(
    identity: str, document: ReadDocument, truth: Mapping[str, str], scorer: Scorer, *, typed: bool
) -> Material:
    """Return what is to be learned from one reading."""
    segments = segments_of(document.pages)
    dates = date_candidates(segments)
    amounts = amounts_of(segments)
    totals = total_candidates(amounts)
    date, total = truth.get("date", ""), truth.get("total", "")
    return Material(
        identity=identity,
        supplier=group_name(truth.get("company", "")),
        typed=typed,
        truth=truth,
        document=document,
        segments=segments,
        features=features_of(segments),
        labels=labels_of(segments, truth.get("company", ""), truth.get("address", "")),
        dates=Choice(date_features(dates, segments), [scorer.same("date", one.printed, date) for one in dates]),
        totals=Choice(
            total_features(totals, amounts), [scorer.same("total", _plain(one.value), total) for one in totals]
        ),
    )


def _plain(value: Decimal) -> str:
    return f"{value:.2f}"
