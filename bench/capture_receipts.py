"""The rows of the capture table about receipts: cross-validated, with a simple baseline on the same pages."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from bench.capture_baseline import simple_values
from bench.capture_training.isotonic import accept_from, isotonic
from bench.capture_training.readings import all_material, folds_of
from bench.capture_training.receipt_corpus import Receipt, document_folds, supplier_folds
from bench.capture_training.receipt_material import Material
from bench.capture_training.receipt_validation import FIELDS, Outcome, outcomes
from bench.capture_training.scorer import Scorer
from bench.figures import Figure, Goal
from invoice_capture.confidence.calibration import Calibration
from invoice_capture.model import FieldName

Values = Mapping[str, Mapping[str, str]]


def receipt_figures(
    found: Sequence[Receipt], scorer: Scorer, pages: Path | None, parts: int
) -> tuple[list[Figure], dict[str, Any]]:
    """Return the rows about receipts, and the figures by field behind them."""
    material = all_material(found, scorer, pages)
    supplier_parts = folds_of(found, supplier_folds(found, parts))
    by_supplier = list(outcomes(material, supplier_parts))
    by_document = list(outcomes(material, folds_of(found, document_folds(found, parts))))
    scans = [one for one in material if not one.typed]
    texts = [one for one in material if one.typed]
    simple, simple_text = _score(scorer, scans, _simple(scans)), _score(scorer, texts, _simple(texts), "exact")
    rows = (
        ("scans_unseen", "receipts from pixels, suppliers never seen, F1", 0.80, by_supplier, "plain", "norm"),
        ("scans", "receipts from pixels, without memory, F1", 0.87, by_document, "plain", "norm"),
        ("scans_memory", "receipts from pixels, with memory, F1", 0.91, by_document, "known", "norm"),
        ("text_exact", "receipts from published text, exact, F1", 0.90, by_document, "printed", "exact"),
        ("text_exact_unseen", "the same, suppliers never seen, F1", None, by_supplier, "printed", "exact"),
    )
    figures, details = [], {}
    for key, words, goal, source, which, mode in rows:
        typed = key.startswith("text")
        kept = [one for one in source if one.material.typed is typed]
        scored = _score(scorer, [one.material for one in kept], _values(kept, which), mode)
        base = simple_text if typed else simple
        limit = None if goal is None else Goal.least(goal)
        figures.append(Figure(f"capture_{key}", words, scored["f1"], "", limit, f"simple rules {base['f1']:.3f}"))
        details[key] = {name: field["f1"] for name, field in scored["fields"].items()}
    figures.append(_accepted(by_supplier, supplier_parts, scorer))
    return figures, details


def _accepted(found: Sequence[Outcome], parts: Mapping[str, int], scorer: Scorer) -> Figure:
    """Return the share of values of scans accepted unseen; each part with thresholds of the suppliers of the others."""
    accepted = right = values = 0
    for part in sorted(set(parts.values())):
        tested = [one for one in found if parts[one.material.identity] == part and not one.material.typed]
        rest = [one for one in found if parts[one.material.identity] != part]
        other = [one for one in rest if not one.material.typed]
        for name in FIELDS:
            pooled = rest if name in (FieldName.DATE, FieldName.TOTAL) else other
            learned = [_pair(one, name, scorer) for one in pooled if name in one.scores]
            raw, shares = isotonic(learned)
            steps = Calibration(tuple(raw), tuple(shares), 1.0)
            accept = accept_from([(steps.of(score), is_right) for score, is_right in learned])
            for one in tested:
                values += 1
                if name in one.scores and steps.of(one.scores[name]) >= accept:
                    accepted += 1
                    right += _pair(one, name, scorer)[1]
    precision = right / accepted if accepted else 0.0
    return Figure(
        "capture_accepted",
        "share of values of scans accepted unseen",
        accepted / values if values else None,
        "",
        Goal.least(0.5),
        "",
        f"{precision:.3f} of the accepted ones were right; thresholds from other suppliers, without memory",
    )


def _pair(one: Outcome, name: FieldName, scorer: Scorer) -> tuple[float, bool]:
    return one.scores[name], scorer.same(name, one.plain[name], one.material.truth.get(name, ""))


def _simple(found: Sequence[Material]) -> Values:
    return {one.identity: simple_values(one.segments) for one in found}


def _values(found: Sequence[Outcome], which: str) -> Values:
    return {one.material.identity: {str(name): value for name, value in getattr(one, which).items()} for one in found}


def _score(scorer: Scorer, found: Sequence[Material], values: Values, mode: str = "norm") -> dict[str, Any]:
    truths = {one.identity: {"kind": "receipt", "truth": dict(one.truth)} for one in found}
    guesses = {identity: {"fields": dict(fields)} for identity, fields in values.items()}
    return scorer.score(truths, guesses, [str(name) for name in FIELDS], mode)
