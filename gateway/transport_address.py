"""The line to a device as the configuration writes it: `tcp:127.0.0.1:20007`, `serial:/dev/ttyUSB0?baud=9600`.

Standard library only; opens nothing.
"""

from __future__ import annotations

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


@dataclass(frozen=True, slots=True)
class TransportAddress:
    """A parsed line. `port` is 0 unless the kind is TCP or TLS.

    Attributes:
        kind: what carries the bytes.
        target: device path, host, file path, or `pty` / `memory` of a virtual device.
        port: TCP port, 1-65535.
        options: what follows the question mark, e.g. `baud`.
    """

    kind: TransportKind
    target: str
    port: int
    options: Mapping[str, str]


_OPTIONS = {
    TransportKind.SERIAL: frozenset({"baud", "stopbits", "modem"}),
    TransportKind.PTY: frozenset[str](),
    TransportKind.TCP: frozenset({"connect_timeout", "keepalive", "per_command"}),
    TransportKind.TLS: frozenset({"connect_timeout", "keepalive", "per_command", "ca"}),
    TransportKind.VIRTUAL: frozenset({"framing", "scenario", "pace"}),
    TransportKind.FILE: frozenset[str](),
}
_VIRTUAL_TARGETS = ("pty", "memory")
_PORT_MAX = 65_535


def parse_transport(text: str) -> TransportAddress:
    """Read one line address.

    Raises:
        ValueError: another form; the message says which forms there are.
    """
    scheme, _, rest = text.partition(":")
    target, _, query = rest.partition("?")
    if scheme not in {kind.value for kind in TransportKind} or not target:
        raise ValueError("expected virtual:pty, virtual:memory, serial:PATH?baud=9600, tcp:HOST:PORT or file:PATH")
    kind = TransportKind(scheme)
    options = dict(parse_qsl(query, keep_blank_values=True, strict_parsing=True)) if query else {}
    if unknown := sorted(options.keys() - _OPTIONS[kind]):
        known = ", ".join(sorted(_OPTIONS[kind])) or "none"
        raise ValueError(f"unknown option {unknown[0]!r} for {kind}: (known: {known})")
    if "baud" in options and not options["baud"].isdecimal():
        raise ValueError("baud must be a whole number, e.g. 9600")
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
