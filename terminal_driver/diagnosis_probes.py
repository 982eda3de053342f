"""Tells who answers on a line when it is not the terminal expected: by the first bytes, and by harmless asking.

Nothing here is a command of a card terminal: a probe is a byte or a line that the device it is meant for answers with
its state, and that a card terminal takes for noise.
"""

import contextlib
import re
import socket
import ssl
from collections.abc import Callable

from terminal_driver.errors import TransportError
from terminal_driver.protocols import PROTOCOLS, LineKind, ProtocolName
from terminal_driver.transports.base import READ_BYTES_MAX, Transport
from terminal_driver.transports.tcp import shake_hands

HEARD_BYTES_MAX = 4096
"""So much of what a stranger says is kept: its first words tell who it is."""

PROBE_S = 1.0
"""How long a probed device may take to answer, in seconds."""

_PROBE_READS_MAX = 16
_ENQUIRY = b"\x05"
_PRINTER_STATUS = b"\x10\x04\x01"  # ESC/POS DLE EOT 1: real-time status, never printed
_WEB_QUESTION = b"HEAD / HTTP/1.0\r\n\r\n"

_BY_FIRST_BYTES: tuple[tuple[re.Pattern[bytes], str, ProtocolName | None], ...] = (
    (re.compile(rb"HTTP/\d|\s*<(?:!doctype )?html", re.IGNORECASE), "a web server", None),
    (re.compile(rb"SSH-\d"), "an SSH server", None),
    (re.compile(rb"(?:220|421)[ -]"), "a mail or file server", None),
    (re.compile(rb"\+OK |\* OK "), "a mail server", None),
    (re.compile(rb"\xff[\xfb-\xfe]"), "a telnet server", None),
    (re.compile(rb"[^{]{0,4}\{\s*\"(?:SaleToPOI|MessageHeader)"), "", ProtocolName.NEXO),
    (re.compile(rb".{0,4}<\?xml|.{0,4}<SaleToPOI", re.DOTALL), "", ProtocolName.NEXO),
    (re.compile(rb"CZ\d{3}"), "", ProtocolName.CAISSE_AP),
)
_TLS = re.compile(rb"\x15\x03[\x00-\x04]|\x16\x03[\x00-\x04]")
_ZVT_BLOCK = re.compile(rb"\x10\x02[\x04\x05\x06\x08\x80\x84]")
_ZVT_BARE = re.compile(rb"[\x80\x84][\x00-\xff]\x00")


class Ear:
    """Passes everything through to another transport and keeps the beginning of what comes back.

    It shows nothing of the other's speeds and names, so that whoever speaks over it does not search by itself.
    """

    def __init__(self, inner: Transport) -> None:
        self._inner = inner
        self._heard = bytearray()

    @property
    def heard(self) -> bytes:
        """What came back, at most ``HEARD_BYTES_MAX`` bytes of it."""
        return bytes(self._heard)

    @property
    def description(self) -> str:
        """The line in words."""
        return self._inner.description

    @property
    def holds_line(self) -> bool:
        """As the other transport says."""
        return self._inner.holds_line

    def open(self) -> None:
        """Open the other transport; its errors pass through."""
        self._inner.open()

    def write(self, data: bytes, deadline_s: float) -> None:
        """Write; errors pass through."""
        self._inner.write(data, deadline_s)

    def read(self, max_bytes: int, timeout_s: float) -> bytes:
        """Read and listen; errors pass through."""
        data = self._inner.read(max_bytes, timeout_s)
        self._heard += data[: HEARD_BYTES_MAX - len(self._heard)]
        return data

    def wake(self) -> None:
        """Interrupt a read from any thread."""
        self._inner.wake()

    def close(self) -> None:
        """Close the other transport."""
        self._inner.close()


def wants_tls(heard: bytes) -> bool:
    """Tell whether these are the first bytes of an encrypted connection."""
    return _TLS.match(heard) is not None


def protocol_of(heard: bytes, line_kind: LineKind, expected: ProtocolName) -> str:
    """Return the title of the protocol in which somebody answered, other than the one expected over this line.

    Empty when the bytes do not show it.
    """
    for pattern, _, protocol in _BY_FIRST_BYTES:
        if protocol is not None and protocol is not expected and pattern.match(heard):
            return PROTOCOLS[protocol].title
    if _ZVT_BLOCK.match(heard) and (expected is not ProtocolName.ZVT or line_kind is LineKind.TCP):
        title = PROTOCOLS[ProtocolName.ZVT].title
        return title if line_kind is LineKind.SERIAL else f"{title} in the form for serial lines"
    if expected is ProtocolName.ZVT and line_kind is LineKind.SERIAL and _ZVT_BARE.fullmatch(heard):
        return f"{PROTOCOLS[expected].title} in the form for networks"
    if expected is not ProtocolName.CONCERT and line_kind is LineKind.SERIAL and heard.strip(_ENQUIRY) == b"" != heard:
        return PROTOCOLS[ProtocolName.CONCERT].title
    return ""


def device_of(heard: bytes) -> str:
    """Return what answers when it is no card terminal at all; empty when the bytes do not show it."""
    for pattern, name, protocol in _BY_FIRST_BYTES:
        if protocol is None and pattern.match(heard):
            return name
    return ""


def ask_printer(line: Transport) -> str:
    """Ask for the state of a receipt printer; returns what answers, empty when nothing or something else does.

    Raises:
        TransportError: the line could not be opened.
    """
    heard = _asked(line, _PRINTER_STATUS)
    # One byte with bits 1 and 4 set and bits 0 and 7 clear (ESC/POS, DLE EOT).
    return "a receipt printer (ESC/POS)" if len(heard) == 1 and heard[0] & 0x93 == 0x12 else ""


def ask_web_server(line: Transport) -> str:
    """Ask for a page; returns what answers, empty when nothing or something unknown does.

    Raises:
        TransportError: the line could not be opened.
    """
    return device_of(_asked(line, _WEB_QUESTION))


def speaks_tls(host: str, port: int, limit_s: float) -> bool:
    """Tell whether the other side answers an encrypted greeting; its certificate is not looked at, nothing is sent."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.check_hostname = False
    context.verify_mode = ssl.CERT_NONE
    with contextlib.suppress(OSError), socket.create_connection((host, port), limit_s) as plain:
        plain.setblocking(False)
        with context.wrap_socket(plain, server_hostname=host, do_handshake_on_connect=False) as secure:
            try:
                shake_hands(secure, limit_s)
            except ssl.SSLError as error:
                # A server that wants a certificate of ours, or another version, still speaks TLS.
                return "ALERT" in (error.reason or "")
            return True
    return False


def _asked(line: Transport, question: bytes) -> bytes:
    ear = Ear(line)
    ear.open()
    try:
        _let_run_dry(ear.read, 0.0)
        ear = Ear(line)
        ear.write(question, PROBE_S)
        _let_run_dry(ear.read, PROBE_S)
    except TransportError:
        pass  # it hung up; what it said before tells enough
    finally:
        line.close()
    return ear.heard


def _let_run_dry(read: Callable[[int, float], bytes], timeout_s: float) -> None:
    for _ in range(_PROBE_READS_MAX):
        if not read(READ_BYTES_MAX, timeout_s):
            return
