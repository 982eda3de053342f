"""The frame of a message on TCP: four bytes, most significant first, that name the size of the body after them."""

from terminal_driver.errors import LocalProtocolError, RemoteProtocolError

HEADER_BYTES = 4
MESSAGE_BYTES_MAX = 512 * 1024
"""A long receipt takes some ten kilobytes; what names more is no nexo message, and is not stored."""


class LengthFraming:
    """Cuts a stream into bodies, however it was split or glued.

    Args:
        message_bytes_max: largest body sent or taken.
    """

    def __init__(self, *, message_bytes_max: int = MESSAGE_BYTES_MAX) -> None:
        self._bytes_max = message_bytes_max
        self._pending = bytearray()

    def encode(self, body: bytes) -> bytes:
        """Return the framed body.

        Raises:
            LocalProtocolError: ``message_too_long``.
        """
        if len(body) > self._bytes_max:
            raise LocalProtocolError("message_too_long", f"a message has at most {self._bytes_max} bytes")
        return len(body).to_bytes(HEADER_BYTES, "big") + body

    def feed(self, data: bytes) -> None:
        """Take bytes from the line; ``take`` gives the bodies."""
        self._pending += data

    def take(self) -> bytes | None:
        """Return the next whole body, or None when more bytes are needed.

        Raises:
            RemoteProtocolError: ``bad_length``: the stream cannot be cut any more, only a fresh line helps. What was
                received is forgotten.
        """
        if len(self._pending) < HEADER_BYTES:
            return None
        size = int.from_bytes(self._pending[:HEADER_BYTES], "big")
        if not 0 < size <= self._bytes_max:
            self.reset()
            raise RemoteProtocolError("bad_length", f"a message of {size} bytes was announced")
        end = HEADER_BYTES + size
        if len(self._pending) < end:
            return None
        body = bytes(self._pending[HEADER_BYTES:end])
        del self._pending[:end]
        return body

    def reset(self) -> None:
        """Forget everything received."""
        self._pending.clear()
