"""The Protocol every transport fulfils, and the one error that says how much of a write had already left.

A transport is used by one owner thread; only :meth:`Transport.wake` may be called from any other thread.
"""

from dataclasses import dataclass
from typing import Protocol, runtime_checkable

from terminal_driver.errors import TransportError

READ_BYTES_MAX = 4096
"""How much one read asks for: larger than any block of a card terminal, small enough to stay a cheap buffer."""


class WriteError(TransportError):
    """A write failed after the line had taken ``accepted`` bytes; 0 proves that none left."""

    def __init__(self, code: str, message: str, accepted: int, hint: str = "") -> None:
        super().__init__(code, message, hint)
        self.accepted = accepted


class Transport(Protocol):
    """A line to a device: opened, written, read and closed by one thread."""

    @property
    def description(self) -> str:
        """The line in words, without secrets: ``serial /dev/ttyUSB0 9600 8N2``."""

    @property
    def holds_line(self) -> bool:
        """False when the line shall be opened for each command and closed after it."""

    def open(self) -> None:
        """Open the line.

        Raises:
            TransportError: codes ``port_missing``, ``no_permission``, ``refused``, ``unreachable``.
            PortBusy: code ``port_busy``, somebody else owns the port.
        """

    def write(self, data: bytes, deadline_s: float) -> None:
        """Hand all of ``data`` to the line within ``deadline_s`` seconds from now.

        Raises:
            WriteError: the line is closed or broke, or took too long; ``accepted`` says how many bytes it had taken.
        """

    def read(self, max_bytes: int, timeout_s: float) -> bytes:
        """Return what has arrived, at most ``max_bytes``; ``b""`` after ``timeout_s`` seconds or on a wake.

        Raises:
            TransportError: ``line_lost`` when the line broke or the other side closed it, ``line_closed`` before open.
        """

    def wake(self) -> None:
        """Make a running or the next ``read`` return early. Callable from any thread, also on a closed line."""

    def close(self) -> None:
        """Close the line. Closing a closed line does nothing."""


@dataclass(frozen=True, slots=True)
class Way:
    """One way to reach a device over a line: through which port, at how many bits per second."""

    device: str
    baud: int

    def __str__(self) -> str:
        """Return the way in words."""
        return f"{self.device} at {self.baud} baud"


@runtime_checkable
class NamesTerminal(Protocol):
    """A line whose settings say which terminal is meant."""

    @property
    def terminal_id(self) -> str:
        """Return the terminal id that has to answer, empty for whichever does."""


@runtime_checkable
class SwitchableLine(Protocol):
    """A line that may reach its device in more than one way; whoever speaks over it finds out which one answers.

    A line with one way only is no special case: ``ways`` has one element then.
    """

    @property
    def may_move(self) -> bool:
        """True when the device may come back as another port, so that what answers there has to be checked."""

    @property
    def present_way(self) -> Way | None:
        """The way that is open, or that the next ``open`` uses; None when the line has no choice at all."""

    @property
    def proven_way(self) -> Way | None:
        """The way last confirmed by ``prove``."""

    @property
    def silence_limit_s(self) -> float:
        """Seconds without one byte after which a way that was never proven is given up for the next, > 0."""

    def ways(self) -> tuple[Way, ...]:
        """Return the ways there are at this moment, the best first; empty when the line has no choice at all.

        Raises:
            TransportError: ``port_missing``, or ``port_ambiguous`` when it cannot be told which port is meant.
        """

    def take(self, way: Way) -> None:
        """Use this way from the next ``open`` on; on an open line only the speed may differ, and changes at once.

        Raises:
            TransportError: ``line_lost`` when an open port refuses the speed.
        """

    def prove(self) -> None:
        """Take note that the right device answers in the present way: it is the first to be tried from now on."""


class DeviceLine(Transport, Protocol):
    """The device's end of a line, which a simulated device can also cut like a pulled plug."""

    def cut(self) -> None:
        """Make the line dead in both directions until :meth:`restore`. Callable from any thread."""

    def restore(self) -> None:
        """Bring a cut line back; what was under way in between is lost. Callable from any thread."""

    def hang_up(self) -> None:
        """End the present connection and take the next one; to be called by the device's own thread.

        A line that knows no connections stays as it is.
        """


def line_closed(description: str) -> TransportError:
    """Return the error for a read on a line that is not open."""
    return TransportError("line_closed", f"{description} is not open", "open the line first")
