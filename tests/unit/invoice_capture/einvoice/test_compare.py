"""What the page shows against what the XML says."""

from dataclasses import replace

import pytest

from invoice_capture.einvoice import differences, fields_of_xml, not_shown
from invoice_capture.model import (
    Box,
    CapturedField,
    CapturedInvoice,
    FieldName,
    Line,
    Mark,
    Method,
    Page,
    PageSource,
    Place,
    Word,
)
from tests.support.einvoices import Sample, cii

_PLACE = Place(1, Box(1, 2, 3, 4))


def _page(values: dict[str, str], confidence: float = 0.9) -> CapturedInvoice:
    fields = {
        FieldName(name): CapturedField(value, value, (_PLACE,), confidence, Mark.ACCEPT, Method.LABEL)
        for name, value in values.items()
    }
    return replace(fields_of_xml(cii(Sample())), fields=fields, pages=(1,))


_XML = fields_of_xml(cii(Sample()))


@pytest.mark.parametrize(
    ("name", "shown"),
    [
        ("iban", "DE89370400440532013000"),
        ("bic", "COBADEFFXXX"),
        ("company", "Andere Firma GmbH"),
        ("vat_id", "DE999999999"),
        ("invoice_number", "R-2031/8"),
        ("date", "2031-03-05"),
        ("due_date", "2031-05-03"),
        ("currency", "CHF"),
        ("net", "189.70"),
        ("tax", "36.07"),
        ("total", "225.87"),
        ("payable", "0.00"),
        ("payment_ref", "RF45G72UUR"),
    ],
)
def test_value_when_the_page_shows_another_then_an_alarm_with_its_place(name: str, shown: str) -> None:
    (found,) = differences(_XML, _page({name: shown}))

    assert found.name == name
    assert found.on_page == shown
    assert found.in_xml == _XML.fields[FieldName(name)].value
    assert found.places == (_PLACE,)


@pytest.mark.parametrize(
    ("name", "shown"),
    [
        ("iban", "DE02 1203 0000 0000 2020 51"),
        ("company", "MUSTER HOLZBAU"),
        ("company", "Muster-Holzbau GmbH & Co. KG"),
        ("company", "musterholzbau"),
        ("vat_id", "DE 136 695 976"),
        ("invoice_number", "R 2031-7"),
        ("date", "2031-03-04"),
        ("currency", "eur"),
        ("total", "225.860"),
        ("total", "-225.86"),
        ("payment_ref", "RF18 5390 0754 7034"),
    ],
)
def test_value_when_only_written_otherwise_then_no_alarm(name: str, shown: str) -> None:
    assert differences(_XML, _page({name: shown})) == ()


def test_value_when_not_found_on_the_page_then_a_note_and_no_alarm() -> None:
    page = _page({"total": "225.86"})
    words = tuple(Word(text, Box(0, 0, 1, 1)) for text in ("DE02", "1203", "0000", "0000", "2020", "51"))
    letter = Page(1, 100, 100, (Line(words),), PageSource.TEXT_LAYER)

    assert differences(_XML, page) == ()
    assert not_shown(_XML, page) == (FieldName.IBAN, FieldName.INVOICE_NUMBER)
    assert not_shown(_XML, page, (letter,)) == (FieldName.INVOICE_NUMBER,)


def test_value_when_read_with_doubt_then_no_alarm() -> None:
    assert differences(_XML, _page({"date": "2031-03-05", "total": "999.00"}, 0.2)) == ()


def test_other_account_when_its_digits_are_right_then_alarm_also_with_doubt() -> None:
    right = _page({"iban": "DE89370400440532013000"}, 0.2)
    misread = _page({"iban": "DE89370400440532013001"}, 0.2)

    assert [one.name for one in differences(_XML, right)] == [FieldName.IBAN]
    assert differences(_XML, misread) == ()


def test_amount_when_the_page_labels_it_payable_instead_of_total_then_no_alarm() -> None:
    xml = fields_of_xml(cii(Sample(prepaid="25.86")))

    assert differences(xml, _page({"total": "200.00", "payable": "225.86"})) == ()
    assert differences(xml, _page({"total": "200.00"})) == ()
    assert [one.name for one in differences(xml, _page({"total": "200.01"}))] == [FieldName.TOTAL]


def test_value_when_the_xml_lacks_it_then_no_alarm() -> None:
    assert differences(fields_of_xml(cii(Sample(bic=""))), _page({"bic": "COBADEFFXXX"})) == ()


def test_account_when_the_page_lists_several_then_no_alarm_if_that_of_the_xml_is_among_them() -> None:
    words = tuple(Word(text, Box(0, 0, 1, 1)) for text in ("IBAN", "DE02", "1203", "0000", "0000", "2020", "51"))
    letter = Page(1, 100, 100, (Line(words),), PageSource.TEXT_LAYER)
    page = _page({"iban": "DE89370400440532013000", "total": "1.00"})

    assert [one.name for one in differences(_XML, page, (letter,))] == [FieldName.TOTAL]
    assert [one.name for one in differences(_XML, page)] == [FieldName.IBAN, FieldName.TOTAL]


@pytest.mark.parametrize(
    ("printed", "source", "alarms"),
    [
        ("Summe 1.589,80", PageSource.TEXT_LAYER, [FieldName.TOTAL]),
        ("Summe 1.589,80", PageSource.RAPIDOCR, []),
        ("Netto 189,80 Summe 225,86", PageSource.TEXT_LAYER, []),
        ("keine Zahl", PageSource.TEXT_LAYER, []),
    ],
)
def test_total_when_it_stands_nowhere_on_the_page_then_alarm_however_sure_the_reading(
    printed: str, source: PageSource, alarms: list[FieldName]
) -> None:
    words = tuple(Word(text, Box(0, 0, 1, 1)) for text in printed.split())
    letter = Page(1, 100, 100, (Line(words),), source)

    found = differences(_XML, _page({"total": "1589.80"}, 0.3), (letter,))

    assert [one.name for one in found] == alarms


@pytest.mark.parametrize("amount", ["9" * 35, "1e-9", "-0", "x"])
def test_amount_when_absurd_then_compared_without_error(amount: str) -> None:
    assert [one.name for one in differences(_XML, _page({"total": amount}))] == [FieldName.TOTAL]
