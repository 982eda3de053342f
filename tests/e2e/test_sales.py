"""A cashier's day at the till: what was charged is never in doubt without the screen saying so."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import Route, expect

from tests.e2e.conftest import PHONE, OpenAs
from tests.e2e.till_page import TillPage


def test_card_sale_approved_is_paid_printed_and_leads_to_the_next_sale(till: TillPage) -> None:
    till.charge("2340")

    till.pay_with_pin()

    till.expect_state("approved")
    expect(till.outcome.locator("h2")).to_contain_text("Paid EUR23.40")
    expect(till.outcome).to_contain_text(re.compile(r"girocard ··\d{4}"))
    expect(till.outcome.get_by_text("Printed", exact=True)).to_have_count(2)
    expect(till.outcome.locator(".paper img")).to_be_visible()
    expect(till.page.locator("[data-announce]")).to_contain_text("Paid EUR")
    till.expect_focused("next")
    till.page.keyboard.press("Enter")
    till.expect_sale()
    till.key_in("5")
    expect(till.page.locator("[data-total]")).to_have_text("EUR0.05")


def test_receipt_on_the_screen_keeps_the_proportions_of_the_paper(till: TillPage) -> None:
    till.charge("1201")
    till.pay_with_pin()
    till.expect_state("approved")
    picture = till.outcome.locator(".paper img")
    expect(picture).to_have_js_property("complete", value=True)

    for width in (1440, 360):
        till.page.set_viewport_size({"width": width, "height": 900})
        shown = picture.bounding_box()
        paper = picture.evaluate("image => [image.naturalWidth, image.naturalHeight]")
        assert shown is not None
        assert shown["width"] / shown["height"] == pytest.approx(paper[0] / paper[1], rel=0.01), f"at {width} px"


def test_receipt_on_the_screen_shows_the_last_four_digits_only(till: TillPage) -> None:
    till.charge("1200")
    till.pay_with_pin()
    till.expect_state("approved")

    text = till.outcome.locator("details pre").text_content() or ""

    assert "12.00" in text
    assert re.search(r"\d{5,}(?=\s*$)", text.split("Card", 1)[-1].splitlines()[0]) is None


def test_copy_asked_for_is_printed_and_marked(till: TillPage) -> None:
    till.charge("300")
    till.pay_with_pin()
    till.expect_state("approved")

    till.page.keyboard.press("p")

    expect(till.outcome.get_by_text("(copy)")).to_be_visible()
    expect(till.outcome.get_by_text("Printed", exact=True)).to_have_count(3)
    expect(till.page.locator(".tray img").first).to_have_attribute("alt", re.compile("COPY"))


def test_declined_card_is_tried_again_as_the_same_payment(till: TillPage) -> None:
    till.charge("1750", "decline")
    till.pay_with_pin()
    till.expect_state("declined")
    first = till.payment_id()
    expect(till.outcome).to_contain_text("Nothing was charged")
    till.expect_focused("try-again")
    till.behave("approve")

    till.page.locator('[data-action="try-again"]').press("Enter")
    till.expect_state("sent")
    till.pay_with_pin()

    till.expect_state("approved")
    assert till.payment_id() == first
    till.open(f"/payments/{first}")
    expect(till.page.get_by_text("Try 1", exact=True)).to_be_visible()
    expect(till.page.get_by_text("Try 2", exact=True)).to_be_visible()


def test_cancel_by_the_cashier_ends_by_the_terminals_answer_and_keeps_the_sale(till: TillPage) -> None:
    till.charge("990")
    expect(till.terminal_key("card")).to_be_enabled()

    till.page.keyboard.press("Escape")

    till.expect_state("cancelled")
    expect(till.outcome).to_contain_text("Nothing was charged")
    till.page.keyboard.press("Escape")
    till.expect_sale()
    expect(till.page.locator("#amount")).to_have_value("9.90")


def test_items_add_up_as_the_gateway_rounds_them(till: TillPage) -> None:
    till.show_items(free=True)
    for text, quantity, price in (("Coffee", "2", "3.20"), ("Tea, loose", "0,25", "15.99"), ("Gone again", "1", "9")):
        till.free_line(text, quantity, price)
    till.page.get_by_role("button", name="Remove Gone again").click()
    expect(till.page.locator("[data-total]")).to_have_text("EUR10.40")

    till.page.locator('[data-action="card"]').click()
    till.expect_state("sent")
    till.pay_with_pin()

    till.expect_state("approved")
    till.open(f"/payments/{till.payment_id()}")
    expect(till.page.get_by_role("cell", name="Tea, loose")).to_be_visible()
    expect(till.page.get_by_role("cell", name="0.25")).to_be_visible()


def test_item_with_a_wrong_quantity_is_explained_where_it_is(till: TillPage) -> None:
    till.show_items(free=True)
    till.page.fill("[name=text]", "Coffee")
    till.page.fill("[name=quantity]", "two")
    till.page.fill("[name=price]", "3")

    till.page.keyboard.press("Enter")

    expect(till.page.locator("[data-item-problem]")).to_contain_text("above zero")
    till.expect_focused("quantity")
    expect(till.page.locator("[data-total]")).to_have_text("EUR0.00")


def test_whole_sale_by_keyboard_only(open_as: OpenAs) -> None:
    """From the door to the next sale without a pointer; the focus is where the next action is at every step."""
    person = open_as("manager")
    person.open_till()
    keys = person.page.keyboard

    person.key_in("12.5")
    expect(person.page.locator("[data-total]")).to_have_text("EUR12.50")
    keys.press("Enter")
    person.expect_focused("card")
    keys.press("Enter")
    person.expect_state("sent")
    person.expect_focused("cancel")
    for name in ("card", "pin"):
        expect(person.terminal_key(name)).to_be_enabled()
        while person.focused() != f"key-{name}-terminal-1":
            keys.press("Tab")
        keys.press("Enter")
    person.expect_state("approved")
    person.expect_focused("next")
    keys.press("Enter")
    person.expect_sale()
    expect(person.page.locator("#amount")).to_be_focused()
    keys.press("F8")
    person.expect_focused("find")
    keys.press("F8")
    keys.press("Tab")
    keys.press("?")
    expect(person.page.get_by_role("dialog")).to_be_visible()
    keys.press("Escape")
    keys.press("g")
    keys.press("p")
    person.page.wait_for_url("**/payments")
    keys.press("/")
    keys.type("12.50")
    keys.press("Enter")
    expect(person.page.locator("tbody tr").first).to_contain_text("12.50")


def test_whole_sale_on_a_phone(open_as: OpenAs) -> None:
    phone = open_as("cashier", size=PHONE, has_touch=True)
    phone.open_till()
    phone.behave("approve")

    for key in ("7", "5", "00"):
        phone.page.locator(f'[data-digit="{key}"]').tap()
    card = phone.page.locator('[data-action="card"]')
    expect(card).to_be_in_viewport(ratio=1)
    card.tap()
    phone.expect_state("sent")
    phone.pay_with_pin()

    phone.expect_state("approved")
    expect(phone.outcome.locator("h2")).to_contain_text("75.00")
    assert not phone.is_wider_than_screen()
    phone.page.locator('[data-action="next"]').tap()
    phone.expect_sale()


def test_reload_in_the_middle_finds_the_payment_again(till: TillPage) -> None:
    till.charge("4321")
    payment = till.payment_id()

    till.page.reload()

    till.expect_state("sent")
    assert till.payment_id() == payment
    till.pay_with_pin()
    till.expect_state("approved")
    till.page.reload()
    till.expect_state("approved")
    till.page.keyboard.press("Enter")
    till.expect_sale()
    till.page.reload()
    till.expect_sale()


def test_payment_the_gateway_does_not_know_leads_back_to_the_sale(till: TillPage) -> None:
    """Such as after the demo's database was thrown away: nobody is stuck in front of a payment that is not there."""
    till.may_fail = ("Failed to load resource",)
    till.charge("1800")
    till.page.keyboard.press("Escape")
    till.expect_state("cancelled")
    till.page.evaluate(
        """() => {
            const key = "tillbridge.unfinished_payment";
            const kept = JSON.parse(localStorage.getItem(key));
            kept.id = kept.id.slice(0, -1) + (kept.id.endsWith("0") ? "1" : "0");
            localStorage.setItem(key, JSON.stringify(kept));
        }"""
    )

    till.page.reload()

    till.expect_sale()
    expect(till.page.locator("[data-problem]")).to_contain_text("no such payment")
    expect(till.page.locator("#amount")).to_have_value("18.00")


