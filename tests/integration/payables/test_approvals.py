"""Approvals over real storage: who counts, what binds, what voids, what is asked, what is stopped."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, date, timedelta, timezone
from pathlib import Path

import pytest

from gateway.adapters.db.unit_of_work import SqlStorage
from gateway.domain.access import Role
from gateway.domain.errors import GatewayError, InputError, NotPermitted, RuleError
from gateway.domain.ids import PayableId
from gateway.domain.money import Money
from gateway.domain.payables.approval import ApprovalKind, ApprovalLimit
from gateway.domain.payables.payable import PayableState, PayableStep
from gateway.domain.payables.signs import Risk, SignKind
from gateway.services.payables.approval_digest import still_approved_in, void_approvals_in
from gateway.services.payables.approval_people import ApprovalPolicy
from gateway.services.payables.find_signs import FindSigns
from tests.support.approval_desk import START, ApprovalDesk, HandClock
from tests.support.migrated import migrated_sqlite
from tests.support.payable_rows import EUR, HERE
from tests.support.storage_rows import new_id

OTHER_IBAN = "DE02500105170137075030"


@pytest.fixture
def storage(tmp_path: Path) -> Iterator[SqlStorage]:
    """An empty, migrated database on SQLite."""
    opened = SqlStorage(migrated_sqlite(tmp_path / "desk.sqlite3"), HandClock())
    yield opened
    opened.close()


@pytest.fixture
def desk(storage: SqlStorage) -> ApprovalDesk:
    """A store with a clerk and three approvers."""
    return ApprovalDesk(storage)


def _code(error: pytest.ExceptionInfo[GatewayError]) -> str:
    return error.value.code


def test_payable_when_the_usual_number_approves_then_it_is_approved_and_says_by_whom(desk: ApprovalDesk) -> None:
    payable = desk.payable(desk.supplier())
    assert payable.state is PayableState.MATCHED

    outcome = desk.vote("paul", payable.id)

    assert outcome.counted
    assert outcome.payable.state is PayableState.APPROVED
    with desk.storage.read() as unit:
        last = unit.payables.events(*HERE, payable.id)[-1]
        assert last.step is PayableStep.APPROVED
        assert last.detail is not None
        assert last.detail["people"] == "paul"
        assert still_approved_in(unit, (outcome.payable,)) == {payable.id}


def test_clerk_when_she_approves_then_the_permission_lacks_even_for_others_invoices(desk: ApprovalDesk) -> None:
    payable = desk.payable(desk.supplier(), created_by="paul")

    with pytest.raises(NotPermitted):
        desk.vote("anna", payable.id)


@pytest.mark.parametrize("hand", ["created", "changed", "account"])
def test_approver_when_he_had_a_hand_in_it_then_somebody_else_has_to(desk: ApprovalDesk, hand: str) -> None:
    supplier = desk.supplier()
    payable = desk.payable(supplier, created_by="paul" if hand == "created" else "anna")
    if hand == "changed":
        desk.change(payable.id, actor="paul", due_on=date(2026, 4, 30))
    if hand == "account":
        desk.account(supplier, OTHER_IBAN, requested_by=desk.people["paul"].id)

    with pytest.raises(RuleError) as error:
        desk.vote("paul", payable.id)

    assert _code(error) == "four_eyes_required"
    assert desk.vote("petra", payable.id).payable.state is PayableState.APPROVED


def test_digest_when_the_content_is_another_then_the_vote_is_refused(desk: ApprovalDesk) -> None:
    supplier = desk.supplier()
    payable = desk.payable(supplier)
    seen = desk.read.view(desk.caller("paul"), payable.id).digest
    desk.account(supplier, OTHER_IBAN)

    with pytest.raises(RuleError) as error:
        desk.vote("paul", payable.id, digest=seen)

    assert _code(error) == "content_changed"
    assert desk.load(payable.id).state is PayableState.MATCHED


def test_rule_when_it_asks_for_two_then_one_person_twice_is_one(desk: ApprovalDesk) -> None:
    desk.rule(2, currency="EUR", from_minor=10_000)
    payable = desk.payable(desk.supplier())

    first = desk.vote("paul", payable.id)
    assert first.payable.state is PayableState.MATCHED
    assert [(one.given, one.demand.approvers) for one in first.missing] == [(1, 2)]
    with pytest.raises(RuleError) as error:
        desk.vote("paul", payable.id)
    assert _code(error) == "already_approved"

    assert desk.vote("petra", payable.id).payable.state is PayableState.APPROVED


def test_rules_when_several_fit_then_all_of_them_are_asked(desk: ApprovalDesk) -> None:
    desk.rule(1, name="everything")
    desk.rule(1, name="chief", person_ids=(desk.people["pia"].id,))
    payable = desk.payable(desk.supplier())

    assert desk.vote("paul", payable.id).payable.state is PayableState.MATCHED
    assert desk.vote("pia", payable.id).payable.state is PayableState.APPROVED


def test_approval_when_nobody_asks_for_it_then_it_is_refused(desk: ApprovalDesk) -> None:
    desk.rule(1, person_ids=(desk.people["pia"].id,))
    payable = desk.payable(desk.supplier())

    with pytest.raises(RuleError) as error:
        desk.vote("paul", payable.id)

    assert _code(error) == "approval_not_asked"


def test_rule_of_nobody_when_a_sign_needs_a_person_then_one_is_asked_all_the_same(desk: ApprovalDesk) -> None:
    desk.rule(0)
    plain = desk.payable(desk.supplier())
    odd = desk.payable(desk.supplier("70002", iban=OTHER_IBAN), "RE-9", printed_iban="DE89370400440532013000")

    assert plain.state is PayableState.APPROVED
    assert odd.state is PayableState.MATCHED


def test_cooling_period_when_the_account_is_new_then_one_more_is_asked(desk: ApprovalDesk) -> None:
    supplier = desk.supplier(iban="")
    desk.account(supplier, OTHER_IBAN, cooling_until=START.date() + timedelta(days=3))
    payable = desk.payable(supplier)

    assert desk.vote("paul", payable.id).payable.state is PayableState.MATCHED
    assert desk.vote("petra", payable.id).payable.state is PayableState.APPROVED


@pytest.mark.parametrize(("hours_east", "cools"), [(0, True), (10, False), (14, False), (-10, True)])
def test_cooling_period_then_it_ends_with_the_day_of_the_shop(
    desk: ApprovalDesk, hours_east: int, *, cools: bool
) -> None:
    supplier = desk.supplier(iban="")
    desk.account(supplier, OTHER_IBAN, cooling_until=START.date())
    payable = desk.payable(supplier)
    evening = START.replace(hour=20)
    signs = FindSigns(desk.limits, zone=timezone(timedelta(hours=hours_east)))

    with desk.storage.read() as unit:
        found = signs.look_in(unit, payable, at=evening)

    assert (SignKind.COOLING in {one.kind for one in found.signs}) is cools


def test_content_when_changed_after_approval_then_everybody_is_asked_again(desk: ApprovalDesk) -> None:
    payable = desk.payable(desk.supplier())
    desk.vote("paul", payable.id)

    changed = desk.change(payable.id, due_on=date(2026, 5, 1))

    assert changed.state is PayableState.MATCHED
    with desk.storage.read() as unit:
        assert not still_approved_in(unit, (changed,))
        told = unit.approvals.entries(*HERE, (payable.id,))[payable.id]
    assert [one.kind for one in told] == [ApprovalKind.APPROVED, ApprovalKind.GRANTED, ApprovalKind.VOIDED]


def test_content_when_changed_and_changed_back_then_the_old_votes_do_not_count(desk: ApprovalDesk) -> None:
    desk.rule(2)
    payable = desk.payable(desk.supplier())
    desk.vote("paul", payable.id)

    desk.change(payable.id, due_on=date(2026, 5, 1))
    desk.change(payable.id, due_on=payable.due_on)

    assert desk.vote("petra", payable.id).payable.state is PayableState.MATCHED
    assert desk.vote("paul", payable.id).payable.state is PayableState.APPROVED


def test_account_when_changed_then_every_approval_of_the_supplier_is_void(desk: ApprovalDesk) -> None:
    supplier = desk.supplier()
    payables = [desk.payable(supplier, f"RE-{number}", 10_000 + number) for number in range(3)]
    for one in payables[:2]:
        desk.vote("paul", one.id)
    desk.account(supplier, OTHER_IBAN)

    with desk.storage.write() as unit:
        at = desk.clock.now()
        voided = void_approvals_in(unit, *HERE, supplier.id, actor="mia", at=at, reason="new account")

    assert {one.id for one in voided} == {one.id for one in payables[:2]}
    assert {desk.load(one.id).state for one in payables} == {PayableState.MATCHED}


def test_payable_in_a_run_when_the_account_changes_then_it_stays_and_is_not_approved_any_more(
    desk: ApprovalDesk,
) -> None:
    supplier = desk.supplier()
    payable = desk.payable(supplier)
    approved = desk.vote("paul", payable.id).payable
    with desk.storage.write() as unit:
        scheduled = replace(approved, state=PayableState.SCHEDULED, version=approved.version + 1)
        assert unit.payables.update(scheduled)
    desk.account(supplier, OTHER_IBAN)

    with desk.storage.write() as unit:
        void_approvals_in(unit, *HERE, supplier.id, actor="mia", at=desk.clock.now(), reason="new account")

    assert desk.load(payable.id).state is PayableState.SCHEDULED
    with desk.storage.read() as unit:
        assert not still_approved_in(unit, (scheduled,))


def test_voter_when_he_may_approve_no_longer_then_his_vote_does_not_count(desk: ApprovalDesk) -> None:
    desk.rule(2)
    payable = desk.payable(desk.supplier())
    desk.vote("paul", payable.id)
    desk.give_role("paul", Role.APPROVER, disabled=True)

    assert desk.vote("petra", payable.id).payable.state is PayableState.MATCHED
    assert desk.vote("pia", payable.id).payable.state is PayableState.APPROVED


def test_delegate_when_he_approves_for_another_then_both_are_one_person(desk: ApprovalDesk) -> None:
    desk.rule(2)
    payable = desk.payable(desk.supplier())
    desk.delegation("paul", "petra")

    desk.vote("petra", payable.id, for_login="paul")

    for login in ("paul", "petra"):
        with pytest.raises(RuleError) as error:
            desk.vote(login, payable.id)
        assert _code(error) == "already_approved"
    assert desk.vote("pia", payable.id).payable.state is PayableState.APPROVED


def test_delegation_when_it_is_passed_on_or_out_of_its_days_then_it_does_not_hold(desk: ApprovalDesk) -> None:
    payable = desk.payable(desk.supplier())
    desk.delegation("paul", "petra")
    desk.delegation("petra", "pia", START.date() + timedelta(days=9))

    for login, for_login in (("pia", "paul"), ("pia", "petra"), ("paul", "petra")):
        with pytest.raises(RuleError) as error:
            desk.vote(login, payable.id, for_login=for_login)
        assert _code(error) == "delegation_not_in_force"


def test_delegate_of_who_entered_it_then_four_eyes_are_missing(desk: ApprovalDesk) -> None:
    payable = desk.payable(desk.supplier(), created_by="paul")
    desk.delegation("paul", "petra")

    with pytest.raises(RuleError) as error:
        desk.vote("petra", payable.id)

    assert _code(error) == "four_eyes_required"


def test_two_logins_when_they_are_one_person_then_one_vote(storage: SqlStorage) -> None:
    policy = ApprovalPolicy(usual_approvers=2, emergency=True, one_person=(("Paul", "petra"),), zone=UTC)
    desk = ApprovalDesk(storage, policy)
    payable = desk.payable(desk.supplier())
    desk.vote("paul", payable.id)

    with pytest.raises(RuleError) as error:
        desk.vote("petra", payable.id)

    assert _code(error) == "already_approved"


def test_limit_when_passed_by_one_or_by_the_day_then_somebody_else_has_to(desk: ApprovalDesk) -> None:
    limit = ApprovalLimit(desk.people["paul"].id, "EUR", Money(20_000, EUR), Money(25_000, EUR))
    desk.rules.limit(desk.caller("ada"), limit)
    supplier = desk.supplier()
    large, first, second = (desk.payable(supplier, f"RE-{gross}", gross) for gross in (20_001, 15_000, 12_000))

    with pytest.raises(RuleError) as error:
        desk.vote("paul", large.id)
    assert _code(error) == "approval_limit_exceeded"
    desk.vote("paul", first.id)
    with pytest.raises(RuleError) as error:
        desk.vote("paul", second.id)
    assert _code(error) == "approval_limit_exceeded"
    assert "270.00 EUR" in error.value.message

    desk.clock.at += timedelta(days=1)
    assert desk.vote("paul", second.id).payable.state is PayableState.APPROVED


def test_emergency_when_one_approves_alone_then_another_reviews_it(desk: ApprovalDesk) -> None:
    desk.rule(3)
    payable = desk.payable(desk.supplier())
    with pytest.raises(InputError):
        desk.vote_alone("paul", payable.id, reason=" ")

    assert desk.vote_alone("paul", payable.id).payable.state is PayableState.APPROVED
    listed = desk.read.emergencies(desk.caller("petra"))
    assert [(one.id, entry.reason) for one, entry in listed] == [(payable.id, "The ship leaves today.")]

    with pytest.raises(RuleError):
        desk.read.review(desk.caller("paul"), new_id(), payable.id, "mine")
    desk.read.review(desk.caller("petra"), new_id(), payable.id, "The ship did leave.")
    assert desk.read.emergencies(desk.caller("petra")) == ()


def test_emergency_when_he_had_a_hand_in_it_or_the_shop_wants_none_then_refused(storage: SqlStorage) -> None:
    desk = ApprovalDesk(storage)
    payable = desk.payable(desk.supplier(), created_by="paul")
    with pytest.raises(RuleError) as error:
        desk.vote_alone("paul", payable.id)
    assert _code(error) == "four_eyes_required"

    strict = replace(desk.policy, emergency=False)
    desk.approve.policy = strict
    with pytest.raises(RuleError) as error:
        desk.vote_alone("petra", payable.id)
    assert _code(error) == "emergency_not_allowed"


def test_rejection_then_it_ends_with_the_words_of_who_rejected(desk: ApprovalDesk) -> None:
    payable = desk.payable(desk.supplier())

    assert desk.reject("paul", payable.id, "Never ordered.").payable.state is PayableState.REJECTED

    with desk.storage.read() as unit:
        assert unit.payables.events(*HERE, payable.id)[-1].reason == "Never ordered."
    with pytest.raises(RuleError):
        desk.vote("petra", payable.id)


def test_copy_when_it_comes_then_it_is_stopped_and_the_first_one_is_not(desk: ApprovalDesk) -> None:
    supplier = desk.supplier()
    first = desk.payable(supplier, "RE 2026-0017", 50_000)
    copy = desk.payable(supplier, "re2026/17", 50_000)

    assert copy.state is PayableState.DUPLICATE_SUSPECT
    assert desk.settle(first.id).state is PayableState.MATCHED
    with desk.storage.read() as unit:
        found = unit.approvals.found_signs(*HERE, (copy.id,))[copy.id]
    assert found.risk is Risk.HIGH
    assert found.signs[0].kind is SignKind.HARD_DUPLICATE
    assert found.signs[0].values["number"] == "RE 2026-0017"


def test_copy_when_it_comes_between_showing_and_saying_yes_then_the_vote_stops_it(desk: ApprovalDesk) -> None:
    """The copy is stored by two requests at once, so that neither saw the other."""
    supplier = desk.supplier()
    copy = desk.payable(supplier, "RE-17", 50_000)
    with desk.storage.write() as unit:
        first = replace(copy, id=PayableId(new_id()), created_at=copy.created_at - timedelta(minutes=1))
        unit.payables.add(first)

    outcome = desk.vote("paul", copy.id)

    assert not outcome.counted
    assert outcome.payable.state is PayableState.DUPLICATE_SUSPECT


def test_signs_now_when_a_copy_is_paid_or_an_account_gone_then_they_are_told_for_many_at_once(
    desk: ApprovalDesk,
) -> None:
    supplier, without = desk.supplier(), desk.supplier("70002", iban="")
    good = desk.payable(supplier, "RE-1", 10_000)
    unpaid = desk.payable(without, "RE-2", 20_000)
    copy = desk.payable(supplier, "RE-3", 30_000)
    with desk.storage.write() as unit:
        paid = replace(copy, id=PayableId(new_id()), state=PayableState.SENT, created_at=desk.clock.now())
        unit.payables.add(paid)

    with desk.storage.read() as unit:
        found = desk.signs.signs_now_in(unit, (good, unpaid, copy))

    assert {one: [sign.kind for sign in signs] for one, signs in found.items()} == {
        unpaid.id: [SignKind.ACCOUNT_MISSING],
        copy.id: [SignKind.HARD_DUPLICATE],
    }
