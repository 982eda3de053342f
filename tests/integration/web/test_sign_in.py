"""People sign in, lock, leave; sessions end when they must (P1, P2, P7, P8)."""

from __future__ import annotations

from pathlib import Path

import pytest

from gateway.domain.access import Role
from gateway.domain.errors import NotSignedIn
from gateway.services.access.manage_people import PersonChange, create_first_administrator, seed_demo_people
from tests.support.web_shop import PASSWORD, PIN, STORE, TENANT, Shop, build_shop

MINUTE = 60
HOUR = 3600


def answers(client: object) -> int:
    """Return the status of a look at oneself."""
    return client.get("/v1/me").status_code  # type: ignore[attr-defined, no-any-return]  # a test client


def test_sign_in_when_right_then_a_fresh_session_and_a_cookie_scripts_cannot_read(any_shop: Shop) -> None:
    any_shop.add_person(Role.CASHIER)
    client = any_shop.client()

    response = any_shop.enter(client, "CASHIER")

    assert response.status_code == 303
    assert response.headers["Location"] == "/"
    cookie = response.headers["Set-Cookie"]
    assert "HttpOnly" in cookie
    assert "SameSite=Strict" in cookie
    assert client.get("/v1/me").get_json()["role"] == "cashier"


def test_sign_in_when_tls_stands_in_front_then_the_cookie_has_the_host_prefix(tmp_path: Path) -> None:
    shop = build_shop(f"sqlite:///{tmp_path / 'a.sqlite3'}", tmp_path, secure=True)
    shop.add_person(Role.CASHIER)

    response = shop.enter(shop.client(), "cashier")

    cookie = response.headers["Set-Cookie"]
    assert cookie.startswith("__Host-tillbridge=")
    assert "; Secure" in cookie
    assert "Path=/" in cookie
    assert "Domain" not in cookie
    assert response.headers["Strict-Transport-Security"]
    shop.storage.close()


def test_sign_in_when_done_twice_then_each_has_its_own_secret_and_a_planted_one_is_worth_nothing(shop: Shop) -> None:
    shop.add_person(Role.MANAGER)
    first, second = shop.client(), shop.client()
    second.set_cookie("tillbridge_session", "planted-by-somebody-else")

    shop.enter(first, "manager")
    shop.enter(second, "manager")

    assert shop.cookie(first) != shop.cookie(second)
    assert shop.cookie(second) != "planted-by-somebody-else"


@pytest.mark.parametrize(
    ("login", "password"),
    [("cashier", "wrong"), ("nobody", PASSWORD), ("", ""), ("cashier", ""), ("a\x00b", "x"), ("ﬀ" * 300, "x" * 10_000)],
)
def test_sign_in_when_wrong_in_any_way_then_the_same_words(shop: Shop, login: str, password: str) -> None:
    shop.add_person(Role.CASHIER)

    response = shop.enter(shop.client(), login, password)

    assert response.status_code == 401
    with pytest.raises(NotSignedIn) as caught:
        shop.container.sign_in.sign_in(login, password, address="192.0.2.1")
    assert caught.value.code == "wrong_credentials"


@pytest.mark.parametrize("login", ["cashier", "nobody-here"])
def test_sign_in_when_ten_failed_then_locked_for_half_an_hour_whether_the_account_exists_or_not(
    shop: Shop, login: str
) -> None:
    shop.add_person(Role.CASHIER)
    sign_in = shop.container.sign_in
    for number in range(10):
        with pytest.raises(NotSignedIn) as failed:
            sign_in.sign_in(login, "wrong", address=f"192.0.2.{number}")
        assert failed.value.code == "wrong_credentials"

    with pytest.raises(NotSignedIn) as locked:
        sign_in.sign_in(login, PASSWORD, address="198.51.100.1")
    assert locked.value.code == "sign_in_locked"
    shop.clock.move(29 * MINUTE)
    with pytest.raises(NotSignedIn) as still:
        sign_in.sign_in(login, PASSWORD, address="198.51.100.1")
    assert still.value.code == "sign_in_locked"

    shop.clock.move(2 * MINUTE)
    if login == "cashier":
        assert sign_in.sign_in(login, PASSWORD, address="198.51.100.1")[1].person.login == "cashier"


def test_sign_in_when_one_address_failed_ten_times_then_that_address_is_locked_for_all_accounts(shop: Shop) -> None:
    shop.add_person(Role.CASHIER)
    client = shop.client()
    for number in range(10):
        assert shop.enter(client, f"guess-{number}", "wrong").status_code == 401

    response = shop.enter(client, "cashier")

    assert response.status_code == 429
    assert 0 < int(response.headers["Retry-After"]) <= 30 * MINUTE
    sign_in = shop.container.sign_in
    assert sign_in.sign_in("cashier", PASSWORD, address="203.0.113.9")[1].person.login == "cashier"


