"""The Protocol every transport fulfils, and the one error that says how much of a write had already left.

A transport is used by one owner thread; only :meth:`Transport.wake` may be called from any other thread.
"""

from typing import Protocol

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


class DeviceLine(Transport, Protocol):
    """The device's end of a line, which a simulated device can also cut like a pulled plug."""

    def cut(self) -> None:
        """Make the line dead in both directions until :meth:`restore`. Callable from any thread."""

    def restore(self) -> None:
        """Bring a cut line back; what was under way in between is lost. Callable from any thread."""


def line_closed(description: str) -> TransportError:
    """Return the error for a read on a line that is not open."""
    return TransportError("line_closed", f"{description} is not open", "open the line first")
