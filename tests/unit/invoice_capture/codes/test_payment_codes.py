from __future__ import annotations

import base64
from datetime import date
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from invoice_capture.codes import PaymentCode, payment_code
from invoice_capture.codes.kind import kind_of
from invoice_capture.codes.swiss_qr import billing_facts
from invoice_capture.model import Code, CodeKind

_EPC = "BCD\n002\n1\nSCT\nBHBLDEHHXXX\nNordwind GmbH\nDE71110220330123456789\nEUR12.3\n\nRF18539007547034\n\n"
_SWISS = "\r\n".join(
    [
        *("SPC", "0200", "1", "CH4431999123000889012", "S", "Nordwind AG", "Gasse", "1", "8000", "Zürich", "CH"),
        *([""] * 7),
        *("1949.75", "CHF", "S", "Kunde AG", "Weg", "2", "3000", "Bern", "CH"),
        *("QRR", "210000000003139471430009017", "Auftrag 7", "EPD"),
        "//S1/10/10201409/11/190512/30/106017086/40/2:10",
    ]
)


def _zatca(*values: str) -> str:
    data = b"".join(bytes([tag, len(value.encode())]) + value.encode() for tag, value in enumerate(values, start=1))
    return base64.b64encode(data).decode()


_SAUDI = _zatca("Nordwind", "310122393500003", "2022-04-25T15:30:00Z", "1000.00", "150.00")


def _parsed(text: str) -> PaymentCode | None:
    return payment_code(Code(kind_of(text), text, None))


def test_epc_when_parsed_then_it_says_who_gets_what() -> None:
    assert _parsed(_EPC) == PaymentCode(
        name="Nordwind GmbH",
        iban="DE71110220330123456789",
        bic="BHBLDEHHXXX",
        amount=Decimal("12.3"),
        currency="EUR",
        reference="RF18539007547034",
    )


def test_swiss_code_when_parsed_then_its_billing_data_counts_too() -> None:
    found = _parsed(_SWISS)

    assert found is not None
    assert (found.iban, found.amount, found.currency) == ("CH4431999123000889012", Decimal("1949.75"), "CHF")
    assert (found.reference, found.vat_id) == ("210000000003139471430009017", "CHE106017086")
    assert found.issued_on == date(2019, 5, 12)


def test_saudi_code_when_parsed_then_it_has_the_tax() -> None:
    assert _parsed(_SAUDI) == PaymentCode(
        name="Nordwind",
        amount=Decimal("1000.00"),
        currency="SAR",
        vat_id="310122393500003",
        tax=Decimal("150.00"),
        issued_on=date(2022, 4, 25),
    )


@pytest.mark.parametrize("text", [_EPC, _SWISS, _SAUDI])
def test_code_when_cut_anywhere_then_nothing_breaks(text: str) -> None:
    for size in range(len(text)):
        found = _parsed(text[:size])
        assert found is None or isinstance(found, PaymentCode)


@pytest.mark.parametrize(
    ("text", "kind"),
    [(_EPC, CodeKind.EPC), (_SWISS, CodeKind.SWISS_QR_BILL), (_SAUDI, CodeKind.ZATCA), ("https://x.example", "other")],
)
def test_kind_when_asked_then_the_beginning_tells_it(text: str, kind: CodeKind) -> None:
    assert kind_of(text) == kind


@given(st.text(max_size=200))
def test_code_when_it_is_anything_then_it_is_a_payment_or_none(text: str) -> None:
    for kind in CodeKind:
        found = payment_code(Code(kind, text, None))
        assert found is None or isinstance(found, PaymentCode)


def test_billing_data_when_signs_are_escaped_then_they_are_part_of_the_value() -> None:
    assert billing_facts(r"//S1/10/X.66711\/8824/20/A\\B") == {"10": "X.66711/8824", "20": "A\\B"}
    assert billing_facts("//XX/10/1") == {}
