"""How good the line to a terminal is: answer times, repetitions and breaks of the last commands, and what they mean."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

LOOKED_BACK = timedelta(hours=1)
TROUBLES_MANY = 3
"""Repetitions, damaged blocks and breaks within an hour that no sound cable makes."""
SLOW_MS = 2000
"""A terminal confirms a command at once, before it asks for a card."""


@dataclass(frozen=True, slots=True)
class LineLook:
    """One command. ``took_ms``: until the first byte came, None when none did; ``troubles``: what went wrong below."""

    at: datetime
    took_ms: int | None
    troubles: int = 0


@dataclass(frozen=True, slots=True)
class LineHealth:
    """The latest commands, oldest first."""

    looks: tuple[LineLook, ...]


class LineVerdict(StrEnum):
    """What the line is like."""

    UNKNOWN = "unknown"
    """Nothing was asked within the last hour."""
    GOOD = "good"
    SLOW = "slow"
    WEAK = "weak"
    """Blocks are damaged or repeated: it works, and will fail at the wrong moment."""
    SILENT = "silent"
    """The last command got no answer."""


def line_verdict(health: LineHealth, now: datetime) -> LineVerdict:
    """Return what the line is like by the last hour."""
    recent = [look for look in health.looks if look.at > now - LOOKED_BACK]
    if not recent:
        return LineVerdict.UNKNOWN
    if recent[-1].took_ms is None:
        return LineVerdict.SILENT
    if line_troubles(health, now) >= TROUBLES_MANY:
        return LineVerdict.WEAK
    times = sorted(look.took_ms for look in recent if look.took_ms is not None)
    return LineVerdict.SLOW if times[len(times) // 2] >= SLOW_MS else LineVerdict.GOOD


def line_troubles(health: LineHealth, now: datetime) -> int:
    """Return how often something went wrong within the last hour; a command without an answer counts once."""
    recent = [look for look in health.looks if look.at > now - LOOKED_BACK]
    return sum(max(look.troubles, look.took_ms is None) for look in recent)
