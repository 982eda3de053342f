"""What always holds of histories notices a gateway that is careless in one way: each guard is taken out once.

That an invoice is in one living payment is guarded twice: where the services are careless, the database still refuses.
So its own rule is taken out, too, before a careless gateway can pay twice.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Iterator
from contextlib import closing
from dataclasses import replace
from pathlib import Path

import pytest

from gateway.domain.access import Caller
from gateway.domain.payables.payable import PayableState
from gateway.domain.payables.payment_order import RunState
from gateway.ports.payable_store import PayableWish
from gateway.services.payables import check_run, propose_run, release_run
from gateway.services.payables.reissue_payment import ReissueWish
from gateway.services.payables.run_desk import locked_run
from tests.support.migrated import migrated_sqlite
from tests.support.payable_histories import ANSWERS, MANY, History
from tests.support.run_rows import HERE
from tests.support.storage_rows import new_id

Script = Callable[[History], None]
Mutant = Callable[[pytest.MonkeyPatch, History], None]


@pytest.fixture
def history(tmp_path: Path) -> Iterator[History]:
    """A store that owes one invoice."""
    with closing(History(migrated_sqlite(tmp_path / "history.sqlite3"))) as found:
        found.owe("Alpha", 4_000)
        yield found


def _take(history: History, *steps: Callable[[], None]) -> None:
    for step in steps:
        history.step(step)
        history.check()


def _pay(history: History, release: Callable[[], None] | None = None) -> None:
    _take(history, history.propose, history.approve, release or history.release, history.hand_over)
    _take(history, lambda: history.bank_works("slow", 0), history.collect)


def _to_another_account(history: History) -> None:
    history.change_account("Alpha", approve_again=False)
    _pay(history)


def _by_one_person(history: History) -> None:
    _pay(history, history.release_oneself)


def _in_two_runs(history: History) -> None:
    _take(history, history.propose, history.propose)


def _again_before_an_answer(history: History) -> None:
    _pay(history)
    with history.storage.read() as unit:
        runs = unit.payment_runs.list(*HERE, states=tuple(RunState), before=None, limit=MANY)
        [order] = [one for run in runs for one in unit.payment_runs.orders(*HERE, run.id)]
    wish = ReissueWish(new_id(), order.end_to_end_id, "The supplier asks for it.")
    history.step(lambda: history.reissue.reissue(ANSWERS, wish))
    _pay(history)


def _approvals_not_looked_up(patch: pytest.MonkeyPatch, _history: History) -> None:
    for module in (check_run, propose_run):
        patch.setattr(module, "still_approved_in", lambda _unit, payables, _accounts: {one.id for one in payables})


def _approver_forgotten(patch: pytest.MonkeyPatch, _history: History) -> None:
    patch.setattr(release_run, "locked_run", lambda *place: replace(locked_run(*place), approved_by=new_id()))


def _without_the_rule_of_the_database(history: History) -> None:
    with closing(sqlite3.connect(history.url.removeprefix("sqlite:///"))) as connection:
        connection.execute("DROP INDEX uq_payment_allocation_living")


def _payables_not_claimed(patch: pytest.MonkeyPatch, history: History) -> None:
    _without_the_rule_of_the_database(history)
    patch.setattr(propose_run, "steps_in", lambda _unit, payables, *_more, **_told: tuple(payables))


def _freed_without_proof(patch: pytest.MonkeyPatch, history: History) -> None:
    _without_the_rule_of_the_database(history)

    def careless(_caller: Caller, _wish: ReissueWish) -> None:
        with history.storage.write() as unit:
            for one in unit.payables.list(*HERE, PayableWish(), before=None, limit=MANY):
                freed = replace(one, state=PayableState.APPROVED, hold=None, version=one.version + 1)
                assert unit.payables.update(freed)

    patch.setattr(history.reissue, "reissue", careless)


CARELESS = [
    (_approvals_not_looked_up, _to_another_account, "went to an account it was not approved for"),
    (_approver_forgotten, _by_one_person, "a payment left that nobody"),
    (_payables_not_claimed, _in_two_runs, "an invoice is in two living payments"),
    (_freed_without_proof, _again_before_an_answer, "an invoice is in two living payments"),
]


@pytest.mark.parametrize(("mutant", "script", "words"), CARELESS)
def test_careless_gateway_then_noticed(
    history: History, monkeypatch: pytest.MonkeyPatch, mutant: Mutant, script: Script, words: str
) -> None:
    mutant(monkeypatch, history)

    with pytest.raises(AssertionError, match=words):
        script(history)


@pytest.mark.parametrize("script", [script for _, script, _ in CARELESS])
def test_careful_gateway_with_the_same_steps_then_everything_holds(history: History, script: Script) -> None:
    script(history)

    history.finish()
