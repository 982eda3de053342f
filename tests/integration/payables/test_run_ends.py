"""The end of a run: done with the last of its payments, told outside once, and still open to a late return."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import date, timedelta
from pathlib import Path

import pytest

from gateway.adapters.db.unit_of_work import SqlStorage
from gateway.domain.errors import RuleError
from gateway.domain.ids import PaymentRunId
from gateway.domain.payables.payment_order import FileState, RunState
from gateway.services.payables.propose_run import RunWish
from tests.support.hears_all import HearsAll
from tests.support.run_rig import CLERK, RunRig
from tests.support.run_rows import HERE, IBANS, TODAY, payable
from tests.support.storage_rows import FixedClock, new_id


@pytest.fixture
def storage(database_url: str) -> Iterator[SqlStorage]:
    opened = SqlStorage(database_url, FixedClock())
    yield opened
    opened.close()


@pytest.fixture
def heard() -> HearsAll:
    return HearsAll()


@pytest.fixture
def rig(storage: SqlStorage, tmp_path: Path, heard: HearsAll) -> RunRig:
    made = RunRig(storage, tmp_path / "bank", announcer=heard)
    made.supplier("Alpha")
    made.supplier("Beta", iban=IBANS[1])
    return made


def _on_its_way(rig: RunRig) -> PaymentRunId:
    made = rig.proposed()
    rig.approved(made.run)
    rig.released(made.run)
    return made.run.id


def _turn(rig: RunRig, days: int) -> None:
    for _ in range(days):
        rig.bank.work(rig.clock.at)
        rig.messages.collect("node-1")
        rig.clock.at += timedelta(days=1)


def _run(rig: RunRig, run_id: PaymentRunId) -> tuple[RunState, list[str]]:
    view = rig.read.one(CLERK, run_id)
    return view.run.state, [one.state.value for one in view.orders]


def test_run_when_its_last_payment_is_settled_then_done_and_each_fact_is_told_once(
    rig: RunRig, heard: HearsAll
) -> None:
    rig.owe(payable("R-1"), payable("B-1", of="Beta"))
    run_id = _on_its_way(rig)
    rig.files.work("node-1")
    assert _run(rig, run_id)[0] is RunState.SENT
    _turn(rig, 4)

    assert _run(rig, run_id) == (RunState.DONE, ["settled", "settled"])
    with rig.storage.read() as unit:
        journal = [one.kind for one in unit.payment_runs.events(*HERE, run_id)]
    assert journal.count("done") == 1
    kinds = heard.kinds()
    assert [one for one in kinds if one.startswith("payment_run.")] == [
        f"payment_run.{step}" for step in ("proposed", "approved", "released", "done")
    ]
    assert kinds.count("payment_order.settled") == 2
    ids = {(one.kind, one.cause_id) for one in heard.heard}
    _turn(rig, 2)
    assert {(one.kind, one.cause_id) for one in heard.heard} == ids


def test_run_when_money_comes_back_later_then_its_payment_is_returned_and_the_run_stays_done(
    rig: RunRig, heard: HearsAll
) -> None:
    rig.owe(payable("R-1"))
    rig.bank.choose("return-all")
    run_id = _on_its_way(rig)
    rig.files.work("node-1")
    seen = []
    for _ in range(8):
        _turn(rig, 1)
        seen.append(_run(rig, run_id))

    assert (RunState.DONE, ["settled"]) in seen
    assert seen[-1] == (RunState.DONE, ["returned"])
    assert "payment_order.returned" in heard.kinds()
    assert heard.kinds().count("payment_run.done") == 1


def test_run_when_the_bank_answers_a_hand_over_nobody_confirmed_then_done_and_nothing_waits(rig: RunRig) -> None:
    """The node ended between the hand-over and its note: what the bank says of the payments is proof enough."""
    rig.owe(payable("R-1"))
    run_id = _on_its_way(rig)
    rig.files.work("node-1")
    with rig.storage.write() as unit:
        run = unit.payment_runs.lock(*HERE, run_id)
        assert run is not None
        (file,) = unit.payment_runs.files(*HERE, run_id)
        unit.payment_runs.set_file_state(run, file, FileState.STARTED, "")
        assert unit.payment_runs.update(replace(run, state=RunState.RELEASED, version=run.version + 1))

    _turn(rig, 4)

    assert _run(rig, run_id) == (RunState.DONE, ["settled"])
    with rig.storage.read() as unit:
        assert unit.payment_runs.waiting_files(*HERE) == ()
    with rig.storage.read() as unit:
        (left,) = unit.payment_runs.files(*HERE, run.id)
    assert left.state is FileState.HANDED_OVER


def test_run_when_the_bank_rejects_all_then_done(rig: RunRig, heard: HearsAll) -> None:
    rig.owe(payable("R-1"))
    rig.bank.choose("reject-account")
    run_id = _on_its_way(rig)
    rig.files.work("node-1")
    _turn(rig, 2)

    assert _run(rig, run_id) == (RunState.DONE, ["rejected"])
    (fate,) = (one for one in heard.heard if one.kind == "payment_order.rejected")
    assert (fate.data["amount"], fate.data["reason_code"]) == ("119.00", "AC01")
    assert fate.subject == f"/v1/payment-orders/{rig.orders(rig.read.one(CLERK, run_id).run)[0].end_to_end_id}"


def test_approve_when_the_own_account_cannot_be_written_then_refused_with_words_and_nothing_taken_out(
    rig: RunRig, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A fault of the whole file is nobody's payment: the run stays, and the account's name and fault are told."""
    rig.owe(payable("R-1"))
    made = rig.proposed()
    wrong = tuple(replace(one, account=replace(one.account, holder="")) for one in rig.desk.own())
    monkeypatch.setattr(rig.desk, "own", lambda: wrong)

    with pytest.raises(RuleError) as refused:
        rig.approved(made.run)

    assert refused.value.code == "own_account_not_writable"
    assert wrong[0].account.name in refused.value.message
    assert "settings" in refused.value.hint
    assert _run(rig, made.run.id) == (RunState.PROPOSED, ["planned"])


def test_proposal_for_a_later_date_then_looks_at_what_is_due_then(rig: RunRig) -> None:
    """On Monday the second nothing is due; for Thursday the fifth the invoice of that day is, and is paid on it."""
    rig.owe(payable("R-1", due=date(2026, 3, 5)))

    today = rig.propose.preview(CLERK, RunWish(TODAY))
    later = rig.proposed(date(2026, 3, 5))

    assert ([one.code for one in today.choice.left_out], today.orders) == (["not_due"], ())
    (order,) = later.orders
    assert order.execute_on == date(2026, 3, 5)
    assert rig.approved(later.run).run.state is RunState.APPROVED


def test_run_of_another_day_then_is_told_for_that_run_only(rig: RunRig, heard: HearsAll) -> None:
    rig.owe(payable("R-1"))
    first = rig.proposed()
    rig.change.discard(CLERK, first.run.id, reason="again")
    second = rig.propose.propose(CLERK, PaymentRunId(new_id()), RunWish(TODAY))

    told = [one.subject for one in heard.heard if one.kind == "payment_run.proposed"]

    assert told == [f"/v1/payment-runs/{one.run.id}" for one in (first, second)]
