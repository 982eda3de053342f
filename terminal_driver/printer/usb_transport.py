"""A USB printer through the kernel's `usblp`: found anew at each opening, written in pieces, read for its status.

What differs from other device files: a finished transfer is the only flow control, closing the file breaks off a
transfer under way, and a read that brings nothing means that the printer had nothing to say, not that it has gone.
Source: Linux `drivers/usb/class/usblp.c`. Linux only.
"""

import contextlib
import errno
import os
import select
import time
from collections.abc import Callable
from pathlib import Path

from terminal_driver.errors import TransportError
from terminal_driver.printer.usb_printers import (
    UsbPrinter,
    check_usb_address,
    choose_usb_printer,
    device_file_of,
    find_usb_printers,
)

_PAUSE_S = 0.02  # between two looks at a printer that had nothing to say
_TRANSFER_BYTES = 512  # one bulk packet at high speed: what is under way when time is over is as little as can be


class UsbPrinterTransport:
    """Speaks to one USB printer; see `PrinterTransport`.

    Args:
        wanted: what follows `usb:` in its address: empty, `VENDOR:PRODUCT` or `VENDOR:PRODUCT/SERIAL`.
        find: returns the printers that are plugged in now.

    Raises:
        ValueError: `wanted` has another form.
    """

    def __init__(self, wanted: str = "", *, find: Callable[[], tuple[UsbPrinter, ...]] = find_usb_printers) -> None:
        check_usb_address(wanted)
        self._wanted = wanted
        self._find = find
        self._descriptor: int | None = None
        self._answers = True

    def open(self) -> None:
        """See `PrinterTransport`; a printer that was plugged in again is found under its new name."""
        self.close()
        printer = choose_usb_printer(self._wanted, self._find())
        path = device_file_of(printer)
        try:
            self._descriptor = self._opened_file(path)
        except OSError as error:
            message = f"USB printer {printer.address} ({path}): {error}"
            raise TransportError("printer_unreachable", message, _hint(error)) from error

    def write(self, data: bytes, deadline_s: float) -> int:
        """See `PrinterTransport`; waits until the printer has taken each piece.

        A piece that is under way at the deadline counts as taken: a part of it may be in the printer.
        """
        descriptor = self._opened()
        ends_at = time.monotonic() + deadline_s
        taken = 0
        while taken < len(data):
            try:
                if not _writable(descriptor, ends_at):
                    return taken
                taken += os.write(descriptor, data[taken : taken + _TRANSFER_BYTES])
            except (BlockingIOError, InterruptedError):
                continue
            except OSError as error:
                if error.errno == errno.ENOSPC:  # what the kernel says of a printer that reports no paper
                    time.sleep(min(_PAUSE_S, max(0.0, ends_at - time.monotonic())))
                    continue
                if taken:
                    return taken
                raise _lost(error) from error
        with contextlib.suppress(OSError):  # a break now is told by the next call; the bytes are counted
            _writable(descriptor, ends_at)
        return taken

    def read(self, maximum: int, timeout_s: float) -> bytes:
        """See `PrinterTransport`; a printer of one direction never answers."""
        descriptor = self._opened()
        ends_at = time.monotonic() + timeout_s
        while self._answers:
            left_s = max(0.0, ends_at - time.monotonic())
            try:
                readable, _, _ = select.select((descriptor,), (), (), left_s)
                data = os.read(descriptor, maximum) if readable else b""
            except (BlockingIOError, InterruptedError):
                data = b""
            except OSError as error:
                raise _lost(error) from error
            left_s = ends_at - time.monotonic()
            if data or left_s <= 0:
                return data
            time.sleep(min(_PAUSE_S, left_s))
        return b""

    def close(self) -> None:
        """See `PrinterTransport`."""
        if self._descriptor is not None:
            descriptor, self._descriptor = self._descriptor, None
            with contextlib.suppress(OSError):
                os.close(descriptor)

    def _opened_file(self, path: Path) -> int:
        self._answers = True
        try:
            return os.open(path, os.O_RDWR | os.O_NONBLOCK | os.O_NOCTTY)
        except PermissionError:
            self._answers = False
            return os.open(path, os.O_WRONLY | os.O_NONBLOCK | os.O_NOCTTY)

    def _opened(self) -> int:
        if self._descriptor is None:
            raise TransportError("line_not_open", "the line to the printer is not open")
        return self._descriptor


def _writable(descriptor: int, ends_at: float) -> bool:
    """Wait until the last piece was taken and the next may be given."""
    _, ready, _ = select.select((), (descriptor,), (), max(0.0, ends_at - time.monotonic()))
    return bool(ready)


def _hint(error: OSError) -> str:
    if error.errno == errno.EACCES:
        return "give the user of the gateway the right: sudo usermod -aG lp USER, then start it again"
    if error.errno == errno.EBUSY:
        return "another program has it open: stop it, or take the printer out of the system's print service"
    return "check that it is switched on and plugged in"


def _lost(error: OSError) -> TransportError:
    return TransportError("line_lost", f"the line to the USB printer broke: {error}")
