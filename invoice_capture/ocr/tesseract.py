"""Tesseract through pytesseract: the program of a wheel or of the system, one process a page."""

from __future__ import annotations

import os
from collections.abc import Sequence

import pytesseract
from PIL.Image import Image

from invoice_capture.errors import NotAvailable, Refused
from invoice_capture.model import Box, PageSource, Word
from invoice_capture.ocr.tesseract_program import find_program, languages_of

_LEAST_CONFIDENCE = 0.3
"""Below, what was read is noise, not text."""
_SPARSE_TEXT_IN_COLUMNS = "--psm 4"
"""Page segmentation mode of `tesseract --help-psm`: one column of text of varying sizes; keeps the rows of receipts."""
_SECONDS_A_PAGE = 120


class TesseractEngine:
    """Starts the program for each picture; holds nothing between."""

    def __init__(self, *, languages: Sequence[str] = ("eng",), threads: int = 1) -> None:
        program = find_program()
        if program is None:
            raise NotAvailable("needs_ocr", "the program tesseract is missing", "pip install 'tillbridge[ocr]'")
        pytesseract.pytesseract.tesseract_cmd = str(program.path)
        # The program and its child processes take both from the environment alone.
        os.environ["OMP_THREAD_LIMIT"] = str(threads)
        if program.tessdata is not None:
            os.environ["TESSDATA_PREFIX"] = str(program.tessdata)
        self._languages = "+".join(languages_of(program, tuple(languages)))

    @property
    def source(self) -> PageSource:
        """What its words are marked with."""
        return PageSource.TESSERACT

    def read(self, picture: Image) -> tuple[tuple[Word, ...], ...]:
        """Return the runs of text, each with its words from left to right; boxes in pixels of the picture.

        Raises:
            Refused: `ocr_failed`, the program ended with an error.
        """
        try:
            found = pytesseract.image_to_data(
                picture.convert("L"),
                lang=self._languages,
                config=_SPARSE_TEXT_IN_COLUMNS,
                timeout=_SECONDS_A_PAGE,
                output_type=pytesseract.Output.DICT,
            )
        except (pytesseract.TesseractError, RuntimeError, OSError) as error:
            raise Refused("ocr_failed", "the program tesseract could not read this picture") from error
        runs: dict[tuple[int, int, int], list[Word]] = {}
        for index, text in enumerate(found["text"]):
            confidence = float(found["conf"][index]) / 100
            if not text.strip() or confidence < _LEAST_CONFIDENCE:
                continue
            left, top = float(found["left"][index]), float(found["top"][index])
            box = Box(left, top, left + float(found["width"][index]), top + float(found["height"][index]))
            run = (found["block_num"][index], found["par_num"][index], found["line_num"][index])
            runs.setdefault(run, []).append(Word(text.strip(), box, confidence))
        return tuple(tuple(sorted(words, key=lambda word: word.box.x0)) for words in runs.values())
