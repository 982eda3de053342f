"""Master data by hand in the browser: an order with its deliveries, codes of the books, accounts of employees."""

from __future__ import annotations

import re

from playwright.sync_api import expect

from tests.e2e.conftest import PHONE, OpenAs
from tests.e2e.till_page import TillPage


def _new_supplier(clerk: TillPage, number: str, name: str) -> None:
    clerk.open("/suppliers")
    clerk.wait_for_scripts()
    clerk.page.get_by_text("New supplier").first.click()
    clerk.page.locator("[name=number]").fill(number)
    clerk.page.locator("[name=name]").fill(name)
    clerk.page.get_by_role("button", name="New supplier").click()
    expect(clerk.page.get_by_role("heading", level=1)).to_have_text(name)


def _fill_line(clerk: TillPage, place: int, text: str, quantity: str, price: str) -> None:
    line = clerk.page.locator(".order-line").nth(place)
    line.locator('[data-field="text"]').fill(text)
    line.locator('[data-number="quantity"]').fill(quantity)
    line.locator('[data-number="price"]').fill(price)


def test_order_by_hand_is_stored_changed_received_in_part_and_cancelled_lines_go(open_as: OpenAs) -> None:
    clerk = open_as("ap-clerk")
    _new_supplier(clerk, "83001", "Gärtnerei Talblick")
    clerk.open("/purchase-orders")
    clerk.page.get_by_role("button", name="New order").click()
    clerk.page.get_by_role("searchbox", name="Name, number or VAT id").fill("talblick")
    clerk.page.get_by_role("button", name="Find").click()
    clerk.page.get_by_role("link", name="Gärtnerei Talblick").click()
    clerk.wait_for_scripts()

    clerk.page.locator("[name=number]").fill("B-83001")
    _fill_line(clerk, 0, "Geraniums", "1,000", "2.50")
    clerk.page.get_by_role("button", name="Store the order").click()
    # 1,000 may be one or a thousand: nothing was sent.
    expect(clerk.page).to_have_url(re.compile("/purchase-orders/new"))
    _fill_line(clerk, 0, "Geraniums", "1000", "2.50")
    clerk.page.get_by_role("button", name="Add a line").click()
    _fill_line(clerk, 1, "Soil", "12.5", "4")
    found = clerk.hindrances_in_any_light()
    clerk.page.get_by_role("button", name="Store the order").click()

    expect(clerk.page.get_by_role("heading", level=1)).to_have_text("Order B-83001")
    expect(clerk.page.get_by_text("2500.00").or_(clerk.page.get_by_text("2,500.00"))).to_be_visible()
    clerk.page.get_by_role("button", name="Change").click()
    clerk.wait_for_scripts()
    clerk.page.locator(".order-line").nth(1).get_by_role("button", name="Remove line").click()
    clerk.page.get_by_role("button", name="Store the order").click()
    expect(clerk.page.get_by_role("heading", level=1)).to_have_text("Order B-83001")
    expect(clerk.page.get_by_text("Soil")).to_have_count(0)

    clerk.wait_for_scripts()
    clerk.page.locator("summary", has_text="Book a delivery").click()
    clerk.page.get_by_role("button", name="All that is open").click()
    field = clerk.page.locator("[data-receipt-line]")
    expect(field).to_have_value("1000")
    field.fill("400")
    clerk.page.locator("[name=number]").fill("LS-83001")
    clerk.page.get_by_role("button", name="Book a delivery").click()
    expect(clerk.page.get_by_text("400 of line 1")).to_be_visible()
    clerk.page.locator("summary", has_text="Book a delivery").click()
    expect(clerk.page.get_by_text("600 open")).to_be_visible()
    found += clerk.hindrances_in_any_light()
    clerk.wait_for_scripts()
    clerk.page.get_by_role("button", name="Close: nothing more comes").click()
    expect(clerk.page.get_by_role("button", name="Open again")).to_be_visible()
    assert found == []


def test_codes_and_accounts_of_employees_by_hand(open_as: OpenAs) -> None:
    clerk, manager = open_as("ap-clerk"), open_as("manager", size=PHONE)
    clerk.open("/suppliers/codes")
    clerk.wait_for_scripts()

    taxes = clerk.page.locator("#tax-codes")
    taxes.locator("summary", has_text="New tax code").click()
    form = taxes.locator('form[data-desk$="{code}"]')
    form.locator("[data-part=code]").fill("V83")
    form.locator("[name=name]").fill("Reduced")
    form.locator("[name=percent]").fill("8,3")
    form.get_by_role("button", name="Add").click()
    expect(clerk.page.get_by_text("V83 Reduced · 8.3 %")).to_be_visible()
    clerk.wait_for_scripts()
    clerk.page.get_by_text("V83 Reduced · 8.3 %").click()
    own = clerk.page.locator('[data-code="V83"]')
    found = clerk.hindrances_in_any_light()
    own.get_by_label("In use").uncheck()
    own.get_by_role("button", name="Change").click()
    expect(clerk.page.get_by_text(re.compile(r"V83 Reduced · 8\.3 % · switched off"))).to_be_visible()

    manager.open("/suppliers/employee-accounts")
    manager.wait_for_scripts()
    manager.page.locator("[name=label]").fill("Payroll 83")
    manager.page.locator("[name=account]").fill("DE02 5001 0517 0137 0750 30")
    manager.page.get_by_role("button", name="Add").click()
    expect(manager.page.get_by_text("DE..5030")).to_be_visible()
    found += manager.hindrances_in_any_light()
    manager.wait_for_scripts()
    manager.page.get_by_role("button", name="Remove: Payroll 83").click()
    expect(manager.page.get_by_text("Payroll 83")).to_have_count(0)
    assert found == []


def test_file_with_unknown_headings_is_named_once_and_then_read_by_itself(open_as: OpenAs) -> None:
    clerk = open_as("ap-clerk")
    clerk.may_fail = ("422",)
    clerk.open("/suppliers/import")
    clerk.wait_for_scripts()
    content = "KtoNr83;Wer83;Stadt83\n83101;Imkerei Talblick;Cottbus\n"
    file = {"name": "strange.csv", "mimeType": "text/csv", "buffer": content.encode()}
    clerk.page.locator("[name=file]").set_input_files(file)  # type: ignore[arg-type]  # as the library takes it
    clerk.page.get_by_role("button", name="Show what would happen").first.click()

    expect(clerk.page.get_by_text("Imkerei Talblick")).to_be_visible()
    for place, field in enumerate(("number", "name", "town")):
        clerk.page.locator(f'[data-place="{place}"]').select_option(field)
    found = clerk.hindrances_in_any_light()
    clerk.page.get_by_role("button", name="Remember and show what would happen").click()

    expect(clerk.page.locator("[data-counts]")).to_have_text("1 new, 0 changed, 0 as they are, 0 refused")
    clerk.page.get_by_role("button", name="Store exactly this").click()
    expect(clerk.page.get_by_text("Stored: 1 new, 0 changed.")).to_be_visible()
    clerk.page.get_by_role("button", name="Show what would happen").first.click()
    expect(clerk.page.locator("[data-counts]")).to_have_text("0 new, 0 changed, 1 as they are, 0 refused")
    assert found == []
