"""A month at the matching desk: a statement comes in, the certain lines go at once, the rest is for a person.

One proposal is rejected and written off by two people, one line is undone, a learned habit is put in use; at the end
nothing is unexplained.
"""

from __future__ import annotations

import uuid
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, expect

from gateway.adapters.clock import SystemClock
from gateway.adapters.db import schema
from gateway.adapters.db.unit_of_work import SqlStorage
from gateway.domain.access import Caller, Permission
from gateway.domain.ids import StoreId, TenantId
from gateway.domain.money import Currency, Money
from gateway.reconciliation.explanations import Kind
from gateway.reconciliation.memory import Memory, PaidSo, learn
from gateway.reconciliation.records import PartyId
from gateway.services.bank.engine_records import memory_document
from gateway.services.bank.hand_in_items import HandedItem, HandInItems
from tests.e2e.conftest import DESKTOP
from tests.e2e.gateway_process import GatewayProcess
from tests.e2e.till_page import TillPage
from tests.support.bank_statements import camt, camt_entry

_PATIENCE_MS = 30_000
_SETTINGS = """
[payables.statements]
automatic = false
write_off_max = "20.00"
[[payables.accounts]]
id = "main"
name = "House bank"
holder = "Corner Shop GmbH"
iban = "DE02120300000000202051"
"""
_ITEMS = (
    ("a", "Alpha Handels GmbH", "RE-2026-1000", 120000),
    ("b1", "Beta Werke KG", "RE-2026-1001", 45050),
    ("b2", "Beta Werke KG", "RE-2026-1002", 54850),
    ("c", "Gamma Export SA", "RE-2026-1003", 99000),
    ("d", "Delta Bau GmbH", "RE-2026-1004", 5000),
)
_LINES = (
    ("20", "-12.90", "House bank", "Account fees of October"),
    ("15", "985.00", "Gamma Export SA", "Our order of September"),
    ("12", "999.00", "Beta Zentrale", "Two invoices at once"),
    ("09", "1200.00", "Alpha Handels GmbH", "RE-2026-1000"),
    ("08", "50.00", "Delta Bau GmbH", "RE-2026-1004"),
)
OpenDesk = Callable[..., TillPage]


def _statement() -> bytes:
    """Return October: opened with 1,000.00, closed with 4,221.10, the last line first as some banks write it."""
    entries = []
    for day, amount, name, text in _LINES:
        side = "Cdtr" if amount.startswith("-") else "Dbtr"
        party = f"<RltdPties><{side}><Pty><Nm>{name}</Nm></Pty></{side}></RltdPties>"
        inside = f"<NtryDtls><TxDtls>{party}<RmtInf><Ustrd>{text}</Ustrd></RmtInf></TxDtls></NtryDtls>"
        entries.append(camt_entry(amount, ref=f"R{day}", inside=inside, day=f"2026-10-{day}"))
    return camt(entries, "1000.00", "4221.10")


@pytest.fixture(scope="module")
def shop_with_items(tmp_path_factory: pytest.TempPathFactory) -> Iterator[GatewayProcess]:
    """A gateway whose ERP has handed in five open items; it accepts nothing by itself, and has learned a habit."""
    folder = tmp_path_factory.mktemp("desk")
    url = f"sqlite:///{folder}/shop.sqlite3"
    schema.upgrade(url)
    storage = SqlStorage(url, SystemClock())
    erp = Caller(
        TenantId("main"), StoreId("store-1"), uuid.UUID(int=1), "key:erp", frozenset({Permission.STATEMENTS_WORK})
    )
    items = [
        HandedItem(
            id=name,
            amount=Money(minor, Currency.of("EUR")),
            issued=date(2026, 9, 20),
            due=date(2026, 10, 20),
            party=party.split()[0],
            party_name=party,
            document=document,
        )
        for name, party, document, minor in _ITEMS
    ]
    HandInItems(storage=storage, clock=SystemClock()).put(erp, items, "erp")
    now, memory = SystemClock().now(), Memory()
    for _ in range(2):
        memory = learn(memory, PaidSo(PartyId("Gamma"), Kind.FEE, now.date()))
    learned = memory_document(memory)
    storage.write_retrying(lambda unit: unit.reconciliation.set_memory(erp.tenant_id, erp.store_id, learned, now))
    storage.close()
    process = GatewayProcess(folder, _SETTINGS)
    process.start()
    yield process
    process.stop()


