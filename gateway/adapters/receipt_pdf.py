"""Writes a receipt as a PDF of one page: the printed paper as a picture, its text invisibly behind it.

A small writer of our own (PDF 1.4, ISO 32000-1): a picture holds every script the printer can print, and the text, in a
font without shapes as scanners use it, makes the file searchable and lets a screen reader speak it.
"""

import io
import zlib
from datetime import UTC, datetime

from PIL import Image

POINTS_PER_INCH = 72
DOTS_PER_INCH = 203
"""Of the print head the picture was made for: the page is as large as the paper."""
LINES_MAX = 2000
_GLYPH_WIDTH = 500


class PdfReceiptFile:
    """Makes PDFs."""

    def pdf(self, *, png: bytes, text: str, title: str, made_at: datetime) -> bytes:
        """Return the file; the same receipt makes the same bytes."""
        with Image.open(io.BytesIO(png)) as opened:
            grey = opened.convert("L")
        lines = text.splitlines()[:LINES_MAX]
        signs = sorted({sign for line in lines for sign in line if ord(sign) <= 0xFFFF} | {"\ufffd"})
        width = grey.width * POINTS_PER_INCH / DOTS_PER_INCH
        height = grey.height * POINTS_PER_INCH / DOTS_PER_INCH
        objects = [
            b"<</Type/Catalog/Pages 2 0 R/ViewerPreferences<</DisplayDocTitle true>>>>",
            b"<</Type/Pages/Kids[3 0 R]/Count 1>>",
            b"<</Type/Page/Parent 2 0 R/MediaBox[0 0 %s %s]/Contents 4 0 R"
            b"/Resources<</XObject<</P 5 0 R>>/Font<</T 6 0 R>>>>>>" % (_number(width), _number(height)),
            _stream(b"", _content(lines, width, height)),
            _stream(_picture_words(grey), grey.tobytes()),
            (
                b"<</Type/Font/Subtype/Type0/BaseFont/Invisible/Encoding/Identity-H/DescendantFonts[7 0 R]"
                b"/ToUnicode 9 0 R>>"
            ),
            b"<</Type/Font/Subtype/CIDFontType2/BaseFont/Invisible/CIDToGIDMap/Identity/DW %d/FontDescriptor 8 0 R"
            b"/CIDSystemInfo<</Registry(Adobe)/Ordering(Identity)/Supplement 0>>>>" % _GLYPH_WIDTH,
            b"<</Type/FontDescriptor/FontName/Invisible/Flags 5/FontBBox[0 0 %d 1000]/ItalicAngle 0/Ascent 800"
            b"/Descent -200/CapHeight 700/StemV 80>>" % _GLYPH_WIDTH,
            _stream(b"", _unicode_map(signs)),
            b"<</Title %s/Producer(Tillbridge)/CreationDate(D:%sZ)>>"
            % (_words(title), made_at.astimezone(UTC).strftime("%Y%m%d%H%M%S").encode()),
        ]
        return _file(objects)


def _file(objects: list[bytes]) -> bytes:
    out = bytearray(b"%PDF-1.4\n%\xe2\xe3\xcf\xd3\n")
    places = []
    for number, body in enumerate(objects, start=1):
        places.append(len(out))
        out += b"%d 0 obj\n%s\nendobj\n" % (number, body)
    table = len(out)
    out += b"xref\n0 %d\n0000000000 65535 f \n" % (len(objects) + 1)
    for place in places:
        out += b"%010d 00000 n \n" % place
    out += b"trailer\n<</Size %d/Root 1 0 R/Info %d 0 R>>\nstartxref\n%d\n%%%%EOF\n" % (
        len(objects) + 1,
        len(objects),
        table,
    )
    return bytes(out)


def _stream(words: bytes, data: bytes) -> bytes:
    packed = zlib.compress(data, 9)
    return b"<<%s/Filter/FlateDecode/Length %d>>stream\n%s\nendstream" % (words, len(packed), packed)


def _picture_words(grey: Image.Image) -> bytes:
    return (
        b"/Type/XObject/Subtype/Image/Width %d/Height %d/ColorSpace/DeviceGray/BitsPerComponent 8/Interpolate false"
        % grey.size
    )


def _content(lines: list[str], width: float, height: float) -> bytes:
    """Return the page: the picture over all of it, each line of text as wide and high as its share of the page."""
    out = [b"q %s 0 0 %s 0 0 cm /P Do Q BT 3 Tr" % (_number(width), _number(height))]
    step = height / max(len(lines), 1)
    for number, line in enumerate(lines):
        if not line.strip():
            continue
        size = max(step * 0.8, 1.0)
        stretch = 100 * width / (len(line) * size * _GLYPH_WIDTH / 1000)
        out.append(
            b"/T %s Tf %s Tz 1 0 0 1 0 %s Tm <%s> Tj"
            % (_number(size), _number(stretch), _number(height - (number + 1) * step + size * 0.2), _codes(line))
        )
    out.append(b"ET")
    return b"\n".join(out)


def _codes(line: str) -> bytes:
    return b"".join(b"%04X" % (ord(sign) if ord(sign) <= 0xFFFF else 0xFFFD) for sign in line)


def _unicode_map(signs: list[str]) -> bytes:
    """Return which letter each code of the font is: itself. At most 100 in a block (Adobe Technical Note 5411)."""
    out = [
        b"/CIDInit /ProcSet findresource begin 12 dict begin begincmap",
        b"/CIDSystemInfo <</Registry (Adobe) /Ordering (UCS) /Supplement 0>> def",
        b"/CMapName /Receipt def /CMapType 2 def 1 begincodespacerange <0000> <FFFF> endcodespacerange",
    ]
    for start in range(0, len(signs), 100):
        block = signs[start : start + 100]
        out.append(b"%d beginbfchar" % len(block))
        out += [b"<%s> <%s>" % (_codes(sign), _codes(sign)) for sign in block]
        out.append(b"endbfchar")
    out.append(b"endcmap CMapName currentdict /CMap defineresource pop end end")
    return b"\n".join(out)


def _words(text: str) -> bytes:
    return b"<FEFF%s>" % text.encode("utf-16-be").hex().upper().encode("ascii")


def _number(value: float) -> bytes:
    return f"{value:.3f}".rstrip("0").rstrip(".").encode("ascii")
