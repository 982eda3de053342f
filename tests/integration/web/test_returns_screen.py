"""The screen of goods that come back: found by number or id, what goes back shown before anything is stored."""

from __future__ import annotations

from typing import Any

from gateway.domain.access import Role
from tests.support.web_shop import Shop, new_id


def eur(amount: str) -> dict[str, str]:
    return {"amount": amount, "currency": "EUR"}


def sold(client: Any, headers: dict[str, str]) -> dict[str, Any]:
    """Sell two coffees and a cake for cash, a tenth off the coffees."""
    coffee = {"kind": "goods", "text": "Coffee", "quantity": "2", "unit_price": eur("3.20"), "amount": eur("6.40")}
    less = {"kind": "discount", "text": "10 % off", "quantity": "1", "unit_price": eur("-0.64"), "amount": eur("-0.64")}
    cake = {"kind": "goods", "text": "Cake", "quantity": "1", "unit_price": eur("4.20"), "amount": eur("4.20")}
    lines = [coffee | {"tax_rate": "19"}, less | {"tax_rate": "19"}, cake | {"tax_rate": "7"}]
    body = {"id": str(new_id()), "register_id": "till-1", "pricing": "gross", "lines": lines}
    assert client.post("/v1/sales", json=body, headers=headers).status_code == 201
    tender = {"id": str(new_id()), "kind": "cash", "amount": eur("9.96"), "given": eur("10.00")}
    taken = client.post(f"/v1/sales/{body['id']}/tenders", json=tender, headers=headers)
    assert taken.status_code == 201, taken.json
    found: dict[str, Any] = client.get(f"/v1/sales/{body['id']}", headers=headers).json
    return found


def test_returns_when_a_receipt_is_named_then_its_goods_and_what_goes_back_are_shown(shop: Shop) -> None:
    client, headers = shop.signed(Role.MANAGER)
    sale = sold(client, headers)

    by_number = client.get(f"/returns?find={sale['number']}").text
    by_id = client.get(f"/returns?find={sale['id']}").text
    one = client.get(f"/returns/{sale['id']}/preview?lines=0:1").text
    both = client.get(f"/returns/{sale['id']}/preview?lines=0:1,2:1").text

    assert "Coffee" in by_number
    assert 'data-line="1"' not in by_number  # a discount follows its goods, it is never returned by itself
    assert "Coffee" in by_id
    assert 'data-gross="2.88"' in one
    assert 'data-gross="7.08"' in both


def test_returns_when_more_is_wanted_than_was_sold_then_said(shop: Shop) -> None:
    client, headers = shop.signed(Role.MANAGER)
    sale = sold(client, headers)

    answer = client.get(f"/returns/{sale['id']}/preview?lines=0:3")

    assert answer.status_code == 200
    assert "notice stop" in answer.text
    assert "data-gross" not in answer.text


def test_returns_when_nothing_fits_then_said_and_a_cashier_is_turned_away(shop: Shop) -> None:
    client, _ = shop.signed(Role.MANAGER)
    cashier, _ = shop.signed(Role.CASHIER)

    for find in ("4711", str(new_id()), "no such thing"):
        assert "No sale found" in client.get(f"/returns?find={find}").text
    assert "Which receipt?" in client.get("/returns").text
    assert client.get(f"/returns/{new_id()}/preview?lines=0:1").status_code == 404
    assert cashier.get("/returns").status_code == 403


def test_till_when_opened_then_it_tells_whether_a_shift_runs(shop: Shop) -> None:
    client, headers = shop.signed(Role.MANAGER)
    before = client.get("/till").text.partition('id="texts"')[0]
    body = {"id": str(new_id()), "register_id": "till-1", "float": eur("50.00")}
    assert client.post("/v1/shifts", json=body, headers=headers).status_code == 201

    assert "The shift is open." not in before
    assert "No shift is open at this till." in before
    assert "The shift is open." in client.get("/till").text.partition('id="texts"')[0]
