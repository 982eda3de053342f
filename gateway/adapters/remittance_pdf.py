"""Writes a remittance advice as a plain PDF (1.4, ISO 32000-1): text in a fixed width, as many pages as it needs.

The font that comes with the program has Latin, Greek and Cyrillic letters; the shapes that are needed go into the file.
What it lacks becomes a question mark, and so do scripts that are written from the right or joined, which would read
wrong letter by letter. The letter's own text has all of it.
"""

import unicodedata
from functools import lru_cache

from gateway.adapters.pdf_parts import pdf_file, stream, text_string, unicode_map
from gateway.adapters.truetype_subset import FontSubset, subset
from terminal_driver.printer.fonts import base_font_path

PAGE_WIDTH, PAGE_HEIGHT, MARGIN = 595, 842, 48
TITLE_SIZE, SIZE, STEP = 14, 8, 12
LINES_OF_PAGE = (PAGE_HEIGHT - 2 * MARGIN) // STEP - 3
_TITLE_MAX, _LINE_MAX = 60, 110
_MISSING = "?"
_GLYPH_WIDTH = 602
"""Of every character of the font, in thousandths of its size."""
_FROM_LEFT = frozenset({"L", "EN", "ES", "ET", "AN", "CS", "WS", "ON"})
"""Classes of the bidirectional algorithm that stand where they are written."""


class PdfAdvice:
    """Makes PDFs of lines of text."""

    def pdf(self, *, title: str, lines: tuple[str, ...]) -> bytes:
        """Return the file; the same advice makes the same bytes."""
        shown = tuple(_drawable(line[:_LINE_MAX]) for line in lines)
        head = _drawable(title[:_TITLE_MAX])
        font = subset(_font(), {*head, *_MISSING, *(sign for line in shown for sign in line)})
        pages = [shown[at : at + LINES_OF_PAGE] for at in range(0, len(shown), LINES_OF_PAGE)] or [()]
        first = 9
        kids = b" ".join(b"%d 0 R" % (first + 2 * number) for number in range(len(pages)))
        objects = [
            b"<</Type/Catalog/Pages 2 0 R>>",
            b"<</Type/Pages/Kids[%s]/Count %d>>" % (kids, len(pages)),
            (
                b"<</Type/Font/Subtype/Type0/BaseFont/AAAAAA+DejaVuSansMono/Encoding/Identity-H/DescendantFonts[5 0 R]"
                b"/ToUnicode 8 0 R>>"
            ),
            b"<</Title %s/Producer(Tillbridge)>>" % text_string(title),
            *_font_objects(font),
        ]
        for number, rows in enumerate(pages):
            objects.append(
                b"<</Type/Page/Parent 2 0 R/MediaBox[0 0 %d %d]/Resources<</Font<</F 3 0 R>>>>/Contents %d 0 R>>"
                % (PAGE_WIDTH, PAGE_HEIGHT, first + 2 * number + 1)
            )
            objects.append(stream(b"", _page("" if number else head, rows, font)))
        return pdf_file(objects, info=4)


@lru_cache(maxsize=1)
def _font() -> bytes:
    return base_font_path().read_bytes()


def _drawable(text: str) -> str:
    """Return the text in composed letters; what stands elsewhere than it is written, as question marks."""
    composed = unicodedata.normalize("NFC", text)
    return "".join(sign if unicodedata.bidirectional(sign) in _FROM_LEFT else _MISSING for sign in composed)


def _font_objects(font: FontSubset) -> tuple[bytes, ...]:
    """Return objects 5 to 8: the font of glyphs, what is known of it, its shapes, and the characters of the glyphs."""
    return (
        b"<</Type/Font/Subtype/CIDFontType2/BaseFont/AAAAAA+DejaVuSansMono/CIDToGIDMap/Identity/DW %d"
        b"/CIDSystemInfo<</Registry(Adobe)/Ordering(Identity)/Supplement 0>>/FontDescriptor 6 0 R>>" % _GLYPH_WIDTH,
        b"<</Type/FontDescriptor/FontName/AAAAAA+DejaVuSansMono/Flags 5/FontBBox[0 -240 %d 930]/ItalicAngle 0"
        b"/Ascent 930/Descent -240/CapHeight 729/StemV 80/FontFile2 7 0 R>>" % _GLYPH_WIDTH,
        stream(b"/Length1 %d" % len(font.data), font.data),
        stream(b"", unicode_map([(glyph, sign) for sign, glyph in font.glyphs.items()])),
    )


def _page(title: str, rows: tuple[str, ...], font: FontSubset) -> bytes:
    out = [b"BT", b"%d TL" % STEP, b"1 0 0 1 %d %d Tm" % (MARGIN, PAGE_HEIGHT - MARGIN)]
    if title:
        out += [b"/F %d Tf" % TITLE_SIZE, b"%s Tj" % _glyphs(title, font), b"T*", b"T*"]
    out.append(b"/F %d Tf" % SIZE)
    for row in rows:
        out += [b"%s Tj" % _glyphs(row, font), b"T*"]
    out.append(b"ET")
    return b"\n".join(out)


def _glyphs(text: str, font: FontSubset) -> bytes:
    missing = font.glyphs[_MISSING]
    return b"<%s>" % b"".join(b"%04X" % font.glyphs.get(sign, missing) for sign in text)
