"""Smaller fields of a receipt that stand behind a label: numbers of the receipt, of the tax, of the register."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from invoice_capture.model import FieldName
from invoice_capture.receipts.segments import Segment

_HEAD = 0.45
_NUMBER_LABEL = re.compile(
    r"\b(?P<label>(?:TAX\s*)?INV(?:OICE)?|RECEIPT|RCPT|BILL|DOC(?:UMENT)?|SLIP|CASH\s?(?:BILL|SALES))\s*"
    r"(?:(?P<no>NO|NUM|NUMBER|#|ID)\.?|(?=[:#]))\s*[:.#]*\s*(?P<value>[A-Z0-9][A-Z0-9/-]{2,24})?",
    re.IGNORECASE,
)
_TAX_LABEL = re.compile(
    r"\b(?P<label>GST|SST|VAT|TAX)\s*(?:REG(?:ISTRATION)?)?\.?\s*(?:ID|NO|NUM(?:BER)?)?\.?\s*[:.#]*\s*"
    r"(?P<value>[\d ]{12,16}|[A-Z]\d{2}-\d{4}-\d{8})",
    re.IGNORECASE,
)
_REGISTER = re.compile(r"(?<![\d-])(?P<value>\d{5,7}\s?-\s?[A-Z]|[A-Z]{2}\d{7}-?[A-Z]?|\d{9}-[A-Z])(?![A-Z\d])")
_MONEY = (
    (re.compile(r"\bRM\b|\bRM(?=\d)|\bMYR\b"), "MYR"),
    (re.compile(r"\bEUR\b|\N{EURO SIGN}"), "EUR"),
    (re.compile(r"\bGBP\b|\N{POUND SIGN}"), "GBP"),
    (re.compile(r"\bCHF\b"), "CHF"),
    (re.compile(r"\bSGD\b|S\$"), "SGD"),
    (re.compile(r"\bUSD\b|US\$"), "USD"),
)
_MALAYSIA = re.compile(r"\bSDN\b|\bBHD\b|MALAYSIA|SELANGOR|KUALA ?LUMPUR|\bJOHOR\b")


@dataclass(frozen=True, slots=True)
class Detail:
    """A value found behind its label. ``segment``: where it stands, None for one that follows from all the text."""

    name: FieldName
    value: str
    label: str
    segment: Segment | None


def details_of(segments: Sequence[Segment]) -> list[Detail]:
    """Return the details that were found, each field once."""
    found: dict[FieldName, Detail] = {}
    for detail in (*_numbers(segments), *_registers(segments)):
        found.setdefault(detail.name, detail)
    currency = currency_of(" ".join(segment.text for segment in segments))
    if currency:
        found[FieldName.CURRENCY] = Detail(FieldName.CURRENCY, currency, "", None)
    return list(found.values())


def currency_of(text: str) -> str:
    """Return the currency whose sign stands in the text most often; empty when there is none."""
    counts = {code: len(pattern.findall(text.upper())) for pattern, code in _MONEY}
    code = max(counts, key=lambda one: counts[one])
    if counts[code]:
        return code
    return "MYR" if _MALAYSIA.search(text.upper()) else ""


def _numbers(segments: Sequence[Segment]) -> Iterable[Detail]:
    for segment in segments:
        row = f"{segment.text} {segment.after}"
        hit = _NUMBER_LABEL.search(segment.text)
        if hit is not None:
            value = hit["value"] or _following(_NUMBER_LABEL, row)
            if value and any(one.isdigit() for one in value):
                yield Detail(FieldName.INVOICE_NUMBER, value, " ".join(hit["label"].split()), segment)
        tax = _TAX_LABEL.search(row)
        if tax is not None:
            yield Detail(FieldName.TAX_NUMBER, re.sub(r"\s", "", tax["value"]), tax["label"], segment)


def _following(label: re.Pattern[str], row: str) -> str:
    hit = label.search(row)
    return (hit["value"] or "") if hit is not None else ""


def _registers(segments: Sequence[Segment]) -> Iterable[Detail]:
    for segment in segments:
        hit = _REGISTER.search(segment.text.upper())
        if hit is not None and segment.down < _HEAD:
            yield Detail(FieldName.REGISTRATION_NUMBER, re.sub(r"\s", "", hit["value"]), "", segment)
