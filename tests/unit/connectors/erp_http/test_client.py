"""Calls of an ERP over real connections: one failure of the list, its effect, and nothing secret kept."""

from __future__ import annotations

import socket

import pytest

from connectors.erp_http.bounded_session import CallLimits
from connectors.erp_http.client import ErpHttp, FixedAccess, TokenAccess
from gateway.adapters.clock import SystemClock
from gateway.domain.erp.failure import Effect, ErpFailure, FailureCode
from gateway.ports.erp import ErpAccount, ErpExchange
from tests.support.http_receiver import HttpReceiver, answer

_QUICK = CallLimits(connect_s=5.0, answer_s=1.0, answer_bytes_max=10_000)
_BASIC = FixedAccess({"Authorization": "Basic geheim-4711"})


def _http(url: str, kept: list[ErpExchange] | None = None, limits: CallLimits = _QUICK) -> ErpHttp:
    account = ErpAccount("a", {}, "geheim-4711", SystemClock(), (kept if kept is not None else []).append)
    return ErpHttp(account, url, _BASIC, limits=limits)


@pytest.mark.parametrize(
    ("step", "code", "of_a_read", "of_a_write"),
    [
        ("close", FailureCode.NO_ANSWER, Effect.NONE, Effect.UNKNOWN),
        ("cut", FailureCode.NO_ANSWER, Effect.NONE, Effect.UNKNOWN),
        ("hang", FailureCode.NO_ANSWER, Effect.NONE, Effect.UNKNOWN),
        ("drip", FailureCode.NO_ANSWER, Effect.NONE, Effect.UNKNOWN),
        (answer(200, body=b"x" * 20_000), FailureCode.ANSWER_NOT_UNDERSTOOD, Effect.NONE, Effect.UNKNOWN),
        (answer(200, body=b"{half"), FailureCode.ANSWER_NOT_UNDERSTOOD, Effect.NONE, Effect.UNKNOWN),
        (answer(500, body=b"Traceback"), FailureCode.SERVER_ERROR, Effect.NONE, Effect.UNKNOWN),
        (answer(504), FailureCode.SERVER_ERROR, Effect.NONE, Effect.UNKNOWN),
        (answer(408), FailureCode.NO_ANSWER, Effect.NONE, Effect.UNKNOWN),
        (answer(302, "Location: http://127.0.0.1:9/"), FailureCode.REFUSED, Effect.NONE, Effect.NONE),
        (answer(400), FailureCode.REFUSED, Effect.NONE, Effect.NONE),
        (answer(401), FailureCode.NOT_AUTHORISED, Effect.NONE, Effect.NONE),
        (answer(403), FailureCode.NOT_ALLOWED, Effect.NONE, Effect.NONE),
        (answer(423), FailureCode.LOCKED, Effect.NONE, Effect.NONE),
        (answer(429, "Retry-After: 12"), FailureCode.TOO_MANY_CALLS, Effect.NONE, Effect.NONE),
    ],
)
def test_call_when_the_erp_misbehaves_then_the_effect_is_never_guessed(
    step: str | bytes, code: FailureCode, of_a_read: Effect, of_a_write: Effect
) -> None:
    with HttpReceiver(step, step) as erp:
        http = _http(erp.url)
        with pytest.raises(ErpFailure) as read:
            http.read("look", "x").json()
        with pytest.raises(ErpFailure) as written:
            http.write("send", "POST", "x", b"{}").json()
        http.close()

        assert [failed.value.failure for failed in (read, written)] == [code, code]
        assert (read.value.effect, written.value.effect) == (of_a_read, of_a_write)
        assert written.value.retry_after_s == (12 if code is FailureCode.TOO_MANY_CALLS else None)
        assert "Traceback" not in written.value.detail
        assert len(erp.received) == 2


def test_call_when_nobody_listens_then_nothing_was_sent() -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]

    with pytest.raises(ErpFailure) as failed:
        _http(f"http://127.0.0.1:{port}").write("send", "POST", "x", b"{}")

    assert (failed.value.failure, failed.value.effect) == (FailureCode.UNREACHABLE, Effect.NONE)


def test_refusal_when_it_has_words_then_they_are_told_on_without_account_numbers() -> None:
    said = b'{"error": {"message": "No such\\n account DE02120300000000202051"}}'
    with HttpReceiver(answer(422, body=said)) as erp, pytest.raises(ErpFailure) as failed:
        _http(erp.url).write("send", "POST", "x", b"{}")

    assert failed.value.detail == "HTTP 422 No such account ***2051"


def test_exchange_when_kept_then_secrets_numbers_and_files_are_out() -> None:
    kept: list[ErpExchange] = []
    named = b'"iban": "DE02120300000000202051", "password": "geheim-4711", "n": 1.10'
    body = b'{"content": "' + b"A" * 5_000 + b'", ' + named + b"}"
    with HttpReceiver(answer(200, body=b'{"token": "geheim-4711", "card": 4111111111111111}')) as erp:
        _http(erp.url.partition("?")[0], kept).write("send", "POST", "y?api_key=geheim-4711", body)

    assert "4711" not in str(kept[0]).replace("127.0.0.1", "")
    assert '"iban": "***2051"' in kept[0].request
    assert "[5000 characters]" in kept[0].request
    assert "***1111" in kept[0].answer
    assert (kept[0].operation, kept[0].outcome, kept[0].account_id) == ("send", "answered", "a")


def test_token_when_ended_then_asked_for_once_more_and_the_call_is_sent_again() -> None:
    tokens = iter(["one", "two", "three"])
    with HttpReceiver(answer(401), answer(200, body=b"{}"), answer(401), answer(401)) as erp:
        account = ErpAccount("a", {}, "", SystemClock())
        http = ErpHttp(account, erp.url, TokenAccess(lambda: next(tokens)), limits=CallLimits(answer_s=30.0))
        http.write("send", "POST", "x", b"{}")
        with pytest.raises(ErpFailure) as failed:
            http.write("send", "POST", "x", b"{}")
        http.close()

        sent = [one.headers["authorization"] for one in erp.received]
    assert sent == ["Bearer one", "Bearer two", "Bearer two", "Bearer three"]
    assert failed.value.failure is FailureCode.NOT_AUTHORISED
