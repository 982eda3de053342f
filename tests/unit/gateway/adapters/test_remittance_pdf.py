"""The advice as a PDF: names in other letters are readable, drawn and searchable, and the file stays small."""

from __future__ import annotations

import io

import pdfplumber
import pypdfium2
import pytest

from gateway.adapters.remittance_pdf import PdfAdvice
from gateway.adapters.truetype_subset import subset
from terminal_driver.printer.fonts import base_font_path

NAMES = (
    "Zażółć gęślą jaźń, Sp. z o.o.",
    "Ελληνικά Τρόφιμα Α.Ε.",
    "ООО «Северный ветер» № 7",
    "İğne ve Şeker Ltd. Şti.",
    "Žluťoučký kůň, s.r.o. 1.234,50 €",
    "Árvíztűrő Tükörfúrógép Kft.",
)


def _text(pdf: bytes) -> str:
    with pdfplumber.open(io.BytesIO(pdf)) as opened:
        return "\n".join(page.extract_text() for page in opened.pages)


def _drawn(pdf: bytes) -> bytes:
    opened = pypdfium2.PdfDocument(pdf)
    try:
        return bytes(opened[0].render(scale=2, grayscale=True).to_numpy().tobytes())
    finally:
        opened.close()


def test_names_in_other_letters_then_all_of_them_are_in_the_file() -> None:
    pdf = PdfAdvice().pdf(title="Avis: Ελλάς", lines=NAMES)

    assert _text(pdf).splitlines() == ["Avis: Ελλάς", *NAMES]
    assert len(pdf) < 40_000


@pytest.mark.parametrize("name", NAMES)
def test_names_in_other_letters_then_drawn_as_letters(name: str) -> None:
    asked = "".join(sign if sign.isascii() else "?" for sign in name)
    bare = "".join(sign if sign.isascii() else " " for sign in name)

    drawn = {_drawn(PdfAdvice().pdf(title="", lines=(text,))) for text in (name, asked, bare)}

    assert len(drawn) == 3


def test_letters_that_would_read_wrong_then_question_marks() -> None:
    assert _text(PdfAdvice().pdf(title="A", lines=("שלום 12", "株式会社 7", "a\u0301"))).splitlines() == [
        "A",
        "???? 12",
        "???? 7",
        "á",
    ]


def test_subset_then_only_the_wanted_shapes_are_left() -> None:
    whole = base_font_path().read_bytes()

    found = subset(whole, "Aé\U0010fffe")

    assert set(found.glyphs) == {"A", "é"}
    assert len(found.data) < len(whole) / 4


@pytest.mark.parametrize("font", [b"", b"no font at all, but long enough", b"\x00\x01\x00\x00" + bytes(200)])
def test_subset_of_what_is_no_font_then_refused(font: bytes) -> None:
    with pytest.raises(ValueError, match="TrueType"):
        subset(font, "A")
