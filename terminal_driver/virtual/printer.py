"""A receipt printer without paper: ESC/POS in; text, pictures and status answers out. Part of the product.

The demo prints on it, the preview shows what it printed, the tests hurt it: each `PrinterFault` can be switched at run
time. It is used in this process through `MemoryPrinterTransport(printer)`, or over TCP and a pseudo-terminal through
`printer_endpoints`. Run alone: `python -m terminal_driver.virtual.printer --tcp 127.0.0.1:9100`.
"""

import collections
import threading
import time
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

from terminal_driver.errors import TransportError
from terminal_driver.printer.profile import PAPER_80_MM, PrinterProfile
from terminal_driver.virtual.escpos_decoder import (
    AskedSensor,
    BarcodeSymbol,
    CutPaper,
    DrawerPulse,
    EscPosDecoder,
    Event,
    Initialised,
    Picture,
    QrSymbol,
    SwitchedAsb,
    TextRow,
)
from terminal_driver.virtual.escpos_receipt import PrintedItem, PrintedReceipt, text_of
from terminal_driver.virtual.printer_faults import (
    STOPS_PRINTING,
    PrinterFault,
    automatic_status,
    realtime_answer,
    sensor_answer,
)
from terminal_driver.virtual.printer_journal import PrinterJournal
from terminal_driver.virtual.printer_line import PrinterLine
from terminal_driver.virtual.printer_stream import CLEAR_BUFFER, DRAWER_AT_ONCE, RealtimeScanner, is_only_realtime

__all__ = ["PrintedReceipt", "PrinterFault", "PrinterLine", "VirtualPrinter"]

RECEIPTS_KEPT = 200
BUFFER_BYTES = 4096  # receive buffer of a common receipt printer
RECEIPT_BYTES_MAX = 2_500_000  # one largest picture and text; a longer stream without a cut is cut here
RECEIPT_ITEMS_MAX = 5000
_PARTIAL_BYTES = 16
Listener = Callable[[PrintedReceipt], None]


def _utc_now() -> datetime:
    return datetime.now(UTC)


