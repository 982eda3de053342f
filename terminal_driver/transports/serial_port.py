"""Serial transport over pyserial: RS-232, USB adapters, and pseudo-terminals.

ZVT default (PA00P016 section 2): 9600 baud, 8 data bits, no parity, 2 stop bits, no handshake. A terminal may answer at
another speed than configured, and a USB one under another name: the transport knows the ways there are, the session
that speaks over it finds out which one answers (see ``SwitchableLine``).
"""

import contextlib
import errno
import grp
import os
import stat
import termios
from dataclasses import dataclass
from pathlib import Path

import serial

from terminal_driver.errors import TransportError
from terminal_driver.transports.base import Way, WriteError, line_closed
from terminal_driver.transports.descriptor import DescriptorLine
from terminal_driver.transports.port_lock import PortLock, port_busy
from terminal_driver.transports.port_owner import port_owners
from terminal_driver.transports.port_search import AUTO, PortQuery, PortSearch

_MISSING = frozenset({errno.ENOENT, errno.ENODEV, errno.ENXIO, errno.EIO, errno.ENOTDIR})
_FORBIDDEN = frozenset({errno.EACCES, errno.EPERM})
_BUSY = frozenset({errno.EBUSY, errno.EAGAIN, errno.EWOULDBLOCK})


@dataclass(frozen=True, slots=True)
class SerialOptions:
    """Line settings.

    Attributes:
        baud: bits per second.
        stop_bits: 1 or 2.
        seven_even: 7 data bits with even parity, as some French terminals speak; otherwise 8 without parity.
        modem_lines: raise RTS and DTR after opening, as some terminals expect; a port without them is tolerated.
        lock_directory: folder of the lock files; None for the system's.
        other_speeds: speeds at which a terminal that stays silent is tried after ``baud``.
        silence_limit_s: seconds without one byte after which the next port or speed is tried; longer than a terminal
            may take to confirm a block (ZVT: T2 = 5 s).
        query: which port is meant when its name may change; None for the named one and no other.
        terminal_id: the terminal that has to answer, empty for whichever does.
    """

    baud: int = 9600
    stop_bits: int = 2
    seven_even: bool = False
    modem_lines: bool = True
    lock_directory: Path | None = None
    other_speeds: tuple[int, ...] = ()
    silence_limit_s: float = 6.0
    query: PortQuery | None = None
    terminal_id: str = ""


