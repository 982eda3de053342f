"""Turns what a paper says into the printer library's document. No device knowledge."""

from typing import assert_never

from gateway.domain.printing.paper import PARTS_MAX, Code, Gap, Knife, Line, Pair, Paper, Part, Words
from terminal_driver.printer.document import Align, Columns, Cut, Document, Element, Feed, Logo, QrCode, Rule, Text


def document_of_paper(paper: Paper, logo: Logo | None = None) -> Document:
    """Return the document of a paper; ``logo`` stands above one that is headed."""
    elements: list[Element] = [logo] if logo is not None and paper.headed else []
    elements += [_element(part) for part in paper.parts[:PARTS_MAX]]
    return Document(paper.title, (*elements, Feed(1), Cut()), paper.copy_mark)


def _element(part: Part) -> Element:
    match part:
        case Words(text, centred, bold, big):
            align = Align.CENTRE if centred else Align.LEFT
            return Text(text, align, bold=bold, double_width=big, double_height=big)
        case Pair(left, right, bold):
            return Columns(left, right, bold)
        case Line():
            return Rule()
        case Gap(lines):
            return Feed(lines)
        case Code(data):
            return QrCode(data)
        case Knife():
            return Cut()
        case _:
            assert_never(part)
