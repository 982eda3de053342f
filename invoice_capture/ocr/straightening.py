"""How far a picture of text lies askew: rows of letters are sharpest against the gaps when they are level."""

from __future__ import annotations

import numpy as np
from PIL import Image

SKEW_MAX = 8.0
"""Degrees either way that are looked for; a page askew by more is one a person should scan again."""
SKEW_MIN = 1.0
"""Degrees below which a page is left alone: turning it would blur letters for nothing."""
_SIDE = 600
_COARSE = 1.0
_FINE = 0.2
_GAIN_MIN = 1.15
"""How much sharper the rows must become; pictures without rows of text gain nothing."""


def skew_of(picture: Image.Image) -> float:
    """Return the degrees clockwise by which the picture must be turned to be level, 0 when it is or has no rows."""
    small = picture.convert("L")
    small.thumbnail((_SIDE, _SIDE))
    pixels = np.asarray(small, dtype=np.float32)
    if min(pixels.shape) < 32:
        return 0.0
    # Ink against the paper around it: shadows of a photo must not count as rows.
    ink = Image.fromarray(np.uint8(np.clip(np.median(pixels) - pixels, 0, 255)))
    level = _sharpness(ink, 0.0)
    coarse = max(np.arange(-SKEW_MAX, SKEW_MAX + _COARSE / 2, _COARSE), key=lambda angle: _sharpness(ink, float(angle)))
    around = np.arange(coarse - _COARSE, coarse + _COARSE + _FINE / 2, _FINE)
    best = float(max(around, key=lambda angle: _sharpness(ink, float(angle))))
    if abs(best) < SKEW_MIN or abs(best) > SKEW_MAX or _sharpness(ink, best) < _GAIN_MIN * level:
        return 0.0
    return round(best, 1)


def straighten(picture: Image.Image, degrees: float) -> Image.Image:
    """Return the picture turned clockwise by a few degrees, of the same size, white where there was nothing."""
    if not degrees:
        return picture
    return picture.rotate(-degrees, resample=Image.Resampling.BICUBIC, fillcolor="white")


def _sharpness(ink: Image.Image, degrees: float) -> float:
    turned = np.asarray(ink.rotate(-degrees, resample=Image.Resampling.BILINEAR), dtype=np.float32)
    rows = turned.sum(axis=1)
    return float(np.square(np.diff(rows)).sum())
