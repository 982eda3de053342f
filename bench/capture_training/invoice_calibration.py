"""Calibration of digital invoices: `python -m bench.capture_training.invoice_calibration [--figures-only]`.

The extraction of invoices is not trained, so its scores need no cross-validation; the tables and thresholds do: what
they accept is counted on each family of invoices with tables of all the other families.
"""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import invoice_capture.confidence as confidence_package
from bench.capture_training.invoice_corpus import ScoredValue, scored_values
from bench.capture_training.isotonic import careful_cut, isotonic
from bench.capture_training.receipt_corpus import corpus_folder
from bench.capture_training.scorer import Scorer
from invoice_capture.confidence.calibration import NEVER, Calibration
from invoice_capture.extract.fields import TEXT
from invoice_capture.model import FieldName

GROUPS = {
    "amounts": (FieldName.NET, FieldName.TAX, FieldName.TOTAL, FieldName.PAYABLE),
    "identifiers": (
        FieldName.IBAN,
        FieldName.BIC,
        FieldName.VAT_ID,
        FieldName.INVOICE_NUMBER,
        FieldName.ORDER_REF,
    ),
    "dates_and_currency": (FieldName.DATE, FieldName.DUE_DATE, FieldName.CURRENCY),
    "names": (FieldName.COMPANY, FieldName.BUYER),
}
"""Fields that share a table: of one field alone there are too few values to tell 99 of 100."""
FIGURES_FILE = "invoice_figures.json"


def main(words: Sequence[str] | None = None) -> int:
    """Run the command; returns its exit code."""
    parser = argparse.ArgumentParser(prog="python -m bench.capture_training.invoice_calibration", description=__doc__)
    parser.add_argument("--figures-only", action="store_true", help="write nothing")
    options = parser.parse_args(words)
    scorer, folder = Scorer.beside_corpus(), corpus_folder()
    if scorer is None or not (folder / "manifest.jsonl").is_file():
        print("there is no corpus; TILLBRIDGE_CORPUS says where it is", file=sys.stderr)
        return 2
    values = list(scored_values(folder, scorer))
    figures = nested_figures(values)
    print(json.dumps(figures, indent=1))
    if not options.figures_only:
        library = Path(confidence_package.__file__).parent
        (library / FIGURES_FILE).write_text(json.dumps(figures, indent=1) + "\n", encoding="utf-8")
        path = library / "calibration.json"
        kept = json.loads(path.read_text(encoding="utf-8"))
        path.write_text(json.dumps({**kept, TEXT: tables_of(values)}, indent=0) + "\n", encoding="utf-8")
    return 0


def tables_of(values: Sequence[ScoredValue]) -> dict[str, dict[str, Any]]:
    """Return the table of each field, the same for all fields of a group; none for a group without values."""
    tables = {}
    for names in GROUPS.values():
        group = [one for one in values if one.name in names]
        if group:
            table = _table(group)
            tables.update({str(name): table for name in names})
    return tables


def _table(group: Sequence[ScoredValue]) -> dict[str, Any]:
    scores = [(one.raw, one.right) for one in group]
    cut = careful_cut([(one.raw, one.right) for one in group if not one.doubted])
    if cut is None:
        raw, right = isotonic(scores)
        return {"raw": raw, "right": right, "accept": NEVER, "measured": len(group)}
    # Two fits: values that are all right would else be one step, and the worst score as sure as the best.
    low, low_right = isotonic([one for one in scores if one[0] < cut])
    high, high_right = isotonic([one for one in scores if one[0] >= cut])
    floor = low_right[-1] if low_right else 0.0
    raw, right = [*low, *high], [*low_right, *(max(share, floor) for share in high_right)]
    accept = Calibration(tuple(raw), tuple(right), 1.0).of(cut)
    return {"raw": raw, "right": right, "accept": round(accept, 5) - 1e-5, "measured": len(group)}


def nested_figures(values: Sequence[ScoredValue]) -> dict[str, Any]:
    """Return what is accepted of each family with tables of the other families, and how much of that is right."""
    counts = {name: [0, 0, 0] for name in GROUPS}
    families = sorted({one.family for one in values})
    for family in families:
        tables = tables_of([one for one in values if one.family != family])
        for name, members in GROUPS.items():
            for one in values:
                if one.family == family and one.name in members:
                    accepted = _accepted(one, tables.get(str(one.name)))
                    counts[name] = [
                        a + b for a, b in zip(counts[name], (1, accepted, accepted and one.right), strict=True)
                    ]
    whole = [sum(column) for column in zip(*counts.values(), strict=True)]
    return {
        "families": len(families),
        "all": _counted(whole),
        "groups": {name: _counted(found) for name, found in counts.items()},
    }


def _accepted(one: ScoredValue, table: dict[str, Any] | None) -> bool:
    if table is None or one.doubted:
        return False
    steps = Calibration(tuple(table["raw"]), tuple(table["right"]), table["accept"])
    return steps.of(one.raw) >= steps.accept


def _counted(found: Sequence[int]) -> dict[str, Any]:
    values, accepted, right = found
    precision = round(right / accepted, 4) if accepted else None
    return {"values": values, "accepted": accepted, "accepted_right": right, "precision": precision}


if __name__ == "__main__":
    sys.exit(main())
