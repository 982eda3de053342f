"""Giving money back on a payment's page: by a manager, in full or in part, with every outcome said as at the till."""

from __future__ import annotations

import re

from playwright.sync_api import Locator, expect

from tests.e2e.conftest import PHONE, OpenAs
from tests.e2e.till_page import STATE_LIMIT_MS, TillPage


class RefundPage:
    """A manager's page of a payment that was paid, with the virtual devices in a second window."""

    def __init__(self, till: TillPage, open_as: OpenAs, digits: str, *, then: str = "", **options: object) -> None:
        """``then``: digits of a further sale made after it."""
        till.charge(digits)
        till.pay_with_pin()
        till.expect_state("approved")
        self.payment = till.payment_id()
        if then:
            till.page.keyboard.press("Enter")
            till.expect_sale()
            till.charge(then)
            till.pay_with_pin()
            till.expect_state("approved")
        self.till = till
        till.open("/virtual")
        self.person = open_as("manager", **options)
        self.page = self.person.page
        self.person.open(f"/payments/{self.payment}")

    @property
    def panel(self) -> Locator:
        return self.page.locator("[data-refund-outcome] .outcome")

    @property
    def part(self) -> Locator:
        return self.page.locator("[data-refunds]")

    def expect_state(self, state: str) -> None:
        place = self.page.locator(f'[data-refund-outcome] .outcome[data-state="{state}"]')
        expect(place).to_be_visible(timeout=STATE_LIMIT_MS)
        self.person.wait_for_scripts()

    def fill(self, reason: str, amount: str | None = None) -> None:
        self.page.keyboard.press("r")
        form = self.page.locator('[data-form="give-back"]')
        expect(form).to_be_visible()
        if amount is not None:
            form.locator("[name=amount]").fill(amount)
        form.locator("[name=reason]").fill(reason)

    def send(self) -> None:
        self.page.locator('[data-form="give-back"] button[type=submit]').click()


def test_part_then_the_rest_is_given_back_and_both_stand_in_the_history(till: TillPage, open_as: OpenAs) -> None:
    shop = RefundPage(till, open_as, "2340")
    expect(shop.page.locator("[name=amount]")).to_have_value("23.40")

    shop.fill("Cheese was off", "3.40")
    shop.send()
    shop.expect_state("sent")
    assert "refund=" in shop.page.url
    till.pay_with_pin()
    shop.expect_state("approved")

    expect(shop.panel).to_contain_text("Given back")
    expect(shop.part).to_contain_text(re.compile(r"Left to give back:\s*EUR\s*20\.00"))
    expect(shop.part).to_contain_text("Cheese was off")
    expect(shop.page.locator("[data-refund-announce]")).to_contain_text("Given back EUR\N{NO-BREAK SPACE}3.40")
    shop.fill("All the rest came back")
    shop.send()
    till.pay_with_pin()
    expect(shop.part).to_contain_text(re.compile(r"Left to give back:\s*EUR\s*0\.00"), timeout=STATE_LIMIT_MS)
    expect(shop.page.locator("#give-back")).to_have_count(0)
    expect(shop.part.locator("ul[aria-label=Refunds] > li")).to_have_count(2)
    expect(shop.page.locator("section[aria-labelledby=books] li")).to_have_count(6)


def test_whole_sale_is_undone_without_a_card_by_keys_alone(till: TillPage, open_as: OpenAs) -> None:
    shop = RefundPage(till, open_as, "1200")

    shop.page.keyboard.press("r")
    expect(shop.page.locator("[name=amount]")).to_be_focused()
    shop.page.keyboard.press("Tab")
    shop.person.expect_focused("reason")
    shop.page.keyboard.type("Changed their mind")
    shop.page.keyboard.press("Enter")

    shop.expect_state("approved")
    expect(shop.panel.locator(".steps")).to_contain_text("the terminal undoes the sale")
    expect(shop.panel.locator("pre")).to_contain_text("REFUND")
    assert shop.person.hindrances_in_any_light() == []


