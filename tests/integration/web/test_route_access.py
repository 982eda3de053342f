"""Every route declares its access; nobody passes without it (P11, W6, W7)."""

from __future__ import annotations

import re
from collections.abc import Iterator

import pytest
from flask import Blueprint

from gateway.domain.access import API_KEY_SCOPES, ROLE_PERMISSIONS, Permission, Role
from gateway.domain.errors import ConfigurationError
from gateway.web import health
from gateway.web.app import create_app
from gateway.web.auth import Access, access_of, undeclared
from gateway.web.headers import CONTENT_SECURITY_POLICY
from tests.support.web_shop import OTHER_STORE, SECOND_TERMINAL, TERMINAL, Shop, new_id, sale

PUBLIC = {
    ("GET", "/healthz"),
    ("GET", "/readyz"),
    ("GET", "/openapi.json"),
    ("GET", "/sign-in"),
    ("POST", "/sign-in"),
    ("GET", "/static/<path:filename>"),
    # A program shows its key in the request and is given a short-lived token.
    ("POST", "/oauth/token"),
    # A message names its sender inside; the description holds no secret.
    ("GET", "/soap/erp"),
    ("POST", "/soap/erp"),
    # A customer display holds a secret of its own, for one register.
    ("GET", "/display"),
    ("POST", "/display"),
    ("GET", "/display/<register_id>"),
    ("GET", "/display/<register_id>/now"),
    # A customer's receipt: who has the token has the receipt.
    ("GET", "/r/<token>"),
    ("GET", "/r/<token>/receipt.png"),
    ("GET", "/r/<token>/receipt.pdf"),
    # A pay link: who has the token may look and choose how to pay.
    ("GET", "/pay/<token>"),
    ("GET", "/pay/<token>/now"),
    ("GET", "/pay/<token>/code.svg"),
    ("POST", "/pay/<token>/transfer"),
    ("POST", "/pay/<token>/choose-again"),
}
"""The whole list of what is open; a change here is a decision."""


def routes(shop: Shop) -> Iterator[tuple[str, str, str, Access]]:
    for rule in shop.app.url_map.iter_rules():
        access = access_of(shop.app, rule.endpoint)
        assert access is not None, rule.endpoint
        for method in rule.methods - {"HEAD", "OPTIONS"}:
            path = rule.rule.replace("<path:filename>", "favicon.svg")
            path = re.sub(r"<int:[^>]+>", "1", path)
            path = re.sub(r"<[^>]+>", str(new_id()), path)
            yield method, rule.rule, path, access


def test_routes_when_walked_then_each_declares_its_access_and_only_the_listed_are_open(shop: Shop) -> None:
    assert undeclared(shop.app) == ()

    assert {(method, rule) for method, rule, _, access in routes(shop) if access.public} <= PUBLIC | {
        (method, rule) for method, rule, _, access in routes(shop) if rule == "/preferences"
    }


def test_create_app_when_a_route_declares_nothing_then_refused(shop: Shop, monkeypatch: pytest.MonkeyPatch) -> None:
    forgotten = Blueprint("forgotten", __name__)
    forgotten.add_url_rule("/forgotten", view_func=lambda: "open", endpoint="view")
    monkeypatch.setattr(health, "pages", forgotten)

    with pytest.raises(ConfigurationError) as caught:
        create_app(shop.container)

    assert caught.value.code == "route_without_access"


def test_routes_when_nobody_is_signed_in_then_all_but_the_open_ones_refuse(shop: Shop) -> None:
    client = shop.client()

    for method, rule, path, access in routes(shop):
        response = client.open(path, method=method)
        response.close()
        if not access.public:
            turned_away = response.status_code == 303 and response.headers["Location"].startswith("/sign-in")
            assert response.status_code == 401 or turned_away, (method, rule, response.status_code)


