"""Writes a remittance advice as a plain PDF (1.4, ISO 32000-1): text in a standard font, as many pages as it needs.

The standard fonts hold Latin letters only; what they lack becomes a question mark. The letter's own text has all of it.
"""

import zlib

PAGE_WIDTH, PAGE_HEIGHT, MARGIN = 595, 842, 48
TITLE_SIZE, SIZE, STEP = 14, 8, 12
LINES_OF_PAGE = (PAGE_HEIGHT - 2 * MARGIN) // STEP - 3


class PdfAdvice:
    """Makes PDFs of lines of text."""

    def pdf(self, *, title: str, lines: tuple[str, ...]) -> bytes:
        """Return the file; the same advice makes the same bytes."""
        pages = [lines[at : at + LINES_OF_PAGE] for at in range(0, len(lines), LINES_OF_PAGE)] or [()]
        first = 5
        kids = b" ".join(b"%d 0 R" % (first + 2 * number) for number in range(len(pages)))
        objects = [
            b"<</Type/Catalog/Pages 2 0 R>>",
            b"<</Type/Pages/Kids[%s]/Count %d>>" % (kids, len(pages)),
            b"<</Type/Font/Subtype/Type1/BaseFont/Courier/Encoding/WinAnsiEncoding>>",
            b"<</Title %s/Producer(Tillbridge)>>" % _string(title),
        ]
        for number, rows in enumerate(pages):
            body = zlib.compress(_page(title if not number else "", rows), 9)
            objects.append(
                b"<</Type/Page/Parent 2 0 R/MediaBox[0 0 %d %d]/Resources<</Font<</F 3 0 R>>>>/Contents %d 0 R>>"
                % (PAGE_WIDTH, PAGE_HEIGHT, first + 2 * number + 1)
            )
            objects.append(b"<</Filter/FlateDecode/Length %d>>stream\n%s\nendstream" % (len(body), body))
        return _file(objects)


def _page(title: str, rows: tuple[str, ...]) -> bytes:
    out = [b"BT", b"%d TL" % STEP, b"1 0 0 1 %d %d Tm" % (MARGIN, PAGE_HEIGHT - MARGIN)]
    if title:
        out += [b"/F %d Tf" % TITLE_SIZE, b"%s Tj" % _string(title[:60]), b"T*", b"T*"]
    out.append(b"/F %d Tf" % SIZE)
    for row in rows:
        out += [b"%s Tj" % _string(row[:110]), b"T*"]
    out.append(b"ET")
    return b"\n".join(out)


def _string(text: str) -> bytes:
    plain = text.encode("cp1252", "replace")
    escaped = plain.replace(b"\\", b"\\\\").replace(b"(", b"\\(").replace(b")", b"\\)")
    return b"(" + escaped + b")"


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
    out += b"trailer\n<</Size %d/Root 1 0 R/Info 4 0 R>>\nstartxref\n%d\n%%%%EOF\n" % (len(objects) + 1, table)
    return bytes(out)
