"""Frames of the serial line: STX, message, ETX and a check byte, and the control bytes between them.

The check byte (LRC) is the exclusive or of everything after STX up to and including ETX. It may have any value, also
that of a control byte; nothing is doubled or escaped. A message is printable ASCII.
"""

from collections.abc import Iterator
from dataclasses import dataclass, field
from enum import IntEnum

from terminal_driver.errors import LocalProtocolError, RemoteProtocolError

STX, ETX = 0x02, 0x03
MESSAGE_BYTES_MAX = 80  # the long answer; nothing longer exists
_PRINTABLE = frozenset(range(0x20, 0x7F))


class Control(IntEnum):
    """The single bytes by which the two sides take turns."""

    EOT = 0x04
    ENQ = 0x05
    ACK = 0x06
    NAK = 0x15


@dataclass(frozen=True, slots=True)
class ControlReceived:
    """A control byte outside of a frame."""

    control: Control


@dataclass(frozen=True, slots=True)
class FrameReceived:
    """A whole frame with the right check byte. ``message``: without framing; never shown, it may hold a card number."""

    message: bytes = field(repr=False)


@dataclass(frozen=True, slots=True)
class BadFrame:
    """A frame that cannot be used; what follows on the line is dropped until it has been quiet."""

    code: str
    words: str


@dataclass(frozen=True, slots=True)
class StrayBytes:
    """Bytes that are neither a frame nor a control byte. ``count`` of them came in a row."""

    count: int


FrameEvent = ControlReceived | FrameReceived | BadFrame | StrayBytes


def check_byte(covered: bytes) -> int:
    """Return the LRC over ``covered``: the message and ETX, without STX."""
    value = 0
    for byte in covered:
        value ^= byte
    return value


def encode_frame(message: bytes) -> bytes:
    """Return the frame of a message.

    Raises:
        LocalProtocolError: ``bad_message``, the message is empty, longer than 80 bytes or not printable ASCII.
    """
    if not 0 < len(message) <= MESSAGE_BYTES_MAX or not _PRINTABLE.issuperset(message):
        raise LocalProtocolError("bad_message", "a message has 1 to 80 printable ASCII characters")
    covered = message + bytes([ETX])
    return bytes([STX]) + covered + bytes([check_byte(covered)])


def decode_frame(frame: bytes) -> bytes:
    """Return the message of exactly one frame.

    Raises:
        RemoteProtocolError: ``frame_cut_off``, ``stx_missing``, ``etx_missing``, ``frame_too_long``, ``bad_check_byte``
            or ``bad_character``.
    """
    if not frame or frame[0] != STX:
        raise RemoteProtocolError("stx_missing", "the frame does not begin with STX")
    end = frame.find(ETX, 1)
    if end < 0:
        raise RemoteProtocolError("etx_missing", "the frame has no ETX")
    if len(frame) < end + 2:
        raise RemoteProtocolError("frame_cut_off", "the frame ends before its check byte")
    if len(frame) > end + 2:
        raise RemoteProtocolError("frame_too_long", "bytes follow the check byte of the frame")
    _check(frame[1:end], frame[end + 1])
    return frame[1:end]


def _check(message: bytes, received: int) -> None:
    if check_byte(message + bytes([ETX])) != received:
        raise RemoteProtocolError("bad_check_byte", "the check byte does not fit the frame")
    if not _PRINTABLE.issuperset(message):
        raise RemoteProtocolError("bad_character", "the message holds bytes that are no printable ASCII")


class FrameReader:
    """Cuts a byte stream into frames and control bytes; holds at most one frame.

    After a frame that cannot be used everything is dropped until :meth:`gap_expired`: the rest of a damaged frame may
    hold bytes that look like control bytes.
    """

    def __init__(self) -> None:
        self._frame: bytearray | None = None
        self._ended = False
        self._dropping = False

    @property
    def receiving(self) -> bool:
        """True within a frame: the rest of it is awaited."""
        return self._frame is not None

    @property
    def dropping(self) -> bool:
        """True after a bad frame, until the line has been quiet."""
        return self._dropping

    def feed(self, data: bytes) -> Iterator[FrameEvent]:
        """Take bytes and yield what they complete; take all of it, an iterator left alone drops the rest."""
        stray = 0
        for byte in data:
            if self._dropping:
                continue
            if self._frame is None and byte != STX and byte not in _CONTROLS:
                stray += 1
                continue
            if stray:
                yield StrayBytes(stray)
                stray = 0
            event = self._take(byte)
            if event is not None:
                yield event
        if stray:
            yield StrayBytes(stray)

    def gap_expired(self) -> BadFrame | None:
        """Tell that the line has been quiet: a frame begun is given up, dropping ends."""
        self._dropping = False
        if self._frame is None:
            return None
        self.reset()
        return BadFrame("frame_cut_off", "the rest of a frame did not come")

    def reset(self) -> None:
        """Forget a frame begun."""
        self._frame, self._ended, self._dropping = None, False, False

    def _take(self, byte: int) -> FrameEvent | None:
        if self._frame is None:
            if byte == STX:
                self._frame = bytearray()
                return None
            return ControlReceived(Control(byte))
        if self._ended:
            return self._closed(byte)
        if byte == STX:  # never part of a message: what looked like the begin of this one was damaged
            self._frame.clear()
        elif byte == ETX:
            self._ended = True
        elif len(self._frame) == MESSAGE_BYTES_MAX:
            return self._bad("frame_too_long", f"more than {MESSAGE_BYTES_MAX} characters came without an ETX")
        else:
            self._frame.append(byte)
        return None

    def _closed(self, check: int) -> FrameEvent:
        message = bytes(self._frame or b"")
        try:
            _check(message, check)
        except RemoteProtocolError as error:
            return self._bad(error.code, str(error))
        self.reset()
        return FrameReceived(message)

    def _bad(self, code: str, words: str) -> BadFrame:
        self.reset()
        self._dropping = True
        return BadFrame(code, words)


_CONTROLS = frozenset(Control)
