"""Connections of one thread: both timeouts, a deadline for the whole answer, bounded size, no redirects, no proxies."""

from __future__ import annotations

import base64
import contextlib
import socket
import time
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

import certifi
import urllib3
from urllib3.connection import HTTPConnection, HTTPSConnection
from urllib3.connectionpool import HTTPConnectionPool, HTTPSConnectionPool

from connectors.erp_http.deadlines import DEADLINES

_CHUNK = 65_536
_IDLE_S_MAX = 2.0
"""Seconds. A line that was quiet for longer is opened anew: the other side may be closing it just now."""

RETRY_AFTER_S_MAX = 3600
"""Longer than that nobody is left alone because a header says so."""


@dataclass(frozen=True, slots=True)
class CallLimits:
    """Seconds to connect, seconds for the whole answer, and bytes of an answer at most."""

    connect_s: float = 5.0
    answer_s: float = 60.0
    answer_bytes_max: int = 32 * 1024 * 1024


@dataclass(frozen=True, slots=True)
class TlsChoice:
    """How the other side is known, and how we are. ``authorities``: file with certificates, empty for the usual ones.

    ``certificate``, ``key``: files of our own certificate, empty for none.
    """

    authorities: str = ""
    certificate: str = ""
    key: str = ""


class BreakKind(StrEnum):
    """How a call ended without an answer."""

    UNREACHABLE = "unreachable"
    """No connection: nothing was sent."""
    NO_ANSWER = "no_answer"
    """Sent, and no answer or a part of one."""
    TOO_LARGE = "too_large"
    """The answer is larger than allowed."""


class ConnectionBroken(Exception):
    """A call without an answer. ``kind``: how it ended; the words say it in short."""

    def __init__(self, kind: BreakKind, words: str) -> None:
        super().__init__(words)
        self.kind = kind


@dataclass(frozen=True, slots=True)
class BoundedAnswer:
    """An answer that came whole. ``headers``: found in any case; ``encoding``: for whom it is to be guessed."""

    status_code: int
    headers: Mapping[str, str]
    content: bytes
    encoding: str | None = None


class BoundedSession:
    """Calls of one thread. ``sent``: whether the last one may have reached the other side.

    ``request``, ``answer``: bytes of the last call, empty where there were none.
    """

    def __init__(self, limits: CallLimits, tls: TlsChoice, basic: tuple[str, str] | None = None) -> None:
        """``basic``: user and password of HTTP Basic, None without."""
        self._line = _LineInUse()
        self._pools = _pools(self._line, tls)
        self._timeouts = urllib3.Timeout(connect=limits.connect_s, read=limits.answer_s)
        self._limits = limits
        self._pool: HTTPConnectionPool | None = None
        self._origin = ""
        self._used_at = 0.0
        self._usual = {"Accept-Encoding": "gzip", "User-Agent": "tillbridge"}
        if basic is not None:
            self._usual["Authorization"] = "Basic " + base64.b64encode(":".join(basic).encode()).decode()
        self.forget()

    @property
    def sent(self) -> bool:
        """Whether a byte of the last call may have left."""
        return self._line.sent

    def forget(self) -> None:
        """Begin a new call."""
        self._line.sent, self.request, self.answer = False, b"", b""

    def close(self) -> None:
        """Let go of the connections."""
        self._pools.clear()
        self._pool = None

    def send(self, method: str, address: str, body: bytes, headers: Mapping[str, str]) -> BoundedAnswer:
        """Send a request once and read its answer whole, whatever its status.

        Raises:
            ConnectionBroken: there is no answer, or not the whole of it.
        """
        self.forget()
        self.request = body
        now = time.monotonic()
        ends_at = now + self._limits.answer_s
        if now - self._used_at > _IDLE_S_MAX:
            self.close()
        try:
            # Timeouts of a socket begin anew with each byte; who sends one now and then would never be too late.
            with self._line.cut_at(ends_at):
                pool, target = self._pool_of(address)
                response = pool.urlopen(
                    method,
                    target,
                    body=body or None,
                    headers={**self._usual, **headers},
                    timeout=self._timeouts,
                    retries=False,
                    redirect=False,
                    assert_same_host=False,
                    preload_content=False,
                )
                try:
                    self.answer = self._read(response, ends_at)
                except BaseException:
                    response.close()
                    raise
        except urllib3.exceptions.HTTPError as error:
            raise self._broken() from error
        self._used_at = time.monotonic()
        return BoundedAnswer(response.status, response.headers, self.answer)

    def _pool_of(self, address: str) -> tuple[HTTPConnectionPool, str]:
        """Return the connections to a host, and what is asked of it. An account speaks to one host nearly always."""
        scheme, _, rest = address.partition("://")
        end = next((place for place, sign in enumerate(rest) if sign in "/?#"), len(rest))
        origin, target = f"{scheme}://{rest[:end]}", rest[end:]
        if self._pool is None or self._origin != origin:
            self._pool, self._origin = self._pools.connection_from_url(origin), origin
        return self._pool, target if target.startswith("/") else f"/{target}"

    def _read(self, response: urllib3.BaseHTTPResponse, ends_at: float) -> bytes:
        parts: list[bytes] = []
        size = 0
        for part in response.stream(_CHUNK, decode_content=True):
            size += len(part)
            if size > self._limits.answer_bytes_max:
                raise ConnectionBroken(BreakKind.TOO_LARGE, "The answer is larger than allowed")
            parts.append(part)
            if time.monotonic() > ends_at:
                raise ConnectionBroken(BreakKind.NO_ANSWER, "The answer took too long")
        response.release_conn()
        return b"".join(parts)

    def _broken(self) -> ConnectionBroken:
        """Tell by whether a byte has left, and not by the name of the error: TLS can break in the middle, too."""
        if not self.sent:
            return ConnectionBroken(BreakKind.UNREACHABLE, "The system cannot be reached")
        return ConnectionBroken(BreakKind.NO_ANSWER, "No answer came, or not the whole of it")


