"""Every page in light and dark, on desktop and phone: nothing hinders anybody, nothing breaks the content policy."""

from __future__ import annotations

import pytest
from playwright.sync_api import expect

from tests.e2e.conftest import PHONE, OpenAs
from tests.e2e.till_page import TillPage

PAGES: dict[str | None, tuple[str, ...]] = {
    None: ("/sign-in", "/display"),
    "manager": (
        "/till",
        "/payments",
        "/payments?find=nothing like this",
        "/board",
        "/catalogue",
        "/catalogue?find=nothing",
        "/returns",
        "/returns?find=0",
        "/virtual",
        "/change-password",
    ),
    "administrator": ("/people", "/keys", "/devices"),
    "ap-clerk": ("/",),
}


@pytest.mark.parametrize(("role", "paths"), PAGES.items(), ids=lambda value: str(value) if value is None else "")
def test_pages_hinder_nobody(open_as: OpenAs, role: str | None, paths: tuple[str, ...]) -> None:
    person = open_as(role)
    found: list[str] = []
    for path in paths:
        person.open(path)
        if path in ("/till", "/virtual"):
            expect(person.page.locator(".terminal")).to_be_visible()
        found += [f"{path}: {hindrance}" for hindrance in person.hindrances_in_any_light()]

    assert found == []


def test_outcomes_hinder_nobody(till: TillPage) -> None:
    """The panel in each state, the payment's page with its decision opened."""
    found: list[str] = []

    def look(where: str) -> None:
        found.extend(f"{where}: {hindrance}" for hindrance in till.hindrances_in_any_light(widths=(1440,)))

    till.charge("1750", "decline")
    look("sent")
    till.pay_with_pin()
    till.expect_state("declined")
    look("declined")
    till.page.keyboard.press("Escape")
    till.behave("line_lost_before_status")
    till.page.keyboard.press("F1")
    till.pay_with_pin()
    till.expect_state("unknown")
    till.page.locator("#decide > summary").click()
    look("unknown")
    _look_at_page_and_board(till, found)
    till.open_till()
    till.press_terminal("line")
    till.expect_state("approved")
    till.behave("approve")
    look("approved")
    till.open(f"/payments/{till.payment_id()}")
    look("payment")

    assert found == []


def _look_at_page_and_board(till: TillPage, found: list[str]) -> None:
    payment = till.payment_id()
    for path in (f"/payments/{payment}", "/board"):
        till.open(path)
        found += [f"{path} in doubt: {hindrance}" for hindrance in till.hindrances_in_any_light(widths=(360,))]


def test_targets_at_the_till_are_big_enough_for_fingers(open_as: OpenAs) -> None:
    till = open_as("cashier", size=PHONE)
    till.open_till()

    script = """() => [...document.querySelectorAll('.pay button, .pad button, .rail a')]
        .filter(element => element.getClientRects().length)
        .map(element => [element.textContent.trim(), Math.round(element.getBoundingClientRect().height)])"""
    small = [name for name, height in till.page.evaluate(script) if height < 44]

    assert small == []


def test_only_our_own_files_are_loaded_and_nothing_stands_inline(open_as: OpenAs) -> None:
    person = open_as("manager")
    foreign: list[str] = []
    person.page.on("request", lambda request: foreign.append(request.url))
    for path in ("/till", "/board", "/payments"):
        person.open(path)
        inline = person.page.locator("style, [style], script:not([src]):not([type='application/json'])")
        assert inline.count() == 0, path

    assert [url for url in foreign if not url.startswith((person.address, "data:"))] == []
