"""Give-backs and splits over the API: goods with their taxes, amounts, cards; shares that make the bill."""

from __future__ import annotations

from typing import Any

import pytest

from gateway.domain.access import Role
from gateway.domain.cards.payment import AttemptEvent
from tests.support.sales_till import SalesTill, euro, line, minor_of
from tests.support.web_shop import Shop, new_id


@pytest.fixture
def till(shop: Shop) -> SalesTill:
    return SalesTill(shop)


def test_goods_when_some_come_back_then_their_taxes_go_back_and_the_rest_can_still(till: SalesTill) -> None:
    sale_id = till.open(line("Tea", "1.99", quantity="3", amount="5.97"), line("Book", "10.00", rate="7"))
    till.tender(sale_id, "cash", "15.97")

    first = till.back(sale_id, "cash", lines=[{"line": 0, "quantity": "1"}])
    second = till.back(sale_id, "cash", lines=[{"line": 0, "quantity": "2"}, {"line": 1, "quantity": "1"}])
    third = till.back(sale_id, "cash", lines=[{"line": 0, "quantity": "1"}])

    assert (first.status_code, first.json["amount"], first.json["number"]) == (201, euro("1.99"), 1)
    assert first.json["totals"]["rates"] == [{"rate": "19", "net": euro("1.68"), "tax": euro("0.31")}]
    assert (second.json["amount"], second.json["number"]) == (euro("13.98"), 2)
    assert (third.status_code, third.json["code"]) == (409, "returned_already")
    assert (till.posted("cash/till-1"), till.posted("sales/till-1")) == (0, 0)


def test_goods_when_discounted_then_the_discount_comes_off_what_goes_back(till: SalesTill) -> None:
    sale_id = till.open(line("Tea", "10.00"), line("Cup", "30.00"), line("Off", "-4.00", kind="discount", rate="19"))
    till.tender(sale_id, "cash", "36.00")

    answer = till.back(sale_id, "cash", lines=[{"line": 1, "quantity": "1"}])

    assert answer.json["amount"] == euro("27.00")


def test_goods_when_more_come_back_than_were_sold_then_refused(till: SalesTill) -> None:
    sale_id = till.open(line("Tea", "2.00", quantity="2", amount="4.00"))
    till.tender(sale_id, "cash", "4.00")
    till.back(sale_id, "cash", lines=[{"line": 0, "quantity": "1"}])

    answer = till.back(sale_id, "cash", lines=[{"line": 0, "quantity": "2"}])

    assert (answer.status_code, answer.json["code"]) == (409, "returned_already")


def test_give_back_when_more_than_is_kept_then_refused(till: SalesTill) -> None:
    sale_id = till.open()
    till.tender(sale_id, "cash", "12.00")
    till.back(sale_id, "cash", amount=euro("10.00"))

    answer = till.back(sale_id, "cash", amount=euro("2.01"))

    assert (answer.status_code, answer.json["code"]) == (409, "refund_above_captured")
    assert till.sale(sale_id)["due"]["refunded"] == euro("10.00")


def test_give_back_when_the_sale_is_settled_then_nothing_is_due_again(till: SalesTill) -> None:
    sale_id = till.open()
    till.tender(sale_id, "cash", "12.00")

    till.back(sale_id, "cash", amount=euro("5.00"))

    due = till.sale(sale_id)["due"]
    assert (due["rest"], due["settled"], due["owed_back"]) == (euro("0.00"), True, euro("0.00"))
    assert till.tender(sale_id, "cash", "5.00").json["code"] == "more_than_due"


def test_give_back_when_the_sale_is_not_settled_then_the_amount_is_due_again(till: SalesTill) -> None:
    sale_id = till.open()
    till.tender(sale_id, "cash", "5.00")

    till.back(sale_id, "cash", amount=euro("5.00"))

    assert till.sale(sale_id)["due"]["rest"] == euro("12.00")
    assert till.tender(sale_id, "cash", "12.00").json["due"]["settled"] is True


def test_give_back_when_to_the_card_then_a_refund_under_way_and_numbered_when_done(till: SalesTill) -> None:
    sale_id = till.open(line("Tea", "5.00"), line("Cup", "7.00"))
    paid = till.card(sale_id, "12.00")
    till.shop.settle(paid.json["id"])

    answer = till.back(sale_id, "card", lines=[{"line": 1, "quantity": "1"}])

    assert (answer.status_code, answer.json["state"], answer.json["amount"]) == (202, "sent", euro("7.00"))
    assert till.sale(sale_id)["given_back"][0]["number"] is None
    till.shop.settle_refund(answer.json["refund_id"])
    told = till.sale(sale_id)
    assert (told["given_back"][0]["state"], told["given_back"][0]["number"]) == ("done", 1)
    assert (told["due"]["refunded"], told["due"]["settled"]) == (euro("7.00"), True)


def test_give_back_when_the_card_refused_it_then_the_goods_can_come_back_again(till: SalesTill) -> None:
    sale_id = till.open(line("Tea", "5.00"), line("Cup", "7.00"))
    paid = till.card(sale_id, "12.00")
    till.shop.settle(paid.json["id"])
    refund = till.back(sale_id, "card", lines=[{"line": 1, "quantity": "1"}])
    blocked = till.back(sale_id, "cash", lines=[{"line": 1, "quantity": "1"}])

    till.shop.settle_refund(refund.json["refund_id"], AttemptEvent.DECLINE)
    answer = till.back(sale_id, "cash", lines=[{"line": 1, "quantity": "1"}])

    assert blocked.json["code"] in ("returned_already", "refund_above_captured")
    assert (answer.status_code, answer.json["state"]) == (201, "done")


