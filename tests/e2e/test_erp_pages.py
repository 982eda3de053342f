"""The pages of ERPs, over the demo's own ERP: tried, a refused document understood and ended, a mapping tried.

Two documents wait before the gateway starts: a day that the ERP posts, and an entry with an account it does not know.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import ExitStack, closing
from pathlib import Path

import pytest
from playwright.sync_api import Browser, expect

from gateway.adapters.clock import SystemClock
from gateway.adapters.db.unit_of_work import SqlStorage
from gateway.domain.erp.canonical import as_json
from gateway.domain.erp.posting import Posting
from tests.e2e.conftest import DESKTOP, PHONE
from tests.e2e.gateway_process import GatewayProcess
from tests.e2e.till_page import TillPage
from tests.support.erp_documents import entry, key_of, sales_day
from tests.support.migrated import migrated_sqlite
from tests.support.web_shop import STORE, TENANT

_PATIENCE_MS = 40_000


@pytest.fixture
def demo_shop(tmp_path: Path) -> Iterator[GatewayProcess]:
    """The demo with its ERP, which gets two documents at once."""
    process = GatewayProcess(tmp_path, "erp = true\n")
    url = migrated_sqlite(process.database)
    with closing(SqlStorage(url, SystemClock())) as storage, storage.write() as unit:
        now = SystemClock().now()
        for document in (sales_day(1), entry(2)):
            posting = Posting("sandbox", document.key, document.kind, as_json(document), "t", now, now, now)
            assert unit.erp.add((TENANT, STORE), posting, "runner")
    process.start()
    yield process
    process.stop()


def _entered(
    stack: ExitStack, browser: Browser, shop: GatewayProcess, role: str, locale: str, size: object
) -> TillPage:
    context = browser.new_context(viewport=size, color_scheme="light", locale=locale)  # type: ignore[arg-type]  # a plain dict
    stack.callback(context.close)
    context.set_default_timeout(_PATIENCE_MS)
    page = context.new_page()
    page.goto(f"{shop.address}/sign-in")
    page.fill("[name=login]", shop.people[role][0])
    page.fill("[name=password]", shop.people[role][1])
    page.click("form button[type=submit]")
    page.wait_for_url(lambda url: "/sign-in" not in url)
    return TillPage(page, shop.address)


def _settled(person: TillPage) -> None:
    """Load the list until both documents have their end."""
    for _ in range(100):
        person.open("/erps/sandbox")
        if person.page.locator('tr[data-state="posted"], tr[data-state="refused"]').count() == 2:
            return
        # Not a guess how long the ERP takes: the next look is bounded, and ends as soon as it shows.
        person.page.wait_for_timeout(250)
    raise AssertionError(person.page.locator("main").inner_text())


def test_erp_when_tried_refused_and_mapped_then_people_understand_and_nobody_is_hindered(
    browser: Browser, demo_shop: GatewayProcess
) -> None:
    expect.set_options(timeout=_PATIENCE_MS)
    with ExitStack() as stack:
        manager = _entered(stack, browser, demo_shop, "manager", "en-GB", DESKTOP)
        german = _entered(stack, browser, demo_shop, "treasurer", "de-DE", PHONE)
        administrator = _entered(stack, browser, demo_shop, "administrator", "en-GB", DESKTOP)

        _settled(manager)
        found = manager.hindrances_in_any_light()
        manager.open("/erps")
        manager.wait_for_scripts()
        manager.page.get_by_role("button", name="Try the connection").press("Enter")
        expect(manager.page.locator("[data-checked]")).to_contain_text("Sandbox Ltd")
        found += manager.hindrances_in_any_light()

        german.open(f"/erps/sandbox/documents/{key_of(2)}")
        german.wait_for_scripts()
        expect(german.page.locator("main")).to_contain_text("Das ERP kennt dieses Konto nicht.")
        found += german.hindrances_in_any_light(widths=(360,))
        german.page.get_by_text("Aufgeben").first.click()
        german.page.fill("[name=reason]", "dort von Hand eingetragen")
        german.page.get_by_role("button", name="Aufgeben").click()
        expect(german.page.get_by_role("heading", level=1)).to_contain_text("Aufgegeben")

        administrator.open("/erps/sandbox/mapping")
        administrator.wait_for_scripts()
        administrator.page.locator("[name=key]").select_option(key_of(2))
        show = administrator.page.get_by_role("button", name="Show what would be sent")
        show.click()
        expect(administrator.page.locator("[data-previewed]")).to_contain_text(re.compile("fits? nothing"))
        found += administrator.hindrances_in_any_light()
        administrator.page.locator("[name=tables]").fill('[accounts]\nbank = "1800"\ncash = "1000"')
        show.click()
        expect(administrator.page.locator("[data-previewed]")).to_contain_text("Everything fits")

        complaints = [one for person in (manager, german, administrator) for one in person.complaints]
    assert found == []
    assert complaints == []
