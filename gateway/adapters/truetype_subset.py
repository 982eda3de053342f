"""Takes the shapes of some characters out of a TrueType font, for a PDF (OpenType 1.9, tables `cmap`, `loca`, `glyf`).

Numbers of glyphs stay as they are, and all other shapes become empty: what is left is small once it is compressed.
"""

import struct
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass

_KEPT = (b"cvt ", b"fpgm", b"glyf", b"head", b"hhea", b"hmtx", b"loca", b"maxp", b"prep")
"""What a reader of PDF needs to draw (ISO 32000-1, 9.9)."""
_SEGMENTED_COVERAGE = 12
# Flags of a part of a composite glyph.
_WORDS, _SCALE, _MORE, _X_AND_Y, _TWO_BY_TWO = 0x0001, 0x0008, 0x0020, 0x0040, 0x0080


@dataclass(frozen=True, slots=True)
class FontSubset:
    """``data``: a TrueType font; ``glyphs``: number of the glyph of each character that the font has."""

    data: bytes
    glyphs: Mapping[str, int]


def subset(font: bytes, characters: Iterable[str]) -> FontSubset:
    """Return the font with the shapes of these characters only.

    Args:
        font: a TrueType font with a `cmap` of format 12.
        characters: what is to be drawn; those the font lacks are left out.

    Raises:
        ValueError: it is no such font.
    """
    try:
        return _subset(dict(_tables(font)), characters)
    except (struct.error, IndexError) as error:
        raise ValueError("this is no whole TrueType font") from error


def _subset(tables: dict[bytes, bytes], characters: Iterable[str]) -> FontSubset:
    if not set(_KEPT[2:8]) <= tables.keys() or b"cmap" not in tables:
        raise ValueError("this is no TrueType font")
    known = _coverage(tables[b"cmap"])
    glyphs = {one: found for one in sorted(set(characters)) if (found := known(ord(one)))}
    places = _places(tables)
    wanted = _with_parts({0, *glyphs.values()}, tables[b"glyf"], places)
    shapes, starts = bytearray(), []
    for number in range(len(places) - 1):
        starts.append(len(shapes))
        if number in wanted:
            shapes += tables[b"glyf"][places[number] : places[number + 1]]
            shapes += bytes(-len(shapes) % 4)
    starts.append(len(shapes))
    head = bytearray(tables[b"head"])
    struct.pack_into(">h", head, 50, 1)  # long offsets in `loca`
    tables |= {b"glyf": bytes(shapes), b"loca": struct.pack(f">{len(starts)}I", *starts), b"head": bytes(head)}
    return FontSubset(_written({name: tables[name] for name in _KEPT if name in tables}), glyphs)


def _tables(font: bytes) -> Iterator[tuple[bytes, bytes]]:
    if len(font) < 12:
        raise ValueError("this is no TrueType font")
    (count,) = struct.unpack_from(">H", font, 4)
    for number in range(count):
        name, _, start, length = struct.unpack_from(">4sIII", font, 12 + 16 * number)
        yield name, font[start : start + length]


def _coverage(cmap: bytes) -> "_Coverage":
    (count,) = struct.unpack_from(">H", cmap, 2)
    for number in range(count):
        (start,) = struct.unpack_from(">I", cmap, 8 + 8 * number)
        (kind,) = struct.unpack_from(">H", cmap, start)
        if kind == _SEGMENTED_COVERAGE:
            (groups,) = struct.unpack_from(">I", cmap, start + 12)
            return _Coverage([struct.unpack_from(">III", cmap, start + 16 + 12 * one) for one in range(groups)])
    raise ValueError("this font has no table of all Unicode characters")


class _Coverage:
    """Which glyph a character has; 0: none."""

    def __init__(self, groups: list[tuple[int, int, int]]) -> None:
        self._groups = groups

    def __call__(self, character: int) -> int:
        found = (glyph + character - first for first, last, glyph in self._groups if first <= character <= last)
        return next(found, 0)


def _places(tables: Mapping[bytes, bytes]) -> list[int]:
    loca = tables[b"loca"]
    (long_offsets,) = struct.unpack_from(">h", tables[b"head"], 50)
    if long_offsets:
        return list(struct.unpack(f">{len(loca) // 4}I", loca))
    return [2 * one for one in struct.unpack(f">{len(loca) // 2}H", loca)]


def _with_parts(glyphs: set[int], glyf: bytes, places: list[int]) -> set[int]:
    """Return the glyphs and those they are put together from."""
    found: set[int] = set()
    left = list(glyphs)
    while left:
        number = left.pop()
        if number not in found:
            found.add(number)
            left += _parts(glyf[places[number] : places[number + 1]])
    return found


def _parts(shape: bytes) -> Iterator[int]:
    if len(shape) < 10 or struct.unpack_from(">h", shape)[0] >= 0:
        return
    at, flags = 10, _MORE
    while flags & _MORE:
        flags, number = struct.unpack_from(">HH", shape, at)
        yield number
        at += 8 if flags & _WORDS else 6
        if flags & _SCALE:
            at += 2
        elif flags & _X_AND_Y:
            at += 4
        elif flags & _TWO_BY_TWO:
            at += 8


def _written(tables: Mapping[bytes, bytes]) -> bytes:
    count = len(tables)
    power = 1 << (count.bit_length() - 1)
    head = struct.pack(">IHHHH", 0x00010000, count, power * 16, power.bit_length() - 1, (count - power) * 16)
    at, records, bodies = 12 + 16 * count, b"", b""
    for name, body in sorted(tables.items()):
        records += struct.pack(">4sIII", name, _checksum(body), at + len(bodies), len(body))
        bodies += body + bytes(-len(body) % 4)
    return head + records + bodies


def _checksum(body: bytes) -> int:
    padded = body + bytes(-len(body) % 4)
    words: tuple[int, ...] = struct.unpack(f">{len(padded) // 4}I", padded)
    return sum(words) & 0xFFFFFFFF
