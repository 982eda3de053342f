"""From an uploaded invoice to money at the supplier, through the screens of everybody who has a part in it.

And the story of a changed account: an invoice prints another one, which stops it until people have asked the supplier.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, FilePayload, Page, expect

from gateway.node.demo_documents import SampleInvoice, SampleLine, ubl_of
from gateway.node.demo_documents import Supplier as Sample
from tests.e2e.conftest import DESKTOP, PHONE
from tests.e2e.gateway_process import GatewayProcess
from tests.e2e.purchase_samples import (
    DAIRY,
    MILL,
    OTHER_DAIRY_IBAN,
    OWN_ACCOUNT,
    SECOND_APPROVER,
    SECOND_PASSWORD,
    TWO_FROM,
    seed_shop,
)
from tests.e2e.till_page import TillPage
from tests.support.storage_rows import new_id

_PATIENCE_MS = 40_000
_READ_LIMIT_MS = 90_000
_BANK_LOOKS = 60
_PUT = """async ([address, body]) => {
  const token = document.querySelector('meta[name="csrf-token"]').content;
  const headers = { "X-CSRF-Token": token, "Content-Type": "application/json" };
  const answer = await fetch(address, { method: "PUT", headers, body: JSON.stringify(body) });
  return `${answer.status} ${await answer.text()}`;
}"""


@dataclass(frozen=True, slots=True)
class Office:
    """A gateway at the virtual bank, and the ids of its suppliers by name."""

    process: GatewayProcess
    suppliers: dict[str, str]


Enter = Callable[..., TillPage]


@pytest.fixture(scope="module")
def office(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Office]:
    """A gateway whose invoices above a hundred euro need two people."""
    folder = tmp_path_factory.mktemp("office")
    suppliers = seed_shop(folder)
    process = GatewayProcess(folder, OWN_ACCOUNT)
    process.start()
    yield Office(process, suppliers)
    process.stop()


@pytest.fixture
def enter(office: Office, browser: Browser) -> Iterator[Enter]:
    """Sign somebody in; the browser's console must have had nothing to complain about."""
    expect.set_options(timeout=_PATIENCE_MS)
    process = office.process
    with ExitStack() as stack:
        opened: list[TillPage] = []

        def open_page(who: str, *, size: dict[str, int] = DESKTOP) -> TillPage:
            people = {SECOND_APPROVER: (SECOND_APPROVER, SECOND_PASSWORD, "")} | process.people
            context = browser.new_context(viewport=size, color_scheme="light", locale="en-GB")  # type: ignore[arg-type]  # a plain dict
            stack.callback(context.close)
            context.set_default_timeout(_PATIENCE_MS)
            page = context.new_page()
            page.goto(f"{process.address}/sign-in")
            page.fill("[name=login]", people[who][0])
            page.fill("[name=password]", people[who][1])
            page.click("form button[type=submit]")
            page.wait_for_url(lambda url: "/sign-in" not in url)
            opened.append(TillPage(page, process.address))
            return opened[-1]

        yield open_page
        complaints = [complaint for page in opened for complaint in page.complaints]
    assert complaints == []


def _today() -> date:
    return datetime.now(UTC).date()


def _order(clerk: TillPage, supplier_id: str, number: str, lines: tuple[SampleLine, ...]) -> None:
    """Order something and have it delivered."""
    order_id, day = str(new_id()), (_today() - timedelta(days=9)).isoformat()
    ordered = [
        {"line_no": position, "text": line.text, "quantity": str(line.quantity), "price": str(line.price)}
        | {"tax_code": "V7", "cost_centre": "100", "account_code": "3300"}
        for position, line in enumerate(lines, 1)
    ]
    arrived = [
        {"order_id": order_id, "line_no": position, "quantity": str(line.quantity)}
        for position, line in enumerate(lines, 1)
    ]
    order = {"number": number, "supplier_id": supplier_id, "ordered_on": day, "currency": "EUR", "lines": ordered}
    _put(clerk, "/v1/tax-codes/V7", {"name": "Input tax 7 %", "percent": "7", "account_code": "1571"})
    _put(clerk, "/v1/cost-centres/100", {"name": "Counter"})
    _put(clerk, f"/v1/purchase-orders/{order_id}", order)
    receipt = {"number": f"LS-{number}", "received_on": day, "lines": arrived}
    _put(clerk, f"/v1/goods-receipts/{new_id()}", receipt)


