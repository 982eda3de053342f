"""What an e-invoice claims beside its lines becomes lines of the payable, and its amounts count."""

from __future__ import annotations

from collections.abc import Callable
from decimal import Decimal

import pytest

from gateway.domain.payables.from_invoice import Claim, claim_of
from gateway.domain.payables.matching_pairs import role_by_words
from gateway.domain.payables.matching_result import Role
from gateway.domain.payables.payable import PayableKind
from invoice_capture.einvoice import fields_of_xml
from invoice_capture.result_json import invoice_from_dict, invoice_to_dict
from tests.support.einvoices import Sample, changed, cii, ubl

BESIDE = (("-10.00", "Treue", "95"), ("7.50", "", "FC"), ("2.00", "Logistikpauschale", ""), ("-1.00", "Rabatt", "95"))
PRICE = "InvoiceLine/Price/PriceAmount"


def _claim(xml: bytes) -> Claim:
    # As it is stored and read again.
    claim = claim_of(invoice_from_dict(invoice_to_dict(fields_of_xml(xml))))
    assert claim is not None
    return claim


@pytest.mark.parametrize("write", [ubl, cii], ids=["ubl", "cii"])
def test_allowances_and_charges_then_lines_that_matching_knows_and_the_sum_is_the_net_amount(
    write: Callable[[Sample], bytes],
) -> None:
    claim = _claim(write(Sample(beside=BESIDE)))

    beside = claim.lines[2:]
    assert [(line.line_no, line.text, line.amount.minor) for line in beside] == [
        (3, "Discount: Treue", -1_000),
        (4, "Freight", 750),
        (5, "Surcharge: Logistikpauschale", 200),
        (6, "Rabatt", -100),
    ]
    assert [role_by_words(line, 0) for line in beside] == [
        Role.DISCOUNT,
        Role.FREIGHT,
        Role.SURCHARGE,
        Role.DISCOUNT,
    ]
    assert {line.tax_percent for line in beside} == {Decimal(19)}
    assert sum(line.amount.minor for line in claim.lines) == claim.net.minor == 18_830
    assert claim.gross.minor == 22_408


def test_credit_note_with_an_allowance_then_it_gives_back_less() -> None:
    claim = _claim(ubl(Sample(type_code="381", beside=(("-9.80", "", "95"),))))

    assert claim.kind is PayableKind.CREDIT_NOTE
    assert [line.amount.minor for line in claim.lines] == [9_980, 9_000, -980]
    assert claim.net.minor == 18_000


def test_paid_in_advance_then_its_line_comes_after_the_allowances() -> None:
    claim = _claim(ubl(Sample(prepaid="20.00", beside=(("-9.80", "", "95"),))))

    assert [(line.line_no, line.amount.minor) for line in claim.lines[2:]] == [(3, -980), (4, -2_000)]
    assert sum(line.amount.minor for line in claim.lines) == claim.net.minor


def test_price_of_a_hundred_then_the_price_of_one_is_what_the_amount_says() -> None:
    claim = _claim(changed(ubl(Sample()), PRICE, "4990"))

    assert (claim.lines[0].price, claim.lines[0].amount.minor) == (Decimal("49.9"), 9_980)


def test_price_that_gives_the_amount_but_for_a_cent_then_it_stays() -> None:
    claim = _claim(changed(ubl(Sample()), PRICE, "49.904"))

    assert claim.lines[0].price == Decimal("49.904")


def test_heading_whose_amount_repeats_its_sublines_then_no_line_of_its_own() -> None:
    heading = (
        b"<ram:AssociatedDocumentLineDocument><ram:LineID>1</ram:LineID>"
        b"<ram:LineStatusReasonCode>GROUP</ram:LineStatusReasonCode></ram:AssociatedDocumentLineDocument>"
    )
    plain = b"<ram:AssociatedDocumentLineDocument><ram:LineID>1</ram:LineID></ram:AssociatedDocumentLineDocument>"
    xml = cii(Sample())
    assert plain in xml

    claim = _claim(xml.replace(plain, heading))

    assert [(line.line_no, line.text) for line in claim.lines] == [(1, "Montage")]
