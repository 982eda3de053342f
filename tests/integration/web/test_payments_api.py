"""Payments over the API: one effect for one id, honest answers, no card number too much (W9, C2, C4)."""

from __future__ import annotations

import threading
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest

from gateway.domain.access import Permission, Role
from gateway.domain.cards.payment import AttemptEvent
from tests.support.web_shop import OTHER_STORE, SECOND_TERMINAL, TERMINAL, Shop, new_id, sale

CARD = "4111 1111 1111 1111"


def test_begin_when_new_then_202_with_location_and_the_terminal_is_told_once(any_shop: Shop) -> None:
    _, key = any_shop.key()
    body = sale(
        reference="table 4",
        lines=[
            {
                "text": "Espresso",
                "quantity": "2",
                "unit_price": {"amount": "6.17", "currency": "EUR"},
                "amount": {"amount": "12.34", "currency": "EUR"},
            }
        ],
    )

    response = any_shop.client().post("/v1/payments", json=body, headers=key)

    assert response.status_code == 202
    assert response.headers["Location"] == f"/v1/payments/{body['id']}"
    answer = response.get_json()
    assert (answer["id"], answer["state"], answer["amount"]) == (body["id"], "sent", body["amount"])
    assert answer["register_id"] == "till-1"
    assert len(any_shop.hints.sent) == 1
    stored = any_shop.client().get(response.headers["Location"], headers=key).get_json()
    assert stored["lines"] == answer["lines"]
    assert [attempt["state"] for attempt in stored["attempts"]] == ["sent"]


@pytest.mark.parametrize("with_key", [False, True])
def test_begin_when_sent_again_then_the_first_answer_byte_for_byte(any_shop: Shop, *, with_key: bool) -> None:
    _, key = any_shop.key()
    headers = key | ({"Idempotency-Key": "till-1:4711"} if with_key else {})
    body = sale()
    client = any_shop.client()
    first = client.post("/v1/payments", json=body, headers=headers)
    any_shop.settle(body["id"])
    any_shop.clock.move(60)

    again = client.post("/v1/payments", json=body, headers=headers)

    assert (again.status_code, again.data) == (first.status_code, first.data)
    assert again.headers["Location"] == first.headers["Location"]
    assert "Idempotency-Replayed" not in first.headers
    assert again.headers["Idempotency-Replayed"] == "true"
    assert len(any_shop.hints.sent) == 1


@pytest.mark.parametrize(
    "change",
    [
        {"amount": {"amount": "12.35", "currency": "EUR"}},
        {"terminal_id": SECOND_TERMINAL},
        {"reference": "another"},
    ],
)
def test_begin_when_the_id_comes_with_another_body_then_422_and_nothing_happens(
    any_shop: Shop, change: dict[str, Any]
) -> None:
    _, key = any_shop.key()
    body = sale()
    client = any_shop.client()
    assert client.post("/v1/payments", json=body, headers=key).status_code == 202

    same_id = client.post("/v1/payments", json=body | change, headers=key)
    other_key = client.post("/v1/payments", json=body | change, headers=key | {"Idempotency-Key": "x"})

    assert (same_id.status_code, same_id.get_json()["code"]) == (422, "key_reused")
    assert other_key.status_code in (409, 422)
    assert other_key.get_json()["code"] in ("id_reused", "terminal_busy")
    assert len(any_shop.hints.sent) == 1


def test_begin_when_fifty_equal_requests_come_at_once_then_one_effect(any_shop: Shop) -> None:
    _, key = any_shop.key()
    body = sale()
    gate = threading.Barrier(50)

    def send(_number: int) -> tuple[int, bytes, str | None]:
        client = any_shop.client()
        gate.wait(30)
        response = client.post("/v1/payments", json=body, headers=key)
        return response.status_code, response.data, response.headers.get("Idempotency-Replayed")

    with ThreadPoolExecutor(50) as pool:
        answers = list(pool.map(send, range(50)))

    assert {(status, data) for status, data, _ in answers} == {(202, answers[0][1])}
    assert [replayed for _, _, replayed in answers].count(None) == 1
    assert len(any_shop.hints.sent) == 1
    transfers = any_shop.container.storage
    with transfers.read() as unit:
        found = unit.ledger.transfers(any_shop.container.settings.tenant_id, any_shop.container.settings.store_id)
    assert len(found) == 1


