"""Money in doubt: amber, honest, and out of doubt by evidence or by a manager with a reason."""

from __future__ import annotations

from playwright.sync_api import expect

from tests.e2e.conftest import OpenAs
from tests.e2e.gateway_process import GatewayProcess
from tests.e2e.till_page import STATE_LIMIT_MS, TillPage


def test_line_lost_after_booking_is_unknown_then_paid_when_the_line_is_back(till: TillPage) -> None:
    till.charge("4200", "line_lost_before_status")
    till.pay_with_pin()
    till.expect_state("unknown")
    expect(till.outcome).to_contain_text("Do not charge again.")
    expect(till.outcome.locator("[data-steps] li")).not_to_have_count(0)
    expect(till.page.locator('[data-action="next"]')).to_have_count(0)

    till.press_terminal("line")

    till.expect_state("approved")
    till.open(f"/payments/{till.payment_id()}")
    expect(till.page.get_by_text("the terminal, asked afterwards")).to_be_visible()


def test_line_lost_before_booking_turns_out_not_charged(till: TillPage) -> None:
    till.charge("4300", "line_lost_before_booking")
    till.pay_with_pin()
    till.expect_state("unknown")

    till.press_terminal("line")

    till.expect_state("not_charged")
    expect(till.outcome).to_contain_text("Nothing was charged")


def test_unknown_outcome_is_decided_by_a_manager_with_a_reason(till: TillPage, open_as: OpenAs) -> None:
    """A cashier sees what is known and cannot decide; a manager sees the evidence and must give a reason."""
    till.charge("4400", "line_lost_before_status")
    till.pay_with_pin()
    till.expect_state("unknown")
    payment = till.payment_id()
    cashier = open_as("cashier")
    cashier.open(f"/payments/{payment}")
    expect(cashier.page.locator("[data-form=decide]")).to_have_count(0)
    expect(cashier.outcome).to_contain_text("A manager can decide this")
    cashier.open("/board")
    expect(cashier.page.locator(".unsettled")).to_contain_text("44.00")
    cashier.page.locator(f'.unsettled a[href="/payments/{payment}"]').click()
    cashier.page.wait_for_url(f"**/payments/{payment}")

    till.page.locator("#decide > summary").click()
    expect(till.page.locator(".evidence")).to_contain_text("44.00")
    till.page.get_by_role("button", name="Decide for good").click()
    till.expect_focused("paid")
    till.page.get_by_label("Paid", exact=True).check()
    till.page.get_by_label("What proves it?").fill("Receipt 12 of the terminal shows 44.00")
    till.page.get_by_role("button", name="Decide for good").click()

    till.expect_state("approved")
    cashier.expect_state("approved")
    cashier.open(f"/payments/{payment}")
    expect(cashier.page.get_by_text("decided by a person")).to_be_visible()
    expect(cashier.page.get_by_text("Receipt 12 of the terminal shows 44.00").first).to_be_visible()


def test_what_a_manager_types_survives_the_next_step_of_the_payment(till: TillPage) -> None:
    till.charge("4500", "line_lost_before_status")
    till.pay_with_pin()
    till.expect_state("unknown")
    till.page.locator("#decide > summary").click()
    reason = till.page.get_by_label("What proves it?")
    reason.fill("half a sentence")
    steps = till.outcome.locator("[data-steps] li").count()

    with till.page.expect_response(lambda answer: answer.url.endswith("/ask") and answer.ok):
        till.page.locator('[data-action="ask"]').click()

    expect(till.outcome.locator("[data-steps] li")).to_have_count(steps + 1, timeout=STATE_LIMIT_MS)
    expect(reason).to_have_value("half a sentence")
    till.press_terminal("line")
    till.expect_state("approved")


def test_terminal_that_answers_but_cannot_tell_is_left_open_and_decided_with_proof(
    till: TillPage, open_as: OpenAs, gateway: GatewayProcess
) -> None:
    """The terminal is heard again without its memory: the till sells on, the doubt waits for a manager."""
    till.charge("1000")
    till.pay_with_pin()
    till.expect_state("approved")
    till.page.keyboard.press("Enter")
    till.charge("4700", "line_lost_before_status")
    till.pay_with_pin()
    till.expect_state("unknown")
    payment = till.payment_id()
    expect(till.page.locator('[data-action="leave"]')).to_have_count(0)

    till.may_fail = ("Failed to load resource", "Failed to fetch", "htmx:error", "ERR_")
    gateway.restart_with_an_empty_terminal()

    expect(till.outcome).to_contain_text("was asked and could not say", timeout=STATE_LIMIT_MS)
    expect(till.outcome).to_contain_text("does not prove what became of this payment")
    expect(till.outcome.locator("[data-steps]")).to_contain_text("no longer holds the transaction known before")
    assert till.hindrances_in_any_light() == []
    till.page.keyboard.press("l")
    till.expect_sale()
    till.charge("500")
    till.pay_with_pin()
    till.expect_state("approved")

    manager = open_as("manager")
    manager.open("/board")
    manager.page.locator(f'.unsettled a[href="/payments/{payment}"]').click()
    manager.expect_state("unknown")
    manager.page.locator("#decide > summary").click()
    expect(manager.page.locator(".evidence")).to_contain_text("47.00")
    expect(manager.page.locator(".evidence")).to_contain_text("Nothing that belongs to a payment")
    manager.page.get_by_label("Not paid", exact=True).check()
    manager.page.get_by_label("What proves it?").fill("The bank shows no such card payment")
    manager.page.get_by_role("button", name="Decide for good").click()
    manager.expect_state("not_charged")
    expect(manager.page.get_by_text("decided by a person")).to_be_visible()
    manager.open("/board")
    expect(manager.page.locator(f'.unsettled a[href="/payments/{payment}"]')).to_have_count(0)
