"""Lines to terminals as the driver reads them, and by what marks two of them turn out to be one."""

import os
import socket

from gateway.configuration.transport_address import TransportAddress, TransportKind, parse_transport
from terminal_driver.errors import TransportError
from terminal_driver.protocols import ProtocolName, completed_url
from terminal_driver.transports.port_search import AUTO, PortQuery, PortSearch


def driver_url(line: str, protocol: ProtocolName, terminal_id: str = "") -> str:
    """Return a line as the driver reads it, with what protocol and terminal add to it.

    A protocol of one request per connection has its line closed after it; the id that a terminal has to tell goes with
    its line. What the line says itself stands.
    """
    url = completed_url(line, protocol)
    if not terminal_id.isalnum() or "terminal_id" in parse_transport(line).options:
        return url
    return f"{url}{'&' if '?' in url else '?'}terminal_id={terminal_id}"


def line_marks(line: str) -> frozenset[str]:
    """Return what a line is reached by: two lines to one port share a mark, however they are written.

    A serial port counts under its real name, so that links and ports found by their device are known again; a host
    under its numeric address where it is written as one. None for a virtual line, which nobody else can use.
    """
    address = parse_transport(line)
    match address.kind:
        case TransportKind.SERIAL | TransportKind.PTY | TransportKind.FILE:
            return frozenset(os.path.realpath(device) for device in _devices(address))
        case TransportKind.TCP | TransportKind.TLS:
            return frozenset({f"{_numeric(address.target)}:{address.port}"})
        case TransportKind.USB:
            return frozenset({f"usb:{address.target.lower()}"})
        case TransportKind.VIRTUAL:
            return frozenset()


def _devices(address: TransportAddress) -> tuple[str, ...]:
    """Return the ports a line may be on now; a device that is not plugged in is on none."""
    options = address.options
    follows = options.get("follow") == "on"
    if address.target != AUTO and not follows:
        return (address.target,)
    query = PortQuery(
        address.target,
        follow=follows,
        usb_ids=options.get("usb", "").lower(),
        serial_number=options.get("serial_number", ""),
        location=options.get("location", ""),
        terminal_id=options.get("terminal_id", ""),
    )
    try:
        return PortSearch(query).candidates()
    except TransportError:
        return ()


def _numeric(host: str) -> str:
    """Return a host as the system would write its address; a name stays, for asking for it could take long."""
    if host.lower() == "localhost":
        return "127.0.0.1"
    for family in (socket.AF_INET, socket.AF_INET6):
        try:
            return socket.inet_ntop(family, socket.inet_pton(family, host))
        except OSError:
            continue
    return host.lower()
