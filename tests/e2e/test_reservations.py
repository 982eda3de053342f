"""Reservations and ends of days in the browser: from the form to the books, without hindrances for anybody."""

from __future__ import annotations

from playwright.sync_api import expect

from tests.e2e.conftest import OpenAs
from tests.e2e.till_page import STATE_LIMIT_MS, TillPage


def _expect(page: TillPage, state: str) -> None:
    place = page.page.locator(f'[data-outcome] .outcome[data-state="{state}"]')
    expect(place).to_be_visible(timeout=STATE_LIMIT_MS)
    page.wait_for_scripts()


def _reserve(till: TillPage, open_as: OpenAs, amount: str) -> TillPage:
    """Have a manager reserve an amount, with the virtual devices in the till's window."""
    till.open("/virtual")
    till.behave("approve")
    person = open_as("manager")
    person.open("/reservations")
    person.page.locator('[data-form="reserve"] [name=amount]').fill(amount)
    person.page.locator('[data-form="reserve"] button[type=submit]').click()
    _expect(person, "sent")
    till.pay_with_pin()
    _expect(person, "held")
    return person


def test_reservation_when_charged_in_part_then_a_payment_stands_and_the_list_tells_it(
    till: TillPage, open_as: OpenAs
) -> None:
    person = _reserve(till, open_as, "120.50")
    assert person.hindrances_in_any_light() == []

    person.page.locator('[data-form="complete"] [name=amount]').fill("80.00")
    person.page.locator('[data-form="complete"] button[type=submit]').click()

    _expect(person, "completed")
    person.page.get_by_role("link", name="To the payment that charges it").click()
    expect(person.page.locator("#payment .outcome")).to_contain_text("80.00")
    person.open("/reservations")
    expect(person.page.locator("tbody tr").first).to_contain_text("Charged")
    assert person.hindrances_in_any_light() == []
    assert not person.is_wider_than_screen()


def test_terminal_when_asked_which_reservations_it_holds_then_it_agrees_with_the_books(
    till: TillPage, open_as: OpenAs
) -> None:
    person = _reserve(till, open_as, "45.00")
    address = person.page.url
    person.open("/reservations")

    person.page.get_by_role("button", name="Ask Terminal 1").click()

    expect(person.page.locator("#compare [role=status]")).to_contain_text("so do the books")
    assert person.hindrances_in_any_light() == []
    person.page.goto(address)
    person.page.locator('[data-hold-action="release"]').click()
    _expect(person, "released")


def test_reservation_when_let_go_then_nothing_was_charged(till: TillPage, open_as: OpenAs) -> None:
    person = _reserve(till, open_as, "33.00")

    person.page.locator('[data-hold-action="release"]').click()

    _expect(person, "released")
    expect(person.page.locator(".outcome")).to_contain_text("Nothing was charged")


def test_amount_when_more_than_is_held_then_refused_in_words(till: TillPage, open_as: OpenAs) -> None:
    person = _reserve(till, open_as, "10.00")
    person.may_fail = ("409",)

    person.page.locator('[data-form="complete"] [name=amount]').fill("10.01")
    person.page.locator('[data-form="complete"] button[type=submit]').click()

    expect(person.page.locator("[data-action-problem]")).to_contain_text("More would be charged than is held")
    person.page.locator('[data-hold-action="release"]').click()
    _expect(person, "released")


def test_day_when_ended_then_its_totals_stand_there(open_as: OpenAs) -> None:
    person = open_as("manager")
    person.open("/terminal-days")

    person.page.locator('[data-day-action="end"]').first.click()

    expect(person.page.locator("[data-day]").first).to_contain_text("Closed", timeout=STATE_LIMIT_MS)
    assert person.hindrances_in_any_light() == []
