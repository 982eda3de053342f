"""What an invoice says now: the capture with every correction on top, and what is still in doubt.

A pure function of the capture and the journal; the capture itself is never changed.
"""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from enum import StrEnum

from gateway.domain.documents.duplicates import name_key, number_key
from gateway.domain.documents.invoice import InvoiceEvent, InvoiceKeys, InvoiceState, InvoiceSummary
from gateway.domain.documents.invoice_sums import sums_of
from gateway.domain.errors import InputError
from gateway.domain.money import Currency, Money
from invoice_capture.model import (
    CapturedField,
    CapturedInvoice,
    CapturedLine,
    CapturedTax,
    DocumentType,
    FieldName,
    Mark,
    Method,
)

LINES = "lines"
TAXES = "taxes"
LINE_CELLS = ("text", "quantity", "unit", "price", "rate", "amount")
TAX_CELLS = ("rate", "base", "tax")
REQUIRED = (FieldName.COMPANY, FieldName.INVOICE_NUMBER, FieldName.DATE, FieldName.CURRENCY, FieldName.TOTAL)
"""Without these an invoice can be neither told from another nor booked."""
_REQUIRED_OF_RECEIPTS = tuple(name for name in REQUIRED if name is not FieldName.INVOICE_NUMBER)

Rows = tuple[Mapping[str, str], ...]


@dataclass(frozen=True, slots=True)
class Corrected:
    """Who gave a value last, when, and what stood there in the capture."""

    by: str
    at: datetime
    captured: str


@dataclass(frozen=True, slots=True)
class CurrentInvoice:
    """The values as they are now. ``corrected``: by the name of a field, ``lines`` or ``taxes``."""

    invoice: CapturedInvoice
    corrected: Mapping[str, Corrected]


class DoubtKind(StrEnum):
    """What a person has to look at."""

    FIELD = "field"
    MISSING = "missing"
    CHECK = "check"
    DIFFERENCE = "difference"
    VERDICT = "verdict"
    DUPLICATE = "duplicate"


@dataclass(frozen=True, slots=True)
class Doubt:
    """One place to look at. ``name``: of the field, check or rule."""

    kind: DoubtKind
    name: str


def current_values(captured: CapturedInvoice, events: Sequence[InvoiceEvent]) -> CurrentInvoice:
    """Return the capture with the corrections of the journal applied in their order, and its sums recomputed."""
    corrected: dict[str, Corrected] = {}
    fields = dict(captured.fields)
    lines, taxes = captured.lines, captured.taxes
    for event in events:
        for change in event.changes:
            if change.field == LINES:
                lines, before = _lines_of(rows_of(change.now)), rows_text(shown_lines(captured))
            elif change.field == TAXES:
                taxes, before = _taxes_of(rows_of(change.now)), rows_text(shown_taxes(captured))
            else:
                name = FieldName(change.field)
                fields[name] = _corrected(captured.fields.get(name), change.now)
                original = captured.fields.get(name)
                before = original.value if original is not None else ""
            corrected[change.field] = Corrected(event.actor, event.at, before)
    changed = replace(captured, fields=fields, lines=lines, taxes=taxes)
    # A journal without corrections leaves the checks as they were captured: the reader saw more than the values.
    checks = sums_of(changed, corrected.keys()) if corrected else captured.checks
    return CurrentInvoice(replace(changed, checks=checks), corrected)


def required_of(invoice: CapturedInvoice) -> tuple[FieldName, ...]:
    """Return the fields that must have a value before anybody accepts it; a receipt often has no number."""
    return _REQUIRED_OF_RECEIPTS if invoice.document_type is DocumentType.RECEIPT else REQUIRED


def doubts_of(current: CurrentInvoice) -> tuple[Doubt, ...]:
    """Return every place a person has to look at, in the order of the screen."""
    invoice, found = current.invoice, []
    required = required_of(invoice)
    for name in FieldName:
        field = invoice.fields.get(name)
        if field is None or not field.value:
            if name in required:
                found.append(Doubt(DoubtKind.MISSING, name))
        elif field.mark is Mark.CHECK:
            found.append(Doubt(DoubtKind.FIELD, name))
    found += [Doubt(DoubtKind.CHECK, check.code) for check in invoice.checks if not check.holds]
    seen = [one.name for one in invoice.differences if one.name not in current.corrected]
    found += [Doubt(DoubtKind.DIFFERENCE, name) for name in dict.fromkeys(seen)]
    if invoice.verdict is not None and invoice.verdict.valid is False:
        found.append(Doubt(DoubtKind.VERDICT, invoice.verdict.failed[0].rule if invoice.verdict.failed else ""))
    return tuple(found)


