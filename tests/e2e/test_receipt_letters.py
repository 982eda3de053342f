"""The receipt by mail, asked for at the till of a shop that names a mail server."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, expect

from tests.e2e.conftest import DESKTOP
from tests.e2e.gateway_process import GatewayProcess
from tests.e2e.till_page import TillPage
from tests.support.mail_receiver import MailReceiver

ADDRESS = "anna.kunde@customer.example"
_PATIENCE_MS = 40_000


@pytest.fixture
def receiver() -> Iterator[MailReceiver]:
    """A mail server."""
    with MailReceiver() as made:
        yield made


@pytest.fixture
def mailing_till(receiver: MailReceiver, browser: Browser, tmp_path: Path) -> Iterator[TillPage]:
    """A manager's till of a shop that mails."""
    mail = f'[mail]\nhost = "127.0.0.1"\nport = {receiver.port}\nsecurity = "none"\nsender = "receipts@shop.example"\n'
    process = GatewayProcess(tmp_path, mail)
    process.start()
    context = browser.new_context(viewport=DESKTOP, locale="en-GB", color_scheme="light")  # type: ignore[arg-type]  # a plain dict
    try:
        expect.set_options(timeout=_PATIENCE_MS)
        person = TillPage(context.new_page(), process.address)
        person.open("/sign-in")
        login, password, _ = process.people["manager"]
        person.page.fill("[name=login]", login)
        person.page.fill("[name=password]", password)
        person.page.click("form button[type=submit]")
        person.page.wait_for_url(lambda url: "/sign-in" not in url)
        person.open_till()
        yield person
    finally:
        context.close()
        process.stop()


def test_receipt_is_mailed_and_the_page_keeps_no_address(mailing_till: TillPage, receiver: MailReceiver) -> None:
    """By keyboard: a mistyped address is told in words and can be mended, the right one is sent and gone."""
    till, page = mailing_till, mailing_till.page
    till.may_fail = ("422",)
    till.show_items()
    till.sell("Coffee")
    till.cash()
    till.expect_state("settled")
    form = till.outcome.locator("[data-letter]")
    expect(form).to_be_hidden()
    page.keyboard.press("e")
    till.expect_focused("receipt_to")
    found = till.hindrances_in_any_light(widths=(1440, 360))

    page.keyboard.type("ab")
    page.keyboard.press("Enter")
    problem = till.outcome.locator("[data-action-problem]")
    expect(problem).to_contain_text("This is not a mail address.")
    expect(problem).to_contain_text("Write it as name@example.com.")
    till.expect_focused("receipt_to")
    page.keyboard.press("Control+A")
    page.keyboard.type(ADDRESS)
    page.keyboard.press("Enter")

    expect(till.outcome.locator("[data-note]")).to_contain_text("The receipt is on its way by mail.")
    expect(problem).to_be_hidden()
    expect(form).to_be_hidden()
    till.expect_focused("next")
    assert receiver.wait_for(1)[0].to == ADDRESS
    kept = page.evaluate(
        "JSON.stringify([{...localStorage}, {...sessionStorage}, document.documentElement.outerHTML,"
        " [...document.querySelectorAll('input')].map(input => input.value), location.href])"
    )
    assert "anna.kunde" not in kept
    till.next_sale()
    assert len(receiver.letters) == 1
    assert found == []
    assert till.complaints == []
