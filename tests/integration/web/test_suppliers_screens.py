"""The screens of suppliers, bank details, orders and imports: what each person sees of them."""

from __future__ import annotations

import pytest

from gateway.domain.access import Role
from gateway.node.demo_suppliers import seed_demo_suppliers
from tests.support.small_shop import small_shop
from tests.support.supplier_desk import IBAN, OTHER_IBAN, Desk
from tests.support.web_shop import STORE, TENANT, Shop, new_id

IN_FOURS = "DE02 1203 0000 0000 2020 51"


@pytest.fixture
def clerk(shop: Shop) -> Desk:
    return Desk.of(shop, Role.AP_CLERK)


@pytest.fixture
def manager(shop: Shop) -> Desk:
    return Desk.of(shop, Role.MANAGER)


def _page(desk: Desk, address: str) -> str:
    answer = desk.get(address)
    assert answer.status_code == 200, answer.get_data(as_text=True)
    return " ".join(str(answer.get_data(as_text=True)).replace("<span>", "").replace("</span>", "").split())


def test_pages_when_nothing_is_there_then_they_say_how_it_comes(clerk: Desk) -> None:
    assert "No suppliers yet" in _page(clerk, "/suppliers")
    assert "No orders" in _page(clerk, "/purchase-orders")
    assert "Store exactly this" in _page(clerk, "/suppliers/import")


def test_supplier_then_its_page_tells_terms_accounts_and_journal(clerk: Desk, manager: Desk) -> None:
    supplier_id = clerk.supplier()
    account_id = clerk.ask(supplier_id)
    waiting = _page(manager, "/suppliers")
    manager.post(f"/v1/supplier-accounts/{account_id}/confirm")

    page = _page(manager, f"/suppliers/{supplier_id}")

    assert IN_FOURS in waiting
    assert "Needs a second person" in waiting
    assert "2 % within 10 days" in page
    assert "one approval more until" in page
    assert "Bank details confirmed" in page
    assert "New supplier" not in _page(manager, "/suppliers")
    assert "New supplier" in _page(clerk, "/suppliers")


def test_account_then_its_page_states_the_digits_and_who_may_confirm(clerk: Desk, manager: Desk) -> None:
    supplier_id = clerk.supplier()
    manager.post(f"/v1/supplier-accounts/{clerk.ask(supplier_id, OTHER_IBAN)}/confirm")
    account_id = clerk.ask(supplier_id, IBAN)
    address = f"/supplier-accounts/{account_id}"

    seen, own = _page(manager, address), _page(clerk, address)

    assert IN_FOURS in seen
    assert "DE02 5001 0517 0137 0750 30" in seen
    assert "Confirm account ending in" in seen
    assert "Confirm account ending in" not in own
    assert clerk.get(f"/supplier-accounts/{new_id()}").status_code == 404


def test_screens_when_somebody_may_not_see_them_then_forbidden(shop: Shop) -> None:
    cashier = Desk.of(shop, Role.CASHIER)

    for address in ("/suppliers", "/purchase-orders", "/suppliers/import", f"/suppliers/{new_id()}"):
        assert cashier.get(address).status_code == 403


def test_demo_then_it_has_suppliers_with_confirmed_accounts_and_an_order_that_has_arrived(
    shop: Shop, clerk: Desk
) -> None:
    settings = small_shop(TENANT, STORE, ())
    for role in (Role.AP_CLERK, Role.MANAGER):
        shop.add_person(role, login=f"demo-{role.value}", demo=True)

    for _ in range(2):
        seed_demo_suppliers(settings, shop.storage, shop.clock, orders_changed=lambda *_, **__: None)

    found = clerk.get("/v1/suppliers").json["data"]
    assert [one["number"] for one in found] == ["70001", "70002"]
    for one in found:
        (account,) = clerk.get(f"/v1/suppliers/{one['id']}").json["accounts"]
        assert account["state"] == "effective"
        assert account["cooling_until"] < shop.clock.now().date().isoformat()
        assert account["requested_by"] != account["decided_by"]
    (order,) = clerk.get("/v1/purchase-orders").json["data"]
    page = _page(clerk, f"/purchase-orders/{order['id']}")
    assert "Espresso beans" in page
    assert "LS-2201" in page
