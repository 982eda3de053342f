"""Finds a font that has a character: the one that comes with the program first, then those of the machine.

The base font is the DejaVu Sans Mono that python-barcode carries, so what it holds (Latin, Greek, Cyrillic, Arabic,
many signs) does not depend on installed fonts. Only what it lacks (Hebrew, Chinese, Japanese, Korean, emoji ...) is
looked for on the machine; the Debian package `fonts-unifont` alone covers nearly all of it.
"""

import functools
import importlib.resources
from collections.abc import Iterator
from pathlib import Path

from PIL import ImageFont

_FONT_FOLDERS = ("/usr/share/fonts", "/usr/local/share/fonts", "/System/Library/Fonts", "C:/Windows/Fonts")
_FALLBACK_FONTS = (
    "NotoSansMonoCJK-*.ttc",
    "NotoSansCJK-Regular.ttc",
    "wqy-*.ttc",
    "DroidSansFallback*.ttf",
    "NotoSans-Regular.ttf",
    "DejaVuSans.ttf",
    "unifont.otf",
    "unifont_upper.otf",
    "unifont.ttf",
    "unifont_upper.ttf",
)
_PIXEL_FONTS = {"unifont": 16}
"""Beginning of the name of a font drawn in squares -> pixels of its height: any other size tears its strokes."""

_NO_SUCH_CHARACTER = "\U0010ffff"  # never assigned: what a font draws here is its mark for "missing"
SIZE_MIN = 6


@functools.lru_cache(maxsize=4096)
def font_for(cluster: str, size: int) -> ImageFont.FreeTypeFont | None:
    """Return the first font that has every character of `cluster`, at about `size` pixels; None if none has."""
    for path in font_paths():
        font = load_font(path, _fitting_size(path, size))
        if font is not None and all(_has(font, character) for character in cluster):
            return font
    return None


def font_paths() -> Iterator[Path]:
    """Yield the fonts in the order they are asked; the machine is searched only when the base font is not enough."""
    yield base_font_path()
    yield from fallback_font_paths()


@functools.lru_cache(maxsize=256)
def load_font(path: Path, size: int) -> ImageFont.FreeTypeFont | None:
    """Load a font; None for a file that is none, or has only pictures of one size."""
    try:
        return ImageFont.truetype(str(path), size)
    except OSError:
        return None


@functools.lru_cache(maxsize=1)
def base_font_path() -> Path:
    """Return the font that comes with the program."""
    return Path(str(importlib.resources.files("barcode").joinpath("fonts", "DejaVuSansMono.ttf")))


@functools.lru_cache(maxsize=1)
def fallback_font_paths() -> tuple[Path, ...]:
    """Find fonts with wide coverage; the folders are walked once per process, and only if a character is missing."""
    present = [Path(folder) for folder in _FONT_FOLDERS if Path(folder).is_dir()]
    return tuple(
        path for pattern in _FALLBACK_FONTS for folder in present for path in sorted(folder.rglob(pattern))[:2]
    )


def _fitting_size(path: Path, size: int) -> int:
    step = next((pixels for name, pixels in _PIXEL_FONTS.items() if path.name.startswith(name)), 1)
    return max(step, size // step * step)


def _has(font: ImageFont.FreeTypeFont, character: str) -> bool:
    return bytes(font.getmask(character)) != bytes(font.getmask(_NO_SUCH_CHARACTER))
