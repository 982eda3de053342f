"""The screens of payment runs: with a run, without one, and only for those who may look."""

from __future__ import annotations

from dataclasses import replace
from zoneinfo import ZoneInfo

from gateway.domain.access import Role
from gateway.domain.payables.payable import HoldKind, Payable, PaymentHold
from gateway.web.container import EXTENSION
from tests.integration.web.test_runs_api import HERE, _owed, _run
from tests.support.run_rows import AT, TODAY
from tests.support.supplier_desk import Desk
from tests.support.web_shop import Shop


def test_screens_when_there_is_a_run_then_each_person_sees_what_they_may_do(shop: Shop) -> None:
    _owed(shop, "R-1")
    clerk, controller, treasurer = (Desk.of(shop, one) for one in (Role.AP_CLERK, Role.CONTROLLER, Role.TREASURER))
    assert "No payment run yet" in clerk.get("/payment-runs").text
    run_id, made = _run(clerk)

    assert f"/payment-runs/{run_id}" in clerk.get("/payment-runs").text
    seen = {name: desk.get(f"/payment-runs/{run_id}").text for name, desk in (("clerk", clerk), ("ctl", controller))}
    assert made["digest"] in seen["ctl"]
    assert "approve-dialog" in seen["ctl"]
    assert "approve-dialog" not in seen["clerk"]
    assert "polyline" in seen["clerk"]
    controller.post(f"/v1/payment-runs/{run_id}/approve", {"digest": made["digest"]})
    released = treasurer.get(f"/payment-runs/{run_id}").text
    assert "release-dialog" in released
    assert "SHA-256" in released
    assert "Nothing has run yet" in clerk.get("/payment-runs/jobs").text


def test_moments_when_shown_then_by_the_clock_of_the_shop(shop: Shop) -> None:
    settings = replace(shop.container.settings, zone=ZoneInfo("Asia/Tokyo"))
    shop.app.extensions[EXTENSION] = replace(shop.container, settings=settings)
    _owed(shop, "R-1")
    clerk = Desk.of(shop, Role.AP_CLERK)
    run_id, _ = _run(clerk)

    page = clerk.get(f"/payment-runs/{run_id}").text

    assert '+09:00" class="nowrap"' in page
    assert '+00:00" class="nowrap"' not in page


def test_screen_when_the_run_is_not_there_or_nobody_may_then_told(shop: Shop) -> None:
    clerk, cashier = Desk.of(shop, Role.AP_CLERK), Desk.of(shop, Role.CASHIER)

    assert clerk.get("/payment-runs/not-an-id").status_code == 404
    assert cashier.get("/payment-runs").status_code == 403


def test_screen_when_an_invoice_is_postponed_or_left_out_then_it_can_be_taken_in_again(shop: Shop) -> None:
    first, second = _owed(shop, "R-1", "R-2")
    clerk = Desk.of(shop, Role.AP_CLERK)
    run_id, _ = _run(clerk)
    page = f"/payment-runs/{run_id}"
    take, postpone = (f"/v1{page}/payables/{first.id}/{step}" for step in ("take", "postpone"))
    before = clerk.get(page).text
    assert (take in before, postpone in before) == (False, True)
    assert f"/v1{page}/payables/{second.id}/postpone" in before

    assert clerk.post(postpone, {"reason": "goods are late"}).status_code == 200
    seen = clerk.get(page).text
    assert (take in seen, postpone in seen) == (True, False)
    assert "goods are late" in seen
    assert "postponed by hand" in seen
    assert take not in Desk.of(shop, Role.CONTROLLER).get(page).text

    assert clerk.post(take, {"reason": "they are here"}).status_code == 200
    assert take not in clerk.get(page).text


def test_preview_page_when_little_is_due_then_says_of_each_why(shop: Shop) -> None:
    _owed(shop, "R-1")
    clerk = Desk.of(shop, Role.AP_CLERK)
    empty = clerk.get("/payment-runs/preview?run_on=2026-01-05").text
    assert clerk.get("/payment-runs/preview?run_on=never").status_code == 404
    assert "would pay" in empty
    assert "data-propose" in empty
    with shop.storage.write() as unit:
        held = _owed_now(shop)
        hold = PaymentHold(HoldKind.DISPUTED, "broken", "anna", AT)
        assert unit.payables.update(replace(held, hold=hold, version=held.version + 1))

    seen = clerk.get(f"/payment-runs/preview?run_on={TODAY.isoformat()}").text

    assert "There is nothing to pay in this run" in seen
    assert "disputed" in seen
    assert "data-propose" not in seen
    assert "No payment run yet" in clerk.get("/payment-runs").text


def test_jobs_page_then_tells_what_comes_next(shop: Shop) -> None:
    seen = Desk.of(shop, Role.AP_CLERK).get("/payment-runs/jobs").text

    for words in ("Accounts that are no longer new", "Reminders to approvers", "Proposal of payments", "due now"):
        assert words in seen


def _owed_now(shop: Shop) -> Payable:
    with shop.storage.read() as unit:
        (found,) = unit.payables.payable_now(*HERE)
    return found
