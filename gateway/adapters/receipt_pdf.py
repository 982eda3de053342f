"""Writes a receipt as a PDF of one page: the printed paper as a picture, its text invisibly behind it.

A small writer of our own (PDF 1.4, ISO 32000-1): a picture holds every script the printer can print, and the text, in a
font without shapes as scanners use it, makes the file searchable and lets a screen reader speak it.
"""

import io
from datetime import UTC, datetime

from PIL import Image

from gateway.adapters.pdf_parts import pdf_file, stream, text_string, unicode_map

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
            stream(b"", _content(lines, width, height)),
            stream(_picture_words(grey), grey.tobytes()),
            (
                b"<</Type/Font/Subtype/Type0/BaseFont/Invisible/Encoding/Identity-H/DescendantFonts[7 0 R]"
                b"/ToUnicode 9 0 R>>"
            ),
            b"<</Type/Font/Subtype/CIDFontType2/BaseFont/Invisible/CIDToGIDMap/Identity/DW %d/FontDescriptor 8 0 R"
            b"/CIDSystemInfo<</Registry(Adobe)/Ordering(Identity)/Supplement 0>>>>" % _GLYPH_WIDTH,
            b"<</Type/FontDescriptor/FontName/Invisible/Flags 5/FontBBox[0 0 %d 1000]/ItalicAngle 0/Ascent 800"
            b"/Descent -200/CapHeight 700/StemV 80>>" % _GLYPH_WIDTH,
            stream(b"", unicode_map([(ord(sign), sign) for sign in signs])),
            b"<</Title %s/Producer(Tillbridge)/CreationDate(D:%sZ)>>"
            % (text_string(title), made_at.astimezone(UTC).strftime("%Y%m%d%H%M%S").encode()),
        ]
        return pdf_file(objects, info=len(objects))


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


def _number(value: float) -> bytes:
    return f"{value:.3f}".rstrip("0").rstrip(".").encode("ascii")
