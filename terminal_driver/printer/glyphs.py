"""Draws text as black dots in a grid of character cells, for what a printer's own characters cannot show.

Used by the encoder for lines outside the code page and by the virtual printer for its pictures. Fonts are loaded at the
first drawing. The base font is the DejaVu Sans Mono that python-barcode carries, so the result does not depend on
installed fonts; only characters it lacks (Chinese, Japanese, Korean ...) are looked for on the machine.
A character that no font has is drawn as a crossed box: visible, never left out.
"""

import functools
import importlib.resources
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from PIL import Image, ImageDraw, ImageFont

from terminal_driver.printer.printable import cells, clusters

INK = 0
PAPER = 255
_ADVANCE_PER_SIZE = 0.602  # width of a DejaVu Sans Mono character divided by the font size
_LINE_PER_CELL_WIDTH = 2.1
_FONT_FOLDERS = ("/usr/share/fonts", "/usr/local/share/fonts", "/System/Library/Fonts", "C:/Windows/Fonts")
_FALLBACK_FONTS = (
    "NotoSansMonoCJK-*.ttc",
    "NotoSansCJK-Regular.ttc",
    "wqy-*.ttc",
    "DroidSansFallback*.ttf",
    "unifont*.otf",
    "unifont*.ttf",
    "NotoSans-Regular.ttf",
    "DejaVuSans.ttf",
)
_NO_SUCH_CHARACTER = "\U0010ffff"  # never assigned: what a font draws here is its mark for "missing"


@dataclass(frozen=True, slots=True)
class CellGrid:
    """Size of one character cell in dots."""

    cell_width: int
    cell_height: int

    @classmethod
    def for_paper(cls, dots: int, columns: int) -> "CellGrid":
        """Return the grid that puts `columns` cells side by side on `dots` dots."""
        cell_width = dots // columns
        return cls(cell_width, round(cell_width * _LINE_PER_CELL_WIDTH))


def draw_line(text: str, grid: CellGrid, *, bold: bool = False) -> Image.Image:
    """Draw one line of printable text.

    Returns:
        A one-channel picture (mode "L") with only `INK` and `PAPER` values, as wide as the cells of `text`.
    """
    image = Image.new("L", (max(1, cells(text)) * grid.cell_width, grid.cell_height), PAPER)
    column = 0
    for cluster in clusters(text):
        if not cluster.isspace():
            image.paste(_glyph(cluster, grid, bold), (column * grid.cell_width, 0))
        column += cells(cluster)
    return image


def enlarge(image: Image.Image, *, width: int, height: int) -> Image.Image:
    """Repeat each dot `width` times across and `height` times down, as a printer does for its double sizes."""
    return image.resize((image.width * width, image.height * height), Image.Resampling.NEAREST)


@functools.lru_cache(maxsize=4096)
def _glyph(cluster: str, grid: CellGrid, bold: bool) -> Image.Image:  # noqa: FBT001  cache key
    """Draw one character, with the marks that stand on it, into cells of its own; the picture is shared."""
    width = max(1, cells(cluster)) * grid.cell_width
    image = Image.new("L", (width, grid.cell_height), PAPER)
    draw = ImageDraw.Draw(image)
    draw.fontmode = "1"  # no grey: the dots go to a printer that knows only black
    font = _font_for(cluster[0], int(grid.cell_width / _ADVANCE_PER_SIZE))
    if font is None:
        box = (1, 2, width - 2, grid.cell_height - 3)
        draw.rectangle(box, outline=INK)
        draw.line((box[0], box[1], box[2], box[3]), fill=INK)
        draw.line((box[0], box[3], box[2], box[1]), fill=INK)
        return image
    baseline = int(grid.cell_height * 0.78)
    offset = max(0, (width - int(font.getlength(cluster))) // 2)
    for shift in (0, 1) if bold else (0,):
        draw.text((offset + shift, baseline), cluster, fill=INK, font=font, anchor="ls")
    return image


@functools.lru_cache(maxsize=2048)
def _font_for(character: str, size: int) -> ImageFont.FreeTypeFont | None:
    for path in _font_paths():
        font = _load_font(path, size)
        if bytes(font.getmask(character)) != bytes(font.getmask(_NO_SUCH_CHARACTER)):
            return font
    return None


def _font_paths() -> Iterator[Path]:
    yield _base_font_path()
    yield from _fallback_font_paths()


@functools.lru_cache(maxsize=64)
def _load_font(path: Path, size: int) -> ImageFont.FreeTypeFont:
    return ImageFont.truetype(str(path), size)


@functools.lru_cache(maxsize=1)
def _base_font_path() -> Path:
    return Path(str(importlib.resources.files("barcode").joinpath("fonts", "DejaVuSansMono.ttf")))


@functools.lru_cache(maxsize=1)
def _fallback_font_paths() -> tuple[Path, ...]:
    """Find fonts with wide coverage; the folders are walked once per process, and only if a character is missing."""
    present = [Path(folder) for folder in _FONT_FOLDERS if Path(folder).is_dir()]
    return tuple(
        path for pattern in _FALLBACK_FONTS for folder in present for path in sorted(folder.rglob(pattern))[:2]
    )