def _put(person: TillPage, address: str, body: dict[str, Any]) -> None:
    answer = person.page.evaluate(_PUT, [address, body])
    assert answer.startswith("20"), answer


def _invoice(supplier: Sample, number: str, order: str, due_on: date, lines: tuple[SampleLine, ...]) -> SampleInvoice:
    issued_on = _today() - timedelta(days=6)
    return SampleInvoice(supplier, number, issued_on, due_on, Decimal(7), lines, order_number=order)


def _hand_in(clerk: TillPage, invoice: SampleInvoice) -> str:
    """Upload an invoice, look at what was read, accept it; return the path of what is owed now."""
    page = clerk.page
    clerk.open("/invoices")
    clerk.wait_for_scripts()
    name = f"{invoice.number}.xml"
    file: FilePayload = {"name": name, "mimeType": "application/xml", "buffer": ubl_of(invoice)}
    page.set_input_files("[data-files]", [file])
    upload = page.locator(".upload", has_text=name)
    expect(upload).to_have_attribute("data-state", "read", timeout=_READ_LIMIT_MS)
    upload.get_by_role("link").click()
    expect(page.locator("#field-invoice_number")).to_have_value(invoice.number)
    clerk.wait_for_scripts()
    read = page.url
    page.locator('[data-act="accept"]').click()
    page.wait_for_url(lambda url: url != read)
    clerk.open(f"/payables?q={invoice.number}")
    link = page.get_by_role("link", name=invoice.supplier.name)
    path = link.get_attribute("href")
    link.click()
    expect(page.get_by_role("heading", level=1)).to_contain_text(invoice.number)
    assert path is not None
    return path


def _state(page: Page, words: str) -> None:
    expect(page.locator(".page-head .state")).to_contain_text(words)


def _approve(person: TillPage, payable: str) -> None:
    person.open(payable.replace("/payables/", "/approvals/"))
    person.wait_for_scripts()
    person.page.locator("[data-act=approve]").click()
    person.page.wait_for_url(lambda url: payable.rpartition("/")[2] not in url)


def _decide(person: TillPage, run: str, words: str, then: str | re.Pattern[str]) -> None:
    """Open a run, decide in the dialog, and see what it is now."""
    person.open(run)
    person.wait_for_scripts()
    person.page.get_by_role("button", name=words).first.click()
    person.page.locator("dialog[open]").get_by_role("button", name=words).click()
    expect(person.page.locator("h1 .state")).to_contain_text(then)


def _look_until(person: TillPage, path: str, *words: str) -> None:
    """Load a page until its state says one of these: the bank works once a second."""
    for _ in range(_BANK_LOOKS):
        person.open(path)
        state = person.page.locator(".page-head .state").inner_text()
        if any(word in state for word in words):
            return
        # Not a guess how long the bank takes: the next look is bounded, and ends as soon as it shows.
        person.page.wait_for_timeout(250)
    raise AssertionError(f"{path} never became {' or '.join(words)}")


