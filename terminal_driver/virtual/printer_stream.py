"""Finds the real-time commands in what a printer receives, however the bytes are split. Pure."""

import re
from collections.abc import Iterator

CLEAR_BUFFER = b"\x10\x14\x08\x01\x03\x14\x01\x06\x02\x08"
DRAWER_AT_ONCE = b"\x10\x14\x01"
_REALTIME = re.compile(rb"\x10\x04[\x01-\x04]|\x10\x14\x01[\x00\x01][\x01-\x08]|" + re.escape(CLEAR_BUFFER))
_BEGINNINGS = (b"\x10\x04", *(DRAWER_AT_ONCE + bytes((pin,)) for pin in (0, 1)))


def is_only_realtime(data: bytes) -> bool:
    """Say whether `data` is nothing but complete real-time commands; such data is heard even with a full buffer."""
    return re.fullmatch(rb"(?:" + _REALTIME.pattern + rb")+", data) is not None


class RealtimeScanner:
    """Splits a stream into real-time commands and the rest; keeps at most nine bytes back."""

    def __init__(self) -> None:
        self._kept = b""

    def feed(self, data: bytes) -> Iterator[tuple[bytes, bool]]:
        """Yield pieces in order, True for a real-time command; together they are the bytes fed less the kept end."""
        data = self._kept + data
        self._kept = b""
        position = 0
        for found in _REALTIME.finditer(data):
            if found.start() > position:
                yield data[position : found.start()], False
            yield found.group(), True
            position = found.end()
        rest = data[position:]
        kept = _length_of_beginning(rest)
        self._kept = rest[len(rest) - kept :]
        if len(rest) > kept:
            yield rest[: len(rest) - kept], False

    def flush(self) -> bytes:
        """Return what was kept back, when no more will come."""
        kept, self._kept = self._kept, b""
        return kept


def _length_of_beginning(rest: bytes) -> int:
    """Return how many bytes at the end of `rest` may be the beginning of a real-time command."""
    for length in range(min(len(CLEAR_BUFFER) - 1, len(rest)), 0, -1):
        end = rest[-length:]
        if CLEAR_BUFFER.startswith(end) or any(command.startswith(end) for command in _BEGINNINGS):
            return length
    return 0
