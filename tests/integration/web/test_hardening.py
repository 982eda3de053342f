"""What arrives broken is refused in one way, and never as our own fault (W8, W10, W11)."""

from __future__ import annotations

import contextlib
import json
import sqlite3
from pathlib import Path
from typing import Any

import pytest

from gateway.domain.access import Role
from tests.support.web_shop import Shop, build_shop, sale


def body_with(**texts: Any) -> bytes:
    return json.dumps(sale(**texts)).encode()


BROKEN = [
    (b"", 400, "invalid_json"),
    (b"{", 400, "invalid_json"),
    (b'{"id":1,"id":2}', 400, "invalid_json"),
    (b'{"amount":NaN}', 400, "invalid_json"),
    (b"[" * 5000, 400, "invalid_json"),
    (b'{"reference":"\\ud800"}', 400, "invalid_json"),
    (b'{"reference":"a\\u0000b"}', 400, "invalid_json"),
    (b"{}", 400, "invalid_request"),
    (json.dumps(body_with().decode()).encode(), 400, "invalid_json"),
    (body_with(unknown="x"), 400, "invalid_request"),
    (body_with(amount={"amount": 12.34, "currency": "EUR"}), 400, "invalid_request"),
    (body_with(amount={"amount": "1e3", "currency": "EUR"}), 400, "invalid_request"),
    (body_with(amount={"amount": "١", "currency": "EUR"}), 400, "invalid_request"),
    (body_with(amount={"amount": "-1.00", "currency": "EUR"}), 400, "invalid_request"),
    (body_with(amount={"amount": "1.00", "currency": "EUR\n"}), 400, "invalid_request"),
    (body_with(id="0190a0a0-0000-1000-8000-000000000000"), 400, "invalid_request"),
    (body_with(terminal_id="../front"), 400, "invalid_request"),
    (body_with(reference="x" * 65), 400, "invalid_request"),
    (body_with(reference="a\u001b@b"), 400, "invalid_request"),
    (b"x" * 300_000, 413, "request_too_large"),
]


@pytest.mark.parametrize(("body", "status", "code"), BROKEN)
def test_body_when_broken_then_one_problem_document_and_no_effect(
    shop: Shop, body: bytes, status: int, code: str
) -> None:
    _, key = shop.key()

    response = shop.client().post("/v1/payments", data=body, headers=key, content_type="application/json")

    assert response.status_code == status
    assert response.content_type == "application/problem+json"
    problem = response.get_json(force=True)
    assert problem["code"] == code
    assert problem["type"] == f"urn:tillbridge:problem:{code}"
    assert problem["status"] == status
    assert problem["trace_id"] == response.headers["X-Trace-Id"]
    assert problem["hint"]
    assert shop.hints.sent == []


@pytest.mark.parametrize("content_type", ["text/plain", "application/x-www-form-urlencoded", "multipart/form-data", ""])
def test_body_when_not_declared_as_json_then_415(shop: Shop, content_type: str) -> None:
    _, key = shop.key()

    response = shop.client().post("/v1/payments", data=body_with(), headers=key, content_type=content_type)

    assert (response.status_code, response.get_json(force=True)["code"]) == (415, "unsupported_media_type")


@pytest.mark.parametrize(
    ("path", "status", "code"),
    [
        ("/v1/payments?limit=0", 400, "invalid_request"),
        ("/v1/payments?limit=101", 400, "invalid_request"),
        ("/v1/payments?limit=2&limit=3", 400, "repeated_parameter"),
        ("/v1/payments?colour=red", 400, "invalid_request"),
        ("/v1/payments?starting_after=%00", 400, "invalid_parameter"),
        ("/v1/payments?starting_after=%FF", 400, "invalid_request"),
        ("/v1/devices?colour=red", 400, "unknown_parameter"),
        ("/v1/payments/not-an-id", 400, "invalid_request"),
        ("/v1/payments/%00", 400, "invalid_request"),
        ("/v1/nothing", 404, "not_found"),
    ],
)
def test_address_when_wrong_then_named(shop: Shop, path: str, status: int, code: str) -> None:
    client, _ = shop.signed(Role.MANAGER)

    response = client.get(path)

    assert (response.status_code, response.get_json(force=True)["code"]) == (status, code)


def test_body_when_none_is_described_then_an_object_with_anything_is_refused(shop: Shop) -> None:
    _, key = shop.key()
    body = sale()
    client = shop.client()
    client.post("/v1/payments", json=body, headers=key)
    at = f"/v1/payments/{body['id']}/cancel"

    assert client.post(at, json={"force": True}, headers=key).get_json(force=True)["code"] == "unexpected_body"
    assert client.post(at, json={}, headers=key).status_code == 202
    assert client.post(at, headers=key).status_code == 202


@pytest.mark.parametrize("host", ["evil.example", "127.0.0.1.evil.example", "localhost.evil.example:80", "[::2]"])
def test_host_when_not_ours_then_400(shop: Shop, host: str) -> None:
    response = shop.client().get("/healthz", headers={"Host": host})

    assert (response.status_code, response.get_json(force=True)["code"]) == (400, "unknown_host")


@pytest.mark.parametrize("host", ["127.0.0.1:8321", "localhost", "[::1]:8321", "till.example", "TILL.EXAMPLE:443"])
def test_host_when_ours_then_served(shop: Shop, host: str) -> None:
    assert shop.client().get("/healthz", headers={"Host": host}).status_code == 200


