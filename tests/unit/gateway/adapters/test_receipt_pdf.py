"""A receipt as a PDF: sound by its own table, its picture whole, its text to be read."""

from __future__ import annotations

import importlib
import io
import re
import zlib
from datetime import UTC, datetime

import pytest
from PIL import Image, ImageDraw

from gateway.adapters.qr_picture import SvgQrPicture
from gateway.adapters.receipt_pdf import PdfReceiptFile

TEXT = "Café Süß\n\nSUMME (2)   12,34 €\nΑθήνα Москва 日本\n😀 x\n"
NOW = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)


def _png() -> bytes:
    image = Image.new("L", (384, 500), 255)
    ImageDraw.Draw(image).text((10, 10), "paper", fill=0)
    out = io.BytesIO()
    image.save(out, "PNG")
    return out.getvalue()


def _pdf(text: str = TEXT) -> bytes:
    return PdfReceiptFile().pdf(png=_png(), text=text, title="Beleg ü", made_at=NOW)


def _objects(pdf: bytes) -> dict[int, bytes]:
    """Read the objects by the file's own table, as a reader does."""
    start = int(pdf.rpartition(b"startxref\n")[2].split(b"\n")[0])
    assert pdf[start : start + 5] == b"xref\n"
    places = [int(one) for one in re.findall(rb"(\d{10}) 00000 n ", pdf[start:])]
    for number, place in enumerate(places, start=1):
        assert pdf[place:].startswith(b"%d 0 obj\n" % number)
    return {number: pdf[place:].partition(b"\nendobj")[0] for number, place in enumerate(places, start=1)}


def _unpacked(body: bytes) -> bytes:
    length = int(re.search(rb"/Length (\d+)", body)[1])  # type: ignore[index]  # every stream names it
    data = body.partition(b"stream\n")[2]
    assert data[length:] == b"\nendstream"
    return zlib.decompress(data[:length])


def test_file_when_made_then_its_table_leads_to_every_object_and_the_picture_is_whole() -> None:
    objects = _objects(_pdf())

    with Image.open(io.BytesIO(_png())) as image:
        assert _unpacked(objects[5]) == image.convert("L").tobytes()
    assert b"/Width 384/Height 500" in objects[5]
    assert b"3 Tr" in _unpacked(objects[4])


def test_text_when_made_then_every_letter_stands_in_it() -> None:
    content = _unpacked(_objects(_pdf())[4])

    lines = ["".join(chr(int(code, 16)) for code in re.findall("....", found.decode()))
             for found in re.findall(rb"<([0-9A-F]+)> Tj", content)]  # fmt: skip
    assert lines == ["Café Süß", "SUMME (2)   12,34 €", "Αθήνα Москва 日本", "\ufffd x"]


def test_file_when_made_twice_then_the_same_bytes() -> None:
    assert _pdf() == _pdf()
    assert _objects(_pdf(""))


def test_text_when_read_by_a_reader_of_pdf_then_found() -> None:
    try:
        reader = importlib.import_module("pypdfium2")
    except ImportError:
        pytest.skip("needs pypdfium2, which comes with the extra ocr")
    page = reader.PdfDocument(_pdf())[0]

    found = page.get_textpage().get_text_range()

    assert "SUMME (2) 12,34 €" in " ".join(found.split())
    assert [round(size) for size in page.get_size()] == [136, 177]


def test_qr_when_drawn_then_it_holds_the_modules_of_the_code() -> None:
    svg = SvgQrPicture().svg("https://shop.example/r/" + "0" * 40)

    size = int(re.search(r'viewBox="0 0 (\d+)', svg)[1])  # type: ignore[index]  # it has one
    dark = sum(int(one) for one in re.findall(r"h(\d+)v1h", svg))
    assert size == 29 + 8
    assert 0.3 < dark / 29**2 < 0.7
    assert svg.count("M4 4h7") == 1
