"""Messages between the reading process and who started it: a JSON head and a body of bytes, each with its length."""

from __future__ import annotations

import json
import struct
from typing import Any, BinaryIO

_LENGTHS = struct.Struct(">IQ")
HEAD_MAX = 256 * 1024 * 1024
"""A capture of 200 pages is about 2 MB; the memory of suppliers travels here as well."""
BODY_MAX = 2 * 1024 * 1024 * 1024


class BrokenMessages(Exception):
    """The other side ended, or wrote what is no message."""


def write_message(stream: BinaryIO, head: dict[str, Any], body: bytes = b"") -> None:
    """Write one message and flush.

    Raises:
        BrokenMessages: the other side is gone.
    """
    text = json.dumps(head, separators=(",", ":")).encode()
    try:
        stream.write(_LENGTHS.pack(len(text), len(body)))
        stream.write(text)
        stream.write(body)
        stream.flush()
    except (OSError, ValueError) as error:
        raise BrokenMessages("the other side is gone") from error


def read_message(stream: BinaryIO) -> tuple[dict[str, Any], bytes]:
    """Read one message; blocks until it is there.

    Raises:
        BrokenMessages: the other side ended, or wrote something else.
    """
    head_size, body_size = _LENGTHS.unpack(_exactly(stream, _LENGTHS.size))
    if head_size > HEAD_MAX or body_size > BODY_MAX:
        raise BrokenMessages("the lengths of the message are out of bounds")
    try:
        head = json.loads(_exactly(stream, head_size))
    except ValueError as error:
        raise BrokenMessages("the head of the message is no JSON") from error
    if not isinstance(head, dict):
        raise BrokenMessages("the head of the message is no object")
    return head, _exactly(stream, body_size)


def _exactly(stream: BinaryIO, size: int) -> bytes:
    try:
        data = stream.read(size)
    except (OSError, ValueError) as error:
        raise BrokenMessages("the other side is gone") from error
    if len(data) != size:
        raise BrokenMessages("the other side ended")
    return data
