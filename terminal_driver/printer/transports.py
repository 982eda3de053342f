"""Moves bytes to a printer and back: device file, TCP, serial port, memory. It knows no ESC/POS.

One thread uses a transport. `write` never blocks longer than it is told and says how many bytes were taken, because a
stalled printer must not stop the program and because "nothing was sent" is knowledge worth money. pyserial is imported
when a serial port is opened.
"""

import contextlib
import os
import select
import socket
import stat
import sys
import time
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Protocol

from terminal_driver.errors import TransportError

if TYPE_CHECKING:
    import serial

_LINE_ERRORS: tuple[type[Exception], ...] = (OSError,)
if sys.platform != "win32":
    import termios

    _LINE_ERRORS = (OSError, termios.error)  # a serial device that is pulled out raises either

_OPEN_ERRORS: tuple[type[Exception], ...] = (*_LINE_ERRORS, ValueError)  # ValueError: an impossible baud rate
_TCP_SEND_BUFFER = 8192  # small: what waits in it has not reached the printer, though the system took it
_POLL_S = 0.002  # how often the serial output queue is looked at while it drains


class PrinterTransport(Protocol):
    """A line to one printer."""

    def open(self) -> None:
        """Open the line.

        Raises:
            TransportError: `printer_unreachable`, nothing was sent.
        """
        ...

    def write(self, data: bytes, deadline_s: float) -> int:
        """Send as much as the printer takes within `deadline_s` seconds.

        Returns:
            Number of bytes taken, from the start of `data`; 0 if it took none.

        Raises:
            TransportError: `line_lost`; nothing of *this* `data` was taken.
        """
        ...

    def read(self, maximum: int, timeout_s: float) -> bytes:
        """Return up to `maximum` bytes, waiting `timeout_s` seconds for the first; empty if none came or ever will.

        Raises:
            TransportError: `line_lost`, the other side has closed.
        """
        ...

    def close(self) -> None:
        """Close the line; never fails, and may be called twice."""
        ...


class MemoryLine(Protocol):
    """The printer's end of a line inside this process (the virtual printer has one)."""

    def accept(self, data: bytes, timeout_s: float) -> int:
        """As `PrinterTransport.write`, seen from the printer."""
        ...

    def replies(self, maximum: int, timeout_s: float) -> bytes:
        """As `PrinterTransport.read`, seen from the printer."""
        ...

    def hang_up(self) -> None:
        """The other side has closed."""
        ...


class MemoryDevice(Protocol):
    """Something that answers like a printer inside this process."""

    def connect(self) -> MemoryLine:
        """Begin a line; raises TransportError `printer_unreachable` if it does not answer."""
        ...


class MemoryPrinterTransport:
    """Speaks to a device inside this process without a thread in between."""

    def __init__(self, device: MemoryDevice) -> None:
        self._device = device
        self._line: MemoryLine | None = None

    def open(self) -> None:
        """See `PrinterTransport`."""
        self.close()
        self._line = self._device.connect()

    def write(self, data: bytes, deadline_s: float) -> int:
        """See `PrinterTransport`."""
        return self._opened().accept(data, deadline_s)

    def read(self, maximum: int, timeout_s: float) -> bytes:
        """See `PrinterTransport`."""
        return self._opened().replies(maximum, timeout_s)

    def close(self) -> None:
        """See `PrinterTransport`."""
        if self._line is not None:
            line, self._line = self._line, None
            line.hang_up()

    def _opened(self) -> MemoryLine:
        if self._line is None:
            raise _not_open()
        return self._line


class TcpPrinterTransport:
    """A network printer (port 9100 as a rule)."""

    def __init__(self, host: str, port: int = 9100, *, connect_timeout_s: float = 3.0) -> None:
        self._address = (host, port)
        self._connect_timeout_s = connect_timeout_s
        self._socket: socket.socket | None = None

    def open(self) -> None:
        """See `PrinterTransport`."""
        self.close()
        try:
            line = socket.create_connection(self._address, self._connect_timeout_s)
        except OSError as error:
            raise _unreachable(f"{self._address[0]}:{self._address[1]}", error) from error
        line.setblocking(False)
        line.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        line.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, _TCP_SEND_BUFFER)
        self._socket = line

    def write(self, data: bytes, deadline_s: float) -> int:
        """See `PrinterTransport`."""
        line = self._opened()
        return _write_within(line.send, line.fileno(), data, deadline_s)

    def read(self, maximum: int, timeout_s: float) -> bytes:
        """See `PrinterTransport`."""
        line = self._opened()
        return _read_within(lambda: line.recv(maximum), line.fileno(), timeout_s)

    def close(self) -> None:
        """See `PrinterTransport`."""
        if self._socket is None:
            return
        line, self._socket = self._socket, None
        with contextlib.suppress(OSError):
            line.shutdown(socket.SHUT_WR)
            # Unread replies would turn this close into a reset, which can cost the printer the end of the receipt.
            while line.recv(4096):
                pass
        line.close()

    def _opened(self) -> socket.socket:
        if self._socket is None:
            raise _not_open()
        return self._socket


