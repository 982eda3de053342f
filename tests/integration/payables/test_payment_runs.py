"""Payment runs from proposal to release over both databases: what people see is what is paid, or nothing is."""

from __future__ import annotations

import uuid
from collections.abc import Iterator
from dataclasses import replace
from datetime import date, timedelta
from decimal import Decimal
from pathlib import Path

import pytest

from gateway.adapters.db.unit_of_work import SqlStorage
from gateway.domain.errors import GatewayError, NotPermitted, RuleError
from gateway.domain.ids import PayableId, PaymentRunId
from gateway.domain.payables.payable import HoldKind, PayableKind, PaymentHold
from gateway.domain.payables.payable_ledger import payable_account
from gateway.domain.payables.payment_order import OrderState, RunState
from gateway.domain.payables.supplier import DiscountStep
from gateway.ports.unit_of_work import UnitOfWork
from gateway.services.payables.propose_run import RunWish
from tests.support.run_rig import CLERK, CONTROLLER, TREASURER, RunRig
from tests.support.run_rows import AT, HERE, IBANS, TODAY, payable, supplier_id_of
from tests.support.storage_rows import FixedClock, new_id


@pytest.fixture
def storage(database_url: str) -> Iterator[SqlStorage]:
    opened = SqlStorage(database_url, FixedClock())
    yield opened
    opened.close()


@pytest.fixture
def rig(storage: SqlStorage, tmp_path: Path) -> RunRig:
    made = RunRig(storage, tmp_path / "bank")
    made.supplier("Alpha")
    made.supplier("Beta", iban=IBANS[1])
    return made


def test_run_when_all_say_yes_then_the_bank_pays_each_invoice_once_and_the_books_balance(rig: RunRig) -> None:
    owed = rig.owe(payable("R-1"), payable("R-2"), payable("B-1", of="Beta", gross=5_000))
    made = rig.proposed()
    assert [(one.payee.name, one.amount.minor) for one in made.orders] == [("Alpha", 23_800), ("Beta", 5_000)]
    assert rig.states(owed) == ["scheduled"] * 3

    done = rig.approved(made.run)
    assert (done.run.state, len(done.files), done.files[0].orders) == (RunState.APPROVED, 1, 2)
    assert rig.states(owed) == ["in_run"] * 3
    sent = rig.released(made.run)
    assert (sent.run.state, sent.run.released_by) == (RunState.RELEASED, TREASURER.id)
    assert sent.files == done.files

    assert rig.files.work("node-1") == 1
    for _ in range(4):
        rig.bank.work(rig.clock.at)
        rig.messages.collect("node-1")
        rig.clock.at += timedelta(days=1)

    received = [end_to_end_id for end_to_end_id, _, _ in rig.bank.received()]
    assert sorted(received) == sorted(one.end_to_end_id for one in made.orders)
    assert rig.states(owed) == ["settled"] * 3
    balances = rig.balances()
    assert balances[payable_account(supplier_id_of("Alpha"))] == 0
    assert balances["bank/main"] == -28_800
    assert balances["payments_in_transit"] == 0
    assert sum(balances.values()) == 0


def test_credit_note_when_open_then_it_is_taken_off_and_never_more_than_is_paid(rig: RunRig) -> None:
    rig.owe(
        payable("R-1", gross=10_000),
        payable("C-1", gross=3_000, kind=PayableKind.CREDIT_NOTE),
        payable("B-1", of="Beta", gross=1_000),
        payable("B-2", of="Beta", gross=1_000, kind=PayableKind.CREDIT_NOTE),
    )

    made = rig.proposed()

    assert [(one.payee.name, one.amount.minor) for one in made.orders] == [("Alpha", 7_000)]
    assert {one.code for one in made.choice.left_out} == {"covered_by_credit", "no_payment_to_reduce"}


def test_proposal_when_asked_twice_under_one_id_then_the_first_is_told_again(rig: RunRig) -> None:
    rig.owe(payable())
    first = rig.proposed()

    again = rig.propose.propose(CLERK, first.run.id, _wish())

    assert again.run == first.run
    assert again.orders == first.orders
    with pytest.raises(GatewayError) as refused:
        rig.propose.propose(CLERK, first.run.id, _wish(TODAY + timedelta(days=1)))
    assert refused.value.code == "run_id_taken"


def test_daily_proposal_when_tried_again_then_there_is_one_run(rig: RunRig) -> None:
    rig.owe(payable())

    notes = [rig.propose.propose_daily(*HERE, TODAY) for _ in range(2)]

    assert notes == ["run 1: 1 payments"] * 2
    assert rig.propose.propose_daily(*HERE, TODAY + timedelta(days=1)) == "nothing to pay, 0 left out"


def test_preview_then_nothing_is_stored(rig: RunRig) -> None:
    owed = rig.owe(payable())

    seen = rig.propose.preview(CONTROLLER, _wish())

    assert len(seen.orders) == 1
    assert rig.states(owed) == ["approved"]
    assert rig.read.list(CLERK) == ()


