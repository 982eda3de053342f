"""One line of text names a transport: ``serial:/dev/ttyUSB0?baud=9600``, ``tcp:HOST:20007``, ``pty:/dev/pts/3``."""

import re
from collections.abc import Callable
from dataclasses import replace
from urllib.parse import parse_qsl

from terminal_driver.errors import DriverError
from terminal_driver.transports.base import Transport
from terminal_driver.transports.port_search import AUTO, PortQuery
from terminal_driver.transports.serial_port import SerialOptions, SerialPort
from terminal_driver.transports.tcp import PORT_DEFAULT, TcpOptions, TcpTransport, verifying_context

SPEEDS = (9600, 19200, 38400, 57600, 115200)
"""Speeds a serial terminal may be set to, in bits per second."""

_SPEED_AFTER_RESTART = 9600  # terminals fall back to it (card complete, ZVT-Präzisierung)
_USB_IDS = re.compile(r"[0-9a-f]{4}:[0-9a-f]{4}")
_TERMINAL_ID_LETTERS_MAX = 35


def from_url(url: str) -> Transport:
    """Return the transport a text names; nothing is opened yet.

    Forms:
        ``serial:DEVICE?baud=9600&stopbits=2&modem=on&fallback=9600&follow=off`` - baud 9600 to 115200, stopbits 1 or 2,
            modem on or off; ``bits=7E`` for 7 data bits with even parity instead of ``8N``.
            ``fallback``: speeds, separated by commas, at which a silent terminal is tried; 9600 unless
            that is the speed, or ``off``; ``silence=6``: after so many seconds. ``follow=on``
            looks for the device elsewhere when it has left its node.
        ``serial:auto?usb=0403:6001&serial_number=A1&location=1-1.4`` - the port whose device fits, wherever it is; an
            option left out fits every USB device. The other options as above.
        ``pty:DEVICE`` - a serial port without modem lines (pseudo-terminal of a simulator).
        ``tcp:HOST:PORT?connect_timeout=5&keepalive=15&keepalive_interval=5&keepalive_count=3&unanswered=20&per_command=off``
            - seconds, and a count; port 20007 when left out. ``unanswered``: seconds after which bytes that the other
            side's system does not confirm end the connection.
        ``tls:HOST:PORT?ca=FILE`` - as ``tcp``, encrypted, certificate verified by FILE or the system's authorities.
        An IPv6 host stands in brackets. Every form takes ``terminal_id=``: the id the terminal has to tell.

    Raises:
        DriverError: code ``bad_transport_url`` with the part that is wrong.
    """
    scheme, colon, rest = url.partition(":")
    target, _, query = rest.partition("?")
    builder = _BUILDERS.get(scheme)
    if builder is None or not colon or not target:
        raise _bad(url, f"expected one of {', '.join(sorted(_BUILDERS))} followed by ':' and a device or host")
    pairs = parse_qsl(query, keep_blank_values=True)
    options = dict(pairs)
    if len(options) != len(pairs):
        raise _bad(url, "an option is given twice")
    transport = builder(url, target, options)
    if options:
        raise _bad(url, f"unknown option {min(options)!r}")
    return transport


def _serial(url: str, device: str, options: dict[str, str]) -> Transport:
    baud = _number(url, options, "baud", 9600)
    stop_bits = _number(url, options, "stopbits", 2)
    if baud not in SPEEDS or stop_bits not in {1, 2}:
        raise _bad(url, f"baud must be one of {SPEEDS} and stopbits 1 or 2")
    terminal_id = _terminal_id(url, options)
    return SerialPort(
        device,
        options=SerialOptions(
            baud=baud,
            stop_bits=stop_bits,
            seven_even=_choice(url, options, "bits", ("8N", "7E")) == "7E",
            modem_lines=_switch(url, options, "modem", "on"),
            other_speeds=_fallback(url, options, baud),
            silence_limit_s=_number(url, options, "silence", 6),
            query=_query(url, device, options, terminal_id),
            terminal_id=terminal_id,
        ),
    )


def _fallback(url: str, options: dict[str, str], baud: int) -> tuple[int, ...]:
    text = options.pop("fallback", "off" if baud == _SPEED_AFTER_RESTART else str(_SPEED_AFTER_RESTART))
    if text == "off":
        return ()
    speeds = {str(speed): speed for speed in SPEEDS}
    if not set(text.split(",")) <= speeds.keys():
        raise _bad(url, f"fallback must be off or speeds of {SPEEDS}, separated by commas")
    return tuple(speeds[word] for word in text.split(",") if speeds[word] != baud)


