"""How blocks travel: bare on TCP, framed with doubling, checksum and link answers on a serial line (PA00P016 rev 04).

Serial block: ``10 02`` APDU ``10 03`` CRC-low CRC-high; each 10 inside the APDU is doubled; CRC-16/KERMIT over the APDU
and the byte 03. The two CRC bytes are read without looking at them. A framing never answers: the caller sends the
link answers and tells when the time between two bytes (T1) has run out.
"""

import binascii
from dataclasses import dataclass, field
from enum import Enum
from typing import Protocol

from terminal_driver.errors import RemoteProtocolError
from terminal_driver.zvt.apdu import DATA_BYTES_MAX, EXTENDED_HEADER_BYTES, ApduStream

DLE, STX, ETX = 0x10, 0x02, 0x03
LINK_ACK = b"\x06"
LINK_NAK = b"\x15"
T1_S = 0.2  # PA00P016: longest time between two bytes of a block
TCP_PIECES_S = 5.0  # PA00P016: a receiver that gets the pieces of a block slower than T3 closes the connection
_MIRRORED = bytes(int(f"{byte:08b}"[::-1], 2) for byte in range(256))
_CRC_BYTES = 2


@dataclass(frozen=True, slots=True)
class FrameReceived:
    """A whole block arrived and its checksum is right. ``apdu``: undecoded, may hold card data."""

    apdu: bytes = field(repr=False)


@dataclass(frozen=True, slots=True)
class LinkAck:
    """The other side took our block (byte 06)."""


@dataclass(frozen=True, slots=True)
class LinkNak:
    """The other side could not read our block (byte 15)."""


@dataclass(frozen=True, slots=True)
class BadFrame:
    """Bytes that make no block. ``refuse``: a block was begun, so the link must answer 15."""

    code: str
    words: str
    refuse: bool = True


LinkEvent = FrameReceived | LinkAck | LinkNak | BadFrame


class Framing(Protocol):
    """One way to carry blocks over a byte stream."""

    @property
    def confirms(self) -> bool:
        """True when each block is answered by a link byte 06 or 15."""

    @property
    def gap_s(self) -> float:
        """Longest time in seconds between two pieces of one block."""

    @property
    def receiving(self) -> bool:
        """True while a block has begun and is not complete: the caller then watches ``gap_s``."""

    def encode(self, apdu: bytes) -> bytes:
        """Return the bytes to send for one block."""

    def feed(self, data: bytes) -> list[LinkEvent]:
        """Take bytes in pieces of any size and return what they complete, in order."""

    def gap_expired(self) -> list[LinkEvent]:
        """Give up an incomplete block because ``gap_s`` passed without a byte."""

    def reset(self) -> None:
        """Forget everything received, for a new connection."""


def crc16(data: bytes) -> int:
    """Return CRC-16/KERMIT (reflected polynomial 8408, start 0, no final XOR); "123456789" gives 2189."""
    # The same sum with every bit order turned round is the one the standard library has, in C.
    mirrored = binascii.crc_hqx(data.translate(_MIRRORED), 0)
    return _MIRRORED[mirrored & 0xFF] << 8 | _MIRRORED[mirrored >> 8]


class TcpFraming:
    """Bare blocks, cut by their length fields; nothing is confirmed.

    Args:
        data_bytes_max: largest data part of a block that is taken.
    """

    confirms = False
    gap_s = TCP_PIECES_S

    def __init__(self, *, data_bytes_max: int = DATA_BYTES_MAX) -> None:
        self._stream = ApduStream(data_bytes_max=data_bytes_max)

    @property
    def receiving(self) -> bool:
        """True while a block is incomplete."""
        return self._stream.partial

    def encode(self, apdu: bytes) -> bytes:
        """Return the block unchanged."""
        return apdu

    def feed(self, data: bytes) -> list[LinkEvent]:
        """Cut blocks; one that is too long gives ``BadFrame("apdu_too_long")`` and the rest is thrown away."""
        try:
            return [FrameReceived(block) for block in self._stream.feed(data)]
        except RemoteProtocolError as error:
            return [BadFrame(error.code, str(error))]

    def gap_expired(self) -> list[LinkEvent]:
        """Give up the incomplete block: the place of the next one is unknown, the connection must be closed."""
        self._stream.clear()
        return [BadFrame("apdu_cut_off", "an APDU stayed incomplete")]

    def reset(self) -> None:
        """Forget an incomplete block."""
        self._stream.clear()


class _Place(Enum):
    """Where in a serial block the next byte stands."""

    IDLE = "idle"
    IDLE_DLE = "idle_dle"
    NOISE = "noise"
    NOISE_DLE = "noise_dle"
    BODY = "body"
    BODY_DLE = "body_dle"
    CRC = "crc"


