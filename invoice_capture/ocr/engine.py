"""What an OCR engine is to the rest, and the choice of one."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from importlib.util import find_spec
from typing import Literal, Protocol

from PIL.Image import Image

from invoice_capture.errors import NotAvailable
from invoice_capture.model import PageSource, Word

EngineName = Literal["auto", "rapidocr", "tesseract", "none"]


@dataclass(frozen=True, slots=True)
class OcrChoice:
    """Which engine reads pictures.

    ``engine``: `auto` takes RapidOCR when it is there, else Tesseract; ``threads``: processors of one page, >= 1;
    ``languages``: for Tesseract, its own names.
    """

    engine: EngineName = "auto"
    threads: int = 1
    languages: tuple[str, ...] = ("eng", "deu")


class OcrEngine(Protocol):
    """Reads the text of one upright picture."""

    @property
    def source(self) -> PageSource:
        """What its words are marked with."""

    def read(self, picture: Image) -> tuple[tuple[Word, ...], ...]:
        """Return the runs of text, each with its words from left to right; boxes in pixels of the picture."""


def available(name: EngineName) -> bool:
    """Whether the machine has an engine, without loading it."""
    match name:
        case "none":
            return False
        case "auto":
            return available("rapidocr") or available("tesseract")
        case "rapidocr":
            return all(find_spec(module) is not None for module in ("rapidocr", "onnxruntime"))
        case "tesseract":
            from invoice_capture.ocr.tesseract_program import find_program

            return find_spec("pytesseract") is not None and find_program() is not None


@cache
def engine_of(choice: OcrChoice) -> OcrEngine:
    """Return the engine of a choice; one a process, since loading its models takes longer than reading a page.

    Raises:
        NotAvailable: `needs_ocr`, the machine has no such engine or reading pictures is switched off.
    """
    name = choice.engine
    if name == "auto":
        name = "rapidocr" if available("rapidocr") else "tesseract"
    if not available(name):
        hint = "" if choice.engine == "none" else "pip install 'tillbridge[ocr]'"
        raise NotAvailable("needs_ocr", "the text of a picture is needed, and there is no OCR engine to read it", hint)
    if name == "rapidocr":
        from invoice_capture.ocr.rapid import RapidEngine

        return RapidEngine(threads=choice.threads)
    from invoice_capture.ocr.tesseract import TesseractEngine

    return TesseractEngine(languages=choice.languages, threads=choice.threads)
