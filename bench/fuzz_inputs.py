"""Hostile inputs made of valid messages: flipped, cut, doubled, spliced, with lengths that lie, and plain noise."""

import random
from collections.abc import Sequence

NOISE_SHARE = 8
"""One input of so many is noise that has never been a message."""

NOISE_BYTES_MAX = 300
_TELLING = (0x00, 0x01, 0x02, 0x03, 0x06, 0x10, 0x15, 0x1F, 0x20, 0x22, 0x7F, 0x80, 0x81, 0x82, 0x84, 0xFE, 0xFF)
"""Bytes that mean something to some decoder: marks, tags, lengths, digits at their borders."""


class HostileInputs:
    """An endless source of inputs; the same seed gives the same ones.

    Args:
        valid: messages to begin with, at least one.
        seed: of the random numbers.
    """

    def __init__(self, valid: Sequence[bytes], seed: int) -> None:
        self._valid = [message for message in valid if message]
        self._random = random.Random(seed)

    def next(self) -> bytes:
        """Return the next input."""
        source = self._random
        if source.randrange(NOISE_SHARE) == 0:
            return source.randbytes(source.randrange(NOISE_BYTES_MAX))
        data = bytearray(source.choice(self._valid))
        for _ in range(source.randrange(1, 4)):
            data = self._changed(data)
        return bytes(data)

    def _changed(self, data: bytearray) -> bytearray:
        source = self._random
        at = source.randrange(len(data)) if data else 0
        match source.randrange(8) if data else 6:
            case 0:
                data[at] ^= 1 << source.randrange(8)
            case 1:
                data[at] = source.choice(_TELLING)
            case 2:
                data[at] = source.randrange(256)
            case 3:
                del data[at:]
            case 4:
                del data[at : at + source.randrange(1, 9)]
            case 5:
                data[at:at] = data[at : at + source.randrange(1, 33)]
            case 6:
                data[at:at] = source.randbytes(source.randrange(1, 9))
            case _:
                other = source.choice(self._valid)
                data[at:] = other[source.randrange(len(other)) :]
        return data
