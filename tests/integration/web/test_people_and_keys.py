"""Administration of people and API keys (P1, P8, P10)."""

from __future__ import annotations

import pytest

from gateway.domain.access import Role
from tests.support.web_shop import OTHER_STORE, PASSWORD, TERMINAL, Shop

PEOPLE = "/v1/people"
KEYS = "/v1/api-keys"


def test_person_when_added_then_the_one_time_password_is_shown_once_and_must_be_changed(any_shop: Shop) -> None:
    admin, headers = any_shop.signed(Role.ADMINISTRATOR)
    body = {"login": "new-cashier", "name": "New Colleague", "role": "cashier", "pin": "4711"}

    made = admin.post(PEOPLE, json=body, headers=headers)
    twice = admin.post(PEOPLE, json=body, headers=headers)

    assert made.status_code == 201
    secret = made.get_json()["one_time_password"]
    assert secret not in admin.get(PEOPLE).get_data(as_text=True)
    assert (twice.status_code, twice.get_json()["code"]) == (409, "login_taken")
    client = any_shop.client()
    assert any_shop.enter(client, "new-cashier", secret).headers["Location"] == "/change-password"
    assert client.get("/v1/payments").status_code == 403


def test_password_when_reset_then_the_old_one_and_all_sessions_are_dead_and_the_lock_is_open(shop: Shop) -> None:
    admin, headers = shop.signed(Role.ADMINISTRATOR)
    person = shop.add_person(Role.MANAGER)
    client = shop.client()
    shop.enter(client, "manager")
    for number in range(11):
        other = shop.client()
        other.environ_base["REMOTE_ADDR"] = f"192.0.2.{number}"
        shop.enter(other, "manager", "wrong")
    locked = shop.client()
    locked.environ_base["REMOTE_ADDR"] = "198.51.100.7"
    assert shop.enter(locked, "manager").status_code == 429

    secret = admin.post(f"{PEOPLE}/{person.id}/password-reset", headers=headers).get_json()["one_time_password"]

    assert client.get("/v1/me").status_code == 401
    assert shop.enter(locked, "manager").status_code == 401
    assert shop.enter(locked, "manager", secret).status_code == 303


def test_rights_when_they_are_ones_own_or_the_last_administrators_then_they_stay(shop: Shop) -> None:
    admin, headers = shop.signed(Role.ADMINISTRATOR)
    own = f"{PEOPLE}/{headers['X-Person-Id']}"

    answers = [
        admin.patch(own, json={"role": "manager"}, headers=headers),
        admin.patch(own, json={"disabled": True}, headers=headers),
        admin.post(f"{own}/password-reset", headers=headers),
    ]

    assert [answer.status_code for answer in answers] == [409] * 3
    assert {answer.get_json()["code"] for answer in answers} == {"own_rights"}
    assert admin.patch(own, json={"name": "Another Name"}, headers=headers).status_code == 200


def test_pin_when_set_then_only_with_the_password(shop: Shop) -> None:
    client, headers = shop.signed(Role.CASHIER)

    wrong = client.put("/v1/me/pin", json={"password": "wrong", "pin": "8264"}, headers=headers)
    weak = client.put("/v1/me/pin", json={"password": PASSWORD, "pin": "1234"}, headers=headers)
    right = client.put("/v1/me/pin", json={"password": PASSWORD, "pin": "8264"}, headers=headers)

    assert (wrong.status_code, weak.status_code, right.status_code) == (401, 422, 204)
    client.post("/lock", data={"csrf_token": headers["X-CSRF-Token"]})
    assert client.post("/locked", data={"pin": "8264", "csrf_token": headers["X-CSRF-Token"]}).status_code == 303


def test_key_when_made_then_its_token_is_shown_once_and_carries_its_scopes_and_no_more(any_shop: Shop) -> None:
    admin, headers = any_shop.signed(Role.ADMINISTRATOR)
    body = {"name": "back office", "scopes": ["ledger:read"], "terminals": [TERMINAL], "days": 7}

    made = admin.post(KEYS, json=body, headers=headers)

    assert made.status_code == 201
    token = made.get_json()["token"]
    assert token not in admin.get(KEYS).get_data(as_text=True)
    bearer = {"Authorization": f"Bearer {token}"}
    me = any_shop.client().get("/v1/me", headers=bearer).get_json()
    assert (me["kind"], me["permissions"]) == ("api_key", ["ledger:read"])
    assert any_shop.client().get("/v1/payments", headers=bearer).status_code == 403
    assert any_shop.client().get("/till", headers=bearer).status_code == 303


@pytest.mark.parametrize(
    ("change", "status"),
    [
        ({"scopes": ["people:manage"]}, 422),
        ({"scopes": ["payments:resolve"]}, 422),
        ({"scopes": []}, 400),
        ({"scopes": ["nonsense"]}, 400),
        ({"days": 366}, 400),
        ({"days": 0}, 400),
        ({"terminals": []}, 400),
        ({"terminals": ["nowhere"]}, 422),
        ({"name": ""}, 400),
    ],
)
def test_key_when_it_asks_for_too_much_then_refused(shop: Shop, change: dict[str, object], status: int) -> None:
    admin, headers = shop.signed(Role.ADMINISTRATOR)
    body = {"name": "till", "scopes": ["payments:read"], "days": 7} | change

    assert admin.post(KEYS, json=body, headers=headers).status_code == status


def test_key_when_presented_for_another_store_then_it_sees_only_its_own(shop: Shop) -> None:
    _, theirs = shop.key(store=OTHER_STORE)
    admin, _ = shop.signed(Role.ADMINISTRATOR)

    assert shop.client().get("/v1/me", headers=theirs).get_json()["store_id"] == OTHER_STORE
    assert all(key["name"] != "theirs" for key in admin.get(KEYS).get_json()["data"])


def test_address_of_mail_when_given_changed_and_wrong_then_kept_changed_and_refused(shop: Shop) -> None:
    admin, headers = shop.signed(Role.ADMINISTRATOR)
    body = {"login": "anna", "name": "Anna", "role": "approver", "email": "anna@shop.example"}

    made = admin.post(PEOPLE, json=body, headers=headers)
    address = f"{PEOPLE}/{made.get_json()['person']['id']}"
    changed = admin.patch(address, json={"email": ""}, headers=headers)
    wrong = admin.post(PEOPLE, json=body | {"login": "anne", "email": "anna.shop.example"}, headers=headers)

    assert (made.status_code, made.get_json()["person"]["email"]) == (201, "anna@shop.example")
    assert (changed.status_code, changed.get_json()["email"]) == (200, "")
    assert (wrong.status_code, wrong.get_json()["code"]) == (422, "invalid_email")
