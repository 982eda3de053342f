"""Sales with items and by every tender: what is due, what was paid and what goes back stay exact on every screen."""

from __future__ import annotations

import re

from playwright.sync_api import expect

from tests.e2e.conftest import OpenAs
from tests.e2e.till_page import TillPage

JUICE = "4000000000013"


def test_items_are_scanned_searched_and_counted_by_keyboard_and_paid_in_cash(till: TillPage) -> None:
    """A scan while the amount has the focus is a scan and no amount; the change is told big."""
    page = till.page
    expect(page.locator("#amount")).to_be_focused()
    till.scan(JUICE)
    expect(page.locator("table.basket tbody tr")).to_have_count(1)
    page.locator("#find").fill("2*cappu")
    page.keyboard.press("Enter")
    expect(page.locator("table.basket tbody tr")).to_have_count(2)
    page.keyboard.type(JUICE)
    page.keyboard.press("Enter")
    expect(till.total).to_have_text("EUR14.40")
    page.keyboard.press("F8")
    till.scan("4000000000099")
    expect(page.locator("[data-item-problem]")).to_contain_text("4000000000099")

    till.cash("2000")

    till.expect_state("settled")
    expect(till.outcome).to_contain_text("Paid EUR14.40")
    expect(till.outcome.locator("[data-change]")).to_contain_text("5.60")
    expect(till.outcome.locator(".paper img")).to_be_visible()
    till.expect_focused("next")
    page.keyboard.press("q")
    code = till.outcome.locator("[data-link-code]")
    expect(code).to_be_visible()
    assert code.evaluate("async picture => (await picture.decode(), picture.naturalWidth)") > 0
    # This shop names no mail server, so the till offers no mail.
    expect(till.outcome.locator('[data-do="mail"]')).to_have_count(0)
    page.keyboard.press("Enter")
    till.expect_sale()
    expect(page.locator("#find")).to_be_focused()
    page.keyboard.press("F8")


def test_share_off_and_tip_are_in_the_total_and_a_part_by_card_leaves_the_rest(till: TillPage) -> None:
    page = till.page
    till.behave("approve")
    till.show_items()
    for name in ("Coffee", "Soup of the day"):
        till.sell(name)
    page.locator('[data-action="discount"]').click()
    page.keyboard.type("10")
    page.keyboard.press("Enter")
    page.locator('[data-action="tip"]').click()
    page.keyboard.type("1")
    page.keyboard.press("Enter")
    expect(till.total).to_have_text("EUR10.09")
    page.locator(".part summary").click()
    page.fill("#part", "4")
    page.keyboard.press("F1")
    till.expect_state("sent")
    till.pay_with_pin()
    till.expect_state("approved")
    expect(till.outcome).to_contain_text("Still to pay: EUR6.09")
    page.keyboard.press("Enter")
    expect(page.locator('#till[data-step="rest"]')).to_be_visible()
    expect(page.locator("[data-tendered]")).to_contain_text("Card: EUR 4.00")

    page.reload()
    expect(page.locator('#till[data-step="rest"]')).to_be_visible()
    expect(till.total).to_have_text("EUR6.09")
    till.cash()

    till.expect_state("settled")
    expect(till.outcome).to_contain_text("Cash: EUR 6.09")
    till.next_sale()
    page.keyboard.press("F8")


def test_declined_card_leads_to_another_tender_of_the_same_sale(till: TillPage) -> None:
    page = till.page
    till.behave("decline")
    till.show_items()
    till.sell("Coffee")
    page.keyboard.press("F1")
    till.expect_state("sent")
    till.pay_with_pin()
    till.expect_state("declined")
    page.keyboard.press("Escape")
    expect(page.locator('#till[data-step="rest"]')).to_be_visible()

    till.cash()

    till.next_sale()
    page.keyboard.press("F8")


def test_sale_is_parked_and_taken_up_by_one_other_till_only(till: TillPage, open_as: OpenAs) -> None:
    other = open_as("manager")
    other.may_fail = ("409",)
    other.open_till()
    till.show_items()
    till.sell("Tea")
    till.page.keyboard.press("F9")
    till.expect_focused("name")
    till.page.keyboard.type("Table 4")
    till.page.keyboard.press("Enter")
    till.expect_sale()
    expect(till.total).to_have_text("EUR0.00")
    other.page.keyboard.press("F9")
    late = other.page.locator("[data-parked]", has_text="Table 4").locator('[data-act="recall"]')
    expect(late).to_be_focused()

    till.page.keyboard.press("F9")
    till.page.locator("[data-parked]", has_text="Table 4").locator('[data-act="recall"]').click()
    expect(till.total).to_have_text("EUR2.90")
    late.click()

    expect(other.page.locator(".tender [data-action-problem]")).to_contain_text("Somebody else took this sale up")
    till.cash()
    till.next_sale()
    till.page.keyboard.press("F8")


