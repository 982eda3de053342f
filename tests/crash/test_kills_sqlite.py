"""One gateway on SQLite is killed again and again; and the counter-check, that the judge finds damage."""

from __future__ import annotations

import pytest

from tests.support.kill_trials import KILLS, TRIAL_LIMIT_S, check, check_points, run_trial

pytestmark = [pytest.mark.timeout(TRIAL_LIMIT_S), pytest.mark.slow]

CARELESS_KILLS = 12


def test_sqlite_when_killed_again_and_again_then_nothing_is_lost_or_doubled() -> None:
    done = run_trial("", KILLS, nodes=1, seed=11)

    check(done, KILLS)
    check_points(done)


def test_careless_gateway_when_killed_then_the_damage_is_found() -> None:
    """The counter-check: with a recovery that does not believe the terminal the same kills lose money."""
    done = run_trial("", CARELESS_KILLS, nodes=1, seed=14, careless=True)

    assert done.judgement.lost > 0
    assert done.story
