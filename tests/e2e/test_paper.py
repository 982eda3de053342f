"""Printers set up on the screen, the device board's buttons, the drawer, and the way of one amount."""

from __future__ import annotations

import io
import os

import pytest
from PIL import Image
from playwright.sync_api import expect

from tests.e2e.conftest import OpenAs

REGISTER = "register-1"


def test_printer_is_set_up_otherwise_tested_and_given_a_logo_and_a_route(open_as: OpenAs) -> None:
    admin = open_as("administrator")
    admin.open("/printers")
    card = admin.page.locator('[data-printer="printer-1"]')
    card.locator("[name=code_page]").select_option("cp1252")
    card.get_by_role("button", name="Save").click()
    expect(admin.page.locator("[data-note]")).to_contain_text("Saved")

    picture = io.BytesIO()
    Image.new("L", (300, 80), 0).save(picture, "PNG")
    upload = {"name": "logo.png", "mimeType": "image/png", "buffer": picture.getvalue()}
    admin.page.locator("[name=picture]").set_input_files(upload)  # type: ignore[arg-type]  # a file as playwright takes it
    with admin.page.expect_navigation():
        admin.page.locator('[data-form="logo"] button').click()
    expect(admin.page.locator("img.logo-preview").first).to_be_visible()

    admin.page.get_by_role("button", name="Add a line").click()
    admin.page.keyboard.type("food")
    admin.page.locator('[data-form="routes"] button[type=submit]').click()
    expect(admin.page.locator("[data-note]")).to_contain_text("The next order goes there")
    admin.open("/printers")
    expect(admin.page.locator('[data-route] [name="group"]')).to_have_value("food")
    expect(card.locator("[name=code_page]")).to_have_value("cp1252")


def test_printer_at_an_address_where_nothing_answers_then_told_in_words(open_as: OpenAs) -> None:
    admin = open_as("administrator")
    admin.open("/printers")
    admin.page.locator("[name=host]").fill("127.0.0.1:9")
    admin.page.get_by_role("button", name="Try", exact=True).click()
    expect(admin.page.locator("[data-trial]")).to_contain_text("does not answer", timeout=40_000)


def test_board_holds_papers_and_lets_them_go_on(open_as: OpenAs) -> None:
    manager = open_as("manager")
    manager.open("/board")
    card = manager.page.locator('[data-device="printer-1"]')
    expect(card).to_contain_text("Paper:")

    card.get_by_role("button", name="Hold papers").click()
    expect(card).to_contain_text("Held", timeout=40_000)
    card.get_by_role("button", name="Print test page").click()
    expect(card).to_contain_text("1 paper waits", timeout=40_000)
    card.get_by_role("button", name="Let papers go on").click()
    expect(card).not_to_contain_text("waits", timeout=30_000)


@pytest.mark.parametrize(("role", "result"), [("cashier", "opened")])
def test_drawer_opens_with_a_reason_and_tells_so(open_as: OpenAs, role: str, result: str) -> None:
    person = open_as(role)
    person.close_drawer()

    told = person.page.evaluate(
        "async (register) => (await import('/static/till/drawer.js')).openDrawer(register, 'Change')", REGISTER
    )

    assert (told["result"], told["reason"], told["proven"]) == (result, "Change", True)
    expect(person.drawer).to_be_visible()


def test_search_leads_from_what_is_known_to_the_whole_way(open_as: OpenAs) -> None:
    manager = open_as("manager")
    made = manager.page.context.request
    manager.open("/board")
    token = manager.page.locator('meta[name="csrf-token"]').get_attribute("content")
    assert token is not None
    answer = made.post(
        f"{manager.address}/v1/payments",
        headers={"X-CSRF-Token": token, "Origin": manager.address},
        data={
            "id": "0197b2c0-0000-7000-8000-" + os.urandom(6).hex(),
            "amount": {"amount": "86.42", "currency": "EUR"},
            "register_id": REGISTER,
            "reference": "Table 12",
        },
    )
    assert answer.status == 202, answer.text()

    manager.page.keyboard.press("/")
    manager.page.wait_for_url("**/journal")
    manager.wait_for_scripts()
    manager.expect_focused("find")
    manager.page.keyboard.type("86,42 table")
    manager.page.keyboard.press("Enter")
    row = manager.page.locator("tbody tr")
    expect(row).to_have_count(1)
    expect(row).to_contain_text("Table 12")
    row.locator("a").click()
    expect(manager.page.get_by_role("heading", name="The whole way")).to_be_visible()
    expect(manager.page.locator('li[data-kind="terminal"]').first).to_contain_text("asked")
    expect(manager.page.locator('li[data-kind="books"]').first).to_contain_text("reserved")
    found = manager.hindrances_in_any_light()
    for path in ("/journal", "/journal?find=nothing", "/board"):
        manager.open(path)
        found += [f"{path}: {one}" for one in manager.hindrances_in_any_light()]
    cancelled = made.post(
        f"{manager.address}/v1/payments/{answer.json()['id']}/cancel",
        headers={"X-CSRF-Token": token, "Origin": manager.address},
    )
    assert cancelled.status in (202, 409)
    assert found == []


def test_printers_page_hinders_nobody(open_as: OpenAs) -> None:
    admin = open_as("administrator")
    admin.open("/printers")

    assert admin.hindrances_in_any_light() == []
