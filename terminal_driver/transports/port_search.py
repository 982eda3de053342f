"""Finds the port a terminal hangs on when its name may change: a USB device that was unplugged comes back elsewhere.

A port is known again by what the device tells of itself: maker and product numbers with its serial number, or with the
socket it is plugged into when it has none. Whether the right terminal answers there is for the session to check.
"""

import os
from collections.abc import Callable
from dataclasses import dataclass, field

from terminal_driver.errors import TransportError
from terminal_driver.transports.port_list import PortInfo, plugged_ports

PortLister = Callable[[], tuple[PortInfo, ...]]

AUTO = "auto"


@dataclass(frozen=True, slots=True)
class PortQuery:
    """Which port is meant.

    Attributes:
        device: path of a node, or ``auto`` for whichever port fits the rest.
        follow: look for the device elsewhere when it has left its node.
        usb_ids: vendor and product, ``0403:6001``; empty for any.
        serial_number: of the device; empty for any.
        location: socket it is plugged into; empty for any.
        terminal_id: id of the terminal; when known, ports that fit equally well may be tried one after the other.
        lister: returns the ports there are.
    """

    device: str
    follow: bool = False
    usb_ids: str = ""
    serial_number: str = ""
    location: str = ""
    terminal_id: str = ""
    lister: PortLister = field(default=plugged_ports, compare=False)

    @property
    def may_move(self) -> bool:
        """True when the port is looked for."""
        return self.follow or self.device == AUTO


@dataclass(frozen=True, slots=True)
class _Identity:
    usb_ids: str
    serial_number: str
    location: str


class PortSearch:
    """Answers, again and again, under which name the port is to be opened now."""

    def __init__(self, query: PortQuery) -> None:
        self._query = query
        self._known: _Identity | None = None

    @property
    def may_move(self) -> bool:
        """True when the port is looked for."""
        return self._query.may_move

    def candidates(self) -> tuple[str, ...]:
        """Return the device paths to try, the best first; never empty.

        Raises:
            TransportError: ``port_missing``, or ``port_ambiguous`` when several ports fit equally well and no
                terminal id is known by which the right one could be told.
        """
        query = self._query
        if not query.may_move:
            return (query.device,)
        ports = query.lister()
        if self._known is not None:
            return self._of_known(ports, self._known)
        if query.device != AUTO:
            return (query.device,)
        fitting = [port for port in ports if self._fits(port)]
        if not fitting:
            raise TransportError("port_missing", f"no port fits {self.words}", "is the terminal plugged in and on?")
        return self._unambiguous(fitting)

    def present(self, device: str) -> str:
        """Return ``device`` when it is still one of the candidates, else the best of them.

        Raises:
            TransportError: as :meth:`candidates`.
        """
        found = self.candidates()
        return device if device in found else found[0]

    def opened(self, device: str) -> None:
        """Take note that ``device`` was opened: a port that was named is the right one, one that was found may be."""
        if self._known is None and self._query.device != AUTO:
            self.remember(device)

    def remember(self, device: str) -> None:
        """Take note that the terminal hangs on ``device``, so that it is found again under another name."""
        if not self._query.may_move:
            return
        real = os.path.realpath(device)
        for port in self._query.lister():
            if os.path.realpath(port.device) == real and port.usb_ids:
                self._known = _Identity(port.usb_ids, port.serial_number, port.location)

    @property
    def words(self) -> str:
        """What is looked for, in words."""
        query = self._query
        if query.device != AUTO:
            return query.device
        named = {
            "USB ids": query.usb_ids,
            "serial number": query.serial_number,
            "socket": query.location,
        }
        return ", ".join(f"{name} {value}" for name, value in named.items() if value) or "any USB serial device"

    def _fits(self, port: PortInfo) -> bool:
        query = self._query
        return bool(port.usb_ids) and all(
            not wanted or wanted == told
            for wanted, told in (
                (query.usb_ids, port.usb_ids),
                (query.serial_number, port.serial_number),
                (query.location, port.location),
            )
        )

    def _of_known(self, ports: tuple[PortInfo, ...], known: _Identity) -> tuple[str, ...]:
        alike = [port for port in ports if (port.usb_ids, port.serial_number) == (known.usb_ids, known.serial_number)]
        in_place = [port for port in alike if port.location == known.location]
        # Cheap adapters all bear the same number: the socket then decides, and only without it is it open which one.
        if in_place:
            return (in_place[0].device,)
        if not known.serial_number and not self._query.terminal_id:
            alike = []  # the same make in another socket proves nothing
        if not alike:
            words = f"the device that was on {self.words} is not plugged in"
            raise TransportError("port_missing", words, "is the terminal plugged in and on?")
        return self._unambiguous(alike)

    def _unambiguous(self, fitting: list[PortInfo]) -> tuple[str, ...]:
        if len(fitting) > 1 and not self._query.terminal_id:
            names = ", ".join(f"{port.device} ({port.words})" for port in fitting)
            hint = "name serial_number=, location= or terminal_id="
            raise TransportError("port_ambiguous", f"several ports fit {self.words}: {names}", hint)
        return tuple(port.device for port in fitting)
