"""Documents that the tests make themselves: small PDFs with a text layer, pictures of text, archives and mails."""

from __future__ import annotations

import io
import zipfile
from collections.abc import Mapping, Sequence
from email.message import EmailMessage

from PIL import Image, ImageDraw, ImageFont

A4 = (595, 842)
RECEIPT_ROWS = (
    "NORDWIND BAKERY LTD",
    "12 HARBOUR ROAD",
    "TAX INVOICE",
    "DATE 14/03/2024",
    "RYE BREAD        4.50",
    "COFFEE           3.20",
    "TOTAL            7.70",
    "CASH            10.00",
    "CHANGE           2.30",
    "THANK YOU",
)
Text = tuple[float, float, str]
"""Place from the left and from the top in points, and the words."""


def pdf_of(
    pages: Sequence[Sequence[Text]],
    *,
    rotate: int = 0,
    picture: Image.Image | None = None,
    size: tuple[int, int] = A4,
    upwards: bool = False,
) -> bytes:
    """Return a PDF of these pages in Helvetica of 10 points.

    Args:
        pages: words and where they stand on the upright page.
        rotate: rotation that the page declares, degrees clockwise.
        picture: fills each page, under the text.
        size: width and height in points, before the rotation.
        upwards: the text runs from the bottom to the top of the unrotated page.
    """
    objects: list[bytes] = [b"", b"", b"<</Type/Font/Subtype/Type1/BaseFont/Helvetica/Encoding/WinAnsiEncoding>>"]
    drawn = b""
    resources = b"/Font<</F1 3 0 R>>"
    if picture is not None:
        packed = io.BytesIO()
        picture.convert("RGB").save(packed, format="JPEG", quality=90)
        head = f"<</Type/XObject/Subtype/Image/Width {picture.width}/Height {picture.height}/ColorSpace/DeviceRGB"
        head += f"/BitsPerComponent 8/Filter/DCTDecode/Length {len(packed.getvalue())}>>"
        objects.append(head.encode() + b"stream\n" + packed.getvalue() + b"\nendstream")
        resources += b"/XObject<</I1 4 0 R>>"
        drawn = f"q {size[0]} 0 0 {size[1]} 0 0 cm /I1 Do Q\n".encode()
    kids = []
    for texts in pages:
        rows = []
        for x, y, words in texts:
            matrix = f"0 1 -1 0 {y} {x}" if upwards else f"1 0 0 1 {x} {size[1] - y}"
            rows.append(f"BT /F1 10 Tf {matrix} Tm ({_escaped(words)}) Tj ET")
        content = drawn + "\n".join(rows).encode("cp1252")
        objects.append(b"<</Length %d>>stream\n%s\nendstream" % (len(content), content))
        box = f"/MediaBox[0 0 {size[0]} {size[1]}]/Rotate {rotate}/Contents {len(objects)} 0 R".encode()
        objects.append(b"<</Type/Page/Parent 2 0 R%s/Resources<<%s>>>>" % (box, resources))
        kids.append(f"{len(objects)} 0 R")
    objects[0] = b"<</Type/Catalog/Pages 2 0 R>>"
    objects[1] = f"<</Type/Pages/Count {len(kids)}/Kids[{' '.join(kids)}]>>".encode()
    return _file(objects)


def _escaped(words: str) -> str:
    return words.replace("\\", "\\\\").replace("(", "\\(").replace(")", "\\)")


def _file(objects: Sequence[bytes]) -> bytes:
    out = bytearray(b"%PDF-1.7\n")
    places = []
    for number, body in enumerate(objects, start=1):
        places.append(len(out))
        out += b"%d 0 obj\n%s\nendobj\n" % (number, body)
    start = len(out)
    out += b"xref\n0 %d\n0000000000 65535 f \n" % (len(objects) + 1)
    out += b"".join(b"%010d 00000 n \n" % place for place in places)
    out += b"trailer<</Size %d/Root 1 0 R>>\nstartxref\n%d\n%%%%EOF\n" % (len(objects) + 1, start)
    return bytes(out)


def receipt_picture(rows: Sequence[str] = RECEIPT_ROWS, *, letter_px: int = 28, width: int = 520) -> Image.Image:
    """Return a picture of these rows, black on white."""
    font = ImageFont.load_default(letter_px)
    picture = Image.new("RGB", (width, int(letter_px * 1.7 * (len(rows) + 2))), "white")
    pen = ImageDraw.Draw(picture)
    for number, row in enumerate(rows):
        left, top = 30, int(letter_px * 1.7 * (number + 1))
        name, _, amount = row.rpartition("  ")
        if name.strip():
            pen.text((left, top), name.strip(), fill="black", font=font)
            pen.text((width - 30, top), amount.strip(), fill="black", font=font, anchor="ra")
        else:
            pen.text((left, top), row, fill="black", font=font)
    return picture


def encoded(picture: Image.Image, file_format: str, *more: Image.Image) -> bytes:
    """Return a picture as a file: `PNG`, `JPEG` or `TIFF`; more pictures are more pages of a TIFF."""
    out = io.BytesIO()
    if more:
        picture.save(out, format=file_format, save_all=True, append_images=list(more))
    else:
        picture.save(out, format=file_format)
    return out.getvalue()


def zip_of(files: Mapping[str, bytes]) -> bytes:
    """Return an archive of these files."""
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, data in files.items():
            archive.writestr(name, data)
    return out.getvalue()


def mail_of(files: Mapping[str, bytes]) -> bytes:
    """Return a mail with these attachments."""
    message = EmailMessage()
    message["From"], message["To"] = "billing@supplier.example", "invoices@shop.example"
    message["Subject"], message["Date"] = "Invoice", "Thu, 14 Mar 2024 09:30:00 +0100"
    message.set_content("Please find our invoice attached.")
    for name, data in files.items():
        message.add_attachment(data, maintype="application", subtype="octet-stream", filename=name)
    return message.as_bytes()
