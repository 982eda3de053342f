"""What a new memory would change, measured on approved documents before it serves."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from invoice_capture.memory.entry import loose
from invoice_capture.memory.recall import recalled
from invoice_capture.memory.supplier_memory import SupplierMemory
from invoice_capture.model import CapturedInvoice, FieldName


@dataclass(frozen=True, slots=True)
class Sample:
    """An approved document: as it was captured, and the values a person stands for."""

    document: str
    captured: CapturedInvoice
    approved: Mapping[FieldName, str]


@dataclass(frozen=True, slots=True)
class Effect:
    """What two memories make of the same documents.

    ``values``: how many values were compared; ``right_before``, ``right_after``: how many of them were right;
    ``worse``: document and field of every value that was right and would no longer be.
    """

    values: int
    right_before: int
    right_after: int
    worse: tuple[tuple[str, FieldName], ...]

    @property
    def serves(self) -> bool:
        """Whether the new memory may serve: it makes nothing worse on the whole."""
        return self.right_after >= self.right_before


def measure(before: SupplierMemory, after: SupplierMemory, samples: Iterable[Sample]) -> Effect:
    """Compare two memories on approved documents.

    A sample should not be the only document that taught ``after`` its supplier, else the figure praises itself.
    """
    values = right_before = right_after = 0
    worse = []
    for sample in samples:
        old, new = recalled(sample.captured, before), recalled(sample.captured, after)
        for name, truth in sample.approved.items():
            if name not in sample.captured.fields or not truth:
                continue
            was, will = (loose(one.fields[name].value) == loose(truth) for one in (old, new))
            values += 1
            right_before += was
            right_after += will
            if was and not will:
                worse.append((sample.document, name))
    return Effect(values, right_before, right_after, tuple(worse))
