"""The virtual terminal's booking journal: what it holds as money taken. It is the judge of every crash test.

On disk it is one JSON line per fact, forced to the disk before the terminal reports the fact to anybody, so that it
survives the death of the process at any moment.
"""

import json
import os
import threading
from dataclasses import asdict, dataclass, replace
from datetime import datetime
from pathlib import Path
from typing import Any, TextIO

RECEIPT_NO_MAX = 9999
"""Two BCD bytes (BMP 87); the number after it is 1."""

NUMBER_MAX = 999_999
"""Three BCD bytes (BMP 0B and 88); the number after it is 1."""


@dataclass(frozen=True, slots=True)
class JournalEntry:
    """One booking of the terminal.

    ``amount_minor``: integer minor units of ``currency`` (three digits, ISO 4217). ``at``: with time zone.
    ``kind``: a word of ``orders.BookingKind``. ``reversed``: taken back by the terminal, so no money moves.
    ``original_trace_no``: of the booking this one refers to. ``reference``: the register's own name of the operation.
    ``tip_minor``: contained in the amount.
    """

    receipt_no: int
    trace_no: int
    turnover_no: int
    amount_minor: int
    currency: str
    at: datetime
    kind: str
    card_masked: str
    card_name: str
    card_type_id: int
    reversed: bool = False
    original_trace_no: int | None = None
    reference: str = ""
    tip_minor: int = 0


@dataclass(frozen=True, slots=True)
class Numbers:
    """The numbers a terminal gives to one booking."""

    receipt_no: int = 1
    trace_no: int = 1
    turnover_no: int = 1

    def after(self) -> "Numbers":
        """Return the numbers of the next booking; each counter begins again at 1."""
        return Numbers(
            self.receipt_no % RECEIPT_NO_MAX + 1, self.trace_no % NUMBER_MAX + 1, self.turnover_no % NUMBER_MAX + 1
        )


class Journal:
    """Bookings in order. Written by the terminal's thread, readable from any.

    Args:
        path: file of JSON lines to continue, or None for memory only. A line torn by a crash is cut off: its booking
            was never reported.
        first: numbers of the first booking of an empty journal.
    """

    def __init__(self, path: Path | None = None, *, first: Numbers | None = None) -> None:
        self._lock = threading.Lock()
        self._entries: list[JournalEntry] = []
        self._first = first or Numbers()
        self._settled = 0
        self._file: TextIO | None = None
        if path is not None:
            self._load(path)
            descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_APPEND | os.O_CLOEXEC, 0o600)
            self._file = os.fdopen(descriptor, "a", encoding="ascii")
            _sync_folder(path)

    @property
    def entries(self) -> tuple[JournalEntry, ...]:
        """All bookings, oldest first, the reversed ones included."""
        with self._lock:
            return tuple(self._entries)

    @property
    def unsettled(self) -> tuple[JournalEntry, ...]:
        """The bookings since the last end of day, oldest first, the reversed ones included."""
        with self._lock:
            return tuple(self._entries[self._settled :])

    @property
    def last_valid(self) -> JournalEntry | None:
        """The newest booking that was not taken back: what the terminal tells when asked for its last transaction."""
        with self._lock:
            return next((entry for entry in reversed(self._entries) if not entry.reversed), None)

    def next_numbers(self) -> Numbers:
        """Return the numbers of the next booking."""
        with self._lock:
            if not self._entries:
                return self._first
            last = self._entries[-1]
            return Numbers(last.receipt_no, last.trace_no, last.turnover_no).after()

    def book(self, entry: JournalEntry) -> None:
        """Record a booking durably; returns only when it is on the disk."""
        self._append({"event": "booking", **asdict(entry), "at": entry.at.isoformat()})
        with self._lock:
            self._entries.append(entry)

    def reverse(self, entry: JournalEntry) -> None:
        """Record durably that a booking was taken back."""
        self._append({"event": "reversal", "trace_no": entry.trace_no})
        with self._lock:
            _changed(self._entries, entry.trace_no, reversed=True)

    def amend(self, entry: JournalEntry, amount_minor: int) -> JournalEntry:
        """Record durably that less was delivered than booked; returns the booking as it stands now."""
        self._append({"event": "amendment", "trace_no": entry.trace_no, "amount_minor": amount_minor})
        with self._lock:
            return _changed(self._entries, entry.trace_no, amount_minor=amount_minor)

    def close_day(self) -> None:
        """Record durably that all bookings so far are settled."""
        self._append({"event": "end_of_day", "bookings": len(self._entries)})
        with self._lock:
            self._settled = len(self._entries)

    def close(self) -> None:
        """Close the file."""
        if self._file is not None:
            self._file.close()
            self._file = None

    def _append(self, record: dict[str, object]) -> None:
        if self._file is not None:
            self._file.write(json.dumps(record, separators=(",", ":")) + "\n")
            self._file.flush()
            os.fsync(self._file.fileno())

    def _load(self, path: Path) -> None:
        if not path.exists():
            return
        content = path.read_bytes()
        with self._lock:
            self._entries, self._settled = _read(content.decode("ascii"), path.name)
        whole = content.rfind(b"\n") + 1
        if whole != len(content):
            os.truncate(path, whole)


def read_journal(path: Path) -> tuple[JournalEntry, ...]:
    """Return the bookings in a journal file, also while a terminal writes it; a torn last line is passed over.

    Raises:
        OSError: the file cannot be read.
        ValueError: a whole line is not a record of a journal.
    """
    return tuple(_read(path.read_text("ascii"), path.name)[0])


def _read(content: str, name: str) -> tuple[list[JournalEntry], int]:
    """Return the bookings of a journal, and how many of them are settled."""
    entries: list[JournalEntry] = []
    settled = 0
    for number, line in enumerate(content[: content.rfind("\n") + 1].splitlines(), 1):
        try:
            settled = _take(json.loads(line), entries, settled)
        except (AttributeError, KeyError, TypeError, ValueError) as error:
            raise ValueError(f"{name}, line {number}: {error}") from error
    return entries, settled


def _take(record: dict[str, Any], entries: list[JournalEntry], settled: int) -> int:
    """Apply one record of a journal; return how many bookings are settled then."""
    match record.pop("event", None):
        case "booking":
            record["at"] = datetime.fromisoformat(record["at"])
            entries.append(JournalEntry(**record))
        case "reversal":
            _changed(entries, record["trace_no"], reversed=True)
        case "amendment":
            _changed(entries, record["trace_no"], amount_minor=record["amount_minor"])
        case "end_of_day":
            return len(entries)
        case other:
            raise ValueError(f"unknown event {other!r}")
    return settled


def _changed(entries: list[JournalEntry], trace_no: int, **changes: Any) -> JournalEntry:  # noqa: ANN401 - any field
    """Change the newest booking of a trace number and return it.

    Raises:
        ValueError: there is none.
    """
    for place in range(len(entries) - 1, -1, -1):
        if entries[place].trace_no == trace_no:
            entries[place] = replace(entries[place], **changes)
            return entries[place]
    raise ValueError(f"no booking has the trace number {trace_no}")


def _sync_folder(path: Path) -> None:
    """Force a new file's name to the disk: without it a power cut may lose the whole file."""
    folder = os.open(path.parent, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(folder)
    finally:
        os.close(folder)