def test_answer_lost_on_its_way_makes_one_payment_only(till: TillPage) -> None:
    """The gateway gets the request and starts the payment; its answer never reaches the till, which asks by the id."""
    till.may_fail = ("Failed to load resource",)
    lost: list[str] = []

    def lose_first_answer(route: Route) -> None:
        if lost:
            route.continue_()
            return
        body = route.request.post_data_json
        assert body is not None
        lost.append(str(body["id"]))
        route.fetch()
        route.abort()

    till.page.route("**/v1/payments", lose_first_answer)
    till.charge("1111")

    assert till.payment_id() == lost[0]
    till.pay_with_pin()
    till.expect_state("approved")
    till.open("/payments?find=11.11")
    expect(till.page.locator("tbody tr")).to_have_count(1)


def test_request_that_never_arrived_is_not_sent_late_by_itself(open_as: OpenAs) -> None:
    """After a long outage the customer may be gone: the till asks before it charges."""
    till = open_as("manager")
    till.may_fail = ("Failed to load resource",)
    till.page.clock.install()
    till.open_till()
    till.page.route(re.compile("/v1/payments|/payments/"), lambda route: route.abort())
    till.key_in("2222")
    till.page.keyboard.press("F1")
    till.expect_state("offline")
    expect(till.outcome).to_contain_text("Do not charge again")
    till.page.clock.fast_forward(30_000)

    till.page.unroute_all()
    till.page.clock.fast_forward(5_000)

    till.expect_state("never-arrived")
    till.page.keyboard.press("Escape")
    till.expect_sale()
    expect(till.page.locator("#amount")).to_have_value("22.22")