def _query(url: str, device: str, options: dict[str, str], terminal_id: str) -> PortQuery:
    if device != AUTO:
        return PortQuery(device, follow=_switch(url, options, "follow", "off"), terminal_id=terminal_id)
    usb_ids = options.pop("usb", "").lower()
    if usb_ids and not _USB_IDS.fullmatch(usb_ids):
        raise _bad(url, "usb must be vendor and product as four hex digits each, like 0403:6001")
    return PortQuery(
        device,
        usb_ids=usb_ids,
        serial_number=options.pop("serial_number", ""),
        location=options.pop("location", ""),
        terminal_id=terminal_id,
    )


def _pty(url: str, device: str, options: dict[str, str]) -> Transport:
    return SerialPort(device, options=SerialOptions(modem_lines=False, terminal_id=_terminal_id(url, options)))


def _tcp(url: str, target: str, options: dict[str, str]) -> Transport:
    host, port = _host_and_port(url, target)
    return TcpTransport(host, port, options=_tcp_options(url, options))


def _tls(url: str, target: str, options: dict[str, str]) -> Transport:
    host, port = _host_and_port(url, target)
    plain = _tcp_options(url, options)
    try:
        context = verifying_context(options.pop("ca", None))
    except OSError as error:
        raise _bad(url, f"the authority file cannot be read: {error}") from error
    return TcpTransport(
        host,
        port,
        options=replace(plain, tls=context),
    )


def _tcp_options(url: str, options: dict[str, str]) -> TcpOptions:
    return TcpOptions(
        connect_timeout_s=_number(url, options, "connect_timeout", 5),
        keepalive_idle_s=_number(url, options, "keepalive", 15),
        keepalive_interval_s=_number(url, options, "keepalive_interval", 5),
        keepalive_count=_number(url, options, "keepalive_count", 3),
        unanswered_s=_number(url, options, "unanswered", 20),
        terminal_id=_terminal_id(url, options),
        connect_per_command=_switch(url, options, "per_command", "off"),
    )


def _host_and_port(url: str, target: str) -> tuple[str, int]:
    if target.startswith("["):
        host, bracket, rest = target[1:].partition("]")
        port_text = rest.removeprefix(":") if bracket else "?"
    else:
        host, _, port_text = target.partition(":")
    port = int(port_text) if port_text.isascii() and port_text.isdigit() else (0 if port_text else PORT_DEFAULT)
    if not host or not 1 <= port <= 65535:
        raise _bad(url, "host or port is wrong; a port is a number from 1 to 65535")
    return host, port


def _number(url: str, options: dict[str, str], name: str, default: int) -> int:
    text = options.pop(name, str(default))
    if not (text.isascii() and text.isdigit() and len(text) <= 6 and int(text) > 0):
        raise _bad(url, f"{name} must be a whole number above 0")
    return int(text)


def _terminal_id(url: str, options: dict[str, str]) -> str:
    text = options.pop("terminal_id", "")
    if not (text.isascii() and (text.isalnum() or not text)) or len(text) > _TERMINAL_ID_LETTERS_MAX:
        raise _bad(url, f"terminal_id must be at most {_TERMINAL_ID_LETTERS_MAX} letters and digits")
    return text


def _choice(url: str, options: dict[str, str], name: str, allowed: tuple[str, ...]) -> str:
    """Return one of ``allowed``; the first when left out."""
    text = options.pop(name, allowed[0])
    if text not in allowed:
        raise _bad(url, f"{name} must be {' or '.join(allowed)}")
    return text


def _switch(url: str, options: dict[str, str], name: str, default: str) -> bool:
    text = options.pop(name, default)
    if text not in {"on", "off"}:
        raise _bad(url, f"{name} must be on or off")
    return text == "on"


def _bad(url: str, why: str) -> DriverError:
    return DriverError(
        "bad_transport_url", f"{url!r}: {why}", "for example tcp:192.0.2.20:20007 or serial:/dev/ttyUSB0"
    )


_BUILDERS: dict[str, Callable[[str, str, dict[str, str]], Transport]] = {
    "serial": _serial,
    "pty": _pty,
    "tcp": _tcp,
    "tls": _tls,
}
