"""A receiver of webhooks on the loopback address that behaves as a test tells it, over plain sockets."""

from __future__ import annotations

import socket
import ssl
import threading
from collections import deque
from dataclasses import dataclass
from types import TracebackType
from typing import Self

PATIENCE_S = 60.0


@dataclass(frozen=True)
class Received:
    """One request: its first line, headers by lower-case name, and body."""

    line: str
    headers: dict[str, str]
    body: bytes


class HttpReceiver:
    """Answers each request by the next of its ``script``, then with 204.

    A step of the script is a raw answer, or ``hang`` (read, never answer), ``drip`` (answer one byte now and then),
    ``close`` (close without an answer), ``cut`` (close within the body of a good answer).
    """

    def __init__(self, *script: str | bytes, tls: ssl.SSLContext | None = None) -> None:
        self._script = deque(script)
        self._tls = tls
        self._changed = threading.Condition()
        self._over = threading.Event()
        self.received: list[Received] = []
        self.connections = 0
        self._socket = socket.create_server(("127.0.0.1", 0))
        self._socket.settimeout(0.2)
        self.port: int = self._socket.getsockname()[1]
        self._thread = threading.Thread(target=self._serve, daemon=True)

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._over.set()
        self._socket.close()
        self._thread.join(timeout=PATIENCE_S)

    @property
    def url(self) -> str:
        return f"{'https' if self._tls else 'http'}://127.0.0.1:{self.port}/hook?shop=1"

    def then(self, *steps: str | bytes) -> None:
        """Add steps to the script."""
        self._script.extend(steps)

    def wait_for(self, number: int) -> list[Received]:
        """Return the requests once there are so many."""
        with self._changed:
            assert self._changed.wait_for(lambda: len(self.received) >= number, PATIENCE_S), self.received
            return list(self.received)

    def _serve(self) -> None:
        while not self._over.is_set():
            try:
                line, _ = self._socket.accept()
            except TimeoutError:
                continue
            except OSError:
                return
            self.connections += 1
            threading.Thread(target=self._answer, args=(line,), daemon=True).start()

    def _answer(self, line: socket.socket) -> None:
        try:
            line.settimeout(PATIENCE_S)
            if self._tls is not None:
                line = self._tls.wrap_socket(line, server_side=True)
            request = _read(line)
            with self._changed:
                step = self._script.popleft() if self._script else answer(204)
                self.received.append(request)
                self._changed.notify_all()
            self._act(line, step)
        except OSError:
            return
        finally:
            line.close()

    def _act(self, line: socket.socket, step: str | bytes) -> None:
        match step:
            case "hang":
                self._over.wait(PATIENCE_S)
            case "drip":
                for sign in b"HTTP/1.1 200 OK\r\nX-Slow: " + b"a" * 1000:
                    line.sendall(bytes([sign]))
                    if self._over.wait(0.1):
                        return
            case "close":
                return
            case "cut":
                line.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 1000\r\n\r\nonly this")
            case str():
                message = f"no such step: {step}"
                raise AssertionError(message)
            case bytes():
                line.sendall(step)


def answer(status: int, *headers: str, body: bytes = b"") -> bytes:
    """Return a raw answer."""
    lines = [f"HTTP/1.1 {status} Whatever", f"Content-Length: {len(body)}", "Connection: close", *headers, "", ""]
    return "\r\n".join(lines).encode() + body


def _read(line: socket.socket) -> Received:
    data = b""
    while b"\r\n\r\n" not in data:
        data += _more(line)
    head, _, body = data.partition(b"\r\n\r\n")
    first, *rest = head.decode("ascii").split("\r\n")
    headers = {name.strip().lower(): value.strip() for name, _, value in (one.partition(":") for one in rest)}
    while len(body) < int(headers.get("content-length", "0")):
        body += _more(line)
    return Received(first, headers, body)


def _more(line: socket.socket) -> bytes:
    data = line.recv(4096)
    if not data:
        raise ConnectionError
    return data
