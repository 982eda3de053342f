"""Orders made, changed, closed and delivered by hand; codes that are switched off; accounts of employees."""

from __future__ import annotations

from typing import Any

import pytest

from gateway.domain.access import Role
from tests.support.supplier_desk import FRENCH_IBAN, Desk
from tests.support.web_shop import Shop, new_id


@pytest.fixture
def clerk(any_shop: Shop) -> Desk:
    return Desk.of(any_shop, Role.AP_CLERK)


def _line(number: int = 1, **told: Any) -> dict[str, Any]:
    return {"line_no": number, "text": "Coffee beans", "quantity": "10", "price": "12.5", "unit": "KGM"} | told


def _order(supplier_id: str, *lines: dict[str, Any], **told: Any) -> dict[str, Any]:
    known = {"number": "B-1", "supplier_id": supplier_id, "ordered_on": "2026-03-01", "currency": "EUR"}
    return known | {"lines": list(lines or (_line(),))} | told


def _stored(clerk: Desk, **told: Any) -> tuple[str, str]:
    supplier_id, order_id = clerk.supplier(), str(new_id())
    answer = clerk.put(f"/v1/purchase-orders/{order_id}", _order(supplier_id, **told))
    assert answer.status_code == 200, answer.json
    return supplier_id, order_id


def _receive(clerk: Desk, order_id: str, quantity: str, number: str) -> Any:
    body = {
        "number": number,
        "received_on": "2026-03-05",
        "lines": [{"order_id": order_id, "line_no": 1, "quantity": quantity}],
    }
    return clerk.put(f"/v1/goods-receipts/{new_id()}", body)


def test_order_when_closed_then_nothing_more_is_expected_until_it_is_opened_again(clerk: Desk) -> None:
    _, order_id = _stored(clerk)
    address = f"/v1/purchase-orders/{order_id}"

    stale = clerk.post(f"{address}/close", {"version": 7})
    closed = clerk.post(f"{address}/close", {"version": 1})
    again = clerk.post(f"{address}/close", {"version": 1})
    opened = clerk.post(f"{address}/reopen", {"version": 2})

    assert (stale.status_code, stale.json["code"]) == (409, "order_changed")
    assert (closed.json["closed"], closed.json["version"]) == (True, 2)
    assert (again.status_code, again.json["version"]) == (200, 2)
    assert (opened.json["closed"], opened.json["version"]) == (False, 3)
    assert clerk.post(f"/v1/purchase-orders/{new_id()}/close", {"version": 1}).status_code == 404


def test_order_when_closed_by_somebody_who_may_only_read_then_forbidden(any_shop: Shop, clerk: Desk) -> None:
    _, order_id = _stored(clerk)
    approver = Desk.of(any_shop, Role.APPROVER)

    assert approver.post(f"/v1/purchase-orders/{order_id}/close", {"version": 1}).status_code == 403
    assert approver.get("/purchase-orders/new").status_code == 403


def test_delivery_in_parts_then_the_page_tells_what_is_open_and_used_lines_stay(clerk: Desk) -> None:
    supplier_id, order_id = _stored(clerk)

    first = _receive(clerk, order_id, "4", "LS-1")
    second = _receive(clerk, order_id, "2.5", "LS-2")
    back = _receive(clerk, order_id, "-1", "LS-3")
    page = clerk.get(f"/purchase-orders/{order_id}").get_data(as_text=True)
    gone = clerk.put(f"/v1/purchase-orders/{order_id}", _order(supplier_id, _line(2), version=1))
    form = clerk.get(f"/purchase-orders/{order_id}/edit").get_data(as_text=True)

    assert [one.status_code for one in (first, second, back)] == [200, 200, 200]
    assert 'data-open="4.5"' in page
    assert "Close: nothing more comes" in page
    assert (gone.status_code, gone.json["code"]) == (409, "order_line_in_use")
    assert "it stays" in form


def test_order_that_nothing_came_of_when_closed_then_it_is_told_as_cancelled(clerk: Desk) -> None:
    _, order_id = _stored(clerk)
    before = clerk.get(f"/purchase-orders/{order_id}").get_data(as_text=True)
    clerk.post(f"/v1/purchase-orders/{order_id}/close", {"version": 1})

    after = clerk.get(f"/purchase-orders/{order_id}").get_data(as_text=True)

    assert "Cancel the order" in before
    assert "Cancelled" in after
    assert "Book a delivery" not in after


