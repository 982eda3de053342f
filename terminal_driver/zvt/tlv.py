"""TLV objects inside BMP 06: BER-style tags and lengths (PA00P015 rev 13.08, chapter 9).

Unknown tags are kept as they came. The form of the length is remembered, so that what was read is written again byte
for byte. A tag is named by its bytes in upper-case hexadecimal ("1F07").
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field

from terminal_driver.errors import LocalProtocolError, RemoteProtocolError

DEPTH_MAX = 8  # the deepest container the specification defines has four levels
_TAG_BYTES_MAX = 4
_CONSTRUCTED = 0x20


@dataclass(frozen=True, slots=True)
class TlvObject:
    """One object: ``value`` of a primitive tag, or ``children`` of a constructed one (bit 20 of the first tag byte).

    ``length_bytes``: how many bytes the length field takes (1 to 3); 0 means the shortest form.
    """

    tag: str
    value: bytes = field(default=b"", repr=False)
    children: "tuple[TlvObject, ...]" = ()
    length_bytes: int = 0

    @property
    def constructed(self) -> bool:
        """True when the tag says that the value is made of further objects."""
        return bool(int(self.tag[:2], 16) & _CONSTRUCTED)


def parse_tlv(data: bytes, *, depth: int = 0) -> tuple[TlvObject, ...]:
    """Read objects until the data ends.

    Raises:
        RemoteProtocolError: ``tlv_cut_off``, ``tlv_bad_length``, ``tlv_bad_tag`` or ``tlv_too_deep``.
    """
    if depth > DEPTH_MAX:
        raise RemoteProtocolError("tlv_too_deep", f"TLV objects are nested deeper than {DEPTH_MAX} levels")
    objects: list[TlvObject] = []
    at = 0
    while at < len(data):
        tag, at = _read_tag(data, at)
        size, length_bytes = read_length(data, at)
        start, at = at + length_bytes, at + length_bytes + size
        if at > len(data):
            raise RemoteProtocolError("tlv_cut_off", f"TLV object {tag} says {size} bytes, fewer follow")
        content = data[start:at]
        if int(tag[:2], 16) & _CONSTRUCTED:
            children = parse_tlv(content, depth=depth + 1)
            objects.append(TlvObject(tag, children=children, length_bytes=length_bytes))
        else:
            objects.append(TlvObject(tag, content, length_bytes=length_bytes))
    return tuple(objects)


def encode_tlv(objects: Iterable[TlvObject]) -> bytes:
    """Write objects one after the other."""
    out = bytearray()
    for item in objects:
        content = encode_tlv(item.children) if item.constructed else item.value
        out += bytes.fromhex(item.tag) + write_length(len(content), item.length_bytes) + content
    return bytes(out)


def read_length(data: bytes, at: int) -> tuple[int, int]:
    """Return the length coded at ``at`` and how many bytes code it.

    Raises:
        RemoteProtocolError: ``tlv_cut_off`` or ``tlv_bad_length`` (80, or more than two length bytes).
    """
    if at >= len(data):
        raise RemoteProtocolError("tlv_cut_off", "a TLV length is missing")
    first = data[at]
    if first < 0x80:
        return first, 1
    if first not in (0x81, 0x82):
        raise RemoteProtocolError("tlv_bad_length", f"TLV length byte {first:02X} is not allowed")
    size = first - 0x80
    coded = data[at + 1 : at + 1 + size]
    if len(coded) < size:
        raise RemoteProtocolError("tlv_cut_off", "a TLV length is cut off")
    return int.from_bytes(coded, "big"), 1 + size


def write_length(size: int, length_bytes: int = 0) -> bytes:
    """Code a length of 0 to 65535 in the shortest form, or in exactly ``length_bytes`` bytes.

    Raises:
        LocalProtocolError: ``tlv_too_long`` when it does not fit.
    """
    shortest = 1 if size < 0x80 else 2 if size <= 0xFF else 3
    if size > 0xFFFF or (length_bytes and length_bytes < shortest):
        raise LocalProtocolError("tlv_too_long", f"a TLV object of {size} bytes cannot be coded")
    width = length_bytes or shortest
    return bytes([size]) if width == 1 else bytes([0x7F + width]) + size.to_bytes(width - 1, "big")


def walk(objects: Iterable[TlvObject]) -> Iterator[TlvObject]:
    """Yield all objects in the order of their bytes, containers before their contents."""
    for item in objects:
        yield item
        yield from walk(item.children)


def find_tag(objects: Iterable[TlvObject], tag: str) -> TlvObject | None:
    """Return the first object with this tag at any depth, or None."""
    return next((item for item in walk(objects) if item.tag == tag), None)


def find_value(objects: Iterable[TlvObject], tag: str) -> bytes | None:
    """Return the bytes of the first primitive object with this tag at any depth, or None."""
    found = find_tag(objects, tag)
    return None if found is None or found.constructed else found.value


def _read_tag(data: bytes, at: int) -> tuple[str, int]:
    """Return the tag in hexadecimal and the place after it."""
    end = at + 1
    if data[at] & 0x1F == 0x1F:
        while end < len(data) and data[end] & 0x80:
            end += 1
        end += 1
    if end > len(data) or end - at > _TAG_BYTES_MAX:
        raise RemoteProtocolError("tlv_bad_tag", "a TLV tag is cut off or longer than four bytes")
    return data[at:end].hex().upper(), end
