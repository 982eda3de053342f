"""The loop with a bank in the browser: a doubted payee, a statement, money that comes back, and paying again."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, expect

from gateway.adapters.db import schema
from gateway.adapters.db.unit_of_work import SqlStorage
from tests.e2e.conftest import DESKTOP
from tests.e2e.gateway_process import GatewayProcess
from tests.e2e.till_page import TillPage
from tests.support.bank_loop import BankLoop, MovableClock

_PATIENCE_MS = 40_000
_ACCOUNT = """
[[payables.accounts]]
id = "main"
name = "House bank"
holder = "Corner Shop GmbH"
iban = "DE89370400440532013000"
"""
OpenOffice = Callable[..., TillPage]


@pytest.fixture(scope="module")
def bank_shop(tmp_path_factory: pytest.TempPathFactory) -> Iterator[GatewayProcess]:
    """A gateway with a released run of four payments, at a virtual bank that doubts payees."""
    folder = tmp_path_factory.mktemp("bank")
    (folder / "data").mkdir()
    url = f"sqlite:///{folder}/shop.sqlite3"
    schema.upgrade(url)
    storage = SqlStorage(url, MovableClock())
    loop = BankLoop(storage, folder / "data" / "virtual-bank")
    loop.bank.choose("payee-check")
    storage.close()
    process = GatewayProcess(folder, _ACCOUNT)
    process.start()
    yield process
    process.stop()


@pytest.fixture
def open_office(bank_shop: GatewayProcess, browser: Browser) -> Iterator[OpenOffice]:
    """Open a page as somebody of the office; the browser's console must have had nothing to complain about."""
    expect.set_options(timeout=_PATIENCE_MS)
    with ExitStack() as stack:
        opened: list[TillPage] = []

        def open_page(role: str, *, size: dict[str, int] = DESKTOP, **options: Any) -> TillPage:
            context = browser.new_context(viewport=size, locale="en-GB", **options)  # type: ignore[arg-type]  # a plain dict
            stack.callback(context.close)
            context.set_default_timeout(_PATIENCE_MS)
            person = TillPage(context.new_page(), bank_shop.address)
            person.page.goto(f"{bank_shop.address}/sign-in")
            login, password, _ = bank_shop.people[role]
            person.page.fill("[name=login]", login)
            person.page.fill("[name=password]", password)
            person.page.click("form button[type=submit]")
            person.page.wait_for_url(lambda url: "/sign-in" not in url)
            opened.append(person)
            return person

        yield open_page
        complaints = [complaint for page in opened for complaint in page.complaints]
    assert complaints == []


def _wait_for(person: TillPage, address: str, selector: str) -> None:
    """Load a page until it shows something: the bank works once a second."""
    for _ in range(40):
        person.open(address)
        if person.page.locator(selector).count():
            return
        # Not a guess how long the bank takes: the next look is bounded, and ends as soon as it shows.
        person.page.wait_for_timeout(500)
    raise AssertionError(f"{address} never showed {selector}")


def _next_day(person: TillPage) -> None:
    person.open("/payment-runs/virtual-bank")
    _press(person, "Next day")


def _press(person: TillPage, name: str, within: str = "main", having: str | None = None) -> None:
    """Press what sends a form and wait for the page that answers: the next page to be opened would abort it."""
    with person.page.expect_navigation():
        person.page.locator(within, has_text=having).get_by_role("button", name=name, exact=True).click()


def test_payments_from_a_doubted_payee_to_the_statement_and_back(open_office: OpenOffice, pictures: Path) -> None:
    treasurer, clerk = open_office("treasurer"), open_office("ap-clerk")
    _wait_for(treasurer, "/payment-runs/bank", '[data-task="payee_check"]')
    expect(treasurer.page.locator('[data-task="payee_check"]')).to_have_count(3)
    found = [f"bank: {one}" for one in treasurer.hindrances_in_any_light()]

    treasurer.open("/payment-runs/payments/E1-2")
    expect(treasurer.page.locator("[data-state]")).to_contain_text("Payee in doubt")
    expect(treasurer.page.locator("main")).to_contain_text("the bank knows Alpha Holding")
    found += [f"fate: {one}" for one in treasurer.hindrances_in_any_light()]
    treasurer.page.screenshot(path=pictures / "payment-fate.png", full_page=True)
    treasurer.page.fill("[name=reason]", "Called them under the number of the contract.")
    _press(treasurer, "Pay")
    expect(treasurer.page.locator(".bank-story")).to_contain_text("Decided: pay")

    treasurer.open("/payment-runs/virtual-bank")
    found += [f"virtual: {one}" for one in treasurer.hindrances_in_any_light(widths=(360,))]
    _press(treasurer, "Release", ".bank-list li", "E1-2")
    for _ in range(2):
        _next_day(treasurer)
    _wait_for(treasurer, "/payment-runs/payments/E1-2", '[data-state="settled"]')
    expect(treasurer.page.locator(".bank-story")).to_contain_text("On the statement")

    treasurer.open("/payment-runs/virtual-bank")
    _press(treasurer, "Cancel", ".bank-list li", "E1-3")
    _wait_for(clerk, "/payment-runs/payments/E1-3", '[data-state="cancelled"]')
    clerk.page.fill("[name=reason]", "The supplier named another account.")
    clerk.page.get_by_role("button", name="Make payable again").click()
    expect(clerk.page.locator(".bank-story")).to_contain_text("Made payable again")

    clerk.open("/payment-runs/bank")
    expect(clerk.page.locator("table")).to_contain_text("camt.053")
    clerk.page.set_input_files(
        "[name=file]", {"name": "letter.xml", "mimeType": "text/xml", "buffer": b"nothing a bank would say"}
    )
    clerk.page.get_by_role("button", name="Hand in").click()
    expect(clerk.page.locator('[data-task="unreadable"]')).to_have_count(1)
    clerk.page.screenshot(path=pictures / "bank.png", full_page=True)
    assert found == []