class VirtualPrinter:
    """One virtual printer; all methods may be called from any thread.

    Args:
        profile: its paper.
        journal: file that gets one JSON line per receipt, synced; None for no file.
        listener: called after each receipt, in the thread that delivered its last byte; must not raise.
        now: aware UTC time of printing.
    """

    def __init__(
        self,
        profile: PrinterProfile = PAPER_80_MM,
        *,
        journal: Path | None = None,
        listener: Listener | None = None,
        now: Callable[[], datetime] = _utc_now,
    ) -> None:
        self._profile = profile
        self._journal = PrinterJournal(journal) if journal is not None else None
        self._listeners = [] if listener is None else [listener]
        self._now = now
        self._changed = threading.Condition(threading.RLock())
        self._faults: dict[PrinterFault, int] = {}
        self._decoder = EscPosDecoder(profile.columns)
        self._scanner = RealtimeScanner()
        self._buffer = bytearray()
        self._items: list[PrintedItem] = []
        self._raw = bytearray()
        self._raw_starts_at = 0
        self._receipts: collections.deque[PrintedReceipt] = collections.deque(maxlen=RECEIPTS_KEPT)
        self._unannounced: collections.deque[PrintedReceipt] = collections.deque()
        self._number = 0 if self._journal is None else self._journal.last_number
        self._printed = 0
        self._drawer_pulses = 0
        self._drawer_open = False
        self._asb_mask = 0
        self._lines: set[PrinterLine] = set()
        self._line: PrinterLine | None = None  # who spoke last: answers go there
        self._owner: PrinterLine | None = None  # whose receipt is being printed: others wait

    @property
    def receipts(self) -> tuple[PrintedReceipt, ...]:
        """The last 200 receipts, oldest first."""
        with self._changed:
            return tuple(self._receipts)

    @property
    def faults(self) -> frozenset[PrinterFault]:
        """The faults that are active now (not those still waiting for their byte)."""
        with self._changed:
            return self._active()

    @property
    def drawer_pulses(self) -> int:
        """How often the cash drawer was opened."""
        with self._changed:
            return self._drawer_pulses

    @property
    def drawer_open(self) -> bool:
        """Whether the cash drawer stands open; only a hand closes it: `close_drawer`."""
        with self._changed:
            return self._drawer_open

    def close_drawer(self) -> None:
        """Push the cash drawer in."""
        with self._changed:
            self._drawer_open = False

    def add_listener(self, listener: Listener) -> None:
        """Have `listener` called after each receipt, in the thread that delivered its last byte; it must not raise."""
        with self._changed:
            self._listeners.append(listener)

    def wait_for_receipts(self, count: int, timeout_s: float) -> bool:
        """Wait until `count` receipts were printed since this object was made; False if the time is over before."""
        with self._changed:
            return self._changed.wait_for(lambda: self._printed >= count, timeout_s)

    def set_fault(self, name: str, *, after_bytes: int = 0) -> None:
        """Switch a fault on, at once or after `after_bytes` more received bytes (status questions count too).

        Raises:
            ValueError: no such fault, or a negative number.
        """
        fault = PrinterFault(name)
        if after_bytes < 0:
            message = f"after_bytes must not be negative: {after_bytes}"
            raise ValueError(message)
        with self._changed:
            self._faults[fault] = after_bytes
            self._faults_changed()

    def clear_fault(self, name: str) -> None:
        """Switch a fault off; what waited in the buffer is printed now.

        Raises:
            ValueError: no such fault.
        """
        fault = PrinterFault(name)
        with self._changed:
            self._faults.pop(fault, None)
            self._faults_changed()
        self._announce()

    def clear_faults(self) -> None:
        """Switch all faults off."""
        with self._changed:
            self._faults.clear()
            self._faults_changed()
        self._announce()

    def connect(self) -> "PrinterLine":
        """Begin a line; what an earlier one left in the buffer is still there.

        Raises:
            TransportError: `printer_unreachable` while it `closes`.
        """
        with self._changed:
            if PrinterFault.CLOSES in self._active():
                raise TransportError("printer_unreachable", "the virtual printer closes every line")
            line = PrinterLine(self, self._changed)
            self._lines.add(line)
            return line

    def take(self, line: "PrinterLine", data: bytes, timeout_s: float) -> int:
        """Receive bytes on `line`; see `PrinterLine.accept`."""
        ends_at = time.monotonic() + timeout_s
        with self._changed:
            while (taken := self._take_now(line, data)) == 0 and data:
                left_s = ends_at - time.monotonic()
                if left_s <= 0 or not self._changed.wait(left_s):
                    break
        self._announce()
        return taken

    def release(self, line: "PrinterLine") -> None:
        """End a line: paper that hangs out without a cut becomes a receipt of its own."""
        with self._changed:
            self._lines.discard(line)
            if line is self._line:
                self._line = None
                self._asb_mask = 0
            if self._owner not in (None, line):
                return
            self._owner = None
            self._changed.notify_all()
            self._pass_on(self._scanner.flush())
            if not self._buffer:
                self._react(self._decoder.finish())
                self._finish(cut=False, end=self._raw_starts_at + len(self._raw))
        self._announce()

    def _active(self) -> frozenset[PrinterFault]:
        return frozenset(fault for fault, after_bytes in self._faults.items() if after_bytes == 0)

    def _faults_changed(self) -> None:
        active = self._active()
        if PrinterFault.CLOSES in active:
            for line in self._lines:
                line.break_off()
        if not active & STOPS_PRINTING and self._buffer:
            waiting = bytes(self._buffer)
            self._buffer.clear()
            self._print(waiting)
        if self._asb_mask:
            self._reply(automatic_status(active, drawer_open=self._drawer_open))
        self._changed.notify_all()

    def _take_now(self, line: "PrinterLine", data: bytes) -> int:
        line.check()
        if self._owner not in (None, line):
            return 0
        self._line = line
        active = self._active()
        if PrinterFault.STALLS in active or not data:
            return 0
        waiting = [after_bytes for after_bytes in self._faults.values() if after_bytes]
        limit = min([len(data), *waiting])
        if PrinterFault.PARTIAL_WRITE in active:
            limit = min(limit, _PARTIAL_BYTES)
        if active & STOPS_PRINTING and not is_only_realtime(data[:limit]):
            limit = min(limit, BUFFER_BYTES - len(self._buffer))
        self._receive(data[:limit])
        self._set_owner(line)
        if waiting and limit:
            self._faults = {fault: max(0, after - limit) for fault, after in self._faults.items()}
            self._faults_changed()
        return limit

    def _receive(self, data: bytes) -> None:
        for piece, is_realtime in self._scanner.feed(data):
            if not is_realtime:
                self._pass_on(piece)
            elif piece == CLEAR_BUFFER:
                self._forget()
            else:
                self._do_at_once(piece)
                # Inside a picture these bytes are also dots; elsewhere they leave nothing behind.
                inside = self._decoder.inside_command or self._buffer
                if inside and len(self._buffer) + len(piece) <= BUFFER_BYTES:
                    self._pass_on(piece)

    def _do_at_once(self, command: bytes) -> None:
        if not command.startswith(DRAWER_AT_ONCE):
            self._reply(realtime_answer(command[2], self._active(), drawer_open=self._drawer_open))
        elif PrinterFault.ERROR not in self._active():
            self._pulse_drawer()

    def _set_owner(self, line: "PrinterLine") -> None:
        """Keep others waiting while a receipt is half printed, or they would print into it."""
        begun = self._items or self._buffer or self._decoder.inside_command or self._decoder.inside_line
        self._owner = line if begun else None
        self._changed.notify_all()

    def _pass_on(self, data: bytes) -> None:
        if self._active() & STOPS_PRINTING:
            self._buffer += data
        else:
            self._print(data)

    def _print(self, data: bytes) -> None:
        self._raw += data
        self._react(self._decoder.feed(data))
        if len(self._raw) > RECEIPT_BYTES_MAX or len(self._items) > RECEIPT_ITEMS_MAX:
            self._finish(cut=False, end=self._raw_starts_at + len(self._raw))

    def _react(self, events: list[tuple[int, Event]]) -> None:
        for end, event in events:
            match event:
                case TextRow() | Picture() | QrSymbol() | BarcodeSymbol():
                    self._items.append(event)
                case CutPaper():
                    self._finish(cut=True, end=end)
                case Initialised():
                    self._finish(cut=False, end=end - 2)  # ESC @ itself belongs to the next one
                case AskedSensor():
                    self._reply(sensor_answer(self._active()))
                case SwitchedAsb():
                    self._asb_mask = event.mask
                    if event.mask:
                        self._reply(automatic_status(self._active(), drawer_open=self._drawer_open))
                case DrawerPulse():
                    self._pulse_drawer()

    def _pulse_drawer(self) -> None:
        self._drawer_pulses += 1
        self._drawer_open = True

    def _forget(self) -> None:
        """DLE DC4 8: what was received and not printed is gone; the line half set is gone too."""
        self._buffer.clear()
        end = self._raw_starts_at + len(self._raw)
        self._decoder = EscPosDecoder(self._profile.columns)
        self._finish(cut=False, end=end)
        self._raw.clear()
        self._raw_starts_at = 0
        self._reply(b"\x37\x25\x00")

    def _finish(self, *, cut: bool, end: int) -> None:
        length = max(0, end - self._raw_starts_at)
        raw, items = bytes(self._raw[:length]), tuple(self._items)
        del self._raw[:length]
        self._raw_starts_at += length
        self._items.clear()
        text = text_of(items, self._profile.columns)
        if not text:
            return  # only a feed: nothing that anyone could read
        self._number += 1
        receipt = PrintedReceipt(
            self._number, text, cut, raw, self._now(), items, self._profile.columns, self._profile.dots
        )
        if self._journal is not None:
            self._journal.append(receipt)
        self._receipts.append(receipt)
        self._unannounced.append(receipt)
        self._printed += 1
        self._changed.notify_all()

    def _reply(self, data: bytes) -> None:
        if self._line is not None and PrinterFault.SILENT not in self._active():
            self._line.offer(data)

    def _announce(self) -> None:
        """Tell the listeners, without holding the lock: they may look at the printer or wait for another thread."""
        while True:
            with self._changed:
                if not self._unannounced:
                    return
                receipt, listeners = self._unannounced.popleft(), tuple(self._listeners)
            for listener in listeners:
                listener(receipt)


if __name__ == "__main__":
    from terminal_driver.virtual.printer_program import main

    raise SystemExit(main())
