"""Sends one HTTP request with the standard library: a checked address, TLS by name, one deadline for everything.

The name is resolved once and the checked address is connected to, so that a name cannot change its mind in between.
Redirects are not followed. No connection is kept: messages are few, and each must find the receiver as it is now.
"""

import http.client
import io
import socket
import ssl
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from functools import cache
from urllib.parse import SplitResult, urlsplit

from gateway.domain.errors import InputError, OperationalError
from gateway.domain.telling.outward_address import is_public
from gateway.ports.clock import Clock
from gateway.ports.http_sender import HttpAnswer
from terminal_driver.card_data import cut_card_numbers

BODY_MAX = 2048
"""Bytes of an answer that are read; the rest interests nobody."""
WORDS_MAX = 200
ADDRESSES_MAX = 4
"""Addresses of one name that are tried within the deadline."""
_HINT = "Check the address, and whether the receiver is running."

Resolve = Callable[[str, int], Iterable[str]]


@dataclass(frozen=True, slots=True)
class SenderLimits:
    """``timeout_s``: seconds for the whole exchange, > 0; ``connect_s``: of these, for each connection.

    ``allowed_hosts``: names of hosts that may lie inside of the shop's network, as they stand in the address.
    """

    timeout_s: float = 15.0
    connect_s: float = 5.0
    allowed_hosts: frozenset[str] = frozenset()


class StandardHttpSender:
    """Posts over HTTPS, and over HTTP where the address says so."""

    def __init__(
        self,
        clock: Clock,
        limits: SenderLimits,
        *,
        resolve: Resolve | None = None,
        tls: ssl.SSLContext | None = None,
    ) -> None:
        """``resolve``: host and port -> addresses; ``tls``: trusts the machine's authorities when not given."""
        self._clock = clock
        self._limits = limits
        self._resolve = resolve or _addresses
        self._tls = tls or _trusting()

    def post(self, url: str, headers: Mapping[str, str], body: bytes) -> HttpAnswer:
        """Send a body and return the answer; see ``HttpSender``."""
        parts = urlsplit(url)
        deadline = _Deadline(self._clock, self._limits.timeout_s)
        try:
            with self._connected(parts, deadline) as line:
                line.settimeout(deadline.left_s())
                line.sendall(_request(parts, headers, body))
                return _answer(line, deadline)
        except TimeoutError as error:
            message = f"No answer within {self._limits.timeout_s:g} seconds."
            raise OperationalError("receiver_too_slow", message, _HINT) from error
        except ssl.SSLError as error:
            reason = getattr(error, "verify_message", "") or getattr(error, "reason", "") or "TLS failed"
            message = f"The receiver's certificate or TLS is not right: {str(reason).replace('_', ' ').lower()}."
            raise OperationalError("receiver_not_trusted", message, _HINT) from error
        except (http.client.HTTPException, OSError) as error:
            message = "The connection broke before an answer came."
            raise OperationalError("receiver_broke_off", message, _HINT) from error

    def _connected(self, parts: SplitResult, deadline: "_Deadline") -> socket.socket:
        host = parts.hostname or ""
        port = parts.port or (443 if parts.scheme == "https" else 80)
        line = self._connect(self._checked_addresses(host, port), port, deadline)
        if parts.scheme != "https":
            return line
        try:
            line.settimeout(deadline.left_s())
            return self._tls.wrap_socket(line, server_hostname=host)
        except BaseException:
            line.close()
            raise

    def _checked_addresses(self, host: str, port: int) -> tuple[str, ...]:
        try:
            found = tuple(self._resolve(host, port))
        except (OSError, UnicodeError) as error:
            raise OperationalError("receiver_unreachable", "The name of the receiver is not known.", _HINT) from error
        # One address inside is enough to refuse: which of several is used would be the name server's choice.
        if host not in self._limits.allowed_hosts and not (found and all(is_public(one) for one in found)):
            hint = "The operator may name the host in outward.allowed_hosts."
            raise InputError("address_not_public", "This host lies inside of a private network.", hint, "/url")
        return found[:ADDRESSES_MAX]

    def _connect(self, addresses: tuple[str, ...], port: int, deadline: "_Deadline") -> socket.socket:
        failure: OSError | None = None
        for address in addresses:
            try:
                return socket.create_connection((address, port), min(self._limits.connect_s, deadline.left_s()))
            except OSError as error:
                failure = error
        raise OperationalError("receiver_unreachable", "The receiver cannot be reached.", _HINT) from failure


class _Deadline:
    def __init__(self, clock: Clock, timeout_s: float) -> None:
        self._clock = clock
        self._ends_at_s = clock.monotonic_s() + timeout_s

    def left_s(self) -> float:
        """Return the seconds left; raises TimeoutError when there are none."""
        left_s = self._ends_at_s - self._clock.monotonic_s()
        if left_s <= 0:
            raise TimeoutError
        return left_s


class _TimedReader(io.RawIOBase):
    """Reads from a socket; every read gets only what is left of the deadline, so dripping does not prolong it."""

    def __init__(self, line: socket.socket, deadline: _Deadline) -> None:
        self._line = line
        self._deadline = deadline

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: bytearray | memoryview) -> int:  # type: ignore[override]  # the buffers io itself hands over
        self._line.settimeout(self._deadline.left_s())
        return self._line.recv_into(buffer)


class _ReadableLine:
    """What ``http.client.HTTPResponse`` asks of a socket."""

    def __init__(self, line: socket.socket, deadline: _Deadline) -> None:
        self._reader: io.BufferedIOBase = io.BufferedReader(_TimedReader(line, deadline))

    def makefile(self, _mode: str) -> io.BufferedIOBase:
        return self._reader


def _request(parts: SplitResult, headers: Mapping[str, str], body: bytes) -> bytes:
    path = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
    fixed = {"Host": parts.netloc, "Connection": "close", "Accept": "*/*", "Content-Length": str(len(body))}
    lines = [f"POST {path} HTTP/1.1", *(f"{name}: {value}" for name, value in {**fixed, **headers}.items())]
    return "\r\n".join((*lines, "", "")).encode("ascii") + body


def _answer(line: socket.socket, deadline: _Deadline) -> HttpAnswer:
    readable = _ReadableLine(line, deadline)
    response = http.client.HTTPResponse(readable, method="POST")  # type: ignore[arg-type]  # it asks for makefile only
    try:
        response.begin()
        status, retry_after = response.status, response.getheader("Retry-After")
        return HttpAnswer(status, retry_after, _words(response))
    finally:
        response.close()


def _words(response: http.client.HTTPResponse) -> str:
    """Return the beginning of the body as one line; the status counts also where the body breaks off."""
    try:
        data = response.read(BODY_MAX)
    except http.client.IncompleteRead as error:
        data = error.partial
    except (TimeoutError, OSError, http.client.HTTPException):
        data = b""
    shown = "".join(sign if sign.isprintable() else " " for sign in data.decode("utf-8", "replace"))
    # What a stranger sends may hold a card number: it is cut before anything is stored or logged.
    return cut_card_numbers(" ".join(shown.split()))[:WORDS_MAX]


def _addresses(host: str, port: int) -> Iterable[str]:
    found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    # A scope (fe80::1%eth0) is no part of the address itself.
    return dict.fromkeys(str(entry[4][0]).partition("%")[0] for entry in found)


@cache
def _trusting() -> ssl.SSLContext:
    context = ssl.create_default_context()
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    return context