def test_routes_when_a_permission_is_missing_then_each_answers_403(shop: Shop) -> None:
    """Each role and a key with one unrelated scope try every route they have no right to."""
    clients = {role: shop.signed(role) for role in Role}
    tried = 0

    for method, rule, path, access in routes(shop):
        if access.permission is None:
            continue
        for role, (client, headers) in clients.items():
            if access.permission not in ROLE_PERMISSIONS[role]:
                response = client.open(path, method=method, headers=headers)
                assert response.status_code == 403, (method, rule, role)
                tried += 1
        scope = next(one for one in sorted(API_KEY_SCOPES) if one != access.permission)
        if rule.startswith("/v1/"):
            _, key = shop.key(Permission(scope))
            assert shop.client().open(path, method=method, headers=key).status_code == 403, (method, rule)
            tried += 1

    assert tried > 50


def test_changes_when_the_csrf_token_is_missing_wrong_or_of_another_session_then_each_answers_403(shop: Shop) -> None:
    client, headers = shop.signed(Role.MANAGER)
    _, others = shop.signed(Role.MANAGER)

    for method, rule, path, access in routes(shop):
        if method == "GET" or access.public:
            continue
        for token in (None, "", "wrong", others["X-CSRF-Token"]):
            sent = {} if token is None else {"X-CSRF-Token": token}
            response = client.open(path, method=method, headers=sent)
            assert response.status_code == 403, (method, rule, token)
    assert client.get("/v1/me").status_code == 200
    assert headers["X-CSRF-Token"]


@pytest.mark.parametrize(
    "foreign",
    [
        {"Origin": "https://evil.example"},
        {"Origin": "null"},
        {"Origin": "http://localhost:1"},
        {"Sec-Fetch-Site": "cross-site"},
        {"Sec-Fetch-Site": "same-site"},
    ],
)
def test_changes_when_they_come_from_another_site_then_refused_though_the_token_is_right(
    shop: Shop, foreign: dict[str, str]
) -> None:
    client, headers = shop.signed(Role.CASHIER)

    response = client.post("/v1/payments", json=sale(), headers=headers | foreign)

    assert (response.status_code, response.get_json()["code"]) == (403, "foreign_origin")
    assert shop.enter(shop.client(), "cashier").status_code == 401
    assert shop.client().post("/sign-in", data={"login": "a"}, headers=foreign).status_code == 403


@pytest.mark.parametrize("own", [{"Origin": "http://localhost"}, {"Origin": "https://till.example"}, {}])
def test_changes_when_they_come_from_our_pages_then_served(shop: Shop, own: dict[str, str]) -> None:
    client, headers = shop.signed(Role.CASHIER)

    assert client.post("/v1/payments", json=sale(), headers=headers | own).status_code == 202


def test_headers_when_any_answer_is_given_then_all_are_there(shop: Shop) -> None:
    client, headers = shop.signed(Role.CASHIER)
    _, key = shop.key()
    answers = [
        client.get("/healthz"),
        client.get("/sign-in"),
        client.get("/nowhere"),
        client.delete("/v1/payments", headers=headers),
        client.get("/v1/payments"),
        client.get("/v1/people"),
        shop.client().get("/v1/payments"),
        shop.client().get("/v1/payments", headers={"Host": "evil.example"}),
        shop.client().post("/v1/payments", data=b"{", headers=key, content_type="application/json"),
        shop.client().post("/v1/payments", data=b"x" * 300_000, headers=key, content_type="application/json"),
        shop.client().get("/static/favicon.svg"),
    ]

    assert [answer.status_code for answer in answers] == [200, 303, 404, 405, 200, 403, 401, 400, 400, 413, 200]
    for answer in answers:
        answer.close()
        assert answer.headers["Content-Security-Policy"] == CONTENT_SECURITY_POLICY
        assert answer.headers["X-Content-Type-Options"] == "nosniff"
        assert answer.headers["Referrer-Policy"] == "same-origin"
        assert answer.headers["Cross-Origin-Opener-Policy"] == "same-origin"
        assert answer.headers["Cross-Origin-Resource-Policy"] == "same-origin"
        assert answer.headers["Cache-Control"] in ("no-store", "no-cache")
        assert "Access-Control-Allow-Origin" not in answer.headers
        assert len(answer.headers["X-Trace-Id"]) == 32
    assert answers[4].headers["Cache-Control"] == "no-store"