def test_discount_when_worth_it_then_it_is_paid_on_the_last_day_for_it(rig: RunRig) -> None:
    """2 percent for ten days, net thirty: one can wait for the run of tomorrow, the other cannot."""
    steps = (DiscountStep(10, Decimal(2)),)
    issued = TODAY - timedelta(days=9)
    waits = issued + timedelta(days=1)
    owed = payable(issued=issued, due=issued + timedelta(days=30), discounts=steps, gross=10_000)
    rig.owe(owed, replace(owed, id=PayableId(new_id()), number="R-2", issued_on=waits))

    made = rig.proposed()

    (order,) = made.orders
    assert [one.code for one in made.choice.left_out] == ["not_due"]
    assert (order.amount.minor, order.allocations[0].discount.minor) == (9_800, 200)
    assert order.execute_on == TODAY


def test_cash_limit_when_it_does_not_reach_then_what_is_left_out_has_its_cost(
    storage: SqlStorage, tmp_path: Path
) -> None:
    rig = RunRig(storage, tmp_path / "bank", reserve_minor=1_000, opening_minor=9_000)
    for name, iban in (("Alpha", IBANS[0]), ("Beta", IBANS[1])):
        rig.supplier(name, iban=iban)
    late, later = payable("R-1", gross=6_000), payable("B-1", of="Beta", gross=5_000)
    rig.owe(late, later)

    made = rig.proposed()

    assert [one.amount.minor for one in made.orders] == [6_000]
    (left,) = made.choice.left_out
    assert (left.payable_id, left.code) == (later.id, "cash_limit")
    assert left.cost is not None
    assert rig.read.one(CLERK, made.run.id).curves[0].days[-1].with_run.minor == 3_000


@pytest.mark.parametrize("change", ["hold", "amount", "account", "supplier", "duplicate"])
def test_approve_when_something_changed_then_the_payment_is_taken_out_and_nobody_has_approved(
    storage: SqlStorage, tmp_path: Path, change: str
) -> None:
    found: dict[PayableId, str] = {}
    rig = RunRig(storage, tmp_path / "bank", stops_now=lambda _, __, ___: found)
    account = rig.supplier("Alpha")
    rig.supplier("Beta", iban=IBANS[1])
    bad, good = rig.owe(payable("R-1"), payable("B-1", of="Beta"))
    made = rig.proposed()
    before = made.run.digest
    if change == "hold":
        rig.changed(bad, lambda one: replace(one, hold=PaymentHold(HoldKind.DISPUTED, "broken", "anna", AT)))
    elif change == "amount":
        rig.changed(bad, lambda one: replace(one, gross=one.gross + one.gross))
    elif change == "duplicate":
        found[bad.id] = "hard_duplicate"
    else:
        with storage.write() as unit:
            if change == "account":
                _move_account(unit, account.id)
            else:
                _block(unit)

    step = rig.approve.approve(CONTROLLER, made.run.id, before)

    codes = {"hold": "disputed", "amount": "not_approved", "account": "account_changed", "supplier": "supplier_blocked"}
    assert [one.reason_code for one in step.taken_out] == [codes.get(change, "hard_duplicate")]
    assert (step.run.state, step.files) == (RunState.PROPOSED, ())
    assert step.run.digest != before
    assert rig.states([bad, good]) == ["approved", "scheduled"]
    with pytest.raises(RuleError) as refused:
        rig.approve.approve(CONTROLLER, made.run.id, before)
    assert refused.value.code == "content_changed"
    assert rig.approved(made.run).run.state is RunState.APPROVED


def test_release_when_something_changed_then_it_is_a_proposal_again_with_other_names(rig: RunRig) -> None:
    bad, good = rig.owe(payable("R-1"), payable("B-1", of="Beta"))
    made = rig.proposed()
    first = rig.approved(made.run)
    rig.changed(bad, lambda one: replace(one, hold=PaymentHold(HoldKind.ON_HOLD, "wait", "anna", AT)))

    step = rig.released(made.run)

    assert (step.run.state, step.run.attempt, step.run.approved_by) == (RunState.PROPOSED, 2, None)
    assert rig.states([bad, good]) == ["approved", "scheduled"]
    assert rig.files.work("node-1") == 0
    second = rig.approved(made.run)
    assert {one.message_id for one in second.files}.isdisjoint(one.message_id for one in first.files)
    ids = {one.end_to_end_id for one in rig.orders(made.run) if one.state is OrderState.PLANNED}
    assert ids.isdisjoint(one.end_to_end_id for one in made.orders)
    assert rig.released(made.run).run.state is RunState.RELEASED


