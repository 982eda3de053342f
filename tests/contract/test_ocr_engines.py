"""What every OCR engine must do, over pictures that are drawn here."""

from __future__ import annotations

from pathlib import Path
from typing import Literal

import pytest
from PIL import Image

from invoice_capture.errors import NotAvailable
from invoice_capture.intake.limits import Limits
from invoice_capture.model import PageSource, Word
from invoice_capture.ocr.engine import OcrChoice, OcrEngine, available, engine_of
from invoice_capture.ocr.preprocess import prepare
from invoice_capture.ocr.straightening import skew_of
from invoice_capture.read.pages import pages_of_pdf, pages_of_picture
from invoice_capture.read.reading_order import lines_of
from tests.support.drawn_documents import RECEIPT_ROWS, pdf_of, receipt_picture

pytestmark = pytest.mark.ocr
HEIC = Path(__file__).parents[1] / "golden" / "pictures" / "receipt.heic"
Name = Literal["rapidocr", "tesseract"]


@pytest.fixture(params=["rapidocr", "tesseract"], scope="module")
def engine(request: pytest.FixtureRequest) -> OcrEngine:
    name: Name = request.param
    if not available(name):
        pytest.skip(f"lacks ocr: no engine {name}")
    return engine_of(OcrChoice(engine=name))


def _texts(words: list[Word]) -> list[str]:
    return [line.text for line in lines_of(words)]


def _words(picture: Image.Image, engine: OcrEngine) -> list[Word]:
    return [word for run in engine.read(picture) for word in run]


def test_engine_when_it_reads_a_receipt_then_rows_words_and_places_are_right(engine: OcrEngine) -> None:
    picture = receipt_picture()

    words = _words(picture, engine)

    assert _texts(words) == [" ".join(row.split()) for row in RECEIPT_ROWS]
    assert all(0 <= word.confidence <= 1 for word in words)
    assert all(0 <= word.box.x0 < word.box.x1 <= picture.width + 2 for word in words)
    total = next(word for word in words if word.text == "7.70")
    assert total.box.x0 > picture.width / 2
    assert 7 * 28 * 1.7 - 15 < total.box.y0 < 7 * 28 * 1.7 + 15


def test_engine_when_the_page_is_blank_then_it_reads_nothing(engine: OcrEngine) -> None:
    assert engine.read(Image.new("RGB", (400, 300), "white")) == ()


def test_engine_when_asked_then_it_says_what_it_is(engine: OcrEngine) -> None:
    assert engine.source in {PageSource.RAPIDOCR, PageSource.TESSERACT}


@pytest.mark.parametrize("turn", [90, 180, 270])
def test_page_when_it_lies_turned_then_it_is_read_upright(turn: int) -> None:
    upright = receipt_picture()

    found = prepare(upright.rotate(turn, expand=True), engine_of(OcrChoice()))

    # Pillow turns against the clock: the same angle with the clock sets it right.
    assert found.turned == turn
    assert found.upright.size == upright.size
    assert "TOTAL 7.70" in _texts([word for run in found.runs for word in run])


@pytest.mark.parametrize("askew", [-5.0, 3.0])
def test_page_when_it_lies_askew_then_it_is_straightened(askew: float) -> None:
    picture = receipt_picture().rotate(askew, fillcolor="white", expand=True, resample=Image.Resampling.BICUBIC)

    assert skew_of(picture) == pytest.approx(askew, abs=0.5)


def test_page_when_it_is_level_or_blank_then_it_is_left_alone() -> None:
    assert skew_of(receipt_picture()) == 0
    assert skew_of(Image.new("RGB", (400, 300), "white")) == 0
    assert skew_of(Image.new("RGB", (8, 8), "white")) == 0


def test_choice_when_there_is_no_engine_then_it_is_said() -> None:
    with pytest.raises(NotAvailable) as missing:
        engine_of(OcrChoice(engine="none"))

    assert missing.value.code == "needs_ocr"


def test_picture_when_it_is_a_heic_of_a_phone_then_it_is_read() -> None:
    """The file is ``receipt_picture()``, saved once as HEIC: no encoder comes with what the project installs."""
    [page] = pages_of_picture(HEIC.read_bytes(), "heic", Limits(), OcrChoice(), lambda *_: None)

    assert [line.text for line in page.lines] == [" ".join(row.split()) for row in RECEIPT_ROWS]
    assert page.source in {PageSource.RAPIDOCR, PageSource.TESSERACT}


def test_page_when_text_stands_beside_pictures_of_text_then_both_are_read_once(engine: OcrEngine) -> None:
    name: Name = "rapidocr" if engine.source is PageSource.RAPIDOCR else "tesseract"
    typed = [(330, 60, "Invoice No. 4711"), (330, 80, "Order 17"), (330, 100, "Page 1")]
    letterhead = Image.new("RGB", (1190, 1684), "white")
    letterhead.paste(receipt_picture(RECEIPT_ROWS[:2]), (60, 80))
    data = pdf_of([typed], picture=letterhead)

    [page] = pages_of_pdf(data, Limits(), OcrChoice(engine=name), lambda *_: None)

    assert page.source is PageSource.MIXED
    words = [word.text for line in page.lines for word in line.words]
    assert sorted(words) == sorted(" ".join([*RECEIPT_ROWS[:2], "Invoice No. 4711 Order 17 Page 1"]).split())
    box = next(word.box for line in page.lines for word in line.words if word.text == "NORDWIND")
    assert (0 < box.x0 < 150, 0 < box.y0 < 150) == (True, True)


def test_page_when_pictures_stand_on_it_and_nothing_reads_them_then_the_text_layer_is_all() -> None:
    typed = [(330, 60, "Invoice No. 4711"), (330, 80, "Order 17")]
    data = pdf_of([typed], picture=receipt_picture(RECEIPT_ROWS[:2]))

    [page] = pages_of_pdf(data, Limits(), OcrChoice(engine="none"), lambda *_: None)

    assert page.source is PageSource.TEXT_LAYER
    assert [line.text for line in page.lines] == ["Invoice No. 4711", "Order 17"]
