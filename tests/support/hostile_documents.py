"""Documents made to harm whoever reads them: bombs, loops, lies about sizes, nesting without end."""

from __future__ import annotations

import io
import struct
import zipfile
import zlib

from PIL import Image

from tests.support.drawn_documents import encoded, mail_of, pdf_of, receipt_picture, zip_of

_DEEP = 3000
_ZEROS = 40_000_000


ENDED_BY_LIMITS = frozenset({"pdf_form_loop"})
"""Attacks that no reader can see coming: the limits of its process end them, and the next document is read."""


def hostile_documents() -> dict[str, bytes]:
    """Return each attack by its name."""
    return {
        "xml_billion_laughs": _laughs().encode(),
        "xml_billion_laughs_utf16": _laughs().encode("utf-16"),
        "xml_external_entity": b'<!DOCTYPE a [<!ENTITY x SYSTEM "file:///etc/passwd">]><a>&x;</a>',
        "xml_deep": b"<a>" * _DEEP + b"</a>" * _DEEP,
        "xml_many_attributes": b"<a " + b" ".join(b'a%d="1"' % n for n in range(50_000)) + b"/>",
        "zip_bomb": _zip_bomb(),
        "zip_in_zip": zip_of({f"{n}.zip": zip_of({"a.pdf": pdf_of([[]])}) for n in range(20)}),
        "zip_same_bytes_many_times": _overlapping_zip(),
        "mail_deep": _deep_mail(),
        "mail_without_end": mail_of({"a.pdf": pdf_of([[]])}).replace(b"boundary=", b"boundary=x"),
        "png_huge": _png(100_000, 100_000),
        "png_text_bomb": _png_with(b"zTXt", b"a\x00\x00" + zlib.compress(b"\x00" * _ZEROS)),
        "png_profile_bomb": _png_with(b"iCCP", b"a\x00\x00" + zlib.compress(b"\x00" * _ZEROS)),
        "tiff_loop": _tiff_loop(),
        "tiff_huge": _tiff_entry_changed(),
        "pdf_page_tree_loop": _pdf(b"<</Type/Pages/Count 1/Kids[2 0 R]>>"),
        "pdf_count_lie": _pdf(b"<</Type/Pages/Count 2000000000/Kids[]>>"),
        "pdf_huge_page": pdf_of([[(50, 50, "Invoice")]], size=(2_000_000, 2_000_000)),
        "pdf_long_page": pdf_of([[(50, 50, "Invoice No. 17 of Nordwind")]], size=(14_000, 14_000)),
        "pdf_form_loop": _pdf_with_form(b"/F1 Do /F1 Do"),
        "pdf_stream_bomb": _pdf_stream_bomb(),
        "pdf_deep_array": _pdf(b"[" * _DEEP * 10 + b"]" * _DEEP * 10),
        "pdf_own_stream_length": _pdf(b"<</Length 2 0 R>>stream\nx\nendstream"),
    }


def _laughs() -> str:
    entities = '<!ENTITY l0 "ha">' + "".join(f'<!ENTITY l{n} "{f"&l{n - 1};" * 10}">' for n in range(1, 12))
    return f'<?xml version="1.0"?><!DOCTYPE a [{entities}]><a>&l11;</a>'


