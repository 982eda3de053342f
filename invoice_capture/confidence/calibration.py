"""From a raw score to a confidence that means something, by a table measured on development documents.

The table `calibration.json` holds for each kind of document and each field the steps of an isotonic fit, and the
confidence from which values of it were right in at least 99 of 100 cases. It is made by the training commands from
scores of documents the model had not seen.
"""

from __future__ import annotations

import json
from bisect import bisect_right
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from importlib import resources
from typing import Any

from invoice_capture.model import FieldName, Mark

NEVER = 2.0
"""A threshold no confidence reaches: no value of the field was sure enough."""
UNMEASURED_ACCEPT = 0.99
UNMEASURED_CEILING = 0.98
"""Without a table for a field nothing is accepted unseen."""


@dataclass(frozen=True, slots=True)
class Calibration:
    """Steps of one field: ``raw`` ascending, ``right`` the share of right values at each, never falling.

    ``accept``: confidence from which a value goes on without a look; `NEVER` when there is none.
    """

    raw: tuple[float, ...]
    right: tuple[float, ...]
    accept: float

    def of(self, raw: float) -> float:
        """Return the share of right values at a raw score, interpolated between the steps."""
        place = bisect_right(self.raw, raw)
        if place == 0:
            return self.right[0]
        if place == len(self.raw):
            return self.right[-1]
        low, high = self.raw[place - 1], self.raw[place]
        share = (raw - low) / (high - low) if high > low else 1.0
        return self.right[place - 1] + share * (self.right[place] - self.right[place - 1])


def calibrated(name: FieldName, raw: float, kind: str) -> float:
    """Return the confidence, 0..1, of a value.

    Args:
        name: the field.
        raw: score of the value, 0..1, comparable within one kind and field only.
        kind: where the score comes from: `receipt`, `receipt_text`, `receipt_known`, `pdf`. Of a kind or field that was
            never measured the score itself is returned, below what is accepted without a look.
    """
    found = calibration_of(name, kind)
    if found is None:
        return max(0.0, min(raw, UNMEASURED_CEILING))
    return max(0.0, min(found.of(raw), 1.0))


def mark_of(name: FieldName, confidence: float, kind: str, value: str) -> Mark:
    """Return what is to be done with a value of this calibrated confidence."""
    if not value:
        return Mark.MISSING
    found = calibration_of(name, kind)
    accept = UNMEASURED_ACCEPT if found is None else found.accept
    return Mark.ACCEPT if confidence >= accept else Mark.CHECK


def calibration_of(name: FieldName, kind: str) -> Calibration | None:
    """Return the calibration of a field for a kind of document, None when it was never measured."""
    return _table().get((kind, str(name)))


@cache
def _table() -> Mapping[tuple[str, str], Calibration]:
    text = resources.files(__package__).joinpath("calibration.json").read_text(encoding="utf-8")
    return table_of(json.loads(text))


def table_of(found: Mapping[str, Mapping[str, Mapping[str, Any]]]) -> dict[tuple[str, str], Calibration]:
    """Return the calibrations of the table's JSON, by kind and field."""
    return {
        (kind, name): Calibration(_floats(one["raw"]), _floats(one["right"]), float(one["accept"]))
        for kind, fields in found.items()
        for name, one in fields.items()
    }


def _floats(values: Sequence[float]) -> tuple[float, ...]:
    return tuple(float(value) for value in values)