@pytest.mark.parametrize(
    ("way", "totals"),
    [
        ({"way": "evenly", "persons": 3}, ["4.34", "4.33", "4.33"]),
        ({"way": "amounts", "amounts": [euro("5.00"), euro("2.00")]}, ["5.50", "2.20", "5.30"]),
        ({"way": "persons", "persons": 2, "takers": [{"0": 1, "1": 1}, {"1": 1}]}, ["5.50", "7.50"]),
        ({"way": "items", "persons": 2, "owners": [0, 1]}, ["11.00", "2.00"]),
    ],
)
def test_split_when_stored_then_shares_are_sales_that_make_the_bill(
    till: SalesTill, way: dict[str, Any], totals: list[str]
) -> None:
    lines = [line("Meal", "10.00"), line("Tea", "1.82", rate="7")]
    body = {"id": str(new_id()), "register_id": "till-1", "lines": lines, "tip": euro("1.18"), **way}

    preview = till.post("/v1/sales/splits", body | {"preview": True})
    stored = till.post("/v1/sales/splits", body)
    again = till.post("/v1/sales/splits", body)

    assert (preview.status_code, stored.status_code) == (200, 201)
    assert stored.data == again.data
    shares = stored.json["sales"]
    assert sum(minor_of(share["totals"]["to_pay"]) for share in shares) == 1300
    assert [share["totals"] for share in preview.json["sales"]] == [share["totals"] for share in shares]
    assert sum(minor_of(share["totals"]["tax"]) for share in shares) == 160 + 12
    assert len(till.get(f"/v1/sales/splits?id={body['id']}").json["sales"]) == len(totals)


def test_split_share_when_paid_by_card_and_returned_then_like_any_sale(till: SalesTill) -> None:
    body = {
        "id": str(new_id()),
        "register_id": "till-1",
        "lines": [line("Meal", "10.00")],
        "way": "evenly",
        "persons": 3,
    }
    shares = till.post("/v1/sales/splits", body).json["sales"]
    paid = till.card(shares[0]["id"], "3.34")
    till.shop.settle(paid.json["id"])

    told = till.sale(shares[0]["id"])
    back = till.back(shares[0]["id"], "cash", lines=[{"line": 0, "quantity": "1"}])

    assert (told["number"], told["split_of"]) == (1, body["id"])
    assert back.json["amount"] == euro("3.34")


def test_split_when_somebody_would_pay_nothing_then_refused(till: SalesTill) -> None:
    body = {"id": str(new_id()), "register_id": "till-1", "lines": [line("Gum", "0.01")], "way": "evenly", "persons": 2}

    answer = till.post("/v1/sales/splits", body)

    assert (answer.status_code, answer.json["code"]) == (409, "empty_share")
    assert till.get("/v1/sales").json["data"] == []


def test_give_back_when_a_cashier_asks_then_not_permitted(till: SalesTill) -> None:
    sale_id = till.open()
    till.tender(sale_id, "cash", "12.00")
    client, headers = till.shop.signed(Role.CASHIER)
    body = {"id": str(new_id()), "kind": "cash", "reason": "Because", "amount": euro("1.00")}

    answer = client.post(f"/v1/sales/{sale_id}/give-backs", json=body, headers=headers)

    assert answer.status_code == 403


@pytest.mark.parametrize(
    ("price", "rest", "left"), [("20.00", "0.00", "7.00"), ("27.00", "0.00", "0.00"), ("30.00", "3.00", "0.00")]
)
def test_exchange_when_asked_then_the_credit_of_the_goods_pays_for_the_new_ones(
    till: SalesTill, price: str, rest: str, left: str
) -> None:
    sale_id = till.open(line("Tea", "10.00"), line("Cup", "27.00"))
    till.tender(sale_id, "cash", "37.00")
    body = {
        "id": str(new_id()),
        "register_id": "till-1",
        "lines": [line("Bowl", price)],
        "returned": [{"line": 1, "quantity": "1"}],
        "reason": "Too small",
    }

    first, second = (till.post(f"/v1/sales/{sale_id}/exchanges", body) for _ in range(2))

    assert (first.status_code, first.data == second.data) == (201, True)
    assert first.json["given_back"]["amount"] == euro("27.00")
    assert first.json["sale"]["due"]["rest"] == euro(rest)
    assert first.json["sale"]["tenders"][0]["detail"]["left"] == left
    assert till.posted("cash/till-1") == 3700
    assert till.posted("store_credit") == -minor_of(euro(left))
    assert till.sale(sale_id)["due"]["refunded"] == euro("27.00")


def test_exchange_when_the_goods_came_back_before_then_nothing_is_sold(till: SalesTill) -> None:
    sale_id = till.open(line("Cup", "27.00"))
    till.tender(sale_id, "cash", "27.00")
    till.back(sale_id, "cash", lines=[{"line": 0, "quantity": "1"}])
    body = {
        "id": str(new_id()),
        "register_id": "till-1",
        "lines": [line("Bowl", "20.00")],
        "returned": [{"line": 0, "quantity": "1"}],
        "reason": "Too small",
    }

    answer = till.post(f"/v1/sales/{sale_id}/exchanges", body)

    assert (answer.status_code, answer.json["code"]) == (409, "returned_already")
    assert till.get(f"/v1/sales/{body['id']}").status_code == 404
