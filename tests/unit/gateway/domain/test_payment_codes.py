"""Account numbers, references, and the payment codes of the EPC and of the Swiss QR-bill."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import pytest

from gateway.domain.bank.creditor_reference import (
    CreditorReference,
    check_creditor_reference,
    check_qr_reference,
    make_creditor_reference,
    make_qr_reference,
)
from gateway.domain.bank.epc_qr import EpcPayment, encode_epc, parse_epc
from gateway.domain.bank.iban import Iban, check_iban, iban_for_log, iban_in_groups, is_qr_iban
from gateway.domain.bank.swiss_qr import ReferenceType, SwissAddress, encode_swiss, parse_swiss
from gateway.domain.errors import GatewayError
from gateway.domain.money import Currency, Money
from tests.support.bills import eur
from tests.support.payment_codes import CH_ACCOUNT, CH_QR_ACCOUNT, CHF, EPC, SWISS


def _code(wrong: Callable[[], object]) -> str:
    with pytest.raises(GatewayError) as error:
        wrong()
    assert error.value.hint
    return error.value.code


@pytest.mark.parametrize(
    "text",
    [
        # The examples that the IBAN registry prints for each country.
        "DE89 3704 0044 0532 0130 00",
        "GB29 NWBK 6016 1331 9268 19",
        "CH93 0076 2011 6238 5295 7",
        "FR14 2004 1010 0505 0001 3M02 606",
        "NO93 8601 1117 947",
        "MT84 MALT 0110 0001 2345 MTLC AST0 01S",
        "LI21 0881 0000 2324 013A A",
        "AT611904300234573201",
    ],
)
def test_iban_when_right_then_plain_grouped_and_masked(text: str) -> None:
    iban = check_iban(text)

    assert iban == text.replace(" ", "")
    assert iban_in_groups(iban).replace(" ", "") == iban
    assert iban_for_log(iban) == f"{iban[:2]}..{iban[-4:]}"


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("", "form"),
        ("de89370400440532013000", "form"),
        ("DE8937040044053201300é", "form"),
        ("DE٨٩370400440532013000", "form"),
        ("QQ89370400440532013000", "begin with QQ"),
        ("DE8937040044053201300", "have 22"),
        ("DE89370400440532013001", "check digits"),
        ("DE98370400440532013000", "check digits"),
    ],
)
def test_iban_when_wrong_then_the_message_says_how(text: str, words: str) -> None:
    with pytest.raises(GatewayError, match=words) as error:
        check_iban(text)

    assert error.value.code == "invalid_iban"


def test_iban_when_check_digits_are_congruent_but_not_canonical_then_refused() -> None:
    """Digits 98 and 01 leave the same remainder; only 02 to 98 are ever given out."""
    account = next(f"{number:018}" for number in range(200) if int(f"{number:018}131400") % 97 == 0)

    assert check_iban(f"DE98{account}")
    assert _code(lambda: check_iban(f"DE01{account}")) == "invalid_iban"


def test_qr_iban_when_the_institution_is_in_the_range_then_told_apart() -> None:
    assert is_qr_iban(check_iban("CH44 3199 9123 0008 8901 2"))
    assert not is_qr_iban(check_iban("CH93 0076 2011 6238 5295 7"))
    assert not is_qr_iban(check_iban("DE89 3704 0044 0532 0130 00"))


def test_references_when_made_then_as_the_standards_print_them() -> None:
    assert make_creditor_reference("539007547034") == "RF18539007547034"
    assert check_creditor_reference("RF18 5390 0754 7034") == "RF18539007547034"
    assert make_qr_reference("21000000000313947143000901") == "210000000003139471430009017"
    assert check_qr_reference("21 00000 00003 13947 14300 09017") == "210000000003139471430009017"
    assert make_qr_reference("1")[:-1] == "0" * 25 + "1"


@pytest.mark.parametrize(
    "wrong",
    [
        lambda: make_creditor_reference(""),
        lambda: make_creditor_reference("a"),
        lambda: make_creditor_reference("A" * 22),
        lambda: check_creditor_reference("RF18539007547035"),
        lambda: check_creditor_reference("RF18"),
        lambda: make_qr_reference("1" * 27),
        lambda: make_qr_reference("٣"),
        lambda: check_qr_reference("210000000003139471430009018"),
        lambda: check_qr_reference("1" * 26),
    ],
)
def test_reference_when_wrong_then_refused(wrong: Callable[[], object]) -> None:
    assert _code(wrong) == "invalid_reference"


def test_epc_when_encoded_then_line_by_line_as_the_guideline_has_it() -> None:
    assert encode_epc(EPC).split("\n") == [
        *["BCD", "002", "1", "SCT", "", "Café Brücke", "DE89370400440532013000", "EUR12.30", "", ""],
        "Sale 4711",
    ]
    assert parse_epc(encode_epc(EPC)) == EPC
    assert parse_epc(encode_epc(EPC).replace("\n", "\r\n")) == EPC
    assert parse_epc(encode_epc(EPC).replace("EUR12.30", "EUR12.3")) == EPC


def test_epc_when_only_what_must_be_is_filled_then_it_ends_with_the_account() -> None:
    least = EpcPayment(EPC.name, EPC.iban, None)

    assert encode_epc(least).endswith("\nDE89370400440532013000")
    assert parse_epc(encode_epc(least)) == least


@pytest.mark.parametrize(
    ("wrong", "code"),
    [
        (lambda: replace(EPC, name=""), "code_text_missing"),
        (lambda: replace(EPC, name="x" * 71), "code_text_too_long"),
        (lambda: replace(EPC, message="x" * 141), "code_text_too_long"),
        (lambda: replace(EPC, information="x" * 71), "code_text_too_long"),
        (lambda: replace(EPC, message="a\nb"), "code_text_unprintable"),
        (lambda: replace(EPC, name=" a"), "code_text_unprintable"),
        (lambda: replace(EPC, name="a\u202eb"), "code_text_unprintable"),
        (lambda: replace(EPC, amount=eur(0)), "code_amount_out_of_range"),
        (lambda: replace(EPC, amount=eur(100_000_000_000)), "code_amount_out_of_range"),
        (lambda: replace(EPC, amount=Money(100, CHF)), "not_in_euro"),
        (lambda: replace(EPC, iban=Iban("DE8937040044053201300")), "invalid_iban"),
        (lambda: replace(EPC, iban=Iban("DE89 3704 0044 0532 0130 00")), "invalid_iban"),
        (lambda: replace(EPC, iban=check_iban("TR330006100519786457841326")), "iban_outside_sepa"),
        (lambda: replace(EPC, iban=CH_ACCOUNT), "bic_required"),
        (lambda: replace(EPC, bic="DEUTDE"), "invalid_bic"),
        (lambda: replace(EPC, purpose="gdds"), "invalid_purpose"),
        (lambda: replace(EPC, reference=CreditorReference("RF18539007547034")), "reference_and_message"),
        (lambda: replace(EPC, message="", reference=CreditorReference("RF18 5390 0754 7034")), "invalid_reference"),
        (lambda: replace(EPC, name="é" * 70, message="é" * 140), "code_too_large"),
    ],
)
def test_epc_when_a_part_is_wrong_then_refused_by_name(wrong: Callable[[], object], code: str) -> None:
    assert _code(wrong) == code


@pytest.mark.parametrize(
    ("old", "new", "code"),
    [
        ("BCD", "SPC", "not_an_epc_code"),
        ("\n002\n", "\n001\n", "code_version_unsupported"),
        ("\n1\n", "\n2\n", "code_character_set_unsupported"),
        ("SCT", "INST", "not_an_epc_code"),
        ("EUR12.30", "USD12.30", "code_amount_unreadable"),
        ("EUR12.30", "EUR12,30", "code_amount_unreadable"),
        ("EUR12.30", "EUR012.30", "code_amount_unreadable"),
        ("EUR12.30", "EUR0.00", "code_amount_out_of_range"),
        ("EUR12.30", "EUR12.305", "code_amount_unreadable"),
        ("Sale 4711", "Sale 4711\n", "code_wrong_number_of_lines"),
        ("Sale 4711", "Sale 4711\n\n\nx", "code_wrong_number_of_lines"),
        ("\nDE89370400440532013000\nEUR12.30\n\n\nSale 4711", "", "code_wrong_number_of_lines"),
        ("BCD\n", "BCD\r\n", "code_line_ends_mixed"),
        ("DE89", "DE88", "invalid_iban"),
    ],
)
def test_epc_when_a_foreign_code_is_read_then_refused_by_name(old: str, new: str, code: str) -> None:
    payload = encode_epc(EPC).replace(old, new, 1)

    assert payload != encode_epc(EPC)
    assert _code(lambda: parse_epc(payload)) == code


def test_swiss_when_encoded_then_line_by_line_as_the_guidelines_have_it() -> None:
    assert encode_swiss(SWISS).split("\n") == [
        *["SPC", "0200", "1", CH_QR_ACCOUNT],
        *["S", "Bäckerei am Fluss", "Uferweg", "7a", "8000", "Zürich", "CH"],
        *[""] * 7,
        *["1949.75", "CHF"],
        *["S", "Kundin", "", "", "9490", "Vaduz", "LI"],
        *["QRR", "210000000003139471430009017", "Danke", "EPD"],
    ]
    assert parse_swiss(encode_swiss(SWISS)) == SWISS
    assert parse_swiss(encode_swiss(SWISS).replace("\n", "\r\n")) == SWISS


def test_swiss_when_more_or_less_is_filled_then_it_reads_back() -> None:
    ordinary = replace(SWISS, iban=CH_ACCOUNT, reference_type=ReferenceType.NON, reference="", amount=None, debtor=None)
    full = replace(ordinary, billing_information="//S1/10/4711", alternatives=("eBill/B/a", "x"))
    scor = replace(ordinary, reference_type=ReferenceType.SCOR, reference="RF18539007547034")

    for bill in (ordinary, full, scor, replace(ordinary, alternatives=("x",))):
        assert parse_swiss(encode_swiss(bill)) == bill
    assert encode_swiss(full).split("\n")[30:] == ["EPD", "//S1/10/4711", "eBill/B/a", "x"]


@pytest.mark.parametrize(
    ("wrong", "code"),
    [
        (lambda: replace(SWISS, iban=CH_ACCOUNT), "qr_reference_needs_qr_iban"),
        (lambda: replace(SWISS, reference_type=ReferenceType.NON, reference=""), "qr_iban_needs_qr_reference"),
        (
            lambda: replace(SWISS, reference_type=ReferenceType.SCOR, reference="RF18539007547034"),
            "qr_iban_needs_qr_reference",
        ),
        (lambda: replace(SWISS, reference="210000000003139471430009018"), "invalid_reference"),
        (lambda: replace(SWISS, reference="21 00000 00003 13947 14300 09017"), "invalid_reference"),
        (
            lambda: replace(SWISS, iban=CH_ACCOUNT, reference_type=ReferenceType.NON, reference="x"),
            "invalid_reference",
        ),
        (lambda: replace(SWISS, iban=check_iban("DE89370400440532013000")), "iban_not_swiss"),
        (lambda: replace(SWISS, currency=Currency.of("USD")), "currency_not_allowed"),
        (lambda: replace(SWISS, currency=Currency.of("EUR")), "currency_mismatch"),
        (lambda: replace(SWISS, amount=Money(0, CHF)), "code_amount_out_of_range"),
        (lambda: replace(SWISS, message="x" * 100, billing_information="y" * 41), "code_text_too_long"),
        (lambda: replace(SWISS, message="Спасибо"), "code_character_not_allowed"),
        (lambda: replace(SWISS, alternatives=("a", "b", "c")), "too_many_alternatives"),
        (lambda: replace(SWISS, alternatives=("a" * 101,)), "code_text_too_long"),
        (lambda: replace(SWISS.creditor, country="Schweiz"), "invalid_country"),
        (lambda: replace(SWISS.creditor, town=""), "code_text_missing"),
        (lambda: replace(SWISS.creditor, postal_code=""), "code_text_missing"),
        (lambda: replace(SWISS.creditor, town="x" * 36), "code_text_too_long"),
        (lambda: replace(SWISS.creditor, building="x" * 17), "code_text_too_long"),
    ],
)
def test_swiss_when_a_part_is_wrong_then_refused_by_name(wrong: Callable[[], object], code: str) -> None:
    assert _code(wrong) == code


def test_swiss_when_every_part_is_as_long_as_it_may_be_then_the_code_still_holds_it() -> None:
    longest = SwissAddress("n" * 70, "s" * 70, "b" * 16, "p" * 16, "t" * 35, "CH")

    payload = encode_swiss(
        replace(
            SWISS,
            creditor=longest,
            debtor=longest,
            amount=Money(99_999_999_999, CHF),
            message="m" * 140,
            alternatives=("a" * 100, "b" * 100),
        )
    )

    assert len(payload) <= 997


@pytest.mark.parametrize(
    ("number", "text", "code"),
    [
        (0, "BCD", "not_a_swiss_code"),
        (1, "0100", "code_version_unsupported"),
        (2, "2", "code_character_set_unsupported"),
        (4, "K", "address_not_structured"),
        (11, "S", "ultimate_creditor_not_allowed"),
        (18, "1949.7", "code_amount_unreadable"),
        (18, "01949.70", "code_amount_unreadable"),
        (18, "0.00", "code_amount_out_of_range"),
        (19, "chf", "unknown_currency"),
        (27, "XYZ", "unknown_reference_type"),
        (30, "END", "not_a_swiss_code"),
        (30, "EPD\n\n\n\n", "code_wrong_number_of_lines"),
        (29, "Danke\n", "not_a_swiss_code"),
    ],
)
def test_swiss_when_a_foreign_code_is_read_then_refused_by_name(number: int, text: str, code: str) -> None:
    lines = encode_swiss(SWISS).split("\n")
    lines[number] = text

    assert _code(lambda: parse_swiss("\n".join(lines))) == code


def test_swiss_when_cut_after_any_line_then_refused() -> None:
    lines = encode_swiss(SWISS).split("\n")

    codes = {_code(lambda count=count: parse_swiss("\n".join(lines[:count]))) for count in range(1, len(lines))}  # type: ignore[misc]  # the lambda keeps its count

    assert codes == {"code_wrong_number_of_lines"}