def test_release_when_the_date_is_past_then_it_is_dated_again_and_approved_again(rig: RunRig) -> None:
    rig.owe(payable())
    made = rig.proposed()
    rig.approved(made.run)
    rig.clock.at += timedelta(days=4)  # Friday; after the cut-off the next day is Monday
    rig.clock.at = rig.clock.at.replace(hour=18)

    step = rig.released(made.run)

    assert step.run.state is RunState.PROPOSED
    assert [one.execute_on for one in rig.orders(made.run)] == [date(2026, 3, 9)]
    rig.approved(made.run)
    assert rig.released(made.run).run.state is RunState.RELEASED


def test_people_when_one_would_do_two_things_then_refused(rig: RunRig) -> None:
    rig.owe(payable())
    made = rig.proposed()
    both = replace(CONTROLLER, permissions=CONTROLLER.permissions | TREASURER.permissions)
    owner = replace(CONTROLLER, id=_requested_by(rig))

    with pytest.raises(RuleError, match="bank details"):
        rig.approved(made.run, owner)
    with pytest.raises(NotPermitted):
        rig.approved(made.run, TREASURER)
    rig.approved(made.run, both)
    with pytest.raises(RuleError) as refused:
        rig.released(made.run, both)
    assert refused.value.code == "four_eyes_required"
    assert rig.run(made.run).state is RunState.APPROVED


def test_release_when_the_settings_changed_the_file_then_refused(rig: RunRig, monkeypatch: pytest.MonkeyPatch) -> None:
    rig.owe(payable())
    made = rig.proposed()
    rig.approved(made.run)
    other = replace(rig.desk.account("main"), holder="Somebody Else")
    monkeypatch.setattr(rig.desk, "account", lambda _: other)

    with pytest.raises(RuleError) as refused:
        rig.released(made.run)

    assert refused.value.code == "file_differs"


def test_answers_when_lost_then_the_same_yes_is_told_again(rig: RunRig) -> None:
    rig.owe(payable())
    made = rig.proposed()

    assert rig.approved(made.run) == rig.approved(made.run)
    assert rig.released(made.run) == rig.released(made.run)


def test_changes_when_made_then_the_digest_changes_and_payables_wait(rig: RunRig) -> None:
    first, second, third = rig.owe(payable("R-1"), payable("R-2"), payable("B-1", of="Beta"))
    made = rig.proposed()

    postponed = rig.change.postpone(CLERK, made.run.id, first.id, reason="goods are late")
    assert postponed.digest != made.run.digest
    assert [one.amount.minor for one in rig.orders(made.run)] == [11_900, 11_900]
    dropped = rig.change.drop(CLERK, made.run.id, made.orders[1].id, reason="asked to")
    assert rig.states([first, second, third]) == ["approved", "scheduled", "approved"]
    taken = rig.change.take(CLERK, made.run.id, third.id, reason="asked again")
    assert len({made.run.digest, postponed.digest, dropped.digest, taken.digest}) == 4
    assert rig.states([third]) == ["scheduled"]
    assert rig.approved(made.run).run.state is RunState.APPROVED

    ended = rig.change.discard(CLERK, made.run.id, reason="all wrong")
    assert ended.state is RunState.DISCARDED
    assert rig.states([first, second, third]) == ["approved"] * 3
    assert rig.proposed().run.number == 2


def test_take_when_not_payable_then_says_why(rig: RunRig) -> None:
    held = payable("R-9", due=TODAY + timedelta(days=60))
    rig.owe(payable("R-1"), held)
    made = rig.proposed()
    rig.changed(held, lambda one: replace(one, number="R-9a"))

    with pytest.raises(RuleError, match="not_approved"):
        rig.change.take(CLERK, made.run.id, held.id, reason="early")


def test_run_when_gone_or_elsewhere_then_not_found(rig: RunRig) -> None:
    missing = PaymentRunId(new_id())

    for ask in (
        lambda: rig.approve.approve(CONTROLLER, missing, "0" * 64),
        lambda: rig.release.release(TREASURER, missing, "0" * 64),
        lambda: rig.change.discard(CLERK, missing, reason="why"),
        lambda: rig.read.one(CLERK, missing),
    ):
        with pytest.raises(GatewayError) as refused:
            ask()
        assert refused.value.code == "run_not_found"


def _wish(run_on: date = TODAY) -> RunWish:
    return RunWish(run_on)


def _requested_by(rig: RunRig) -> uuid.UUID:
    with rig.storage.read() as unit:
        return unit.suppliers.effective_accounts(*HERE, [supplier_id_of("Alpha")])[supplier_id_of("Alpha")].requested_by


def _move_account(unit: UnitOfWork, account_id: uuid.UUID) -> None:
    now = unit.suppliers.accounts(*HERE, supplier_id_of("Alpha"))[0]
    assert now.id == account_id
    assert unit.suppliers.update_account(*HERE, replace(now, iban=IBANS[2], version=now.version + 1))


def _block(unit: UnitOfWork) -> None:
    now = unit.suppliers.load(*HERE, supplier_id_of("Alpha"))
    assert now is not None
    assert unit.suppliers.update(replace(now, blocked="fraud", version=now.version + 1))
