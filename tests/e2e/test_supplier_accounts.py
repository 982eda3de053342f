"""Bank details of a supplier in the browser: asked for, called back, confirmed by a second person on a phone."""

from __future__ import annotations

import re

from playwright.sync_api import expect

from gateway.node.demo_documents import ORDER_NUMBER, ROASTERY
from tests.e2e.conftest import PHONE, OpenAs
from tests.e2e.till_page import TillPage

DIGITS = "DE02 1001 0010 0006 8201 01"


def _new_supplier(clerk: TillPage) -> None:
    clerk.open("/suppliers")
    clerk.page.get_by_text("New supplier").first.click()
    clerk.page.locator("[name=number]").fill("79001")
    clerk.page.locator("[name=name]").fill("Molkerei Nord eG")
    clerk.page.locator('[name="address.country"]').fill("DE")
    clerk.page.locator('[name="discount.0.percent"]').fill("2,5")
    clerk.page.locator('[name="discount.0.days"]').fill("10")
    clerk.page.get_by_role("button", name="New supplier").click()
    expect(clerk.page.get_by_role("heading", level=1)).to_have_text("Molkerei Nord eG")
    expect(clerk.page.get_by_text("2.5 % within 10 days")).to_be_visible()


def _supplier_of_the_demo(person: TillPage) -> None:
    """Open the one who has bank details from the start, whoever else the tests beside this one have added."""
    person.open("/suppliers")
    person.page.locator("tbody").get_by_role("link", name=ROASTERY.name).click()
    expect(person.page.get_by_role("heading", level=1)).to_have_text(ROASTERY.name)


def test_changed_account_needs_a_call_and_a_second_person_and_then_cools(open_as: OpenAs) -> None:
    clerk, manager = open_as("ap-clerk"), open_as("manager", size=PHONE)
    manager.may_fail = ("409",)
    _new_supplier(clerk)

    clerk.page.locator("summary", has_text="Ask for bank details").click()
    asking = clerk.page.locator('form[data-api*="/accounts/"]')
    asking.locator("[name=iban]").fill(DIGITS)
    asking.locator("[name=reason]").fill("Letter of the supplier")
    asking.get_by_role("button", name="Ask for bank details").click()
    expect(clerk.page).to_have_url(re.compile("/supplier-accounts/"))
    expect(clerk.page.locator("[data-account]")).to_contain_text("DE02 1001 0010 0006 8201 01")
    expect(clerk.page.locator("[data-act=confirm]")).to_have_count(0)

    path = re.sub(r"^https?://[^/]+", "", clerk.page.url)
    manager.open(path)
    manager.page.locator("[data-act=confirm]").click()
    expect(manager.page.get_by_role("alert")).to_contain_text("called the supplier back")

    clerk.page.locator("[name=spoke_with]").fill("Ms North, accounts")
    clerk.page.locator("[name=number_known_from]").fill("the contract")
    clerk.page.get_by_role("button", name="Note the call").click()
    expect(clerk.page.get_by_text("Ms North, accounts")).to_be_visible()

    manager.open(path)
    manager.page.locator("[data-act=confirm]").click()
    expect(manager.page.get_by_text("Paid to")).to_be_visible()
    expect(manager.page.get_by_text(re.compile("one approval more until"))).to_be_visible()
    found = manager.hindrances_in_any_light(widths=(360,))
    clerk.page.locator('.page-head a[href^="/suppliers/"]').click()
    expect(clerk.page.get_by_role("heading", level=1)).to_have_text("Molkerei Nord eG")
    found += clerk.hindrances_in_any_light()
    assert found == []


def test_whoever_asked_is_told_that_somebody_else_confirms(open_as: OpenAs) -> None:
    """The clerk has no such button at all; the request itself is refused for the same person."""
    clerk = open_as("ap-clerk")
    clerk.may_fail = ("403",)
    _supplier_of_the_demo(clerk)
    link = clerk.page.locator('a[href^="/supplier-accounts/"]').first
    expect(link).to_be_visible()
    account_id = str(link.get_attribute("href")).rpartition("/")[2]

    status = clerk.page.evaluate(
        """async id => {
          const token = document.querySelector('meta[name="csrf-token"]').content;
          const headers = { "X-CSRF-Token": token };
          return (await fetch(`/v1/supplier-accounts/${id}/confirm`, { method: "POST", headers })).status;
        }""",
        account_id,
    )

    assert status == 403


def test_import_shows_what_would_happen_and_stores_exactly_that(open_as: OpenAs) -> None:
    clerk = open_as("ap-clerk")
    clerk.open("/suppliers/import")
    content = "number;name;town\n81001;Bäckerei Süd;Ulm\n81002;Imkerei Ost;Cottbus\n"
    file = {"name": "suppliers.csv", "mimeType": "text/csv", "buffer": content.encode()}

    clerk.page.locator("[name=file]").set_input_files(file)  # type: ignore[arg-type]  # as the library takes it
    clerk.page.get_by_role("button", name="Show what would happen").click()
    expect(clerk.page.locator("[data-counts]")).to_have_text("2 new, 0 changed, 0 as they are, 0 refused")
    found = clerk.hindrances_in_any_light()
    clerk.page.get_by_role("button", name="Store exactly this").click()

    expect(clerk.page.get_by_text("Stored: 2 new, 0 changed.")).to_be_visible()
    clerk.open("/suppliers?find=imkerei")
    expect(clerk.page.get_by_role("link", name="Imkerei Ost")).to_be_visible()
    assert found == []


def test_pages_of_suppliers_hinder_nobody(open_as: OpenAs) -> None:
    manager = open_as("manager")
    found = []
    for path in ("/suppliers", "/suppliers?find=nothing like this", "/purchase-orders"):
        manager.open(path)
        found += [f"{path}: {hindrance}" for hindrance in manager.hindrances_in_any_light()]
    _supplier_of_the_demo(manager)
    found += [f"one supplier: {hindrance}" for hindrance in manager.hindrances_in_any_light()]
    manager.open("/purchase-orders")
    manager.page.locator("tbody").get_by_role("link", name=ORDER_NUMBER).click()
    expect(manager.page.get_by_role("heading", level=1)).to_contain_text(ORDER_NUMBER)
    found += [f"one order: {hindrance}" for hindrance in manager.hindrances_in_any_light()]

    assert found == []
