"""Values are the capture with the corrections on top, whatever they are."""

from __future__ import annotations

import uuid
from dataclasses import replace
from datetime import UTC, datetime
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.domain.documents.current_values import current_values, doubts_of, obstacles, state_of, summary_of
from gateway.domain.documents.document import TRANSITIONS, DocumentState, shown_name
from gateway.domain.documents.invoice import Change, InvoiceEvent, InvoiceState, InvoiceStep
from invoice_capture.model import (
    CapturedField,
    CapturedInvoice,
    CapturedLine,
    CapturedTax,
    Check,
    DocumentType,
    FieldName,
    Mark,
    Method,
)

NOON = datetime(2026, 3, 2, 12, tzinfo=UTC)
AMOUNTS = st.integers(-10_000_000, 10_000_000).map(lambda cents: f"{Decimal(cents) / 100:.2f}")
NAMES = st.sampled_from([FieldName.NET, FieldName.TAX, FieldName.TOTAL])
CHANGES = st.lists(st.tuples(NAMES, AMOUNTS), max_size=12)


def _captured(net: str, tax: str, total: str) -> CapturedInvoice:
    values = {FieldName.NET: net, FieldName.TAX: tax, FieldName.TOTAL: total}
    fields = {name: CapturedField(text, text, (), 0.5, Mark.CHECK, Method.LABEL) for name, text in values.items()}
    return CapturedInvoice(DocumentType.INVOICE, (1,), fields)


def _events(changes: list[tuple[FieldName, str]]) -> tuple[InvoiceEvent, ...]:
    return tuple(
        InvoiceEvent(
            number, uuid.UUID(int=number), InvoiceStep.CORRECTED, f"p{number}", NOON, "", (Change(name, "", to),)
        )
        for number, (name, to) in enumerate(changes, start=1)
    )


@given(AMOUNTS, AMOUNTS, AMOUNTS, CHANGES)
def test_values_when_corrected_in_any_order_then_the_last_word_counts_and_the_sum_is_exact(
    net: str, tax: str, total: str, changes: list[tuple[FieldName, str]]
) -> None:
    captured = _captured(net, tax, total)
    expected = {FieldName.NET: net, FieldName.TAX: tax, FieldName.TOTAL: total} | dict(changes)

    current = current_values(captured, _events(changes))

    assert {name: field.value for name, field in current.invoice.fields.items()} == expected
    assert set(current.corrected) == {str(name) for name, _ in changes}
    assert captured == _captured(net, tax, total)
    for check in current.invoice.checks:
        off = Decimal(expected[FieldName.NET]) + Decimal(expected[FieldName.TAX]) - Decimal(expected[FieldName.TOTAL])
        assert (check.code, check.holds, Decimal(check.difference)) == ("net_plus_tax", off == 0, off)
    assert len(current.invoice.checks) == bool(changes)


@given(AMOUNTS, CHANGES)
def test_values_when_nothing_is_left_in_doubt_then_captured_else_review(
    net: str, changes: list[tuple[FieldName, str]]
) -> None:
    current = current_values(_captured(net, "0.00", net), _events(changes))
    doubts = doubts_of(current)

    assert state_of(doubts) is InvoiceState.NEEDS_REVIEW  # number, date and supplier are missing
    assert {doubt.name for doubt in obstacles(doubts)} >= {"company", "invoice_number", "date", "currency"}
    assert summary_of(current, len(doubts)).total is None  # an amount without a currency is none


def test_documents_when_in_any_state_then_there_is_a_way_on() -> None:
    assert set(TRANSITIONS) == set(DocumentState)
    assert all(TRANSITIONS.values())


@given(st.text(max_size=400))
def test_name_when_shown_then_short_clean_and_never_a_path(text: str) -> None:
    name = shown_name(text)

    assert 0 < len(name) <= 200
    assert not set(name) & set("/\\\x00\n\u202e")
    name.encode()


def _amount(text: str) -> CapturedField:
    return CapturedField(text, text, (), 1.0, Mark.ACCEPT, Method.LABEL)


def test_lines_when_the_reader_saw_a_discount_then_it_counts_after_a_correction_too() -> None:
    seen = Check("lines_sum", holds=False, terms=(("lines", "100.00"), ("adjustments", "-5.00")), difference="1.00")
    captured = replace(
        _captured("94.00", "0.00", "94.00"), lines=(CapturedLine(amount=_amount("100.00")),), checks=(seen,)
    )

    current = current_values(captured, _events([(FieldName.NET, "95.00"), (FieldName.TOTAL, "95.00")]))

    assert {check.code: check.holds for check in current.invoice.checks} == {"net_plus_tax": True, "lines_sum": True}


@pytest.mark.parametrize(("syntax", "holds"), [("", False), ("ubl", True)])
def test_rate_when_rounded_line_by_line_then_e_invoices_may_be_off_by_less_than_one(syntax: str, holds: bool) -> None:  # noqa: FBT001
    tax = CapturedTax(_amount("19"), _amount("100.00"), _amount("19.50"))
    captured = replace(_captured("100.00", "19.50", "119.00"), taxes=(tax,), syntax=syntax)

    current = current_values(captured, _events([(FieldName.TOTAL, "119.50")]))

    assert [check.holds for check in current.invoice.checks if check.code == "rate_times_base"] == [holds]
