"""Training of the model of receipts: a conditional random field over lines, and weights of two choices."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pycrfsuite

from bench.capture_training.receipt_material import Choice, Material
from invoice_capture.receipts.trained import ReceiptModel

_SUPPLIERS_OF_A_WORD = 6
"""A word is a feature of the line model only when it stands on receipts of this many suppliers: never a name."""
_SUPPLIERS_OF_A_TERM = 3
_CRF = {"c1": 0.3, "c2": 0.05, "max_iterations": 120, "feature.minfreq": 2}
_STEPS, _RATE, _PENALTY = 400, 0.05, 0.002


def trained(material: Sequence[Material], lines: Path) -> dict[str, Any]:
    """Train on the material; write the line tagger to ``lines`` and return the choices."""
    words = _common_words(material)
    trainer = pycrfsuite.Trainer(verbose=False)
    for one in material:
        kept = [[name for name in found if not name.startswith("w:") or name in words] for found in one.features]
        trainer.append(kept, one.labels)
    trainer.set_params(_CRF)
    trainer.train(str(lines))
    return {
        "date": weights_of([one.dates for one in material]),
        "total": weights_of([one.totals for one in material]),
        "words": _terms(material),
    }


def trained_model(material: Sequence[Material], lines: Path) -> ReceiptModel:
    """Train on the material and return the model, whose tagger stays in ``lines``."""
    return ReceiptModel.opened(lines, trained(material, lines))


def weights_of(choices: Sequence[Choice]) -> dict[str, float]:
    """Return the weights under which the right candidates are the most likely ones.

    A multinomial logistic model over the candidates of each receipt, fitted with Adam and a small penalty.
    """
    kept = [choice for choice in choices if any(choice.right)]
    names = sorted({name for choice in kept for found in choice.features for name in found})
    place = {name: number for number, name in enumerate(names)}
    rows = sum(len(choice.features) for choice in kept)
    matrix, right, group = np.zeros((rows, len(names))), np.zeros(rows), np.zeros(rows, dtype=int)
    row = 0
    for number, choice in enumerate(kept):
        for found, is_right in zip(choice.features, choice.right, strict=True):
            for name, value in found.items():
                matrix[row, place[name]] = value
            right[row] = is_right / sum(choice.right)
            group[row] = number
            row += 1
    weights, first, second = (np.zeros(len(names)) for _ in range(3))
    for step in range(1, _STEPS + 1):
        slope = matrix.T @ (_shares(matrix @ weights, group, len(kept)) - right) / len(kept) + _PENALTY * weights
        first = 0.9 * first + 0.1 * slope
        second = 0.999 * second + 0.001 * slope**2
        weights -= _RATE * (first / (1 - 0.9**step)) / (np.sqrt(second / (1 - 0.999**step)) + 1e-8)
    return {name: round(float(weight), 4) for name, weight in zip(names, weights, strict=True) if abs(weight) > 1e-3}


def _shares(scores: Any, group: Any, groups: int) -> Any:  # noqa: ANN401 - arrays of numpy
    highest = np.full(groups, -np.inf)
    np.maximum.at(highest, group, scores)
    powers = np.exp(scores - highest[group])
    return powers / np.bincount(group, powers, groups)[group]


def _common_words(material: Sequence[Material]) -> set[str]:
    suppliers: dict[str, set[str]] = defaultdict(set)
    for one in material:
        for found in one.features:
            for name in found:
                if name.startswith("w:"):
                    suppliers[name].add(one.supplier)
    return {name for name, found in suppliers.items() if len(found) >= _SUPPLIERS_OF_A_WORD}


def _terms(material: Sequence[Material]) -> list[str]:
    """Return the general words of typed receipts: those of at least some suppliers, in no order that tells whose."""
    suppliers: dict[str, set[str]] = defaultdict(set)
    for one in material:
        if one.typed:
            for segment in one.segments:
                for word in re.findall(r"[A-Z]{2,}", segment.text.upper()):
                    suppliers[word].add(one.supplier)
    return sorted(word for word, found in suppliers.items() if len(found) >= _SUPPLIERS_OF_A_TERM)
