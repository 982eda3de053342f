"""Payment codes: what is encoded reads back, and one wrong sign never passes a check digit."""

from __future__ import annotations

from dataclasses import replace

from hypothesis import given
from hypothesis import strategies as st

from gateway.domain.bank.creditor_reference import (
    check_creditor_reference,
    check_qr_reference,
    make_creditor_reference,
    make_qr_reference,
)
from gateway.domain.bank.epc_qr import PAYLOAD_BYTES_MAX, EpcPayment, encode_epc, parse_epc
from gateway.domain.bank.iban import IBAN_LENGTHS, Iban, check_digits, check_iban
from gateway.domain.bank.swiss_qr import PAYLOAD_MAX, ReferenceType, SwissAddress, encode_swiss, parse_swiss
from gateway.domain.errors import InputError
from gateway.domain.money import Money
from tests.support.bills import eur
from tests.support.payment_codes import CH_ACCOUNT, CHF, EPC, SWISS

SIGNS = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ"
LATIN = "".join(map(chr, [*range(0x20, 0x7F), *range(0xA1, 0xAD), *range(0xAE, 0x180), 0x218, 0x20AC]))
REFERENCE = st.text(SIGNS, min_size=1, max_size=21)


def _texts(longest: int, least: int = 0) -> st.SearchStrategy[str]:
    return st.text(LATIN, min_size=least, max_size=longest).map(str.strip).filter(lambda text: len(text) >= least)


ADDRESS = st.builds(
    SwissAddress,
    _texts(70, 1),
    _texts(70),
    _texts(16),
    _texts(16, 1),
    _texts(35, 1),
    st.sampled_from(("CH", "LI", "DE")),
)


@st.composite
def _ibans(draw: st.DrawFn) -> Iban:
    country = draw(st.sampled_from(sorted(IBAN_LENGTHS)))
    size = IBAN_LENGTHS[country] - 4
    rest = draw(st.text(SIGNS, min_size=size, max_size=size))
    return check_iban(f"{country}{check_digits(rest, country)}{rest}")


def _accepted(check: object, text: str) -> bool:
    assert callable(check)
    try:
        check(text)
    except InputError:
        return False
    return True


@given(_ibans(), st.data())
def test_iban_with_one_sign_wrong_or_two_swapped_then_refused(iban: Iban, data: st.DataObject) -> None:
    at = data.draw(st.integers(2, len(iban) - 1))
    other = data.draw(
        st.sampled_from([sign for sign in SIGNS if sign != iban[at] and sign.isdigit() == iban[at].isdigit()])
    )
    wrong = iban[:at] + other + iban[at + 1 :]
    swapped = iban[: at - 1] + iban[at] + iban[at - 1] + iban[at + 1 :] if at > 4 else iban

    assert _accepted(check_iban, iban)
    assert not _accepted(check_iban, wrong)
    assert swapped == iban or iban[at].isdigit() != iban[at - 1].isdigit() or not _accepted(check_iban, swapped)


@given(REFERENCE, st.data())
def test_rf_reference_with_one_sign_wrong_then_refused(text: str, data: st.DataObject) -> None:
    reference = make_creditor_reference(text)
    at = data.draw(st.integers(2, len(reference) - 1))
    digits = reference[at].isdigit()
    other = data.draw(st.sampled_from([sign for sign in SIGNS if sign != reference[at] and sign.isdigit() == digits]))

    assert check_creditor_reference(reference) == reference
    assert not _accepted(check_creditor_reference, reference[:at] + other + reference[at + 1 :])


@given(st.text("0123456789", min_size=1, max_size=26), st.integers(0, 26), st.sampled_from("0123456789"))
def test_qr_reference_with_one_digit_wrong_then_refused(digits: str, at: int, other: str) -> None:
    reference = make_qr_reference(digits)
    wrong = reference[:at] + other + reference[at + 1 :]

    assert check_qr_reference(reference) == reference
    assert wrong == reference or not _accepted(check_qr_reference, wrong)


@given(
    _texts(70, 1),
    st.none() | st.integers(1, 99_999_999_999).map(eur),
    st.sampled_from(("", "DEUTDEFF", "DEUTDEFF500")),
    st.sampled_from(("", "GDDS")),
    REFERENCE.map(make_creditor_reference) | _texts(90),
    _texts(30),
)
def test_epc_then_reads_back_within_its_size(
    name: str, amount: Money | None, bic: str, purpose: str, remittance: str, information: str
) -> None:
    rf = check_creditor_reference(remittance) if _accepted(check_creditor_reference, remittance) else None
    message = "" if rf else remittance
    try:
        payment = EpcPayment(name, EPC.iban, amount, bic, purpose, rf, message, information)
    except InputError as error:
        code = error.code
        assert code == "code_too_large"  # the one thing left that can be wrong
        return

    payload = encode_epc(payment)

    assert len(payload.encode()) <= PAYLOAD_BYTES_MAX
    assert parse_epc(payload) == payment
    assert parse_epc(payload.replace("\n", "\r\n")) == payment


@given(
    ADDRESS,
    st.none() | ADDRESS,
    st.none() | st.integers(1, 99_999_999_999),
    st.none() | REFERENCE,
    _texts(100),
    _texts(40),
    st.lists(_texts(100, 1), max_size=2),
)
def test_swiss_then_reads_back_within_its_size(
    creditor: SwissAddress,
    debtor: SwissAddress | None,
    minor: int | None,
    reference: str | None,
    message: str,
    information: str,
    alternatives: list[str],
) -> None:
    bill = replace(
        SWISS,
        iban=CH_ACCOUNT,
        creditor=creditor,
        debtor=debtor,
        amount=None if minor is None else Money(minor, CHF),
        reference_type=ReferenceType.SCOR if reference else ReferenceType.NON,
        reference=make_creditor_reference(reference) if reference else "",
        message=message,
        billing_information=information,
        alternatives=tuple(alternatives),
    )

    payload = encode_swiss(bill)

    assert len(payload) <= PAYLOAD_MAX
    assert parse_swiss(payload) == bill
    assert parse_swiss(payload.replace("\n", "\r\n")) == bill


@st.composite
def _damaged(draw: st.DrawFn, payload: str) -> str:
    at = draw(st.integers(0, len(payload)))
    return payload[:at] + draw(st.text(max_size=3)) + payload[draw(st.integers(at, len(payload))) :]


@given(_damaged(encode_epc(EPC)))
def test_epc_with_anything_in_it_then_refused_with_a_name_or_it_holds(damaged: str) -> None:
    if _accepted(parse_epc, damaged):
        found = parse_epc(damaged)
        assert parse_epc(encode_epc(found)) == found


@given(_damaged(encode_swiss(SWISS)))
def test_swiss_with_anything_in_it_then_refused_with_a_name_or_it_holds(damaged: str) -> None:
    if _accepted(parse_swiss, damaged):
        found = parse_swiss(damaged)
        assert parse_swiss(encode_swiss(found)) == found


@given(st.text(max_size=40))
def test_any_text_then_refused_with_a_name(text: str) -> None:
    assert not _accepted(parse_epc, text)
    assert not _accepted(parse_swiss, text)
