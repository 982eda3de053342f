"""Random histories of a store that pays: whatever people, the bank and the end of the process do, no cent goes astray.

A failing history is shrunk to the fewest steps, and printed as a list of them.
"""

from __future__ import annotations

import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from hypothesis import HealthCheck, given, note, settings
from hypothesis import strategies as st

from bench.crash_payables_run import SCENARIOS
from gateway.domain.payables.payment_order import RunState
from tests.support.migrated import migrated_sqlite
from tests.support.payable_histories import SUPPLIERS, History

if TYPE_CHECKING:
    from tests.support.postgres import PostgresCluster

WEIGHTS = {
    "whole_run": 6,
    "owe": 5,
    "owe_again": 3,
    "change_account": 1,
    "propose": 2,
    "approve": 2,
    "release": 2,
    "release_oneself": 1,
    "discard": 1,
    "hand_over": 2,
    "bank": 2,
    "collect": 2,
    "hear_again": 1,
    "pay_again": 3,
}
"""How often each step is taken; a whole run is proposed, approved, released, handed over and heard of."""

WHOLE_RUN = ("propose", "approve", "release", "hand_over", "bank", "collect")
MEANWHILE = (
    "",
    "change_account",
    "change_account",
    "owe_again",
    "hear_again",
    "pay_again",
    "discard",
    "release_oneself",
)
COMMITS_MAX = 6
EXAMPLES = 8
EXAMPLES_POSTGRESQL = 1


@dataclass(frozen=True, slots=True)
class Step:
    """One step. ``yes``: a choice of the step; ``cut``: the commit at which the process ends, 0: it does not.

    ``meanwhile``: what happens in the middle of a whole run, before its part number ``before``.
    """

    what: str
    of: str
    gross: int
    yes: bool
    scenario: str
    cut: int
    stored: bool
    meanwhile: str
    before: int


steps = st.builds(
    Step,
    what=st.sampled_from([name for name, weight in WEIGHTS.items() for _ in range(weight)]),
    of=st.sampled_from(SUPPLIERS),
    gross=st.integers(min_value=100, max_value=5_000),
    yes=st.booleans(),
    scenario=st.sampled_from(SCENARIOS),
    cut=st.sampled_from([0, 0, 0, *range(1, COMMITS_MAX + 1)]),
    stored=st.booleans(),
    meanwhile=st.sampled_from(MEANWHILE),
    before=st.integers(min_value=1, max_value=len(WHOLE_RUN) - 1),
)
histories = st.lists(steps, min_size=10, max_size=22)
CHOSEN = settings(deadline=None, suppress_health_check=[HealthCheck.too_slow, HealthCheck.function_scoped_fixture])


def take(history: History, step: Step) -> None:
    """Take one step of a history, and look at everything after it."""
    single = {
        "owe": lambda: history.owe(step.of, step.gross, credit=step.gross % 5 == 1, discount=step.yes),
        "owe_again": history.owe_again,
        "change_account": lambda: history.change_account(step.of, approve_again=step.yes),
        "propose": history.propose,
        "approve": history.approve,
        "release": history.release,
        "release_oneself": history.release_oneself,
        "discard": lambda: history.discard(RunState.PROPOSED if step.yes else RunState.APPROVED),
        "hand_over": history.hand_over,
        "bank": lambda: history.bank_works(step.scenario, step.gross % 4),
        "collect": history.collect,
        "hear_again": lambda: history.hear_again(step.gross),
        "pay_again": history.pay_again,
    }
    # What comes in is one unit of the rows of this test: cutting it short would say nothing.
    whole = step.what.startswith("owe") or step.what in ("change_account", "bank")
    parts = WHOLE_RUN if step.what == "whole_run" else (step.what,)
    for number, name in enumerate(parts):
        if len(parts) > 1 and step.meanwhile and number == step.before:
            note(f"{step.meanwhile}: {history.step(single[step.meanwhile])}")
            history.check()
        cut = step.cut - number if step.what == "whole_run" and not step.stored else step.cut
        ended = history.step(single[name], cut=0 if whole else max(cut, 0), stored=step.stored)
        note(f"{name}: {ended}")
        history.check()


def live(url: str, script: list[Step]) -> History:
    """Live through a history to its end; return it closed."""
    history = History(url)
    try:
        history.owe("Alpha", 4_000)
        history.owe("Beta", 3_000)
        for step in script:
            take(history, step)
        history.finish()
    finally:
        history.close()
    return history


@pytest.mark.slow
@settings(CHOSEN, max_examples=EXAMPLES)
@given(script=histories)
def test_histories_whatever_happens_then_every_cent_is_in_one_place(tmp_path: Path, script: list[Step]) -> None:
    live(migrated_sqlite(Path(tempfile.mkdtemp(dir=tmp_path)) / "history.sqlite3"), script)


@pytest.mark.slow
@pytest.mark.postgres
@settings(CHOSEN, max_examples=EXAMPLES_POSTGRESQL)
@given(script=histories)
def test_histories_on_postgresql_then_every_cent_is_in_one_place(
    postgres_cluster: PostgresCluster, migrated_postgres: str, script: list[Step]
) -> None:
    with postgres_cluster.fresh_database(template=migrated_postgres) as url:
        live(url, script)
