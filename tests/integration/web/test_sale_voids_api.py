"""Giving up a sale over the API: told to everybody, once, and never when money is on it."""

from __future__ import annotations

from typing import Any

import pytest

from gateway.domain.access import Permission, Role
from tests.support.sales_till import SalesTill, euro
from tests.support.web_shop import Shop, new_id


@pytest.fixture
def till(shop: Shop) -> SalesTill:
    return SalesTill(shop)


def void(till: SalesTill, sale_id: str, **changes: Any) -> Any:
    body = {"id": str(new_id()), "reason": "The customer left."} | changes
    return till.post(f"/v1/sales/{sale_id}/void", body)


def test_void_when_nothing_was_paid_then_nothing_is_due_and_it_is_not_settled(till: SalesTill) -> None:
    sale_id = till.open()

    answer = void(till, sale_id)

    told = till.sale(sale_id)
    assert (answer.status_code, answer.json) == (201, told)
    assert told["voided"]["reason"] == "The customer left."
    assert (told["due"]["rest"], told["due"]["settled"], told["number"]) == (euro("0.00"), False, None)
    assert till.posted("revenue:till-1") == 0


def test_void_when_sent_twice_then_the_same_bytes(till: SalesTill) -> None:
    sale_id, own = till.open(), str(new_id())

    first, second = void(till, sale_id, id=own), void(till, sale_id, id=own)

    assert (first.status_code, second.status_code) == (201, 201)
    assert first.data == second.data
    assert second.headers["Idempotency-Replayed"] == "true"


def test_void_when_given_up_by_another_request_then_refused(till: SalesTill) -> None:
    sale_id = till.open()
    void(till, sale_id)

    answer = void(till, sale_id)

    assert (answer.status_code, answer.json["code"]) == (409, "sale_voided")


def test_void_when_something_was_paid_then_refused_and_the_rest_can_still_be_paid(till: SalesTill) -> None:
    sale_id = till.open()
    till.tender(sale_id, "cash", "2.00")

    answer = void(till, sale_id)

    assert (answer.status_code, answer.json["code"]) == (409, "sale_claimed")
    assert till.tender(sale_id, "cash", "10.00").status_code == 201


def test_void_when_a_card_is_under_way_then_refused(till: SalesTill) -> None:
    sale_id = till.open()
    assert till.card(sale_id, "12.00").status_code == 202

    assert void(till, sale_id).json["code"] == "sale_claimed"


def test_voided_sale_then_no_way_of_paying_and_no_exchange(till: SalesTill) -> None:
    sale_id = till.open()
    void(till, sale_id)

    answers = [
        till.tender(sale_id, "cash", "12.00"),
        till.card(sale_id, "12.00"),
        till.post("/v1/pay-links", {"id": str(new_id()), "sale_id": sale_id, "reference": "Order 7"}),
    ]

    assert [(one.status_code, one.json["code"]) for one in answers] == [(409, "sale_voided")] * 3
    assert till.back(sale_id, "cash", amount=euro("1.00")).status_code == 409


def test_sale_given_up_then_its_pay_link_asks_for_nothing_any_more(till: SalesTill) -> None:
    sale_id, link_id = till.open(), str(new_id())
    link = {"id": link_id, "sale_id": sale_id, "reference": "Order 7"}
    assert till.post("/v1/pay-links", link).status_code == 201
    assert till.get(f"/v1/pay-links/{link_id}").json["state"] == "open"

    void(till, sale_id)

    assert till.get(f"/v1/pay-links/{link_id}").json["state"] == "cancelled"


def test_voided_sale_then_its_paper_and_its_way_say_so(till: SalesTill, shop: Shop) -> None:
    sale_id = till.open()
    void(till, sale_id)

    paper = till.get(f"/v1/sales/{sale_id}/receipt.txt").get_data(as_text=True)
    client, _ = shop.signed(Role.CASHIER)
    way = client.get(f"/journal/sales/{sale_id}").get_data(as_text=True)
    found = client.get(f"/journal?find={sale_id}").get_data(as_text=True)

    assert "GIVEN UP" in paper
    assert 'data-kind="voided"' in way
    assert "The customer left." in way
    assert "Given up" in found


@pytest.mark.parametrize(
    ("sale_id", "reason", "status", "code"),
    [("", "The customer left.", 404, "sale_not_found"), ("own", "no", 422, "reason_needed")],
)
def test_void_when_it_cannot_be_then_refused_in_words(
    till: SalesTill, sale_id: str, reason: str, status: int, code: str
) -> None:
    answer = void(till, till.open() if sale_id else str(new_id()), reason=reason)

    assert (answer.status_code, answer.json["code"]) == (status, code)


def test_void_without_the_right_then_refused(till: SalesTill, shop: Shop) -> None:
    sale_id = till.open()
    _, key = shop.key(Permission.PAYMENTS_CREATE, Permission.PAYMENTS_READ)

    body = {"id": str(new_id()), "reason": "The customer left."}
    answer = till.client.post(f"/v1/sales/{sale_id}/void", json=body, headers=key)

    assert answer.json is not None
    assert (answer.status_code, answer.json["code"]) == (403, "not_permitted")
