"""Draws a printed receipt as a PNG that looks like the paper: narrow, off-white, black dots, a torn or cut lower edge.

The code symbologies are imported at the first picture.
"""

import io
from collections.abc import Sequence
from typing import assert_never

from PIL import Image, ImageDraw, ImageOps

from terminal_driver.printer.glyphs import CellGrid, draw_line, enlarge
from terminal_driver.printer.symbols import barcode_image, qr_image
from terminal_driver.virtual.escpos_decoder import BarcodeSymbol, Picture, QrSymbol, TextRow

PICTURE_HEIGHT_MAX = 20_000  # about 2.5 m of paper; the rest of a longer one is not drawn
_MARGIN_DOTS = 32
_LINE_GAP_DOTS = 3
_EDGE_DOTS = 10
# The page is drawn in three shades of grey, which the palette of the PNG then turns into colours.
_INK, _EDGE, _PAPER = 0, 128, 255
_COLOURS = {_INK: (28, 27, 26), _EDGE: (214, 211, 204), _PAPER: (252, 251, 247)}


def render_png(
    items: Sequence[TextRow | Picture | QrSymbol | BarcodeSymbol], *, columns: int, dots: int, cut: bool
) -> bytes:
    """Return a PNG of the printed items.

    Args:
        items: from top to bottom.
        columns: characters per line.
        dots: printable dots per line; the picture is 64 pixels wider.
        cut: draws a straight lower edge with a cut line, otherwise a torn one.
    """
    grid = CellGrid.for_paper(dots, columns)
    strips: list[tuple[Image.Image, int]] = []
    height = 2 * _MARGIN_DOTS + _EDGE_DOTS
    for item in items:
        strip = _draw(item, grid, dots)
        if height + strip.height > PICTURE_HEIGHT_MAX:
            break
        strips.append((strip, _indent(item.align, strip.width, dots)))
        height += strip.height
    page = Image.new("L", (dots + 2 * _MARGIN_DOTS, height), 255)
    top = _MARGIN_DOTS
    for strip, indent in strips:
        page.paste(strip, (_MARGIN_DOTS + indent, top))
        top += strip.height
    _draw_edge(page, cut=cut)
    page.putpalette(_palette())
    target = io.BytesIO()
    page.save(target, format="PNG")
    return target.getvalue()


def _palette() -> list[int]:
    return [part for shade in range(256) for part in _COLOURS.get(shade, (shade, shade, shade))]


def _draw(item: TextRow | Picture | QrSymbol | BarcodeSymbol, grid: CellGrid, dots: int) -> Image.Image:
    match item:
        case TextRow():
            return _draw_row(item, grid, dots)
        case Picture():
            return _draw_picture(item, dots)
        case QrSymbol():
            return _draw_qr(item, grid, dots)
        case BarcodeSymbol():
            return _draw_barcode(item, grid, dots)
        case _:
            assert_never(item)


def _draw_row(row: TextRow, grid: CellGrid, dots: int) -> Image.Image:
    tallest = max((run.style.height for run in row.runs), default=1)
    pieces = [
        enlarge(draw_line(run.text, grid, bold=run.style.bold), width=run.style.width, height=run.style.height)
        for run in row.runs
    ]
    width = min(dots, sum(piece.width for piece in pieces)) or 1
    strip = Image.new("L", (width, tallest * grid.cell_height + _LINE_GAP_DOTS), 255)
    left = 0
    for piece in pieces:
        strip.paste(piece, (left, tallest * grid.cell_height - piece.height))
        left += piece.width
    return strip


def _draw_picture(item: Picture, dots: int) -> Image.Image:
    size = (item.row_bytes * 8, item.rows)
    # A cut-off payload cannot arrive here: the decoder waits for the whole command.
    image = ImageOps.invert(Image.frombytes("1", size, item.data).convert("L"))
    image = image.crop((0, 0, min(dots, size[0]), min(size[1], PICTURE_HEIGHT_MAX)))
    image = enlarge(image, width=item.width_factor, height=item.height_factor)
    return image.crop((0, 0, min(dots, image.width), image.height))


def _draw_qr(item: QrSymbol, grid: CellGrid, dots: int) -> Image.Image:
    image = qr_image(item.data)
    if image is None:
        return _placeholder("qr", item.data, grid, dots)
    factor = min(item.module_dots, max(1, dots // image.width))
    return enlarge(image, width=factor, height=factor)


def _draw_barcode(item: BarcodeSymbol, grid: CellGrid, dots: int) -> Image.Image:
    bars = barcode_image(item.kind, item.data)
    if bars is None or bars.width * item.module_dots > dots:
        return _placeholder(item.kind, item.data, grid, dots)
    caption = draw_line(item.data, grid)
    bars = enlarge(bars, width=item.module_dots, height=item.height_dots)
    strip = Image.new("L", (max(bars.width, caption.width), bars.height + caption.height + _LINE_GAP_DOTS), 255)
    strip.paste(bars, ((strip.width - bars.width) // 2, 0))
    strip.paste(caption, ((strip.width - caption.width) // 2, bars.height))
    return strip


def _placeholder(kind: str, data: str, grid: CellGrid, dots: int) -> Image.Image:
    room = dots // grid.cell_width - 2
    lines = [f"[{kind}]", *(data[start : start + room] for start in range(0, min(len(data), 10 * room), room))]
    box = Image.new("L", (dots, (len(lines) + 1) * grid.cell_height), 255)
    for number, line in enumerate(lines):
        box.paste(draw_line(line, grid), (grid.cell_width, number * grid.cell_height + grid.cell_height // 2))
    ImageDraw.Draw(box).rectangle((0, 0, box.width - 1, box.height - 1), outline=0)
    return box


def _indent(align: str, width: int, dots: int) -> int:
    free = max(0, dots - width)
    return {"centre": free // 2, "right": free}.get(align, 0)


def _draw_edge(page: Image.Image, *, cut: bool) -> None:
    draw = ImageDraw.Draw(page)
    bottom = page.height - _EDGE_DOTS
    if cut:
        for left in range(0, page.width, 16):
            draw.line((left, bottom, left + 8, bottom), fill=_EDGE, width=2)
        return
    for left in range(0, page.width, 2 * _EDGE_DOTS):
        tooth = ((left, page.height), (left + _EDGE_DOTS, bottom), (left + 2 * _EDGE_DOTS, page.height))
        draw.polygon(tooth, fill=_EDGE)
