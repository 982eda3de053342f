"""Application blocks: class, instruction, length, data (PA00P016 rev 04), and cutting them out of a TCP stream."""

from dataclasses import dataclass, field

from terminal_driver.errors import LocalProtocolError, RemoteProtocolError

HEADER_BYTES = 3
EXTENDED_HEADER_BYTES = 5
EXTENDED_MARK = 0xFF
DATA_BYTES_MAX = 0xFFFF  # what the extended length field can say
_SHORT_DATA_MAX = 0xFE


@dataclass(frozen=True, slots=True)
class Apdu:
    """One block. ``control``: class and instruction, 0x0601 for a sale. ``extended``: length in three bytes.

    The data do not show in the ``repr``: they may hold a card number.
    """

    control: int
    data: bytes = field(default=b"", repr=False)
    extended: bool = False

    def encode(self) -> bytes:
        """Return the bytes on the wire without any framing; the long length is used when it is needed or asked for.

        Raises:
            LocalProtocolError: ``apdu_too_long`` above 65535 bytes of data.
        """
        size = len(self.data)
        if size > DATA_BYTES_MAX:
            raise LocalProtocolError("apdu_too_long", f"{size} bytes of data do not fit into one APDU")
        if self.extended or size > _SHORT_DATA_MAX:
            length = bytes([EXTENDED_MARK]) + size.to_bytes(2, "little")
        else:
            length = bytes([size])
        return self.control.to_bytes(2, "big") + length + self.data

    @property
    def is_acknowledgement(self) -> bool:
        """True for 80 xx and 84 xx, the answers to a command or message."""
        return self.control >> 8 in (0x80, 0x84)


def decode_apdu(block: bytes) -> Apdu:
    """Read exactly one block.

    Raises:
        RemoteProtocolError: ``apdu_cut_off`` when bytes are missing, ``apdu_length_mismatch`` when some are left over.
    """
    header = _header_bytes(block)
    if header is None or len(block) < header:
        raise RemoteProtocolError("apdu_cut_off", "the APDU ends within its header")
    size = _data_bytes(block)
    if len(block) != header + size:
        code = "apdu_cut_off" if len(block) < header + size else "apdu_length_mismatch"
        raise RemoteProtocolError(code, f"the APDU says {size} bytes of data but has {len(block) - header}")
    return Apdu(int.from_bytes(block[:2], "big"), block[header:], header == EXTENDED_HEADER_BYTES)


class ApduStream:
    """Cuts a byte stream into blocks by their length fields only.

    Args:
        data_bytes_max: largest data part taken; a block that announces more breaks the stream, since nothing after it
            can be trusted. The buffer never grows beyond this and the header.
    """

    def __init__(self, *, data_bytes_max: int = DATA_BYTES_MAX) -> None:
        self._data_bytes_max = data_bytes_max
        self._buffer = bytearray()

    @property
    def partial(self) -> bool:
        """True while a block has begun and is not complete."""
        return bool(self._buffer)

    def feed(self, data: bytes) -> list[bytes]:
        """Take bytes and return the blocks that are complete now, undecoded.

        Raises:
            RemoteProtocolError: ``apdu_too_long``; the buffer is emptied, blocks found before it are lost.
        """
        self._buffer += data
        blocks: list[bytes] = []
        while (header := _header_bytes(self._buffer)) is not None and len(self._buffer) >= header:
            size = _data_bytes(self._buffer)
            if size > self._data_bytes_max:
                self._buffer.clear()
                raise RemoteProtocolError("apdu_too_long", f"an APDU announces {size} bytes of data")
            if len(self._buffer) < header + size:
                break
            blocks.append(bytes(self._buffer[: header + size]))
            del self._buffer[: header + size]
        return blocks

    def clear(self) -> None:
        """Forget an incomplete block."""
        self._buffer.clear()


def _header_bytes(block: bytes | bytearray) -> int | None:
    """Return the size of the header, or None when too few bytes are there to tell."""
    if len(block) < HEADER_BYTES:
        return None
    return EXTENDED_HEADER_BYTES if block[2] == EXTENDED_MARK else HEADER_BYTES


def _data_bytes(block: bytes | bytearray) -> int:
    """Return the announced size of the data of a block whose header is complete."""
    return int.from_bytes(block[3:5], "little") if block[2] == EXTENDED_MARK else block[2]