class FilePrinterTransport:
    """A device file such as /dev/usb/lp0, or a plain file that collects jobs.

    The file must exist: creating it would print into nowhere when the printer is unplugged.
    """

    def __init__(self, path: Path) -> None:
        self._path = path
        self._descriptor: int | None = None
        self._answers = False

    def open(self) -> None:
        """See `PrinterTransport`."""
        self.close()
        try:
            self._answers = not stat.S_ISREG(self._path.stat().st_mode)
            try:
                self._descriptor = os.open(self._path, os.O_RDWR | os.O_APPEND | os.O_NONBLOCK)
            except PermissionError:
                self._answers = False
                self._descriptor = os.open(self._path, os.O_WRONLY | os.O_APPEND | os.O_NONBLOCK)
        except OSError as error:
            raise _unreachable(str(self._path), error) from error

    def write(self, data: bytes, deadline_s: float) -> int:
        """See `PrinterTransport`."""
        descriptor = self._opened()
        return _write_within(lambda part: os.write(descriptor, part), descriptor, data, deadline_s)

    def read(self, maximum: int, timeout_s: float) -> bytes:
        """See `PrinterTransport`; a plain or write-only file never answers."""
        descriptor = self._opened()
        if not self._answers:
            return b""
        return _read_within(lambda: os.read(descriptor, maximum), descriptor, timeout_s)

    def close(self) -> None:
        """See `PrinterTransport`."""
        if self._descriptor is not None:
            descriptor, self._descriptor = self._descriptor, None
            with contextlib.suppress(OSError):
                os.close(descriptor)

    def _opened(self) -> int:
        if self._descriptor is None:
            raise _not_open()
        return self._descriptor


class FlowControl(StrEnum):
    """How a serial printer stops the sender; it must agree with the switches of the printer."""

    NONE = "none"
    XON_XOFF = "xon_xoff"
    RTS_CTS = "rts_cts"


class SerialPrinterTransport:
    """A serial printer (8 data bits, no parity, 1 stop bit); needs a POSIX system."""

    def __init__(self, port: str, *, baud: int = 38400, flow: FlowControl = FlowControl.NONE) -> None:
        self._port = port
        self._baud = baud
        self._flow = flow
        self._serial: serial.Serial | None = None

    def open(self) -> None:
        """See `PrinterTransport`; the port is taken for this process alone."""
        self.close()
        import serial  # noqa: PLC0415  only who has a serial printer needs it

        try:
            self._serial = serial.Serial(
                self._port,
                self._baud,
                timeout=0,
                write_timeout=0,
                xonxoff=self._flow is FlowControl.XON_XOFF,
                rtscts=self._flow is FlowControl.RTS_CTS,
                exclusive=True,
            )
        except _OPEN_ERRORS as error:  # serial.SerialException is an OSError
            raise _unreachable(self._port, error) from error

    def write(self, data: bytes, deadline_s: float) -> int:
        """See `PrinterTransport`; bytes still in the system's queue at the deadline are taken back and not counted."""
        line = self._opened()
        ends_at = time.monotonic() + deadline_s
        queued = _write_within(lambda part: os.write(line.fileno(), part), line.fileno(), data, deadline_s)
        try:
            while (waiting := line.out_waiting) and time.monotonic() < ends_at:
                time.sleep(_POLL_S)
            if not waiting:
                return queued
            # Held while it is counted: a byte that leaves between counting and taking back would be sent again.
            line.set_output_flow_control(enable=False)
            waiting = line.out_waiting
            line.reset_output_buffer()
            line.set_output_flow_control(enable=True)
        except _LINE_ERRORS:
            return queued  # the line broke after the system had taken them: they may have gone out
        return max(0, queued - waiting)

    def read(self, maximum: int, timeout_s: float) -> bytes:
        """See `PrinterTransport`."""
        line = self._opened()
        return _read_within(lambda: os.read(line.fileno(), maximum), line.fileno(), timeout_s)

    def close(self) -> None:
        """See `PrinterTransport`."""
        if self._serial is not None:
            line, self._serial = self._serial, None
            with contextlib.suppress(OSError):
                line.close()

    def _opened(self) -> "serial.Serial":
        if self._serial is None:
            raise _not_open()
        return self._serial


class _Send(Protocol):
    def __call__(self, part: bytes, /) -> int: ...


class _Receive(Protocol):
    def __call__(self) -> bytes: ...


def _write_within(send: _Send, descriptor: int, data: bytes, deadline_s: float) -> int:
    """Send until all is taken, time is over, or the line breaks after a part of it went out."""
    ends_at = time.monotonic() + deadline_s
    taken = 0
    while taken < len(data):
        try:
            _, writable, _ = select.select((), (descriptor,), (), max(0.0, ends_at - time.monotonic()))
            if not writable:
                return taken
            taken += send(data[taken:])
        except (BlockingIOError, InterruptedError):
            continue
        except OSError as error:
            if taken:
                return taken
            raise _lost(error) from error
    return taken


def _read_within(receive: _Receive, descriptor: int, timeout_s: float) -> bytes:
    ends_at = time.monotonic() + timeout_s
    while True:
        try:
            readable, _, _ = select.select((descriptor,), (), (), max(0.0, ends_at - time.monotonic()))
            if not readable:
                return b""
            data = receive()
        except (BlockingIOError, InterruptedError):
            continue
        except OSError as error:
            raise _lost(error) from error
        if not data:
            raise _lost(None)
        return data


def _unreachable(where: str, error: Exception) -> TransportError:
    return TransportError(
        "printer_unreachable",
        f"printer {where}: {error}",
        "check that it is switched on, connected and not used by others",
    )


def _lost(error: OSError | None) -> TransportError:
    return TransportError("line_lost", f"the line to the printer broke: {error or 'closed by the printer'}")


def _not_open() -> TransportError:
    return TransportError("line_not_open", "the line to the printer is not open")
