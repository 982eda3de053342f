"""What the small PDF writers share: objects, streams, texts and the map from glyphs to letters (ISO 32000-1)."""

import zlib
from collections.abc import Sequence

_BLOCK = 100
"""Rows of one block of a map at most (Adobe Technical Note 5411)."""


def pdf_file(objects: Sequence[bytes], *, info: int) -> bytes:
    """Return a file of these objects, numbered from 1; the first is the catalogue, ``info`` the one with the title."""
    out = bytearray(b"%PDF-1.4\n%\xe2\xe3\xcf\xd3\n")
    places = []
    for number, body in enumerate(objects, start=1):
        places.append(len(out))
        out += b"%d 0 obj\n%s\nendobj\n" % (number, body)
    table = len(out)
    out += b"xref\n0 %d\n0000000000 65535 f \n" % (len(objects) + 1)
    for place in places:
        out += b"%010d 00000 n \n" % place
    words = b"trailer\n<</Size %d/Root 1 0 R/Info %d 0 R>>\nstartxref\n%d\n%%%%EOF\n"
    out += words % (len(objects) + 1, info, table)
    return bytes(out)


def stream(words: bytes, data: bytes) -> bytes:
    """Return a compressed stream; ``words``: further entries of its dictionary."""
    packed = zlib.compress(data, 9)
    return b"<<%s/Filter/FlateDecode/Length %d>>stream\n%s\nendstream" % (words, len(packed), packed)


def text_string(text: str) -> bytes:
    """Return a text that a reader shows, such as a title."""
    return b"<FEFF%s>" % text.encode("utf-16-be", "replace").hex().upper().encode("ascii")


def unicode_map(letters: Sequence[tuple[int, str]]) -> bytes:
    """Return which letter each code of a font stands for, as (code, letter)."""
    out = [
        b"/CIDInit /ProcSet findresource begin 12 dict begin begincmap",
        b"/CIDSystemInfo <</Registry (Adobe) /Ordering (UCS) /Supplement 0>> def",
        b"/CMapName /Letters def /CMapType 2 def 1 begincodespacerange <0000> <FFFF> endcodespacerange",
    ]
    for start in range(0, len(letters), _BLOCK):
        block = letters[start : start + _BLOCK]
        out.append(b"%d beginbfchar" % len(block))
        out += [b"<%04X> <%s>" % (code, letter.encode("utf-16-be").hex().upper().encode()) for code, letter in block]
        out.append(b"endbfchar")
    out.append(b"endcmap CMapName currentdict /CMap defineresource pop end end")
    return b"\n".join(out)
