"""Vouchers on the manager's screen, and a pay link from its making to the payer's phone and back."""

from __future__ import annotations

import re
import uuid
from datetime import UTC, datetime, timedelta
from typing import Any

from playwright.sync_api import Page, expect

from tests.e2e.conftest import PHONE, OpenAs
from tests.e2e.till_page import TillPage

REASON = "A present for the tenth birthday"


def give(page: Page, amount: str) -> str:
    """Give a voucher on the screen; return its code."""
    form = page.locator('form[data-api="/v1/vouchers"]')
    form.locator("[name=amount]").fill(amount)
    form.locator("[name=reason]").fill(REASON)
    form.locator("button[type=submit]").click()
    code = page.locator("[data-told-code]")
    expect(code).to_be_visible()
    return code.inner_text()


def link(manager: TillPage, **more: Any) -> dict[str, Any]:
    """Make a pay link over the API, as an e-commerce checkout does."""
    body = {
        "id": str(uuid.uuid4()),
        "amount": {"amount": "23.40", "currency": "EUR"},
        "reference": "Order 4711",
        **more,
    }
    script = """async (body) => {
        const token = document.querySelector('meta[name="csrf-token"]').content;
        const headers = {"Content-Type": "application/json", "X-CSRF-Token": token};
        const answer = await fetch("/v1/pay-links", {method: "POST", headers, body: JSON.stringify(body)});
        return await answer.json();
    }"""
    made: dict[str, Any] = manager.page.evaluate(script, body)
    assert "url" in made, made
    return made


def path_of(made: dict[str, Any]) -> str:
    return "/pay/" + str(made["url"]).rpartition("/")[2]


def test_voucher_when_given_then_found_by_its_end_and_blocked(open_as: OpenAs) -> None:
    manager = open_as("manager")
    manager.open("/credit")
    page = manager.page

    code = give(page, "25,50")
    page.locator("[data-search]").fill(code[-4:].lower())
    page.keyboard.press("Enter")
    page.get_by_role("link", name=f"…{code[-4:]}").click()

    expect(page.locator("#credit")).to_contain_text("25.50")
    manager.wait_for_scripts()
    expect(page.locator("#credit")).to_contain_text(REASON)
    assert code not in page.content()
    page.locator('form[data-api$="/block"] [name=reason]').fill("Stolen with a purse")
    page.locator('form[data-api$="/block"] button').click()
    expect(page.get_by_role("heading", name="Unblock")).to_be_visible()
    expect(page.locator("#credit")).to_contain_text("Stolen with a purse")


def test_voucher_when_the_amount_is_no_amount_then_said_where_it_stands(open_as: OpenAs) -> None:
    manager = open_as("manager")
    manager.open("/credit")
    form = manager.page.locator('form[data-api="/v1/vouchers"]')

    form.locator("[name=amount]").fill("a lot")
    form.locator("[name=reason]").fill(REASON)
    form.locator("button[type=submit]").click()

    assert form.locator("[name=amount]").evaluate("field => field.validationMessage").startswith("Type an amount")


def test_refusal_then_it_stays_on_the_screen_in_words(open_as: OpenAs) -> None:
    manager = open_as("manager", locale="de-DE")
    manager.open("/credit")
    form = manager.page.locator('form[data-api="/v1/vouchers"]')

    form.locator("[name=amount]").fill("99999")
    form.locator("[name=reason]").fill(REASON)
    form.locator("button[type=submit]").click()

    expect(manager.page.locator("#credit [data-problem]")).to_contain_text("Ein Gutschein kann diesen Wert nicht haben")
    manager.complaints.clear()  # the browser notes the refusal that was asked for


