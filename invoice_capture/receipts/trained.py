"""The small trained model of receipts: a line tagger, two choices, and the general words of receipts."""

from __future__ import annotations

import json
import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from importlib import resources
from pathlib import Path
from typing import Any

import pycrfsuite

from invoice_capture.receipts.blanks import Blanks
from invoice_capture.receipts.line_features import features_of
from invoice_capture.receipts.segments import Segment

COMPANY, ADDRESS, OTHER = "company", "address", "other"
LINES_FILE, CHOICES_FILE = "lines.crfsuite", "choices.json"


@dataclass(frozen=True, slots=True)
class TaggedLine:
    """What a segment is. ``label``: company, address or other; ``company``, ``address``: the chance of each, 0..1."""

    label: str
    company: float
    address: float


class ReceiptModel:
    """A loaded model. Not for two threads at once: the tagger keeps the receipt it works on."""

    __slots__ = ("_tagger", "blanks", "date_weights", "total_weights")

    def __init__(self, tagger: Any, choices: Mapping[str, Any]) -> None:  # noqa: ANN401 - the tagger has no types
        self._tagger = tagger
        self.date_weights: Mapping[str, float] = choices["date"]
        self.total_weights: Mapping[str, float] = choices["total"]
        self.blanks = Blanks(choices["words"])

    @classmethod
    def opened(cls, lines: Path, choices: Mapping[str, Any]) -> ReceiptModel:
        """Return the model of a tagger's file and the choices beside it."""
        tagger = pycrfsuite.Tagger()
        tagger.open(os.fspath(lines))
        return cls(tagger, choices)

    def tagged(self, segments: Sequence[Segment]) -> list[TaggedLine]:
        """Return what each segment is."""
        if not segments:
            return []
        self._tagger.set(features_of(segments))
        labels = self._tagger.tag()
        known = set(self._tagger.labels())
        return [
            TaggedLine(
                label,
                self._tagger.marginal(COMPANY, place) if COMPANY in known else 0.0,
                self._tagger.marginal(ADDRESS, place) if ADDRESS in known else 0.0,
            )
            for place, label in enumerate(labels)
        ]


@cache
def installed_model() -> ReceiptModel:
    """Return the model that is part of this package; one a process."""
    package = resources.files(__package__)
    choices = json.loads(package.joinpath(CHOICES_FILE).read_text(encoding="utf-8"))
    with resources.as_file(package.joinpath(LINES_FILE)) as path:
        return ReceiptModel.opened(path, choices)
