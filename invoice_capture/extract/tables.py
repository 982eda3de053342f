"""Lines and taxes as captured tables, each cell with its place."""

from __future__ import annotations

from decimal import Decimal

from invoice_capture.extract.candidate import Candidate
from invoice_capture.extract.fields import cell_field
from invoice_capture.extract.layout import Cell
from invoice_capture.extract.lines import ItemLine
from invoice_capture.extract.numbers import Number
from invoice_capture.extract.taxes import TaxRow
from invoice_capture.model import CapturedField, CapturedLine, CapturedTax, Method, Place, Reason
from invoice_capture.values import amount_text

_CELL = 0.7
_PROVED = 0.95
_TEXT_LINES_MAX = 12


def captured_lines(lines: tuple[ItemLine, ...]) -> tuple[CapturedLine, ...]:
    """Return the lines as captured; a line whose quantity times price is its amount is sure."""
    return tuple(_line(one) for one in lines)


def captured_taxes(taxes: tuple[TaxRow, ...]) -> tuple[CapturedTax, ...]:
    """Return the tax summary as captured; every row was recomputed."""
    holds = (Reason("tax_holds"),)
    return tuple(
        CapturedTax(
            cell_field(
                Candidate(_plain(one.rate), _plain(one.rate), (one.base.place,), _PROVED, Method.ARITHMETIC, holds)
            ),
            _amount(one.base, holds),
            _amount(one.tax, holds),
        )
        for one in taxes
    )


def _line(line: ItemLine) -> CapturedLine:
    reasons = (Reason("line_holds"),) if line.fits else (Reason("line_fails"),) if line.fits is False else ()
    texts = line.texts[:_TEXT_LINES_MAX]
    text = "\n".join(one.text for one in texts)
    described = Candidate(text, text, tuple(one.place for one in texts), _CELL, Method.LAYOUT) if texts else None
    unit = None if line.unit is None else _cell(line.unit[0], line.unit[1], ())
    rate = None if line.rate is None else _cell(line.rate[0], _plain(line.rate[1]), ())
    return CapturedLine(
        text=cell_field(described),
        quantity=_number(line.quantity, reasons),
        unit=cell_field(unit),
        price=_number(line.price, reasons),
        rate=cell_field(rate),
        amount=_amount(line.amount, reasons),
    )


def _cell(cell: Cell, value: str, reasons: tuple[Reason, ...]) -> Candidate:
    return Candidate(value, cell.text, (cell.place,), _CELL, Method.LAYOUT, reasons)


def _number(number: Number | None, reasons: tuple[Reason, ...]) -> CapturedField | None:
    return None if number is None else _field(number, _plain(number.value), reasons)


def _amount(number: Number | None, reasons: tuple[Reason, ...]) -> CapturedField | None:
    return None if number is None else _field(number, amount_text(number.value), reasons)


def _field(number: Number, value: str, reasons: tuple[Reason, ...]) -> CapturedField | None:
    score = _PROVED if any(one.code in {"line_holds", "tax_holds"} for one in reasons) else _CELL
    place = Place(number.cell.page, number.box)
    return cell_field(Candidate(value, number.text, (place,), score, Method.LAYOUT, reasons))


def _plain(value: Decimal) -> str:
    return f"{value.normalize():f}"
