"""Reads what a printer says about itself: answers to DLE EOT 1-4, to GS r, and automatic status back (ASB).

Answers are recognised by their fixed bits, not by when they arrive: an ASB packet may come between question and answer.
Sources: Epson ESC/POS command reference, DLE EOT, GS r, GS a, DLE DC4. No I/O here. The rule of this module: no answer,
or half of one, is *not ready*.
"""

from dataclasses import dataclass
from enum import StrEnum

CLEAR_BUFFER = b"\x10\x14\x08\x01\x03\x14\x01\x06\x02\x08"  # DLE DC4 8: forget everything received and not yet printed
ASK_PAPER_IN_ORDER = b"\x1dr\x01"  # GS r 1 stands in the data stream: answered when all before it was worked off
SWITCH_ASB_ON = b"\x1da\x0e"  # GS a: report online state, errors and paper; the first packet comes at once
_CLEARED = b"\x37\x25\x00"  # answer to DLE DC4 8


def ask_realtime(number: int) -> bytes:
    """Return DLE EOT n.

    Args:
        number: 1 printer, 2 cause of offline, 3 cause of error, 4 paper.
    """
    return bytes((0x10, 0x04, number))


class PaperState(StrEnum):
    """What the paper sensors say."""

    ENOUGH = "enough"
    NEAR_END = "near_end"
    OUT = "out"
    UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True)
class PrinterStatus:
    """State of a printer at one moment.

    Attributes:
        online: it says that it takes data.
        paper: what its sensors say.
        cover_open: the cover is open.
        error: knife, head or another error.
        answered: a complete answer came; False makes every other field worthless.
        words: one English sentence for logs and diagnosis.
        drawer_contact: level of the drawer's contact; which one is open depends on the drawer, so only a change
            tells something. None if not told.
    """

    online: bool
    paper: PaperState
    cover_open: bool
    error: bool
    answered: bool
    words: str
    drawer_contact: bool | None = None

    @property
    def ready(self) -> bool:
        """Whether a receipt sent now will be printed: it answered, is online, has paper, no open cover, no error."""
        return self.problem is None

    @property
    def problem(self) -> str | None:
        """Stable name of what is wrong, most telling first; None if ready."""
        if not self.answered:
            return "no_answer"
        if self.cover_open:
            return "cover_open"
        if self.paper is PaperState.OUT:
            return "out_of_paper"
        if self.error:
            return "printer_error"
        return None if self.online else "printer_offline"


@dataclass(frozen=True, slots=True)
class RealtimeReply:
    """One byte that answers DLE EOT n; which n, only the order of the questions tells."""

    value: int


@dataclass(frozen=True, slots=True)
class SensorReply:
    """One byte that answers GS r."""

    value: int


@dataclass(frozen=True, slots=True)
class AutomaticStatus:
    """Four bytes of automatic status back."""

    packet: bytes


@dataclass(frozen=True, slots=True)
class BufferCleared:
    """The printer has forgotten what it had not printed."""


Reply = RealtimeReply | SensorReply | AutomaticStatus | BufferCleared


class StatusParser:
    """Splits the bytes a printer sends into replies; keeps at most three bytes of an unfinished one."""

    def __init__(self) -> None:
        self._pending = b""
        self.junk_bytes = 0

    def feed(self, data: bytes) -> tuple[Reply, ...]:
        """Take bytes as they come and return the replies completed by them; bytes of no known shape are counted."""
        replies: list[Reply] = []
        for byte in data:
            replies.extend(self._take(byte))
        return tuple(replies)

    def _take(self, byte: int) -> tuple[Reply, ...]:
        candidate = self._pending + bytes((byte,))
        if self._pending and not _may_continue(candidate):
            self.junk_bytes += len(self._pending)
            candidate = candidate[-1:]
        self._pending = b""
        if candidate == _CLEARED:
            return (BufferCleared(),)
        if len(candidate) == 4:
            return (AutomaticStatus(candidate),)
        if _CLEARED.startswith(candidate) or candidate[0] & 0x93 == 0x10:
            self._pending = candidate
            return ()
        if candidate[0] & 0x93 == 0x12:
            return (RealtimeReply(candidate[0]),)
        if candidate[0] & 0x90 == 0:
            return (SensorReply(candidate[0]),)
        self.junk_bytes += 1
        return ()


def _may_continue(candidate: bytes) -> bool:
    """Say whether the last byte may belong to the unfinished reply before it."""
    if candidate[0] == _CLEARED[0]:
        return _CLEARED.startswith(candidate)
    return candidate[-1] & 0x90 == 0


def status_from_realtime(
    printer: int | None, offline: int | None, error: int | None, paper: int | None
) -> PrinterStatus:
    """Read the answers to DLE EOT 1, 2, 3 and 4.

    Args:
        printer: answer to n = 1.
        offline: answer to n = 2, or None if not asked.
        error: answer to n = 3, or None if not asked.
        paper: answer to n = 4.

    Returns:
        Not answered, hence not ready, if the first or the last is missing.
    """
    if printer is None or paper is None:
        return NO_ANSWER
    state = PaperState.ENOUGH
    if paper & 0x60:
        state = PaperState.OUT
    elif paper & 0x0C:
        state = PaperState.NEAR_END
    if offline is not None and offline & 0x20:
        state = PaperState.OUT
    return _described(
        online=not printer & 0x08,
        paper=state,
        cover_open=bool(offline is not None and offline & 0x04),
        error=bool((offline is not None and offline & 0x40) or (error is not None and error & 0x6C)),
        contact=bool(printer & 0x04),
    )


def status_from_asb(packet: bytes) -> PrinterStatus:
    """Read the four bytes of automatic status back; anything else counts as no answer."""
    if len(packet) != 4 or packet[0] & 0x93 != 0x10 or any(byte & 0x90 for byte in packet[1:]):
        return NO_ANSWER
    state = PaperState.ENOUGH
    if packet[2] & 0x0C:
        state = PaperState.OUT
    elif packet[2] & 0x03:
        state = PaperState.NEAR_END
    return _described(
        online=not packet[0] & 0x08,
        paper=state,
        cover_open=bool(packet[0] & 0x20),
        error=bool(packet[1] & 0x6C),
        contact=bool(packet[0] & 0x04),
    )


def _described(*, online: bool, paper: PaperState, cover_open: bool, error: bool, contact: bool) -> PrinterStatus:
    found = [
        *(("the cover is open",) if cover_open else ()),
        *(("it is out of paper",) if paper is PaperState.OUT else ()),
        *(("it reports an error",) if error else ()),
    ]
    if not online and not found:
        found.append("it is offline")
    if paper is PaperState.NEAR_END:
        found.append("its paper is near the end")
    words = "The printer is ready." if not found else f"The printer answers: {', '.join(found)}."
    return PrinterStatus(online, paper, cover_open, error, answered=True, words=words, drawer_contact=contact)


NO_ANSWER = PrinterStatus(
    online=False,
    paper=PaperState.UNKNOWN,
    cover_open=False,
    error=False,
    answered=False,
    words="The printer does not answer.",
)

UNABLE = PrinterStatus(
    online=False,
    paper=PaperState.UNKNOWN,
    cover_open=False,
    error=False,
    answered=False,
    words="This printer cannot tell its state.",
)
