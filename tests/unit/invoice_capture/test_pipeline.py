"""From bytes to captured fields, without OCR."""

from __future__ import annotations

import pytest

from invoice_capture.errors import Refused
from invoice_capture.intake.limits import Limits
from invoice_capture.memory import SupplierMemory
from invoice_capture.model import CapturedFile, DocumentType, FieldName, Verdict
from invoice_capture.ocr.engine import OcrChoice
from invoice_capture.pipeline import capture, is_receipt, read
from invoice_capture.read.published_text import read_published
from tests.support.drawn_documents import RECEIPT_ROWS, encoded, pdf_of, receipt_picture, zip_of
from tests.support.einvoices import Sample, cii, pdf_with, ubl

pytestmark = pytest.mark.ocr
_NONE = OcrChoice(engine="none")


def _page(number: str) -> list[tuple[float, float, str]]:
    rows = [
        "Nordwind Handel GmbH",
        f"Rechnungsnummer: {number}",
        "Rechnungsdatum: 14.03.2024",
        "Nettobetrag 100,00 EUR",
        "USt 19 % 19,00 EUR",
        "Gesamtbetrag 119,00 EUR",
    ]
    return [(50, 60 + 20 * place, row) for place, row in enumerate(rows)]


def _captured(data: bytes, verdict: Verdict | None = None) -> tuple[CapturedFile, ...]:
    judge = None if verdict is None else lambda _xml: verdict
    return capture(data, "post", Limits(), _NONE, SupplierMemory.empty(), judge=judge)


def test_capture_when_it_is_an_einvoice_then_its_values_and_the_verdict_count() -> None:
    verdict = Verdict(valid=True, judged_by="a test")

    [found] = _captured(ubl(Sample()), verdict)

    [invoice] = found.invoices
    assert (found.kind, found.facts, invoice.syntax, invoice.verdict) == ("xml", (), "ubl", verdict)
    assert invoice.fields[FieldName.INVOICE_NUMBER].value == Sample().number


def test_capture_when_the_pdf_is_hybrid_then_the_xml_counts_and_its_pages_are_known() -> None:
    [found] = _captured(pdf_with(("factur-x.xml", cii(Sample()))))

    [invoice] = found.invoices
    assert (found.kind, invoice.syntax, invoice.pages) == ("pdf", "cii", (1,))
    assert invoice.fields[FieldName.TOTAL].value


def test_capture_when_a_file_holds_two_invoices_then_each_has_its_number() -> None:
    [found] = _captured(pdf_of([_page("R-100"), _page("R-200")]))

    numbers = [invoice.fields[FieldName.INVOICE_NUMBER].value for invoice in found.invoices]
    assert numbers == ["R-100", "R-200"]
    assert [invoice.pages for invoice in found.invoices] == [(1,), (2,)]
    assert [fact[0] for fact in found.facts] == [1, 2]
    assert len(read(pdf_of([_page("R-100"), _page("R-200")]), "post", Limits(), _NONE)) == 2


def test_capture_when_one_of_several_cannot_be_read_then_the_others_are() -> None:
    archive = zip_of({"bad.pdf": b"%PDF-1.7 broken", "good.pdf": pdf_of([_page("R-100")])})

    bad, good = _captured(archive)

    assert bad.invoices == ()
    assert (bad.notes[0].code, bad.notes[0].values["code"]) == ("refused", "pdf_broken")
    assert [note.code for note in good.notes] == ["contained_in"]
    assert good.invoices[0].fields[FieldName.TOTAL].value == "119.00"


def test_capture_when_none_can_be_read_then_the_first_reason_is_told() -> None:
    with pytest.raises(Refused) as refused:
        _captured(zip_of({"a.pdf": b"%PDF-1.7 broken", "b.png": encoded(receipt_picture(), "PNG")[:300]}))

    assert refused.value.code == "pdf_broken"


def test_capture_when_the_xml_is_no_einvoice_then_it_is_refused() -> None:
    with pytest.raises(Refused):
        _captured(b'<?xml version="1.0"?><order/>')


def test_receipt_when_rows_are_narrow_then_it_is_one() -> None:
    receipt = read_published({"id": "1", "lines": list(RECEIPT_ROWS)})
    [letter] = read(pdf_of([_page("R-100")]), "post", Limits(), _NONE)

    assert is_receipt(receipt)
    assert not is_receipt(letter)
    assert not is_receipt(read_published({"id": "1", "lines": []}))


def test_capture_when_it_is_a_receipt_then_it_is_called_one() -> None:
    from invoice_capture.pipeline import capture_document

    found = capture_document(read_published({"id": "1", "lines": list(RECEIPT_ROWS)}), SupplierMemory.empty())

    [invoice] = found.invoices
    assert invoice.document_type is DocumentType.RECEIPT
    assert invoice.fields[FieldName.TOTAL].value == "7.70"
