"""Lines that stand under each other: address blocks, and the parts of a page that belong to a party."""

from __future__ import annotations

from dataclasses import dataclass

from invoice_capture.extract.layout import Cell, box_of
from invoice_capture.extract.names import has_legal_form, is_contact, is_name, is_postcode_line, is_street
from invoice_capture.extract.reading import Reading
from invoice_capture.extract.spots import Spot, is_label
from invoice_capture.model import Box

_LEFT = 0.6
_GAP = 0.9
_HEIGHTS = (0.65, 1.55)
_SECTION_ROWS = 14
_SECTION_LEFT = 2.2
_WRAPPED = 1.6
PARTIES = ("supplier", "buyer", "other_party")


@dataclass(frozen=True, slots=True)
class Block:
    """Cells under each other, aligned left, from top to bottom."""

    cells: tuple[Cell, ...]

    @property
    def box(self) -> Box:
        """The box around all cells."""
        return box_of(tuple(token for cell in self.cells for token in cell.tokens))

    @property
    def postcode_at(self) -> int | None:
        """Index of the first line with a postcode, None without one."""
        return next((place for place, cell in enumerate(self.cells) if is_postcode_line(cell.text)), None)


@dataclass(frozen=True, slots=True)
class Section:
    """What stands under the heading of a party. ``party``: one of ``PARTIES``; ``strong``: of the heading."""

    party: str
    heading: Spot
    cells: tuple[Cell, ...]
    strong: bool


def blocks_of(reading: Reading) -> tuple[Block, ...]:
    """Return the blocks of all pages."""
    found: list[list[Cell]] = []
    for cell in reading.sheet.cells():
        block = next((one for one in reversed(found[-40:]) if _continues(one[-1], cell)), None)
        if block is None:
            found.append([cell])
        else:
            block.append(cell)
    return tuple(Block(tuple(one)) for one in found)


def _continues(above: Cell, below: Cell) -> bool:
    if above.page != below.page or above.row == below.row:
        return False
    height = min(above.box.height, below.box.height)
    low, high = _HEIGHTS
    return (
        abs(above.box.x0 - below.box.x0) <= _LEFT * height
        and below.box.y0 - above.box.y1 <= _GAP * height
        and low <= below.box.height / max(above.box.height, 0.1) <= high
    )


def sections_of(reading: Reading) -> tuple[Section, ...]:
    """Return what stands under the headings of supplier, buyer and other parties."""
    headings = [
        (spot, meaning)
        for spot, meaning in reading.spots.of(*PARTIES)
        if spot.leads and (spot.colon or spot.last == len(spot.cell.tokens) - 1) and not _in_item_head(reading, spot)
    ]
    found = []
    for spot, meaning in headings:
        cells = tuple(_under(reading, spot, [one for one, _ in headings]))
        found.append(Section(meaning.kind, spot, cells, meaning.strong))
    return tuple(found)


def _in_item_head(reading: Reading, spot: Spot) -> bool:
    return reading.item_header(spot.cell.row)


def _under(reading: Reading, spot: Spot, headings: list[Spot]) -> list[Cell]:
    """Cells below a heading and aligned with it, down to the next heading of the column or a wide gap."""
    head = spot.cell
    found: list[Cell] = []
    bottom = head.box.y1
    for row in reading.sheet.rows[head.row + 1 : head.row + 1 + _SECTION_ROWS * 2]:
        if row.page != head.page or len(found) >= _SECTION_ROWS:
            break
        if any(
            one.cell.row == row.index and abs(one.cell.box.x0 - head.box.x0) < 6 * head.box.height for one in headings
        ):
            break
        aligned = [cell for cell in row.cells if abs(cell.box.x0 - head.box.x0) <= _SECTION_LEFT * head.box.height]
        if not aligned:
            continue
        if aligned[0].box.y0 - bottom > 3.2 * head.box.height:
            break
        found.append(aligned[0])
        bottom = aligned[0].box.y1
    return found


def name_in(reading: Reading, cells: tuple[Cell, ...]) -> tuple[tuple[Cell, ...], str] | None:
    """Return the name that a block or section begins with, and its cells; None when it has none.

    Salutations, numbers and lines with labels are passed over; a label "Name:" is followed.
    """
    for place, cell in enumerate(cells):
        spots = reading.spots.in_cell(cell)
        leading = spots[0] if spots and spots[0].leads else None
        if leading is not None and leading.says("name") is not None:
            beside = next(iter(reading.spots.values(leading)), None)
            if beside is not None and is_name(beside.text):
                wrapped = _wrapped(reading, beside.cell) if beside.step == 1 else (beside.cell,)
                text = " ".join(one.text for one in wrapped) if beside.step == 1 else beside.text
                return wrapped, text
            continue
        text = without_salutation(reading, cell.text)
        if not text or (
            leading is not None and is_label(leading) and (leading.colon or len(leading.text) > len(text) * 0.6)
        ):
            continue
        if leading is not None and leading.last < len(cell.tokens) - 1 and any(one.isdigit() for one in text):
            continue
        if is_street(text) or is_postcode_line(text):
            return None
        if is_name(text):
            return _joined(reading, cells[place:], text)
    return None


def without_salutation(reading: Reading, text: str) -> str:
    """Return a line without the salutation it begins with; empty when it is nothing else."""
    words = text.split()
    while words and "".join(one for one in words[0].casefold() if one.isalnum()) in reading.lexicon.salutations:
        words = words[1:]
    return " ".join(words)


def _joined(reading: Reading, cells: tuple[Cell, ...], text: str) -> tuple[tuple[Cell, ...], str]:
    """A name of two lines: the second ends with the legal form that the first lacks."""
    if len(cells) > 1 and not has_legal_form(text):
        second = cells[1].text
        spots = reading.spots.in_cell(cells[1])
        if has_legal_form(second) and is_name(second) and not is_street(second) and not (spots and spots[0].leads):
            return cells[:2], f"{text} {second}"
    return cells[:1], text


def _wrapped(reading: Reading, value: Cell) -> tuple[Cell, ...]:
    """The cell of a value with the lines of it above and below that have no label of their own."""
    found = [value]
    for step in (-1, 1):
        row = value.row + step
        while 0 <= row < len(reading.sheet.rows):
            cells = reading.sheet.rows[row].cells
            edge = found[0] if step < 0 else found[-1]
            near = abs(cells[0].box.y0 - edge.box.y0) <= _WRAPPED * edge.box.height
            alone = len(cells) == 1 and abs(cells[0].box.x0 - value.box.x0) <= value.box.height
            if not near or not alone or cells[0].page != value.page or not is_name(cells[0].text):
                break
            if not without_salutation(reading, cells[0].text) or is_street(cells[0].text):
                break
            found = [cells[0], *found] if step < 0 else [*found, cells[0]]
            row += step
    return tuple(found)


def reachable(reading: Reading, block: Block, rows: int) -> bool:
    """Whether a way to reach somebody stands in the block or in the rows under it, in its column."""
    if any(is_contact(cell.text) for cell in block.cells):
        return True
    last = block.cells[-1]
    return any(is_contact(cell.text) for cell in reading.sheet.below(last, float(rows)))
