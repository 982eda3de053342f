"""Who sends the invoice and who receives it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from invoice_capture.extract.blocks import Block, Section, blocks_of, name_in, reachable, sections_of
from invoice_capture.extract.candidate import Candidate, choose, labelled
from invoice_capture.extract.folding import compact
from invoice_capture.extract.layout import Cell
from invoice_capture.extract.names import (
    domains_of,
    has_legal_form,
    is_name,
    is_postcode_line,
    is_street,
    parts_of,
    trade_name,
    without_legal_form,
)
from invoice_capture.extract.reading import Reading
from invoice_capture.model import Method, Place, Reason

_HEADED = 0.92
_HEADED_WEAK = 0.6
_SENDER_LINE = 0.8
_TOP = 0.16
_WINDOW = (0.05, 0.42)
_FOOTER = 0.86
_DOMAIN = 0.25
_ADDRESS_LINES = 4


@dataclass(frozen=True, slots=True)
class Parties:
    """Supplier, its address and the buyer; ``buyer_rows``: page, rows and columns that speak of the buyer."""

    company: Candidate | None
    address: Candidate | None
    buyer: Candidate | None
    buyer_cells: frozenset[int]


def parties_of(reading: Reading) -> Parties:
    """Return who sends and who receives."""
    sections = sections_of(reading)
    blocks = blocks_of(reading)
    taken = {id(cell) for one in sections for cell in one.cells}
    buyer_cells = frozenset(id(cell) for one in sections if one.party != "supplier" for cell in one.cells)
    headed = list(_headed(reading, sections, "buyer"))
    free = [block for block in blocks if not any(id(cell) in taken for cell in block.cells)]
    company_found = [
        *_headed(reading, sections, "supplier"),
        *_sender_lines(reading),
        *_supplier_blocks(reading, free),
        *_legal_lines(reading, buyer_cells),
        *_titled(reading),
    ]
    best_headed = choose(headed)
    company = _chosen_company(reading, company_found, best_headed)
    names = {compact(without_legal_form(company.value))} if company is not None else set()
    buyer = choose([*headed, *_windows(reading, free, names)])
    return Parties(company, _address(reading, company, blocks, sections), buyer, buyer_cells)


def _headed(reading: Reading, sections: tuple[Section, ...], party: str) -> Iterator[Candidate]:
    for section in sections:
        if section.party != party:
            continue
        score = _HEADED if section.strong else _HEADED_WEAK
        beside = next((one for one in reading.spots.values(section.heading) if one.step < 2), None)
        reason = labelled(section.heading.text)
        if beside is not None and is_name(beside.text) and not any(c.isdigit() for c in beside.text):
            place = Place(beside.cell.page, beside.box)
            first = parts_of(beside.text)[0]
            yield Candidate(first, beside.text, (place,), score * 0.95, Method.LABEL, (reason,))
            continue
        found = name_in(reading, section.cells)
        if found is not None:
            cells, text = found
            yield Candidate(text, text, tuple(one.place for one in cells), score, Method.LABEL, (reason,))


def _sender_lines(reading: Reading) -> Iterator[Candidate]:
    """The line in small print above the address window, or at the top: name, street, town in one row."""
    for cell in reading.sheet.cells():
        text = cell.text
        if reading.sheet.depth(cell) > _WINDOW[1] or not is_postcode_line(text):
            continue
        parts = parts_of(text)
        if len(parts) < 3 or not is_name(parts[0]) or is_street(parts[0]):
            continue
        # The town stands at the end: a sentence with a date has another order.
        if not any(is_postcode_line(part) for part in parts[1:]):
            continue
        yield Candidate(parts[0], parts[0], (cell.place,), _SENDER_LINE, Method.LAYOUT, (Reason("sender_line"),))


def _supplier_blocks(reading: Reading, blocks: list[Block]) -> Iterator[Candidate]:
    """First lines of blocks at the top and at the foot of a page."""
    for block in blocks:
        found = name_in(reading, block.cells)
        if found is None:
            continue
        cells, text = found
        depth = reading.sheet.depth(cells[0])
        formed = has_legal_form(text)
        addressed = block.postcode_at is not None
        score = 0.0
        if depth < _TOP and cells[0].page == 1:
            score = 0.42 + (0.15 if addressed else 0.0) + (0.05 if depth < 0.1 else 0.0)
            # A name in large print at the head of the page is a logo.
            score += 0.06 if cells[0].row == 0 else 0.0
        elif depth > _FOOTER and (formed or addressed):
            score = 0.5 if addressed else 0.4
        elif addressed and reachable(reading, block, 6):
            score = 0.3
        if score:
            # Nobody salutes himself.
            score -= 0.3 if _is_saluted(block, cells[0], text) else 0.0
            score += (0.15 if formed else 0.0) + (0.05 if reachable(reading, block, 4) else 0.0)
            places = tuple(one.place for one in cells)
            yield Candidate(text, text, places, min(score, 0.9), Method.LAYOUT, (Reason("letterhead"),))


def _is_saluted(block: Block, first: Cell, name: str) -> bool:
    """Whether a salutation stands before the name, in its line or above it."""
    return block.cells[0] is not first or not name.startswith(first.text)


def _legal_lines(reading: Reading, buyer_cells: frozenset[int]) -> Iterator[Candidate]:
    """Lines that are a name with its legal form, wherever they stand."""
    for cell in reading.sheet.cells():
        text = cell.text
        if id(cell) in buyer_cells or len(text) > 60 or not has_legal_form(text) or not is_name(text):
            continue
        spots = reading.spots.in_cell(cell)
        if (spots and spots[0].leads and spots[0].colon) or any(one.isdigit() for one in text):
            continue
        depth = reading.sheet.depth(cell)
        score = 0.4 if depth < _TOP or depth > _FOOTER else 0.25
        yield Candidate(text, text, (cell.place,), score, Method.PATTERN, (Reason("legal_form"),))


def _titled(reading: Reading) -> Iterator[Candidate]:
    """A name before the word for invoice in the first rows: the document is titled by both."""
    for spot, _ in reading.spots.of("type_invoice"):
        if spot.first and reading.sheet.depth(spot.cell) < _TOP and spot.last == len(spot.cell.tokens) - 1:
            text = " ".join(token.text for token in spot.cell.tokens[: spot.first])
            if is_name(text) and len(text.split()) <= 5 and not reading.spots.in_cell(spot.cell)[0].leads:
                yield Candidate(text, text, (spot.cell.place,), 0.6, Method.LAYOUT, (Reason("letterhead"),))


def _chosen_company(reading: Reading, found: list[Candidate], buyer: Candidate | None) -> Candidate | None:
    document = " ".join(row.text for row in reading.sheet.rows)
    domains = [one for row in reading.sheet.rows for one in domains_of(row.text)]
    other = compact(buyer.value) if buyer is not None and buyer.score > 0.7 else ""
    scored = []
    for one in found:
        key = compact(without_legal_form(one.value))
        if not key or compact(one.value) == other:
            continue
        gain = (
            _DOMAIN if len(key) > 3 and any(key in name or (len(name) > 4 and name in key) for name in domains) else 0.0
        )
        name = trade_name(one.value, document)
        reasons = (*one.reasons, Reason("web_address")) if gain else one.reasons
        scored.append(Candidate(name, one.text, one.places, min(0.99, one.score + gain), one.method, reasons))
    return choose(scored)


def _windows(reading: Reading, blocks: list[Block], suppliers: set[str]) -> Iterator[Candidate]:
    """Address blocks in the upper half of the first page that are not the supplier's."""
    for block in blocks:
        at = block.postcode_at
        found = name_in(reading, block.cells)
        if at is None or found is None or block.cells[0].page != 1:
            continue
        cells, text = found
        depth = reading.sheet.depth(cells[0])
        if not _WINDOW[0] <= depth <= _WINDOW[1] or compact(without_legal_form(text)) in suppliers:
            continue
        lines = len(block.cells)
        score = 0.6 if 3 <= lines <= 7 else 0.45
        score += 0.2 if _is_saluted(block, cells[0], text) else 0.0
        score -= 0.15 if reachable(reading, block, 0) else 0.0
        score -= 0.1 * max(0.0, depth - 0.25)
        name = parts_of(text)[-1] if "," in text and not has_legal_form(text) else text
        places = tuple(one.place for one in cells)
        yield Candidate(name, text, places, score, Method.LAYOUT, (Reason("address_window"),))


