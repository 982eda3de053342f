"""Pages of one file: from its text layer where there is one, from its picture where there is none, or from both."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from itertools import islice

from PIL.Image import Image, Resampling

from invoice_capture.codes.reading import codes_on
from invoice_capture.errors import NotAvailable, Refused
from invoice_capture.intake.limits import Limits
from invoice_capture.model import Box, Code, Page, PageSource, Word
from invoice_capture.ocr.engine import OcrChoice, engine_of
from invoice_capture.ocr.preprocess import Prepared, prepare, upright_picture
from invoice_capture.read.images import open_image, pages_of_image
from invoice_capture.read.pdf import layer_of, open_page, open_pdf, picture_of_page, pictures_on
from invoice_capture.read.reading_order import lines_of

Progress = Callable[[int, int], None]
"""Told the number of a page that is done, and of how many, 0 when that is not known."""
_DOTS_FOR_OCR = 200
"""Letters of 8 points are then 22 pixels high; more cost time and are read no better."""
_DOTS_FOR_CODES = 150
_PICTURE_SHARE = 0.12
"""Share of a page from which the pictures on it may hold text that matters: smaller ones are logos."""
_FEW_WORDS = 3
"""A text layer of fewer words is a stamp or a page number on a scan."""


def pages_of_pdf(data: bytes, limits: Limits, choice: OcrChoice, progress: Progress) -> Iterator[Page]:
    """Yield the pages of a PDF.

    Args:
        data: the file.
        limits: of the file.
        choice: of the OCR engine.
        progress: told each page when it is done, and how many there are.

    Raises:
        Refused: as ``open_pdf`` and ``open_page`` say.
        NotAvailable: `needs_ocr`, a page is a picture and no engine can read it.
    """
    with open_pdf(data, limits) as document:
        count = len(document)
        for index in range(count):
            with open_page(document, index) as page:
                found = _page_of_pdf(page, index + 1, limits, choice)
            progress(index + 1, count)
            yield found


def pages_of_picture(data: bytes, kind: str, limits: Limits, choice: OcrChoice, progress: Progress) -> Iterator[Page]:
    """Yield the pages of a JPEG, PNG, TIFF or HEIC file.

    Args:
        data: the file.
        kind: `jpeg`, `png`, `tiff` or `heic`.
        limits: of the file.
        choice: of the OCR engine.
        progress: told each page when it is done; how many there are is not known before the last: it is told 0.

    Raises:
        Refused: as ``open_image`` and ``pages_of_image`` say.
        NotAvailable: `needs_ocr`, `heic_not_installed`.
    """
    with open_image(data, kind, limits) as image:
        for number, picture in enumerate(pages_of_image(image, limits), start=1):
            found = _page_of_picture(picture, number, choice)
            progress(number, 0)
            yield found


def page_of(data: bytes, kind: str, number: int, limits: Limits, choice: OcrChoice) -> Page:
    """Read one page of a file, as ``pages_of_pdf`` and ``pages_of_picture`` read all.

    Raises:
        Refused: `page_not_found`, and what reading the file may raise.
        NotAvailable: the page is a picture and nothing here reads pictures.
    """
    if kind == "pdf":
        with open_pdf(data, limits) as document:
            if not 1 <= number <= len(document):
                raise _not_found(number)
            with open_page(document, number - 1) as page:
                return _page_of_pdf(page, number, limits, choice)
    return _page_of_picture(_frame(data, kind, number, limits), number, choice)


def picture_of(data: bytes, kind: str, page: Page, width: int, limits: Limits) -> Image:
    """Return the picture of a page that was read, as its boxes see it.

    Args:
        data: the file.
        kind: as ``ReadDocument`` has it.
        page: what was read; its number, turn and straightening are used.
        width: of the picture in pixels, > 0; a picture is never made larger than it is.
        limits: of the file.

    Raises:
        Refused: `page_not_found`, and what reading the file may raise.
    """
    picture = _drawn(data, page, width, limits) if kind == "pdf" else _frame(data, kind, page.number, limits)
    upright = upright_picture(picture, 0 if kind == "pdf" else page.turned, page.straightened)
    if upright.width <= width:
        return upright
    return upright.resize((width, max(1, round(upright.height * width / upright.width))), Resampling.LANCZOS)


def _frame(data: bytes, kind: str, number: int, limits: Limits) -> Image:
    with open_image(data, kind, limits) as image:
        found = next(islice(pages_of_image(image, limits), number - 1, number), None) if number > 0 else None
    if found is None:
        raise _not_found(number)
    return found


def _drawn(data: bytes, page: Page, width: int, limits: Limits) -> Image:
    with open_pdf(data, limits) as document:
        if not 1 <= page.number <= len(document):
            raise _not_found(page.number)
        with open_page(document, page.number - 1) as opened:
            dots = 72 * width / page.width
            return picture_of_page(opened, dots_per_inch=dots, turned=page.turned, limits=limits)


def _not_found(number: int) -> Refused:
    return Refused("page_not_found", f"the document has no page {number}")


def _page_of_picture(picture: Image, number: int, choice: OcrChoice) -> Page:
    scan = _scan(picture, choice)
    width, height = scan.size
    lines = lines_of(scan.words)
    return Page(number, width, height, lines, scan.source, scan.codes, scan.turned, scan.straightened)


def _page_of_pdf(page: object, number: int, limits: Limits, choice: OcrChoice) -> Page:
    layer = layer_of(page)
    pictures = pictures_on(page)
    boxes, invisible, drawn = pictures.boxes, pictures.text_invisible, pictures.drawn
    width, height = page.get_size()  # type: ignore[attr-defined]  # the library is untyped
    if layer.turned in {90, 270}:
        width, height = height, width
    words = () if layer.broken else layer.words
    if layer.broken or (len(words) < _FEW_WORDS and (boxes or drawn)):
        return _scanned_page(page, number, limits, choice)
    if not boxes:
        return Page(number, width, height, lines_of(words), PageSource.TEXT_LAYER, (), layer.turned)
    share = sum(box.width * box.height for box in boxes if box.width > 0 and box.height > 0) / (width * height)
    if share < _PICTURE_SHARE or invisible:
        picture = picture_of_page(page, dots_per_inch=_DOTS_FOR_CODES, turned=layer.turned, limits=limits)
        codes = tuple(_scaled_code(code, width / picture.width) for code in codes_on(picture))
        return Page(number, width, height, lines_of(words), PageSource.TEXT_LAYER, codes, layer.turned)
    return _mixed_page(page, number, limits, choice, layer_words=words, turned=layer.turned)


def _scanned_page(page: object, number: int, limits: Limits, choice: OcrChoice) -> Page:
    picture = picture_of_page(page, dots_per_inch=_DOTS_FOR_OCR, turned=0, limits=limits)
    scan = _scan(picture, choice)
    scale = page.get_size()[0] / picture.width  # type: ignore[attr-defined]  # the library is untyped
    words = [Word(word.text, _scaled(word.box, scale), word.confidence) for word in scan.words]
    codes = tuple(_scaled_code(code, scale) for code in scan.codes)
    width, height = scan.size
    lines = lines_of(words)
    return Page(number, width * scale, height * scale, lines, scan.source, codes, scan.turned, scan.straightened)


def _mixed_page(
    page: object, number: int, limits: Limits, choice: OcrChoice, *, layer_words: Sequence[Word], turned: int
) -> Page:
    picture = picture_of_page(page, dots_per_inch=_DOTS_FOR_OCR, turned=turned, limits=limits)
    width, height = page.get_size()  # type: ignore[attr-defined]  # the library is untyped
    if turned in {90, 270}:
        width, height = height, width
    scale = width / picture.width
    codes = tuple(_scaled_code(code, scale) for code in codes_on(picture))
    try:
        runs = engine_of(choice).read(picture)
    except NotAvailable:
        # The text layer is most of the page; what the pictures say is missing, and the page is honest about it.
        return Page(number, width, height, lines_of(layer_words), PageSource.TEXT_LAYER, codes, turned)
    added = [
        Word(word.text, box, word.confidence)
        for run in runs
        for word in run
        if not _is_covered(box := _scaled(word.box, scale), layer_words)
    ]
    source = PageSource.MIXED if added else PageSource.TEXT_LAYER
    return Page(number, width, height, lines_of([*layer_words, *added]), source, codes, turned)


@dataclass(frozen=True, slots=True)
class _Scan:
    words: tuple[Word, ...]
    codes: tuple[Code, ...]
    size: tuple[int, int]
    source: PageSource
    turned: int
    straightened: float


def _scan(picture: Image, choice: OcrChoice) -> _Scan:
    engine = engine_of(choice)
    prepared: Prepared = prepare(picture, engine)
    codes = codes_on(prepared.upright)
    words = tuple(word for run in prepared.runs for word in run)
    return _Scan(words, codes, prepared.upright.size, engine.source, prepared.turned, prepared.straightened)


def _is_covered(box: Box, words: Sequence[Word]) -> bool:
    """Whether a word of the text layer stands where OCR read one."""
    area = max(box.width * box.height, 1e-6)
    return any(_shared(box, word.box) > 0.3 * min(area, word.box.width * word.box.height) for word in words)


def _shared(one: Box, other: Box) -> float:
    across = min(one.x1, other.x1) - max(one.x0, other.x0)
    down = min(one.y1, other.y1) - max(one.y0, other.y0)
    return across * down if across > 0 and down > 0 else 0.0


def _scaled(box: Box, scale: float) -> Box:
    return Box(box.x0 * scale, box.y0 * scale, box.x1 * scale, box.y1 * scale)


def _scaled_code(code: Code, scale: float) -> Code:
    return code if code.box is None else Code(code.kind, code.text, _scaled(code.box, scale))
