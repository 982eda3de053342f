"""What kind of business document it is: by the word that titles it."""

from __future__ import annotations

from invoice_capture.extract.labels import lexicon
from invoice_capture.extract.reading import Reading, reading_of
from invoice_capture.model import DocumentType, Page

_TYPES = {
    "type_credit_note": DocumentType.CREDIT_NOTE,
    "type_reminder": DocumentType.REMINDER,
    "type_statement": DocumentType.STATEMENT,
    "type_receipt": DocumentType.RECEIPT,
    "type_invoice": DocumentType.INVOICE,
    "type_other": DocumentType.OTHER,
}
_TITLE_DEPTH = 0.5
_NARROW = 0.55
"""A page this narrow for its height is the roll of a till printer."""


def document_type(pages: tuple[Page, ...]) -> DocumentType:
    """Return the kind of document that these pages hold; a till receipt by its narrow page or its words."""
    return type_of(reading_of(pages, lexicon(), day_first=None))


def type_of(reading: Reading) -> DocumentType:
    """Return the kind of a document: its title is a large word at the start of a line in the upper half."""
    scores: dict[DocumentType, float] = {}
    heights = sorted(token.box.height for cell in reading.sheet.cells() for token in cell.tokens)
    usual = heights[len(heights) // 2] if heights else 1.0
    for spot, meaning in reading.spots.of(*_TYPES):
        cell = spot.cell
        depth = reading.sheet.depth(cell)
        if cell.page != 1 or depth > _TITLE_DEPTH or reading.item_header(cell.row):
            continue
        whole = spot.last == len(cell.tokens) - 1
        # "Invoice No." is a label; a title stands alone or before its number.
        size = min(3.0, cell.box.height / max(usual, 0.1))
        score = size * (1.0 if spot.leads else 0.4) * (1.0 if whole or len(cell.tokens) <= 6 else 0.3) * (1.2 - depth)
        kind = _TYPES[meaning.kind]
        score *= 0.6 if kind is DocumentType.OTHER else 1.0
        scores[kind] = max(scores.get(kind, 0.0), score)
    for spot, _ in reading.spots.of("invoice_number"):
        if spot.leads and "type_invoice" not in {one.kind for one in spot.meanings}:
            scores[DocumentType.INVOICE] = max(scores.get(DocumentType.INVOICE, 0.0), 0.7)
    if scores:
        return max(scores, key=lambda one: scores[one])
    width, height = next(iter(reading.sheet.sizes.values()), (1.0, 1.0))
    if width / height < _NARROW:
        return DocumentType.RECEIPT
    money = any(one.money for row in reading.numbers.values() for one in row)
    return DocumentType.INVOICE if money else DocumentType.OTHER
