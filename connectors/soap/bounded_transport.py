"""The way a call takes: both timeouts, one deadline for the whole answer, bounded size, no redirects, no fetching."""

from __future__ import annotations

import contextlib
import socket
import threading
import time
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, cast

import requests
import urllib3.exceptions
from requests.adapters import HTTPAdapter
from urllib3.connection import HTTPConnection, HTTPSConnection
from urllib3.connectionpool import HTTPConnectionPool, HTTPSConnectionPool
from zeep import Transport

from connectors.soap.failure import Effect, FailureCode, SoapFailure

_CHUNK = 65_536
_LOOK_AGAIN = "It may have been done: look for it there before it is sent again."
_NOTHING_SENT = (
    urllib3.exceptions.NewConnectionError,
    urllib3.exceptions.ConnectTimeoutError,
    urllib3.exceptions.NameResolutionError,
    urllib3.exceptions.SSLError,
    urllib3.exceptions.ProxyError,
)
"""Failures of a connection that stood never: no byte of the call has left."""


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


class BoundedTransport(Transport):
    """Posts messages of one thread. ``sent``: whether the last call may have reached the other side.

    ``answer``: bytes of the last answer, empty where there was none.
    """

    def __init__(self, limits: CallLimits, tls: TlsChoice, basic: tuple[str, str] | None) -> None:
        """``basic``: user and password of HTTP Basic, None without."""
        session = requests.Session()
        # Neither passwords from a file in somebody's home nor proxies from the environment.
        session.trust_env = False
        session.verify = tls.authorities or True
        session.cert = (tls.certificate, tls.key) if tls.certificate else None
        session.auth = basic
        self._lines = _Lines()
        session.mount("http://", self._lines)
        session.mount("https://", self._lines)
        super().__init__(session=session, timeout=limits.answer_s, operation_timeout=limits.answer_s)  # type: ignore[no-untyped-call]  # of zeep
        self._limits = limits
        self.sent = False
        self.answer = b""
        self.request = b""

    def load(self, url: str) -> bytes:
        """Refuse: nothing is fetched while a call is made.

        Raises:
            SoapFailure: ``description_reaches_out``.
        """
        raise SoapFailure(
            FailureCode.DESCRIPTION_REACHES_OUT, f"Something asks for {url} during a call.", "Nothing is fetched."
        )

    def post(self, address: str, message: bytes, headers: dict[str, str]) -> requests.Response:
        """Send a message and read its answer whole.

        Raises:
            SoapFailure: as the module says; its ``effect`` tells whether anything may have happened.
        """
        self.sent, self.answer, self.request = False, b"", message
        ends_at = time.monotonic() + self._limits.answer_s
        timeouts = (self._limits.connect_s, self._limits.answer_s)
        try:
            # Timeouts of a socket begin anew with each byte; who sends one now and then would never be too late.
            with self._lines.cut_after(self._limits.answer_s):
                response = self.session.post(
                    address, data=message, headers=headers, timeout=timeouts, allow_redirects=False, stream=True
                )
                self.sent = True
                with response:
                    self.answer = self._read(response, ends_at)
        except requests.RequestException as error:
            raise self._broken(error) from error
        # The rest of the library reads the body from here.
        response._content = self.answer  # noqa: SLF001 - there is no other way to give it
        _check_status(response)
        return cast("requests.Response", response)

    def _read(self, response: requests.Response, ends_at: float) -> bytes:
        parts: list[bytes] = []
        size = 0
        try:
            for part in response.iter_content(_CHUNK):
                size += len(part)
                if size > self._limits.answer_bytes_max:
                    raise SoapFailure(
                        FailureCode.ANSWER_TOO_LARGE, "The answer is larger than allowed.", _LOOK_AGAIN, Effect.UNKNOWN
                    )
                parts.append(part)
                if time.monotonic() > ends_at:
                    raise _no_answer("The answer took too long")
        except requests.RequestException as error:
            raise _no_answer("The answer broke off") from error
        return b"".join(parts)

    def _broken(self, error: requests.RequestException) -> SoapFailure:
        if isinstance(error, requests.ConnectTimeout | requests.exceptions.SSLError) or _never_connected(error):
            return SoapFailure(
                FailureCode.UNREACHABLE,
                "The system cannot be reached; nothing was sent.",
                "Check its address, its certificate and the network. It is tried again.",
            )
        self.sent = True
        return _no_answer("No answer came")


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


def _no_answer(words: str) -> SoapFailure:
    return SoapFailure(
        FailureCode.NO_ANSWER, f"{words}: nobody knows whether the call was done.", _LOOK_AGAIN, Effect.UNKNOWN
    )


def _check_status(response: requests.Response) -> None:
    """Refuse what is no answer to a call; a fault comes with 500 or 400 and a body, and is read by the caller."""
    status = response.status_code
    if status in (401, 403, 407):
        raise SoapFailure(
            FailureCode.NOT_AUTHORISED, f"The system refused our access (HTTP {status}).", "Check user and password."
        )
    if status == 429:
        raise SoapFailure(
            FailureCode.TOO_MANY_CALLS, "The system asks for fewer calls.", "It is tried again more slowly."
        )
    is_xml = b"Envelope" in response.content[:4096] or b"Envelope" in response.content[-4096:]
    if status < 300 or is_xml:
        return
    if status < 500:
        raise SoapFailure(
            FailureCode.REFUSED, f"The system refused the call (HTTP {status}).", "Check the address of the service."
        )
    raise SoapFailure(
        FailureCode.NO_ANSWER,
        f"The system failed while it worked on the call (HTTP {status}): nobody knows whether it was done.",
        _LOOK_AGAIN,
        Effect.UNKNOWN,
    )
