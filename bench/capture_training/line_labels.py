"""Which segments of a receipt are its company and its address, found by aligning the truth with the text."""

from __future__ import annotations

import re
from collections.abc import Sequence

from rapidfuzz import fuzz

from invoice_capture.receipts.segments import Segment

COMPANY, ADDRESS, OTHER = "company", "address", "other"
_MAX_COMPANY, _MAX_ADDRESS = 4, 9
_ENOUGH = 70.0
_PART = 75.0
_COVERED = 90.0


def labels_of(segments: Sequence[Segment], company: str, address: str) -> list[str]:
    """Return the label of each segment."""
    labels = [OTHER] * len(segments)
    for place in _window(segments, address, _MAX_ADDRESS):
        labels[place] = ADDRESS
    for place in _window(segments, company, _MAX_COMPANY):
        labels[place] = COMPANY
    return labels


def _window(segments: Sequence[Segment], truth: str, longest: int) -> list[int]:
    """Return the run of segments most like the truth, without those in it that are no part of it."""
    wanted = _bare(truth)
    if not wanted:
        return []
    bare = [_bare(segment.text) for segment in segments]
    best: tuple[float, list[int]] = (0.0, [])
    for start in range(len(segments)):
        if not bare[start] or fuzz.partial_ratio(bare[start], wanted) < _PART:
            continue
        chosen: list[int] = []
        joined = ""
        for place in range(start, min(start + longest, len(segments))):
            if not bare[place]:
                continue
            shorter = min(len(bare[place]), len(wanted))
            if shorter < 2 or fuzz.partial_ratio(bare[place], wanted) < _PART:
                continue
            chosen.append(place)
            joined += bare[place]
            score = fuzz.ratio(joined, wanted) - 0.02 * start
            if score > best[0]:
                best = (score, list(chosen))
    found = best[1]
    covered = bool(found) and fuzz.partial_ratio("".join(bare[place] for place in found), wanted) >= _COVERED
    return found if best[0] >= _ENOUGH or covered else []


def _bare(text: str) -> str:
    return re.sub(r"[\W_]+", "", text.upper())
