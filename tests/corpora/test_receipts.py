"""Receipts of the public corpus, read in place: the installed model, its recorded figures, and what it holds."""

from __future__ import annotations

import json
from importlib import resources

import pytest

from bench.capture_training.receipt_corpus import corpus_folder, receipts, supplier_folds
from bench.capture_training.scorer import Scorer
from invoice_capture.memory import SupplierMemory
from invoice_capture.receipts import extract_receipt
from invoice_capture.receipts.trained import CHOICES_FILE, LINES_FILE

_EVERY = 12
_FIELDS = ("company", "address", "date", "total")
_EXPECTED = 506
_FLOORS = {"suppliers_unseen": {"scans": 0.80, "text_exact": 0.83}, "documents_unseen": {"scans": 0.84, "text": 0.90}}
_HELD = (corpus_folder() / "receipts_train_text.jsonl").is_file()
pytestmark = pytest.mark.skipif(not _HELD, reason=f"{_EXPECTED} receipts are not here: set TILLBRIDGE_CORPUS")


def test_receipts_when_read_by_the_installed_model_then_fields_are_right() -> None:
    """These receipts were seen in training: the floor shows that the installed files are whole, not how good it is."""
    scorer = Scorer.beside_corpus()
    if scorer is None:
        pytest.skip("lacks corpus: the scorer is not beside it")
    sample = receipts(corpus_folder())[::_EVERY]
    found = {}
    for receipt in sample:
        captured = extract_receipt(receipt.document, SupplierMemory.empty())
        found[receipt.identity] = {"fields": {str(name): field.value for name, field in captured.fields.items()}}
    truths = {receipt.identity: {"kind": "receipt", "truth": dict(receipt.truth)} for receipt in sample}

    assert scorer.score(truths, found, _FIELDS)["f1"] >= 0.88


def test_figures_when_recorded_then_they_keep_their_floors() -> None:
    package = resources.files("invoice_capture.receipts")
    figures = json.loads(package.joinpath("figures.json").read_text(encoding="utf-8"))

    assert figures["receipts"] == _EXPECTED
    for split, floors in _FLOORS.items():
        for row, floor in floors.items():
            assert figures[split][row]["f1"] >= floor, f"{split} {row}"


def test_model_when_installed_then_it_is_small_and_holds_no_name() -> None:
    package = resources.files("invoice_capture.receipts")
    data = package.joinpath(LINES_FILE).read_bytes() + package.joinpath(CHOICES_FILE).read_bytes()

    assert len(data) < 1_000_000
    for receipt in receipts(corpus_folder()):
        for part in (receipt.truth.get("company", ""), receipt.truth.get("address", "")):
            if len(part.split()) > 1:
                assert part.encode() not in data


def test_folds_when_dealt_then_no_supplier_is_in_two() -> None:
    found = receipts(corpus_folder())

    folds = supplier_folds(found, 5)

    of_name: dict[str, set[int]] = {}
    for receipt, fold in zip(found, folds, strict=True):
        of_name.setdefault(receipt.truth["company"], set()).add(fold)
    assert len(found) == _EXPECTED
    assert all(len(held) == 1 for held in of_name.values())
