"""Refunds over the API: begin, replay, limits, rights, cancel, settle, events, receipts, and the page of a payment."""

from __future__ import annotations

import json
from typing import Any

import pytest

from gateway.domain.access import Permission, Role
from gateway.domain.cards.payment import AttemptEvent
from tests.support.web_shop import OTHER_STORE, SECOND_TERMINAL, Shop, new_id, sale

ALL = (
    Permission.PAYMENTS_CREATE,
    Permission.PAYMENTS_READ,
    Permission.PAYMENTS_CANCEL,
    Permission.PAYMENTS_REFUND,
    Permission.RECEIPTS_PRINT,
    Permission.LEDGER_READ,
)


class Till:
    """One client with a key, and a payment it took."""

    def __init__(self, shop: Shop) -> None:
        self.shop = shop
        self.client = shop.client()
        _, self.key = shop.key(*ALL)

    def paid(self, amount: str = "12.34", **changes: Any) -> str:
        body = sale(amount={"amount": amount, "currency": "EUR"}, register_id="till-1", **changes)
        assert self.client.post("/v1/payments", json=body, headers=self.key).status_code == 202
        self.shop.settle(body["id"])
        return str(body["id"])

    def ask(self, payment_id: str, **changes: Any) -> Any:
        body = {"id": str(new_id()), "reason": "Goods came back", **changes}
        return self.client.post(f"/v1/payments/{payment_id}/refunds", json=body, headers=self.key)

    def get(self, path: str) -> Any:
        return self.client.get(path, headers=self.key)

    def post(self, path: str, body: dict[str, Any] | None = None, **headers: str) -> Any:
        return self.client.post(path, json=body, headers=self.key | headers)


@pytest.fixture
def till(shop: Shop) -> Till:
    return Till(shop)


def euro(amount: str) -> dict[str, str]:
    return {"amount": amount, "currency": "EUR"}


def test_refund_when_asked_then_accepted_with_its_place_and_what_is_left(till: Till) -> None:
    payment_id = till.paid()

    answer = till.ask(payment_id, amount=euro("2.34"))

    refund = answer.get_json()
    assert (answer.status_code, refund["state"], refund["way"]) == (202, "sent", "credit")
    assert answer.headers["Location"] == f"/v1/refunds/{refund['id']}"
    assert refund["links"]["payment"] == f"/v1/payments/{payment_id}"
    stored = till.get(answer.headers["Location"]).get_json()
    assert [event["kind"] for event in stored["events"]] == ["sent"]
    found = till.get(f"/v1/payments/{payment_id}/refunds").get_json()
    assert (found["captured"], found["left"]) == (euro("12.34"), euro("10.00"))
    assert [one["id"] for one in found["data"]] == [refund["id"]]
    assert till.shop.hints.sent[-1].hex == refund["attempt"]["id"].replace("-", "")


def test_refund_of_all_that_is_left_then_the_sale_is_undone(till: Till) -> None:
    refund = till.ask(till.paid()).get_json()

    assert (refund["amount"], refund["way"]) == (euro("12.34"), "reversal")


def test_refund_of_another_day_or_at_another_terminal_then_credited(till: Till) -> None:
    elsewhere = till.ask(till.paid(), terminal_id=SECOND_TERMINAL).get_json()
    till.shop.settle_refund(elsewhere["id"])
    payment_id = till.paid()
    till.shop.clock.move(24 * 3600)

    later = till.ask(payment_id).get_json()

    assert (elsewhere["way"], elsewhere["terminal_id"], later["way"]) == ("credit", SECOND_TERMINAL, "credit")


def test_undoing_was_refused_then_the_next_try_is_a_credit(till: Till) -> None:
    payment_id = till.paid()
    first = till.ask(payment_id).get_json()
    till.shop.settle_refund(first["id"], AttemptEvent.DECLINE)

    second = till.ask(payment_id).get_json()

    assert (first["way"], second["way"]) == ("reversal", "credit")


def test_same_request_again_then_the_same_answer_and_one_refund(till: Till) -> None:
    payment_id = till.paid()
    body = {"id": str(new_id()), "reason": "Goods came back", "amount": euro("1.00")}
    path = f"/v1/payments/{payment_id}/refunds"
    first = till.post(path, body)
    till.shop.settle_refund(body["id"])  # type: ignore[arg-type]  # an id

    again = till.post(path, body)
    other = till.post(path, body | {"amount": euro("2.00")})
    reused = till.post(path, body, **{"Idempotency-Key": "another"})

    assert (again.status_code, again.data) == (202, first.data)
    assert again.headers["Idempotency-Replayed"] == "true"
    assert (other.status_code, other.get_json()["code"]) == (422, "key_reused")
    assert (reused.status_code, reused.get_json()["code"]) == (422, "id_reused")
    assert len(till.get(path).get_json()["data"]) == 1