class SerialFraming:
    """Blocks with start and end marks, doubled 10 and checksum.

    A byte that belongs to no block opens a stretch of noise that lasts until a block begins or the line is silent for
    T1: a 06 or 15 within it is part of a damaged block, not an answer to ours.

    Args:
        data_bytes_max: largest data part of a block that is taken; a longer one is read to its end and refused.
    """

    confirms = True
    gap_s = T1_S

    def __init__(self, *, data_bytes_max: int = DATA_BYTES_MAX) -> None:
        self._apdu_bytes_max = data_bytes_max + EXTENDED_HEADER_BYTES
        self._place = _Place.IDLE
        self._body = bytearray()
        self._crc = bytearray()
        self._fault: BadFrame | None = None

    @property
    def receiving(self) -> bool:
        """True within a block or a stretch of noise."""
        return self._place is not _Place.IDLE

    def encode(self, apdu: bytes) -> bytes:
        """Return the framed block."""
        checksum = crc16(apdu + bytes([ETX])).to_bytes(2, "little")
        doubled = apdu.replace(bytes([DLE]), bytes([DLE, DLE]))
        return bytes([DLE, STX]) + doubled + bytes([DLE, ETX]) + checksum

    def feed(self, data: bytes) -> list[LinkEvent]:
        """Read bytes one by one; damaged blocks give ``BadFrame`` once their end is reached."""
        events: list[LinkEvent] = []
        position = 0
        while position < len(data):
            if self._place is _Place.BODY:
                position = self._plain_body(data, position)
                if position == len(data):
                    break
            byte = data[position]
            position += 1
            match self._place:
                case _Place.IDLE:
                    self._idle(byte, events)
                case _Place.IDLE_DLE | _Place.NOISE_DLE:
                    self._after_dle_outside(byte)
                case _Place.NOISE:
                    self._place = _Place.NOISE_DLE if byte == DLE else _Place.NOISE
                case _Place.BODY:
                    self._place = _Place.BODY_DLE
                case _Place.BODY_DLE:
                    self._after_dle_in_body(byte, events)
                case _Place.CRC:
                    self._in_crc(byte, events)
        return events

    def gap_expired(self) -> list[LinkEvent]:
        """End a block or a stretch of noise after silence; only a block that was begun is to be refused."""
        place = self._place
        self.reset()
        if place is _Place.IDLE:
            return []
        if place in (_Place.BODY, _Place.BODY_DLE, _Place.CRC):
            return [BadFrame("block_cut_off", "a block stopped before its end")]
        return [BadFrame("stray_bytes", "bytes outside of any block", refuse=False)]

    def reset(self) -> None:
        """Forget everything received."""
        self._place = _Place.IDLE
        self._body.clear()
        self._crc.clear()
        self._fault = None

    def _idle(self, byte: int, events: list[LinkEvent]) -> None:
        if byte == LINK_ACK[0]:
            events.append(LinkAck())
        elif byte == LINK_NAK[0]:
            events.append(LinkNak())
        else:
            self._place = _Place.IDLE_DLE if byte == DLE else _Place.NOISE

    def _after_dle_outside(self, byte: int) -> None:
        # In noise "10 10" is a doubled data byte of a block whose start was lost, so the second 10 starts nothing.
        if byte == STX:
            self._place = _Place.BODY
        elif byte == DLE and self._place is _Place.IDLE_DLE:
            self._place = _Place.IDLE_DLE
        else:
            self._place = _Place.NOISE

    def _plain_body(self, data: bytes, start: int) -> int:
        """Take the bytes of a body up to the next 10 in one piece; return where that is, or the end of ``data``."""
        end = data.find(DLE, start)
        end = len(data) if end < 0 else end
        self._append(data[start:end])
        return end

    def _after_dle_in_body(self, byte: int, events: list[LinkEvent]) -> None:
        self._place = _Place.BODY
        if byte == DLE:
            self._append(bytes([DLE]))
        elif byte == ETX:
            self._place = _Place.CRC
        elif byte == STX:  # never inside a block, where 10 is doubled: the sender began anew
            self.reset()
            self._place = _Place.BODY
            events.append(BadFrame("block_cut_off", "a block began before the last one ended", refuse=False))
        else:
            self._fault = self._fault or BadFrame("bad_doubling", f"10 {byte:02X} inside a block")

    def _append(self, data: bytes) -> None:
        room = self._apdu_bytes_max - len(self._body)
        self._body += data[:room]
        if len(data) > room:
            self._fault = self._fault or BadFrame("block_too_long", f"a block exceeds {self._apdu_bytes_max} bytes")

    def _in_crc(self, byte: int, events: list[LinkEvent]) -> None:
        self._crc.append(byte)
        if len(self._crc) < _CRC_BYTES:
            return
        apdu, checksum, fault = bytes(self._body), int.from_bytes(self._crc, "little"), self._fault
        self.reset()
        if fault is not None:
            events.append(fault)
        elif checksum != crc16(apdu + bytes([ETX])):
            events.append(BadFrame("bad_checksum", "the checksum of a block is wrong"))
        else:
            events.append(FrameReceived(apdu))
