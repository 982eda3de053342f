"""Draws text as black dots in a grid of character cells, for what a printer's own characters cannot show.

Used by the encoder for lines outside the code page and by the virtual printer for its pictures. Fonts are loaded at the
first drawing. A character that no font has is drawn as a crossed box, visible and never left out; `is_missing` tells it
before.
"""

import functools
from dataclasses import dataclass

from PIL import Image, ImageDraw, ImageFont

from terminal_driver.printer.fonts import SIZE_MIN, font_for
from terminal_driver.printer.printable import cells, clusters

INK = 0
PAPER = 255
_ADVANCE_PER_SIZE = 0.602  # width of a DejaVu Sans Mono character divided by the font size
_LINE_PER_CELL_WIDTH = 2.1


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


def is_missing(cluster: str) -> bool:
    """Say whether no font here has this character with its marks, so that a crossed box will stand for it."""
    return not cluster.isspace() and font_for(cluster, SIZE_MIN) is None


@functools.lru_cache(maxsize=4096)
def _glyph(cluster: str, grid: CellGrid, bold: bool) -> Image.Image:  # noqa: FBT001  cache key
    """Draw one character, with the marks that stand on it, into cells of its own; the picture is shared."""
    width = max(1, cells(cluster)) * grid.cell_width
    image = Image.new("L", (width, grid.cell_height), PAPER)
    draw = ImageDraw.Draw(image)
    draw.fontmode = "1"  # no grey: the dots go to a printer that knows only black
    font = _fitting_font(cluster, int(grid.cell_width / _ADVANCE_PER_SIZE), width)
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


def _fitting_font(cluster: str, size: int, width: int) -> ImageFont.FreeTypeFont | None:
    """Return a font for the cluster, smaller where its letters are wider than the cell: nothing may be cut off."""
    font = font_for(cluster, size)
    while font is not None and font.getlength(cluster) > width and size > SIZE_MIN:
        size -= 1
        font = font_for(cluster, size)
    return font
