"""Payables in a browser: one is found, held with a reason, let go again; nobody is hindered on the way."""

from __future__ import annotations

from typing import Any

from playwright.sync_api import expect

from tests.e2e.conftest import PHONE, OpenAs
from tests.e2e.till_page import TillPage
from tests.integration.web.test_payables_api import sent
from tests.support.storage_rows import new_id
from tests.support.supplier_desk import supplier

_SEND = """async ([address, body]) => {
  const token = document.querySelector('meta[name="csrf-token"]').content;
  const headers = { "X-CSRF-Token": token, "Content-Type": "application/json" };
  const answer = await fetch(address, { method: "PUT", headers, body: JSON.stringify(body) });
  return answer.status;
}"""


def _send(clerk: TillPage, address: str, body: dict[str, Any]) -> None:
    assert clerk.page.evaluate(_SEND, [address, body]) in (200, 201)


def test_payable_when_held_in_the_browser_then_the_inbox_and_the_journal_tell_it(open_as: OpenAs) -> None:
    """A clerk finds an invoice, holds it with a reason, sees it among the held ones, and lifts the hold."""
    clerk = open_as("ap-clerk")
    clerk.open("/payables")
    found = clerk.hindrances_in_any_light()
    number = str(new_id())[-6:]
    _send(clerk, f"/v1/suppliers/{new_id()}", supplier(number, name=f"Hafen Kaffee {number}", vat_ids=[]))
    payable, bill = new_id(), f"RE-{number}"
    _send(clerk, f"/v1/payables/{payable}", sent(supplier_number=number, number=bill, due_on="2026-03-05"))

    clerk.open(f"/payables?q={bill}")
    expect(clerk.page.get_by_text("overdue").first).to_be_visible()
    clerk.page.get_by_role("link", name=f"Hafen Kaffee {number}").click()
    clerk.page.get_by_text("Hold payment", exact=True).first.click()
    clerk.page.locator('[data-act-of="hold"] [name="reason"]').fill("Two boxes were broken")
    clerk.page.keyboard.press("Enter")

    expect(clerk.page.locator(".notice.wait")).to_contain_text("Two boxes were broken")
    expect(clerk.page.locator(".journal li").first).to_contain_text("Held")
    found += clerk.hindrances_in_any_light()
    clerk.open(f"/payables?show=held&q={bill}")
    expect(clerk.page.get_by_role("link", name=f"Hafen Kaffee {number}")).to_be_visible()
    found += clerk.hindrances_in_any_light()
    assert found == []

    phone = open_as("ap-clerk", size=PHONE)
    phone.open(f"/payables/{payable}")
    assert not phone.is_wider_than_screen()
    phone.page.get_by_text("Let it be paid again").first.click()
    phone.page.locator('[data-act-of="lift"] [name="reason"]').fill("Replaced")
    phone.page.locator('[data-act-of="lift"] button').click()
    expect(phone.page.locator(".journal li").first).to_contain_text("Hold lifted")