@pytest.fixture
def open_desk(shop_with_items: GatewayProcess, browser: Browser) -> Iterator[OpenDesk]:
    """Open a page as somebody of the office; the browser's console must have had nothing to complain about."""
    expect.set_options(timeout=_PATIENCE_MS)
    with ExitStack() as stack:
        opened: list[TillPage] = []

        def open_page(role: str, **options: Any) -> TillPage:
            context = browser.new_context(viewport=DESKTOP, locale="en-GB", **options)  # type: ignore[arg-type]  # a plain dict
            stack.callback(context.close)
            context.set_default_timeout(_PATIENCE_MS)
            person = TillPage(context.new_page(), shop_with_items.address)
            person.page.goto(f"{shop_with_items.address}/sign-in")
            login, password, _ = shop_with_items.people[role]
            person.page.fill("[name=login]", login)
            person.page.fill("[name=password]", password)
            person.page.click("form button[type=submit]")
            person.page.wait_for_url(lambda url: "/sign-in" not in url)
            opened.append(person)
            return person

        yield open_page
        complaints = [complaint for page in opened for complaint in page.complaints]
    assert complaints == []


def _line(person: TillPage, name: str) -> Any:
    return person.page.locator("[data-lines] [data-line]").filter(has_text=name)


def _choose(person: TillPage, name: str) -> None:
    """Choose a line and wait until it is shown beside the list."""
    wanted = _line(person, name).get_attribute("data-line")
    _line(person, name).locator("[data-row]").click()
    expect(person.page.locator(f'[data-shown="{wanted}"]')).to_be_visible()


def _take_items(person: TillPage, *documents: str) -> None:
    for document in documents:
        row = person.page.locator("[data-item]").filter(has_text=document)
        row.get_by_role("checkbox").check()


def test_month_from_the_statement_to_nothing_unexplained(open_desk: OpenDesk, pictures: Path) -> None:
    treasurer = open_desk("treasurer")
    page = treasurer.page
    found = _take_in(treasurer)
    treasurer.open("/bank")
    treasurer.wait_for_scripts()
    _choose(treasurer, "Alpha Handels")
    expect(page.locator("[data-match].chosen")).to_contain_text("The number of the document stands in the text.")
    page.evaluate("scrollTo(0, 0)")
    page.screenshot(path=pictures / "matching-desk.png", full_page=True)

    _ask_why_not(treasurer)
    _divide_and_join(treasurer)
    found += _reject_and_write_off(treasurer, open_desk("controller"))

    # What is certain goes at once: exactly what the preview says.
    treasurer.open("/bank/certain")
    expect(page.locator("#certain")).to_contain_text("1 certain line")
    expect(page.locator("#certain tbody")).to_contain_text("Pays it exactly")
    found += [f"certain: {one}" for one in treasurer.hindrances_in_any_light()]
    with page.expect_navigation():
        page.get_by_role("button", name="Accept this line").click()
    treasurer.wait_for_scripts()
    expect(_line(treasurer, "Alpha")).to_have_count(0)
    expect(page.locator("[data-lines] [data-line]")).to_have_count(3)

    # A bundle that nothing named: two items for one line, by hand.
    _choose(treasurer, "Beta Zentrale")
    _take_items(treasurer, "RE-2026-1001", "RE-2026-1002")
    expect(page.locator("[data-difference]")).to_have_text("EUR\u00a00.00")
    page.get_by_role("button", name="Match what was chosen").click()
    expect(page.locator("[data-done]")).to_contain_text("Matched and booked")
    expect(_line(treasurer, "Beta Zentrale")).to_have_count(0)

    # A payment less charges: the item, and five euros that the bank kept.
    _choose(treasurer, "Gamma Export")
    found += [f"desk: {one}" for one in treasurer.hindrances_in_any_light()]
    _take_items(treasurer, "RE-2026-1003")
    expect(page.locator("[data-difference]")).to_have_text("EUR\u00a0\u22125.00")
    page.select_option("select[name=rest]", "fee")
    page.get_by_role("button", name="Put it down").click()
    expect(page.locator("[data-difference]")).to_have_text("EUR\u00a00.00")
    page.get_by_role("button", name="Match what was chosen").click()
    expect(_line(treasurer, "Gamma Export")).to_have_count(0)

    # The bank's own fee is written off, by keys alone.
    _choose(treasurer, "House bank")
    page.keyboard.press("w")
    page.locator("#write-off-dialog [name=account_code]").fill("4970")
    page.locator("#write-off-dialog [name=reason]").fill("Fees of the account")
    page.keyboard.press("Enter")
    expect(page.locator(".empty")).to_contain_text("Nothing here")
    _expect_month(treasurer, "yes", "0.00")

    _undo_and_match_again(treasurer)
    _expect_month(treasurer, "yes", "0.00")
    found += _use_habit(treasurer)
    assert found + _hindrances_of_pages(treasurer) == []


