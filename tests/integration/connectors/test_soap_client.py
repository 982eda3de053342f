"""Calls over real connections to a service that behaves as it likes: what is known of the effect is always right."""

from __future__ import annotations

import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path

import pytest

from connectors.erp_http.bounded_session import CallLimits
from connectors.soap.client import Exchange, SoapAccess, SoapClient
from connectors.soap.description import Descriptions
from connectors.soap.failure import Effect, FailureCode, SoapFailure
from connectors.soap.security_header import SecurityHeader, UserName
from tests.support.http_receiver import HttpReceiver
from tests.support.soap_service import NAMESPACE, WSDL, answer, fault, raw, result

PORTS = ("Port11", "Port12")
_QUICK = CallLimits(connect_s=5.0, answer_s=1.0, answer_bytes_max=100_000)


@pytest.fixture(scope="module")
def wsdl(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("soap") / "ledger.wsdl"
    path.write_text(WSDL)
    return path


@contextmanager
def _client(
    wsdl: Path, port: str, *script: str | bytes, fallback: bool = False, limits: CallLimits | None = None
) -> Iterator[tuple[SoapClient, HttpReceiver, list[Exchange]]]:
    kept: list[Exchange] = []
    with HttpReceiver(*script) as service:
        access = SoapAccess(service.url, limits=limits or CallLimits(answer_s=30.0), plain_fallback=fallback)
        client = SoapClient(Descriptions().load(wsdl), port, access, kept.append)
        yield client, service, kept
        client.close()


@pytest.mark.parametrize("port", PORTS)
def test_call_when_answered_then_value_and_the_configured_endpoint_was_asked(wsdl: Path, port: str) -> None:
    with _client(wsdl, port, result(port, 7), raw("202 Accepted", "")) as (client, service, kept):
        posted = client.call("Post", number="B-1", amount=Decimal("12.30"), iban="DE02120300000000202051")
        told = client.call("Tell", words="hello")

    assert (posted.value, posted.understood, told.value) == (7, True, None)
    assert b"<ns0:amount>12.30</ns0:amount>" in service.received[0].body
    assert [(one.operation, one.outcome) for one in kept] == [("Post", "answered"), ("Tell", "answered")]
    assert "DE0212030" not in kept[0].request
    assert "***2051" in kept[0].request


@pytest.mark.parametrize("port", PORTS)
@pytest.mark.parametrize(("ours", "effect"), [(True, Effect.NONE), (False, Effect.UNKNOWN)])
def test_call_when_answered_with_a_fault_then_its_words_and_what_is_known(
    wsdl: Path, port: str, *, ours: bool, effect: Effect
) -> None:
    with _client(wsdl, port, fault(port, ours=ours)) as (client, _, kept), pytest.raises(SoapFailure) as failed:
        client.call("Post", number="B-1", amount=Decimal(1))

    assert (failed.value.code, failed.value.effect) == (FailureCode.FAULT, effect)
    assert failed.value.message == "The period is closed."
    assert ("period", "2026-10") in failed.value.detail
    assert kept[0].outcome == "fault"


@pytest.mark.parametrize(
    ("step", "code", "effect"),
    [
        ("close", FailureCode.NO_ANSWER, Effect.UNKNOWN),
        ("cut", FailureCode.NO_ANSWER, Effect.UNKNOWN),
        ("hang", FailureCode.NO_ANSWER, Effect.UNKNOWN),
        ("drip", FailureCode.NO_ANSWER, Effect.UNKNOWN),
        (raw("401 Unauthorized", "no"), FailureCode.NOT_AUTHORISED, Effect.NONE),
        (raw("403 Forbidden", "no"), FailureCode.NOT_AUTHORISED, Effect.NONE),
        (raw("429 Too Many Requests", "later"), FailureCode.TOO_MANY_CALLS, Effect.NONE),
        (raw("404 Not Found", "where?"), FailureCode.REFUSED, Effect.NONE),
        (raw("302 Found", "", "Location: http://127.0.0.1:9/"), FailureCode.REFUSED, Effect.NONE),
        (raw("500 Internal Server Error", "<html>oh</html>"), FailureCode.NO_ANSWER, Effect.UNKNOWN),
        (raw("504 Gateway Timeout", ""), FailureCode.NO_ANSWER, Effect.UNKNOWN),
        (raw("200 OK", "x" * 200_000), FailureCode.ANSWER_TOO_LARGE, Effect.UNKNOWN),
        (raw("200 OK", "this is no XML"), FailureCode.ANSWER_NOT_UNDERSTOOD, Effect.UNKNOWN),
        (answer("Port11", "<other/>"), FailureCode.ANSWER_NOT_UNDERSTOOD, Effect.UNKNOWN),
        (
            answer("Port11", "<a>&b;</a>", before='<!DOCTYPE a [<!ENTITY b "c">]>'),
            FailureCode.ANSWER_NOT_UNDERSTOOD,
            Effect.UNKNOWN,
        ),
        (
            answer("Port11", f'<PostResult xmlns="{NAMESPACE}"><id>seven</id></PostResult>'),
            FailureCode.ANSWER_NOT_UNDERSTOOD,
            Effect.UNKNOWN,
        ),
    ],
)
def test_call_when_the_service_misbehaves_then_the_effect_is_never_guessed(
    wsdl: Path, step: str | bytes, code: FailureCode, effect: Effect
) -> None:
    with _client(wsdl, "Port11", step, limits=_QUICK) as (client, service, _), pytest.raises(SoapFailure) as failed:
        client.call("Post", number="B-1", amount=Decimal(1))

    assert (failed.value.code, failed.value.effect) == (code, effect)
    assert failed.value.hint
    assert len(service.received) == 1


def test_call_when_nobody_listens_then_nothing_was_sent(wsdl: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
    client = SoapClient(Descriptions().load(wsdl), "Port11", SoapAccess(f"http://127.0.0.1:{port}/"))

    with pytest.raises(SoapFailure) as failed:
        client.call("Post", number="B-1", amount=Decimal(1))
    client.close()

    assert (failed.value.code, failed.value.effect) == (FailureCode.UNREACHABLE, Effect.NONE)


def test_call_when_values_do_not_fit_then_nothing_is_sent(wsdl: Path) -> None:
    with _client(wsdl, "Port11") as (client, service, _):
        for values in ({"number": "B-1"}, {"number": "B-1", "amount": Decimal(1), "colour": "red"}):
            with pytest.raises(SoapFailure) as failed:
                client.call("Post", **values)
            assert (failed.value.code, failed.value.effect) == (FailureCode.REQUEST_NOT_VALID, Effect.NONE)
        with pytest.raises(SoapFailure, match="no operation Burn"):
            client.call("Burn")

        assert service.received == []


def test_answer_when_it_does_not_fit_and_the_connector_can_do_without_then_plain_xml(wsdl: Path) -> None:
    odd = answer("Port11", f'<PostResult xmlns="{NAMESPACE}"><id>seven</id></PostResult>')
    with _client(wsdl, "Port11", odd, fallback=True) as (client, _, _):
        found = client.call("Post", number="B-1", amount=Decimal(1))

    assert (found.understood, found.value) == (False, None)
    assert found.body.findtext(f"{{{NAMESPACE}}}id") == "seven"


def test_client_when_used_by_threads_then_one_description_and_a_connection_each(wsdl: Path) -> None:
    with _client(wsdl, "Port11", *(result("Port11", number) for number in range(8))) as (client, service, _):
        found: list[int] = []

        def work() -> None:
            found.append(client.call("Post", number="B-1", amount=Decimal(1)).value)

        threads = [threading.Thread(target=work) for _ in range(8)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join(timeout=60)

        assert sorted(found) == list(range(8))
        assert len(service.received) == 8


def test_call_when_a_user_is_named_then_the_header_carries_name_and_time_and_nothing_is_kept(wsdl: Path) -> None:
    kept: list[Exchange] = []
    with HttpReceiver(result("Port11", 1)) as service:
        security = SecurityHeader(lambda: datetime.now(UTC), user=UserName("till", "geheim-4711"))
        access = SoapAccess(service.url, security=security, basic=("till", "basic-4711"))
        client = SoapClient(Descriptions().load(wsdl), "Port11", access, kept.append)
        client.call("Post", number="B-1", amount=Decimal(1), password="inner-4711")
        client.close()

    assert b"geheim-4711" in service.received[0].body
    assert service.received[0].headers["authorization"].startswith("Basic ")
    assert "4711" not in str(kept[0])
    assert "<wsse:Username>till" in kept[0].request