@pytest.mark.parametrize(
    "credential",
    [
        "Bearer tb_000000000000_" + "0" * 64,
        "Bearer nonsense",
        "Bearer ",
        "Basic dGVzdDp0ZXN0",
        "Bearer tb_\u00e9",
    ],
)
def test_key_when_wrong_then_401_with_the_challenge_even_beside_a_good_cookie(shop: Shop, credential: str) -> None:
    client, _ = shop.signed(Role.CASHIER)

    response = client.get("/v1/payments", headers={"Authorization": credential.encode().decode("latin-1")})

    assert (response.status_code, response.get_json(force=True)["code"]) == (401, "not_signed_in")
    assert response.headers["WWW-Authenticate"].startswith("Bearer")


def test_key_when_expired_or_revoked_then_401_at_once(shop: Shop) -> None:
    admin, headers = shop.signed(Role.ADMINISTRATOR)
    short, short_key = shop.key(days=1)
    revoked, revoked_key = shop.key()
    client = shop.client()
    assert client.get("/v1/payments", headers=revoked_key).status_code == 200

    assert admin.delete(f"/v1/api-keys/{revoked.id}", headers=headers).status_code == 204
    before = client.get("/v1/payments", headers=short_key).status_code
    shop.clock.move(24 * 3600)

    assert client.get("/v1/payments", headers=revoked_key).status_code == 401
    assert (before, client.get("/v1/payments", headers=short_key).status_code) == (200, 401)
    assert short.expires_at > short.created_at


def test_key_when_used_again_and_again_then_the_last_use_is_stored_once_a_minute(shop: Shop) -> None:
    key, headers = shop.key()
    client = shop.client()

    def used_at() -> object:
        with shop.storage.read() as unit:
            stored = unit.access.key_by_prefix(key.prefix)
        assert stored is not None
        return stored.used_at

    client.get("/v1/payments", headers=headers)
    first = used_at()
    shop.clock.move(59)
    client.get("/v1/payments", headers=headers)
    second = used_at()
    shop.clock.move(1)
    client.get("/v1/payments", headers=headers)

    assert first is not None
    assert second == first
    assert used_at() == shop.clock.now()


def test_secrets_when_stored_then_only_as_hashes(shop: Shop, tmp_path: Path) -> None:
    """The whole database file is searched for what was shown once."""
    _, headers = shop.key()
    client, _ = shop.signed(Role.CASHIER)
    secret = headers["Authorization"].rpartition("_")[2]
    session = shop.cookie(client)
    shop.storage.close()

    stored = b"".join(path.read_bytes() for path in tmp_path.glob("shop.sqlite3*"))

    assert len(stored) > 10_000
    assert secret.encode() not in stored
    assert session.encode() not in stored
    assert b"blauer fisch" not in stored


def test_rate_when_an_address_or_a_caller_asks_too_often_then_429_with_retry_after(tmp_path: Path) -> None:
    shop = build_shop(
        f"sqlite:///{tmp_path / 'a.sqlite3'}",
        tmp_path,
        requests_per_minute_and_caller=3,
        requests_per_minute_and_address=8,
        logins_per_minute_and_address=2,
    )
    _, first = shop.key()
    _, second = shop.key()
    client = shop.client()

    by_first = [client.get("/v1/payments", headers=first).status_code for _ in range(4)]
    by_second = [client.get("/v1/payments", headers=second) for _ in range(3)]
    logins = [shop.enter(client, "nobody", "x").status_code for _ in range(1)]
    refused = client.get("/v1/payments", headers=second)

    assert by_first == [200, 200, 200, 429]
    assert [answer.status_code for answer in by_second] == [200, 200, 200]
    assert logins == [401]
    assert refused.status_code == 429
    assert 1 <= int(refused.headers["Retry-After"]) <= 60
    assert refused.content_type == "application/problem+json"
    assert client.get("/healthz").status_code == 200
    shop.storage.close()


def test_rate_when_signing_in_then_tighter(tmp_path: Path) -> None:
    shop = build_shop(f"sqlite:///{tmp_path / 'a.sqlite3'}", tmp_path, logins_per_minute_and_address=2)

    answers = [shop.enter(shop.client(), f"nobody-{number}", "x").status_code for number in range(3)]

    assert answers == [401, 401, 429]
    shop.storage.close()


def test_fault_when_our_own_then_500_without_details_and_with_the_trace_id(
    shop: Shop, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    """A table is taken away below the running gateway: a fault that no code of ours expects."""
    client, _ = shop.signed(Role.CASHIER)
    with contextlib.closing(sqlite3.connect(tmp_path / "shop.sqlite3")) as database:
        database.execute("PRAGMA foreign_keys = OFF")
        database.execute("DROP TABLE payment")

    response = client.get("/v1/payments", headers={"Accept": "application/json"})

    assert response.status_code in (500, 503)
    text = response.get_data(as_text=True)
    assert "Traceback" not in text
    assert "sqlite" not in text.lower()
    assert response.get_json(force=True)["trace_id"] == response.headers["X-Trace-Id"]
    assert response.headers["Content-Security-Policy"]
    assert caplog.records


def test_readiness_when_the_database_is_missing_then_503_but_alive(shop: Shop) -> None:
    client = shop.client()
    assert client.get("/readyz").get_json()["devices"] == "0 of 3 ready"

    shop.problems.append("The database does not answer.")

    assert client.get("/readyz").status_code == 503
    assert client.get("/healthz").status_code == 200