@pytest.mark.parametrize(
    ("changes", "status", "code"),
    [
        ({"amount": {"amount": "12.35", "currency": "EUR"}}, 409, "refund_exceeds_payment"),
        ({"amount": {"amount": "1.00", "currency": "CHF"}}, 409, "refund_exceeds_payment"),
        ({"amount": {"amount": "0", "currency": "EUR"}}, 422, "invalid_amount"),
        ({"amount": {"amount": "1.001", "currency": "EUR"}}, 422, "invalid_amount"),
        ({"amount": {"amount": "-1", "currency": "EUR"}}, 400, "invalid_request"),
        ({"reason": "why"}, 422, "reason_needed"),
        ({"terminal_id": "nowhere"}, 422, "unknown_terminal"),
        ({"register_id": "nowhere"}, 422, "unknown_register"),
        ({"surprise": 1}, 400, "invalid_request"),
    ],
)
def test_refund_that_cannot_be_then_refused_with_its_code(
    till: Till, changes: dict[str, Any], status: int, code: str
) -> None:
    payment_id = till.paid()

    answer = till.ask(payment_id, **changes)

    assert (answer.status_code, answer.get_json()["code"]) == (status, code)
    assert till.get(f"/v1/payments/{payment_id}/refunds").get_json()["data"] == []


def test_payment_not_paid_or_not_there_then_nothing_is_given_back(till: Till) -> None:
    body = sale()
    till.post("/v1/payments", body)
    running = till.ask(body["id"])
    till.shop.settle(body["id"], AttemptEvent.DECLINE)

    assert [running.get_json()["code"], till.ask(body["id"]).get_json()["code"]] == ["payment_not_paid"] * 2
    assert till.ask(str(new_id())).status_code == 404


def test_terminal_with_a_refund_then_it_takes_no_sale(till: Till) -> None:
    payment_id = till.paid()
    till.ask(payment_id, amount=euro("1.00"))

    busy = till.post("/v1/payments", sale())

    assert (busy.status_code, busy.get_json()["code"]) == (409, "terminal_busy")
    assert till.ask(payment_id, amount=euro("1.00")).get_json()["code"] == "terminal_busy"


def test_cancel_then_its_terminal_is_told_and_an_ended_one_stays(till: Till) -> None:
    refund = till.ask(till.paid(), amount=euro("1.00")).get_json()

    told = till.post(f"/v1/refunds/{refund['id']}/cancel")

    assert told.status_code == 202
    assert told.get_json()["attempt"]["cancel_requested_at"] is not None
    assert till.shop.hints.cancelled[-1].hex == refund["attempt"]["id"].replace("-", "")
    till.shop.settle_refund(refund["id"], AttemptEvent.CANCEL)
    assert till.post(f"/v1/refunds/{refund['id']}/cancel").get_json()["state"] == "cancelled"


def test_unknown_refund_then_a_manager_decides_with_proof_and_only_once(till: Till) -> None:
    refund = till.ask(till.paid(), amount=euro("2.34")).get_json()
    path = f"/v1/refunds/{refund['id']}"
    till.shop.settle_refund(refund["id"], AttemptEvent.LOSE_ANSWER)
    manager, csrf = till.shop.signed(Role.MANAGER)

    assert till.post(f"{path}/cancel").get_json()["code"] == "outcome_unknown"
    assert till.post(f"{path}/ask").status_code == 202
    word = {"given_back": True, "reason": "Receipt 18 of the terminal shows it."}
    assert till.post(f"{path}/resolution", word).status_code == 403
    decided = manager.post(f"{path}/resolution", json=word, headers=csrf)
    again = manager.post(f"{path}/resolution", json=word | {"given_back": False}, headers=csrf)

    assert (decided.status_code, decided.get_json()["state"]) == (200, "approved")
    assert decided.get_json()["attempt"]["evidence"] == "person"
    assert (again.status_code, again.get_json()["code"]) == (409, "outcome_known")
    kinds = [event["kind"] for event in till.get(path).get_json()["events"]]
    assert kinds == ["sent", "unknown", "ask_requested", "approved"]


def test_refund_that_was_not_done_then_its_own_word(till: Till) -> None:
    refund = till.ask(till.paid(), amount=euro("2.34")).get_json()
    till.shop.settle_refund(refund["id"], AttemptEvent.PROVE_NOT_CHARGED)

    stored = till.get(f"/v1/refunds/{refund['id']}").get_json()

    assert (stored["state"], stored["attempt"]["state"]) == ("not_done", "not_done")
    assert [(event["kind"], event["state"]) for event in stored["events"]][-1] == ("not_done", "not_done")


def test_books_then_sale_and_refund_mirror_each_other(till: Till) -> None:
    payment_id = till.paid()
    refund = till.ask(payment_id).get_json()
    till.shop.settle_refund(refund["id"])

    entries = till.get(f"/v1/ledger/transfers?payment_id={payment_id}").get_json()["data"]
    balances = till.get("/v1/ledger/balances").get_json()

    assert [one["kind"] for one in entries] == ["pending", "post", "pending", "post"]
    assert (entries[1]["debit_account"], entries[1]["credit_account"]) == (
        entries[3]["credit_account"],
        entries[3]["debit_account"],
    )
    assert balances["balanced"]
    assert all(one["debits_posted"] == one["credits_posted"] for one in balances["data"])


