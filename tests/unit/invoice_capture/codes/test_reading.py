from __future__ import annotations

import numpy as np
import pytest
from PIL import Image

from invoice_capture.codes.reading import codes_on
from invoice_capture.model import CodeKind

pytestmark = pytest.mark.ocr
_EPC = "BCD\n002\n1\nSCT\n\nNordwind GmbH\nDE71110220330123456789\nEUR12.30\n\n\nInvoice 17\n"


def _page_with(text: str, *, left: int, top: int, module_px: int, size: tuple[int, int]) -> Image.Image:
    import zxingcpp

    barcode = zxingcpp.create_barcode(text, zxingcpp.BarcodeFormat.QRCode)
    code = Image.fromarray(np.array(barcode.to_image(scale=module_px)))
    page = Image.new("L", size, 255)
    page.paste(code, (left, top))
    return page


@pytest.mark.parametrize(
    ("module_px", "size", "left"), [(4, (1200, 1600), 700), (8, (3600, 4800), 2100)], ids=["page", "large page"]
)
def test_code_when_it_is_on_a_page_then_its_text_and_place_are_found(
    module_px: int, size: tuple[int, int], left: int
) -> None:
    [code] = codes_on(_page_with(_EPC, left=left, top=200, module_px=module_px, size=size))

    assert (code.kind, code.text) == (CodeKind.EPC, _EPC)
    assert code.box is not None
    assert left <= code.box.x0 < code.box.x1 <= size[0]
    assert 200 <= code.box.y0 < code.box.y1
    assert code.box.width == pytest.approx(code.box.height, rel=0.1)


def test_code_when_there_is_none_then_none_is_found() -> None:
    assert codes_on(Image.new("RGB", (300, 300), "white")) == ()
