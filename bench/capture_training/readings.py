"""Readings of all receipts of the corpus, in which part each is tested, and a memory of their suppliers."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from pathlib import Path

from bench.capture_training.page_cache import read_picture
from bench.capture_training.receipt_corpus import Receipt
from bench.capture_training.receipt_material import Material, material_of
from bench.capture_training.receipt_validation import memory_of
from bench.capture_training.scorer import Scorer
from invoice_capture.memory import SupplierMemory
from invoice_capture.receipts.trained import installed_model

_TOLD_EVERY = 50


def all_material(found: Sequence[Receipt], scorer: Scorer, pages: Path | None) -> list[Material]:
    """Return a reading of every published text, and one more of every scan; ``pages``: folder that keeps scans."""
    material = []
    for number, receipt in enumerate(found, 1):
        material.append(material_of(receipt.identity, receipt.document, receipt.truth, scorer, typed=True))
        if receipt.picture is not None:
            scanned = read_picture(receipt.picture, pages)
            material.append(material_of(receipt.identity, scanned, receipt.truth, scorer, typed=False))
        if number % _TOLD_EVERY == 0:
            print(f"{number} of {len(found)} receipts read", file=sys.stderr)
    return material


def folds_of(found: Sequence[Receipt], folds: Sequence[int]) -> dict[str, int]:
    """Return the part of each receipt by its identity."""
    return {receipt.identity: fold for receipt, fold in zip(found, folds, strict=True)}


def remembered(found: Sequence[Receipt], scorer: Scorer, pages: Path | None) -> SupplierMemory:
    """Return a memory to which the truth of every receipt was told."""
    return memory_of(all_material(found, scorer, pages), installed_model())
