"""What is done to a picture around reading it: straightening, contrast, and turning it upright.

Most pictures are upright: they are read first, and only what was read badly is turned and read again.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from PIL import Image, ImageOps

from invoice_capture.model import Word
from invoice_capture.ocr.engine import OcrEngine
from invoice_capture.ocr.straightening import skew_of, straighten

Runs = tuple[tuple[Word, ...], ...]
_TALL = 1.5
"""Height by width of a run from which it runs upwards or downwards."""
_LETTERS_TELLING = 4
_RUNS_TELLING = 3
_SURE = 0.80
"""Mean confidence below which a page may be upside down; upright pages of poor print have 0.9."""
_FLAT_CONTRAST = 90
"""Grey levels between ink and paper below which contrast is stretched."""
_CLOCKWISE = {
    90: Image.Transpose.ROTATE_270,
    180: Image.Transpose.ROTATE_180,
    270: Image.Transpose.ROTATE_90,
}


@dataclass(frozen=True, slots=True)
class Prepared:
    """An upright picture and what was read on it.

    ``turned``: degrees clockwise it was turned by; ``straightened``: after that, see ``Page``.
    """

    upright: Image.Image
    turned: int
    straightened: float
    runs: Runs


def prepare(picture: Image.Image, engine: OcrEngine) -> Prepared:
    """Read a picture, and find out how it is upright."""
    first = _read(picture, 0, engine)
    if _runs_upwards(first.runs):
        return max((_read(picture, turn, engine) for turn in (90, 270)), key=quality)
    if _is_doubtful(first.runs):
        return max((first, _read(picture, 180, engine)), key=quality)
    return first


def upright_picture(picture: Image.Image, turned: int, straightened: float) -> Image.Image:
    """Return a picture as it was read."""
    turn = _CLOCKWISE.get(turned)
    return straighten(picture if turn is None else picture.transpose(turn), straightened)


def quality(prepared: Prepared) -> float:
    """Return how much was read, weighted by how surely, so that turns can be compared."""
    return sum(len(word.text) * word.confidence**3 for run in prepared.runs for word in run if not _is_tall(run))


def _read(picture: Image.Image, turn: int, engine: OcrEngine) -> Prepared:
    turned = upright_picture(picture, turn, 0.0)
    skew = skew_of(turned)
    upright = straighten(turned, skew)
    return Prepared(upright, turn, skew, engine.read(_clear(upright)))


def _runs_upwards(runs: Runs) -> bool:
    telling = [run for run in runs if sum(len(word.text) for word in run) >= _LETTERS_TELLING]
    tall = sum(1 for run in telling if _is_tall(run))
    return len(telling) >= _RUNS_TELLING and tall > len(telling) / 2


def _is_tall(run: Sequence[Word]) -> bool:
    box = run[0].box
    for word in run[1:]:
        box = box.union(word.box)
    return box.height > _TALL * box.width


def _is_doubtful(runs: Runs) -> bool:
    words = [word for run in runs for word in run]
    if not words:
        return True
    letters = sum(len(word.text) for word in words)
    return sum(word.confidence * len(word.text) for word in words) / letters < _SURE


def _clear(picture: Image.Image) -> Image.Image:
    low, high = np.percentile(np.asarray(picture.convert("L").reduce(4)), (2, 98))
    return ImageOps.autocontrast(picture, cutoff=1) if high - low < _FLAT_CONTRAST else picture
