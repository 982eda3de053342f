"""How a scenario spoils the bytes the virtual terminal sends, without knowing what they mean."""

from collections.abc import Callable, Sequence

from terminal_driver.virtual.scenarios import LineShape

Shaper = Callable[[bytes], Sequence[bytes]]
"""Turns the bytes of one sending into the pieces that are written one after the other."""

_PIECES = (1, 2, 3, 1, 5, 4, 7)
"""Sizes of the odd pieces in turn: they cut through length fields, doubled bytes and checksums alike."""


def shaper_for(shape: LineShape, block_start: bytes = b"\x10\x02") -> Shaper:
    """Return a fresh shaper; it remembers what it damaged so that the repetition comes out right.

    ``block_start``: the bytes that begin a block whose last byte is part of its checksum; empty when there are none.
    """
    match shape:
        case LineShape.CLEAN:
            return _clean
        case LineShape.FIRST_TRY_CORRUPTED:
            return _FirstTryCorrupted(block_start) if block_start else _clean
        case LineShape.SPLIT_AND_GLUED:
            return _split


def _clean(data: bytes) -> Sequence[bytes]:
    return (data,)


def _split(data: bytes) -> Sequence[bytes]:
    pieces: list[bytes] = []
    start = 0
    while start < len(data):
        size = _PIECES[len(pieces) % len(_PIECES)]
        pieces.append(data[start : start + size])
        start += size
    return pieces


class _FirstTryCorrupted:
    """Flips a bit in the checksum of each framed block, once; bare link answers and unframed bytes stay right."""

    def __init__(self, block_start: bytes) -> None:
        self._block_start = block_start
        self._damaged = b""

    def __call__(self, data: bytes) -> Sequence[bytes]:
        start = data.find(self._block_start)
        if start < 0:
            return (data,)
        block = data[start:]
        if block == self._damaged:
            self._damaged = b""
            return (data,)
        self._damaged = block
        return (data[:-1] + bytes([data[-1] ^ 0x01]),)
