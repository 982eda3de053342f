"""Pages of files without OCR: text layers, limits, damaged files."""

from __future__ import annotations

import numpy as np
import pytest

from invoice_capture.errors import CaptureError, NotAvailable, Refused
from invoice_capture.intake.limits import Limits
from invoice_capture.model import Page, PageSource
from invoice_capture.ocr.engine import OcrChoice
from invoice_capture.read.pages import page_of, pages_of_pdf, pages_of_picture, picture_of
from tests.support.drawn_documents import encoded, pdf_of, receipt_picture

pytestmark = pytest.mark.ocr
_NONE = OcrChoice(engine="none")
_TEXTS = [(50, 60, "Nordwind GmbH"), (400, 60, "Invoice 17"), (50, 74, "Harbour Road 12")]


def _silent(_page: int, _count: int) -> None:
    """Tell nobody."""


def _read(data: bytes, limits: Limits | None = None) -> list[Page]:
    return list(pages_of_pdf(data, limits or Limits(), _NONE, _silent))


@pytest.mark.parametrize("rotate", [0, 90, 180, 270])
@pytest.mark.parametrize("upwards", [False, True])
def test_text_layer_when_the_page_lies_turned_then_its_words_are_read_upright(rotate: int, *, upwards: bool) -> None:
    """Whatever the page declares, its words decide what is upright: boxes are those of the upright page."""
    width, height = (842, 595) if upwards else (595, 842)

    [page] = _read(pdf_of([_TEXTS], rotate=rotate, upwards=upwards))

    assert page.source is PageSource.TEXT_LAYER
    assert [line.text for line in page.lines] == ["Nordwind GmbH", "Invoice 17", "Harbour Road 12"]
    assert (page.width, page.height) == (width, height)
    assert page.turned == ((90 if upwards else 0) - rotate) % 360
    first = page.lines[0].box
    assert 48 < first.x0 < 52
    assert 48 < first.y0 < first.y1 < 64


def test_pages_when_read_then_each_is_told() -> None:
    told: list[tuple[int, int]] = []

    pages = list(
        pages_of_pdf(pdf_of([_TEXTS, _TEXTS]), Limits(), _NONE, lambda page, count: told.append((page, count)))
    )

    assert [page.number for page in pages] == [1, 2]
    assert told == [(1, 2), (2, 2)]


def test_page_when_it_is_empty_then_no_engine_is_needed() -> None:
    [page] = _read(pdf_of([[]]))

    assert page.lines == ()


def test_page_when_it_is_a_picture_and_nothing_reads_it_then_it_is_said() -> None:
    with pytest.raises(NotAvailable) as missing:
        _read(pdf_of([[]], picture=receipt_picture()))

    assert missing.value.code == "needs_ocr"
    assert missing.value.hint == ""


def test_page_when_text_lies_over_a_picture_then_the_text_counts_without_an_engine() -> None:
    [page] = _read(pdf_of([_TEXTS], picture=receipt_picture()))

    assert page.source is PageSource.TEXT_LAYER


@pytest.mark.parametrize(
    ("data", "limits", "code"),
    [
        (pdf_of([[]] * 3), Limits(pages_max=2), "too_many_pages"),
        (pdf_of([_TEXTS])[:200], Limits(), "pdf_broken"),
        (pdf_of([_TEXTS], size=(20_000, 20_000)), Limits(), "page_too_large"),
        (pdf_of([]), Limits(), "pdf_broken"),
    ],
)
def test_pdf_when_a_limit_is_crossed_then_the_reason_has_a_name(data: bytes, limits: Limits, code: str) -> None:
    with pytest.raises(CaptureError) as refused:
        _read(data, limits)

    assert refused.value.code == code


@pytest.mark.parametrize(
    ("data", "kind", "limits", "code"),
    [
        (encoded(receipt_picture(), "PNG"), "png", Limits(pixels_max=1000), "too_many_pixels"),
        (encoded(receipt_picture(), "PNG")[:400], "png", Limits(), "image_broken"),
        (encoded(receipt_picture(), "JPEG")[:900], "jpeg", Limits(), "image_broken"),
        (encoded(receipt_picture(), "PNG"), "jpeg", Limits(), "image_broken"),
        (b"\x00\x00\x00\x18ftypheic\x00\x00\x00\x00mif1heic", "heic", Limits(), "image_broken"),
    ],
)
def test_picture_when_a_limit_is_crossed_then_the_reason_has_a_name(
    data: bytes, kind: str, limits: Limits, code: str
) -> None:
    with pytest.raises(CaptureError) as refused:
        list(pages_of_picture(data, kind, limits, OcrChoice(), _silent))

    assert refused.value.code == code


def test_picture_of_a_page_when_asked_then_it_lies_as_it_was_read() -> None:
    data = pdf_of([_TEXTS], rotate=90)
    page = page_of(data, "pdf", 1, Limits(), _NONE)

    picture = picture_of(data, "pdf", page, 595, Limits())

    box = next(line for line in page.lines if line.text == "Invoice 17").box
    inside = picture.crop((round(box.x0), round(box.y0), round(box.x1), round(box.y1)))
    below = picture.crop((0, 100, picture.width, picture.height))
    assert abs(picture.width - 595) <= 1
    assert abs(picture.height - 842) <= 1
    assert np.asarray(inside.convert("L")).min() < 100
    assert np.asarray(below.convert("L")).min() == 255


@pytest.mark.parametrize("number", [0, 2])
def test_picture_of_a_page_when_there_is_none_then_it_is_said(number: int) -> None:
    with pytest.raises(Refused) as refused:
        page_of(pdf_of([_TEXTS]), "pdf", number, Limits(), _NONE)

    assert refused.value.code == "page_not_found"
