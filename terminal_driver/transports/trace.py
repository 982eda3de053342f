"""A transport that writes down what passes, with card data cut first, so that a trace may be kept and sent to others.

One JSON line per burst: ``{"at": seconds, "dir": "out"|"in", "hex": "..."}``; ``out`` goes to the device. What happens
to the line is a record, too: ``open``, ``close``, ``lost``, and ``speed`` with the new ``baud``. ``at`` counts
monotonic seconds from the first record. ``"cut": true`` marks a burst in which card data was hidden, ``"omitted": n``
one that was longer than is kept.
"""

import json
import logging
import os
import threading
import time
from collections.abc import Callable
from pathlib import Path
from typing import TextIO

from terminal_driver.card_data import PAN_DIGITS_MAX, cut_card_bytes
from terminal_driver.errors import TransportError
from terminal_driver.line_secrets import cut_line_secrets, torn_answer
from terminal_driver.transports.base import NamesTerminal, SwitchableLine, Transport, Way

_LOG = logging.getLogger(__name__)

BURST_BYTES_MAX = 16 * 1024
"""Longest burst kept: a ZVT block is far shorter, so more is noise that must not fill the disk."""

_BURST_GAP_S = 1.0
"""A burst that was silent this long is written down even when nothing follows."""

_GUARD_BYTES = 4 * PAN_DIGITS_MAX
"""Dropped from the end of an over-long burst: a card number torn in two there would not be recognised."""

_DLE_PAIR = b"\x10\x10"


class TraceFile:
    """A file of JSON lines of bounded size; when full it becomes ``NAME.1``, the older ones move up, the oldest goes.

    Args:
        path: file to append to; made with mode 0600 if new.
        bytes_max: size at which a new file is begun, > 0.
        files_kept: rotated files besides the current one, >= 1.
    """

    def __init__(self, path: Path, *, bytes_max: int = 1_000_000, files_kept: int = 3) -> None:
        self._path = path
        self._bytes_max = bytes_max
        self._files_kept = files_kept
        self._file: TextIO | None = None
        self._size = 0
        self._ended = False
        self._lock = threading.Lock()

    def append(self, record: dict[str, object]) -> None:
        """Write one record and hand it to the system at once; after ``close`` nothing is written any more."""
        line = json.dumps(record, separators=(",", ":")) + "\n"
        with self._lock:
            if self._ended:
                return
            if self._file is not None and self._size + len(line) > self._bytes_max:
                self._shut()
                self._rotate()
            if self._file is None:
                self._file = self._opened()
            self._file.write(line)
            self._file.flush()
            self._size += len(line)

    def close(self) -> None:
        """End the trace; callable from any thread, also while the owner of a line still talks."""
        with self._lock:
            self._ended = True
            self._shut()

    def _shut(self) -> None:
        if self._file is not None:
            self._file.close()
            self._file = None

    def _opened(self) -> TextIO:
        if self._path.exists() and self._path.stat().st_size >= self._bytes_max:
            self._rotate()
        descriptor = os.open(self._path, os.O_WRONLY | os.O_CREAT | os.O_APPEND | os.O_CLOEXEC, 0o600)
        self._size = os.fstat(descriptor).st_size
        return os.fdopen(descriptor, "a", encoding="ascii")

    def _rotate(self) -> None:
        for number in range(self._files_kept, 0, -1):
            older = self._rotated(number - 1) if number > 1 else self._path
            if older.exists():
                older.replace(self._rotated(number))

    def _rotated(self, number: int) -> Path:
        return self._path.with_name(f"{self._path.name}.{number}")


