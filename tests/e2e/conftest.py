"""Browser tests: a real gateway, a real Chromium, people of each role. Waits are on what a person would see."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, expect, sync_playwright

from tests.e2e.gateway_process import ROOT, GatewayProcess
from tests.e2e.shop_at_rest import ShopAtRest
from tests.e2e.till_page import TillPage

DESKTOP = {"width": 1440, "height": 900}
PHONE = {"width": 360, "height": 740}
_PATIENCE_MS = 40_000

OpenAs = Callable[..., TillPage]


def pytest_addoption(parser: pytest.Parser) -> None:
    """Option of the pictures in the documentation."""
    parser.addoption("--update-screenshots", action="store_true", help="rewrite the pictures in docs/images")


@pytest.fixture(scope="session")
def pictures(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Where pictures go: into the documentation when asked, else aside."""
    if request.config.getoption("--update-screenshots", default=False):
        return ROOT / "docs" / "images"
    return tmp_path_factory.mktemp("pictures")


@pytest.fixture(scope="session")
def gateway(tmp_path_factory: pytest.TempPathFactory) -> Iterator[GatewayProcess]:
    """The gateway all these tests look at."""
    process = GatewayProcess(tmp_path_factory.mktemp("gateway"))
    process.start()
    yield process
    process.stop()


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    """One Chromium; every test opens a context of its own in it."""
    with sync_playwright() as playwright:
        # The sandbox needs rights that a container's root does not have; the pages are our own.
        found = playwright.chromium.launch(executable_path=_chromium(), args=["--no-sandbox"])
        yield found
        found.close()


def _chromium() -> str:
    names = ("chromium-headless-shell", "chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
    return next(path for path in map(shutil.which, names) if path)


@pytest.fixture(scope="session")
def signed_in(gateway: GatewayProcess, browser: Browser) -> Callable[[str], Any]:
    """Sign a role in once; its cookies serve every test."""
    kept: dict[str, Any] = {}

    def state_of(role: str) -> Any:
        if role not in kept:
            context = browser.new_context()
            page = context.new_page()
            page.goto(f"{gateway.address}/sign-in")
            login, password, _ = gateway.people[role]
            page.fill("[name=login]", login)
            page.fill("[name=password]", password)
            page.click("form button[type=submit]")
            page.wait_for_url(lambda url: "/sign-in" not in url)
            kept[role] = context.storage_state()
            context.close()
        return kept[role]

    return state_of


@pytest.fixture
def open_as(gateway: GatewayProcess, browser: Browser, signed_in: Callable[[str], Any]) -> Iterator[OpenAs]:
    """Open a page as somebody; at the end the browser's console must have had nothing to complain about.

    No test begins, and none ends, with a device at work: they share one shop and come in any order.
    """
    expect.set_options(timeout=_PATIENCE_MS)
    shop = ShopAtRest(gateway, browser, signed_in)
    shop.wait()
    with ExitStack() as stack:
        opened: list[TillPage] = []

        def open_page(role: str | None, *, size: dict[str, int] = DESKTOP, **options: Any) -> TillPage:
            state = signed_in(role) if role else None
            options = {"color_scheme": "light", "locale": "en-GB", **options}
            context = browser.new_context(viewport=size, storage_state=state, **options)  # type: ignore[arg-type]  # a plain dict
            stack.callback(context.close)
            context.set_default_timeout(_PATIENCE_MS)
            opened.append(TillPage(context.new_page(), gateway.address))
            return opened[-1]

        yield open_page
        complaints = [complaint for page in opened for complaint in page.complaints]
    shop.wait()
    assert complaints == []


@pytest.fixture
def till(open_as: OpenAs) -> TillPage:
    """A manager's till on a desktop, ready for a sale."""
    page = open_as("manager")
    page.open_till()
    return page
