"""An invoice from its pages: every part looks for candidates, the joint decision chooses, each field says why."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping

from invoice_capture.extract.accounts import (
    bics,
    ibans,
    payment_references,
    registrations,
    tax_numbers,
    vat_ids,
)
from invoice_capture.extract.candidate import Candidate, choose
from invoice_capture.extract.codes import code_candidates, with_codes
from invoice_capture.extract.fields import field_of, kind_of
from invoice_capture.extract.header import (
    currencies,
    dates_for,
    identifiers_for,
    lonely_dates,
    title_dates,
    title_numbers,
)
from invoice_capture.extract.kinds import type_of
from invoice_capture.extract.labels import Lexicon, lexicon, with_learned
from invoice_capture.extract.parties import Parties, parties_of
from invoice_capture.extract.reading import Reading, reading_of
from invoice_capture.extract.sums import sums_of
from invoice_capture.extract.tables import captured_lines, captured_taxes
from invoice_capture.extract.terms import Terms, terms_of
from invoice_capture.memory import Remembered, SupplierMemory, keys_of, recalled
from invoice_capture.model import (
    CapturedField,
    CapturedInvoice,
    Check,
    FieldName,
    Method,
    Page,
    ReadDocument,
    Reason,
)
from invoice_capture.values import iban_ok, vat_id_ok

_LEARNED_NUMBER = 0.12
_TERMS = 0.6


def extract_invoice(document: ReadDocument, memory: SupplierMemory, *, kind: str | None = None) -> CapturedInvoice:
    """Return the fields of an invoice read from its pages.

    Args:
        document: its pages; no e-invoice in it is looked at.
        memory: what is known of suppliers; one that is recognised lends its labels, its order of dates, its name.
        kind: which calibration makes confidences of scores; that of its pages when None.
    """
    table = kind_of(document.pages) if kind is None else kind
    first = _extracted(document.pages, lexicon(), None, table)
    known = _known(first, memory)
    if known is not None and (known.labels or known.day_first is not None or known.number_pattern):
        learned = with_learned(lexicon(), {str(name): labels for name, labels in known.labels.items()})
        first = _extracted(document.pages, learned, known, table)
    return recalled(first, memory)


def _known(captured: CapturedInvoice, memory: SupplierMemory) -> Remembered | None:
    values = {name: one.value for name, one in captured.fields.items() if one.value}
    keys = keys_of(values)
    return memory.find(*keys) if keys else None


def _extracted(pages: tuple[Page, ...], words: Lexicon, known: Remembered | None, table: str) -> CapturedInvoice:
    reading = reading_of(pages, words, day_first=known.day_first if known is not None else None)
    kind = type_of(reading)
    parties = parties_of(reading)
    sums = sums_of(reading, table)
    terms = terms_of(reading)
    found = _candidates(reading, parties, known)
    _add_terms(found, terms)
    found = with_codes(found, code_candidates(reading.codes))
    fields = {name: field_of(name, choose(found.get(name, ())), table) for name in FieldName}
    fields.update(sums.fields)
    return CapturedInvoice(
        document_type=kind,
        pages=tuple(page.number for page in pages),
        fields=fields,
        lines=captured_lines(sums.lines),
        taxes=captured_taxes(sums.taxes),
        checks=(*sums.checks, *_digit_checks(fields)),
        language=reading.language,
    )


def _candidates(reading: Reading, parties: Parties, known: Remembered | None) -> dict[FieldName, tuple[Candidate, ...]]:
    numbers = [*identifiers_for(reading, "invoice_number"), *title_numbers(reading)]
    if known is not None and known.number_pattern:
        numbers = [_shaped(one, known.number_pattern) for one in numbers]
    dates = [*dates_for(reading, "date"), *title_dates(reading)] or list(lonely_dates(reading))
    buyers = parties.buyer_cells
    return {
        FieldName.COMPANY: _one(parties.company),
        FieldName.ADDRESS: _one(parties.address),
        FieldName.BUYER: _one(parties.buyer),
        FieldName.INVOICE_NUMBER: tuple(numbers),
        FieldName.DATE: tuple(dates),
        FieldName.DELIVERY_DATE: tuple(dates_for(reading, "delivery_date")),
        FieldName.DUE_DATE: tuple(dates_for(reading, "due_date")),
        FieldName.ORDER_REF: tuple(identifiers_for(reading, "order_ref")),
        FieldName.CURRENCY: tuple(currencies(reading)),
        FieldName.VAT_ID: tuple(vat_ids(reading, buyers)),
        FieldName.TAX_NUMBER: tuple(tax_numbers(reading, buyers)),
        FieldName.REGISTRATION_NUMBER: tuple(registrations(reading, buyers)),
        FieldName.IBAN: tuple(ibans(reading)),
        FieldName.BIC: tuple(bics(reading)),
        FieldName.PAYMENT_REF: tuple(payment_references(reading)),
    }


def _one(candidate: Candidate | None) -> tuple[Candidate, ...]:
    return () if candidate is None else (candidate,)


def _shaped(candidate: Candidate, pattern: str) -> Candidate:
    shape = "".join("9" if one.isdigit() else "A" if one.isalpha() else one for one in candidate.value)
    if shape != pattern:
        return candidate
    score = min(0.99, candidate.score + _LEARNED_NUMBER)
    reasons = (*candidate.reasons, Reason("usual_number"))
    return Candidate(candidate.value, candidate.text, candidate.places, score, candidate.method, reasons)


def _add_terms(found: dict[FieldName, tuple[Candidate, ...]], terms: Terms | None) -> None:
    """Add what the terms say: the sentence, the discount, and the dates that follow from days."""
    if terms is None:
        return
    places = tuple(cell.place for cell in terms.cells)
    date = choose(found[FieldName.DATE])
    issued = dt.date.fromisoformat(date.value) if date is not None else None
    reason = Reason("terms", {"terms": terms.text})

    def add(name: FieldName, value: str, score: float, method: Method) -> None:
        one = Candidate(value, terms.text, places, score, method, (reason,))
        found[name] = (*found.get(name, ()), one)

    add(FieldName.TERMS, terms.text, _TERMS, Method.PATTERN)
    if terms.rate is not None:
        add(FieldName.DISCOUNT_RATE, f"{terms.rate.normalize():f}", 0.8, Method.PATTERN)
        early = terms.discount_due or _days_after(issued, terms.discount_days)
        if early is not None:
            add(FieldName.DISCOUNT_DATE, early.isoformat(), 0.7, Method.PATTERN)
    if terms.due is not None:
        add(FieldName.DUE_DATE, terms.due.isoformat(), _TERMS, Method.PATTERN)
    due = _days_after(issued, terms.days)
    if due is not None and terms.due is None:
        add(FieldName.DUE_DATE, due.isoformat(), _TERMS * 0.8, Method.ARITHMETIC)


def _days_after(date: dt.date | None, days: int | None) -> dt.date | None:
    return None if date is None or days is None else date + dt.timedelta(days=days)


def _digit_checks(fields: Mapping[FieldName, CapturedField]) -> tuple[Check, ...]:
    """The check digits of the values that have some."""
    tests = ((FieldName.IBAN, "iban", iban_ok), (FieldName.VAT_ID, "vat_id", vat_id_ok))
    return tuple(
        Check(f"{code}_check_digits", holds(fields[name].value), ((str(name), fields[name].value),))
        for name, code, holds in tests
        if fields[name].value
    )