def test_bill_is_split_by_person_and_each_share_paid_in_turn(till: TillPage) -> None:
    page = till.page
    till.show_items()
    for name in ("Coffee", "Tea", "Apple cake"):
        till.sell(name)
    page.keyboard.press("F3")
    page.locator('[data-way="persons"]').click()
    page.locator('[data-line="0"][data-taker="1"]').click()
    page.locator('[data-line="1"][data-taker="0"]').click()
    expect(page.locator("[data-shares] li").nth(0)).to_contain_text("5.30")
    expect(page.locator("[data-shares] li").nth(1)).to_contain_text("5.00")
    page.locator("[data-do-split]").click()
    expect(page.locator("[data-view=pay] [data-share]")).to_have_text("Share 1 of 2")
    till.cash("1000")
    till.expect_state("settled")
    expect(till.outcome.locator("[data-share]")).to_have_text("1 of 2 paid")

    page.keyboard.press("Enter")

    expect(page.locator('#till[data-step="rest"]')).to_be_visible()
    expect(till.total).to_have_text("EUR5.00")
    till.cash()
    till.next_sale()
    page.keyboard.press("F8")


def test_goods_come_back_as_credit_that_pays_the_next_sale(till: TillPage) -> None:
    """By the number on the receipt: one line back, its code redeemed at the till."""
    page = till.page
    till.show_items()
    for name in ("Coffee", "Butter croissant"):
        till.sell(name)
    till.cash()
    till.expect_state("settled")
    number = re.sub(r"\D", "", till.outcome.locator("[data-number]").inner_text())
    till.next_sale()
    till.open("/returns")
    page.keyboard.type(number)
    page.keyboard.press("Enter")
    expect(page.locator("#sold-title")).to_contain_text(f"Receipt {number}")
    till.wait_for_scripts()
    page.get_by_role("button", name="All of Coffee").click()
    expect(page.locator("[data-gross]")).to_contain_text("3.20")
    page.locator(".back-ways label", has_text="Store credit").click()
    page.fill("[name=reason]", "was cold")
    page.keyboard.press("Enter")
    till.expect_state("given-back")
    code = page.locator("[data-detail] dd").first.inner_text()

    till.open_till()
    till.show_items()
    till.sell("Coffee")
    page.keyboard.press("F4")
    page.keyboard.press("s")
    page.fill("[name=code]", code)
    page.keyboard.press("Enter")

    till.expect_state("settled")
    expect(till.outcome).to_contain_text("Store credit: EUR 3.20")
    till.next_sale()
    page.keyboard.press("F8")


def test_customer_display_follows_the_till_it_was_paired_with(till: TillPage, open_as: OpenAs) -> None:
    screen = open_as(None, size={"width": 1024, "height": 600})
    till.page.keyboard.press("F4")
    till.page.locator('[data-do="display"]').click()
    till.page.locator('[data-do="code"]').click()
    code = till.page.locator("[data-code]")
    expect(code).to_have_text(re.compile(r"\d{4} \d{4}"))
    screen.open("/display")
    screen.page.fill("[name=code]", code.inner_text())
    screen.page.keyboard.press("Enter")
    expect(screen.page.locator('.picture[data-state="idle"] h1')).to_have_text("Corner Shop")
    till.page.keyboard.press("Escape")

    till.show_items()
    till.sell("Espresso")
    expect(screen.page.locator(".picture")).to_contain_text("Espresso")
    till.cash("500")
    till.expect_state("settled")

    expect(screen.page.locator('.picture[data-state="paid"]')).to_contain_text("2.40")
    expect(screen.page.locator('.picture[data-state="paid"]')).to_contain_text("Thank you")
    assert screen.hindrances_in_any_light() == []
    till.next_sale()
    till.page.keyboard.press("F8")


def test_panels_hinder_nobody(till: TillPage) -> None:
    """Items, cash, more, split and parking: in light and dark, on desktop and phone."""
    found: list[str] = []

    def look(where: str, widths: tuple[int, ...] = (1440, 360)) -> None:
        found.extend(f"{where}: {hindrance}" for hindrance in till.hindrances_in_any_light(widths=widths))

    page = till.page
    till.show_items(free=True)
    for name in ("Coffee", "Apple cake"):
        till.sell(name)
    page.fill("#find", "cake")
    expect(page.locator("[data-found] button").first).to_be_visible()
    look("items")
    page.fill("#find", "")
    for key, panel in (("F2", "#given"), ("F4", "[data-tender]"), ("F9", "[data-waiting]"), ("F3", "[data-shares] li")):
        page.keyboard.press(key)
        expect(page.locator(panel).first).to_be_attached()
        look(key, widths=(1440,))
        page.keyboard.press("Escape")
        till.expect_sale()
    till.cash("1000")
    till.expect_state("settled")
    look("settled")
    till.next_sale()
    page.keyboard.press("F8")

    assert found == []
