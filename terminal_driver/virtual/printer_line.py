"""The virtual printer's end of one line: bytes in by its owner's leave, answers out to whoever reads them."""

import threading
from typing import Protocol

from terminal_driver.errors import TransportError

REPLY_BYTES_MAX = 4096


class LineOwner(Protocol):
    """The device behind lines."""

    def take(self, line: "PrinterLine", data: bytes, timeout_s: float) -> int:
        """Receive bytes on `line`; see `PrinterLine.accept`."""
        ...

    def release(self, line: "PrinterLine") -> None:
        """End `line`."""
        ...


class PrinterLine:
    """The printer's end of one line; satisfies `terminal_driver.printer.transports.MemoryLine`."""

    def __init__(self, printer: LineOwner, changed: threading.Condition) -> None:
        self._printer = printer
        self._changed = changed
        self._replies = bytearray()
        self._is_open = True

    def accept(self, data: bytes, timeout_s: float) -> int:
        """Receive bytes, waiting up to `timeout_s` seconds until at least one can be taken; returns how many were.

        Raises:
            TransportError: `line_lost`; none of them was taken.
        """
        return self._printer.take(self, data, timeout_s)

    def replies(self, maximum: int, timeout_s: float) -> bytes:
        """Return up to `maximum` bytes of answers, waiting up to `timeout_s` seconds for the first.

        Raises:
            TransportError: `line_lost`, and no answer is left.
        """
        with self._changed:
            self._changed.wait_for(lambda: bool(self._replies) or not self._is_open, timeout_s)
            if not self._replies:
                self.check()
            answer = bytes(self._replies[:maximum])
            del self._replies[:maximum]
            return answer

    def hang_up(self) -> None:
        """Close the line from the sender's side."""
        self.break_off()
        self._printer.release(self)

    def check(self) -> None:
        """Raise TransportError `line_lost` if the line is closed."""
        if not self._is_open:
            raise TransportError("line_lost", "the virtual printer has closed the line")

    def break_off(self) -> None:
        """Close the line from the printer's side."""
        with self._changed:
            self._is_open = False
            self._changed.notify_all()

    def offer(self, data: bytes) -> None:
        """Put an answer in the way to the sender; one who never reads loses the newest."""
        with self._changed:
            if len(self._replies) + len(data) <= REPLY_BYTES_MAX:
                self._replies += data
                self._changed.notify_all()
