"""Printed dates: numbers in the usual orders, and names of months in the languages of Europe."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Callable
from dataclasses import dataclass

from invoice_capture.values.month_names import month_of

_CENTURY_FROM = 70
"""Two-digit years from here on belong to the last century."""
_YEAR_MIN = 1950
_YEAR_MAX = 2099
_GAP = r"[ \u00a0]?"
_ORDINAL = r"(?:st|nd|rd|th|er|re|º|°|ª)?"
_NAME = r"[^\W\d_]{3,12}"
_YEAR = r"(?P<y>\d{4}|['\u2019]?\d{2})(?!\d)"
_ISO = re.compile(
    rf"(?<![\d])(?P<y>\d{{4}}){_GAP}(?P<sep>[-/.]){_GAP}(?P<m>\d{{1,2}}){_GAP}(?P=sep){_GAP}(?P<d>\d{{1,2}})(?!\d)"
)
_NUMBERS = re.compile(
    rf"(?<![\d.,/])(?P<a>\d{{1,2}}){_GAP}(?P<sep>[-/.]){_GAP}(?P<b>\d{{1,2}}){_GAP}(?P=sep){_GAP}(?P<y>\d{{4}}|\d{{2}})(?![\d])"
)
_SPACED = re.compile(r"(?<![\d.,/])(?P<a>\d{2})[ \u00a0](?P<b>\d{2})[ \u00a0](?P<y>(?:19|20)\d{2})(?![\d])")
_DAY_NAME = re.compile(
    rf"(?<![\d.,])(?P<d>\d{{1,2}}){_ORDINAL}[ \u00a0.,/-]{{0,3}}(?:(?:de|of|di)[ \u00a0]|d['\u2019])?(?P<m>{_NAME})"
    rf"[ \u00a0.,/-]{{0,3}}(?:(?:de|of|del)[ \u00a0])?{_YEAR}",
    re.IGNORECASE,
)
_NAME_DAY = re.compile(
    rf"(?<![^\W\d_])(?P<m>{_NAME})[ \u00a0.-]{{0,2}}(?P<d>\d{{1,2}}){_ORDINAL}"
    rf"(?:[ \u00a0]?,[ \u00a0]?|[ \u00a0-]){_YEAR}",
    re.IGNORECASE,
)
_YEAR_NAME = re.compile(
    rf"(?<![\d.,])(?P<y>\d{{4}})[ \u00a0.,-]{{1,2}}(?P<m>{_NAME})[ \u00a0.,-]{{1,2}}(?P<d>\d{{1,2}})(?!\d)",
    re.IGNORECASE,
)
_COMPACT = re.compile(r"(?<![\w.,/-])(?P<y>(?:19|20)\d{2})(?P<m>\d{2})(?P<d>\d{2})(?![\w,/-])")


@dataclass(frozen=True, slots=True)
class FoundDate:
    """A date in a text.

    ``start``, ``end``: its characters, end exclusive; ``other``: the date it is when month and day change places, None
    when only one order is possible.
    """

    value: dt.date
    start: int
    end: int
    other: dt.date | None = None


def parse_date(text: str, *, day_first: bool | None) -> dt.date | None:
    """Return the date that a text holds, None when it holds none or more than one.

    Words around it do no harm (a weekday, a place, a time of day).

    Args:
        text: for example ``23. Januar 2024``, ``Jan 5, 2024``, ``05/01/24`` or ``2024-01-05``.
        day_first: which order dates of numbers have; None when it is not known, then the day stands first.
    """
    values = {one.value for one in find_dates(text, day_first=day_first)}
    return values.pop() if len(values) == 1 else None


def find_dates(text: str, *, day_first: bool | None) -> tuple[FoundDate, ...]:
    """Return the dates of a text from left to right; see ``parse_date``."""
    found: list[FoundDate] = []
    for pattern, read in _PATTERNS:
        for hit in pattern.finditer(text):
            if any(hit.start() < one.end and one.start < hit.end() for one in found):
                continue
            date, other = read(hit, _ORDERS[day_first is not False])
            if date is not None:
                found.append(FoundDate(date, hit.start(), hit.end(), other))
    return tuple(sorted(found, key=lambda one: one.start))


_Order = tuple[str, str]
"""Which of the first two numbers is the day, which the month."""
_ORDERS: dict[bool, _Order] = {True: ("a", "b"), False: ("b", "a")}
_Read = tuple[dt.date | None, dt.date | None]


def _date(year: str, month: int | None, day: str | int) -> dt.date | None:
    number = int(year.strip("'\u2019"))
    if number < 100:
        number += 2000 if number < _CENTURY_FROM else 1900
    if month is None or not _YEAR_MIN <= number <= _YEAR_MAX:
        return None
    try:
        return dt.date(number, month, int(day))
    except ValueError:
        return None


def _named(hit: re.Match[str], _order: _Order) -> _Read:
    return _date(hit["y"], month_of(hit["m"]), hit["d"]), None


def _plain(hit: re.Match[str], _order: _Order) -> _Read:
    return _date(hit["y"], int(hit["m"]), hit["d"]), None


def _ordered(hit: re.Match[str], order: _Order) -> _Read:
    day, month = hit[order[0]], hit[order[1]]
    first, second = _date(hit["y"], int(month), day), _date(hit["y"], int(day), month)
    if first is None:
        return second, None
    return first, second if second != first else None


_PATTERNS: tuple[tuple[re.Pattern[str], Callable[[re.Match[str], _Order], _Read]], ...] = (
    (_ISO, _plain),
    (_DAY_NAME, _named),
    (_NAME_DAY, _named),
    (_YEAR_NAME, _named),
    (_NUMBERS, _ordered),
    (_SPACED, _ordered),
    (_COMPACT, _plain),
)
