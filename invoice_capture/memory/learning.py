"""What a document that a person approved teaches about its supplier."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field, replace

from invoice_capture.memory.entry import Evidence, Remembered, keys_of, loose
from invoice_capture.model import CapturedInvoice, FieldName

_KEPT_WRITINGS = 12
_KEPT_EVIDENCE = 50
_NUMBERS = re.compile(r"\d+")
_STABLE = (
    FieldName.VAT_ID,
    FieldName.TAX_NUMBER,
    FieldName.REGISTRATION_NUMBER,
    FieldName.IBAN,
    FieldName.BIC,
)
"""Fields that are the same on every document of a supplier."""


@dataclass(frozen=True, slots=True)
class Correction:
    """A document as it was captured, and as a person says it is.

    ``document``: the caller's id of it, kept as evidence; ``learned_on``: ISO date; ``captured``: before the person
    looked; ``approved``: normalised values the person stands for, also those that were right.
    """

    document: str
    learned_on: str
    captured: CapturedInvoice
    approved: Mapping[FieldName, str] = field(default_factory=dict)


def taught(entry: Remembered | None, correction: Correction) -> Remembered | None:
    """Return the entry after the correction; None when the document has nothing to know its supplier by."""
    approved = {name: value.strip() for name, value in correction.approved.items() if value.strip()}
    keys = keys_of(approved)
    if not keys:
        return None
    before = entry or Remembered(frozenset())
    if any(one.document == correction.document for one in before.evidence):
        before = replace(
            before, evidence=tuple(one for one in before.evidence if one.document != correction.document) or ()
        )
        counted = 0
    else:
        counted = 1
    number = approved.get(FieldName.INVOICE_NUMBER, "")
    pattern = shape_of(number)
    known = before.number_pattern
    evidence = Evidence(correction.document, correction.learned_on, tuple(sorted(str(name) for name in approved)))
    return Remembered(
        keys=before.keys | frozenset(keys),
        names=_counted(before.names, approved.get(FieldName.COMPANY, ""), counted),
        addresses=_counted(before.addresses, approved.get(FieldName.ADDRESS, ""), counted),
        read_names=_misread(before, correction.captured, approved.get(FieldName.COMPANY, "")),
        values={**before.values, **{name: approved[name] for name in _STABLE if name in approved}},
        labels=_labels(before, correction.captured, approved),
        currency=approved.get(FieldName.CURRENCY, before.currency),
        day_first=_day_first(correction.captured, approved, before=before.day_first),
        number_pattern=pattern if not known or not number or known == pattern else "",
        evidence=(*before.evidence, evidence)[-_KEPT_EVIDENCE:],
    )


def shape_of(number: str) -> str:
    """Return the shape of an identifier: 9 for each digit, A for each letter, the rest as it is."""
    return "".join("9" if char.isdigit() else "A" if char.isalpha() else char for char in number)


def _counted(known: tuple[tuple[str, int], ...], text: str, times: int) -> tuple[tuple[str, int], ...]:
    """Add a writing; the most frequent first, an older one before a newer one of the same count."""
    if not text:
        return known
    counts = dict(known)
    counts[text] = counts.get(text, 0) + times if text in counts else 1
    return tuple(sorted(counts.items(), key=lambda one: -one[1]))[:_KEPT_WRITINGS]


def _misread(before: Remembered, captured: CapturedInvoice, name: str) -> tuple[str, ...]:
    """Remember how the name was read when it was read wrongly, so that it is known again."""
    found = captured.fields.get(FieldName.COMPANY)
    if not name or found is None or not found.text or loose(found.text) == loose(name):
        return before.read_names
    return tuple(dict.fromkeys((*before.read_names, found.text)))[-_KEPT_WRITINGS:]


def _labels(
    before: Remembered, captured: CapturedInvoice, approved: Mapping[FieldName, str]
) -> dict[FieldName, tuple[str, ...]]:
    """Keep the label of a value that was right: its reason names it."""
    labels = dict(before.labels)
    for name, value in approved.items():
        found = captured.fields.get(name)
        if found is None or found.value != value:
            continue
        for reason in found.reasons:
            label = reason.values.get("label", "") if reason.code == "label" else ""
            if label:
                labels[name] = tuple(dict.fromkeys((*labels.get(name, ()), label)))[-_KEPT_WRITINGS:]
    return labels


def _day_first(captured: CapturedInvoice, approved: Mapping[FieldName, str], *, before: bool | None) -> bool | None:
    """See from a printed date and its approved meaning whether the day stands first."""
    found = captured.fields.get(FieldName.DATE)
    meant = _NUMBERS.findall(approved.get(FieldName.DATE, ""))
    printed = _NUMBERS.findall(found.text) if found is not None else []
    if len(meant) < 3 or len(printed) < 3 or len(printed[0]) > 2:
        return before
    month, day = int(meant[1]), int(meant[2])
    if month == day:
        return before
    first, second = int(printed[0]), int(printed[1])
    if (first, second) == (day, month):
        return True
    return False if (first, second) == (month, day) else before
