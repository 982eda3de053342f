"""Webhooks, systems outside and receipts by link over the API, on both databases."""

from __future__ import annotations

import json
import uuid
from typing import Any

import pytest

from gateway.domain.access import API_KEY_SCOPES, Permission, Role
from gateway.domain.cards.payment import AttemptEvent, AttemptOutcome, Evidence
from gateway.domain.ids import PaymentId
from gateway.domain.outbox import OutboxState
from tests.support.web_shop import OTHER_STORE, STORE, TENANT, Shop, new_id, sale

HOOK = "https://erp.example/hook"


@pytest.fixture
def shop(any_shop: Shop) -> Shop:
    """A shop on each database."""
    return any_shop


@pytest.fixture
def key(shop: Shop) -> dict[str, str]:
    """A key that may do everything a key may."""
    return shop.key(*API_KEY_SCOPES)[1]


def _endpoint(shop: Shop, key: dict[str, str], **changes: Any) -> dict[str, Any]:
    body = {"id": str(new_id()), "url": HOOK, "events": ["payment.*", "refund.done"], **changes}
    answer = shop.client().post("/v1/webhook-endpoints", json=body, headers=key)
    assert answer.status_code == 201, answer.get_json()
    return dict(answer.get_json())


def _paid(shop: Shop, key: dict[str, str], event: AttemptEvent = AttemptEvent.APPROVE) -> str:
    body = sale()
    assert shop.client().post("/v1/payments", json=body, headers=key).status_code == 202
    shop.settle(body["id"], event)
    return str(body["id"])


def test_endpoint_when_added_then_its_secret_is_told_once(shop: Shop, key: dict[str, str]) -> None:
    body = {"id": str(new_id()), "url": HOOK, "events": ["*"], "description": "ERP"}
    client = shop.client()

    first = client.post("/v1/webhook-endpoints", json=body, headers=key)
    again = client.post("/v1/webhook-endpoints", json=body, headers=key)
    other = client.post("/v1/webhook-endpoints", json=body | {"url": f"{HOOK}2"}, headers=key)
    shop.clock.move(601)
    late = client.post("/v1/webhook-endpoints", json=body, headers=key)
    seen = client.get(first.headers["Location"], headers=key)
    listed = client.get("/v1/webhook-endpoints", headers=key)

    assert (first.status_code, first.data) == (201, again.data)
    assert first.get_json()["secret"].startswith("whsec_")
    assert [(one.status_code, one.get_json()["code"]) for one in (other, late)] == [(422, "id_reused")] * 2
    assert seen.get_json() == first.get_json()["endpoint"] == listed.get_json()["data"][0]
    assert "secret" not in seen.get_json()


def test_secret_when_changed_twice_by_the_same_wish_then_once(shop: Shop, key: dict[str, str]) -> None:
    made = _endpoint(shop, key)
    address = f"/v1/webhook-endpoints/{made['endpoint']['id']}/secret"

    first = shop.client().post(address, json={"generation": 1}, headers=key)
    again = shop.client().post(address, json={"generation": 1}, headers=key)

    assert (first.status_code, again.status_code, again.get_json()["code"]) == (201, 409, "secret_changed")
    assert first.get_json()["secret"] != made["secret"]
    assert first.get_json()["endpoint"]["former_until"] is not None


def test_outcome_when_stored_then_its_messages_are_in_the_same_unit(shop: Shop, key: dict[str, str]) -> None:
    made = _endpoint(shop, key)
    address = f"/v1/webhook-endpoints/{made['endpoint']['id']}/messages"

    payment = _paid(shop, key)
    _paid(shop, key, AttemptEvent.DECLINE)
    messages = shop.client().get(address, headers=key).get_json()["data"]
    told = shop.client().get(f"/v1/payments/{payment}", headers=key).get_json()

    assert sorted(one["event"] for one in messages) == ["payment.approved", "payment.declined"]
    approved = next(one for one in messages if one["event"] == "payment.approved")
    assert (approved["subject"], approved["state"]) == (f"/v1/payments/{payment}", "ready")
    target = f"webhook:{made['endpoint']['id'].replace('-', '')}"
    assert target in shop.hints.filled
    assert "webhook" not in json.dumps(told["deliveries"])
    with shop.storage.read() as unit:
        (stored,) = [
            one
            for one in unit.outward.messages(TENANT, STORE, target, state=None, before=None, limit=10)
            if one.payload["event"] == "payment.approved"
        ]
    body = json.loads(stored.payload["body"])
    assert body["data"] | {"card": "Visa ..1234", "amount": "12.34", "payment_id": payment} == body["data"]
    assert "411111" not in stored.payload["body"]
    assert stored.payload["minor"] == "1234"


