"""A receipt as the virtual printer has printed it: text for tests and lists, a picture for people, the raw bytes."""

import functools
from dataclasses import dataclass, field
from datetime import datetime
from typing import assert_never

from terminal_driver.virtual.escpos_decoder import BarcodeSymbol, Picture, QrSymbol, TextRow
from terminal_driver.virtual.escpos_picture import render_png

PrintedItem = TextRow | Picture | QrSymbol | BarcodeSymbol


@dataclass(frozen=True, slots=True)
class PrintedReceipt:
    """One piece of paper.

    Attributes:
        number: counts from 1; goes on counting over a restart if there is a journal.
        text: its lines; pictures and codes stand in brackets with their size or data.
        cut: False if the paper ended without a cut: an aborted job, or a sender without a knife.
        raw: the bytes that made it.
        printed_at: aware UTC.
        items: what was printed, from top to bottom.
        columns: characters per line of this paper.
        dots: dots per line of this paper.
    """

    number: int
    text: str
    cut: bool
    raw: bytes = field(repr=False)
    printed_at: datetime
    items: tuple[PrintedItem, ...] = field(repr=False)
    columns: int
    dots: int

    def png(self) -> bytes:
        """Return the picture of the paper as PNG; the last few pictures are kept."""
        return _png(self.items, self.columns, self.dots, self.cut)


@functools.lru_cache(maxsize=8)
def _png(items: tuple[PrintedItem, ...], columns: int, dots: int, cut: bool) -> bytes:  # noqa: FBT001  cache key
    return render_png(items, columns=columns, dots=dots, cut=cut)


def text_of(items: tuple[PrintedItem, ...], columns: int) -> str:
    """Return the lines of the paper, without blanks at their ends and without empty lines at the end."""
    return "\n".join(_line_of(item, columns) for item in items).rstrip()


def _line_of(item: PrintedItem, columns: int) -> str:
    match item:
        case TextRow():
            line = "".join(run.text for run in item.runs)
            # Blanks that place a line printed in double width are as wide as its letters.
            blanks = len(line) - len(line.lstrip())
            line = " " * (blanks * (item.runs[0].style.width - 1) if item.runs else 0) + line
            used = sum(len(run.text) * run.style.width for run in item.runs)
        case Picture():
            line = f"[picture {item.row_bytes * 8 * item.width_factor}x{item.rows * item.height_factor}]"
            used = len(line)
        case QrSymbol():
            line = f"[qr: {item.data}]"
            used = len(line)
        case BarcodeSymbol():
            line = f"[{item.kind}: {item.data}]"
            used = len(line)
        case _:
            assert_never(item)
    free = max(0, columns - used)
    indent = {"centre": free // 2, "right": free}.get(item.align, 0)
    return (" " * indent + line).rstrip()
