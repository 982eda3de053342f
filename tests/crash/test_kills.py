"""The gateway is killed at every marked point of a sale and at random moments; nothing is lost and nothing doubled.

How often: 100 times on each database, or as `TILLBRIDGE_CRASH_KILLS` says. A run with damage keeps its folder.
"""

from __future__ import annotations

import os
import shutil
import tempfile
from pathlib import Path

import pytest

from bench.crash import Trial, trial
from bench.crash_points import Point

KILLS = int(os.environ.get("TILLBRIDGE_CRASH_KILLS", "100"))
TWO_NODES_KILLS = KILLS * 2 // 5
CARELESS_KILLS = 12
ENOUGH_FOR_ALL_POINTS = 45
"""From so many kills with one node on, every point has come up at least once."""

ALONE = set(Point) - {Point.AFTER_STALL}
"""A stall matters only where another node may take over."""

pytestmark = [pytest.mark.timeout(900), pytest.mark.slow]


def _trial(database_url: str, kills: int, *, nodes: int, seed: int, careless: bool = False) -> Trial:
    folder = Path(tempfile.mkdtemp(prefix="tillbridge-crash-"))
    url = database_url or f"sqlite:///{folder / 'crash.sqlite3'}"
    done = trial(database_url=url, folder=folder, kills=kills, nodes=nodes, seed=seed, careless=careless)
    if not done.problems or careless:
        shutil.rmtree(folder, ignore_errors=True)
    return done


def _check(done: Trial, kills: int) -> None:
    assert list(done.problems) == [], f"kept in {done.folder}\n{done.story}"
    judged = done.judgement
    assert (judged.lost, judged.charged_twice, judged.phantom, judged.posted_twice) == (0, 0, 0, 0)
    assert (judged.duplicate_receipts, judged.lost_receipts, judged.unknown) == (0, 0, 0)
    assert len(done.record.kills) >= kills
    assert judged.approved > 0


def _points(done: Trial) -> set[Point]:
    return {kill.point for kill in done.record.kills}


def test_sqlite_when_killed_again_and_again_then_nothing_is_lost_or_doubled() -> None:
    done = _trial("", KILLS, nodes=1, seed=11)

    _check(done, KILLS)
    if KILLS >= ENOUGH_FOR_ALL_POINTS:
        assert _points(done) == ALONE


def test_postgresql_when_killed_again_and_again_then_nothing_is_lost_or_doubled(postgres_url: str) -> None:
    kills = KILLS - TWO_NODES_KILLS
    done = _trial(postgres_url, kills, nodes=1, seed=12)

    _check(done, kills)
    if kills >= ENOUGH_FOR_ALL_POINTS:
        assert _points(done) == ALONE


def test_two_nodes_when_killed_in_turn_then_the_other_takes_over_and_nothing_is_lost_or_doubled(
    postgres_url: str,
) -> None:
    done = _trial(postgres_url, TWO_NODES_KILLS, nodes=2, seed=13)

    _check(done, TWO_NODES_KILLS)
    assert {kill.node for kill in done.record.kills} == {1, 2}


def test_careless_gateway_when_killed_then_the_damage_is_found() -> None:
    """The counter-check: with a recovery that does not believe the terminal the same kills lose money."""
    done = _trial("", CARELESS_KILLS, nodes=1, seed=14, careless=True)

    assert done.judgement.lost > 0
    assert done.story
