"""Two gateways on one PostgreSQL are killed in turn; the other one takes over."""

from __future__ import annotations

import pytest

from tests.support.kill_trials import TRIAL_LIMIT_S, TWO_NODES_KILLS, check, run_trial

pytestmark = [pytest.mark.timeout(TRIAL_LIMIT_S), pytest.mark.slow]


def test_two_nodes_when_killed_in_turn_then_the_other_takes_over_and_nothing_is_lost_or_doubled(
    postgres_url: str,
) -> None:
    done = run_trial(postgres_url, TWO_NODES_KILLS, nodes=2, seed=13)

    check(done, TWO_NODES_KILLS)
    assert {kill.node for kill in done.record.kills} == {1, 2}
