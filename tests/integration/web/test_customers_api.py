"""Customers on account over the API: their limit, sales on account, money received, who may what."""

from __future__ import annotations

import pytest

from tests.support.credit_client import CASHIER, CreditClient, euro
from tests.support.web_shop import Shop, new_id


@pytest.fixture
def client(shop: Shop) -> CreditClient:
    return CreditClient(shop)


@pytest.fixture
def cashier(shop: Shop) -> CreditClient:
    return CreditClient(shop, *CASHIER)


def test_customer_when_added_then_found_by_name_and_reference(client: CreditClient, cashier: CreditClient) -> None:
    customer_id = client.customer("100.00", reference="D-4711")
    client.customer("5.00", name="100% Organic_Foods")

    by_name = cashier.get("/v1/customers?search=MILL").json["data"]
    by_reference = cashier.get("/v1/customers?search=d-47").json["data"]
    by_sign = cashier.get("/v1/customers?search=0%25").json["data"]
    by_line = cashier.get("/v1/customers?search=c_f").json["data"]

    assert [one["id"] for one in by_name] == [customer_id]
    assert [one["id"] for one in by_reference] == [customer_id]
    assert [one["name"] for one in by_sign] == ["100% Organic_Foods"]
    assert [one["name"] for one in by_line] == ["100% Organic_Foods"]
    assert cashier.get(f"/v1/customers/{customer_id}").status_code == 403


def test_sale_on_account_then_it_is_owed_within_the_limit(client: CreditClient, cashier: CreditClient) -> None:
    customer_id = client.customer("20.00")
    first, second = cashier.sale("12.00"), cashier.sale("12.00")

    taken = cashier.tender(first, "account", "12.00", customer_id=customer_id)
    refused = cashier.tender(second, "account", "12.00", customer_id=customer_id)

    assert taken.status_code == 201, taken.json
    assert (refused.status_code, refused.json["code"]) == (409, "customer_limit_reached")
    told = client.get(f"/v1/customers/{customer_id}").json
    assert (told["open"], told["free"]) == (euro("12.00"), euro("8.00"))
    assert [(one["side"], one["amount"]) for one in told["entries"]] == [("debit", euro("12.00"))]
    assert client.posted(f"customer/{customer_id}") == 1200


def test_limit_when_whoever_sells_may_give_credit_then_it_is_no_bound(client: CreditClient) -> None:
    customer_id = client.customer("5.00")

    taken = client.tender(client.sale("12.00"), "account", "12.00", customer_id=customer_id)

    assert taken.status_code == 201
    told = client.get(f"/v1/customers/{customer_id}").json
    assert (told["open"], told["free"]) == (euro("12.00"), euro("0.00"))


def test_customer_when_blocked_then_nobody_sells_on_account(client: CreditClient) -> None:
    customer_id = client.customer("50.00")
    words = {"name": "Miller & Co", "limit": euro("50.00"), "blocked": True}
    assert client.client.put(f"/v1/customers/{customer_id}", json=words, headers=client.key).json["blocked"] is True

    refused = client.tender(client.sale(), "account", "12.00", customer_id=customer_id)

    assert (refused.status_code, refused.json["code"]) == (409, "customer_blocked")


@pytest.mark.parametrize(("came_by", "account"), [("cash", "cash/till-1"), ("transfer", "bank_transfers")])
def test_money_when_received_then_less_is_owed(client: CreditClient, came_by: str, account: str) -> None:
    customer_id = client.customer()
    client.tender(client.sale(), "account", "12.00", customer_id=customer_id)
    body = {"id": str(new_id()), "amount": euro("10.00"), "came_by": came_by, "register_id": "till-1"}

    first = client.post(f"/v1/customers/{customer_id}/payments", body)
    again = client.post(f"/v1/customers/{customer_id}/payments", body)

    assert first.status_code == 201, first.json
    assert first.json["open"] == euro("2.00")
    assert again.data == first.data
    assert client.posted(account) == 1000
    assert client.posted(f"customer/{customer_id}") == 200


def test_cash_when_no_drawer_is_named_then_refused(client: CreditClient) -> None:
    customer_id = client.customer()
    body = {"id": str(new_id()), "amount": euro("10.00"), "came_by": "cash"}

    answer = client.post(f"/v1/customers/{customer_id}/payments", body)

    assert (answer.status_code, answer.json["code"]) == (422, "register_needed")


def test_transfer_when_a_cashier_says_so_then_not_permitted(client: CreditClient, cashier: CreditClient) -> None:
    customer_id = client.customer()
    body = {"id": str(new_id()), "amount": euro("10.00"), "came_by": "transfer"}

    assert cashier.post(f"/v1/customers/{customer_id}/payments", body).status_code == 403


def test_goods_when_given_back_to_the_account_then_less_is_owed(client: CreditClient) -> None:
    customer_id = client.customer()
    sale_id = client.sale()
    tender = client.tender(sale_id, "account", "12.00", customer_id=customer_id).json

    answer = client.back(sale_id, "account", "5.00", tender_id=tender["id"])

    assert answer.status_code == 201, answer.json
    assert client.get(f"/v1/customers/{customer_id}").json["open"] == euro("7.00")


def test_customer_when_nobody_is_named_then_refused(client: CreditClient) -> None:
    nobody = client.tender(client.sale(), "account", "12.00")
    unknown = client.tender(client.sale(), "account", "12.00", customer_id=str(new_id()))

    assert (nobody.status_code, nobody.json["code"]) == (422, "customer_needed")
    assert (unknown.status_code, unknown.json["code"]) == (422, "unknown_customer")


def test_reference_when_another_customer_has_it_then_refused(client: CreditClient) -> None:
    client.customer(reference="D-1")
    body = {"id": str(new_id()), "name": "Another", "limit": euro("0.00"), "reference": "D-1"}

    answer = client.post("/v1/customers", body)

    assert (answer.status_code, answer.json["code"]) == (409, "customer_reference_taken")


def test_customers_when_paged_then_each_comes_once(client: CreditClient) -> None:
    made = {client.customer(name="Same Name") for _ in range(5)}

    seen, address = [], "/v1/customers?limit=2"
    page = client.get(address).json
    while page["data"]:
        seen += [one["id"] for one in page["data"]]
        page = client.get(f"{address}&starting_after={seen[-1]}").json

    assert len(seen) == 5
    assert set(seen) == made
