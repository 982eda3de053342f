"""RapidOCR: detection and recognition by neural networks whose models are in its wheel; nothing is downloaded."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import rapidocr
from PIL.Image import Image

from invoice_capture.errors import NotAvailable
from invoice_capture.model import Box, PageSource, Word

_DETECTION = "PP-OCRv6_det_small.onnx"
_RECOGNITION = "PP-OCRv6_rec_small.onnx"
_TEXT_SCORE = 0.5
"""Below, what was read is noise, not text."""


class RapidEngine:
    """One loaded engine. Not for two threads at once."""

    def __init__(self, *, threads: int = 1) -> None:
        models = Path(rapidocr.__file__).parent / "models"
        if not all((models / name).is_file() for name in (_DETECTION, _RECOGNITION)):
            # The library would fetch them from the network; a document reader does not talk to the network.
            raise NotAvailable("needs_ocr", "the installed RapidOCR has no models with it", "install it again")
        self._engine = rapidocr.RapidOCR(
            params={
                "Global.log_level": "critical",
                "Global.use_cls": False,
                "Global.text_score": _TEXT_SCORE,
                "Det.model_path": str(models / _DETECTION),
                "Rec.model_path": str(models / _RECOGNITION),
                "EngineConfig.onnxruntime.intra_op_num_threads": threads,
                "EngineConfig.onnxruntime.inter_op_num_threads": 1,
            }
        )

    @property
    def source(self) -> PageSource:
        """What its words are marked with."""
        return PageSource.RAPIDOCR

    def read(self, picture: Image) -> tuple[tuple[Word, ...], ...]:
        """Return the runs of text, each with its words from left to right; boxes in pixels of the picture."""
        pixels = np.asarray(picture.convert("RGB"))[:, :, ::-1]
        # Its type depends on the steps asked for; boxes, texts, scores and words are there when all are.
        found: Any = self._engine(np.ascontiguousarray(pixels), return_word_box=True)
        if found.boxes is None or found.txts is None:
            return ()
        pieces = found.word_results or ((),) * len(found.txts)
        runs = []
        for corners, text, score, parts in zip(found.boxes, found.txts, found.scores, pieces, strict=False):
            words = _words_of(text, float(score), _box_of(corners), parts)
            if words:
                runs.append(words)
        return tuple(runs)


def _box_of(corners: Any) -> Box:  # noqa: ANN401 - four corners, as numpy array or list
    across = [float(corner[0]) for corner in corners]
    down = [float(corner[1]) for corner in corners]
    return Box(min(across), min(down), max(across), max(down))


def _words_of(text: str, score: float, run: Box, parts: Sequence[Any]) -> tuple[Word, ...]:
    """Return the words of a run, parted at its blanks; the engine's own parts say where they stand."""
    texts = text.split()
    if not texts:
        return ()
    places = _places_of_letters(text, run, parts)
    words, place = [], 0
    for one in texts:
        place = text.index(one, place)
        box = Box(places[place], run.y0, max(places[place + len(one)], places[place] + 1), run.y1)
        words.append(Word(one, box, score))
        place += len(one)
    return tuple(words)


def _places_of_letters(text: str, run: Box, parts: Sequence[Any]) -> list[float]:
    """Return where each letter of a run begins, and at last where the run ends, in pixels from the left."""
    ends: list[float | None] = [None] * (len(text) + 1)
    place = 0
    for part in parts:
        piece, box = str(part[0]), _box_of(part[2])
        at = text.find(piece, place)
        if at < 0 or not piece:
            continue
        for index in range(len(piece) + 1):
            ends[at + index] = box.x0 + box.width * index / len(piece)
        place = at + len(piece)
    step = run.width / max(len(text), 1)
    found = [run.x0 + step * index if end is None else end for index, end in enumerate(ends)]
    for index in range(1, len(found)):
        found[index] = max(found[index], found[index - 1])
    return [min(max(one, run.x0), run.x1) for one in found]
