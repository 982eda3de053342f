"""Fields of e-invoices: the same content gives the same fields, whichever syntax it is written in."""

from collections.abc import Callable

import pytest

from invoice_capture.einvoice import fields_of_xml, is_einvoice
from invoice_capture.errors import Refused
from invoice_capture.model import CapturedInvoice, DocumentType, FieldName, Mark, Method
from tests.support.einvoices import PROFILE, Sample, changed, cii, ubl, without, zugferd1

Writer = Callable[[Sample], bytes]
_WRITERS = pytest.mark.parametrize("write", [ubl, cii, zugferd1], ids=["ubl", "cii", "zugferd1"])


def _values(invoice: CapturedInvoice) -> dict[str, str]:
    return {str(name): field.value for name, field in invoice.fields.items() if field.value}


@_WRITERS
def test_invoice_when_read_then_every_field_is_there(write: Writer) -> None:
    invoice = fields_of_xml(write(Sample(prepaid="20.00", rounding="0.04")))

    assert _values(invoice) == {
        "company": "Muster Holzbau GmbH",
        "address": "Waldweg 5, 88131 Lindau, DE",
        "vat_id": "DE136695976",
        "iban": "DE02120300000000202051",
        "bic": "BYLADEM1001",
        "buyer": "Beispiel Laden OHG",
        "invoice_number": "R-2031/7",
        "date": "2031-03-04",
        "delivery_date": "2031-03-01",
        "due_date": "2031-04-03",
        "terms": "Zahlbar bis zum 3. April",
        "order_ref": "B-77",
        "currency": "EUR",
        "net": "189.80",
        "tax": "36.06",
        "total": "225.86",
        "prepaid": "20.00",
        "rounding": "0.04",
        "payable": "205.90",
        "payment_ref": "RF18539007547034",
    }
    assert set(invoice.fields) == set(FieldName)
    assert {field.method for field in invoice.fields.values()} == {Method.XML}
    assert invoice.profile == PROFILE
    assert invoice.document_type is DocumentType.INVOICE
    assert invoice.verdict is None
    assert all(check.holds for check in invoice.checks)


@_WRITERS
def test_lines_and_taxes_when_read_then_every_cell_is_there(write: Writer) -> None:
    invoice = fields_of_xml(write(Sample()))

    cells = [
        [cell.value if cell else None for cell in (one.text, one.quantity, one.unit, one.price, one.rate, one.amount)]
        for one in invoice.lines
    ]
    assert cells == [
        ["Regal", "2", "C62", "49.90", "19", "99.80"],
        ["Montage", "1.5", "C62", "60.00", "19", "90.00"],
    ]
    (tax,) = invoice.taxes
    assert [cell.value if cell else None for cell in (tax.rate, tax.base, tax.tax)] == ["19", "189.80", "36.06"]


@_WRITERS
def test_allowances_and_charges_of_the_document_when_read_then_beside_the_lines(write: Writer) -> None:
    beside = (("-10.00", "Treue", "95"), ("7.50", "", "FC"), ("2.00", "Logistikpauschale", ""), ("-1.00", "", "95"))
    invoice = fields_of_xml(write(Sample(beside=beside)))

    cells = [
        [cell.value if cell else None for cell in (one.text, one.quantity, one.price, one.rate, one.amount)]
        for one in invoice.adjustments
    ]
    assert cells == [
        ["Treue", None, None, "19", "-10.00"],
        ["Freight", None, None, "19", "7.50"],
        ["Logistikpauschale", None, None, "19", "2.00"],
        ["Discount", None, None, "19", "-1.00"],
    ]
    assert len(invoice.lines) == 2
    assert invoice.fields[FieldName.NET].value == "188.30"
    assert all(check.holds for check in invoice.checks)


def test_freight_of_the_extended_profile_when_read_then_a_charge() -> None:
    freight = (
        "<ram:SpecifiedLogisticsServiceCharge><ram:Description>Versand</ram:Description>"
        "<ram:AppliedAmount>4.90</ram:AppliedAmount><ram:AppliedTradeTax><ram:RateApplicablePercent>19"
        "</ram:RateApplicablePercent></ram:AppliedTradeTax></ram:SpecifiedLogisticsServiceCharge>"
    )
    xml = cii(Sample()).replace(
        b"<ram:SpecifiedTradePaymentTerms>", freight.encode() + b"<ram:SpecifiedTradePaymentTerms>"
    )

    (one,) = fields_of_xml(xml).adjustments

    assert [cell.value if cell else None for cell in (one.text, one.rate, one.amount)] == ["Versand", "19", "4.90"]


@_WRITERS
def test_field_when_not_in_the_xml_then_missing(write: Writer) -> None:
    invoice = fields_of_xml(write(Sample(order="", bic="")))

    assert invoice.fields[FieldName.ORDER_REF].mark is Mark.MISSING
    assert invoice.fields[FieldName.BIC].confidence == 0.0
    assert invoice.fields[FieldName.TOTAL].mark is Mark.ACCEPT