class TracingTransport:
    """Passes everything through to another transport and records it.

    Bytes of one direction are gathered until the direction changes or the line falls silent: a card number may arrive
    in pieces, and only the whole burst shows it.
    """

    def __init__(
        self, inner: Transport, trace: Callable[[dict[str, object]], None], clock: Callable[[], float] = time.monotonic
    ) -> None:
        self._inner = inner
        self._trace = trace
        self._clock = clock
        self._started_at: float | None = None
        self._direction = ""
        self._burst = bytearray()
        self._burst_at = 0.0
        self._burst_last = 0.0
        self._omitted = 0
        self._torn: dict[str, bytes] = {}
        self._broken = False

    @property
    def description(self) -> str:
        """The line in words."""
        return self._inner.description

    @property
    def holds_line(self) -> bool:
        """As the traced transport says."""
        return self._inner.holds_line

    @property
    def terminal_id(self) -> str:
        """As the traced transport says; empty when it says nothing."""
        return self._inner.terminal_id if isinstance(self._inner, NamesTerminal) else ""

    @property
    def may_move(self) -> bool:
        """As the traced transport says."""
        return isinstance(self._inner, SwitchableLine) and self._inner.may_move

    @property
    def present_way(self) -> Way | None:
        """As the traced transport says."""
        return self._inner.present_way if isinstance(self._inner, SwitchableLine) else None

    @property
    def proven_way(self) -> Way | None:
        """As the traced transport says."""
        return self._inner.proven_way if isinstance(self._inner, SwitchableLine) else None

    @property
    def silence_limit_s(self) -> float:
        """As the traced transport says."""
        return self._inner.silence_limit_s if isinstance(self._inner, SwitchableLine) else 0.0

    def ways(self) -> tuple[Way, ...]:
        """Return the ways of the traced transport, none when it has no choice; its errors pass through."""
        return self._inner.ways() if isinstance(self._inner, SwitchableLine) else ()

    def take(self, way: Way) -> None:
        """Hand the way to the traced transport and record its speed."""
        if isinstance(self._inner, SwitchableLine):
            self._inner.take(way)
            self._mark("speed", baud=way.baud)

    def prove(self) -> None:
        """Tell the traced transport."""
        if isinstance(self._inner, SwitchableLine):
            self._inner.prove()

    def open(self) -> None:
        """Open the traced transport; its errors pass through."""
        self._inner.open()
        self._mark("open")

    def write(self, data: bytes, deadline_s: float) -> None:
        """Write; recorded before the attempt, so that the trace never lacks a byte that left."""
        self._gather("out", data)
        try:
            self._inner.write(data, deadline_s)
        except TransportError:
            self._mark("lost")
            raise

    def read(self, max_bytes: int, timeout_s: float) -> bytes:
        """Read and record."""
        try:
            data = self._inner.read(max_bytes, timeout_s)
        except TransportError:
            self._mark("lost")
            raise
        if data:
            self._gather("in", data)
        elif self._burst and self._clock() - self._burst_last >= _BURST_GAP_S:
            self._flush()
        return data

    def wake(self) -> None:
        """Interrupt a read from any thread."""
        self._inner.wake()

    def close(self) -> None:
        """Record what is pending and close the traced transport."""
        self._mark("close")
        self._inner.close()

    def _gather(self, direction: str, data: bytes) -> None:
        now = self._clock()
        if self._burst and (direction != self._direction or now - self._burst_last >= _BURST_GAP_S):
            self._flush()
        if not self._burst:
            self._burst_at = now
        self._direction = direction
        self._burst_last = now
        room = BURST_BYTES_MAX - len(self._burst)
        self._burst += data[:room]
        self._omitted += max(0, len(data) - room)

    def _mark(self, what: str, **more: object) -> None:
        self._flush()
        self._torn.clear()
        self._record({"at": self._since_start(self._clock()), "dir": what, **more})

    def _flush(self) -> None:
        if not self._burst:
            return
        raw = bytes(self._burst)
        record: dict[str, object] = {"at": self._since_start(self._burst_at), "dir": self._direction}
        if self._omitted:
            raw = raw[:-_GUARD_BYTES]
            record["omitted"] = self._omitted + _GUARD_BYTES
        begun = self._torn.pop(self._direction, b"")
        kept = _cut_rest(begun, raw)
        if len(torn := torn_answer(begun + raw)) <= BURST_BYTES_MAX:
            self._torn[self._direction] = torn
        record["hex"] = kept.hex()
        if kept != raw:
            record["cut"] = True
        self._record(record)
        self._burst.clear()
        self._omitted = 0

    def _record(self, record: dict[str, object]) -> None:
        """Write a record; a full disk ends the trace, never the sale that is being traced."""
        if self._broken:
            return
        try:
            self._trace(record)
        except OSError as error:
            self._broken = True
            _LOG.warning("terminal.trace_stopped", extra={"line": self.description, "reason": str(error)})

    def _since_start(self, now: float) -> float:
        if self._started_at is None:
            self._started_at = now
        return round(now - self._started_at, 6)


def _cut_rest(begun: bytes, raw: bytes) -> bytes:
    """Hide what is secret in a burst that goes on with an answer begun in an earlier one."""
    kept = cut_burst(begun + raw)
    if begun and len(kept) != len(begun + raw):
        return bytes(len(raw))  # un-stuffed: nothing says which of the bytes are those of this burst
    return kept[len(begun) :]


def cut_burst(raw: bytes) -> bytes:
    """Hide passwords and card data in line bytes, also where serial stuffing (each 10 sent twice) tears a number apart.

    Now and then bytes that only look like a card number are hidden, too (such as the end of a block with its checksum):
    a trace rather shows too little than too much.

    Returns:
        Bytes of equal length; or, when only the un-stuffed form shows a card number, that form, cut.
    """
    kept = cut_card_bytes(cut_line_secrets(raw))
    if _DLE_PAIR not in raw:
        return kept
    single = kept.replace(_DLE_PAIR, b"\x10")
    kept_single = cut_card_bytes(single)
    return kept if kept_single == single else kept_single