def test_objects_when_of_another_store_then_they_do_not_exist(any_shop: Shop) -> None:
    _, ours = any_shop.key(Permission.PAYMENTS_CREATE, Permission.PAYMENTS_READ)
    body = sale()
    assert any_shop.client().post("/v1/payments", json=body, headers=ours).status_code == 202
    stranger, change = any_shop.signed(Role.MANAGER, store=OTHER_STORE)
    owner_admin, owner = any_shop.signed(Role.ADMINISTRATOR)
    other_admin, other = any_shop.signed(Role.ADMINISTRATOR, store=OTHER_STORE)
    at = f"/v1/payments/{body['id']}"
    request_id = str(new_id())

    found = [
        stranger.get(at),
        stranger.get(f"{at}/events"),
        stranger.get(f"{at}/receipt.txt"),
        stranger.get(f"{at}/receipt.png"),
        stranger.get(f"/v1/ledger/transfers?payment_id={body['id']}"),
        stranger.post(f"{at}/cancel", headers=change),
        stranger.post(f"{at}/ask", headers=change),
        stranger.post(f"{at}/attempts", json={"request_id": request_id}, headers=change),
        stranger.post(f"{at}/receipts", json={"request_id": request_id, "copy": "customer"}, headers=change),
        stranger.post(f"{at}/resolution", json={"paid": True, "reason": "seen it"}, headers=change),
        other_admin.patch(f"/v1/people/{owner['X-Person-Id']}", json={"disabled": True}, headers=other),
        other_admin.post(f"/v1/people/{owner['X-Person-Id']}/password-reset", headers=other),
        other_admin.delete(f"/v1/api-keys/{any_shop.key()[0].id}", headers=other),
    ]

    assert [answer.status_code for answer in found] == [404] * len(found)
    assert stranger.get("/v1/payments").get_json()["data"] == []
    assert stranger.get("/v1/ledger/transfers").get_json()["data"] == []
    assert owner_admin.get("/v1/me").status_code == 200


def test_key_when_limited_to_a_terminal_then_others_do_not_exist_for_it(shop: Shop) -> None:
    _, all_of_store = shop.key()
    _, limited = shop.key(
        Permission.PAYMENTS_CREATE,
        Permission.PAYMENTS_READ,
        Permission.PAYMENTS_CANCEL,
        Permission.DEVICES_READ,
        Permission.LEDGER_READ,
        terminals=frozenset({TERMINAL}),
    )
    theirs = sale(terminal_id=SECOND_TERMINAL)
    client = shop.client()
    assert client.post("/v1/payments", json=theirs, headers=all_of_store).status_code == 202

    refused = client.post("/v1/payments", json=sale(terminal_id=SECOND_TERMINAL), headers=limited)

    assert (refused.status_code, refused.get_json()["code"]) == (422, "unknown_terminal")
    assert client.get(f"/v1/payments/{theirs['id']}", headers=limited).status_code == 404
    assert client.post(f"/v1/payments/{theirs['id']}/cancel", headers=limited).status_code == 404
    assert client.get("/v1/payments", headers=limited).get_json()["data"] == []
    devices = client.get("/v1/devices", headers=limited).get_json()["data"]
    assert {device["id"] for device in devices if device["kind"] == "terminal"} == {TERMINAL}
    assert client.get("/v1/ledger/balances", headers=limited).status_code == 403
    assert client.get("/v1/ledger/transfers", headers=limited).status_code == 403
    assert client.get(f"/v1/ledger/transfers?payment_id={theirs['id']}", headers=limited).status_code == 404
    ours = sale()
    assert client.post("/v1/payments", json=ours, headers=limited).status_code == 202
    own_books = client.get(f"/v1/ledger/transfers?payment_id={ours['id']}", headers=limited).get_json()["data"]
    assert [transfer["kind"] for transfer in own_books] == ["pending"]
