"""The rarer ways through a sale: less than was asked for, a tip, a transfer, foreign notes, an account, an exchange."""

from __future__ import annotations

import re
import uuid
from typing import Any

from playwright.sync_api import expect

from tests.e2e.conftest import OpenAs
from tests.e2e.till_page import TillPage


def sold(till: TillPage, *names: str) -> None:
    """Put items into an empty basket."""
    till.show_items()
    for name in names:
        till.sell(name)


def leave(till: TillPage) -> None:
    """Go on from a sale that is paid, back to amounts."""
    till.next_sale()
    till.page.keyboard.press("F8")


def asked(till: TillPage, method: str, path: str, body: dict[str, Any] | None = None) -> Any:
    """Ask the API as the page does."""
    script = """async ([method, path, body]) => {
        const token = document.querySelector('meta[name="csrf-token"]').content;
        const headers = {"Content-Type": "application/json", "X-CSRF-Token": token};
        const answer = await fetch(path, {method, headers, body: body ? JSON.stringify(body) : undefined});
        return [answer.status, await answer.json()];
    }"""
    status, told = till.page.evaluate(script, [method, path, body])
    assert status < 300, told
    return told


def last_sale(till: TillPage) -> Any:
    """Return the newest sale as the API tells it."""
    return asked(till, "GET", "/v1/sales?limit=1")["data"][0]


def test_card_approved_in_part_leaves_the_rest_for_another_tender(till: TillPage) -> None:
    page = till.page
    till.behave("partial_approval")
    sold(till, "Coffee", "Tea")
    expect(till.total).to_have_text("EUR6.10")
    page.keyboard.press("F1")
    till.expect_state("sent")
    till.pay_with_pin()
    till.expect_state("approved")
    expect(till.outcome).to_contain_text("Still to pay: EUR3.05")

    page.keyboard.press("Enter")
    expect(page.locator('#till[data-step="rest"]')).to_be_visible()
    expect(page.locator("[data-tendered]")).to_contain_text("Card: EUR 3.05")
    expect(page.locator('[data-action="leave-sale"]')).to_be_hidden()
    till.cash("500")

    till.expect_state("settled")
    expect(till.outcome.locator("[data-change]")).to_contain_text("1.95")
    leave(till)
    due = last_sale(till)["due"]
    assert (due["captured"]["amount"], due["rest"]["amount"], due["settled"]) == ("6.10", "0.00", True)


def test_tip_added_at_the_terminal_is_shown_and_the_sale_is_paid(till: TillPage) -> None:
    page = till.page
    till.behave("tip")
    sold(till, "Coffee")
    page.keyboard.press("F1")
    till.expect_state("sent")

    till.pay_with_pin()

    till.expect_state("approved")
    expect(till.outcome).to_contain_text("EUR4.20")
    expect(till.outcome.locator(".notice")).to_have_text(re.compile(r"added a tip at the terminal:\s*EUR1.00"))
    page.keyboard.press("Enter")
    till.expect_sale()
    due = last_sale(till)["due"]
    assert (due["captured"]["amount"], due["settled"]) == ("4.20", True)
    page.keyboard.press("F8")


def test_tip_typed_at_the_till_is_charged_with_the_goods(till: TillPage) -> None:
    page = till.page
    sold(till, "Coffee")
    page.locator('[data-action="tip"]').click()
    page.keyboard.type("0.80")
    page.keyboard.press("Enter")
    expect(till.total).to_have_text("EUR4.00")

    page.keyboard.press("F1")
    till.expect_state("sent")
    till.pay_with_pin()

    till.expect_state("approved")
    expect(till.outcome).to_contain_text("Paid EUR4.00")
    page.keyboard.press("Enter")
    till.expect_sale()
    assert last_sale(till)["totals"]["tip"]["amount"] == "0.80"
    page.keyboard.press("F8")


