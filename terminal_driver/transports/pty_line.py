"""The device's end of a pseudo-terminal: a program opens the given path as if a terminal hung on a serial port."""

import os
import threading
import tty

from terminal_driver.errors import TransportError
from terminal_driver.transports.base import READ_BYTES_MAX, WriteError, line_closed
from terminal_driver.transports.descriptor import DescriptorLine


class PtyLine:
    """A pseudo-terminal pair in raw mode; this object is the master side, ``device_path`` the slave's.

    The pair lives from construction to :meth:`close`, so that the path can be given to others before the device starts.

    Raises:
        TransportError: code ``no_pty`` when the system has no pseudo-terminal left.
    """

    def __init__(self) -> None:
        try:
            self._master, self._slave = os.openpty()
        except OSError as error:
            raise TransportError("no_pty", f"no pseudo-terminal to be had: {error}") from error
        # Raw mode belongs to the slave's line discipline; without it 03, 10 and 0D would be taken for control keys.
        tty.setraw(self._slave)
        os.set_blocking(self._master, False)
        self._path = os.ttyname(self._slave)
        self._line: DescriptorLine | None = DescriptorLine(
            self._master,
            lambda count: os.read(self._master, count),
            lambda data: os.write(self._master, data),
            self._path,
        )
        self._cut = threading.Event()

    @property
    def device_path(self) -> str:
        """Path of the slave, to be opened by the register's side as a serial port."""
        return self._path

    @property
    def description(self) -> str:
        """The line in words."""
        return f"pseudo-terminal {self._path}"

    @property
    def holds_line(self) -> bool:
        """A device never hangs up."""
        return True

    def open(self) -> None:
        """Check that the pair is still there; it was made by the constructor."""
        if self._line is None:
            raise line_closed(self.description)

    def write(self, data: bytes, deadline_s: float) -> None:
        """Send to whoever has the slave open; bytes into a cut line vanish, as they do on a real serial cable."""
        if self._line is None:
            raise WriteError("line_closed", f"{self.description} is not open", 0)
        if not self._cut.is_set():
            self._line.write(data, deadline_s)

    def read(self, max_bytes: int, timeout_s: float) -> bytes:
        """Return what the register sent; what arrives on a cut line is thrown away.

        We hold the slave open ourselves, so the master never reports a hang-up while nobody listens.
        """
        if self._line is None:
            raise line_closed(self.description)
        data = self._line.read(max_bytes, timeout_s)
        return b"" if self._cut.is_set() else data

    def wake(self) -> None:
        """Interrupt a read from any thread."""
        if (line := self._line) is not None:
            line.wake()

    def close(self) -> None:
        """Give the pair back; the path is gone then."""
        if self._line is not None:
            self._line.close()
            self._line = None
            os.close(self._master)
            os.close(self._slave)

    def cut(self) -> None:
        """Pull the plug: nothing gets through until :meth:`restore`."""
        self._cut.set()

    def restore(self) -> None:
        """Plug in again; bytes that were sent into the gap are dropped."""
        if self._line is not None and self._cut.is_set():
            while self._drop_pending():
                pass
            self._cut.clear()
            self._line.wake()

    def hang_up(self) -> None:
        """Do nothing: a serial line has no connection that could be ended."""

    def _drop_pending(self) -> bytes:
        try:
            return os.read(self._master, READ_BYTES_MAX)
        except BlockingIOError:
            return b""
