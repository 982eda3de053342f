"""The web server: a bound address, answers while it runs, an end within its time."""

from __future__ import annotations

import socket
import threading
import time
import urllib.request
from collections.abc import Iterator

import pytest
from flask import Flask, Response, request

from gateway.configuration.server_settings import ServerSettings
from gateway.node.server import WebServer


@pytest.fixture
def app() -> Flask:
    made = Flask(__name__)
    made.add_url_rule("/hello", "hello", view_func=lambda: "hello")
    made.add_url_rule("/who", "who", view_func=lambda: f"{request.scheme} {request.remote_addr}")
    return made


@pytest.fixture
def server(app: Flask) -> Iterator[WebServer]:
    made = WebServer(app, ServerSettings(port=0, threads=4))
    made.start()
    yield made
    made.stop()


def _get(address: str, headers: dict[str, str] | None = None) -> str:
    with urllib.request.urlopen(urllib.request.Request(address, headers=headers or {}), timeout=20) as answer:
        body: str = answer.read().decode()
        return body


def test_port_zero_then_the_system_chooses_and_the_address_is_told(server: WebServer) -> None:
    assert not server.address.endswith(":0")
    assert _get(f"{server.address}/hello") == "hello"


def test_port_in_use_then_an_error_before_anything_runs(app: Flask) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken, pytest.raises(OSError, match="in use"):
        WebServer(app, ServerSettings(port=taken.getsockname()[1], threads=4))


def test_proxy_headers_of_strangers_then_not_believed(server: WebServer) -> None:
    forged = {"X-Forwarded-For": "203.0.113.9", "X-Forwarded-Proto": "https"}

    assert _get(f"{server.address}/who", forged) == "http 127.0.0.1"


def test_proxy_headers_of_the_trusted_proxy_then_believed(app: Flask) -> None:
    server = WebServer(app, ServerSettings(port=0, threads=4, trusted_proxy="127.0.0.1"))
    server.start()
    try:
        forwarded = {"X-Forwarded-For": "203.0.113.9", "X-Forwarded-Proto": "https"}
        assert _get(f"{server.address}/who", forwarded) == "https 203.0.113.9"
    finally:
        server.stop()


def test_server_does_not_tell_what_it_is(server: WebServer) -> None:
    with urllib.request.urlopen(f"{server.address}/hello", timeout=20) as answer:
        assert "waitress" not in str(answer.headers).lower()


def test_stop_while_a_stream_is_open_then_it_ends_within_its_time(app: Flask) -> None:
    begun, over = threading.Event(), threading.Event()

    def endless() -> Iterator[bytes]:
        yield b"begun\n"
        begun.set()
        over.wait(30)

    app.add_url_rule("/endless", "endless", view_func=lambda: Response(endless()))
    server = WebServer(app, ServerSettings(port=0, threads=4))
    server.start()
    host, _, port = server.address.removeprefix("http://").rpartition(":")
    with socket.create_connection((host, int(port)), timeout=20) as reader:
        reader.sendall(b"GET /endless HTTP/1.1\r\nHost: x\r\n\r\n")
        assert reader.recv(100)
        assert begun.wait(20)
        start = time.monotonic()

        server.stop()

        assert time.monotonic() - start < 3
        while reader.recv(1000):
            continue
        assert "web" not in {thread.name for thread in threading.enumerate()}
        over.set()
