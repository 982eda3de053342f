"""Bills worked out, sales parked and taken up again, customer displays: over the API."""

from __future__ import annotations

import threading
from typing import Any

from gateway.domain.access import Permission
from tests.support.web_shop import Shop, new_id


def browser(shop: Shop) -> Any:
    """Return a browser without a session."""
    return shop.client()


def eur(amount: str) -> dict[str, str]:
    return {"amount": amount, "currency": "EUR"}


def line(text: str, amount: str, rate: str = "19", kind: str = "goods") -> dict[str, Any]:
    sold = {"kind": kind, "text": text, "quantity": "1", "tax_rate": rate}
    return sold | {"unit_price": eur(amount), "amount": eur(amount)}


def basket(name: str = "Table 4") -> dict[str, Any]:
    return {
        "id": str(new_id()),
        "name": name,
        "register_id": "till-1",
        "total": eur("7.40"),
        "basket": {"lines": [line("Coffee", "3.20"), line("Cake", "4.20", "7")]},
    }


def test_bill_when_a_share_is_taken_off_then_spread_over_the_rates(shop: Shop) -> None:
    client, headers = browser(shop), shop.key()[1]
    bill = {
        "currency": "EUR",
        "lines": [line("Coffee", "3.20"), line("Cake", "4.20", "7"), line("Gift card", "50.00", "0", "voucher")],
        "discount": {"text": "10 % off", "percent": "10"},
        "tip": eur("1.00"),
    }

    answer = client.post("/v1/bills/preview", json=bill, headers=headers)

    assert answer.status_code == 200, answer.json
    off = [one["amount"]["amount"] for one in answer.json["lines"] if one["kind"] == "discount"]
    assert sorted(off) == ["-0.32", "-0.42"]
    assert answer.json["totals"]["to_pay"] == eur("57.66")
    assert {one["rate"] for one in answer.json["rates"]} == {"0", "7", "19"}


def test_bill_when_wrong_then_the_error_names_what(shop: Shop) -> None:
    client, headers = browser(shop), shop.key()[1]
    both = {"text": "off", "percent": "10", "amount": eur("1.00")}
    more = {"text": "off", "amount": eur("9.00")}
    wrong = line("Coffee", "3.20") | {"amount": eur("3.30")}

    def code(**changes: Any) -> str:
        body = {"currency": "EUR", "lines": [line("Coffee", "3.20")]} | changes
        return str(client.post("/v1/bills/preview", json=body, headers=headers).json["code"])

    assert code(discount=both) == "discount_unclear"
    assert code(discount=more) == "discount_above_total"
    assert code(lines=[wrong]) == "line_does_not_add_up"


def test_cash_when_small_coins_are_not_in_use_then_rounded_with_likely_notes(shop: Shop) -> None:
    client, headers = browser(shop), shop.key()[1]

    swiss = client.get("/v1/cash?amount=12.34&currency=CHF", headers=headers).json
    euro = client.get("/v1/cash?amount=23.40&currency=EUR", headers=headers).json

    assert swiss["due"]["amount"] == "12.35"
    assert swiss["difference"]["amount"] == "0.01"
    assert [one["amount"] for one in euro["likely"]][:2] == ["23.40", "25.00"]


def test_parked_sale_when_two_tills_recall_it_then_exactly_one_gets_it(any_shop: Shop) -> None:
    headers = any_shop.key()[1]
    parked = browser(any_shop).post("/v1/parked-sales", json=basket(), headers=headers)
    assert parked.status_code == 201, parked.json
    answers: list[int] = []

    def recall(register: str) -> None:
        body = {"request_id": str(new_id()), "register_id": register, "version": 1}
        address = f"/v1/parked-sales/{parked.json['id']}/recall"
        answers.append(browser(any_shop).post(address, json=body, headers=headers).status_code)

    tills = [threading.Thread(target=recall, args=(name,)) for name in ("till-1", "till-2")]
    for till in tills:
        till.start()
    for till in tills:
        till.join()

    assert sorted(answers) == [200, 409]
    assert browser(any_shop).get("/v1/parked-sales", headers=headers).json["data"] == []


def test_parked_sale_when_requests_are_repeated_then_same_basket_again(any_shop: Shop) -> None:
    client, headers = browser(any_shop), any_shop.key()[1]
    body = basket()
    first = client.post("/v1/parked-sales", json=body, headers=headers)
    again = client.post("/v1/parked-sales", json=body, headers=headers)
    other = client.post("/v1/parked-sales", json=body | {"name": "Table 5"}, headers=headers)
    listed = client.get("/v1/parked-sales", headers=headers).json["data"]
    request = {"request_id": str(new_id()), "register_id": "till-2", "version": 1}
    address = f"/v1/parked-sales/{body['id']}/recall"

    taken = [client.post(address, json=request, headers=headers).json for _ in range(2)]

    assert first.json == again.json
    assert (other.status_code, other.json["code"]) == (409, "parked_sale_exists")
    assert [(one["name"], one["lines"], one["basket"]) for one in listed] == [("Table 4", 2, None)]
    assert taken[0] == taken[1]
    assert [one["text"] for one in taken[0]["basket"]["lines"]] == ["Coffee", "Cake"]


