"""The benchmark `waiting`: how quickly other requests are answered while many terminals wait for a card.

The gateway runs in a process of its own; this one is the tills: it begins the sales, keeps an event stream open for
each of them, and meanwhile asks and sells like one more till. The same requests with nothing waiting are the baseline.
"""

import argparse
import http.client
import json
import selectors
import socket
import tempfile
import threading
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Self

from bench.figures import Figure, Goal, Report, percentile, shown
from bench.machine import tell
from bench.shop_node import ShopAddress, running_shop
from gateway.domain.ids import uuid7

ANSWER_LIMIT_S = 30.0
P99_GOAL = Goal.most(50.0)
WARM_UP = 20
FINAL = frozenset({"approved", "declined", "cancelled", "not_charged"})
_EVENT_HEAD = b"text/event-stream"
_PROGRESS = b"event: progress"


@dataclass(frozen=True, slots=True)
class Answers:
    """Milliseconds of each answer: to ``get`` a waiting payment, and to ``post`` a new one on a free terminal."""

    get_ms: tuple[float, ...]
    post_ms: tuple[float, ...]


class Till:
    """One keep-alive connection to the API."""

    def __init__(self, address: ShopAddress) -> None:
        self._connection = http.client.HTTPConnection(address.host, address.port, timeout=ANSWER_LIMIT_S)
        self._headers = {"Authorization": f"Bearer {address.token}", "Content-Type": "application/json"}

    def __enter__(self) -> Self:
        """Connect, so that no request pays for it."""
        self._connection.connect()
        # Small requests shall leave at once, as a browser's do.
        self._connection.sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        return self

    def __exit__(self, *_exception: object) -> None:
        """Hang up."""
        self._connection.close()

    def call(self, method: str, path: str, body: dict[str, Any] | None = None) -> tuple[dict[str, Any], float]:
        """Make one request; return the answer and the milliseconds until it was read.

        Raises:
            RuntimeError: the answer is an error.
        """
        data = json.dumps(body).encode() if body is not None else None
        began_s = time.perf_counter()
        self._connection.request(method, path, data, self._headers)
        answer = self._connection.getresponse()
        text = answer.read()
        took_ms = 1000 * (time.perf_counter() - began_s)
        if answer.status not in {200, 202}:
            raise RuntimeError(f"{method} {path}: {answer.status} {text.decode(errors='replace')}")
        found: dict[str, Any] = json.loads(text)
        return found, took_ms

    def begin(self, terminal_id: str) -> tuple[str, float]:
        """Ask for a payment; return its id and the milliseconds until the answer."""
        payment_id = str(uuid7(time.time_ns() // 1_000_000))
        body = {"id": payment_id, "terminal_id": terminal_id, "amount": {"amount": "12.50", "currency": "EUR"}}
        return payment_id, self.call("POST", "/v1/payments", body)[1]


def add_options(parser: argparse.ArgumentParser) -> None:
    """Declare the options."""
    parser.add_argument("--terminals", type=int, default=64, help="how many wait (default 64)")
    parser.add_argument("--requests", type=int, default=300, help="of each kind, with and without (default 300)")


def run(options: argparse.Namespace) -> Report:
    """Measure without and with waiting terminals."""
    with tempfile.TemporaryDirectory(prefix="tillbridge-bench-") as folder:
        tell(f"starting a gateway with {options.terminals + 1} terminals")
        with running_shop(Path(folder), waiting=options.terminals) as address, Till(address) as till:
            settled, _ = till.begin("quick")
            _until_final(till, settled)
            _ask(till, settled, WARM_UP)
            tell("nothing waits")
            quiet = _ask(till, settled, options.requests)
            tell(f"{options.terminals} terminals wait, each with an event stream")
            payments = [till.begin(f"slow-{number}")[0] for number in range(options.terminals)]
            with _streams(address, payments) as streams:
                streams.wait_for_cards()
                _ask(till, payments[0], WARM_UP)
                busy = _ask(till, payments[0], options.requests)
                told = streams.told
    figures = (
        _figure("get", "GET of a payment", busy.get_ms, quiet.get_ms),
        _figure("post", "POST of one more sale", busy.post_ms, quiet.post_ms),
        _ratio("get", "GET of a payment", busy.get_ms, quiet.get_ms),
        _ratio("post", "POST of one more sale", busy.post_ms, quiet.post_ms),
    )
    details = {"terminals": options.terminals, "requests": options.requests, "bytes_of_streams": told}
    return Report("waiting", figures, details | {"get_ms": _spread(busy.get_ms), "post_ms": _spread(busy.post_ms)})


def _ask(till: Till, payment_id: str, requests: int) -> Answers:
    """Ask for one payment, and sell on the free terminal, in turn."""
    get_ms, post_ms = [], []
    for _ in range(requests):
        get_ms.append(till.call("GET", f"/v1/payments/{payment_id}")[1])
        sold, took_ms = till.begin("quick")
        post_ms.append(took_ms)
        _until_final(till, sold)
    return Answers(tuple(get_ms), tuple(post_ms))


def _until_final(till: Till, payment_id: str) -> None:
    """Wait for the end of a sale on the free terminal, so that the next one finds it free."""
    until_s = time.perf_counter() + ANSWER_LIMIT_S
    pause = threading.Event()
    while till.call("GET", f"/v1/payments/{payment_id}")[0]["state"] not in FINAL:
        if time.perf_counter() > until_s:
            raise RuntimeError("a sale on the free terminal did not end")
        pause.wait(0.01)


class _Streams:
    """Open event streams, read by one thread."""

    def __init__(self, sockets: Sequence[socket.socket]) -> None:
        self._sockets = sockets
        self._stop = threading.Event()
        self._heads: dict[socket.socket, bytes] = dict.fromkeys(sockets, b"")
        self._waiting = set(sockets)
        self._all_wait = threading.Event()
        self._thread = threading.Thread(target=self._read, name="event-streams", daemon=True)
        self.told = 0
        self.failure = ""

    def start(self) -> None:
        """Begin to read."""
        self._thread.start()

    def stop(self) -> None:
        """End the reading."""
        self._stop.set()
        self._thread.join(ANSWER_LIMIT_S)

    def wait_for_cards(self) -> None:
        """Return when every stream has told that its terminal waits for a card."""
        if not self._all_wait.wait(ANSWER_LIMIT_S) or self.failure:
            raise RuntimeError(self.failure or f"{len(self._waiting)} terminals never asked for a card")

    def _read(self) -> None:
        with selectors.DefaultSelector() as selector:
            for one in self._sockets:
                selector.register(one, selectors.EVENT_READ)
            while not self._stop.is_set():
                for key, _ in selector.select(0.2):
                    found = key.fileobj
                    assert isinstance(found, socket.socket)
                    data = found.recv(65_536)
                    if not data:
                        self.failure = "an event stream was closed"
                        self._all_wait.set()
                        return
                    self.told += len(data)
                    self._note(found, data)

    def _note(self, found: socket.socket, data: bytes) -> None:
        if found not in self._waiting:
            return
        self._heads[found] += data
        if _EVENT_HEAD in self._heads[found] and _PROGRESS in self._heads[found]:
            self._waiting.discard(found)
            if not self._waiting:
                self._all_wait.set()


@contextmanager
def _streams(address: ShopAddress, payments: Sequence[str]) -> Iterator[_Streams]:
    sockets: list[socket.socket] = []
    try:
        for payment_id in payments:
            one = socket.create_connection((address.host, address.port), ANSWER_LIMIT_S)
            sockets.append(one)
            head = f"GET /v1/payments/{payment_id}/events HTTP/1.1\r\nHost: {address.host}:{address.port}\r\n"
            one.sendall(f"{head}Authorization: Bearer {address.token}\r\nAccept: text/event-stream\r\n\r\n".encode())
        streams = _Streams(sockets)
        streams.start()
        try:
            yield streams
            if streams.failure:
                raise RuntimeError(streams.failure)
        finally:
            streams.stop()
    finally:
        for one in sockets:
            one.close()


def _figure(key: str, words: str, busy_ms: Sequence[float], quiet_ms: Sequence[float]) -> Figure:
    quiet = f"nothing waiting: p50 {shown(percentile(quiet_ms, 0.5))}, p99 {shown(percentile(quiet_ms, 0.99))} ms"
    remark = f"p50 {shown(percentile(busy_ms, 0.5))} ms, worst {shown(max(busy_ms))} ms of {len(busy_ms)}"
    return Figure(f"{key}_p99_ms", f"{words}, p99", percentile(busy_ms, 0.99), "ms", P99_GOAL, quiet, remark)


def _ratio(key: str, words: str, busy_ms: Sequence[float], quiet_ms: Sequence[float]) -> Figure:
    ratio = percentile(busy_ms, 0.99) / percentile(quiet_ms, 0.99)
    return Figure(f"{key}_ratio", f"{words}, p99 waiting : p99 quiet", ratio)


def _spread(values: Sequence[float]) -> dict[str, float]:
    return {f"p{round(100 * share)}": percentile(values, share) for share in (0.5, 0.9, 0.99, 1.0)}
