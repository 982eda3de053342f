"""PDF files: opening them within the limits, their text layers, and their pages as pictures."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from typing import Any

import pypdfium2
import pypdfium2.raw as pdfium
from PIL.Image import Image

from invoice_capture.errors import Refused
from invoice_capture.intake.limits import Limits
from invoice_capture.model import Box
from invoice_capture.read.pdf_text import Frame, TextLayer, text_layer

_POINTS_AN_INCH = 72
_SIDE_MAX_POINTS = 14_400
"""Largest side of a page by ISO 32000-1 annex C.2 (200 inches)."""
_LETTERS_MAX = 60_000
"""Letters of one page that are read: a page of small print has 10,000."""
_OBJECTS_MAX = 20_000
_DEPTH_MAX = 4
_SHAPES_OF_LETTERS = 60
_INVISIBLE = 3
"""Text rendering mode of ISO 32000-1 9.3.6: neither filled nor stroked, as OCR programs lay it under a scan."""
_OPENING_ERRORS = {
    pdfium.FPDF_ERR_PASSWORD: ("pdf_encrypted", "the PDF is locked with a password", "ask for it without a password"),
    pdfium.FPDF_ERR_SECURITY: ("pdf_encrypted", "the PDF is encrypted in a way nobody can open here", ""),
}


@contextmanager
def open_pdf(data: bytes, limits: Limits) -> Iterator[pypdfium2.PdfDocument]:
    """Open a PDF, with the text of its form fields as part of the pages.

    Raises:
        Refused: `pdf_encrypted`, `pdf_broken`, `too_many_pages`.
    """
    try:
        document = pypdfium2.PdfDocument(data)
    except pypdfium2.PdfiumError as error:
        code, message, hint = _OPENING_ERRORS.get(
            getattr(error, "err_code", 0),
            ("pdf_broken", "the PDF is damaged or cut off", "ask for it again"),
        )
        raise Refused(code, message, hint) from error
    try:
        count = len(document)
        if count < 1:
            raise Refused("pdf_broken", "the PDF has no page", "ask for it again")
        if count > limits.pages_max:
            raise Refused("too_many_pages", f"the document has {count} pages; {limits.pages_max} are allowed")
        with suppress(pypdfium2.PdfiumError):
            document.init_forms()
        yield document
    finally:
        document.close()


@contextmanager
def open_page(document: pypdfium2.PdfDocument, index: int) -> Iterator[Any]:
    """Open one page, filled form fields drawn into it.

    Raises:
        Refused: `pdf_broken`, `page_too_large`.
    """
    try:
        page = document[index]
    except pypdfium2.PdfiumError as error:
        raise Refused("pdf_broken", f"page {index + 1} of the PDF is damaged", "ask for it again") from error
    try:
        width, height = page.get_size()
        if not (0 < width <= _SIDE_MAX_POINTS and 0 < height <= _SIDE_MAX_POINTS):
            raise Refused("page_too_large", f"page {index + 1} is larger than any paper", "")
        if document.formenv is not None and pdfium.FPDFPage_GetAnnotCount(page.raw) > 0:
            with suppress(pypdfium2.PdfiumError):
                page.flatten()
                # What was drawn into the page is seen only by those who open it anew.
                page.close()
                page = document[index]
        yield page
    finally:
        page.close()


def frame_of(page: Any) -> Frame:  # noqa: ANN401 - the library is untyped
    """Return how the page lies: the part of it that is shown, and its own rotation."""
    left, bottom, right, top = page.get_bbox()
    return Frame(left, bottom, right, top, page.get_rotation() % 360)


def layer_of(page: Any) -> TextLayer:  # noqa: ANN401
    """Return the text layer of an open page."""
    return text_layer(page, frame_of(page), letters_max=_LETTERS_MAX)


@dataclass(frozen=True, slots=True)
class Pictures:
    """What a page shows besides text.

    ``boxes``: places of its pictures, upright; ``text_invisible``: most text is laid under a scan; ``drawn``: it has
    so many drawn shapes that they may be letters.
    """

    boxes: tuple[Box, ...]
    text_invisible: bool
    drawn: bool


def pictures_on(page: Any) -> Pictures:  # noqa: ANN401
    """Return what an open page shows besides text."""
    frame = frame_of(page)
    boxes: list[Box] = []
    shown = hidden = shapes = 0
    for number, found in enumerate(page.get_objects(max_depth=_DEPTH_MAX)):
        if number >= _OBJECTS_MAX:
            break
        if found.type == pdfium.FPDF_PAGEOBJ_IMAGE:
            with suppress(pypdfium2.PdfiumError):
                boxes.append(_inside(frame.box(*found.get_bounds()), frame))
        elif found.type == pdfium.FPDF_PAGEOBJ_PATH:
            shapes += 1
        elif found.type == pdfium.FPDF_PAGEOBJ_TEXT:
            if pdfium.FPDFTextObj_GetTextRenderMode(found.raw) == _INVISIBLE:
                hidden += 1
            else:
                shown += 1
    return Pictures(tuple(boxes), hidden > shown, shapes > _SHAPES_OF_LETTERS)


def picture_of_page(page: Any, *, dots_per_inch: float, turned: int, limits: Limits) -> Image:  # noqa: ANN401
    """Draw a page.

    Args:
        page: an open page.
        dots_per_inch: resolution, > 0; less is taken where the page would have more pixels than the limit allows.
        turned: degrees clockwise by which it is turned besides its own rotation.
        limits: of the file.

    Raises:
        Refused: `pdf_broken`.
    """
    width, height = page.get_size()
    scale = dots_per_inch / _POINTS_AN_INCH
    scale = min(scale, (limits.pixels_max / (width * height)) ** 0.5 * 0.99)
    try:
        bitmap = page.render(scale=scale, rotation=turned, may_draw_forms=False, rev_byteorder=True)
        picture: Image = bitmap.to_pil().convert("RGB")
    except (pypdfium2.PdfiumError, ValueError) as error:
        raise Refused("pdf_broken", "a page of the PDF cannot be drawn", "ask for it again") from error
    bitmap.close()
    return picture


def _inside(box: Box, frame: Frame) -> Box:
    width, height = frame.size
    return Box(max(box.x0, 0.0), max(box.y0, 0.0), min(box.x1, width), min(box.y1, height))