def _address(
    reading: Reading, company: Candidate | None, blocks: tuple[Block, ...], sections: tuple[Section, ...]
) -> Candidate | None:
    """The lines after the name, down to the postcode."""
    if company is None:
        return None
    key = compact(without_legal_form(company.text))
    stacks = [one.cells for one in sections if one.party == "supplier"] + [one.cells for one in blocks]
    for cells in stacks:
        start = next((place for place, cell in enumerate(cells) if key and key in compact(cell.text)), None)
        if start is None:
            continue
        parted = parts_of(cells[start].text)
        if len(parted) > 2 and is_postcode_line(cells[start].text):
            return _address_of([cells[start]], ", ".join(parted[1:]))
        lines = _lines_to_postcode(reading, cells[start + 1 : start + 1 + _ADDRESS_LINES])
        if lines:
            return _address_of(lines, ", ".join(one.text for one in lines))
    return None


def _lines_to_postcode(reading: Reading, cells: tuple[Cell, ...]) -> list[Cell]:
    lines: list[Cell] = []
    for cell in cells:
        spots = reading.spots.in_cell(cell)
        if spots and spots[0].leads and spots[0].colon:
            continue
        lines.append(cell)
        if is_postcode_line(cell.text):
            return lines
    return []


def _address_of(cells: list[Cell], text: str) -> Candidate:
    return Candidate(text, text, tuple(one.place for one in cells), 0.7, Method.LAYOUT, (Reason("below_name"),))