def test_begin_when_the_terminal_is_busy_then_409_and_another_terminal_still_works(shop: Shop) -> None:
    _, key = shop.key()
    client = shop.client()
    assert client.post("/v1/payments", json=sale(), headers=key).status_code == 202

    busy = client.post("/v1/payments", json=sale(), headers=key)

    assert (busy.status_code, busy.get_json()["code"]) == (409, "terminal_busy")
    assert busy.get_json()["hint"]
    assert client.post("/v1/payments", json=sale(terminal_id=SECOND_TERMINAL), headers=key).status_code == 202


@pytest.mark.parametrize(
    ("change", "code", "pointer"),
    [
        ({"amount": {"amount": "0.00", "currency": "EUR"}}, "invalid_amount", "/amount/amount"),
        ({"amount": {"amount": "1.005", "currency": "EUR"}}, "invalid_amount", "/amount/amount"),
        ({"amount": {"amount": "1", "currency": "XXY"}}, "unknown_currency", "/amount/currency"),
        ({"amount": {"amount": "1.5", "currency": "JPY"}}, "invalid_amount", "/amount/amount"),
        ({"amount": {"amount": "100000000000", "currency": "EUR"}}, "invalid_amount", "/amount/amount"),
        ({"terminal_id": "nowhere"}, "unknown_terminal", "/terminal_id"),
        ({"terminal_id": None}, "terminal_needed", "/register_id"),
        ({"terminal_id": None, "register_id": "nowhere"}, "unknown_register", "/register_id"),
        ({"terminal_id": None, "register_id": "office"}, "terminal_needed", "/terminal_id"),
    ],
)
def test_begin_when_the_contents_cannot_be_then_422_naming_the_place(
    any_shop: Shop, change: dict[str, Any], code: str, pointer: str
) -> None:
    _, key = any_shop.key()

    response = any_shop.client().post("/v1/payments", json=sale(**change), headers=key)

    assert (response.status_code, response.get_json()["code"]) == (422, code)
    assert [fault["pointer"] for fault in response.get_json()["errors"]] == [pointer]
    assert any_shop.hints.sent == []


def test_begin_when_the_lines_do_not_make_the_amount_then_422(shop: Shop) -> None:
    _, key = shop.key()
    amount = {"amount": "12.00", "currency": "EUR"}
    line = {"text": "Tea", "quantity": "3", "unit_price": {"amount": "4.00", "currency": "EUR"}, "amount": amount}
    client = shop.client()

    wrong_sum = client.post("/v1/payments", json=sale(lines=[line]), headers=key)
    wrong_line = client.post("/v1/payments", json=sale(amount=amount, lines=[line | {"quantity": "2"}]), headers=key)
    foreign = line | {"amount": {"amount": "12.00", "currency": "CHF"}}
    wrong_currency = client.post("/v1/payments", json=sale(amount=amount, lines=[foreign]), headers=key)

    codes = [answer.get_json()["code"] for answer in (wrong_sum, wrong_line, wrong_currency)]
    assert codes == ["totals_do_not_add_up", "line_does_not_add_up", "currency_mismatch"]
    assert {answer.status_code for answer in (wrong_sum, wrong_line, wrong_currency)} == {422}


def test_begin_when_a_register_is_named_then_its_terminal_is_taken(shop: Shop) -> None:
    _, key = shop.key()

    response = shop.client().post("/v1/payments", json=sale(terminal_id=None, register_id="till-2"), headers=key)

    assert (response.get_json()["register_id"], response.get_json()["terminal_id"]) == ("till-2", SECOND_TERMINAL)


def test_free_text_when_it_holds_a_card_number_then_it_is_cut_before_it_is_stored_or_told(any_shop: Shop) -> None:
    _, key = any_shop.key()
    body = sale(
        reference=f"card {CARD}",
        lines=[
            {
                "text": f"paid with {CARD}",
                "quantity": "1",
                "unit_price": {"amount": "12.34", "currency": "EUR"},
                "amount": {"amount": "12.34", "currency": "EUR"},
            }
        ],
    )
    client = any_shop.client()

    answers = [client.post("/v1/payments", json=body, headers=key).data]
    answers.append(client.get(f"/v1/payments/{body['id']}", headers=key).data)
    answers.append(client.get("/v1/payments", headers=key).data)
    secret_key = client.post("/v1/payments", json=sale(), headers=key | {"Idempotency-Key": CARD.replace(" ", "")})

    for answer in answers:
        assert b"411111" in answer
        assert CARD.replace(" ", "").encode() not in answer.replace(b" ", b"")
    assert (secret_key.status_code, secret_key.get_json()["code"]) == (422, "card_number_in_key")
    assert CARD.replace(" ", "").encode() not in secret_key.data