def test_busy_terminal_is_explained_and_the_sale_is_kept(till: TillPage, open_as: OpenAs) -> None:
    till.charge("100")
    other = open_as("manager")
    other.may_fail = ("409",)
    other.open_till()
    other.key_in("200")

    other.page.keyboard.press("F1")

    expect(other.page.locator("[data-problem]")).to_contain_text("busy")
    expect(other.page.locator("#amount")).to_have_value("2.00")
    till.page.keyboard.press("Escape")
    till.expect_state("cancelled")


def test_printer_without_paper_never_undoes_a_payment(till: TillPage) -> None:
    till.break_printer("out_of_paper")
    till.charge("800")
    till.pay_with_pin()

    till.expect_state("approved")
    expect(till.outcome).to_contain_text(re.compile("trying again|Waiting for the printer"))
    till.break_printer("none")

    expect(till.outcome.get_by_text("Printed", exact=True)).to_have_count(2, timeout=60_000)


def test_german_reader_learns_in_german_what_a_device_reported(till: TillPage, open_as: OpenAs) -> None:
    german = open_as("manager", locale="de-DE")
    till.break_printer("out_of_paper")
    till.charge("801")
    till.pay_with_pin()
    till.expect_state("approved")
    expect(till.outcome).to_contain_text("Put in a new roll.")

    german.open(f"/payments/{till.payment_id()}")

    expect(german.outcome).to_contain_text("Der Drucker hat kein Papier. Bitte eine neue Rolle einlegen.")
    german.open("/board")
    expect(german.page.locator(".card", has_text="Receipt printer 1").first).to_contain_text("das Papier ist leer")
    till.break_printer("none")
    expect(till.outcome.get_by_text("Printed", exact=True)).to_have_count(2, timeout=60_000)
