"""Payouts, chargebacks, contracts and cash in the browser: from a contract to a report that differs, and its words."""

from __future__ import annotations

import random
import re
import uuid
from collections.abc import Callable, Iterator
from contextlib import ExitStack

import pytest
from playwright.sync_api import Browser, FilePayload, expect

from tests.e2e.conftest import DESKTOP
from tests.e2e.gateway_process import GatewayProcess
from tests.e2e.purchase_samples import OWN_ACCOUNT
from tests.e2e.till_page import TillPage
from tests.support.settlement_desk import report, row

_PATIENCE_MS = 30_000
Enter = Callable[..., TillPage]


@pytest.fixture(scope="module")
def demo_shop(tmp_path_factory: pytest.TempPathFactory) -> Iterator[GatewayProcess]:
    """The demo on its first day."""
    process = GatewayProcess(tmp_path_factory.mktemp("settlement"), OWN_ACCOUNT)
    process.start()
    yield process
    process.stop()


@pytest.fixture
def enter(demo_shop: GatewayProcess, browser: Browser) -> Iterator[Enter]:
    """Sign somebody in, in a language; the browser's console must have had nothing to complain about."""
    expect.set_options(timeout=_PATIENCE_MS)
    with ExitStack() as stack:
        opened: list[TillPage] = []

        def open_page(role: str, locale: str = "en-GB") -> TillPage:
            context = browser.new_context(viewport=DESKTOP, locale=locale)  # type: ignore[arg-type]  # a plain dict
            stack.callback(context.close)
            context.set_default_timeout(_PATIENCE_MS)
            page = context.new_page()
            page.goto(f"{demo_shop.address}/sign-in")
            page.fill("[name=login]", demo_shop.people[role][0])
            page.fill("[name=password]", demo_shop.people[role][1])
            page.click("form button[type=submit]")
            page.wait_for_url(lambda url: "/sign-in" not in url)
            opened.append(TillPage(page, demo_shop.address))
            return opened[-1]

        yield open_page
        complaints = [complaint for page in opened for complaint in page.complaints]
    assert complaints == []


def test_pages_when_empty_then_say_what_comes_and_hinder_nobody(enter: Enter) -> None:
    reader = enter("ap-clerk", "de-DE")
    found: list[str] = []
    for path in ("/cash", "/settlement", "/chargebacks", "/settlement/contracts"):
        reader.open(path)
        expect(reader.page.get_by_role("heading", level=1)).to_be_visible()
        expect(reader.page.locator("#settlement form")).to_have_count(0)
        found += [f"{path}: {one}" for one in reader.hindrances_in_any_light(widths=(1440, 360))]

    assert found == []


def test_report_when_its_fees_differ_then_the_payout_tells_it_and_the_chargeback_has_its_day(enter: Enter) -> None:
    person = enter("manager")
    page = person.page
    person.open("/settlement/contracts")
    person.wait_for_scripts()
    page.get_by_label("Acquirer (key)").fill("north")
    page.get_by_label("Name", exact=True).fill("North Acquiring")
    page.get_by_label("Valid from").fill("2026-01-01")
    line = page.locator("[data-fee]").first
    line.get_by_label("Brand").fill("visa")
    line.get_by_label("Percent").fill("1.00")
    line.get_by_label("Fixed").fill("0.10")
    page.get_by_label("Merchant accounts").fill("NorthShop")
    page.get_by_role("button", name="Save the new version").click()
    expect(page.locator("#contracts-title + ul")).to_contain_text("North Acquiring")

    # Of its own each time: what was handed in before is known.
    batch, mark = random.randint(1_000, 999_999), uuid.uuid4().hex[:8]
    content = report(
        row("Settled", 10_000, 120, psp=f"PSP{mark}", merchant="order-one", batch=batch),
        row("Chargeback", -4_000, 0, psp=f"PSQ{mark}", change=f"DISPUTE{mark}", batch=batch),
        row("MerchantPayout", -5_880, 0, batch=batch),
    )
    _hand_in(person, content)
    page.wait_for_url(re.compile("/settlement/payouts/"))

    expect(page.get_by_role("heading", level=1)).to_contain_text("North Acquiring")
    expect(page.locator(".settle-sum .differs")).to_have_count(0)
    expect(page.locator('[data-task="fee_differs"]')).to_contain_text("EUR\N{NO-BREAK SPACE}0.10")
    expect(page.locator('[data-task="theirs_unknown"]')).to_contain_text("EUR\N{NO-BREAK SPACE}100.00")
    found = [f"payout: {one}" for one in person.hindrances_in_any_light(widths=(1440, 360))]
    task = page.locator('[data-task="fee_differs"]')
    task.get_by_text("Close this task").first.click()
    task.get_by_label("Reason").fill("claimed by letter")
    task.get_by_role("button", name="Close this task").click()
    expect(page.locator('[data-task="fee_differs"]')).to_contain_text("claimed by letter")

    person.open("/chargebacks")
    page.get_by_role("link", name=f"DISPUTE{mark}").click()
    person.wait_for_scripts()
    found += [f"chargeback: {one}" for one in person.hindrances_in_any_light(widths=(1440, 360))]
    page.get_by_text("Answered", exact=True).first.click()
    step = page.locator('[data-step="answer"]')
    step.get_by_label("Reason").fill("sent the slip")
    step.get_by_role("button", name="Answered").click()
    expect(page.get_by_role("heading", level=1)).to_contain_text("Answered")

    _hand_in(person, content)
    expect(page.locator("[data-done]")).to_contain_text("was here before")
    person.open("/cash")
    expect(page.locator("svg.forecast").first).to_be_visible()
    for path in ("/cash", "/settlement", "/settlement/contracts?acquirer=north"):
        person.open(path)
        found += [f"{path}: {one}" for one in person.hindrances_in_any_light(widths=(1440, 360))]
    assert found == []


def _hand_in(person: TillPage, content: bytes) -> None:
    person.open("/settlement")
    person.wait_for_scripts()
    file: FilePayload = {"name": "north.csv", "mimeType": "text/csv", "buffer": content}
    person.page.get_by_label("Report of an acquirer").set_input_files(file)
    person.page.get_by_role("button", name="Hand in").click()