def retry_after_s(response: BoundedAnswer) -> int | None:
    """Return the seconds an answer asks to wait; None where it says nothing, or a date."""
    told = str(response.headers.get("Retry-After", "")).strip()
    return min(int(told), RETRY_AFTER_S_MAX) if told.isascii() and told.isdigit() else None


class _LineInUse:
    """The connection of a thread's present call: whether a byte has left on it, and how it is cut from outside."""

    def __init__(self) -> None:
        self.connection: HTTPConnection | None = None
        self.sent = False

    @contextlib.contextmanager
    def cut_at(self, ends_at: float) -> Iterator[None]:
        """Cut the connection in use when the block is not over by then."""
        self.connection = None
        ticket = DEADLINES.set(ends_at, self._cut)
        try:
            yield
        finally:
            DEADLINES.drop(ticket)

    def _cut(self) -> None:
        line = self.connection.sock if self.connection is not None else None
        if line is not None:
            # What reads from it is told at once.
            with contextlib.suppress(OSError):
                line.shutdown(socket.SHUT_RDWR)


class _Line(HTTPConnection):
    """A connection that tells when it is used, and when its first byte leaves."""

    in_use: _LineInUse

    def request(self, *args: Any, **named: Any) -> None:  # noqa: ANN401 - as the library has it
        """Send a request."""
        self.in_use.connection = self
        super().request(*args, **named)

    def send(self, data: Any) -> None:  # noqa: ANN401 - as the library has it
        """Send bytes, connected first: until here nothing has left."""
        if self.sock is None:
            self.connect()
        self.in_use.sent = True
        super().send(data)


class _TlsLine(_Line, HTTPSConnection):
    """The same over TLS."""


def _pools(line: _LineInUse, tls: TlsChoice) -> urllib3.PoolManager:
    """Return the pools of one thread, of connections that know its line."""
    made = urllib3.PoolManager(
        ca_certs=tls.authorities or certifi.where(),
        cert_file=tls.certificate or None,
        key_file=tls.key or None,
    )
    plain = type("_Plain", (_Line,), {"in_use": line})
    secure = type("_Secure", (_TlsLine,), {"in_use": line})
    made.pool_classes_by_scheme = {
        "http": type("_PlainPool", (HTTPConnectionPool,), {"ConnectionCls": plain}),
        "https": type("_SecurePool", (HTTPSConnectionPool,), {"ConnectionCls": secure}),
    }
    return made