def test_invoice_when_uploaded_then_matched_approved_by_two_paid_and_on_the_statement(
    office: Office, enter: Enter, pictures: Path
) -> None:
    clerk = enter("ap-clerk")
    lines = (SampleLine("Wheat flour 25 kg", 10, Decimal("18.40")), SampleLine("Rye flour 25 kg", 4, Decimal("21.00")))
    _order(clerk, office.suppliers[MILL.name], "4500901", lines)
    payable = _hand_in(clerk, _invoice(MILL, "MB-90017", "4500901", _today(), lines))
    _state(clerk.page, "To approve")
    expect(clerk.page.get_by_role("link", name="4500901", exact=True)).to_have_attribute(
        "href", re.compile("^/purchase-orders/")
    )
    expect(clerk.page.get_by_role("link", name="LS-4500901")).to_be_visible()

    first, second = enter("approver", size=PHONE), enter(SECOND_APPROVER)
    _approve(first, payable)
    first.open(payable.replace("/payables/", "/approvals/"))
    expect(first.page.locator("main")).to_contain_text(f"{TWO_FROM}: 1 of 2")
    _approve(second, payable)
    clerk.open(payable)
    _state(clerk.page, "Approved")

    clerk.open("/payment-runs")
    clerk.wait_for_scripts()
    clerk.page.get_by_role("button", name="Propose").click()
    clerk.page.wait_for_url(re.compile("/payment-runs/[0-9a-f-]{36}$"))
    expect(clerk.page.get_by_role("link", name="MB-90017")).to_be_visible()
    run = clerk.page.url.removeprefix(office.process.address)
    _decide(enter("controller"), run, "Approve", "Approved")
    treasurer = enter("treasurer")
    # The bank may have it before the page is drawn again.
    _decide(treasurer, run, "Release", re.compile("Released|With the bank"))

    # On a banking day before the cut-off the bank pays at once.
    _look_until(clerk, payable, "Accepted", "Paid")
    for _ in range(5):
        treasurer.open("/payment-runs/virtual-bank")
        # Until the page answers, the next one to be opened would take the day back.
        with treasurer.page.expect_navigation():
            treasurer.page.get_by_role("button", name="Next day").click()
    _look_until(clerk, payable, "Paid")
    stops = clerk.page.locator(".way li")
    expect(stops).to_have_count(10)
    expect(clerk.page.locator('.way li[data-state="done"]')).to_have_count(10)
    expect(stops.filter(has_text="Document came in")).to_contain_text("demo-ap-clerk")
    expect(stops.filter(has_text=re.compile("^Approved"))).to_contain_text("demo-approver, petra")
    expect(stops.filter(has_text="Run approved")).to_contain_text("demo-controller")
    expect(stops.filter(has_text="Released")).to_contain_text("demo-treasurer")
    expect(stops.filter(has_text="On the statement")).to_contain_text("Bank")
    clerk.page.locator("#paid-title + ul a").last.click()
    expect(clerk.page.locator(".bank-story")).to_contain_text("On the statement")
    clerk.open(payable)
    clerk.page.screenshot(path=pictures / "payable.png", full_page=True)


def test_other_account_on_an_invoice_when_printed_then_it_stops_until_two_people_asked_the_supplier(
    office: Office, enter: Enter
) -> None:
    clerk, manager = enter("ap-clerk"), enter("manager", size=PHONE)
    lines = (SampleLine("Whole milk 10 l", 8, Decimal("9.80")),)
    _order(clerk, office.suppliers[DAIRY.name], "4500902", lines)
    changed = replace(DAIRY, iban=OTHER_DAIRY_IBAN)
    later = _today() + timedelta(days=60)
    payable = _hand_in(clerk, _invoice(changed, "MT-30455", "4500902", later, lines))
    stopped = clerk.page.locator("[data-other-account]")
    expect(stopped).to_contain_text("DE..1065")
    expect(stopped).to_contain_text("DE..5030")
    expect(clerk.page.locator(".signs")).to_contain_text("The confirmed one is paid")
    _state(clerk.page, "To approve")
    found = clerk.hindrances_in_any_light()

    stopped.get_by_role("button", name="Ask for this change").click()
    asking = clerk.page.locator('form[data-api*="/accounts/"]')
    expect(asking.locator("[name=iban]")).to_have_value("DE02 3002 0900 0106 5310 65")
    found += clerk.hindrances_in_any_light()
    clerk.wait_for_scripts()
    asking.get_by_role("button", name="Ask for bank details").click()
    expect(clerk.page).to_have_url(re.compile("/supplier-accounts/"))
    request = clerk.page.url.removeprefix(office.process.address)
    clerk.wait_for_scripts()
    clerk.page.locator("[name=spoke_with]").fill("Ms Talgrund, accounts")
    clerk.page.locator("[name=number_known_from]").fill("the contract")
    clerk.page.get_by_role("button", name="Note the call").click()
    expect(clerk.page.get_by_text("Ms Talgrund, accounts")).to_be_visible()
    clerk.open(payable)
    expect(stopped.get_by_role("button", name="Look at the change")).to_have_attribute("href", request)

    manager.open(request)
    manager.wait_for_scripts()
    manager.page.locator("[data-act=confirm]").click()
    expect(manager.page.get_by_text(re.compile("one approval more until"))).to_be_visible()
    clerk.open(payable)
    expect(stopped).to_have_count(0)
    _state(clerk.page, "To approve")

    first, second = enter("approver", size=PHONE), enter(SECOND_APPROVER)
    _approve(first, payable)
    first.open(payable.replace("/payables/", "/approvals/"))
    expect(first.page.locator(".approval-account")).to_have_text("DE02 3002 0900 0106 5310 65")
    expect(first.page.locator("main")).to_contain_text("New account")
    expect(first.page.locator("main")).to_contain_text("1 of 2")
    _approve(second, payable)
    clerk.open(payable)
    _state(clerk.page, "Approved")
    assert found == []
