"""One request to another program: checked addresses, TLS by name, one deadline."""

from __future__ import annotations

import shutil
import socket
import ssl
from collections.abc import Iterable
from pathlib import Path

import pytest

from gateway.adapters.clock import SystemClock
from gateway.adapters.http_sender import SenderLimits, StandardHttpSender
from gateway.domain.errors import GatewayError
from tests.support.authority import Authority
from tests.support.http_receiver import HttpReceiver, answer

needs_openssl = pytest.mark.skipif(shutil.which("openssl") is None, reason="needs the openssl program")
HERE = SenderLimits(timeout_s=2.0, connect_s=2.0, allowed_hosts=frozenset({"127.0.0.1", "receiver.example"}))


def _sender(limits: SenderLimits = HERE, **parts: object) -> StandardHttpSender:
    return StandardHttpSender(SystemClock(), limits, **parts)  # type: ignore[arg-type]  # as each test gives them


def _code(sender: StandardHttpSender, url: str) -> str:
    with pytest.raises(GatewayError) as refused:
        sender.post(url, {}, b"{}")
    return refused.value.code


@pytest.fixture(scope="module")
def authority(tmp_path_factory: pytest.TempPathFactory) -> Authority:
    return Authority(tmp_path_factory.mktemp("authority"))


def _serving(certificate: tuple[Path, Path]) -> ssl.SSLContext:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(*certificate)
    return context


def test_body_when_posted_then_whole_with_its_headers_and_host() -> None:
    body = "ü".encode() * 100_000
    with HttpReceiver(answer(201, "Retry-After: 7", body=b"line one\r\n\tline\x00two")) as receiver:
        given = _sender().post(receiver.url, {"webhook-id": "msg_1"}, body)
        (request,) = receiver.wait_for(1)

    assert (given.status, given.retry_after, given.words) == (201, "7", "line one line two")
    assert request.body == body
    assert request.headers["host"] == f"127.0.0.1:{receiver.port}"
    assert (request.headers["webhook-id"], request.headers["connection"]) == ("msg_1", "close")


def test_answer_when_it_holds_a_card_number_then_cut() -> None:
    with HttpReceiver(answer(400, body=b"no customer 4111111111111111 here")) as receiver:
        given = _sender().post(receiver.url, {}, b"{}")

    assert "4111111111111111" not in given.words
    assert given.words.startswith("no customer 411111")


def test_name_when_resolved_then_once_and_that_address_is_used() -> None:
    asked: list[str] = []

    def resolve(host: str, _port: int) -> Iterable[str]:
        asked.append(host)
        return ("127.0.0.1",)

    with HttpReceiver() as receiver:
        url = receiver.url.replace("127.0.0.1", "receiver.example")
        assert _sender(resolve=resolve).post(url, {}, b"").status == 204

    assert asked == ["receiver.example"]


@pytest.mark.parametrize(
    "addresses", [("127.0.0.1",), ("8.8.8.8", "10.0.0.1"), ("::ffff:169.254.169.254",), ("fd00:ec2::254",), ()]
)
def test_name_when_it_leads_inside_then_refused_before_any_connection(addresses: tuple[str, ...]) -> None:
    with HttpReceiver() as receiver:
        sender = _sender(SenderLimits(timeout_s=2), resolve=lambda _host, _port: addresses)
        assert _code(sender, f"http://other.example:{receiver.port}/") == "address_not_public"

    assert receiver.connections == 0


def test_name_when_unknown_then_unreachable() -> None:
    def resolve(_host: str, _port: int) -> Iterable[str]:
        raise socket.gaierror

    assert _code(_sender(resolve=resolve), "https://receiver.example/") == "receiver_unreachable"


def test_address_when_the_first_does_not_answer_then_the_next_is_tried() -> None:
    with HttpReceiver() as receiver:
        url = f"http://receiver.example:{receiver.port}/"
        assert _sender(resolve=lambda _host, _port: ("127.0.0.2", "127.0.0.1")).post(url, {}, b"").status == 204


def test_nobody_when_listening_then_unreachable() -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:
        port = server.getsockname()[1]

    assert _code(_sender(), f"http://127.0.0.1:{port}/") == "receiver_unreachable"


def test_redirect_when_answered_then_not_followed() -> None:
    with HttpReceiver() as inside, HttpReceiver(answer(307, f"Location: {inside.url}")) as receiver:
        assert _sender().post(receiver.url, {}, b"").status == 307

    assert inside.connections == 0


@pytest.mark.parametrize("step", ["hang", "drip"])
def test_receiver_when_slow_then_given_up_at_the_deadline(step: str) -> None:
    limits = SenderLimits(timeout_s=0.5, allowed_hosts=frozenset({"127.0.0.1"}))
    clock = SystemClock()
    with HttpReceiver(step) as receiver:
        began_s = clock.monotonic_s()
        code = _code(StandardHttpSender(clock, limits), receiver.url)

    assert code == "receiver_too_slow"
    assert clock.monotonic_s() - began_s < 5


@needs_openssl
def test_tls_when_the_certificate_is_trusted_for_the_name_then_sent(authority: Authority) -> None:
    trusting = ssl.create_default_context(cafile=str(authority.pem))
    serving = _serving(authority.certificate("DNS:receiver.example"))
    with HttpReceiver(tls=serving) as receiver:
        sender = _sender(resolve=lambda _host, _port: ("127.0.0.1",), tls=trusting)
        assert sender.post(f"https://receiver.example:{receiver.port}/", {}, b"{}").status == 204


@needs_openssl
@pytest.mark.parametrize(
    ("name", "trusted"), [("DNS:receiver.example", False), ("DNS:other.example", True), ("IP:127.0.0.1", True)]
)
def test_tls_when_nobody_vouches_for_the_name_then_nothing_is_sent(
    authority: Authority, name: str, *, trusted: bool
) -> None:
    trusting = ssl.create_default_context(cafile=str(authority.pem) if trusted else None)
    with HttpReceiver(tls=_serving(authority.certificate(name))) as receiver:
        sender = _sender(resolve=lambda _host, _port: ("127.0.0.1",), tls=trusting)
        assert _code(sender, f"https://receiver.example:{receiver.port}/") == "receiver_not_trusted"

    assert receiver.received == []


def test_tls_when_the_receiver_speaks_none_then_not_trusted() -> None:
    with HttpReceiver(b"HTTP/1.1 400 Bad\r\n\r\n") as receiver:
        code = _code(_sender(), receiver.url.replace("http://", "https://"))

    assert code in ("receiver_not_trusted", "receiver_broke_off", "receiver_too_slow")
