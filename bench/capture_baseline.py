"""A simple way to read a receipt, to compare with: first line, first date, largest amount, a block with a postcode."""

from __future__ import annotations

import re
from collections.abc import Sequence
from decimal import Decimal

from invoice_capture.receipts.segments import Segment
from invoice_capture.values import find_dates

_AMOUNT = re.compile(r"(?<![\d.])\d{1,6}\.\d{2}(?!\d)")
_POSTCODE = re.compile(r"(?<!\d)\d{5}(?!\d)")
_ADDRESS_LINES = 3


def simple_values(segments: Sequence[Segment]) -> dict[str, str]:
    """Return company, address, date and total by rules anybody would write first."""
    found: dict[str, str] = {}
    texts = [segment.text for segment in segments]
    name = next((text for text in texts if sum(one.isalpha() for one in text) > 5), "")
    if name:
        found["company"] = name
    for place, text in enumerate(texts):
        if _POSTCODE.search(text):
            start = max(texts.index(name) + 1 if name else 0, place - _ADDRESS_LINES + 1)
            found["address"] = " ".join(texts[start : place + 1])
            break
    dates = [one for text in texts for one in find_dates(text, day_first=True)]
    if dates:
        found["date"] = dates[0].value.isoformat()
    amounts = [Decimal(hit) for text in texts for hit in _AMOUNT.findall(text)]
    if amounts:
        found["total"] = f"{max(amounts):.2f}"
    return found
