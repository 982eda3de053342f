"""One thread's connections: both timeouts, one deadline for the whole answer, bounded size, no redirects."""

from __future__ import annotations

import contextlib
import socket
import threading
import time
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

import requests
import urllib3.exceptions
from requests.adapters import HTTPAdapter
from urllib3.connection import HTTPConnection, HTTPSConnection
from urllib3.connectionpool import HTTPConnectionPool, HTTPSConnectionPool

_CHUNK = 65_536
_NOTHING_SENT = (
    urllib3.exceptions.NewConnectionError,
    urllib3.exceptions.ConnectTimeoutError,
    urllib3.exceptions.NameResolutionError,
    urllib3.exceptions.SSLError,
    urllib3.exceptions.ProxyError,
)
"""Failures of a connection that stood never: no byte of the call has left."""


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


class BoundedSession:
    """Calls of one thread. ``sent``: whether the last one may have reached the other side.

    ``session``: of the library; ``request``, ``answer``: bytes of the last call, empty where there were none.
    """

    def __init__(self, limits: CallLimits, tls: TlsChoice, basic: tuple[str, str] | None = None) -> None:
        """``basic``: user and password of HTTP Basic, None without."""
        self.session = requests.Session()
        # Neither passwords from a file in somebody's home nor proxies from the environment.
        self.session.trust_env = False
        self.session.verify = tls.authorities or True
        self.session.cert = (tls.certificate, tls.key) if tls.certificate else None
        self.session.auth = basic
        self._lines = _Lines()
        self.session.mount("http://", self._lines)
        self.session.mount("https://", self._lines)
        self._limits = limits
        self.forget()

    def forget(self) -> None:
        """Begin a new call."""
        self.sent, self.request, self.answer = False, b"", b""

    def send(self, method: str, address: str, body: bytes, headers: Mapping[str, str]) -> requests.Response:
        """Send a request once and read its answer whole, whatever its status.

        Raises:
            ConnectionBroken: there is no answer, or not the whole of it.
        """
        self.forget()
        self.request = body
        ends_at = time.monotonic() + self._limits.answer_s
        timeouts = (self._limits.connect_s, self._limits.answer_s)
        try:
            # Timeouts of a socket begin anew with each byte; who sends one now and then would never be too late.
            with self._lines.cut_after(self._limits.answer_s):
                response = self.session.request(
                    method,
                    address,
                    data=body or None,
                    headers=dict(headers),
                    timeout=timeouts,
                    allow_redirects=False,
                    stream=True,
                )
                self.sent = True
                with response:
                    self.answer = self._read(response, ends_at)
        except requests.RequestException as error:
            raise self._broken(error) from error
        # Whoever is given the response reads its body from here.
        response._content = self.answer  # noqa: SLF001 - there is no other way to give it
        return response

    def _read(self, response: requests.Response, ends_at: float) -> bytes:
        parts: list[bytes] = []
        size = 0
        try:
            for part in response.iter_content(_CHUNK):
                size += len(part)
                if size > self._limits.answer_bytes_max:
                    raise ConnectionBroken(BreakKind.TOO_LARGE, "The answer is larger than allowed")
                parts.append(part)
                if time.monotonic() > ends_at:
                    raise ConnectionBroken(BreakKind.NO_ANSWER, "The answer took too long")
        except requests.RequestException as error:
            raise ConnectionBroken(BreakKind.NO_ANSWER, "The answer broke off") from error
        return b"".join(parts)

    def _broken(self, error: requests.RequestException) -> ConnectionBroken:
        if isinstance(error, requests.ConnectTimeout | requests.exceptions.SSLError) or _never_connected(error):
            return ConnectionBroken(BreakKind.UNREACHABLE, "The system cannot be reached")
        self.sent = True
        return ConnectionBroken(BreakKind.NO_ANSWER, "No answer came")


def retry_after_s(response: requests.Response) -> int | None:
    """Return the seconds an answer asks to wait; None where it says nothing, or a date."""
    told = str(response.headers.get("Retry-After", "")).strip()
    return min(int(told), RETRY_AFTER_S_MAX) if told.isascii() and told.isdigit() else None


class _Line(HTTPConnection):
    """A connection that can be found while it is used."""

    lines: _Lines

    def request(self, *args: Any, **named: Any) -> None:  # noqa: ANN401 - as the library has it
        """Send a request."""
        self.lines.in_use = self
        super().request(*args, **named)


class _TlsLine(HTTPSConnection):
    """The same over TLS."""

    lines: _Lines

    def request(self, *args: Any, **named: Any) -> None:  # noqa: ANN401 - as the library has it
        """Send a request."""
        self.lines.in_use = self
        super().request(*args, **named)


class _Lines(HTTPAdapter):
    """The connections of one thread; the one in use can be cut from outside."""

    def __init__(self) -> None:
        self.in_use: HTTPConnection | None = None
        super().__init__(max_retries=0)

    def init_poolmanager(self, *args: Any, **named: Any) -> None:  # noqa: ANN401 - as the library has it
        """Make the pools, of connections that know these lines."""
        super().init_poolmanager(*args, **named)
        plain = type("_Plain", (_Line,), {"lines": self})
        secure = type("_Secure", (_TlsLine,), {"lines": self})
        self.poolmanager.pool_classes_by_scheme = {
            "http": type("_PlainPool", (HTTPConnectionPool,), {"ConnectionCls": plain}),
            "https": type("_SecurePool", (HTTPSConnectionPool,), {"ConnectionCls": secure}),
        }

    @contextlib.contextmanager
    def cut_after(self, seconds: float) -> Iterator[None]:
        """Cut the connection in use when the block takes longer."""
        self.in_use = None
        clock = threading.Timer(seconds, self._cut)
        clock.daemon = True
        clock.start()
        try:
            yield
        finally:
            clock.cancel()

    def _cut(self) -> None:
        line = self.in_use.sock if self.in_use is not None else None
        if line is not None:
            # What reads from it is told at once.
            with contextlib.suppress(OSError):
                line.shutdown(socket.SHUT_RDWR)


def _never_connected(error: requests.RequestException) -> bool:
    inner: Any = error.args[0] if error.args else None
    return isinstance(getattr(inner, "reason", inner), _NOTHING_SENT)
