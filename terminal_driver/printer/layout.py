"""Turns a document into lines for one width of paper: wraps, pads, sets columns. Pure; no device is touched.

A line that comes out never has more cells than the paper, and no character that went in is lost, except blanks where a
line is broken and what `printable` removes. The text of a line is in the order it stands on paper, from left to right,
also where it is read the other way; Arabic letters have the forms they are joined in.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import assert_never

from terminal_driver.printer.arabic_forms import joined
from terminal_driver.printer.document import (
    Align,
    Barcode,
    BarcodeKind,
    Columns,
    Cut,
    Document,
    Element,
    Feed,
    Logo,
    QrCode,
    Rule,
    Text,
    Verbatim,
)
from terminal_driver.printer.printable import cells, clusters, printable
from terminal_driver.printer.profile import PrinterProfile
from terminal_driver.printer.reading_order import begins_right_to_left, has_right_to_left, on_paper

LINES_MAX = 5000  # about 20 m of paper: more is a mistake of the caller, not a receipt
COLUMN_GAP = 1  # blank between a description and its value
BARCODE_MODULE_DOTS = 2  # width of the narrowest bar; one dot is not read from thermal paper
LEFT_CELLS_MIN = 10  # a description squeezed into less is unreadable: the value then gets its own line


@dataclass(frozen=True, slots=True)
class TextLine:
    """One printed line; `text` already has its leading blanks, and cells (doubled if double width) fit the paper."""

    text: str
    bold: bool = False
    double_width: bool = False
    double_height: bool = False


Line = TextLine | Feed | Barcode | QrCode | Cut | Logo
_AS_IT_STANDS = "\u202d", "\u202c"  # tells a screen not to turn round what is turned round already


def lay_out(document: Document, profile: PrinterProfile) -> tuple[Line, ...]:
    """Lay the document out for the paper of `profile`.

    A copy mark is repeated on every piece of paper between two cuts, so that no piece can pass as an original. A bar
    code wider than the paper becomes a QR code with its characters below.

    Raises:
        ValueError: the document is longer than 5000 lines.
    """
    lines: list[Line] = []
    for piece, cut in _pieces(document.elements):
        mark = (_mark(document.copy_mark),) if document.copy_mark is not None and piece else ()
        for element in (*mark, *piece, *mark):
            lines.extend(_lines_of(element, profile))
            if len(lines) > LINES_MAX:
                message = f"document {document.title!r} has more than {LINES_MAX} lines"
                raise ValueError(message)
        if cut is not None:
            lines.append(cut)
    return tuple(lines)


def plain_text(lines: tuple[Line, ...]) -> str:
    """Return the lines as text for a screen or a log; codes appear as their data in brackets.

    A line with right-to-left text has marks around it, so that a screen shows it as it stands on paper.
    """
    return "\n".join(_plain(line) for line in lines if not isinstance(line, Cut))


def wrap(text: str, width: int) -> tuple[str, ...]:
    """Break `text` at blanks into lines of at most `width` cells; a longer word is broken where the line ends."""
    lines: list[str] = []
    current = ""
    for token in re.findall(r" +|[^ ]+", text):
        if cells(current) + cells(token) <= width:
            current += token
        elif token[0] == " ":
            lines.append(current.rstrip())
            current = ""
        else:
            if current.strip():
                lines.append(current.rstrip())
            *full, current = split_hard(token, width)
            lines.extend(full)
    lines.append(current.rstrip())
    return tuple(lines)


def split_hard(text: str, width: int) -> tuple[str, ...]:
    """Cut `text` every `width` cells without regard to words; blanks are kept."""
    if text.isascii():
        return tuple(text[start : start + width] for start in range(0, len(text), width)) or ("",)
    lines = [""]
    for cluster in clusters(text):
        if lines[-1] and cells(lines[-1]) + cells(cluster) > width:
            lines.append("")
        lines[-1] += cluster
    return tuple(lines)


def _pieces(elements: tuple[Element, ...]) -> Iterator[tuple[tuple[Element, ...], Cut | None]]:
    piece: list[Element] = []
    for element in elements:
        if isinstance(element, Cut):
            yield tuple(piece), element
            piece = []
        else:
            piece.append(element)
    if piece:
        yield tuple(piece), None


def _mark(copy_mark: str) -> Text:
    return Text(copy_mark, align=Align.CENTRE, bold=True, double_width=True, double_height=True)


def _lines_of(element: Element, profile: PrinterProfile) -> Iterator[Line]:
    columns, dots = profile.columns, profile.dots
    match element:
        case Text():
            yield from _text_lines(element, columns)
        case Columns():
            yield from _column_lines(element, columns)
        case Rule():
            yield TextLine("-" * columns)
        case Verbatim():
            yield from _verbatim_lines(element, columns)
        case Barcode() if _barcode_dots(element) > dots:
            # A printer leaves out a bar code that does not fit, without a word.
            yield QrCode(element.data)
            yield from _text_lines(Text(element.data, align=Align.CENTRE), columns)
        case Feed() | Barcode() | QrCode() | Cut() | Logo():
            yield element
        case _:
            assert_never(element)


def _text_lines(element: Text, columns: int) -> Iterator[TextLine]:
    width = columns // 2 if element.double_width else columns
    for paragraph in element.text.split("\n"):
        text = joined(printable(paragraph))
        backwards = begins_right_to_left(text)
        # Left is where a paragraph begins: one read from the right begins there.
        align = Align.RIGHT if backwards and element.align is Align.LEFT else element.align
        for line in wrap(text, width):
            drawn = _aligned(on_paper(line, right_to_left=backwards), align, width)
            yield TextLine(drawn, element.bold, element.double_width, element.double_height)


def _column_lines(element: Columns, columns: int) -> Iterator[TextLine]:
    left, right = joined(printable(element.left)), joined(printable(element.right)).strip()
    backwards, right_backwards = begins_right_to_left(left), begins_right_to_left(right)
    room = columns - cells(right) - COLUMN_GAP
    if not right:
        texts = [on_paper(part, right_to_left=backwards) for part in wrap(left, columns)]
    elif not left.strip() or room < min(LEFT_CELLS_MIN, cells(left)):
        parts = wrap(left, columns) if left.strip() else ()
        texts = [on_paper(part, right_to_left=backwards) for part in parts]
        values = (on_paper(part, right_to_left=right_backwards) for part in split_hard(right, columns))
        texts += [_aligned(value, Align.RIGHT, columns) for value in values]
    else:
        *above, last = (on_paper(part, right_to_left=backwards) for part in wrap(left, room))
        value = on_paper(right, right_to_left=right_backwards)
        texts = [*above, last + " " * (columns - cells(last) - cells(value)) + value]
    for text in texts:
        yield TextLine(text, bold=element.bold)


def _verbatim_lines(element: Verbatim, columns: int) -> Iterator[TextLine]:
    aligns = element.aligns or (Align.LEFT,) * len(element.lines)
    for line, align in zip(element.lines, aligns, strict=True):
        text = joined(printable(line)).rstrip()
        backwards = begins_right_to_left(text)
        for part in split_hard(text, columns):
            words = part.lstrip()
            # Blanks at the beginning place a line of the terminal: they stay where they are.
            drawn = " " * (len(part) - len(words)) + on_paper(words, right_to_left=backwards)
            yield TextLine(_aligned(drawn, align, columns))


def _barcode_dots(element: Barcode) -> int:
    match element.kind:
        case BarcodeKind.CODE128:
            modules = 11 * len(element.data) + 35  # start, check and stop included
        case BarcodeKind.CODE39:
            modules = 16 * (len(element.data) + 2)
        case BarcodeKind.EAN13:
            modules = 95
        case BarcodeKind.EAN8:
            modules = 67
        case _:
            assert_never(element.kind)
    return modules * BARCODE_MODULE_DOTS


def _aligned(line: str, align: Align, width: int) -> str:
    free = max(0, width - cells(line))
    match align:
        case Align.LEFT:
            return line
        case Align.CENTRE:
            return " " * (free // 2) + line
        case Align.RIGHT:
            return " " * free + line
        case _:
            assert_never(align)


def _plain(line: Line) -> str:
    match line:
        case TextLine() if has_right_to_left(line.text):
            return line.text.join(_AS_IT_STANDS)
        case TextLine():
            return line.text
        case Logo():
            return f"[logo {line.dots}x{line.rows}]"
        case Feed():
            return "\n" * (line.lines - 1)
        case Barcode():
            return f"[{line.kind}: {line.data}]"
        case QrCode():
            return f"[qr: {line.data}]"
        case Cut():
            return ""
        case _:
            assert_never(line)
