"""One line of text names a transport: ``serial:/dev/ttyUSB0?baud=9600``, ``tcp:HOST:20007``, ``pty:/dev/pts/3``."""

from collections.abc import Callable
from urllib.parse import parse_qsl

from terminal_driver.errors import DriverError
from terminal_driver.transports.base import Transport
from terminal_driver.transports.serial_port import SerialOptions, SerialPort
from terminal_driver.transports.tcp import PORT_DEFAULT, TcpOptions, TcpTransport, verifying_context

_BAUDS = frozenset({9600, 19200, 38400, 57600, 115200})


def from_url(url: str) -> Transport:
    """Return the transport a text names; nothing is opened yet.

    Forms:
        ``serial:DEVICE?baud=9600&stopbits=2&modem=on`` - baud 9600 to 115200, stopbits 1 or 2, modem on or off.
        ``pty:DEVICE`` - a serial port without modem lines (pseudo-terminal of a simulator).
        ``tcp:HOST:PORT?connect_timeout=5&keepalive=15&per_command=off`` - seconds; port 20007 when left out.
        ``tls:HOST:PORT?ca=FILE`` - as ``tcp``, encrypted, certificate verified by FILE or the system's authorities.
        An IPv6 host stands in brackets.

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
    if baud not in _BAUDS or stop_bits not in {1, 2}:
        raise _bad(url, f"baud must be one of {sorted(_BAUDS)} and stopbits 1 or 2")
    modem_lines = _switch(url, options, "modem", "on")
    return SerialPort(device, options=SerialOptions(baud=baud, stop_bits=stop_bits, modem_lines=modem_lines))


def _pty(_url: str, device: str, _options: dict[str, str]) -> Transport:
    return SerialPort(device, options=SerialOptions(modem_lines=False))


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
        options=TcpOptions(plain.connect_timeout_s, plain.keepalive_idle_s, plain.connect_per_command, context),
    )


def _tcp_options(url: str, options: dict[str, str]) -> TcpOptions:
    return TcpOptions(
        connect_timeout_s=_number(url, options, "connect_timeout", 5),
        keepalive_idle_s=_number(url, options, "keepalive", 15),
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
    if not (text.isascii() and text.isdigit() and 0 < int(text) < 1_000_000):
        raise _bad(url, f"{name} must be a whole number above 0")
    return int(text)


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