def test_card_when_told_then_last_four_and_more_only_to_those_who_decide(shop: Shop) -> None:
    _, key = shop.key()
    cashier, _ = shop.signed(Role.CASHIER)
    manager, _ = shop.signed(Role.MANAGER)
    body = sale()
    shop.client().post("/v1/payments", json=body, headers=key)
    shop.settle(body["id"])
    at = f"/v1/payments/{body['id']}"

    told = [
        client.get(at, headers=headers).get_json()["attempts"][0]["card"]
        for client, headers in ((shop.client(), key), (cashier, {}), (manager, {}))
    ]

    assert told == [
        {"name": "Visa", "number": "************1234"},
        {"name": "Visa", "number": "************1234"},
        {"name": "Visa", "number": "411111******1234"},
    ]


def test_get_when_nothing_changed_then_304_and_after_a_change_another_etag(shop: Shop) -> None:
    _, key = shop.key()
    body = sale()
    client = shop.client()
    client.post("/v1/payments", json=body, headers=key)
    at = f"/v1/payments/{body['id']}"
    etag = client.get(at, headers=key).headers["ETag"]

    assert client.get(at, headers=key | {"If-None-Match": etag}).status_code == 304
    shop.settle(body["id"])

    changed = client.get(at, headers=key | {"If-None-Match": etag})
    assert (changed.status_code, changed.get_json()["state"]) == (200, "approved")


def test_list_when_paged_then_each_payment_once_newest_first(any_shop: Shop) -> None:
    _, key = any_shop.key()
    client = any_shop.client()
    made = []
    for _ in range(5):
        body = sale()
        assert client.post("/v1/payments", json=body, headers=key).status_code == 202
        any_shop.settle(body["id"])
        made.append(body["id"])

    found, cursor = [], ""
    while True:
        page = client.get(f"/v1/payments?limit=2{cursor}", headers=key).get_json()
        found += [payment["id"] for payment in page["data"]]
        if not page["has_more"]:
            break
        cursor = f"&starting_after={page['next']}"

    assert found == sorted(made, reverse=True)
    assert page["next"] is None


def test_attempt_when_the_first_was_declined_then_one_more_for_one_request(any_shop: Shop) -> None:
    _, key = any_shop.key()
    body = sale()
    client = any_shop.client()
    client.post("/v1/payments", json=body, headers=key)
    at = f"/v1/payments/{body['id']}/attempts"
    wish = {"request_id": str(new_id())}
    early = client.post(at, json=wish, headers=key)
    any_shop.settle(body["id"], AttemptEvent.DECLINE)

    first = client.post(at, json=wish, headers=key)
    again = client.post(at, json=wish, headers=key)

    assert (early.status_code, early.get_json()["code"]) == (409, "payment_open")
    assert [answer.status_code for answer in (first, again)] == [202, 202]
    assert [attempt["state"] for attempt in again.get_json()["attempts"]] == ["declined", "sent"]
    assert len(any_shop.hints.sent) == 2


def test_cancel_when_running_then_wished_and_told_and_when_unknown_refused(shop: Shop) -> None:
    _, key = shop.key()
    body = sale()
    client = shop.client()
    client.post("/v1/payments", json=body, headers=key)
    at = f"/v1/payments/{body['id']}/cancel"

    wished = client.post(at, headers=key)
    shop.settle(body["id"], AttemptEvent.LOSE_ANSWER)
    refused = client.post(at, headers=key)

    assert wished.status_code == 202
    assert wished.get_json()["attempts"][0]["cancel_requested_at"]
    assert len(shop.hints.cancelled) == 1
    assert (refused.status_code, refused.get_json()["code"]) == (409, "outcome_unknown")