def test_session_when_a_cashier_is_idle_then_locked_to_the_pin_and_the_pin_gives_a_new_secret(shop: Shop) -> None:
    client, _ = shop.signed(Role.CASHIER)
    old = shop.cookie(client)
    shop.clock.move(15 * MINUTE)

    locked = client.get("/v1/payments")
    page = client.get("/till")

    assert (locked.status_code, locked.get_json()["code"]) == (401, "session_locked")
    assert page.headers["Location"] == "/locked?next=/till"
    assert client.post("/locked", data={"pin": "9999", "csrf_token": shop.csrf(client)}).status_code == 401
    response = client.post("/locked?next=/till", data={"pin": PIN, "csrf_token": shop.csrf(client)})
    assert (response.status_code, response.headers["Location"]) == (303, "/till")
    assert shop.cookie(client) != old
    assert shop.container.sign_in.resume(old, active=True) is None
    assert answers(client) == 200


def test_session_when_the_pin_is_wrong_five_times_then_it_is_over(shop: Shop) -> None:
    client, _ = shop.signed(Role.CASHIER)
    token = shop.csrf(client)
    assert client.post("/lock", data={"csrf_token": token}).status_code == 303

    codes = [client.post("/locked", data={"pin": "9999", "csrf_token": token}).status_code for _ in range(5)]

    assert codes == [401] * 5
    assert client.post("/locked", data={"pin": PIN, "csrf_token": token}).status_code in (303, 401)
    assert answers(client) == 401


def test_session_when_anybody_else_is_idle_then_it_ends(shop: Shop) -> None:
    client, _ = shop.signed(Role.MANAGER)
    shop.clock.move(14 * MINUTE)
    assert answers(client) == 200

    shop.clock.move(15 * MINUTE)

    assert answers(client) == 401


def test_session_when_only_the_screen_asks_by_itself_then_it_still_becomes_idle(shop: Shop) -> None:
    client, _ = shop.signed(Role.MANAGER)
    for _ in range(3):
        shop.clock.move(4 * MINUTE)
        assert client.get("/v1/me", headers={"X-Background": "1"}).status_code == 200

    shop.clock.move(4 * MINUTE)

    assert client.get("/v1/me", headers={"X-Background": "1"}).status_code == 401


def test_session_when_twelve_hours_old_then_over_however_busy(shop: Shop) -> None:
    client, _ = shop.signed(Role.MANAGER)
    for _ in range(71):
        shop.clock.move(10 * MINUTE)
        assert answers(client) == 200

    shop.clock.move(10 * MINUTE)

    assert answers(client) == 401


def test_session_when_unlocked_by_pin_then_the_twelve_hours_go_on(shop: Shop) -> None:
    client, _ = shop.signed(Role.CASHIER)
    shop.clock.move(11 * HOUR)
    token = shop.csrf(client)
    assert answers(client) == 401
    assert client.post("/locked", data={"pin": PIN, "csrf_token": token}).status_code == 303

    shop.clock.move(HOUR)

    assert client.post("/locked", data={"pin": PIN, "csrf_token": token}).status_code == 401
    assert answers(client) == 401


def test_sign_out_when_done_then_every_session_of_the_person_ends_and_a_stolen_cookie_is_dead(shop: Shop) -> None:
    shop.add_person(Role.MANAGER)
    here, there, thief = shop.client(), shop.client(), shop.client()
    shop.enter(here, "manager")
    shop.enter(there, "manager")
    thief.set_cookie("tillbridge_session", shop.cookie(there))
    assert answers(thief) == 200

    response = here.post("/sign-out", data={"csrf_token": shop.csrf(here)})

    assert response.status_code == 303
    assert [answers(client) for client in (here, there, thief)] == [401, 401, 401]


@pytest.mark.parametrize("change", [PersonChange(role=Role.APPROVER), PersonChange(disabled=True)])
def test_session_when_the_role_changes_or_the_person_is_disabled_then_it_ends_at_once(
    shop: Shop, change: PersonChange
) -> None:
    client, headers = shop.signed(Role.MANAGER)
    admin, admin_headers = shop.signed(Role.ADMINISTRATOR)
    body = {"role": change.role} if change.role else {"disabled": True}

    response = admin.patch(f"/v1/people/{headers['X-Person-Id']}", json=body, headers=admin_headers)

    assert response.status_code == 200
    assert answers(client) == 401


