"""A small chart of payments per hour of a day: pure figures that a template draws as SVG, with the table behind it."""

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

WIDTH = 720
HEIGHT = 190
_BASELINE = 160
_BARS_HEIGHT = 124
_HOURS_MIN = 8
_BAR_MAX = 44


@dataclass(frozen=True, slots=True)
class Bar:
    """One hour: ``number`` payments; geometry in the units of the drawing, whole numbers."""

    hour: int
    number: int
    x: int
    y: int
    width: int
    height: int
    middle: int


@dataclass(frozen=True, slots=True)
class HoursChart:
    """The drawing. ``total``: payments in it; ``busiest``: hour with the most, as ``HH:00``."""

    bars: tuple[Bar, ...]
    total: int
    busiest: str
    width: int = WIDTH
    height: int = HEIGHT
    baseline: int = _BASELINE


def hours_chart(instants: Iterable[datetime]) -> HoursChart:
    """Return the chart of local instants of one day; without any it has no bars.

    The axis runs over the hours in use, at least eight, so that one early payment does not look like a full day.
    """
    counts = Counter(instant.hour for instant in instants)
    if not counts:
        return HoursChart((), 0, "")
    first, last = min(counts), max(counts)
    missing = max(0, _HOURS_MIN - (last - first + 1))
    last = min(23, last + missing)
    first = max(0, min(first, last - _HOURS_MIN + 1))
    slot = WIDTH // (last - first + 1)
    width = min(_BAR_MAX, slot - 8)
    most = max(counts.values())
    bars = []
    for hour in range(first, last + 1):
        number = counts[hour]
        height = max(2, number * _BARS_HEIGHT // most) if number else 0
        middle = (hour - first) * slot + slot // 2
        bars.append(Bar(hour, number, middle - width // 2, _BASELINE - height, width, height, middle))
    busiest = max(counts, key=lambda hour: (counts[hour], -hour))
    return HoursChart(tuple(bars), sum(counts.values()), f"{busiest:02}:00")
