"""One gateway on PostgreSQL is killed again and again."""

from __future__ import annotations

import pytest

from tests.support.kill_trials import KILLS, TRIAL_LIMIT_S, check, check_points, run_trial

pytestmark = [pytest.mark.timeout(TRIAL_LIMIT_S), pytest.mark.slow]


def test_postgresql_when_killed_again_and_again_then_nothing_is_lost_or_doubled(postgres_url: str) -> None:
    done = run_trial(postgres_url, KILLS, nodes=1, seed=12)

    check(done, KILLS)
    check_points(done)