def test_parked_sale_when_the_kitchen_was_told_then_its_ticket_comes_back_with_the_basket(shop: Shop) -> None:
    client, headers = browser(shop), shop.key()[1]
    ticket = str(new_id())
    recalled = []
    for told in ({"ticket_id": ticket}, {}):
        body = basket()
        body["basket"] |= told
        assert client.post("/v1/parked-sales", json=body, headers=headers).status_code == 201
        request = {"request_id": str(new_id()), "register_id": "till-1", "version": 1}
        taken = client.post(f"/v1/parked-sales/{body['id']}/recall", json=request, headers=headers)
        recalled.append(taken.json["basket"]["ticket_id"])

    assert recalled == [ticket, None]


def test_parked_sale_when_thrown_away_then_gone_and_not_recalled(shop: Shop) -> None:
    client, headers = browser(shop), shop.key()[1]
    body = basket()
    client.post("/v1/parked-sales", json=body, headers=headers)

    gone = client.post(f"/v1/parked-sales/{body['id']}/discard", json={"version": 1}, headers=headers)
    late = client.post(
        f"/v1/parked-sales/{body['id']}/recall",
        json={"request_id": str(new_id()), "register_id": "till-1", "version": 1},
        headers=headers,
    )
    unknown = client.post(f"/v1/parked-sales/{new_id()}/discard", json={"version": 1}, headers=headers)

    assert gone.status_code == 204
    assert (late.status_code, late.json["code"]) == (409, "parked_sale_taken")
    assert unknown.status_code == 404


def test_display_when_paired_by_code_then_follows_its_register_only(any_shop: Shop) -> None:
    till, screen, headers = browser(any_shop), browser(any_shop), any_shop.key()[1]
    code = till.post("/v1/registers/till-1/display-codes", headers=headers).json["code"]
    assert screen.get("/display/till-1").status_code == 303

    paired = screen.post("/display", data={"code": f"{code[:4]} {code[4:]}"})
    shown = {
        "state": "sale",
        "total": eur("7.40"),
        "lines": [{"text": "Coffee", "quantity": "2", "amount": eur("7.40")}],
    }
    told = till.put("/v1/registers/till-1/display", json=shown, headers=headers)

    assert (paired.status_code, paired.headers["Location"]) == (303, "/display/till-1")
    assert told.status_code == 204
    page = screen.get("/display/till-1").text
    assert "Coffee" in page
    assert "7.40" in page
    assert screen.get("/display/till-2").status_code == 303
    assert screen.get("/display/till-2/now").status_code == 403
    assert screen.get("/till").status_code == 303


def test_display_when_code_is_used_old_or_wrong_then_refused(any_shop: Shop) -> None:
    till, headers = browser(any_shop), any_shop.key()[1]
    code = till.post("/v1/registers/till-1/display-codes", headers=headers).json["code"]
    assert browser(any_shop).post("/display", data={"code": code}).status_code == 303
    late = till.post("/v1/registers/till-1/display-codes", headers=headers).json["code"]
    any_shop.clock.move(601)

    assert browser(any_shop).post("/display", data={"code": code}).status_code == 422
    assert browser(any_shop).post("/display", data={"code": late}).status_code == 422
    assert browser(any_shop).post("/display", data={"code": ""}).status_code == 422


def test_display_when_revoked_then_nothing_more_is_shown(any_shop: Shop) -> None:
    till, screen, headers = browser(any_shop), browser(any_shop), any_shop.key()[1]
    code = till.post("/v1/registers/till-1/display-codes", headers=headers).json["code"]
    screen.post("/display", data={"code": code})
    listed = till.get("/v1/displays", headers=headers).json["data"]

    gone = till.delete(f"/v1/displays/{listed[0]['id']}", headers=headers)

    assert gone.status_code == 204
    assert screen.get("/display/till-1/now").status_code == 403
    assert till.get("/v1/displays", headers=headers).json["data"] == []
    assert till.delete(f"/v1/displays/{listed[0]['id']}", headers=headers).status_code == 404


def test_display_when_nothing_changed_then_nothing_is_sent_and_a_sleeping_till_shows_the_shop(shop: Shop) -> None:
    client, headers = browser(shop), shop.key(Permission.PAYMENTS_CREATE)[1]
    code = client.post("/v1/registers/till-1/display-codes", headers=headers).json["code"]
    client.post("/display", data={"code": code})
    shown = {"state": "paid", "total": eur("7.40")}
    client.put("/v1/registers/till-1/display", json=shown, headers=headers)
    page = client.get("/display/till-1/now").text
    mark = page.split('data-mark="')[1].split('"')[0]

    assert client.get(f"/display/till-1/now?seen={mark}").status_code == 204
    shop.clock.move(16 * 60)
    assert 'data-state="idle"' in client.get("/display/till-1/now").text
