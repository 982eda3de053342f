"""Trials of the crash tests: a gateway is killed at every marked point of a sale and at random moments.

How often: 40 times on each database, and on until each marked point came; 12 with two nodes. With
`GATEWAY_THOROUGH=1` 200 and 80 times, or as `TILLBRIDGE_CRASH_KILLS` says. A run with damage keeps its folder. Each
kind of trial has a file of its own, so that a run over several processors makes them at the same time.
"""

from __future__ import annotations

import os
import shutil
import tempfile
from pathlib import Path

from bench.crash import Trial, trial
from bench.crash_payables import PayTrial
from bench.crash_payables_points import PayPoint
from bench.crash_payables_run import PayPlan
from bench.crash_plan import POINTS_ALONE
from tests.support.thoroughness import THOROUGH

KILLS = int(os.environ.get("TILLBRIDGE_CRASH_KILLS", "200" if THOROUGH else "40"))
TWO_NODES_KILLS = KILLS * 2 // 5 if THOROUGH else 12
TRIAL_LIMIT_S = 900
PAY_RANDOM_KILLS = int(os.environ.get("TILLBRIDGE_CRASH_PAYABLE_KILLS", "30" if THOROUGH else "12"))
"""Of payment runs, beside one at each marked point."""

PAY_LIMIT_S = 300
_ENOUGH_FOR_REFUNDS = 20
"""From so many kills on, some payment was given back for sure: three in ten are."""


def run_trial(database_url: str, kills: int, *, nodes: int, seed: int, careless: bool = False) -> Trial:
    """Kill a gateway so often; ``database_url``: empty for an SQLite file of the trial's own."""
    folder = Path(tempfile.mkdtemp(prefix="tillbridge-crash-"))
    url = database_url or f"sqlite:///{folder / 'crash.sqlite3'}"
    every_point = nodes == 1 and not careless
    done = trial(
        database_url=url, folder=folder, kills=kills, nodes=nodes, seed=seed, careless=careless, every_point=every_point
    )
    if not done.problems or careless:
        shutil.rmtree(folder, ignore_errors=True)
    return done


def check(done: Trial, kills: int) -> None:
    """Nothing was lost and nothing doubled."""
    assert list(done.problems) == [], f"kept in {done.folder}\n{done.story}"
    judged = done.judgement
    assert (judged.lost, judged.charged_twice, judged.phantom, judged.posted_twice) == (0, 0, 0, 0)
    assert (judged.duplicate_receipts, judged.lost_receipts, judged.unknown) == (0, 0, 0)
    assert len(done.record.kills) >= kills
    assert judged.approved > 0
    if kills >= _ENOUGH_FOR_REFUNDS:
        assert judged.refunds >= judged.refunded > 0


def check_points(done: Trial) -> None:
    """One node was killed at every point there is for it."""
    assert {kill.point for kill in done.record.kills} == POINTS_ALONE


def check_payables(done: PayTrial, plan: PayPlan) -> None:
    """Everything was paid once, a run died at every point there is, and payments came back, too."""
    assert list(done.problems) == [], f"see {done.folder}"
    found = done.damage
    assert (found.handed_over_twice, found.paid_twice, found.lost) == (0, 0, 0)
    assert (found.other_files, found.posted_twice) == (0, 0)
    assert found.settled > 0
    assert found.came_back > 0
    assert done.record.kills.total() == len(plan.orders)
    assert set(done.record.kills) == set(PayPoint)
