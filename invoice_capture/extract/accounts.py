"""Tax ids, registrations, bank accounts and payment references: whose they are, and whether their digits hold."""

from __future__ import annotations

import re
from collections.abc import Iterator

from invoice_capture.extract.candidate import Candidate, labelled
from invoice_capture.extract.header import weight
from invoice_capture.extract.layout import Cell, Token, box_of
from invoice_capture.extract.reading import Reading
from invoice_capture.extract.spots import Beside
from invoice_capture.model import Box, Method, Place, Reason
from invoice_capture.values import (
    bic_ok,
    find_bics,
    find_ibans,
    find_vat_ids,
    iban_form,
    normal_iban,
    normal_vat_id,
    qrr_ok,
    rf_ok,
    vat_id_ok,
)

_RIGHT = Reason("check_digit_ok")
_WRONG = Reason("check_digit_wrong")
_BUYERS = 0.35
"""What is left of the score of a tax id that stands with the buyer."""
_FOOTER = 0.8
_NATIONAL = re.compile(r"(?=(?:\D*\d){7})[A-Z0-9][A-Z0-9./-]{6,19}")
_ACCOUNT_RUN = re.compile(r"[A-Z]{2}\d{2}(?:[ ]?[A-Z0-9]{1,8}){2,8}")
_LOOSE_IBAN = re.compile(r"(?<![A-Z0-9])[A-Z]{2}\d{2}(?: ?\d{4}){3,6}(?: ?\d{1,4})?(?![A-Z0-9])")
_REGISTER = re.compile(
    r"(?:\b(?:HR ?[AB]|H ?[AB]|FN|B|RCS|REA)\b[ .:]*(?:Nr\.?)?[ .:]*)?[A-Z0-9][\w./-]*\d[\w./-]*(?: \d{2,5})*[a-z]?"
)
_REFERENCE_MAX = 60
_VALUE_MAX = 80
"""Letters behind a label in which its value begins."""


def vat_ids(reading: Reading, buyer_cells: frozenset[int]) -> Iterator[Candidate]:
    """VAT ids of the supplier: by form, check digits, label and place; those of the buyer score low."""
    for row in reading.sheet.rows:
        for cell in row.cells:
            for one in find_vat_ids(cell.text):
                yield _vat_id(reading, cell, one.value, one.start, one.end, buyer_cells)
    for spot, meaning in reading.spots.of("vat_id"):
        for beside in reading.spots.values(spot):
            if beside.step == 2 and not meaning.strong:
                break
            hit = _NATIONAL.search(beside.text[:_VALUE_MAX].upper())
            if hit is None or hit.start() > 6 or find_vat_ids(beside.text):
                if beside.step < 2:
                    break
                continue
            score = 0.5 * weight(spot, strong=meaning.strong, step=beside.step)
            score *= _BUYERS if id(beside.cell) in buyer_cells else 1.0
            place = Place(beside.cell.page, beside.box)
            yield Candidate(normal_vat_id(hit[0]), hit[0], (place,), score, Method.LABEL, (labelled(spot.text),))
            break


def _vat_id(reading: Reading, cell: Cell, value: str, start: int, end: int, buyer_cells: frozenset[int]) -> Candidate:
    right = vat_id_ok(value)
    score = 0.6 if right else 0.4
    reasons = [_RIGHT if right else _WRONG]
    label = _label_before(reading, cell, start, ("vat_id", "buyer_vat_id"))
    if label is not None:
        score += 0.3
        reasons.append(labelled(label[1]))
    if label is not None and label[0] == "buyer_vat_id":
        score *= _BUYERS
    elif id(cell) in buyer_cells or any(id(one) in buyer_cells for one in reading.sheet.rows[cell.row].cells[:1]):
        score *= _BUYERS if reading.sheet.depth(cell) < _FOOTER else 0.7
    place = Place(cell.page, _box(cell.tokens, start, end))
    return Candidate(value, cell.text[start:end], (place,), min(score, 0.97), Method.PATTERN, tuple(reasons))


def _label_before(reading: Reading, cell: Cell, start: int, kinds: tuple[str, ...]) -> tuple[str, str] | None:
    """The nearest label of these kinds left of a value in its row, or above it."""
    spots = [one for one in reading.spots.in_row(cell.row) if one.box.x0 <= _box(cell.tokens, start, start + 1).x0]
    for spot in reversed(spots):
        for kind in reversed(kinds):
            if spot.says(kind) is not None:
                return kind, spot.text
        if spot.colon:
            return None
    for spot, meaning in reading.spots.of(*kinds):
        if spot.cell.page == cell.page and 0 < cell.row - spot.cell.row <= 2:
            box = spot.box
            if box.x0 <= cell.box.x1 and cell.box.x0 <= box.x1 and cell.box.y0 - box.y1 < 1.5 * box.height:
                return meaning.kind, spot.text
    return None