def test_resolution_when_unknown_then_a_manager_decides_with_a_reason_and_nobody_else(any_shop: Shop) -> None:
    _, key = any_shop.key()
    cashier, cashier_headers = any_shop.signed(Role.CASHIER)
    manager, manager_headers = any_shop.signed(Role.MANAGER)
    body = sale()
    any_shop.client().post("/v1/payments", json=body, headers=key)
    any_shop.settle(body["id"], AttemptEvent.LOSE_ANSWER)
    at = f"/v1/payments/{body['id']}"
    wish = {"paid": True, "reason": f"receipt of the terminal, card {CARD}"}

    asked = cashier.post(f"{at}/ask", headers=cashier_headers)
    refused = [
        cashier.post(f"{at}/resolution", json=wish, headers=cashier_headers).status_code,
        any_shop.client().post(f"{at}/resolution", json=wish, headers=key).status_code,
        manager.post(f"{at}/resolution", json=wish | {"reason": "   x   "}, headers=manager_headers).status_code,
    ]
    decided = manager.post(f"{at}/resolution", json=wish, headers=manager_headers)
    late = manager.post(f"{at}/resolution", json=wish | {"paid": False}, headers=manager_headers)

    assert asked.status_code == 202
    assert any_shop.hints.asked == [TERMINAL]
    assert refused == [403, 403, 422]
    assert decided.status_code == 200
    assert decided.get_json()["state"] == "approved"
    assert CARD.replace(" ", "") not in decided.get_data(as_text=True).replace(" ", "")
    assert (late.status_code, late.get_json()["code"]) == (409, "outcome_known")
    books = manager.get("/v1/ledger/balances").get_json()
    assert books["balanced"]
    posted = {entry["account"]: entry["debits_posted"]["amount"] for entry in books["data"]}
    assert posted["card_receivable/front"] == "12.34"
    own = manager.get(f"/v1/ledger/transfers?payment_id={body['id']}").get_json()["data"]
    assert [transfer["kind"] for transfer in own] == ["pending", "post"]


def test_receipt_when_settled_then_seen_as_text_and_picture_and_copied_once_for_one_request(shop: Shop) -> None:
    _, key = shop.key()
    body = sale()
    client = shop.client()
    client.post("/v1/payments", json=body, headers=key)
    at = f"/v1/payments/{body['id']}"
    early = client.get(f"{at}/receipt.txt", headers=key)
    shop.settle(body["id"])
    wish = {"request_id": str(new_id()), "copy": "customer"}

    text = client.get(f"{at}/receipt.txt", headers=key)
    picture = client.get(f"{at}/receipt.png?copy=merchant", headers=key)
    copies = [client.post(f"{at}/receipts", json=wish, headers=key) for _ in range(2)]

    assert (early.status_code, early.get_json()["code"]) == (409, "outcome_open")
    assert "12.34" in text.get_data(as_text=True)
    assert "411111" not in text.get_data(as_text=True)
    assert picture.data.startswith(b"\x89PNG")
    assert [answer.status_code for answer in copies] == [202, 202]
    assert copies[0].get_json()["id"] == copies[1].get_json()["id"]
    deliveries = client.get(at, headers=key).get_json()["deliveries"]
    assert sorted((one["copy"], one["duplicate"]) for one in deliveries) == [
        ("customer", False),
        ("customer", True),
        ("merchant", False),
    ]


def test_payment_when_two_stores_use_the_same_id_then_each_has_its_own(any_shop: Shop) -> None:
    _, ours = any_shop.key()
    _, theirs = any_shop.key(store=OTHER_STORE)
    body = sale()
    other = body | {"amount": {"amount": "99.00", "currency": "EUR"}}

    first = any_shop.client().post("/v1/payments", json=body, headers=ours)
    second = any_shop.client().post("/v1/payments", json=other, headers=theirs)

    assert (first.status_code, second.status_code) == (202, 202)
    at = f"/v1/payments/{body['id']}"
    assert any_shop.client().get(at, headers=ours).get_json()["amount"]["amount"] == "12.34"
    assert any_shop.client().get(at, headers=theirs).get_json()["amount"]["amount"] == "99.00"


def test_key_when_it_may_only_read_then_it_cannot_charge(shop: Shop) -> None:
    _, key = shop.key(Permission.PAYMENTS_READ)

    response = shop.client().post("/v1/payments", json=sale(), headers=key)

    assert (response.status_code, response.get_json()["code"]) == (403, "not_permitted")
    assert shop.hints.sent == []
