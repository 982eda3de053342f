"""The line to a device as the configuration writes it: `tcp:127.0.0.1:20007`, `serial:/dev/ttyUSB0?baud=9600`.

Standard library only; opens nothing.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from types import MappingProxyType
from urllib.parse import parse_qsl


class TransportKind(StrEnum):
    """What carries the bytes."""

    VIRTUAL = "virtual"
    SERIAL = "serial"
    PTY = "pty"
    TCP = "tcp"
    TLS = "tls"
    FILE = "file"
    USB = "usb"


@dataclass(frozen=True, slots=True)
class TransportAddress:
    """A parsed line. `port` is 0 unless the kind is TCP or TLS.

    Attributes:
        kind: what carries the bytes.
        target: device path, host, file path, `pty` / `memory` of a virtual device, or what names a printer on USB:
            empty, `VENDOR:PRODUCT` or `VENDOR:PRODUCT/SERIAL`.
        port: TCP port, 1-65535.
        options: what follows the question mark, e.g. `baud`.
    """

    kind: TransportKind
    target: str
    port: int
    options: Mapping[str, str]


_NETWORK = frozenset(
    {
        "connect_timeout",
        "keepalive",
        "keepalive_count",
        "keepalive_interval",
        "per_command",
        "terminal_id",
        "unanswered",
    }
)
_OPTIONS = {
    TransportKind.SERIAL: frozenset(
        {
            "baud",
            "bits",
            "fallback",
            "follow",
            "location",
            "modem",
            "serial_number",
            "silence",
            "stopbits",
            "terminal_id",
            "usb",
        }
    ),
    TransportKind.PTY: frozenset({"terminal_id"}),
    TransportKind.TCP: _NETWORK,
    TransportKind.TLS: _NETWORK | {"ca"},
    TransportKind.VIRTUAL: frozenset({"framing", "pace", "protocol", "scenario"}),
    TransportKind.FILE: frozenset[str](),
    TransportKind.USB: frozenset[str](),
}
_VIRTUAL_TARGETS = ("pty", "memory")
_CHOICES = {"framing": ("serial", "tcp"), "protocol": ("zvt", "concert", "caisse-ap", "nexo")}
_USB_PRINTER = re.compile(r"(?:[0-9a-fA-F]{4}:[0-9a-fA-F]{4}(?:/[^/]+)?)?")
_PORT_MAX = 65_535


def parse_transport(text: str) -> TransportAddress:
    """Read one line address.

    Raises:
        ValueError: another form; the message says which forms there are.
    """
    scheme, _, rest = text.partition(":")
    target, _, query = rest.partition("?")
    known = _USB_PRINTER.fullmatch(target) if scheme == TransportKind.USB else target
    if scheme not in {kind.value for kind in TransportKind} or not known:
        raise ValueError(
            "expected virtual:pty, virtual:memory, serial:PATH?baud=9600, tcp:HOST:PORT, file:PATH, usb:VENDOR:PRODUCT"
        )
    kind = TransportKind(scheme)
    options = dict(parse_qsl(query, keep_blank_values=True, strict_parsing=True)) if query else {}
    if unknown := sorted(options.keys() - _OPTIONS[kind]):
        options_known = ", ".join(sorted(_OPTIONS[kind])) or "none"
        raise ValueError(f"unknown option {unknown[0]!r} for {kind}: (known: {options_known})")
    if "baud" in options and not options["baud"].isdecimal():
        raise ValueError("baud must be a whole number, e.g. 9600")
    for name, known_values in _CHOICES.items():
        if name in options and options[name] not in known_values:
            raise ValueError(f"{name} must be one of {', '.join(known_values)}")
    port = 0
    if kind is TransportKind.VIRTUAL and target not in _VIRTUAL_TARGETS:
        raise ValueError(f"virtual: takes {' or '.join(_VIRTUAL_TARGETS)}, not {target!r}")
    if kind in {TransportKind.TCP, TransportKind.TLS}:
        target, port = _host_and_port(target)
    return TransportAddress(kind, target, port, MappingProxyType(options))


def _host_and_port(target: str) -> tuple[str, int]:
    host, _, port = target.rpartition(":")
    if not host or not port.isdecimal() or not 0 < int(port) <= _PORT_MAX:
        raise ValueError("expected tcp:HOST:PORT with a port from 1 to 65535")
    return host.removeprefix("[").removesuffix("]"), int(port)