class SerialPort:
    """One serial port, owned exclusively while open.

    Opening drops what the system had received before; a terminal repeats an unacknowledged block, so nothing is lost.
    """

    def __init__(self, device: str, *, options: SerialOptions | None = None) -> None:
        self._options = options or SerialOptions()
        self._search = PortSearch(self._options.query or PortQuery(device))
        self._way = Way(device, self._options.baud)
        self._proven: Way | None = None
        self._lock: PortLock | None = None
        self._port: serial.Serial | None = None
        self._line: DescriptorLine | None = None

    @property
    def description(self) -> str:
        """The line in words, with the port and speed in use at this moment."""
        device = self._search.words if self._way.device == AUTO else self._way.device
        bits = "7E" if self._options.seven_even else "8N"
        return f"serial {device} {self._way.baud} {bits}{self._options.stop_bits}"

    @property
    def holds_line(self) -> bool:
        """A serial port stays open between commands."""
        return True

    @property
    def terminal_id(self) -> str:
        """The terminal that has to answer, empty for whichever does."""
        return self._options.terminal_id

    @property
    def may_move(self) -> bool:
        """True when the port is looked for by what is plugged into it."""
        return self._search.may_move

    @property
    def present_way(self) -> Way | None:
        """Port and speed that are open, or are opened next."""
        return self._way

    @property
    def proven_way(self) -> Way | None:
        """Port and speed at which the right terminal answered last."""
        return self._proven

    @property
    def silence_limit_s(self) -> float:
        """Seconds without one byte after which the next port or speed is tried."""
        return self._options.silence_limit_s

    def ways(self) -> tuple[Way, ...]:
        """Return ports and speeds to try: what was proven first, then each port at each speed.

        Raises:
            TransportError: ``port_missing``, ``port_ambiguous``.
        """
        options = self._options
        speeds = dict.fromkeys((*((self._proven.baud,) if self._proven else ()), options.baud, *options.other_speeds))
        ways = [Way(device, baud) for baud in speeds for device in self._search.candidates()]
        return tuple(dict.fromkeys([way for way in ways if way == self._proven] + ways))

    def take(self, way: Way) -> None:
        """Use this port and speed from the next ``open`` on; the speed of an open port changes at once.

        Changing drops what has arrived: it came at the old speed.

        Raises:
            TransportError: ``line_lost`` when the open port refuses, ``port_open`` when it is another port.
        """
        if self._port is None:
            self._way = way
            return
        if way.device != self._way.device:
            raise TransportError("port_open", f"{self._way.device} is still open", "close it first")
        try:
            self._port.baudrate = way.baud
            _tell_silence_from_hangup(self._port.fileno())
            self._port.reset_input_buffer()
        except (OSError, ValueError, termios.error) as error:
            message = f"{way.device} does not take {way.baud} baud: {error}"
            raise TransportError("line_lost", message, "choose another speed") from error
        self._way = way

    def prove(self) -> None:
        """Take note that the right terminal answers here, and by what its port is known again."""
        if self._proven != self._way:
            self._search.remember(self._way.device)
            self._proven = self._way

    def open(self) -> None:
        """Open the port, wherever it is now.

        Raises:
            TransportError: ``port_missing``, ``no_permission``, ``port_unusable``, ``port_ambiguous``.
            PortBusy: somebody else has it.
        """
        if self._port is not None:
            return
        device = self._search.present(self._way.device)
        lock = PortLock(device, self._options.lock_directory)
        lock.acquire()
        try:
            port = self._opened(device)
        except (OSError, ValueError, termios.error) as error:
            lock.release()
            raise self._open_error(device, error) from error
        if self._options.modem_lines:
            # A pseudo-terminal has no modem lines and answers ENOTTY; a terminal without them works as well.
            with contextlib.suppress(OSError):
                port.rts = True
                port.dtr = True
        descriptor = port.fileno()
        os.set_blocking(descriptor, False)
        self._search.opened(device)
        self._way = Way(device, self._way.baud)
        self._lock = lock
        self._port = port
        self._line = DescriptorLine(
            descriptor,
            lambda count: os.read(descriptor, count),
            lambda data: os.write(descriptor, data),
            self.description,
        )

    def _opened(self, device: str) -> serial.Serial:
        port = serial.Serial(
            device,
            baudrate=self._way.baud,
            bytesize=serial.SEVENBITS if self._options.seven_even else serial.EIGHTBITS,
            parity=serial.PARITY_EVEN if self._options.seven_even else serial.PARITY_NONE,
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

    def _open_error(self, device: str, error: Exception) -> TransportError:
        number = error.errno if isinstance(error, OSError) else None
        if number in _BUSY:
            owners = port_owners([device]).get(device, ())
            return port_busy(device, ", ".join(owner.words for owner in owners))
        if number in _FORBIDDEN:
            return TransportError("no_permission", f"no permission to open {device}", permission_hint(device))
        if number in _MISSING:
            hint = "is the cable plugged in? see /dev/serial/by-id for the ports there are"
            return TransportError("port_missing", f"there is no device at {device}", hint)
        return TransportError("port_unusable", f"cannot use {device}: {error}", "is it a serial port?")

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
        if self._lock is not None:
            self._lock.release()
            self._lock = None


def permission_hint(device: str) -> str:
    """Say what lets us open a port that refuses us: joining the group its node belongs to, dialout on Debian."""
    group = "dialout"
    with contextlib.suppress(OSError, KeyError):
        found = Path(device).stat()
        group = grp.getgrgid(found.st_gid).gr_name
        if not (found.st_gid and found.st_mode & stat.S_IRGRP and found.st_mode & stat.S_IWGRP):
            return f"no group may use {device}: give it to the group dialout with a udev rule"
    return f"add the user this program runs as to the group {group}, then start it anew"


def _tell_silence_from_hangup(descriptor: int) -> None:
    """Set VMIN to 1: with pyserial's 0 an empty port reads as end of file, exactly like an unplugged one."""
    attributes = termios.tcgetattr(descriptor)
    attributes[6][termios.VMIN] = 1
    termios.tcsetattr(descriptor, termios.TCSANOW, attributes)