def test_transfer_waits_with_its_code_until_somebody_saw_it_arrive(till: TillPage) -> None:
    page = till.page
    sold(till, "Soup of the day")
    page.keyboard.press("F4")
    page.keyboard.press("b")
    till.expect_state("transfer")
    code = till.outcome.locator("figure img")
    assert code.evaluate("async picture => (await picture.decode(), picture.naturalWidth)") > 0
    page.keyboard.press("Escape")
    expect(page.locator("[data-tendered]")).to_contain_text("Bank transfer: EUR 6.90, not there yet")
    expect(page.locator('[data-action="leave-sale"]')).to_be_hidden()
    waiting = last_sale(till)

    tender = waiting["tenders"][0]["id"]
    asked(till, "POST", f"/v1/sales/{waiting['id']}/tenders/{tender}/confirm", {"reason": "Seen on the statement"})
    page.reload()

    till.expect_state("settled")
    expect(till.outcome).to_contain_text("Bank transfer: EUR 6.90")
    leave(till)


def test_transfer_seen_by_the_person_at_the_till_settles_the_sale(till: TillPage) -> None:
    page = till.page
    sold(till, "Tea")
    page.keyboard.press("F4")
    page.keyboard.press("b")
    till.expect_state("transfer")

    page.locator("[name=reason]").fill("Shown on the customer's phone")
    page.keyboard.press("Enter")

    till.expect_state("settled")
    leave(till)


def test_foreign_notes_are_taken_by_todays_rate_and_change_is_the_shops_own(till: TillPage) -> None:
    """0.96 francs for a euro: 6.90 are asked as 6.65 francs, and ten francs leave change."""
    page = till.page
    sold(till, "Soup of the day")
    page.keyboard.press("F4")
    page.keyboard.press("f")
    expect(page.locator("[data-ask]")).to_contain_text("CHF 6.6")
    expect(page.locator("[data-rate]")).to_contain_text("0.96")

    page.locator("[name=given]").fill("10")
    page.keyboard.press("Enter")

    till.expect_state("settled")
    expect(till.outcome).to_contain_text("Foreign cash: EUR 6.90")
    expect(till.outcome.locator("[data-change]")).to_contain_text(re.compile(r"3\.\d\d"))
    leave(till)


def test_known_customer_buys_on_account(till: TillPage) -> None:
    page = till.page
    limit = {"amount": "50.00", "currency": "EUR"}
    number = str(uuid.uuid4())[-6:]
    customer = {"id": str(uuid.uuid4()), "name": f"Bakery {number}", "limit": limit}
    asked(till, "POST", "/v1/customers", customer)
    sold(till, "Apple cake")
    page.keyboard.press("F4")
    page.keyboard.press("a")
    page.locator("[name=find]").fill(number)

    page.get_by_role("button", name=f"Bakery {number}").click()

    till.expect_state("settled")
    expect(till.outcome).to_contain_text("On account: EUR 4.20")
    leave(till)


def test_goods_changed_before_anything_was_paid_then_the_stored_sale_is_given_up(till: TillPage) -> None:
    page = till.page
    till.behave("decline")
    sold(till, "Coffee")
    page.keyboard.press("F1")
    till.expect_state("sent")
    till.pay_with_pin()
    till.expect_state("declined")
    page.keyboard.press("Escape")
    expect(page.locator('#till[data-step="rest"]')).to_be_visible()

    page.locator('[data-action="leave-sale"]').click()

    till.expect_sale()
    expect(till.total).to_have_text("EUR3.20")
    given_up = last_sale(till)
    assert given_up["voided"]["reason"] == "Given up at the till: nothing was paid."
    till.sell("Tea")
    till.cash()
    leave(till)
    assert last_sale(till)["totals"]["to_pay"]["amount"] == "6.10"
    till.open(f"/journal/sales/{given_up['id']}")
    expect(page.locator('[data-kind="voided"]')).to_contain_text("nothing was paid")


def test_sale_given_up_elsewhere_then_the_till_lets_it_go_after_a_reload(till: TillPage) -> None:
    page = till.page
    till.behave("decline")
    sold(till, "Coffee")
    page.keyboard.press("F1")
    till.expect_state("sent")
    till.pay_with_pin()
    till.expect_state("declined")
    page.keyboard.press("Escape")
    expect(page.locator('#till[data-step="rest"]')).to_be_visible()
    body = {"id": str(uuid.uuid4()), "reason": "Closed at the office"}
    asked(till, "POST", f"/v1/sales/{last_sale(till)['id']}/void", body)

    page.reload()

    till.expect_sale()
    expect(till.total).to_have_text("EUR3.20")
    page.get_by_role("button", name="Remove Coffee").click()
    page.keyboard.press("F8")


