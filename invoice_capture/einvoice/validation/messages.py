"""Messages between the judging process and who asks it: four bytes length (big endian), then that many bytes."""

from __future__ import annotations

import struct
from typing import IO

_LENGTH = struct.Struct(">I")


def read_message(stream: IO[bytes]) -> bytes | None:
    """Return the next message; None when the stream ended, also in the middle of one."""
    head = stream.read(_LENGTH.size)
    if len(head) < _LENGTH.size:
        return None
    (length,) = _LENGTH.unpack(head)
    body = stream.read(length)
    return body if len(body) == length else None


def write_message(stream: IO[bytes], body: bytes) -> None:
    """Write one message and flush."""
    stream.write(_LENGTH.pack(len(body)) + body)
    stream.flush()
