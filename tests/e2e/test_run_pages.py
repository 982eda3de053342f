"""The pages of payment runs, the bank and the jobs of each day hinder nobody: empty, with data, in both languages.

The demo itself is looked at: a run by hand has to find what is due on its first day.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from contextlib import ExitStack

import pytest
from playwright.sync_api import Browser, expect

from tests.e2e.conftest import DESKTOP, PHONE
from tests.e2e.gateway_process import GatewayProcess
from tests.e2e.purchase_samples import OWN_ACCOUNT
from tests.e2e.till_page import TillPage

_PATIENCE_MS = 40_000
_EMPTY = ("/payment-runs", "/payment-runs/bank", "/payment-runs/virtual-bank")
_BANK_LOOKS = 60
Enter = Callable[..., TillPage]


@pytest.fixture(scope="module")
def demo_shop(tmp_path_factory: pytest.TempPathFactory) -> Iterator[GatewayProcess]:
    """The demo on its first day, with an account at the virtual bank."""
    process = GatewayProcess(tmp_path_factory.mktemp("runs"), OWN_ACCOUNT)
    process.start()
    yield process
    process.stop()


@pytest.fixture
def enter(demo_shop: GatewayProcess, browser: Browser) -> Iterator[Enter]:
    """Sign somebody in, in a language; the browser's console must have had nothing to complain about."""
    expect.set_options(timeout=_PATIENCE_MS)
    with ExitStack() as stack:
        opened: list[TillPage] = []

        def open_page(role: str, locale: str = "en-GB", size: dict[str, int] = DESKTOP) -> TillPage:
            context = browser.new_context(viewport=size, color_scheme="light", locale=locale)  # type: ignore[arg-type]  # a plain dict
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


def _looked_at(person: TillPage, paths: tuple[str, ...], widths: tuple[int, ...] = (1440, 360)) -> list[str]:
    found = []
    for path in paths:
        person.open(path)
        expect(person.page.get_by_role("heading", level=1)).to_be_visible()
        found += [f"{path}: {one}" for one in person.hindrances_in_any_light(widths=widths)]
    return found


def _squeezed(person: TillPage) -> list[str]:
    """Return the values that stand in a column too narrow for a word."""
    script = """() => [...document.querySelectorAll("dl.facts dd")]
      .filter((value) => value.offsetParent && value.textContent.trim().length > 4 && value.clientWidth < 60)
      .map((value) => value.textContent.trim().slice(0, 40))"""
    found: list[str] = person.page.evaluate(script)
    return found


def test_runs_bank_and_jobs_when_empty_and_with_a_run_then_they_hinder_nobody(
    enter: Enter, demo_shop: GatewayProcess
) -> None:
    clerk, german = enter("ap-clerk"), enter("ap-clerk", "de-DE", PHONE)
    found = _looked_at(clerk, _EMPTY, widths=(360,))

    clerk.open("/payment-runs")
    clerk.wait_for_scripts()
    clerk.page.get_by_role("button", name="Propose").click()
    clerk.page.wait_for_url(re.compile("/payment-runs/[0-9a-f-]{36}$"))
    run = clerk.page.url.removeprefix(demo_shop.address)
    expect(clerk.page.get_by_role("link", name="RE 40102")).to_be_visible()
    found += _looked_at(clerk, (run,))
    for role, words in (("controller", "Approve"), ("treasurer", "Release")):
        person = enter(role)
        person.open(run)
        person.wait_for_scripts()
        person.page.get_by_role("button", name=words).first.click()
        expect(person.page.locator("dialog[open]")).to_be_visible()
        found += [f"{words}: {one}" for one in person.hindrances_in_any_light(widths=(360,))]
        person.page.locator("dialog[open]").get_by_role("button", name=words).click()
        expect(person.page.locator("dialog[open]")).to_have_count(0)
    payment = _payment(clerk, run)
    pages = (run, payment, *_EMPTY, "/payment-runs/jobs")
    found += _looked_at(clerk, pages)
    # In the other language only the words differ: where they are too long is seen on the narrowest screen.
    for path in pages:
        german.open(path)
        found += [f"{path} in German scrolls sideways"] if german.is_wider_than_screen() else []
        found += [f"{path} in German is squeezed: {one}" for one in _squeezed(german)]

    assert found == []


def _payment(clerk: TillPage, run: str) -> str:
    """Load a run until its payment is with the bank; return the page of its fate."""
    link = clerk.page.locator('a[href^="/payment-runs/payments/"]')
    for _ in range(_BANK_LOOKS):
        clerk.open(run)
        told = clerk.page.locator("main").inner_text().casefold()
        # On a banking day before the cut-off the bank pays at once.
        if link.count() and any(word in told for word in ("accepted", "on the statement")):
            return str(link.first.get_attribute("href"))
        # Not a guess how long the bank takes: the next look is bounded, and ends as soon as it shows.
        clerk.page.wait_for_timeout(250)
    raise AssertionError(f"{run} never showed a payment that the bank accepted")
