"""Train the model of receipts: `python -m bench.capture_training [--pages FOLDER] [--parts N] [--figures-only]`.

Reads the corpus in place, prints the figures of a cross-validation by supplier and by document, and writes the model,
its figures and the calibration into the library.
"""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import invoice_capture.confidence as confidence_package
import invoice_capture.receipts as receipts_package
from bench.capture_training.isotonic import accept_from, isotonic
from bench.capture_training.readings import all_material, folds_of
from bench.capture_training.receipt_corpus import corpus_folder, document_folds, receipts, supplier_folds
from bench.capture_training.receipt_material import Material
from bench.capture_training.receipt_training import trained
from bench.capture_training.receipt_validation import FIELDS, Outcome, outcomes
from bench.capture_training.scorer import Scorer
from invoice_capture.confidence.calibration import Calibration
from invoice_capture.model import FieldName
from invoice_capture.receipts.extraction import KNOWN, SCANNED, TYPED
from invoice_capture.receipts.trained import CHOICES_FILE, LINES_FILE

FIGURES_FILE = "figures.json"


def main(words: Sequence[str] | None = None) -> int:
    """Run the command; returns its exit code."""
    parser = argparse.ArgumentParser(prog="python -m bench.capture_training", description=__doc__)
    parser.add_argument("--pages", type=Path, help="folder that keeps pages that were read, outside the project")
    parser.add_argument("--parts", type=int, default=5, help="parts of the cross-validation")
    parser.add_argument("--figures-only", action="store_true", help="write nothing")
    options = parser.parse_args(words)
    scorer = Scorer.beside_corpus()
    folder = corpus_folder()
    if scorer is None or not (folder / "manifest.jsonl").is_file():
        print("there is no corpus; TILLBRIDGE_CORPUS says where it is", file=sys.stderr)
        return 2
    found = receipts(folder)
    material = all_material(found, scorer, options.pages)
    by_supplier = list(outcomes(material, folds_of(found, supplier_folds(found, options.parts))))
    by_document = list(outcomes(material, folds_of(found, document_folds(found, options.parts))))
    figures = {
        "receipts": len(found),
        "scans": sum(receipt.picture is not None for receipt in found),
        "parts": options.parts,
        "suppliers_unseen": figures_of(by_supplier, scorer),
        "documents_unseen": figures_of(by_document, scorer),
    }
    print(json.dumps(figures, indent=1))
    if not options.figures_only:
        _write(material, figures, calibrations(by_supplier, by_document, scorer))
    return 0


def figures_of(found: Sequence[Outcome], scorer: Scorer) -> dict[str, Any]:
    """Return the figures of the cross-validation, four decimals."""
    scanned = [one for one in found if not one.material.typed]
    typed = [one for one in found if one.material.typed]
    return {
        "scans": _f1(scorer, scanned, [one.plain for one in scanned], "norm"),
        "scans_with_memory": _f1(scorer, scanned, [one.known for one in scanned], "norm"),
        "text_exact": _f1(scorer, typed, [one.printed for one in typed], "exact"),
        "text": _f1(scorer, typed, [one.plain for one in typed], "norm"),
    }


def _f1(
    scorer: Scorer, found: Sequence[Outcome], values: Sequence[Mapping[FieldName, str]], mode: str
) -> dict[str, float]:
    truths = {one.material.identity: {"kind": "receipt", "truth": dict(one.material.truth)} for one in found}
    guesses = {
        one.material.identity: {"fields": {str(name): value for name, value in fields.items()}}
        for one, fields in zip(found, values, strict=True)
    }
    scored = scorer.score(truths, guesses, [str(name) for name in FIELDS], mode)
    result = {"f1": round(scored["f1"], 4)}
    result.update({name: round(field["f1"], 4) for name, field in scored["fields"].items()})
    return result


def calibrations(
    by_supplier: Sequence[Outcome], by_document: Sequence[Outcome], scorer: Scorer
) -> dict[str, dict[str, dict[str, Any]]]:
    """Return the tables of the three kinds; a date or a total of a scan is as sure as the same one of a text."""
    table: dict[str, dict[str, dict[str, Any]]] = {SCANNED: {}, TYPED: {}, KNOWN: {}}
    for name in FIELDS:
        scans = [_pair(one, name, scorer) for one in by_supplier if not one.material.typed and name in one.scores]
        texts = [_pair(one, name, scorer) for one in by_supplier if one.material.typed and name in one.scores]
        pooled = [*scans, *texts] if name in (FieldName.DATE, FieldName.TOTAL) else scans
        table[SCANNED][str(name)] = _steps(pooled)
        table[TYPED][str(name)] = _steps(texts)
        known = [
            (one.likeness[name], scorer.same(name, one.known[name], one.material.truth.get(name, "")))
            for one in by_document
            if not one.material.typed and name in one.likeness and name in one.known
        ]
        if known:
            table[KNOWN][str(name)] = _steps(known)
    return table


def _pair(one: Outcome, name: FieldName, scorer: Scorer) -> tuple[float, bool]:
    return one.scores[name], scorer.same(name, one.plain[name], one.material.truth.get(name, ""))


def _steps(scores: Sequence[tuple[float, bool]]) -> dict[str, Any]:
    raw, right = isotonic(scores)
    fitted = Calibration(tuple(raw), tuple(right), 1.0)
    accept = accept_from([(fitted.of(score), is_right) for score, is_right in scores])
    return {"raw": raw, "right": right, "accept": round(accept, 5) - 1e-5, "measured": len(scores)}


def _write(material: Sequence[Material], figures: Mapping[str, Any], table: Mapping[str, Any]) -> None:
    library = Path(receipts_package.__file__).parent
    choices = trained(material, library / LINES_FILE)
    (library / CHOICES_FILE).write_text(json.dumps(choices, indent=0, sort_keys=True) + "\n", encoding="utf-8")
    (library / FIGURES_FILE).write_text(json.dumps(figures, indent=1) + "\n", encoding="utf-8")
    path = Path(confidence_package.__file__).parent / "calibration.json"
    kept = json.loads(path.read_text(encoding="utf-8"))
    path.write_text(json.dumps({**kept, **table}, indent=0) + "\n", encoding="utf-8")


if __name__ == "__main__":
    sys.exit(main())
