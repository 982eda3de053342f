"""Cross-validation of the receipts: every value is scored by a model that has not seen its receipt."""

from __future__ import annotations

import sys
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from bench.capture_training.receipt_material import Material
from bench.capture_training.receipt_training import trained_model
from invoice_capture.memory import Correction, SupplierMemory
from invoice_capture.model import CapturedInvoice, DocumentType, FieldName
from invoice_capture.receipts.extraction import (
    SCANNED,
    TYPED,
    checks_of,
    fields_of,
    likeness_of,
    raw_values,
    with_memory,
)
from invoice_capture.receipts.trained import ReceiptModel

FIELDS = (FieldName.COMPANY, FieldName.ADDRESS, FieldName.DATE, FieldName.TOTAL)
_LEARNED_ON = "2000-01-01"
"""Memory for measuring has no day of its own."""


@dataclass(frozen=True, slots=True)
class Outcome:
    """What was captured from one reading by a model, and a memory, that had not seen it.

    ``plain``: without memory; ``known``: with it; ``scores``: raw scores of ``plain``; ``likeness``: of what the
    memory wrote, by field.
    """

    material: Material
    plain: Mapping[FieldName, str]
    printed: Mapping[FieldName, str]
    known: Mapping[FieldName, str]
    scores: Mapping[FieldName, float]
    likeness: Mapping[FieldName, float]


def outcomes(material: Sequence[Material], folds: Mapping[str, int]) -> Iterator[Outcome]:
    """Yield an outcome for each reading; ``folds`` says for each identity in which part it is tested."""
    with tempfile.TemporaryDirectory() as folder:
        for fold in sorted(set(folds.values())):
            learned = [one for one in material if folds[one.identity] != fold]
            model = trained_model(learned, Path(folder) / f"{fold}.crfsuite")
            memory = memory_of(learned, model)
            print(f"part {fold + 1}: trained on {len(learned)} readings", file=sys.stderr)
            for one in material:
                if folds[one.identity] == fold:
                    yield _outcome(one, model, memory)


def memory_of(material: Sequence[Material], model: ReceiptModel) -> SupplierMemory:
    """Return a memory to which the truth of each receipt was told, with how a scan of it was read."""
    memory = SupplierMemory.empty()
    for one in material:
        approved = {
            name: value
            for name, value in (
                (FieldName.COMPANY, one.truth.get("company", "")),
                (FieldName.ADDRESS, one.truth.get("address", "")),
            )
            if value
        }
        captured = captured_of(one, model) if not one.typed else CapturedInvoice(DocumentType.RECEIPT, (), {})
        memory = memory.learn(Correction(one.identity, _LEARNED_ON, captured, approved))
    return memory


def captured_of(one: Material, model: ReceiptModel, *, as_printed: bool = False) -> CapturedInvoice:
    """Return what a model captures from a reading without memory."""
    raw, amounts = raw_values(one.segments, model, typed=one.typed)
    fields = fields_of(raw, TYPED if one.typed else SCANNED, as_printed=as_printed)
    return CapturedInvoice(DocumentType.RECEIPT, (1,), fields, checks=checks_of(raw, amounts))


def _outcome(one: Material, model: ReceiptModel, memory: SupplierMemory) -> Outcome:
    raw, _ = raw_values(one.segments, model, typed=one.typed)
    kind = TYPED if one.typed else SCANNED
    captured = CapturedInvoice(DocumentType.RECEIPT, (1,), fields_of(raw, kind, as_printed=False))
    printed = replace(captured, fields=fields_of(raw, kind, as_printed=True))
    known = with_memory(captured, memory, one.segments)
    likeness = {name: found for name in FIELDS if (found := likeness_of(known.fields[name])) is not None}
    return Outcome(
        material=one,
        plain=_values(captured),
        printed=_values(printed),
        known=_values(known),
        scores={name: raw[name].score for name in FIELDS if name in raw},
        likeness=likeness,
    )


def _values(captured: CapturedInvoice) -> dict[FieldName, str]:
    return {name: captured.fields[name].value for name in FIELDS if captured.fields[name].value}
