"""What the workflow of an ERP decides counts as the rules for approvals say, and the four eyes are kept."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import closing
from dataclasses import replace

import pytest

from gateway.adapters.db.unit_of_work import SqlStorage
from gateway.domain.access import Caller, Permission, Role
from gateway.domain.errors import GatewayError
from gateway.domain.ids import PayableId
from gateway.domain.payables.payable import PayableState
from gateway.services.erp.enqueue_bills import EnqueueBills
from gateway.services.erp.take_approval import ErpDecision, TakeApproval, Verdict
from gateway.services.payables.approval_votes import Outcome
from tests.support.approval_desk import ApprovalDesk, HandClock
from tests.support.payable_rows import HERE
from tests.support.storage_rows import new_id

ACCOUNT = "books"
ERP = Caller(*HERE, new_id(), "key:erp", frozenset({Permission.ERP_APPROVALS}))


@pytest.fixture
def desk(database_url: str) -> Iterator[ApprovalDesk]:
    """A store whose rules ask for two people, one of them the approver through whom its ERP speaks."""
    with closing(SqlStorage(database_url, HandClock())) as storage:
        made = ApprovalDesk(storage, bills=EnqueueBills((ACCOUNT,)))
        erp = made.hire("erp-books", Role.APPROVER)
        made.rule(1, name="the ERP", person_ids=(erp.id,))
        made.rule(2, name="two of them")
        yield made


def _take(desk: ApprovalDesk, decision: ErpDecision, account: str = ACCOUNT) -> tuple[str, int]:
    """Return the state the payable is in then, and how many approvals it lacks."""

    def render(outcome: Outcome) -> bytes:
        lacking = sum(one.demand.approvers - one.given for one in outcome.missing)
        return json.dumps([outcome.payable.state.value, lacking]).encode()

    service = TakeApproval(storage=desk.storage, approve=desk.approve, approvers={ACCOUNT: "ERP-books"})
    answer, _ = service.take(ERP, account, decision, render)
    state, lacking = json.loads(answer.body)
    return state, lacking


def _yes(desk: ApprovalDesk, payable_id: PayableId, number: str = "WF-1", user: str = "MEYER") -> ErpDecision:
    digest = desk.read.view(desk.caller("paul"), payable_id).digest
    return ErpDecision(number, Verdict.APPROVED, user, payable_id=str(payable_id), digest=digest)


def _refused(desk: ApprovalDesk, decision: ErpDecision, account: str = ACCOUNT) -> str:
    with pytest.raises(GatewayError) as refused:
        _take(desk, decision, account)
    return refused.value.code


def test_erp_when_it_approves_then_it_is_one_of_the_approvers_and_the_same_again_counts_once(
    desk: ApprovalDesk,
) -> None:
    payable = desk.payable(desk.supplier())
    decision = _yes(desk, payable.id)
    first = _take(desk, decision)
    again = _take(desk, decision)
    other = _refused(desk, replace(decision, id="WF-2", user="SCHULZ"))
    done = desk.vote("paul", payable.id)

    assert first == again == ("matched", 1)
    assert other == "already_approved"
    assert done.payable.state is PayableState.APPROVED
    with desk.storage.read() as unit:
        told = unit.approvals.entries(*HERE, (payable.id,))[payable.id]
    assert [one.reason for one in told if one.actor == "erp-books"] == ["MEYER (books)"]


def test_erp_when_who_decided_there_is_a_person_here_then_both_are_one(desk: ApprovalDesk) -> None:
    payable = desk.payable(desk.supplier())
    clerk = _refused(desk, _yes(desk, payable.id, user="Anna"))
    _take(desk, _yes(desk, payable.id, user="PAUL"))
    with pytest.raises(GatewayError) as twice:
        desk.vote("paul", payable.id)
    done = desk.vote("petra", payable.id)

    assert clerk == "four_eyes_required"
    assert twice.value.code == "already_approved"
    assert done.payable.state is PayableState.APPROVED


def test_erp_when_nobody_is_named_for_it_or_the_content_is_another_then_refused(desk: ApprovalDesk) -> None:
    payable = desk.payable(desk.supplier())
    decision = _yes(desk, payable.id)
    other_account = _refused(desk, decision, "other")
    stale = _refused(desk, replace(decision, digest="0" * 64))
    unseen = _refused(desk, replace(decision, digest=""))
    both = _refused(desk, replace(decision, document_key="a"))
    desk.give_role("erp-books", Role.APPROVER, disabled=True)

    assert (other_account, stale, unseen, both) == (
        "erp_not_an_approver",
        "content_changed",
        "invalid_request",
        "invalid_request",
    )
    assert _refused(desk, decision) == "erp_not_an_approver"


def test_erp_when_it_rejects_the_bill_it_was_told_then_the_payable_ends_and_the_bill_is_taken_back(
    desk: ApprovalDesk,
) -> None:
    payable = desk.payable(desk.supplier())
    _take(desk, _yes(desk, payable.id))
    desk.vote("paul", payable.id)
    with desk.storage.read() as unit:
        [bill] = unit.erp.page(HERE, ACCOUNT, None, 0, 10)
    no = ErpDecision("WF-9", Verdict.REJECTED, "MEYER", document_key=bill.key)
    wordless = _refused(desk, no)
    ended = _take(desk, replace(no, reason="Delivered broken."))

    with desk.storage.read() as unit:
        [after] = unit.erp.page(HERE, ACCOUNT, None, 0, 10)
    assert wordless == "reason_needed"
    assert ended == ("rejected", 0)
    assert after.state == "given_up"
    assert _refused(desk, replace(no, id="WF-10", document_key="none")) == "erp_document_not_found"
