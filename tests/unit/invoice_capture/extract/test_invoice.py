"""Invoices drawn in many languages and layouts give back what they show, with places and reasons."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal

import pytest

from invoice_capture.extract import document_type, extract_invoice
from invoice_capture.memory import Correction, SupplierMemory
from invoice_capture.model import Code, CodeKind, DocumentType, FieldName, Mark, Method, ReadDocument
from tests.support.drawn_invoices import LAYOUTS, SPEECHES, Facts, Layout, Pen, Speech, inline, letter, truth_of

_AMOUNTS = frozenset({"net", "tax", "total", "payable"})
_NOBODY = SupplierMemory.empty()
_GERMAN = SPEECHES[0]


def _shown(document: ReadDocument, memory: SupplierMemory = _NOBODY) -> dict[str, str]:
    captured = extract_invoice(document, memory)
    return {
        str(name): str(Decimal(one.value)) if name in _AMOUNTS and one.value else one.value
        for name, one in captured.fields.items()
    }


def _equal(found: dict[str, str], truth: dict[str, str]) -> list[str]:
    return [
        f"{name}: {found[name]} instead of {value}"
        for name, value in truth.items()
        if (Decimal(found[name] or "0") != Decimal(value) if name in _AMOUNTS else found[name] != value)
    ]


@pytest.mark.parametrize("whole", [False, True], ids=["words", "pieces"])
@pytest.mark.parametrize("layout", LAYOUTS, ids=lambda one: str(one.__name__))
@pytest.mark.parametrize("speech", SPEECHES, ids=lambda one: str(one.code))
def test_invoice_when_drawn_then_its_fields_are_found(speech: Speech, layout: Layout, *, whole: bool) -> None:
    facts = Facts()

    captured = extract_invoice(layout(speech, facts, whole=whole), _NOBODY)

    assert _equal({str(name): one.value for name, one in captured.fields.items()}, truth_of(speech, facts)) == []
    assert [one.quantity and one.quantity.value for one in captured.lines] == ["3", "10", "1"]
    assert [one.amount and one.amount.value for one in captured.lines] == ["37.50", "89.90", "1234.56"]
    assert [one.code for one in captured.checks if not one.holds] == []
    assert captured.document_type is DocumentType.INVOICE


@pytest.mark.parametrize("layout", LAYOUTS, ids=lambda one: str(one.__name__))
def test_invoice_when_amounts_are_negative_then_they_stay_so(layout: Layout) -> None:
    facts = Facts(sign=-1, number="GS-77")

    assert _equal(_shown(layout(_GERMAN, facts)), truth_of(_GERMAN, facts)) == []


def test_field_when_found_then_its_place_and_label_are_told() -> None:
    captured = extract_invoice(letter(_GERMAN, Facts()), _NOBODY)
    number = captured.fields[FieldName.INVOICE_NUMBER]

    assert number.method is Method.LABEL
    assert [dict(one.values) for one in number.reasons if one.code == "label"] == [{"label": "Rechnungsnummer"}]
    assert (number.places[0].page, round(number.places[0].box.x0)) == (1, 480)
    assert 0 < number.confidence <= 1


def test_total_when_its_parts_contradict_it_then_nobody_accepts_it() -> None:
    pen = Pen()
    for place, (label, value) in enumerate(
        (("Nettobetrag", "100,00"), ("MwSt 19 %", "19,00"), ("Gesamtbetrag", "200,00"))
    ):
        pen.write(300, 400 + 14 * place, label)
        pen.end_at(560, 400 + 14 * place, value)

    captured = extract_invoice(ReadDocument("pdf", (pen.page(),)), _NOBODY)

    wrong = [one for one in captured.checks if one.code == "net_plus_tax" and not one.holds]
    marks = {captured.fields[name].mark for name in (FieldName.NET, FieldName.TAX, FieldName.TOTAL)}
    assert wrong or captured.fields[FieldName.TOTAL].value != "200.00"
    assert Mark.ACCEPT not in marks


def test_sums_when_there_are_two_rates_and_a_deposit_then_all_are_told() -> None:
    pen = Pen()
    rows = (
        ("Zwischensumme netto", "150,00"),
        ("zzgl. MwSt 19 % auf 100,00", "19,00"),
        ("zzgl. MwSt 7 % auf 50,00", "3,50"),
        ("Gesamtbetrag", "172,50"),
        ("abzüglich Anzahlung", "50,00"),
        ("Zu zahlen", "122,50"),
    )
    for place, (label, value) in enumerate(rows):
        pen.write(250, 400 + 14 * place, label)
        pen.end_at(560, 400 + 14 * place, value)

    captured = extract_invoice(ReadDocument("pdf", (pen.page(),)), _NOBODY)

    values = {str(name): one.value for name, one in captured.fields.items()}
    wanted = {"net": "150.00", "tax": "22.50", "total": "172.50", "prepaid": "50.00", "payable": "122.50"}
    assert {name: values[name] for name in wanted} == wanted
    assert [(one.rate and one.rate.value, one.tax and one.tax.value) for one in captured.taxes] == [
        ("19", "19.00"),
        ("7", "3.50"),
    ]
    assert all(one.holds for one in captured.checks)


def test_terms_when_a_discount_is_offered_then_its_rate_and_both_dates_are_found() -> None:
    pen = Pen()
    pen.write(60, 100, "Rechnungsdatum: 01.03.2024")
    pen.write(60, 500, "Zahlbar innerhalb 30 Tagen netto, 2 % Skonto innerhalb 10 Tagen")

    found = _shown(ReadDocument("pdf", (pen.page(),)))

    assert (found["discount_rate"], found["discount_date"], found["due_date"]) == ("2", "2024-03-11", "2024-03-31")


def test_tax_id_when_the_buyer_has_one_too_then_the_supplier_has_his() -> None:
    pen = Pen()
    pen.write(60, 100, "Ihre USt-IdNr.: ATU13585627")
    pen.write(60, 760, "USt-IdNr. DE136695976")

    assert _shown(ReadDocument("pdf", (pen.page(),)))["vat_id"] == "DE136695976"


def test_account_when_its_check_digits_fail_then_a_person_looks() -> None:
    pen = Pen()
    pen.write(60, 760, "IBAN: DE88370400440532013000")

    field = extract_invoice(ReadDocument("pdf", (pen.page(),)), _NOBODY).fields[FieldName.IBAN]

    assert field.value == "DE88370400440532013000"
    assert field.mark is Mark.CHECK
    assert "check_digit_wrong" in {one.code for one in field.reasons}


def test_code_when_it_differs_from_the_print_then_it_wins_and_the_doubt_is_named() -> None:
    document = letter(_GERMAN, Facts())
    epc = "BCD\n002\n1\nSCT\nINGBNL2A\nNordlicht\nNL50INGB0683251309\nEUR12.00\n\n\n"
    page = replace(document.pages[0], codes=(Code(CodeKind.EPC, epc, None),))

    field = extract_invoice(replace(document, pages=(page,)), _NOBODY).fields[FieldName.IBAN]

    assert (field.value, field.method, field.mark) == ("NL50INGB0683251309", Method.CODE, Mark.CHECK)
    assert "code_differs" in {one.code for one in field.reasons}


def test_memory_when_a_label_was_learned_then_it_is_used() -> None:
    facts = Facts()
    known = extract_invoice(inline(_GERMAN, facts), _NOBODY)
    number = known.fields[FieldName.INVOICE_NUMBER]
    named = replace(number, reasons=(replace(number.reasons[0], values={"label": "Vorgang"}),))
    taught = replace(known, fields={**known.fields, FieldName.INVOICE_NUMBER: named})
    approved = {FieldName.VAT_ID: _GERMAN.vat_id, FieldName.INVOICE_NUMBER: facts.number}
    memory = _NOBODY.learn(Correction("first", "2024-03-20", taught, approved))
    speech = replace(_GERMAN, invoice_number="Vorgang")

    assert _shown(inline(speech, facts))["invoice_number"] != facts.number
    assert _shown(inline(speech, facts), memory)["invoice_number"] == facts.number


@pytest.mark.parametrize(
    ("title", "kind"),
    [
        ("Gutschrift", DocumentType.CREDIT_NOTE),
        ("Credit Note", DocumentType.CREDIT_NOTE),
        ("Mahnung", DocumentType.REMINDER),
        ("Invoice", DocumentType.INVOICE),
        ("Kontoauszug", DocumentType.STATEMENT),
        ("Bon de livraison", DocumentType.OTHER),
    ],
)
def test_type_when_titled_then_it_is_that_kind(title: str, kind: DocumentType) -> None:
    pen = Pen()
    pen.write(60, 120, title, 16)
    pen.write(60, 400, "Text 12,00")

    assert document_type((pen.page(),)) is kind


def test_pages_when_empty_then_everything_is_missing() -> None:
    captured = extract_invoice(ReadDocument("pdf", (Pen().page(),)), _NOBODY)

    assert {one.mark for one in captured.fields.values()} == {Mark.MISSING}
    assert captured.lines == ()
    assert captured.document_type is DocumentType.OTHER


def test_lines_when_a_table_goes_on_over_a_page_then_none_is_lost() -> None:
    pages = []
    for number in (1, 2):
        pen = Pen()
        for x, text in ((60, "Bezeichnung"), (300, "Menge"), (400, "Einzelpreis"), (520, "Betrag")):
            pen.write(x, 100, text)
        for place in range(3):
            y = 120 + 30 * place
            pen.write(60, y, f"Ware {number}{place}")
            pen.write(60, y + 12, "in zweiter Zeile beschrieben")
            pen.end_at(325, y, "2")
            pen.end_at(450, y, "1,50")
            pen.end_at(550, y, "3,00")
        pages.append(pen.page(number))

    lines = extract_invoice(ReadDocument("pdf", tuple(pages)), _NOBODY).lines

    assert [one.text and one.text.value.split("\n")[0] for one in lines] == [
        f"Ware {number}{place}" for number in (1, 2) for place in range(3)
    ]
    assert {one.text and one.text.value.split("\n")[1] for one in lines} == {"in zweiter Zeile beschrieben"}
    assert {one.amount and one.amount.mark for one in lines} == {Mark.ACCEPT}


@pytest.mark.parametrize("text", ["Total 5,00", "1,50", "IBAN DE12", "Rechnung Nr. 17 vom 01.02.2024", "a" * 3000])
def test_page_when_it_is_hostile_then_it_is_read_all_the_same(text: str) -> None:
    """Thousands of words on one spot, and in one row: nothing is tried in every combination."""
    pen = Pen()
    for place in range(200):
        pen.write(100, 100, text)
        pen.write(100 + 80 * place, 300, text)

    captured = extract_invoice(ReadDocument("pdf", (pen.page(),)), _NOBODY)

    assert set(captured.fields) == set(FieldName)