def test_wrong_input_then_said_at_its_field_and_nothing_is_sent(till: TillPage, open_as: OpenAs) -> None:
    shop = RefundPage(till, open_as, "500")
    problem = shop.page.locator("[data-give-back-problem]")
    shop.page.keyboard.press("r")
    for amount, reason, words in (
        ("5.01", "Goods came back", "more than is left"),
        ("0", "Goods came back", "above zero"),
        ("five", "Goods came back", "above zero"),
        ("5", "no", "at least 5 characters"),
    ):
        _refill(shop, reason, amount)
        shop.send()
        expect(problem).to_contain_text(words)

    expect(shop.panel).to_have_count(0)


def test_cancelled_while_the_card_is_awaited_then_nothing_is_given_back(till: TillPage, open_as: OpenAs) -> None:
    shop = RefundPage(till, open_as, "700")
    shop.fill("Goods came back", "2.00")
    shop.send()
    shop.expect_state("sent")

    expect(till.terminal_key("card")).to_be_enabled(timeout=STATE_LIMIT_MS)
    shop.page.keyboard.press("Escape")

    shop.expect_state("cancelled")
    expect(shop.panel).to_contain_text("Nothing was given back.")
    expect(shop.part).to_contain_text(re.compile(r"Left to give back:\s*EUR\s*7\.00"))


def test_line_lost_then_unknown_and_the_board_leads_to_it_and_the_terminal_settles_it(
    till: TillPage, open_as: OpenAs
) -> None:
    shop = RefundPage(till, open_as, "4100")
    till.behave("line_lost_before_status")
    shop.fill("Goods came back", "41,00")
    shop.send()

    shop.expect_state("unknown")
    expect(shop.panel).to_contain_text("Do not give it back again.")
    shop.page.locator("#decide-refund > summary").click()
    assert shop.person.hindrances_in_any_light() == []
    cashier = open_as("cashier")
    cashier.open("/board")
    cashier.page.locator(f'.unsettled a[href^="/payments/{shop.payment}?refund="]').click()
    cashier.page.wait_for_url(f"**/payments/{shop.payment}?refund=*")
    expect(cashier.page.locator("#give-back, [data-form=decide-refund]")).to_have_count(0)
    till.press_terminal("line")

    shop.expect_state("approved")
    expect(cashier.page.locator('[data-refund-outcome] .outcome[data-state="approved"]')).to_be_visible(
        timeout=STATE_LIMIT_MS
    )
    expect(shop.panel).to_contain_text("the terminal, asked afterwards")


def test_terminal_undid_another_sale_then_a_manager_decides_with_proof(till: TillPage, open_as: OpenAs) -> None:
    shop = RefundPage(till, open_as, "1800", then="300")
    till.behave("wrong_reversal")
    shop.fill("Goods came back")
    shop.send()
    shop.expect_state("unknown")
    expect(shop.panel).to_contain_text("undid another payment", timeout=STATE_LIMIT_MS)

    shop.page.locator("#decide-refund > summary").click()
    shop.page.get_by_label("Not given back", exact=True).check()
    shop.page.get_by_label("What proves it?").fill("Receipt 9 of the terminal undoes 3.00")
    shop.page.get_by_role("button", name="Decide for good").click()

    shop.expect_state("not_done")
    expect(shop.part).to_contain_text(re.compile(r"Left to give back:\s*EUR\s*18\.00"))


def test_phone_in_german_then_it_fits_and_speaks_german(till: TillPage, open_as: OpenAs) -> None:
    shop = RefundPage(till, open_as, "2350", size=PHONE, locale="de-DE")
    shop.page.locator("#give-back > summary").click()
    expect(shop.page.locator("[name=amount]")).to_have_value("23,50")
    _refill(shop, "Ware kam zurück", "3,50")
    shop.send()
    till.pay_with_pin()

    shop.expect_state("approved")
    expect(shop.part).to_contain_text("Noch zu erstatten:")
    expect(shop.panel.locator(".steps")).to_contain_text("Ein Teil des Betrags.")
    assert not shop.person.is_wider_than_screen()
    assert shop.person.hindrances() == []


def _refill(shop: RefundPage, reason: str, amount: str) -> None:
    shop.page.locator("[name=amount]").fill(amount)
    shop.page.locator("[data-form=give-back] [name=reason]").fill(reason)