def _hindrances_of_pages(treasurer: TillPage) -> list[str]:
    found = []
    for path in ("/months?month=2026-10", "?show=all", "/statements", "/approvals"):
        treasurer.open(f"/bank{path}")
        treasurer.wait_for_scripts()
        found += [f"{path}: {one}" for one in treasurer.hindrances_in_any_light(widths=(360,))]
    return found


def _take_in(treasurer: TillPage) -> list[str]:
    """Look at the statement and take it in; return what hinders somebody."""
    page = treasurer.page
    treasurer.open("/bank")
    expect(page.locator(".empty")).to_contain_text("No statement yet")

    # The statement is looked at, then taken in; it is one that adds up.
    treasurer.open("/bank/statements")
    treasurer.wait_for_scripts()
    page.set_input_files("[data-files]", {"name": "october.xml", "mimeType": "text/xml", "buffer": _statement()})
    preview = page.locator("[data-previews] .file-preview")
    expect(preview).to_contain_text("5 new lines, 0 known")
    expect(preview).to_contain_text("closing EUR\u00a04,221.10")
    found = [f"preview: {one}" for one in treasurer.hindrances_in_any_light(widths=(360,))]
    with page.expect_navigation():
        preview.get_by_role("button", name="Take it in").click()
    expect(page.locator("#statement tbody tr")).to_have_count(5)
    return found


def _ask_why_not(treasurer: TillPage) -> None:
    """An item that somebody expected for a line says what speaks against it; matching again finds nothing new."""
    page = treasurer.page
    _choose(treasurer, "Beta Zentrale")
    item = page.locator("[data-item]").filter(has_text="RE-2026-1003")
    item.get_by_role("button", name="Why not?").click()
    expect(item.locator("[data-why]")).to_contain_text("The name differs")
    page.get_by_role("button", name="Match again").click()
    expect(page.locator("[data-done]")).to_contain_text("Matched again")
    expect(page.locator("[data-running]")).to_be_hidden()


def _divide_and_join(treasurer: TillPage) -> None:
    """A line in two parts is two lines that are matched alone, and one again when it is taken back."""
    page = treasurer.page
    _choose(treasurer, "House bank")
    page.keyboard.press("s")
    dialog = page.locator("#split-dialog")
    parts = dialog.locator(".split-part")
    for number, (amount, words) in enumerate((("-10.00", "Account"), ("-2.90", "Cards"))):
        parts.nth(number).locator("[data-amount]").fill(amount)
        parts.nth(number).locator("[data-text]").fill(words)
    dialog.locator("[type=submit]").click()
    expect(page.locator("[data-lines] [data-line]")).to_have_count(6)

    treasurer.open("/bank?show=all")
    treasurer.wait_for_scripts()
    page.locator("[data-lines] [data-line]").filter(has_text="12.90").locator("[data-row]").click()
    expect(page.locator("[data-shown]")).to_contain_text("12.90")
    page.keyboard.press("u")
    page.locator("#undo-dialog [name=reason]").fill("It is one after all")
    page.keyboard.press("Enter")
    expect(page.locator("[data-done]")).to_contain_text("Taken back")


