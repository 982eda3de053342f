"""Candidates for the date of a receipt, and what speaks for each."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Sequence
from dataclasses import dataclass

from invoice_capture.receipts.segments import Segment

_MONTHS = ["JAN", "FEB", "MAR", "APR", "MAY", "JUN", "JUL", "AUG", "SEP", "OCT", "NOV", "DEC"]
_MONTH = r"(?:JAN|FEB|MAR|APR|MAY|MEI|JUN|JUL|AUG|OGO|OGOS|SEP|SEPT|OCT|OKT|NOV|DEC|DIS)[A-Z]*"
_PATTERNS = (
    ("ymd", re.compile(r"(?<!\d)(?P<y>20\d{2})\s?[-/.]\s?(?P<m>\d{1,2})\s?[-/.]\s?(?P<d>\d{1,2})(?!\d)")),
    ("dmy", re.compile(r"(?<![\d.,])(?P<d>\d{1,2})\s?[-/.]\s?(?P<m>\d{1,2})\s?[-/.]\s?(?P<y>20\d{2})")),
    ("dmy2", re.compile(r"(?<![\d.,/-])(?P<d>\d{1,2})\s?(?P<s>[-/.])\s?(?P<m>\d{1,2})\s?(?P=s)\s?(?P<y>\d{2})(?!\d)")),
    (
        "words",
        re.compile(
            rf"(?<!\d)(?P<d>\d{{1,2}})(?:ST|ND|RD|TH)?[\s/.,-]*(?P<m>{_MONTH})[\s/.,'-]*(?P<y>20\d{{2}}|\d{{2}})(?!\d)"
        ),
    ),
    ("month_first", re.compile(rf"(?P<m>{_MONTH})[\s.]*(?P<d>\d{{1,2}})(?:ST|ND|RD|TH)?[\s,]+(?P<y>20\d{{2}})")),
    ("glued", re.compile(r"(?<!\d)(?P<d>[0-3]\d)(?P<m>[01]\d)(?P<y>20[0-3]\d)(?!\d)")),
    ("glued_ymd", re.compile(r"(?<!\d)(?P<y>20[0-3]\d)(?P<m>[01]\d)(?P<d>[0-3]\d)(?!\d)")),
)
_MARK_LOST = re.compile(r"(?<![\d.,/-])(?P<d>\d{2})\s(?P<m>\d{2})[-/](?P<y>\d{2}|20\d{2})(?![\d.,/-])")
"""A date whose first mark was not read."""
_TIME = re.compile(r"\d{1,2}\s?[:.]\s?\d{2}")
_MALAY = {"MEI": "MAY", "OGO": "AUG", "OKT": "OCT", "DIS": "DEC"}


@dataclass(frozen=True, slots=True)
class DateCandidate:
    """A date in the text. ``printed``: as it stands there; ``kind``: in which order its parts stand."""

    printed: str
    value: dt.date
    kind: str
    segment: Segment
    rest: str


def date_candidates(segments: Sequence[Segment]) -> list[DateCandidate]:
    """Return all dates of the text that exist, in reading order; with a lost mark only where there is no other."""
    return _candidates(segments, _PATTERNS) or _candidates(segments, (("dmy2", _MARK_LOST),))


def _candidates(segments: Sequence[Segment], patterns: Sequence[tuple[str, re.Pattern[str]]]) -> list[DateCandidate]:
    found = []
    for segment in segments:
        text = segment.text.upper()
        taken: list[tuple[int, int]] = []
        for kind, pattern in patterns:
            for hit in pattern.finditer(text):
                if any(hit.start() < end and start < hit.end() for start, end in taken):
                    continue
                value = _date(hit["y"], hit["m"], hit["d"])
                if value is None:
                    continue
                taken.append(hit.span())
                rest = f"{text[: hit.start()]} ~ {text[hit.end() :]}"
                found.append(DateCandidate(segment.text[hit.start() : hit.end()], value, kind, segment, rest))
    return found


def date_features(candidates: Sequence[DateCandidate], segments: Sequence[Segment]) -> list[dict[str, float]]:
    """Return what speaks for each candidate."""
    rows: dict[int, str] = {}
    for segment in segments:
        rows[segment.row] = f"{rows.get(segment.row, '')} {segment.text.upper()}"
    years = [one.value for one in candidates]
    result = []
    for number, one in enumerate(candidates):
        row = one.segment.row
        before = f"{one.segment.before.upper()} {one.rest.split('~')[0]}"
        after = f"{one.rest.split('~')[1]} {one.segment.after.upper()}"
        above = rows.get(row - 1, "")
        found = {
            f"kind:{one.kind}": 1.0,
            f"place:{min(number, 3)}": 1.0,
            "only": float(len(set(years)) == 1),
            "same": float(years.count(one.value) > 1),
            "label": float(bool(re.search(r"DATE|TARIKH|DAT[EF]|\bDT\b", before))),
            "label_above": float("DATE" in above and "DATE" not in before),
            "bill_label": float("BILL DATE" in before or ("INV" in before and "DATE" in before)),
            "due": float("DUE" in before or "EXP" in before or "VALID" in before or "UNTIL" in before),
            "print": float("PRINT" in before),
            "delivery": float("DELIVER" in before or "ORDER" in before or "D.O" in before),
            "time_after": float(bool(_TIME.search(after))),
            "time_before": float(bool(_TIME.search(before))),
            "time_word": float("TIME" in before or "TIME" in after),
            "reference": float(bool(re.search(r"NO\b|#|REF|GST", before)) and "DATE" not in before),
            "low": float(one.segment.down > 0.6),
            "alone": float(not one.rest.replace("~", "").strip()),
            "latest": float(one.value == max(years)),
            "far": float(not dt.date(2000, 1, 1) <= one.value <= dt.date(2035, 1, 1)),
        }
        result.append({name: value for name, value in found.items() if value})
    return result


def _date(year: str, month: str, day: str) -> dt.date | None:
    try:
        if month.isalpha():
            short = month[:3]
            number = _MONTHS.index(_MALAY.get(short, short)) + 1
        else:
            number = int(month)
        whole = int(year) + (2000 if len(year) == 2 else 0)
        first = int(day)
        if number > 12 >= first:
            # Month first is only believed where day first is impossible.
            number, first = first, number
        return dt.date(whole, number, first)
    except ValueError:
        return None