def test_payer_when_paying_by_transfer_then_the_phone_tells_when_it_has_arrived(open_as: OpenAs) -> None:
    manager, payer = open_as("manager"), open_as(None, size=PHONE)
    manager.open("/pay-links")
    made = link(manager, amount={"amount": "23.41", "currency": "EUR"})
    payer.open(path_of(made))
    expect(payer.page.locator(".pay-amount")).to_contain_text("23.41")
    expect(payer.page.locator(".pay-till-code")).to_contain_text(made["till_code"])

    payer.page.get_by_role("button", name="Show the transfer").click()
    expect(payer.page.get_by_role("img", name=re.compile("banking app"))).to_be_visible()
    picture = payer.page.locator(".pay-code")
    loaded = picture.evaluate("async picture => (await picture.decode(), picture.naturalWidth > 0)")
    manager.open("/credit/transfers")
    item = manager.page.locator(".transfer").filter(has_text="23.41")
    item.locator("summary", has_text="Money has arrived").click()
    item.locator("form[data-api$='/arrival'] [name=reason]").fill("Seen on the account today")
    item.locator("form[data-api$='/arrival'] button").click()

    assert loaded
    expect(payer.page.get_by_role("heading", name="Paid")).to_be_visible()


def test_payer_when_the_card_pays_at_the_till_then_the_phone_tells(till: TillPage, open_as: OpenAs) -> None:
    payer, cashier = open_as(None, size=PHONE), open_as("cashier")
    made = link(till)
    payer.open(path_of(made))
    cashier.open("/pay-links")

    cashier.page.locator("[name=code]").fill(made["till_code"].lower())
    cashier.page.keyboard.press("Enter")
    expect(cashier.page.locator("[data-found]")).to_contain_text("EUR 23.40")
    cashier.page.get_by_role("button", name="Begin the card payment").click()

    expect(payer.page.get_by_role("heading", name="The card terminal is working")).to_be_visible()
    till.open("/virtual")
    till.pay_with_pin()
    expect(payer.page.get_by_role("heading", name="Paid")).to_be_visible()


def test_link_when_its_time_is_over_then_the_phone_tells(open_as: OpenAs) -> None:
    manager, payer = open_as("manager"), open_as(None, size=PHONE, locale="de-DE")
    manager.open("/pay-links")
    ends = (datetime.now(UTC) + timedelta(seconds=4)).isoformat()
    made = link(manager, expires_at=ends)

    payer.open(path_of(made))

    expect(payer.page.get_by_role("heading", name="Dieser Link ist abgelaufen")).to_be_visible()


def test_credit_pages_hinder_nobody(open_as: OpenAs) -> None:
    manager, payer = open_as("manager"), open_as(None, size=PHONE)
    manager.open("/credit")
    code = give(manager.page, "12.00")
    found = [f"code: {one}" for one in manager.hindrances_in_any_light()]
    manager.open(f"/credit?end={code[-4:]}")
    manager.page.get_by_role("link", name=f"…{code[-4:]}").click()
    found += [f"voucher: {one}" for one in manager.hindrances_in_any_light()]
    made = link(manager)
    for path in ("/credit?end=0000", "/credit/transfers", "/credit/customers", f"/pay-links?link={made['id']}"):
        manager.open(path)
        found += [f"{path}: {one}" for one in manager.hindrances_in_any_light()]
    payer.open(path_of(made))
    found += [f"link: {one}" for one in payer.hindrances_in_any_light(widths=(360,))]
    payer.page.get_by_role("button", name="Show the transfer").click()
    expect(payer.page.locator(".pay-code")).to_be_visible()
    found += [f"transfer: {one}" for one in payer.hindrances_in_any_light(widths=(360,))]
    assert found == []


def test_link_when_cut_off_then_said_kindly(open_as: OpenAs) -> None:
    payer = open_as(None, size=PHONE)

    payer.page.goto(f"{payer.address}/pay/00000000000000000000000000")

    expect(payer.page.get_by_role("heading", name="This payment does not exist")).to_be_visible()
    payer.complaints.clear()  # the browser notes the 404 that was asked for