def test_outcome_when_nobody_wants_it_then_no_message(shop: Shop, key: dict[str, str]) -> None:
    made = _endpoint(shop, key, events=["refund.*"])
    _paid(shop, key)
    address = f"/v1/webhook-endpoints/{made['endpoint']['id']}"

    assert shop.client().get(f"{address}/messages", headers=key).get_json()["data"] == []
    assert shop.client().patch(address, json={"active": False}, headers=key).get_json()["state"] == "disabled"
    assert shop.client().patch(address, json={"events": ["*"]}, headers=key).get_json()["events"] == ["*"]
    _paid(shop, key)
    assert shop.client().get(f"{address}/messages", headers=key).get_json()["data"] == []


def test_endpoint_when_removed_then_gone_and_what_waits_given_up(shop: Shop, key: dict[str, str]) -> None:
    made = _endpoint(shop, key)
    address = f"/v1/webhook-endpoints/{made['endpoint']['id']}"
    _paid(shop, key)

    assert shop.client().delete(address, headers=key).status_code == 204

    assert shop.client().get(address, headers=key).status_code == 404
    assert shop.client().get("/v1/webhook-endpoints", headers=key).get_json() == {"data": []}
    assert shop.client().get("/v1/outward", headers=key).get_json() == {"data": [], "may_go_on": True}
    with shop.storage.read() as unit:
        (waiting,) = unit.outward.waiting(TENANT, STORE)
    assert (waiting.number, waiting.dead) == (0, 1)


def test_test_event_when_sent_and_replayed_then_one_message(shop: Shop, key: dict[str, str]) -> None:
    made = _endpoint(shop, key)
    address = f"/v1/webhook-endpoints/{made['endpoint']['id']}"
    wish = {"request_id": str(new_id())}
    client = shop.client()

    first = client.post(f"{address}/test", json=wish, headers=key)
    again = client.post(f"{address}/test", json=wish, headers=key)
    waits = client.post(f"/v1/webhook-messages/{first.get_json()['id']}/replay", headers=key)

    assert (first.status_code, first.get_json()["event"]) == (202, "webhook.test")
    assert again.get_json()["id"] == first.get_json()["id"]
    assert waits.get_json()["state"] == OutboxState.READY
    since = client.post(f"{address}/replay", json={"since": "2026-03-01T00:00:00Z"}, headers=key)
    assert (since.status_code, since.get_json()) == (202, {"count": 0})
    for wrong, code in (("2026-02-30T00:00:00Z", "invalid_instant"), ("2030-01-01T00:00:00Z", "invalid_since")):
        refused = client.post(f"{address}/replay", json={"since": wrong}, headers=key)
        assert (refused.status_code, refused.get_json()["code"]) == (422, code)


def test_endpoint_when_of_another_store_then_not_there(shop: Shop, key: dict[str, str]) -> None:
    made = _endpoint(shop, key)
    _, stranger = shop.key(Permission.WEBHOOKS_MANAGE, store=OTHER_STORE)
    address = f"/v1/webhook-endpoints/{made['endpoint']['id']}"

    assert shop.client().get(address, headers=stranger).status_code == 404
    assert shop.client().delete(address, headers=stranger).status_code == 404
    assert shop.client().get("/v1/webhook-endpoints", headers=stranger).get_json() == {"data": []}
    assert shop.client().get(address, headers=shop.key(Permission.PAYMENTS_READ)[1]).status_code == 403


def test_messages_when_paged_then_each_once(shop: Shop, key: dict[str, str]) -> None:
    made = _endpoint(shop, key)
    for _ in range(3):
        _paid(shop, key)
        shop.clock.move(1)
    address = f"/v1/webhook-endpoints/{made['endpoint']['id']}/messages?limit=2"

    first = shop.client().get(address, headers=key).get_json()
    second = shop.client().get(f"{address}&starting_after={first['next']}", headers=key).get_json()

    assert (first["has_more"], second["has_more"], second["next"]) == (True, False, None)
    assert len({one["id"] for one in first["data"] + second["data"]}) == 3


def test_receipt_when_linked_then_open_to_who_has_the_link_until_it_expires(shop: Shop, key: dict[str, str]) -> None:
    payment = _paid(shop, key)
    wish = {"id": str(new_id()), "subject": "payment", "subject_id": payment}

    made = shop.client().post("/v1/receipt-links", json=wish, headers=key)
    again = shop.client().post("/v1/receipt-links", json=wish, headers=key)
    path = made.get_json()["url"].removeprefix("http://localhost")
    page = shop.client().get(path)
    pdf = shop.client().get(f"{path}/receipt.pdf")

    assert (made.status_code, made.data) == (201, again.data)
    assert "Corner Shop" in page.get_data(as_text=True)
    assert page.headers["X-Robots-Tag"] == "noindex, nofollow, noarchive"
    assert page.headers["Cache-Control"] == "no-store"
    assert shop.client().get(f"{path}/receipt.png").data.startswith(b"\x89PNG")
    assert pdf.data.startswith(b"%PDF-1.4")
    assert pdf.headers["Content-Disposition"] == f'attachment; filename="{payment[-8:].upper()}.pdf"'
    assert shop.client().get(path[:-1] + ("0" if path[-1] != "0" else "1")).status_code == 404
    shop.clock.move(91 * 24 * 3600)
    assert shop.client().get(path).status_code == 404