def obstacles(doubts: Sequence[Doubt]) -> tuple[Doubt, ...]:
    """Return the doubts for which accepting needs a person's reason: all but values that are merely unsure."""
    return tuple(doubt for doubt in doubts if doubt.kind is not DoubtKind.FIELD)


def state_of(doubts: Sequence[Doubt]) -> InvoiceState:
    """Return the state of an invoice nobody has decided over."""
    return InvoiceState.NEEDS_REVIEW if doubts else InvoiceState.CAPTURED


def summary_of(current: CurrentInvoice, doubts: int) -> InvoiceSummary:
    """Return what the queue shows."""
    invoice = current.invoice
    return InvoiceSummary(
        document_type=invoice.document_type,
        supplier=value_of(invoice, FieldName.COMPANY),
        number=value_of(invoice, FieldName.INVOICE_NUMBER),
        issued_on=_day(value_of(invoice, FieldName.DATE)),
        due_on=_day(value_of(invoice, FieldName.DUE_DATE)),
        total=_total(invoice),
        doubts=doubts,
        keys=InvoiceKeys(
            vat_id=value_of(invoice, FieldName.VAT_ID).upper()[:40],
            iban=value_of(invoice, FieldName.IBAN).upper()[:40],
            name=name_key(value_of(invoice, FieldName.COMPANY)),
            number=number_key(value_of(invoice, FieldName.INVOICE_NUMBER))[:100],
        ),
    )


def value_of(invoice: CapturedInvoice, name: FieldName) -> str:
    """Return the value of a field, empty without one."""
    field = invoice.fields.get(name)
    return field.value if field is not None else ""


def shown_lines(invoice: CapturedInvoice) -> Rows:
    """Return the lines as their values only; a cell that is not there is empty."""
    return tuple({cell: _cell(getattr(line, cell)) for cell in LINE_CELLS} for line in invoice.lines)


def shown_taxes(invoice: CapturedInvoice) -> Rows:
    """Return the tax summary as its values only."""
    return tuple({cell: _cell(getattr(tax, cell)) for cell in TAX_CELLS} for tax in invoice.taxes)


def rows_text(rows: Rows) -> str:
    """Return rows as the journal keeps them."""
    return json.dumps([dict(row) for row in rows], ensure_ascii=False, separators=(",", ":"))


def rows_of(text: str) -> Rows:
    """Return rows of the journal."""
    return tuple({str(cell): str(value) for cell, value in row.items()} for row in json.loads(text))


def _cell(field: CapturedField | None) -> str:
    return field.value if field is not None else ""


def _corrected(field: CapturedField | None, value: str) -> CapturedField:
    """Return a field with a person's value: sure, where it stood before; the reasons for doubt are gone."""
    mark = Mark.ACCEPT if value else Mark.MISSING
    if field is None:
        return CapturedField(value, value, (), 1.0, mark, Method.LABEL)
    places = field.places if value == field.value else ()
    return replace(field, value=value, places=places, confidence=1.0, mark=mark, reasons=())


def _given(row: Mapping[str, str], cell: str) -> CapturedField | None:
    value = row.get(cell, "")
    return CapturedField(value, value, (), 1.0, Mark.ACCEPT, Method.LABEL) if value else None


def _lines_of(rows: Rows) -> tuple[CapturedLine, ...]:
    return tuple(CapturedLine(**{cell: _given(row, cell) for cell in LINE_CELLS}) for row in rows)


def _taxes_of(rows: Rows) -> tuple[CapturedTax, ...]:
    return tuple(CapturedTax(**{cell: _given(row, cell) for cell in TAX_CELLS}) for row in rows)


def _day(text: str) -> date | None:
    try:
        return date.fromisoformat(text)
    except ValueError:
        return None


def _total(invoice: CapturedInvoice) -> Money | None:
    """Return the total as money; None when amount or currency is missing or nothing we can count in."""
    amount, code = value_of(invoice, FieldName.TOTAL), value_of(invoice, FieldName.CURRENCY)
    if not amount or not code:
        return None
    try:
        return Money.from_decimal(amount, Currency.of(code))
    except InputError:
        return None
