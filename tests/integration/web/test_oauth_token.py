"""Programs are given short-lived tokens for their key (RFC 6749 section 4.4)."""

from __future__ import annotations

import base64
from typing import TYPE_CHECKING, Any

import pytest

from gateway.domain.access import Caller, Permission
from gateway.services.access.client_tokens import TOKEN_LIFE_S
from gateway.web.access.oauth import Credentials, by_basic
from tests.support.web_shop import Shop, build_shop

if TYPE_CHECKING:
    from pathlib import Path

    from werkzeug.test import TestResponse

RFC_BASIC = "Basic czZCaGRSa3F0MzpnWDFmQmF0M2JW"
"""The client of RFC 6749 section 2.3.1."""
SCOPES = (Permission.PAYMENTS_READ, Permission.DEVICES_READ)


def client_of(shop: Shop, *, days: int = 30) -> tuple[str, str]:
    key, headers = shop.key(*SCOPES, days=days)
    return key.prefix, headers["Authorization"].removeprefix("Bearer ")


def basic(client_id: str, secret: str) -> dict[str, str]:
    return {"Authorization": "Basic " + base64.b64encode(f"{client_id}:{secret}".encode()).decode()}


def ask(shop: Shop, headers: dict[str, str] | None = None, **form: Any) -> TestResponse:
    sent = {"grant_type": "client_credentials"} | form
    return shop.client().post("/oauth/token", data=sent, headers=headers)


def reads(shop: Shop, token: str, path: str = "/v1/payments") -> int:
    return shop.client().get(path, headers={"Authorization": f"Bearer {token}"}).status_code


def test_basic_when_it_is_the_example_of_the_rfc_then_read_and_unknown_here(shop: Shop) -> None:
    answer = ask(shop, {"Authorization": RFC_BASIC})

    assert by_basic(RFC_BASIC) == Credentials("s6BhdRkqt3", "gX1fBat3bV")
    assert (answer.status_code, answer.get_json()) == (401, {"error": "invalid_client"})
    assert answer.headers["WWW-Authenticate"].startswith("Basic ")


def test_token_when_the_key_is_right_then_it_opens_what_the_key_opens(any_shop: Shop) -> None:
    client_id, secret = client_of(any_shop)

    answers = [
        ask(any_shop, basic(client_id, secret)),
        ask(any_shop, client_id=client_id, client_secret=secret),
    ]

    for answer in answers:
        given = answer.get_json()
        assert answer.status_code == 200
        assert set(given) == {"access_token", "token_type", "expires_in", "scope"}
        assert (given["token_type"], given["expires_in"]) == ("Bearer", TOKEN_LIFE_S)
        assert given["scope"] == "devices:read payments:read"
        assert (answer.headers["Cache-Control"], answer.headers["Pragma"]) == ("no-store", "no-cache")
        assert reads(any_shop, given["access_token"]) == 200
        assert reads(any_shop, given["access_token"], "/v1/ledger/balances") == 403


def test_token_when_a_part_of_the_scopes_is_asked_for_then_it_carries_no_more(shop: Shop) -> None:
    given = ask(shop, basic(*client_of(shop)), scope="devices:read").get_json()

    assert given["scope"] == "devices:read"
    assert reads(shop, given["access_token"]) == 403


def test_token_when_its_time_is_over_or_its_key_revoked_then_refused(shop: Shop) -> None:
    key, headers = shop.key(*SCOPES)
    secret = headers["Authorization"].removeprefix("Bearer ")
    first = ask(shop, basic(key.prefix, secret)).get_json()["access_token"]
    admin = Caller(key.tenant_id, key.store_id, key.id, "admin", frozenset({Permission.KEYS_MANAGE}))

    shop.clock.move(TOKEN_LIFE_S - 1)
    assert reads(shop, first) == 200
    shop.clock.move(1)
    assert reads(shop, first) == 401
    fresh = ask(shop, basic(key.prefix, secret)).get_json()["access_token"]
    assert reads(shop, fresh) == 200
    shop.container.api_keys.revoke(admin, key.id)

    assert reads(shop, fresh) == 401
    assert ask(shop, basic(key.prefix, secret)).status_code == 401


def test_token_when_any_character_is_changed_then_refused(shop: Shop) -> None:
    token: str = ask(shop, basic(*client_of(shop))).get_json()["access_token"]
    keys = shop.container.api_keys

    for place, letter in enumerate(token):
        other = "0" if letter != "0" else "1"
        assert keys.caller_of(token[:place] + other + token[place + 1 :]) is None
    assert keys.caller_of(token) is not None


@pytest.mark.parametrize(
    ("form", "status", "error"),
    [
        ({"grant_type": "password"}, 400, "unsupported_grant_type"),
        ({"grant_type": ""}, 400, "invalid_request"),
        ({"grant_type": ["client_credentials", "client_credentials"]}, 400, "invalid_request"),
        ({"client_secret": "tb_0"}, 400, "invalid_request"),
        ({"client_id": "somebody"}, 401, "invalid_client"),
        ({"scope": "payments:read keys:manage"}, 400, "invalid_scope"),
        ({"scope": "payments:create"}, 400, "invalid_scope"),
    ],
)
def test_token_when_the_request_is_wrong_then_the_error_is_that_of_the_rfc(
    shop: Shop, form: dict[str, Any], status: int, error: str
) -> None:
    answer = ask(shop, basic(*client_of(shop)), **form)

    assert (answer.status_code, answer.get_json()) == (status, {"error": error})


def test_token_when_the_client_is_wrong_then_invalid_client(shop: Shop) -> None:
    client_id, secret = client_of(shop)
    other_id, _ = client_of(shop)
    wrong = [
        basic(other_id, secret),
        basic(client_id, secret[:-1] + ("0" if secret[-1] != "0" else "1")),
        basic("é", secret),
        {"Authorization": f"Bearer {secret}"},
        {"Authorization": "Basic !"},
        {},
    ]

    assert [ask(shop, headers).get_json() for headers in wrong] == [{"error": "invalid_client"}] * len(wrong)


def test_token_when_asked_for_too_often_then_429(tmp_path: Path) -> None:
    shop = build_shop(f"sqlite:///{tmp_path / 'a.sqlite3'}", tmp_path, logins_per_minute_and_address=2)

    statuses = [ask(shop).status_code for _ in range(3)]
    shop.storage.close()

    assert statuses == [401, 401, 429]