def test_events_then_each_line_once_and_nothing_more_after_the_end(till: Till) -> None:
    refund = till.ask(till.paid(), amount=euro("1.00")).get_json()
    path = f"/v1/refunds/{refund['id']}/events"
    till.shop.settle_refund(refund["id"])

    told = till.get(path).get_data(as_text=True)

    lines = [json.loads(line[6:]) for line in told.splitlines() if line.startswith("data: ")]
    assert [line["state"] for line in lines] == ["sent", "approved"]
    assert told.count("event: refund") == 2
    assert till.client.get(path, headers=till.key | {"Last-Event-ID": "2"}).status_code == 204


def test_receipt_then_marked_as_a_refund_of_its_payment_and_copies_are_made_once(till: Till) -> None:
    payment_id = till.paid()
    refund = till.ask(payment_id, amount=euro("1.00")).get_json()
    path = f"/v1/refunds/{refund['id']}"
    assert till.get(f"{path}/receipt.txt").get_json()["code"] == "outcome_open"
    till.shop.settle_refund(refund["id"])

    text = till.get(f"{path}/receipt.txt").get_data(as_text=True)
    copy = {"request_id": str(new_id()), "copy": "customer"}
    made = [till.post(f"{path}/receipts", copy).get_json()["id"] for _ in range(2)]

    assert "REFUND" in text
    assert f"For receipt {payment_id.replace('-', '')[-8:].upper()}" in text
    assert "Given back to the card" in text
    assert till.get(f"{path}/receipt.png").data.startswith(b"\x89PNG")
    deliveries = till.get(path).get_json()["deliveries"]
    assert len(deliveries) == 3
    assert made[0] == made[1]
    assert sorted(one["duplicate"] for one in deliveries) == [False, False, True]
    assert len(till.get(f"/v1/payments/{payment_id}").get_json()["deliveries"]) == 2


def test_rights_then_no_cashier_no_other_store_and_no_other_terminal(till: Till) -> None:
    payment_id = till.paid()
    refund = till.ask(payment_id, amount=euro("1.00")).get_json()
    path = f"/v1/payments/{payment_id}/refunds"
    body = {"id": str(new_id()), "reason": "Goods came back"}
    cashier, csrf = till.shop.signed(Role.CASHIER)
    _, elsewhere = till.shop.key(*ALL, store=OTHER_STORE)
    _, limited = till.shop.key(*ALL, terminals=frozenset({SECOND_TERMINAL}))

    assert cashier.post(path, json=body, headers=csrf).status_code == 403
    assert cashier.get(f"/v1/refunds/{refund['id']}").status_code == 200
    for key in (elsewhere, limited):
        assert till.client.post(path, json=body, headers=key).status_code == 404
        assert till.client.get(f"/v1/refunds/{refund['id']}", headers=key).status_code == 404
        assert till.client.get(path, headers=key).status_code == 404


def test_card_number_in_the_reason_then_cut_before_it_is_stored(till: Till) -> None:
    refund = till.ask(till.paid(), reason="Card 4111111111111111 came back").get_json()

    assert "4111111111111111" not in refund["reason"]
    assert "4111111111111111" not in till.get(f"/v1/refunds/{refund['id']}").get_data(as_text=True)


def test_page_of_the_payment_then_form_history_and_panel_by_role_and_state(till: Till) -> None:
    payment_id = till.paid()
    manager, csrf = till.shop.signed(Role.MANAGER)
    cashier, _ = till.shop.signed(Role.CASHIER)
    page = f"/payments/{payment_id}"

    assert 'value="12.34"' in manager.get(page).get_data(as_text=True)
    assert "give-back" not in cashier.get(page).get_data(as_text=True)
    body = {"id": str(new_id()), "reason": "<b>Goods</b> came back", "amount": euro("2.34")}
    assert manager.post(f"/v1{page}/refunds", json=body, headers=csrf).status_code == 202
    running = manager.get(page).get_data(as_text=True)
    assert 'data-refund-action="cancel"' in running
    assert "&lt;b&gt;Goods&lt;/b&gt; came back" in running
    assert 'value="10.00"' in running
    till.shop.settle_refund(str(body["id"]), AttemptEvent.LOSE_ANSWER)
    board = manager.get("/board").get_data(as_text=True)
    assert f"{page}?refund={body['id']}" in board
    panel = manager.get(f"/refunds/{body['id']}/outcome").get_data(as_text=True)
    assert 'data-form="decide-refund"' in panel
    till.shop.settle_refund(str(body["id"]))
    ended = manager.get(f"{page}?refund={body['id']}", headers={"Accept-Language": "de"}).get_data(as_text=True)
    assert "ERSTATTUNG" in ended or "REFUND" in ended
    assert "Erstattet" in ended
    assert manager.get(f"/refunds/{body['id']}/receipt.png").data.startswith(b"\x89PNG")


def test_payment_that_was_not_charged_then_its_page_offers_nothing(till: Till) -> None:
    body = sale()
    till.post("/v1/payments", body)
    till.shop.settle(body["id"], AttemptEvent.DECLINE)
    manager, _ = till.shop.signed(Role.MANAGER)

    assert "data-refunds" not in manager.get(f"/payments/{body['id']}").get_data(as_text=True)