def test_form_then_a_supplier_is_chosen_and_an_agreed_amount_stays(clerk: Desk) -> None:
    amount = {"amount": "120.00", "currency": "EUR"}
    supplier_id, order_id = _stored(clerk, lines=[_line(amount=amount)], freight={"amount": "8.50", "currency": "EUR"})

    choosing = clerk.get("/purchase-orders/new?find=kaffee").get_data(as_text=True)
    empty = clerk.get(f"/purchase-orders/new?supplier={supplier_id}").get_data(as_text=True)
    filled = clerk.get(f"/purchase-orders/{order_id}/edit").get_data(as_text=True)

    assert f"/purchase-orders/new?supplier={supplier_id}" in choosing
    assert 'id="order-form"' in empty
    assert 'data-amount="120.00"' in filled
    assert 'data-was="10|12.5|1"' in filled
    assert 'value="8.5"' in filled
    assert clerk.get("/purchase-orders/new?supplier=nothing").status_code == 200
    assert clerk.get(f"/purchase-orders/{new_id()}/edit").status_code == 404


def test_code_when_switched_off_then_told_and_not_offered(clerk: Desk) -> None:
    supplier_id = clerk.supplier()
    for code, percent in (("V7", "7"), ("V19", "19")):
        clerk.put(f"/v1/tax-codes/{code}", {"name": f"Input tax {percent} %", "percent": percent})
    off = {"name": "Input tax 7 %", "percent": "7", "in_use": False, "discount_corrects_tax": False}
    clerk.put("/v1/tax-codes/V7", off)
    clerk.put("/v1/cost-centres/100", {"name": "Counter", "in_use": False})

    told = {one["code"]: one for one in clerk.get("/v1/tax-codes").json["data"]}
    page = clerk.get("/suppliers/codes").get_data(as_text=True)
    form = clerk.get(f"/purchase-orders/new?supplier={supplier_id}").get_data(as_text=True)

    assert (told["V7"]["in_use"], told["V7"]["discount_corrects_tax"]) == (False, False)
    assert (told["V19"]["in_use"], told["V19"]["discount_corrects_tax"]) == (True, True)
    assert clerk.get("/v1/cost-centres").json["data"][0]["in_use"] is False
    assert page.count("switched off</span>") == 2
    assert 'value="V19"' in form
    assert 'value="V7"' not in form


def test_code_when_imported_again_then_it_stays_switched_off(clerk: Desk) -> None:
    clerk.put("/v1/tax-codes/V7", {"name": "old", "percent": "7", "in_use": False, "discount_corrects_tax": False})
    query, data = f"name=codes.csv&progress_id={new_id()}", b"code;name;percent\nV7;Input tax 7 %;7\n"
    headers = clerk.key | {"Content-Type": "application/octet-stream"}
    plan: Any = clerk.client.post(f"/v1/master-imports/tax_codes/plan?{query}", data=data, headers=headers)

    clerk.client.post(
        f"/v1/master-imports/tax_codes/apply?{query}&digest={plan.json['digest']}", data=data, headers=headers
    )

    (told,) = clerk.get("/v1/tax-codes").json["data"]
    assert (told["name"], told["in_use"], told["discount_corrects_tax"]) == ("Input tax 7 %", False, False)


def test_account_of_an_employee_then_only_country_and_last_four_are_seen(any_shop: Shop, clerk: Desk) -> None:
    manager = Desk.of(any_shop, Role.MANAGER)

    listed = manager.post("/v1/employee-accounts", {"accounts": [{"account": FRENCH_IBAN, "label": "Payroll 17"}]})
    page = manager.get("/suppliers/employee-accounts").get_data(as_text=True)
    hashed = listed.json["data"][0]["account_hash"]

    assert listed.json["data"][0]["account"] == "FR..2606"
    assert "FR..2606" in page
    assert FRENCH_IBAN not in page
    assert clerk.get("/suppliers/employee-accounts").status_code == 403
    left: Any = manager.client.delete(f"/v1/employee-accounts/{hashed}", headers=manager.key)
    assert left.json["data"] == []
