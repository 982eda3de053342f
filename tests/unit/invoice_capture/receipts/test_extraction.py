"""Receipts typed by this test: their fields, their places, their sums, and what the memory makes of them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from invoice_capture.memory import Correction, SupplierMemory
from invoice_capture.model import DocumentType, FieldName, Mark, Method, Page, PageSource, ReadDocument
from invoice_capture.read.published_text import read_published
from invoice_capture.receipts import extract_receipt

_GROCER = (
    "       RIVERSIDE GROCER SDN BHD",
    "            (123456-K)",
    "       NO. 14, JALAN SUNGAI 3/1,",
    "     TAMAN RIVERSIDE, 47100 PUCHONG,",
    "             SELANGOR.",
    "         TEL : 03-1234 5678",
    "        GST ID : 001234567890",
    "            TAX INVOICE",
    "INVOICE NO : CS00012345",
    "DATE : 05/03/2018   TIME : 14:22:10",
    "ITEM               QTY    AMOUNT",
    "GREEN APPLE         2       7.00",
    "RICE 5KG            1      21.30",
    "SUBTOTAL                   28.30",
    "GST 6%                      1.70",
    "TOTAL                      30.00",
    "CASH                       50.00",
    "CHANGE                     20.00",
    "   THANK YOU, PLEASE COME AGAIN",
)


def _document(lines: Sequence[str]) -> ReadDocument:
    return read_published({"id": "own", "lines": list(lines)})


def _pictured(document: ReadDocument) -> ReadDocument:
    """The same, as an engine reads a picture: less sure of each word."""
    lines = tuple(
        replace(line, words=tuple(replace(word, confidence=0.98) for word in line.words))
        for line in document.pages[0].lines
    )
    page = replace(document.pages[0], lines=lines, source=PageSource.RAPIDOCR)
    return ReadDocument("jpeg", (page,))


def test_receipt_when_read_then_its_fields_are_found_with_their_places() -> None:
    captured = extract_receipt(_document(_GROCER), SupplierMemory.empty())

    values = {name: field.value for name, field in captured.fields.items()}
    assert captured.document_type is DocumentType.RECEIPT
    assert values[FieldName.COMPANY] == "RIVERSIDE GROCER SDN BHD"
    assert values[FieldName.ADDRESS] == "NO. 14, JALAN SUNGAI 3/1, TAMAN RIVERSIDE, 47100 PUCHONG, SELANGOR."
    assert values[FieldName.DATE] == "2018-03-05"
    assert values[FieldName.TOTAL] == "30.00"
    assert values[FieldName.CURRENCY] == "MYR"
    assert values[FieldName.INVOICE_NUMBER] == "CS00012345"
    assert values[FieldName.TAX_NUMBER] == "001234567890"
    assert values[FieldName.REGISTRATION_NUMBER] == "123456-K"
    for name in (FieldName.COMPANY, FieldName.ADDRESS, FieldName.DATE, FieldName.TOTAL):
        assert captured.fields[name].places
        assert 0 < captured.fields[name].confidence <= 1


def test_receipt_when_as_printed_then_the_date_stands_as_on_the_paper() -> None:
    captured = extract_receipt(_document(_GROCER), SupplierMemory.empty(), as_printed=True)

    assert captured.fields[FieldName.DATE].value == "05/03/2018"
    assert captured.fields[FieldName.TOTAL].value == "30.00"


def test_receipt_when_paid_less_change_is_the_total_then_the_sum_is_shown() -> None:
    captured = extract_receipt(_document(_GROCER), SupplierMemory.empty())

    (check,) = captured.checks
    assert check.code == "paid_minus_change"
    assert check.holds
    assert check.terms == (("paid", "50.00"), ("change", "20.00"), ("total", "30.00"))


def test_receipt_when_change_contradicts_then_the_check_says_by_how_much() -> None:
    lines = [line.replace("20.00", "19.00") for line in _GROCER]

    captured = extract_receipt(_document(lines), SupplierMemory.empty())

    (check,) = captured.checks
    assert not check.holds
    assert check.difference == "1.00"


def test_receipt_when_the_supplier_is_remembered_then_it_is_written_as_approved() -> None:
    approved = {FieldName.COMPANY: "Riverside Grocer Sdn. Bhd.", FieldName.REGISTRATION_NUMBER: "123456-K"}
    first = extract_receipt(_document(_GROCER), SupplierMemory.empty())
    memory = SupplierMemory.empty().learn(Correction("d1", "2026-01-01", first, approved))

    captured = extract_receipt(_document(_GROCER), memory)

    assert captured.fields[FieldName.COMPANY].value == "Riverside Grocer Sdn. Bhd."
    assert captured.fields[FieldName.COMPANY].method is Method.MEMORY
    assert captured.memory_key == next(iter(memory)).entry_id


def test_receipt_when_read_from_a_picture_then_it_says_the_same() -> None:
    captured = extract_receipt(_pictured(_document(_GROCER)), SupplierMemory.empty())

    assert captured.fields[FieldName.TOTAL].value == "30.00"
    assert captured.fields[FieldName.COMPANY].value == "RIVERSIDE GROCER SDN BHD"


def test_receipt_when_empty_then_every_field_is_missing() -> None:
    page = Page(1, 100.0, 100.0, (), PageSource.RAPIDOCR)

    captured = extract_receipt(ReadDocument("jpeg", (page,)), SupplierMemory.empty())

    assert {field.mark for field in captured.fields.values()} == {Mark.MISSING}
    assert captured.checks == ()
