"""What the memory does to a captured document: the supplier's name and address as they should be written."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import replace

from invoice_capture.memory.entry import KeyKind, Remembered, keys_of, loose
from invoice_capture.memory.likeness import likeness
from invoice_capture.memory.supplier_memory import SupplierMemory
from invoice_capture.model import CapturedField, CapturedInvoice, FieldName, Mark, Method, Reason

SURE_NAME = 0.9
"""A reading of the name that is this like a remembered one is that supplier, misread."""
POSSIBLE_NAME = 0.75
"""A reading this like a remembered name is that supplier when the address is like a remembered one too."""
SAME_ADDRESS = 0.8
OTHER_NUMBERS = 0.94
"""An address with other long numbers (another postcode, another branch) must be this like the remembered one."""
_LONG_NUMBER = re.compile(r"\d{4,}")
_LESS_SURE = 0.9
"""A value written by the memory is as sure as the recognition, and never surer than this when letters differ."""


def recalled(captured: CapturedInvoice, memory: SupplierMemory, lines: Sequence[str] = ()) -> CapturedInvoice:
    """Return the document with what the memory knows of its supplier; unchanged when it knows nothing.

    Works from what was printed, so it may be applied again to a document that an older memory has worked on.

    Args:
        captured: the document.
        memory: all remembered suppliers.
        lines: the first lines of the page, where the name may stand when it was not found.
    """
    if not len(memory):
        return captured
    printed = {name: field.text or field.value for name, field in captured.fields.items()}
    found = _supplier(printed, memory, lines)
    if found is None:
        return captured
    entry, alike = found
    fields = dict(captured.fields)
    name = _writing(entry.names, printed.get(FieldName.COMPANY, ""))
    if name and FieldName.COMPANY in fields:
        fields[FieldName.COMPANY] = _written(fields[FieldName.COMPANY], name, alike)
    address = _address(entry, printed.get(FieldName.ADDRESS, ""))
    if address is not None and FieldName.ADDRESS in fields:
        text, same = address
        fields[FieldName.ADDRESS] = _written(fields[FieldName.ADDRESS], text, min(alike, same))
    return replace(captured, fields=fields, memory_key=entry.entry_id)


def _supplier(
    printed: Mapping[FieldName, str], memory: SupplierMemory, lines: Sequence[str]
) -> tuple[Remembered, float] | None:
    keys = tuple(key for key in keys_of(printed) if key.kind is not KeyKind.NAME)
    entry = memory.find(*keys) if keys else None
    if entry is not None:
        return entry, 1.0
    readings = [text for text in (printed.get(FieldName.COMPANY, ""), *lines) if text]
    found = memory.recognise(readings, POSSIBLE_NAME)
    if found is None:
        return None
    if found.likeness >= SURE_NAME:
        return found.entry, found.likeness
    address = _address(found.entry, printed.get(FieldName.ADDRESS, ""))
    return (found.entry, found.likeness) if address is not None else None


def _writing(names: Sequence[tuple[str, int]], reading: str) -> str:
    """Return the writing to use: of those most like the reading, the one approved most often."""
    target = loose(reading)
    return max(names, key=lambda one: (likeness(loose(one[0]), target), one[1]))[0] if names else ""


def _address(entry: Remembered, reading: str) -> tuple[str, float] | None:
    """Return the remembered address that the reading shows, and how like it is; a chain has several."""
    target = loose(reading)
    best: tuple[float, int, str] | None = None
    for text, count in entry.addresses:
        same_numbers = _long_numbers(text) == _long_numbers(reading)
        needed = SAME_ADDRESS if same_numbers else OTHER_NUMBERS
        alike = likeness(loose(text), target, at_least=needed)
        if alike >= needed and (best is None or (alike, count) > best[:2]):
            best = (alike, count, text)
    return None if best is None else (best[2], best[0])


def _long_numbers(text: str) -> list[str]:
    return sorted(_LONG_NUMBER.findall(text))


def _written(field: CapturedField, text: str, alike: float) -> CapturedField:
    """Return the field written as remembered; what was printed stays as its text."""
    likeness_of = {"likeness": f"{alike:.3f}"}
    if field.value == text:
        return replace(field, reasons=(*field.reasons, Reason("known_supplier", {"name": text, **likeness_of})))
    same = loose(field.value) == loose(text)
    confidence = max(field.confidence, alike if same else min(alike, _LESS_SURE))
    return replace(
        field,
        value=text,
        text=field.text or field.value,
        confidence=confidence,
        mark=Mark.CHECK if field.mark is Mark.MISSING else field.mark,
        method=Method.MEMORY,
        reasons=(
            *field.reasons,
            Reason("written_as_remembered", {"printed": field.text or field.value, **likeness_of}),
        ),
    )
