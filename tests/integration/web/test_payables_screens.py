"""The inbox of payables and the page of one: what stands there, in both languages, for those who may."""

from __future__ import annotations

from typing import Any

import pytest

from gateway.domain.access import Role
from tests.integration.web.test_payables_api import accepted_invoice, sent
from tests.support.document_desk import IN_ORDER
from tests.support.supplier_desk import IBAN, OTHER_IBAN, Desk
from tests.support.web_shop import Shop, new_id


@pytest.fixture
def clerk(shop: Shop) -> Desk:
    """A clerk of a shop on SQLite."""
    return Desk.of(shop, Role.AP_CLERK)


def _made(desk: Desk, **changes: Any) -> str:
    answer = desk.put(f"/v1/payables/{new_id()}", sent(**changes))
    assert answer.status_code == 201, answer.text
    return str(answer.json["id"])


def test_inbox_when_nothing_is_owed_then_it_says_what_will_stand_here(clerk: Desk) -> None:
    page = clerk.get("/payables")

    assert page.status_code == 200
    assert "Nothing is owed yet" in page.text


def test_inbox_when_filled_then_chips_count_and_dates_speak(clerk: Desk) -> None:
    clerk.supplier()
    _made(clerk, number="A-1", due_on="2026-02-28", issued_on="2026-02-01", discounts=[])
    _made(clerk, number="A-2", gross="120.00")
    held = _made(clerk, number="A-3", gross="130.00")
    clerk.post(f"/v1/payables/{held}/hold", {"id": str(new_id()), "kind": "disputed", "reason": "Broken"})

    page = clerk.get("/payables").text

    assert page.index("A-1") < page.index("A-2")
    assert "2 days overdue" in page
    assert "discount until" in page
    assert "Disputed" in page
    assert 'href="/payables?show=overdue">Overdue <span class="chip-count">1</span>' in page
    assert "A-1" not in clerk.get("/payables?show=held").text
    assert "A-3" in clerk.get("/payables?show=held").text
    assert "A-2" not in clerk.get("/payables?show=overdue").text
    assert "Nothing found" in clerk.get("/payables?q=zzz").text
    assert clerk.get("/payables?before=x").status_code == 404


def test_page_when_opened_then_way_journal_and_acts_stand_there(clerk: Desk, shop: Shop) -> None:
    clerk.supplier()
    payable = _made(clerk)
    clerk.post(f"/v1/payables/{payable}/hold", {"id": str(new_id()), "kind": "on_hold", "reason": "Broken <b>"})

    page = clerk.get(f"/payables/{payable}").text

    assert 'aria-current="step"' in page
    assert "Broken &lt;b&gt;" in page
    assert "DE..2051" in page
    assert "DE02120300000000202051" not in page
    assert f"/v1/payables/{payable}/lift" in page
    reader = Desk.of(shop, Role.APPROVER)
    assert f"/v1/payables/{payable}/lift" not in reader.get(f"/payables/{payable}").text


def test_page_when_read_in_german_then_no_key_is_left(clerk: Desk) -> None:
    clerk.supplier()
    payable = _made(clerk)
    headers = clerk.key | {"Accept-Language": "de"}

    for address in ("/payables", f"/payables/{payable}"):
        page = clerk.client.get(address, headers=headers).text
        assert "Verbindlichkeiten" in page
        assert "payables." not in page.replace("css/payables.css", "")


def test_page_when_unknown_or_not_permitted_then_refused(clerk: Desk, shop: Shop) -> None:
    assert clerk.get(f"/payables/{new_id()}").status_code == 404
    cashier = Desk.of(shop, Role.CASHIER)
    assert cashier.get("/payables").status_code == 403


def test_review_of_an_invoice_when_accepted_then_it_leads_to_what_is_owed(clerk: Desk, shop: Shop) -> None:
    invoice = accepted_invoice(shop, IN_ORDER)
    payable = clerk.get("/v1/payables").json["data"][0]["id"]

    assert f'href="/payables/{payable}"' in clerk.get(f"/invoices/{invoice}").text
    assert f'href="/invoices/{invoice}"' in clerk.get(f"/payables/{payable}").text


def test_page_when_another_account_is_printed_then_it_says_so_and_leads_to_the_request(clerk: Desk, shop: Shop) -> None:
    supplier = clerk.supplier()
    account = clerk.ask(supplier, IBAN)
    assert Desk.of(shop, Role.MANAGER).post(f"/v1/supplier-accounts/{account}/confirm").status_code == 200
    payable = _made(clerk, printed_iban=OTHER_IBAN)

    page = clerk.get(f"/payables/{payable}").text
    asking = f"/suppliers/{supplier}?printed_on={payable}"

    assert "It prints account DE..5030, but the supplier is paid to DE..2051" in page
    assert f'href="{asking}#ask-account"' in page
    assert OTHER_IBAN not in page
    assert 'value="DE02 5001 0517 0137 0750 30"' in clerk.get(asking).text
    reader = Desk.of(shop, Role.APPROVER)
    assert "It prints account DE..5030" in reader.get(f"/payables/{payable}").text
    assert "printed_on=" not in reader.get(f"/payables/{payable}").text
    assert "0137 0750" not in reader.get(asking).text
    asked = clerk.ask(supplier, OTHER_IBAN)
    assert f'href="/supplier-accounts/{asked}"' in clerk.get(f"/payables/{payable}").text


def test_page_when_no_account_is_confirmed_then_the_printed_one_can_be_asked_for_without_an_alarm(clerk: Desk) -> None:
    supplier = clerk.supplier()
    payable = _made(clerk, printed_iban=OTHER_IBAN)

    page = clerk.get(f"/payables/{payable}").text

    assert f'href="/suppliers/{supplier}?printed_on={payable}#ask-account"' in page
    assert "but the supplier is paid to" not in page


def test_request_when_begun_from_another_suppliers_invoice_then_nothing_is_filled_in(clerk: Desk) -> None:
    clerk.supplier()
    payable, other = _made(clerk, printed_iban=OTHER_IBAN), clerk.supplier("70002", vat_ids=[])

    for asked in (payable, new_id(), "x"):
        assert "0137 0750" not in clerk.get(f"/suppliers/{other}?printed_on={asked}").text
