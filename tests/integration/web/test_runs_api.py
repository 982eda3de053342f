"""Payment runs over the API: a clerk proposes, a controller approves, a treasurer releases, each only that."""

from __future__ import annotations

import hashlib
import uuid
from dataclasses import replace
from datetime import timedelta
from typing import Any

from gateway.domain.access import Role
from gateway.domain.ids import StoreId, TenantId
from gateway.domain.payables.approval import ApprovalStanding
from gateway.domain.payables.approval_digest import payable_digest
from gateway.domain.payables.payable import Payable
from tests.support import run_rows
from tests.support.bank_loop import CALL_BACK
from tests.support.run_rows import AT, IBANS, TODAY
from tests.support.storage_rows import new_id
from tests.support.supplier_desk import Desk
from tests.support.web_shop import STORE, TENANT, Shop

PLACE = {"tenant_id": TenantId(TENANT), "store_id": StoreId(STORE)}
HERE = (TenantId(TENANT), StoreId(STORE))


def _owed(shop: Shop, *numbers: str) -> tuple[Payable, ...]:
    """Approved invoices of one supplier that were due long ago."""
    due = TODAY - timedelta(days=3)
    account = replace(run_rows.account(iban=IBANS[1]), call_back=CALL_BACK)
    made = tuple(
        replace(run_rows.payable(one, due=due, issued=due - timedelta(days=30)), **PLACE)  # type: ignore[arg-type]  # the place
        for one in numbers
    )
    with shop.storage.write() as unit:
        unit.suppliers.add(replace(run_rows.supplier(), **PLACE))  # type: ignore[arg-type]  # the place
        unit.suppliers.add_account(*HERE, account)
        for one in made:
            unit.payables.add(one)
        standings = [ApprovalStanding(one.id, payable_digest(one, account), True, AT, AT) for one in made]
        unit.approvals.put_standings(*HERE, standings)
    return made


def _run(clerk: Desk, **told: object) -> tuple[str, dict[str, Any]]:
    run_id = str(new_id())
    body = {"run_on": TODAY.isoformat(), **told}
    answer = clerk.put(f"/v1/payment-runs/{run_id}", body)
    return run_id, {"status": answer.status_code, **(answer.json or {})}


def test_run_when_three_people_do_their_part_then_released_with_the_file_that_was_seen(shop: Shop) -> None:
    _owed(shop, "R-1", "R-2")
    clerk, controller, treasurer = (Desk.of(shop, one) for one in (Role.AP_CLERK, Role.CONTROLLER, Role.TREASURER))

    run_id, made = _run(clerk)
    assert made["status"] == 200
    assert [one["amount"]["amount"] for one in made["orders"]] == ["238.00"]
    assert IBANS[1] not in str(made)
    again = clerk.put(f"/v1/payment-runs/{run_id}", {"run_on": made["run_on"]})
    assert again.json == {key: value for key, value in made.items() if key != "status"}

    digest = {"digest": made["digest"]}
    assert clerk.post(f"/v1/payment-runs/{run_id}/approve", digest).status_code == 403
    stale = controller.post(f"/v1/payment-runs/{run_id}/approve", {"digest": "0" * 64})
    assert (stale.status_code, stale.json["code"]) == (409, "content_changed")
    approved = controller.post(f"/v1/payment-runs/{run_id}/approve", digest)
    assert (approved.status_code, approved.json["done"]) == (200, True)
    assert controller.post(f"/v1/payment-runs/{run_id}/release", digest).status_code == 403
    released = treasurer.post(f"/v1/payment-runs/{run_id}/release", digest)
    assert (released.status_code, released.json["run"]["state"]) == (200, "released")

    content = treasurer.get(f"/v1/payment-runs/{run_id}/files/1").data
    assert hashlib.sha256(content).hexdigest() == approved.json["files"][0]["sha256"]
    seen = clerk.get(f"/v1/payment-runs/{run_id}").json
    assert [one["kind"] for one in seen["journal"]] == ["proposed", "approved", "released"]
    listed = clerk.get("/v1/payment-runs").json["data"]
    assert [(one["id"], one["fates"]) for one in listed] == [(run_id, {"planned": 1})]


def test_preview_then_what_is_left_out_says_why_and_nothing_is_stored(shop: Shop) -> None:
    late, other = _owed(shop, "R-1", "R-2")
    clerk = Desk.of(shop, Role.AP_CLERK)
    today = TODAY.isoformat()

    seen = clerk.post("/v1/payment-runs/preview", {"run_on": today, "postponed": [str(other.id)]})

    assert seen.status_code == 200, seen.json
    assert [one["number"] for one in seen.json["orders"][0]["allocations"]] == ["R-1"]
    assert [(one["number"], one["code"]) for one in seen.json["left_out"]] == [("R-2", "postponed")]
    assert clerk.get("/v1/payment-runs").json["data"] == []
    assert late.number == "R-1"


def test_changes_when_asked_then_told_and_refused_after_approval(shop: Shop) -> None:
    first, second = _owed(shop, "R-1", "R-2")
    clerk, controller = Desk.of(shop, Role.AP_CLERK), Desk.of(shop, Role.CONTROLLER)
    run_id, _ = _run(clerk)
    why = {"reason": "goods are late"}

    changed = clerk.post(f"/v1/payment-runs/{run_id}/payables/{second.id}/postpone", why)
    assert changed.json["totals"] == [{"amount": "119.00", "currency": "EUR"}]
    assert clerk.post(f"/v1/payment-runs/{run_id}/payables/{second.id}/take", why).status_code == 200
    order_id = clerk.get(f"/v1/payment-runs/{run_id}").json["orders"][1]["id"]
    assert clerk.post(f"/v1/payment-runs/{run_id}/orders/{order_id}/drop", why).json["fates"] == {
        "cancelled": 1,
        "planned": 1,
    }
    digest = clerk.get(f"/v1/payment-runs/{run_id}").json["digest"]
    controller.post(f"/v1/payment-runs/{run_id}/approve", {"digest": digest})
    refused = clerk.post(f"/v1/payment-runs/{run_id}/payables/{first.id}/postpone", why)
    assert (refused.status_code, refused.json["code"]) == (409, "run_step_refused")
    assert clerk.post(f"/v1/payment-runs/{run_id}/discard", why).json["state"] == "discarded"


def test_wrong_wishes_then_each_says_what_is_wrong(shop: Shop) -> None:
    clerk = Desk.of(shop, Role.AP_CLERK)
    cash = [{"account_id": "other", "amount": {"amount": "1.00", "currency": "EUR"}}]

    for told, code, pointer in (
        ({"run_on": "2026-02-30"}, "invalid_date", "/run_on"),
        ({"cash": cash}, "bank_account_unknown", "/cash/0/account_id"),
        ({}, "nothing_to_pay", None),
    ):
        _, answer = _run(clerk, **told)
        wrong = answer.get("errors", [{}])[0].get("pointer")
        assert (answer["code"], wrong) == (code, pointer)
    missing = clerk.get(f"/v1/payment-runs/{uuid.uuid4()}")
    assert (missing.status_code, missing.json["code"]) == (404, "run_not_found")
    jobs = clerk.get("/v1/dated-jobs").json
    assert jobs["data"] == []
    assert [one["job"] for one in jobs["next"]] == ["end_cooling", "remind_approvers", "propose_run"]