def ibans(reading: Reading) -> Iterator[Candidate]:
    """Bank accounts: those whose check digits hold, then what a label calls one."""
    for cell in reading.sheet.cells():
        text = cell.text
        for one in find_ibans(text):
            place = Place(cell.page, _box(cell.tokens, one.start, one.end))
            label = _label_before(reading, cell, one.start, ("iban",))
            reasons = (_RIGHT,) if label is None else (_RIGHT, labelled(label[1]))
            score = 0.9 if label is None else 0.96
            yield Candidate(one.value, text[one.start : one.end], (place,), score, Method.PATTERN, reasons)
        for hit in _LOOSE_IBAN.finditer(text):
            if not find_ibans(hit[0]):
                place = Place(cell.page, _box(cell.tokens, hit.start(), hit.end()))
                yield Candidate(normal_iban(hit[0]), hit[0], (place,), 0.4, Method.PATTERN, (_WRONG,))
    for spot, _ in reading.spots.of("iban"):
        for beside in reading.spots.values(spot):
            run = _ACCOUNT_RUN.match(beside.text)
            if run is not None and iban_form(run[0]) and not find_ibans(beside.text):
                place = Place(beside.cell.page, beside.box)
                reasons = (labelled(spot.text), _WRONG)
                yield Candidate(normal_iban(run[0]), run[0], (place,), 0.7, Method.LABEL, reasons)
            if beside.step < 2:
                break


def bics(reading: Reading) -> Iterator[Candidate]:
    """Bank codes that a label names."""
    for spot, meaning in reading.spots.of("bic"):
        for beside in reading.spots.values(spot):
            found = find_bics(beside.text)
            if found and found[0].start < 3 and bic_ok(found[0].value):
                place = Place(beside.cell.page, _box(beside.tokens, found[0].start, found[0].end))
                score = weight(spot, strong=meaning.strong, step=beside.step)
                yield Candidate(found[0].value, found[0].value, (place,), score, Method.LABEL, (labelled(spot.text),))
                break
            if beside.step < 2:
                break


def tax_numbers(reading: Reading, buyer_cells: frozenset[int]) -> Iterator[Candidate]:
    """National tax numbers that a label names."""
    for spot, meaning in reading.spots.of("tax_number"):
        for beside in reading.spots.values(spot):
            hit = re.match(r"[A-Z0-9]?\d[\d /.-]{5,18}\d[A-Z]?|[A-Z0-9]{8,16}", beside.text)
            if hit is not None:
                score = weight(spot, strong=meaning.strong, step=beside.step) * (
                    _BUYERS if id(beside.cell) in buyer_cells else 1.0
                )
                yield _plain(beside, hit[0].strip(), score, spot.text)
                break
            if beside.step < 2:
                break


def registrations(reading: Reading, buyer_cells: frozenset[int]) -> Iterator[Candidate]:
    """Numbers in a register of companies that a label names."""
    for spot, meaning in reading.spots.of("registration_number"):
        for beside in reading.spots.values(spot):
            if beside.step == 2:
                break
            hit = _REGISTER.search(beside.text[:_VALUE_MAX])
            if hit is not None and hit.start() < 30:
                kind = spot.text if re.fullmatch(r"HR ?[AB]|FN|RCS|REA", spot.text) else ""
                value = f"{kind} {hit[0]}".strip()
                score = weight(spot, strong=meaning.strong, step=beside.step) * (
                    _BUYERS if id(beside.cell) in buyer_cells else 1.0
                )
                yield _plain(beside, value, score, spot.text)
            break


def payment_references(reading: Reading) -> Iterator[Candidate]:
    """References to give with the payment: those with check digits that hold are sure."""
    for spot, meaning in reading.spots.of("payment_ref"):
        for beside in reading.spots.values(spot):
            text = beside.text.strip(" :;,.")[:_REFERENCE_MAX]
            if any(one.isdigit() for one in text):
                sure = rf_ok(text) or qrr_ok(text)
                value = re.sub(r"\s", "", text) if sure else text
                score = 0.97 if sure else weight(spot, strong=meaning.strong, step=beside.step)
                reasons = (labelled(spot.text), _RIGHT) if sure else (labelled(spot.text),)
                yield Candidate(value, text, (Place(beside.cell.page, beside.box),), score, Method.LABEL, reasons)
                break
            if beside.step < 2:
                break


def _plain(beside: Beside, value: str, score: float, label: str) -> Candidate:
    return Candidate(value, value, (Place(beside.cell.page, beside.box),), score, Method.LABEL, (labelled(label),))


def _box(tokens: tuple[Token, ...], start: int, end: int) -> Box:
    place = 0
    inside = []
    for token in tokens:
        if place < end and place + len(token.text) > start:
            inside.append(token)
        place += len(token.text) + 1
    return box_of(tuple(inside) or tokens)