def _reject_and_write_off(treasurer: TillPage, controller: TillPage) -> list[str]:
    """A proposal is not right, and what it stood for is written off: above the limit, so a second person agrees."""
    page = treasurer.page
    treasurer.open("/bank")
    treasurer.wait_for_scripts()
    _choose(treasurer, "Delta Bau")
    expect(page.locator("[data-match].chosen")).to_be_visible()
    page.keyboard.press("r")
    page.locator("#reject-dialog [name=reason]").fill("It was paid in cash")
    page.keyboard.press("Enter")
    expect(page.locator("[data-done]")).to_contain_text("Not proposed again")
    expect(page.locator("[data-match]")).to_have_count(0)
    page.keyboard.press("w")
    page.locator("#write-off-dialog [name=account_code]").fill("4980")
    page.locator("#write-off-dialog [name=reason]").fill("A deposit")
    page.keyboard.press("Enter")
    expect(page.locator("[data-done]")).to_contain_text("ritten off")
    treasurer.open("/bank/approvals")
    expect(page.locator("[data-write-off]")).to_contain_text("You asked for it")

    controller.open("/bank/approvals")
    controller.wait_for_scripts()
    asked = controller.page.locator("[data-write-off]")
    expect(asked).to_contain_text("A deposit")
    found = [f"approvals: {one}" for one in controller.hindrances_in_any_light(widths=(360,))]
    asked.get_by_role("button", name="Approve").click()
    expect(controller.page.locator("#write-offs")).to_contain_text("No write-off waits")
    treasurer.open("/bank")
    treasurer.wait_for_scripts()
    expect(_line(treasurer, "Delta Bau")).to_have_count(0)
    return found


def _use_habit(treasurer: TillPage) -> list[str]:
    """A habit that was learned is looked at, tried on history, and put in use; return what hinders somebody."""
    page = treasurer.page
    treasurer.open("/bank/rules")
    habit = page.locator("[data-learned]")
    expect(habit).to_contain_text("pays less charges")
    expect(habit).to_contain_text("Not used")
    habit.get_by_role("button", name="Try it on history").click()
    treasurer.wait_for_scripts()
    expect(habit).to_contain_text("No line of the past would be explained otherwise")
    found = [f"learned: {one}" for one in treasurer.hindrances_in_any_light()]
    habit.get_by_role("button", name="Use it").click()
    expect(habit).to_contain_text("In use")
    return found


def _undo_and_match_again(treasurer: TillPage) -> None:
    """Take the bundle back: the line and both items are open, the month does not close; then match it once more."""
    page = treasurer.page
    treasurer.open("/bank?show=matched")
    treasurer.wait_for_scripts()
    _choose(treasurer, "Beta Zentrale")
    page.keyboard.press("u")
    page.locator("#undo-dialog [name=reason]").fill("To look once more")
    page.keyboard.press("Enter")
    expect(page.locator("[data-done]")).to_contain_text("Taken back")
    _expect_month(treasurer, "no", "999.00")

    treasurer.open("/bank")
    treasurer.wait_for_scripts()
    _choose(treasurer, "Beta Zentrale")
    _take_items(treasurer, "RE-2026-1001", "RE-2026-1002")
    page.get_by_role("button", name="Match what was chosen").click()
    expect(page.locator(".empty")).to_contain_text("Nothing here")


def _expect_month(treasurer: TillPage, closes: str, unexplained: str) -> None:
    treasurer.open("/bank/months?month=2026-10")
    month = treasurer.page.locator('[data-account="main"]')
    expect(month).to_have_attribute("data-closes", closes)
    expect(month).to_contain_text(unexplained)