def _zip_bomb() -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        for number in range(8):
            with archive.open(f"{number}.pdf", "w") as member:
                for _ in range(_ZEROS // 1_000_000):
                    member.write(b"\x00" * 1_000_000)
    return out.getvalue()


def _overlapping_zip() -> bytes:
    """An archive whose directory names the same bytes many times."""
    archive = zip_of({"a.pdf": b"\x00" * 5_000_000})
    start = archive.index(b"PK\x01\x02")
    end = archive.index(b"PK\x05\x06")
    entry = archive[start:end]
    count = 900
    tail = struct.pack("<4s4H2IH", b"PK\x05\x06", 0, 0, count, count, len(entry) * count, start, 0)
    return archive[:start] + entry * count + tail


def _deep_mail() -> bytes:
    head = b"From: a@b.example\r\nTo: c@d.example\r\nSubject: x\r\nMIME-Version: 1.0\r\n"
    parts = [b'Content-Type: multipart/mixed; boundary="b%d"\r\n\r\n--b%d\r\n' % (n, n) for n in range(_DEEP)]
    return head + b"".join(parts)


def _chunk(name: bytes, data: bytes) -> bytes:
    return struct.pack(">I", len(data)) + name + data + struct.pack(">I", zlib.crc32(name + data))


def _png(width: int, height: int) -> bytes:
    head = struct.pack(">2I5B", width, height, 8, 2, 0, 0, 0)
    return (
        b"\x89PNG\r\n\x1a\n"
        + _chunk(b"IHDR", head)
        + _chunk(b"IDAT", zlib.compress(b"\x00" * 100))
        + _chunk(b"IEND", b"")
    )


def _png_with(name: bytes, data: bytes) -> bytes:
    whole = encoded(Image.new("RGB", (20, 20), "white"), "PNG")
    return whole[:33] + _chunk(name, data) + whole[33:]


def _tiff_loop() -> bytes:
    """A TIFF whose only page names itself as the next one."""
    whole = bytearray(encoded(Image.new("L", (20, 20), "white"), "TIFF"))
    place = struct.unpack_from("<I", whole, 4)[0]
    entries = struct.unpack_from("<H", whole, place)[0]
    struct.pack_into("<I", whole, place + 2 + 12 * entries, place)
    return bytes(whole)


def _tiff_entry_changed() -> bytes:
    """A TIFF that claims to be 200,000 pixels wide and high."""
    whole = bytearray(encoded(Image.new("L", (20, 20), "white"), "TIFF"))
    place = struct.unpack_from("<I", whole, 4)[0]
    for number in range(struct.unpack_from("<H", whole, place)[0]):
        entry = place + 2 + 12 * number
        if struct.unpack_from("<H", whole, entry)[0] in {256, 257}:
            struct.pack_into("<HII", whole, entry + 2, 4, 1, 200_000)
    return bytes(whole)


def _pdf(second: bytes, *more: bytes) -> bytes:
    objects = (b"<</Type/Catalog/Pages 2 0 R>>", second, *more)
    body = b"".join(b"%d 0 obj\n%s\nendobj\n" % (number, text) for number, text in enumerate(objects, start=1))
    return b"%PDF-1.7\n" + body + b"trailer<</Size %d/Root 1 0 R>>\n%%%%EOF\n" % (len(objects) + 1)


def _pdf_with_form(content: bytes) -> bytes:
    """A page that draws a form which draws itself."""
    form = b"<</Type/XObject/Subtype/Form/BBox[0 0 9 9]/Resources<</XObject<</F1 4 0 R>>>>"
    form += b"/Length %d>>stream\n%s\nendstream"
    return _pdf(
        b"<</Type/Pages/Count 1/Kids[3 0 R]>>",
        b"<</Type/Page/Parent 2 0 R/MediaBox[0 0 99 99]/Contents 4 0 R/Resources<</XObject<</F1 4 0 R>>>>>>",
        form % (len(content), content),
    )


def _pdf_stream_bomb() -> bytes:
    packed = zlib.compress(b"0 0 m " * 5_000_000, 9)
    return _pdf(
        b"<</Type/Pages/Count 1/Kids[3 0 R]>>",
        b"<</Type/Page/Parent 2 0 R/MediaBox[0 0 99 99]/Contents 4 0 R>>",
        b"<</Filter/FlateDecode/Length %d>>stream\n%s\nendstream" % (len(packed), packed),
    )


def valid_documents() -> dict[str, bytes]:
    """Return a good document of each kind, to be damaged."""
    picture = receipt_picture(("NORDWIND", "TOTAL    7.70"), width=240)
    pdf = pdf_of([[(50, 60, "Nordwind GmbH"), (400, 60, "Invoice No. 17"), (50, 200, "Total 10.00 EUR")]])
    return {
        "pdf": pdf,
        "pdf with picture": pdf_of([[(50, 60, "Invoice No. 17 of Nordwind")]], picture=picture),
        "jpeg": encoded(picture, "JPEG"),
        "png": encoded(picture, "PNG"),
        "tiff": encoded(picture, "TIFF", picture),
        "zip": zip_of({"a.pdf": pdf, "b.png": encoded(picture, "PNG")}),
        "mail": mail_of({"a.pdf": pdf}),
    }