def test_link_when_it_cannot_be_then_said_why(shop: Shop, key: dict[str, str]) -> None:
    running = sale()
    assert shop.client().post("/v1/payments", json=running, headers=key).status_code == 202
    shop.settle(running["id"])
    paid = _paid(shop, key)
    wish = {"id": str(new_id()), "subject": "payment", "subject_id": paid}
    open_one = sale()
    assert shop.client().post("/v1/payments", json=open_one, headers=key).status_code == 202

    def code(**changes: str) -> str:
        return str(shop.client().post("/v1/receipt-links", json={**wish, **changes}, headers=key).get_json()["code"])

    assert shop.client().post("/v1/receipt-links", json=wish, headers=key).status_code == 201
    assert code(subject_id=running["id"]) == "id_reused"
    assert code(id=str(new_id()), subject_id=open_one["id"]) == "outcome_open"
    assert code(id=str(new_id()), subject="refund", subject_id=str(new_id())) == "refund_not_found"
    letter = {"id": str(new_id()), "subject": "payment", "subject_id": paid, "mail_to": "anna@customer.example"}
    assert shop.client().post("/v1/receipt-letters", json=letter, headers=key).get_json()["code"] == "mail_not_set_up"


def test_links_when_tried_too_often_then_slowed_down(shop: Shop) -> None:
    statuses = {shop.client().get(f"/r/{number:040x}").status_code for number in range(61)}

    assert statuses == {404, 429}


def test_screen_when_opened_then_each_role_sees_its_part(shop: Shop, key: dict[str, str]) -> None:
    _endpoint(shop, key, description="Stock keeping")
    manager, _ = shop.signed(Role.MANAGER)
    administrator, _ = shop.signed(Role.ADMINISTRATOR)

    seen = manager.get("/outward").get_data(as_text=True)
    managed = administrator.get("/outward").get_data(as_text=True)

    assert ("Stock keeping" in seen, 'data-form="add"' in seen, HOOK in seen) == (True, False, False)
    assert ("Stock keeping" in managed, 'data-form="add"' in managed, HOOK in managed) == (True, True, True)
    assert manager.get("/outward/line").get_data(as_text=True).strip() == ""


def test_receipt_when_of_a_sale_with_its_tenders_then_linked_as_well(shop: Shop, key: dict[str, str]) -> None:
    euro = {"currency": "EUR"}
    price = {"amount": "3.00", **euro}
    line = {"kind": "goods", "text": "Tea", "quantity": "1", "unit_price": price, "amount": price, "tax_rate": "19"}
    body = {"id": str(new_id()), "register_id": "till-1", "pricing": "gross", "lines": [line]}
    made = shop.client().post("/v1/sales", json=body, headers=key)
    assert made.status_code == 201, made.get_json()
    tender = {"id": str(new_id()), "kind": "cash", "amount": {"amount": "3.00", **euro}}
    taken = shop.client().post(f"/v1/sales/{body['id']}/tenders", json=tender, headers=key)
    assert taken.status_code == 201, taken.get_json()

    wish = {"id": str(new_id()), "subject": "sale", "subject_id": body["id"]}
    link = shop.client().post("/v1/receipt-links", json=wish, headers=key)
    path = link.get_json()["url"].removeprefix("http://localhost")

    assert link.status_code == 201
    assert "Tea" in shop.client().get(path).get_data(as_text=True)
    assert shop.client().get(f"{path}/receipt.pdf").data.startswith(b"%PDF-1.4")


@pytest.mark.parametrize(
    ("code", "says"), [("declined_9b", "This shop takes no cards without it"), ("declined_6c", "")]
)
def test_panel_when_the_terminals_host_is_away_then_it_says_what_the_shop_allows(
    shop: Shop, code: str, says: str
) -> None:
    client, headers = shop.signed(Role.MANAGER)
    body = sale()
    assert client.post("/v1/payments", json=body, headers=headers).status_code == 202
    with shop.storage.read() as unit:
        record = unit.payments.load(TENANT, STORE, PaymentId(uuid.UUID(body["id"])))
    assert record is not None
    attempt = record.attempts[-1]
    outcome = AttemptOutcome(AttemptEvent.DECLINE, Evidence.DIALOGUE, code, "Declined.")
    shop.conclude.record(record.payment, attempt, outcome, epoch=attempt.epoch, actor="terminal")

    panel = client.get(f"/payments/{body['id']}/outcome").get_data(as_text=True)

    assert ("data-offline" in panel) is bool(says)
    assert says in panel