def test_password_when_changed_then_other_sessions_end_and_this_one_goes_on(shop: Shop) -> None:
    shop.add_person(Role.MANAGER)
    here, there = shop.client(), shop.client()
    shop.enter(here, "manager")
    shop.enter(there, "manager")
    form = {"old_password": PASSWORD, "new_password": "roter vogel singt laut", "csrf_token": shop.csrf(here)}

    response = here.post("/change-password", data=form | {"new_password_again": form["new_password"]})

    assert response.status_code == 303
    assert (answers(here), answers(there)) == (200, 401)
    assert shop.enter(shop.client(), "manager").status_code == 401
    assert shop.enter(shop.client(), "manager", form["new_password"]).status_code == 303


@pytest.mark.parametrize(
    ("old", "new", "again", "status"),
    [
        ("wrong", "roter vogel singt laut", "roter vogel singt laut", 401),
        (PASSWORD, "roter vogel singt laut", "roter vogel singt leise", 422),
        (PASSWORD, PASSWORD, PASSWORD, 422),
        (PASSWORD, "kurz", "kurz", 422),
        (PASSWORD, "Password12345", "Password12345", 422),
    ],
)
def test_password_when_the_change_is_wrong_then_refused_with_its_status(
    shop: Shop, old: str, new: str, again: str, status: int
) -> None:
    client, headers = shop.signed(Role.MANAGER)
    form = {"old_password": old, "new_password": new, "new_password_again": again}

    response = client.post("/change-password", data=form | {"csrf_token": headers["X-CSRF-Token"]})

    assert response.status_code == status
    assert answers(client) == 200


def test_first_administrator_when_nobody_exists_then_one_time_password_that_must_be_changed(shop: Shop) -> None:
    made = create_first_administrator(shop.storage, shop.clock, shop.passwords, tenant_id=TENANT, store_id=STORE)
    assert made is not None
    login, secret = made
    client = shop.client()

    response = shop.enter(client, login, secret)

    assert response.headers["Location"] == "/change-password"
    blocked = client.get("/v1/people")
    assert (blocked.status_code, blocked.get_json()["code"]) == (403, "password_change_due")
    assert client.get("/people").headers["Location"] == "/change-password"
    form = {"old_password": secret, "new_password": PASSWORD, "new_password_again": PASSWORD}
    assert client.post("/change-password", data=form | {"csrf_token": shop.csrf(client)}).status_code == 303
    assert client.get("/v1/people").status_code == 200
    assert shop.enter(shop.client(), login, secret).status_code == 401
    again = create_first_administrator(shop.storage, shop.clock, shop.passwords, tenant_id=TENANT, store_id=STORE)
    assert again is None


def test_demo_people_when_seeded_then_one_for_each_role_who_sign_in_only_in_the_demo(tmp_path: Path) -> None:
    demo = build_shop(f"sqlite:///{tmp_path / 'demo.sqlite3'}", tmp_path, demo=True)
    people = seed_demo_people(demo.storage, demo.clock, demo.passwords, tenant_id=TENANT, store_id=STORE)
    assert {person.role for person in people} == set(Role)
    assert all(demo.enter(demo.client(), person.login, person.password).status_code == 303 for person in people)
    again = seed_demo_people(demo.storage, demo.clock, demo.passwords, tenant_id=TENANT, store_id=STORE)
    assert not {person.password for person in people} & {person.password for person in again}
    demo.storage.close()

    real = build_shop(f"sqlite:///{tmp_path / 'demo.sqlite3'}", tmp_path)

    assert all(real.enter(real.client(), person.login, person.password).status_code in (401, 429) for person in again)
    real.storage.close()


def test_pages_when_nobody_is_signed_in_then_the_way_leads_to_the_door_and_back(shop: Shop) -> None:
    shop.add_person(Role.CASHIER)
    client = shop.client()

    away = client.get("/payments?find=12")

    assert away.status_code == 303
    assert away.headers["Location"] == "/sign-in?next=/payments%3Ffind%3D12"
    form = {"login": "cashier", "password": PASSWORD, "next": "/payments?find=12"}
    assert client.post("/sign-in", data=form).headers["Location"] == "/payments?find=12"


def test_sign_in_when_next_leads_to_another_site_then_it_is_ignored(shop: Shop) -> None:
    shop.add_person(Role.CASHIER)
    form = {"login": "cashier", "password": PASSWORD, "next": "//evil.example/"}

    response = shop.client().post("/sign-in", data=form)

    assert response.headers["Location"] == "/"
