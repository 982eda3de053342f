"""Plays a recorded trace back as a transport: the same dialogue again, without the device and without waiting."""

import json
from collections import deque
from collections.abc import Iterable
from dataclasses import dataclass

from terminal_driver.errors import DriverError, TransportError
from terminal_driver.transports.base import WriteError, line_closed


@dataclass(frozen=True, slots=True)
class TraceRecord:
    """One line of a trace; ``at_s``: seconds from its start; ``cut``: ``data`` is not what really passed."""

    at_s: float
    direction: str
    data: bytes = b""
    cut: bool = False


def read_trace(lines: Iterable[str]) -> list[TraceRecord]:
    """Return the records of a trace.

    Raises:
        DriverError: code ``bad_trace`` with the number of the line (a torn last line of a crash is bad, too).
    """
    records: list[TraceRecord] = []
    for number, line in enumerate(lines, 1):
        try:
            parsed = json.loads(line)
            data = bytes.fromhex(parsed.get("hex", ""))
            cut = bool(parsed.get("cut", False)) or "omitted" in parsed
            records.append(TraceRecord(float(parsed["at"]), str(parsed["dir"]), data, cut))
        except (ValueError, KeyError, AttributeError, TypeError) as error:
            raise DriverError("bad_trace", f"line {number} of the trace is not a record: {error}") from error
    return records


class ReplayTransport:
    """Gives what the device said whenever the caller has said what it said then.

    Time is the trace's own: ``clock`` follows the recorded times, and jumps ahead by the whole timeout of a read that
    gets nothing. A caller that uses this clock runs through minutes of waiting at once, with the same result.
    """

    def __init__(self, records: Iterable[TraceRecord]) -> None:
        self._records = deque(record for record in records if record.direction in {"in", "out", "lost"})
        self._expected = b""
        self._masked = False
        self._pending = b""
        self._now_s = 0.0
        self._opened = False
        self.differences: list[str] = []

    def clock(self) -> float:
        """Return the time within the trace in seconds."""
        return self._now_s

    @property
    def faithful(self) -> bool:
        """False when device bytes still to come were cut in the recording: their checksums are wrong then."""
        return not any(record.cut for record in self._records if record.direction == "in")

    @property
    def description(self) -> str:
        """The line in words."""
        return "replayed trace"

    @property
    def holds_line(self) -> bool:
        """A trace is one long line."""
        return True

    @property
    def finished(self) -> bool:
        """True when every record was used."""
        return not (self._records or self._pending or self._expected)

    def open(self) -> None:
        """Begin, or go on after a recorded loss of the line."""
        self._opened = True

    def write(self, data: bytes, deadline_s: float) -> None:
        """Compare with what was written then; a difference is noted and the dialogue goes on."""
        del deadline_s  # nothing waits here
        if not self._opened:
            raise WriteError("line_closed", f"{self.description} is not open", 0)
        while data:
            if not self._expected and not self._next_expected():
                self.differences.append(f"written but not in the trace: {data.hex()}")
                return
            wanted, self._expected = self._expected[: len(data)], self._expected[len(data) :]
            if not self._masked and wanted != data[: len(wanted)]:
                self.differences.append(f"written {data[: len(wanted)].hex()}, recorded {wanted.hex()}")
            data = data[len(wanted) :]

    def _next_expected(self) -> bool:
        if self._pending or not self._records or self._records[0].direction != "out":
            return False
        record = self._take()
        self._expected, self._masked = record.data, record.cut
        return True

    def read(self, max_bytes: int, timeout_s: float) -> bytes:
        """Return recorded bytes; ``line_lost`` where the line was lost then, ``trace_ended`` after the last record."""
        if not self._opened:
            raise line_closed(self.description)
        if self.finished:
            raise TransportError("trace_ended", "the trace ends here")
        if not self._pending and not self._expected and self._due(timeout_s):
            if self._records[0].direction == "lost":
                self._take()
                self._opened = False
                raise TransportError("line_lost", "the line was lost at this point of the trace")
            if self._records[0].direction == "in":
                self._pending = self._take().data
        piece, self._pending = self._pending[:max_bytes], self._pending[max_bytes:]
        if not piece:
            self._now_s += timeout_s
        return piece

    def _due(self, timeout_s: float) -> bool:
        """Tell whether the next record came within this wait; a silence that made somebody act must come again."""
        return bool(self._records) and self._records[0].at_s <= self._now_s + timeout_s

    def _take(self) -> TraceRecord:
        record = self._records.popleft()
        self._now_s = max(self._now_s, record.at_s)
        return record

    def wake(self) -> None:
        """Nothing ever waits here."""

    def close(self) -> None:
        """Stop; the rest of the trace stays to be read after the next open."""
        self._opened = False
