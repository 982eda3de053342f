"""Serial transport over pyserial: RS-232, USB adapters, and pseudo-terminals.

ZVT default (PA00P016 section 2): 9600 baud, 8 data bits, no parity, 2 stop bits, no handshake.
"""

import contextlib
import errno
import os
import termios
from dataclasses import dataclass
from pathlib import Path

import serial

from terminal_driver.errors import TransportError
from terminal_driver.transports.base import WriteError, line_closed
from terminal_driver.transports.descriptor import DescriptorLine
from terminal_driver.transports.port_lock import PortLock, port_busy

_MISSING = frozenset({errno.ENOENT, errno.ENODEV, errno.ENXIO, errno.EIO, errno.ENOTDIR})
_FORBIDDEN = frozenset({errno.EACCES, errno.EPERM})
_BUSY = frozenset({errno.EBUSY, errno.EAGAIN, errno.EWOULDBLOCK})


@dataclass(frozen=True, slots=True)
class SerialOptions:
    """Line settings.

    Attributes:
        baud: bits per second.
        stop_bits: 1 or 2.
        modem_lines: raise RTS and DTR after opening, as some terminals expect; a port without them is tolerated.
        lock_directory: folder of the lock files; None for the system's.
    """

    baud: int = 9600
    stop_bits: int = 2
    modem_lines: bool = True
    lock_directory: Path | None = None


class SerialPort:
    """One serial port, owned exclusively while open.

    Opening drops what the system had received before; a terminal repeats an unacknowledged block, so nothing is lost.
    """

    def __init__(self, device: str, *, options: SerialOptions | None = None) -> None:
        self._device = device
        self._options = options or SerialOptions()
        self._lock = PortLock(device, self._options.lock_directory)
        self._port: serial.Serial | None = None
        self._line: DescriptorLine | None = None

    @property
    def description(self) -> str:
        """The line in words."""
        return f"serial {self._device} {self._options.baud} 8N{self._options.stop_bits}"

    @property
    def holds_line(self) -> bool:
        """A serial port stays open between commands."""
        return True

    def open(self) -> None:
        """Open the port. Raises ``TransportError`` (``port_missing``, ``no_permission``) or ``PortBusy``."""
        if self._port is not None:
            return
        self._lock.acquire()
        try:
            port = self._opened()
        except (OSError, ValueError, termios.error) as error:
            self._lock.release()
            raise self._open_error(error) from error
        if self._options.modem_lines:
            # A pseudo-terminal has no modem lines and answers ENOTTY; a terminal without them works as well.
            with contextlib.suppress(OSError):
                port.rts = True
                port.dtr = True
        descriptor = port.fileno()
        os.set_blocking(descriptor, False)
        self._port = port
        self._line = DescriptorLine(
            descriptor,
            lambda count: os.read(descriptor, count),
            lambda data: os.write(descriptor, data),
            self.description,
        )

    def _opened(self) -> serial.Serial:
        port = serial.Serial(
            self._device,
            baudrate=self._options.baud,
            bytesize=serial.EIGHTBITS,
            parity=serial.PARITY_NONE,
            stopbits=serial.STOPBITS_TWO if self._options.stop_bits == 2 else serial.STOPBITS_ONE,
            timeout=0,
            exclusive=True,
        )
        try:
            _tell_silence_from_hangup(port.fileno())
        except termios.error:
            port.close()
            raise
        return port

    def _open_error(self, error: Exception) -> TransportError:
        number = error.errno if isinstance(error, OSError) else None
        if number in _BUSY:
            return port_busy(self._device)
        if number in _FORBIDDEN:
            hint = "add the service's user to the group that owns the port (Debian: dialout)"
            return TransportError("no_permission", f"no permission to open {self._device}", hint)
        if number in _MISSING:
            hint = "is the cable plugged in? see /dev/serial/by-id for the ports there are"
            return TransportError("port_missing", f"there is no device at {self._device}", hint)
        return TransportError("port_unusable", f"cannot use {self._device}: {error}", "is it a serial port?")

    def write(self, data: bytes, deadline_s: float) -> None:
        """Hand all bytes to the port within ``deadline_s`` seconds or raise ``WriteError``."""
        if self._line is None:
            raise WriteError("line_closed", f"{self.description} is not open", 0)
        self._line.write(data, deadline_s)

    def read(self, max_bytes: int, timeout_s: float) -> bytes:
        """Return what has arrived; raise ``TransportError`` (``line_lost``) when the adapter was unplugged."""
        if self._line is None:
            raise line_closed(self.description)
        return self._line.read(max_bytes, timeout_s)

    def wake(self) -> None:
        """Interrupt a read from any thread."""
        if (line := self._line) is not None:
            line.wake()

    def close(self) -> None:
        """Close the port and give its lock back."""
        if self._line is not None:
            self._line.close()
            self._line = None
        if self._port is not None:
            # An adapter that was unplugged may refuse even this; the descriptor is gone either way.
            with contextlib.suppress(OSError):
                self._port.close()
            self._port = None
            self._lock.release()


def _tell_silence_from_hangup(descriptor: int) -> None:
    """Set VMIN to 1: with pyserial's 0 an empty port reads as end of file, exactly like an unplugged one."""
    attributes = termios.tcgetattr(descriptor)
    attributes[6][termios.VMIN] = 1
    termios.tcsetattr(descriptor, termios.TCSANOW, attributes)
