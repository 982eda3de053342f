"""The shift screens as served: what each state shows, and that nobody who counts sees what should be there."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from gateway.domain.access import Role
from tests.support.web_shop import new_id

if TYPE_CHECKING:
    from tests.support.web_shop import Shop


class Person:
    """Somebody at the screens."""

    def __init__(self, shop: Shop, role: Role) -> None:
        self.client, self.headers = shop.signed(role)

    def page(self, address: str = "/shift", status: int = 200) -> str:
        response = self.client.get(address, headers={"Accept": "text/html"})
        assert response.status_code == status, response.text
        return response.text

    def post(self, address: str, **body: Any) -> str:
        response = self.client.post(address, json={"id": str(new_id()), **body}, headers=self.headers)
        assert response.status_code == 201, response.text
        return str(response.get_json()["links"]["self"])


def euro(amount: str) -> dict[str, str]:
    return {"amount": amount, "currency": "EUR"}


@pytest.fixture
def cashier(shop: Shop) -> Person:
    return Person(shop, Role.CASHIER)


@pytest.fixture
def manager(shop: Shop) -> Person:
    return Person(shop, Role.MANAGER)


def test_register_without_a_shift_then_the_form_to_open_one(cashier: Person) -> None:
    page = cashier.page()

    assert 'data-step="open"' in page
    assert 'data-piece="500.00"' in page
    assert 'data-piece="0.01"' in page
    assert "No shift was closed yet" in page
    assert "Open the shift of Till 2" in cashier.page("/shift?register=till-2")
    cashier.page("/shift?register=nowhere", 404)


def test_running_shift_then_its_steps_and_no_figure_to_count_by(cashier: Person, manager: Person) -> None:
    address = cashier.post("/v1/shifts", register_id="till-1", float=euro("100.00"))
    cashier.post(f"{address}/movements", kind="pay_out", amount=euro("7.31"), reason="milk for the office")

    page = cashier.page()

    assert "milk for the office" in page
    assert 'data-step="count"' in page
    assert "92.69" not in page
    assert "X report" not in page
    shift = address.removeprefix("/v1/shifts/")
    assert "92.69" not in cashier.page(f"/shift/{shift}")
    assert "92.69" in manager.page(f"/shift/{shift}")


def test_count_then_its_difference_in_words_and_the_way_on(cashier: Person, manager: Person) -> None:
    address = cashier.post("/v1/shifts", register_id="till-1", float=euro("100.00"))
    cashier.post(f"{address}/counts", counted=euro("98.50"))

    page = cashier.page()

    assert "EUR\N{NO-BREAK SPACE}1.50 missing" in page
    assert 'data-step="closing"' in page
    assert 'data-step="recount"' not in page
    assert 'data-step="recount"' in manager.page()


def test_closed_shift_then_listed_with_its_report_and_a_task_for_the_manager(cashier: Person, manager: Person) -> None:
    address = cashier.post("/v1/shifts", register_id="till-1", float=euro("100.00"))
    cashier.post(f"{address}/counts", counted=euro("98.50"))
    cashier.post(f"{address}/closing", left=euro("50.00"))
    shift = address.removeprefix("/v1/shifts/")

    assert "Z REPORT 1" in cashier.page(f"/shift/{shift}")
    assert 'data-step="review"' not in cashier.page()
    page = manager.page()
    assert "Differences to look into" in page
    assert 'data-step="review"' in page
    assert "waits for you" in manager.page("/board")
    manager.post(f"{address}/review", reason="a coin roll was torn")
    assert "Differences to look into" not in manager.page()
    assert "waits for you" not in manager.page("/board")
    Person.page(cashier, f"/shift/{new_id()}", 404)


def test_stranger_then_no_closed_shift_of_somebody_else(shop: Shop, cashier: Person) -> None:
    address = cashier.post("/v1/shifts", register_id="till-1", float=euro("100.00"))
    cashier.post(f"{address}/counts", counted=euro("100.00"))
    cashier.post(f"{address}/closing", left=euro("0.00"))

    stranger = Person(shop, Role.CASHIER)

    assert "Z 1" not in stranger.page()
    stranger.page(f"/shift/{address.removeprefix('/v1/shifts/')}", 403)
    administrator = Person(shop, Role.ADMINISTRATOR)
    administrator.page("/shift", 403)
