"""Payment runs on SQLite are killed at every marked point and at random; and the counter-check of the judge."""

from __future__ import annotations

from pathlib import Path

import pytest

from bench.crash_payables import PayTrial, trial
from bench.crash_payables_points import PayPoint
from bench.crash_payables_run import PayPlan, kill_orders
from bench.crash_points import KillOrder
from tests.support.kill_trials import PAY_LIMIT_S, PAY_RANDOM_KILLS, check_payables

pytestmark = [pytest.mark.timeout(PAY_LIMIT_S), pytest.mark.slow]

NAMED = (KillOrder(PayPoint.AFTER_FILE_IS_NAMED),) * 3
"""The file is with the bank, and nobody here knows."""


def test_sqlite_when_a_payment_run_is_killed_anywhere_then_each_payment_reaches_the_bank_once(tmp_path: Path) -> None:
    plan = PayPlan(tmp_path, f"sqlite:///{tmp_path / 'crash.sqlite3'}", kill_orders(21, PAY_RANDOM_KILLS), 21)

    check_payables(trial(plan), plan)


def test_careless_start_when_killed_then_the_judge_finds_the_file_that_came_twice(tmp_path: Path) -> None:
    """The counter-check: without the stored beginning of a hand-over the same kills send a file again."""
    done = _careless(tmp_path, "late_start")

    assert done.damage.handed_over_twice > 0


def test_careless_payment_again_when_killed_then_the_judge_finds_what_was_paid_twice(tmp_path: Path) -> None:
    """The counter-check: whoever takes a file in doubt for lost and pays under new ids pays twice."""
    done = _careless(tmp_path, "new_ids")

    assert done.damage.paid_twice > 0
    assert (tmp_path / "story.txt").exists()


def _careless(folder: Path, name: str) -> PayTrial:
    # A slow bank: between the kill and its first booking there is time to do the wrong thing.
    url = f"sqlite:///{folder / 'crash.sqlite3'}"
    return trial(PayPlan(folder, url, NAMED, 22, name, scenarios=("slow",), day_s=20.0))