def bought(till: TillPage, *names: str) -> str:
    """Sell items for cash; return the number on the receipt."""
    sold(till, *names)
    till.cash()
    till.expect_state("settled")
    number = re.sub(r"\D", "", till.outcome.locator("[data-number]").inner_text())
    leave(till)
    return number


def exchange(till: TillPage, number: str, back: str, *instead: str) -> None:
    """Open a receipt, bring a line back and choose what is taken instead."""
    page = till.page
    till.open(f"/returns?find={number}")
    page.get_by_role("button", name=f"All of {back}").click()
    expect(page.locator("[data-gross]")).to_be_visible()
    page.locator(".back-ways label", has_text="Exchange").click()
    for name in instead:
        page.locator("#find").fill(name)
        page.locator("[data-found] button").filter(has_text=name).first.click()
    expect(page.locator("[data-new-goods] li")).to_have_count(len(instead))
    page.fill("[name=reason]", "another size")


def test_exchange_for_more_then_the_till_asks_for_the_difference(till: TillPage) -> None:
    page = till.page
    number = bought(till, "Coffee", "Tea")
    exchange(till, number, "Coffee", "Apple cake")
    expect(page.locator("[data-difference]")).to_contain_text("To pay")
    expect(page.locator("[data-difference] .money")).to_contain_text("1.00")

    page.get_by_role("button", name="Exchange", exact=False).last.click()

    till.expect_state("exchanged")
    expect(till.outcome).to_contain_text("EUR 1.00")
    page.locator("[data-next]").click()
    expect(page.locator('#till[data-step="rest"]')).to_be_visible()
    expect(till.total).to_have_text("EUR1.00")
    expect(page.locator("[data-tendered]")).to_contain_text("Store credit: EUR 3.20")
    till.cash()
    till.expect_state("settled")
    leave(till)


def test_exchange_for_less_then_the_rest_stays_as_credit_with_its_code(till: TillPage) -> None:
    page = till.page
    number = bought(till, "Soup of the day")
    exchange(till, number, "Soup of the day", "Coffee")
    expect(page.locator("[data-difference]")).to_contain_text("Stays as credit")
    expect(page.locator("[data-difference] .money")).to_contain_text("3.70")

    page.keyboard.press("Enter")

    till.expect_state("exchanged")
    facts = till.outcome.locator("[data-detail]")
    expect(facts).to_contain_text("EUR 3.70")
    expect(facts).to_contain_text(re.compile(r"[A-Z0-9]{4}"))
    assert last_sale(till)["due"]["settled"] is True


def test_exchange_when_the_till_is_in_the_middle_of_a_sale_then_it_waits(till: TillPage) -> None:
    page = till.page
    number = bought(till, "Coffee")
    sold(till, "Tea")
    page.locator(".part summary").click()
    page.fill("#part", "1")
    till.cash()
    expect(page.locator('#till[data-step="rest"]')).to_be_visible()
    exchange(till, number, "Coffee", "Espresso")

    page.keyboard.press("Enter")

    expect(page.locator("[data-giving] [data-problem]")).to_contain_text("not finished at the till")
    till.open_till()
    expect(page.locator('#till[data-step="rest"]')).to_be_visible()
    till.cash()
    leave(till)


def test_exchange_hinders_nobody(till: TillPage, open_as: OpenAs) -> None:
    number = bought(till, "Coffee")
    exchange(till, number, "Coffee", "Espresso", "Tea")

    assert till.hindrances_in_any_light() == []
    # A cashier without any limit for refunds is offered no returns, and so no exchange.
    cashier = open_as("cashier")
    cashier.open_till()
    expect(cashier.page.locator('a[href="/returns"]')).to_have_count(0)
