"""Payment runs on PostgreSQL are killed at every marked point and at random."""

from __future__ import annotations

from pathlib import Path

import pytest

from bench.crash_payables import trial
from bench.crash_payables_run import PayPlan, kill_orders
from tests.support.kill_trials import PAY_LIMIT_S, PAY_RANDOM_KILLS, check_payables

pytestmark = [pytest.mark.timeout(PAY_LIMIT_S), pytest.mark.slow]


def test_postgresql_when_a_payment_run_is_killed_anywhere_then_each_payment_reaches_the_bank_once(
    postgres_url: str, tmp_path: Path
) -> None:
    plan = PayPlan(tmp_path, postgres_url, kill_orders(23, PAY_RANDOM_KILLS), 23)

    check_payables(trial(plan), plan)
