"""What the last commands say of a line."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from gateway.domain.cards.line_health import LineHealth, LineLook, LineVerdict, line_troubles, line_verdict

NOW = datetime(2026, 3, 2, 12, 0, tzinfo=UTC)


def _health(*looks: tuple[int | None, int], minutes_ago: int = 5) -> LineHealth:
    return LineHealth(tuple(LineLook(NOW - timedelta(minutes=minutes_ago), took, wrong) for took, wrong in looks))


@pytest.mark.parametrize(
    ("health", "verdict", "troubles"),
    [
        (LineHealth(()), LineVerdict.UNKNOWN, 0),
        (_health((20, 9), minutes_ago=61), LineVerdict.UNKNOWN, 0),
        (_health((20, 0), (35, 1)), LineVerdict.GOOD, 1),
        (_health((20, 0), (35, 1), (30, 2)), LineVerdict.WEAK, 3),
        (_health((None, 0), (None, 0), (None, 2), (20, 0)), LineVerdict.WEAK, 4),
        (_health((2500, 0), (2000, 0), (10, 0)), LineVerdict.SLOW, 0),
        (_health((2500, 0), (10, 0), (10, 0)), LineVerdict.GOOD, 0),
        (_health((20, 0), (None, 1)), LineVerdict.SILENT, 1),
    ],
)
def test_verdict(health: LineHealth, verdict: LineVerdict, troubles: int) -> None:
    assert line_verdict(health, NOW) is verdict
    assert line_troubles(health, NOW) == troubles