@pytest.mark.parametrize(
    ("code", "kind"),
    [
        ("380", DocumentType.INVOICE),
        ("384", DocumentType.INVOICE),
        ("389", DocumentType.INVOICE),
        ("381", DocumentType.CREDIT_NOTE),
        ("261", DocumentType.CREDIT_NOTE),
    ],
)
def test_type_code_when_read_then_it_says_what_kind_of_document_it_is(code: str, kind: DocumentType) -> None:
    assert fields_of_xml(cii(Sample(type_code=code))).document_type is kind


def test_ubl_credit_note_when_read_then_its_own_element_names_are_known() -> None:
    credit = fields_of_xml(ubl(Sample(type_code="381")))

    assert credit.document_type is DocumentType.CREDIT_NOTE
    assert credit.fields[FieldName.DUE_DATE].value == "2031-04-03"
    assert [line.quantity.value for line in credit.lines if line.quantity] == ["2", "1.5"]


@_WRITERS
def test_cash_discount_when_written_into_the_terms_then_it_is_read_and_left_out_of_the_sentence(write: Writer) -> None:
    terms = "#SKONTO#TAGE=10#PROZENT=2.25#\nZahlbar in 30 Tagen"

    invoice = fields_of_xml(write(Sample(terms=terms)))

    assert invoice.fields[FieldName.DISCOUNT_RATE].value == "2.25"
    assert invoice.fields[FieldName.DISCOUNT_DATE].value == "2031-03-14"
    assert invoice.fields[FieldName.TERMS].value == "Zahlbar in 30 Tagen"


def test_cash_discount_when_given_as_elements_then_counted_from_the_date_given() -> None:
    discount = (
        "<ram:ApplicableTradePaymentDiscountTerms><ram:BasisDateTime><udt:DateTimeString format='102'>20310310"
        "</udt:DateTimeString></ram:BasisDateTime><ram:BasisPeriodMeasure unitCode='DAY'>7</ram:BasisPeriodMeasure>"
        "<ram:CalculationPercent>3</ram:CalculationPercent></ram:ApplicableTradePaymentDiscountTerms>"
        "</ram:SpecifiedTradePaymentTerms>"
    )
    xml = cii(Sample()).replace(b"</ram:SpecifiedTradePaymentTerms>", discount.encode())

    fields = fields_of_xml(xml).fields

    assert fields[FieldName.DISCOUNT_RATE].value == "3"
    assert fields[FieldName.DISCOUNT_DATE].value == "2031-03-17"


@_WRITERS
def test_amount_when_it_does_not_add_up_then_its_fields_are_to_be_checked(write: Writer) -> None:
    name = "TaxInclusiveAmount" if write is ubl else "GrandTotalAmount"

    invoice = fields_of_xml(changed(write(Sample()), name, "225.96"))

    assert {check.code: check.difference for check in invoice.checks if not check.holds} == {
        "net_plus_tax": "-0.10",
        "total_to_payable": "0.10",
    }
    total = invoice.fields[FieldName.TOTAL]
    assert total.value == "225.96"
    assert total.mark is Mark.CHECK
    assert [(reason.code, reason.values["check"]) for reason in total.reasons] == [("check_failed", "net_plus_tax")]
    assert invoice.fields[FieldName.DATE].mark is Mark.ACCEPT


def test_iban_when_its_digits_are_wrong_then_to_be_checked() -> None:
    invoice = fields_of_xml(cii(Sample(iban="DE02120300000000202052")))

    assert invoice.fields[FieldName.IBAN].mark is Mark.CHECK
    assert [check.code for check in invoice.checks if not check.holds] == ["iban_check_digits"]


def test_account_when_it_is_no_iban_then_taken_as_it_is() -> None:
    invoice = fields_of_xml(cii(Sample(iban="123-4567")))

    assert invoice.fields[FieldName.IBAN].value == "123-4567"
    assert invoice.fields[FieldName.IBAN].mark is Mark.ACCEPT


@pytest.mark.parametrize(
    ("path", "text", "name"),
    [("IssueDateTime/DateTimeString", "20310231", FieldName.DATE), ("GrandTotalAmount", "1.234,5", FieldName.TOTAL)],
)
def test_value_when_not_readable_then_its_text_is_kept_and_to_be_checked(path: str, text: str, name: FieldName) -> None:
    field = fields_of_xml(changed(cii(Sample()), path, text)).fields[name]

    assert field.value == text
    assert field.mark is Mark.CHECK
    assert [reason.code for reason in field.reasons] == ["not_readable"]


@pytest.mark.parametrize("text", ["1E400", "NaN", "Infinity", "9" * 400, "--1"])
def test_amount_when_absurd_then_no_error(text: str) -> None:
    invoice = fields_of_xml(changed(ubl(Sample()), "PayableAmount", text))

    assert invoice.fields[FieldName.PAYABLE].mark is Mark.CHECK


