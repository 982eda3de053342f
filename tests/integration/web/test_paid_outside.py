"""Invoices paid by card, in cash or by direct debit: recorded once by somebody who did not approve them, and undone."""

from __future__ import annotations

import uuid
from typing import Any

import pytest

from gateway.domain.access import Role
from gateway.domain.ids import PayableId, PersonId
from gateway.domain.payables.approval import ApprovalEntry, ApprovalKind
from gateway.domain.payables.payable import PayableState, PayableStep
from gateway.services.payables.payable_steps import step_in
from tests.integration.web.test_payables_api import sent
from tests.support.supplier_desk import Desk
from tests.support.web_shop import STORE, TENANT, Shop, new_id

HERE = (TENANT, STORE)


@pytest.fixture
def clerk(any_shop: Shop) -> Desk:
    return Desk.of(any_shop, Role.AP_CLERK)


def _approved(desk: Desk, shop: Shop) -> str:
    """Return an invoice of the API, coded and approved as if by somebody."""
    desk.supplier()
    lines = [{"line_no": 1, "text": "Beans", "price": "100.00", "amount": "100.00", "account_code": "3200"}]
    answer = desk.put(f"/v1/payables/{new_id()}", sent(lines=lines))
    assert answer.status_code == 201, answer.text
    with shop.storage.write() as unit:
        one = unit.payables.lock(*HERE, PayableId(uuid.UUID(answer.json["id"])))
        assert one is not None
        at = shop.clock.now()
        if one.state is not PayableState.MATCHED:
            one = step_in(unit, one, PayableStep.MATCHED, actor="system", at=at)
        step_in(unit, one, PayableStep.APPROVED, actor="boss", at=at)
    return str(one.id)


def _act(desk: Desk, payable: str, what: str, **body: Any) -> Any:
    return desk.post(f"/v1/payables/{payable}/{what}", {"id": str(new_id())} | body)


def _record(desk: Desk, payable: str, **body: Any) -> Any:
    wish = {"way": "card", "paid_on": "2026-03-01", "evidence": "Slip 4711"}
    return _act(desk, payable, "paid-outside", **(wish | body))


def _books(shop: Shop) -> dict[str, int]:
    with shop.storage.read() as unit:
        return {one.account: one.debits_posted - one.credits_posted for one in unit.ledger.balances(*HERE)}


def test_invoice_when_paid_outside_then_owed_no_more_and_when_undone_owed_again(clerk: Desk, any_shop: Shop) -> None:
    payable = _approved(clerk, any_shop)
    owed = next(name for name in _books(any_shop) if name.startswith("payable/"))
    assert _books(any_shop)[owed] == -11_900
    _act(clerk, payable, "hold", kind="on_hold", reason="Paid by card")
    assert 'name="evidence"' in clerk.get(f"/payables/{payable}").text

    told = _record(clerk, payable)

    assert told.status_code == 200, told.text
    assert (told.json["state"], told.json["hold"], told.json["paid"]["amount"]) == ("settled", None, "119.00")
    event = told.json["events"][-1]
    assert (event["step"], event["reason"]) == ("paid_outside", "Slip 4711")
    assert event["detail"] == {"way": "card", "paid_on": "2026-03-01", "amount": "119.00 EUR"}
    assert (_books(any_shop)[owed], _books(any_shop)["paid_outside/card"]) == (0, -11_900)
    assert _record(clerk, payable).json["code"] == "payable_step_refused"
    with any_shop.storage.read() as unit:
        assert unit.payables.payable_now(*HERE) == ()
    page = clerk.get(f"/payables/{payable}").text
    assert "Paid outside of runs" in page
    assert "paid-outside/undo" in page

    back = _act(clerk, payable, "paid-outside/undo", reason="The card was refused")

    assert (back.json["state"], back.json["paid"]["amount"]) == ("approved", "0.00")
    assert (_books(any_shop)[owed], _books(any_shop)["paid_outside/card"]) == (-11_900, 0)
    assert _act(clerk, payable, "paid-outside/undo", reason="Again").json["code"] == "payable_step_refused"
    again = _record(clerk, payable, way="direct_debit")
    assert again.json["state"] == "settled"
    assert _books(any_shop)["paid_outside/direct_debit"] == -11_900


def test_invoice_when_it_cannot_be_recorded_then_refused_and_nothing_changes(clerk: Desk, any_shop: Shop) -> None:
    payable = _approved(clerk, any_shop)
    before = _books(any_shop)

    assert _record(clerk, payable, paid_on="2026-12-31").json["code"] == "paid_in_future"
    assert _record(clerk, payable, evidence=" ").json["code"] == "evidence_missing"
    assert _record(clerk, payable, way="barter").status_code == 400
    assert _act(clerk, payable, "paid-outside/undo", reason="Why not").json["code"] == "payable_step_refused"
    assert _record(clerk, str(new_id())).json["code"] == "payable_not_found"
    me = PersonId(uuid.UUID(clerk.key["X-Person-Id"]))
    with any_shop.storage.write() as unit:
        about, at = PayableId(uuid.UUID(payable)), any_shop.clock.now()
        vote = ApprovalEntry(1, new_id(), about, ApprovalKind.APPROVED, "0" * 64, me, "clerk", at)
        unit.approvals.tell(*HERE, [vote])
    assert _record(clerk, payable).json["code"] == "approver_cannot_record"
    assert _books(any_shop) == before
    assert (
        Desk.of(any_shop, Role.APPROVER)
        .post(
            f"/v1/payables/{payable}/paid-outside",
            {"id": str(new_id()), "way": "cash", "paid_on": "2026-03-01", "evidence": "Till"},
        )
        .status_code
        == 403
    )