def test_order_when_only_the_lines_name_it_then_taken_from_them() -> None:
    line_order = (
        b"<ram:SpecifiedLineTradeAgreement><ram:BuyerOrderReferencedDocument><ram:IssuerAssignedID>%s"
        b"</ram:IssuerAssignedID></ram:BuyerOrderReferencedDocument>"
    )
    start = b"<ram:SpecifiedLineTradeAgreement>"
    one = cii(Sample(order="")).replace(start, line_order % b"P-1")
    two = (
        cii(Sample(order=""))
        .replace(start, line_order % b"P-1", 1)
        .replace(start + b"<ram:Net", line_order % b"P-2" + b"<ram:Net")
    )

    same, several = (fields_of_xml(xml).fields[FieldName.ORDER_REF] for xml in (one, two))

    assert (same.value, same.mark) == ("P-1", Mark.ACCEPT)
    assert (several.value, several.mark) == ("P-1", Mark.CHECK)
    assert several.reasons[0].values["orders"] == "P-1, P-2"


def test_group_line_when_it_repeats_its_sublines_then_not_added() -> None:
    group = (
        b"<ram:LineID>1</ram:LineID><ram:LineStatusReasonCode>GROUP</ram:LineStatusReasonCode>"
        b"</ram:AssociatedDocumentLineDocument>"
    )
    sample = Sample(lines=(("Paket", "1", "10.00"), ("Brett", "1", "10.00")))
    xml = cii(sample).replace(b"<ram:LineID>1</ram:LineID></ram:AssociatedDocumentLineDocument>", group)

    checks = {check.code: check.difference for check in fields_of_xml(xml).checks}

    assert checks["lines_sum"] == "-10.00"


@_WRITERS
def test_parts_when_missing_then_the_rest_is_read(write: Writer) -> None:
    xml = write(Sample())
    for part in ("LegalMonetaryTotal", "Party", "SellerTradeParty", "TaxTotal", "PaymentMeans"):
        fields_of_xml(without(xml, part))
    for part in ("ApplicableHeaderTradeSettlement", "ApplicableSupplyChainTradeSettlement", "ExchangedDocument"):
        fields_of_xml(without(xml, part))

    assert fields_of_xml(without(xml, "PostalAddress")).fields[FieldName.COMPANY].value == "Muster Holzbau GmbH"


@pytest.mark.parametrize(
    ("xml", "code"),
    [
        (b'<SCRDMCCBDACIOMessageStructure xmlns="urn:un:unece:uncefact:data:x"/>', "xml_is_order"),
        (b'<Order xmlns="urn:oasis:names:specification:ubl:schema:xsd:Order-2"/>', "xml_not_invoice"),
        (b"<html/>", "xml_not_invoice"),
        (b"<Invoice/>", "xml_not_invoice"),
    ],
)
def test_other_xml_when_read_then_refused_by_name(xml: bytes, code: str) -> None:
    with pytest.raises(Refused) as refusal:
        fields_of_xml(xml)

    assert refusal.value.code == code
    assert not is_einvoice(xml)


@_WRITERS
def test_einvoice_when_asked_then_recognised(write: Writer) -> None:
    assert is_einvoice(write(Sample()))
    assert is_einvoice(b"\xef\xbb\xbf" + write(Sample()))
    assert not is_einvoice(b"%PDF-1.7")


@pytest.mark.parametrize(
    ("price", "adjustments", "mark"),
    [
        ("49.90", "", Mark.ACCEPT),
        ("49.91", "", Mark.ACCEPT),
        ("49.95", "", Mark.CHECK),
        ("499.00|10", "", Mark.ACCEPT),
        ("50.00", "false 1.20 true 1.00", Mark.ACCEPT),
        ("50.00", "true 1.20", Mark.CHECK),
        ("49.90|0", "", Mark.ACCEPT),
    ],
)
def test_line_when_quantity_and_price_do_not_give_its_amount_then_only_that_amount_is_to_be_checked(
    price: str, adjustments: str, mark: Mark
) -> None:
    money, _, per = price.partition("|")
    basis = f"<ram:BasisQuantity unitCode='C62'>{per}</ram:BasisQuantity>" if per else ""
    words = adjustments.split()
    changes = "".join(
        f"<ram:SpecifiedTradeAllowanceCharge><ram:ChargeIndicator><udt:Indicator>{indicator}</udt:Indicator>"
        f"</ram:ChargeIndicator><ram:ActualAmount>{amount}</ram:ActualAmount></ram:SpecifiedTradeAllowanceCharge>"
        for indicator, amount in zip(words[::2], words[1::2], strict=True)
    )
    xml = cii(Sample()).decode("utf-8")
    xml = xml.replace("49.90</ram:ChargeAmount>", f"{money}</ram:ChargeAmount>{basis}", 1)
    sums = "<ram:SpecifiedTradeSettlementLineMonetarySummation>"
    xml = xml.replace(sums, changes + sums, 1)

    invoice = fields_of_xml(xml.encode("utf-8"))

    marks = [line.amount.mark for line in invoice.lines if line.amount]
    assert marks == [mark, Mark.ACCEPT]
    assert all(check.holds for check in invoice.checks)
