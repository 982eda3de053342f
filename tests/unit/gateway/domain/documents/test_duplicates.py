"""Numbers and names as duplicates are found by them."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.domain.documents.duplicates import NEAR_DAYS, Sign, Strength, name_key, number_key, sign_between
from gateway.domain.documents.invoice import InvoiceKeys, InvoiceSummary
from gateway.domain.money import Currency, Money

EURO = Currency.of("EUR")
ONE = InvoiceSummary(
    "invoice",
    "Hafen",
    "RE-42",
    date(2026, 3, 1),
    None,
    Money(11900, EURO),
    0,
    InvoiceKeys(vat_id="DE1", iban="DE02", name="hafen", number="42"),
)


@pytest.mark.parametrize(
    "written",
    ["RE-0042", "re 42", "INV0042", "Rechnung 42", "00042", "RE/0042", "RE_42", "RE.00.42".replace("00.", "")],
)
def test_number_when_written_in_other_ways_then_one_key(written: str) -> None:
    assert number_key(written) == "42"


@pytest.mark.parametrize(("one", "other"), [("2024-11", "2024-12"), ("A-1", "B-1"), ("RENO", "NO"), ("10", "1")])
def test_number_when_it_is_another_then_another_key(one: str, other: str) -> None:
    assert number_key(one) != number_key(other)


@given(st.text(max_size=60))
def test_number_key_when_taken_again_then_it_stays(text: str) -> None:
    once = number_key(text)

    assert number_key(once) == once
    assert number_key(f" {text.upper()} ") == number_key(text.upper())


@given(st.text(alphabet="ABCXYZ0123456789", min_size=1, max_size=20), st.sampled_from([" ", "-", "_", "/", "."]))
def test_number_key_when_separators_stand_around_then_the_same(text: str, separator: str) -> None:
    assert number_key(f"{separator}{text}{separator}") == number_key(text)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("Müller & Söhne GmbH & Co. KG", "MUELLER".replace("UE", "ü") + " und SÖHNE"),
        ("Café Étoile S.A.R.L.", "cafe etoile"),
        ("Straße AG", "STRASSE"),
    ],
)
def test_name_when_written_in_other_ways_then_one_key(one: str, other: str) -> None:
    assert name_key(one) == name_key(other)


def test_name_when_it_is_nothing_but_a_legal_form_then_it_stays() -> None:
    assert name_key("GmbH") == "gmbh"
    assert name_key("") == ""


def test_sign_when_supplier_number_and_total_agree_then_hard() -> None:
    assert sign_between(ONE, replace(ONE, issued_on=None)) == (Strength.HARD, Sign.SAME_NUMBER_AND_TOTAL)


def test_sign_when_the_currency_differs_then_no_same_total() -> None:
    other = replace(ONE, total=Money(11900, Currency.of("CHF")))

    assert sign_between(ONE, other) == (Strength.SOFT, Sign.SAME_NUMBER_OTHER_TOTAL)


@pytest.mark.parametrize(("days", "found"), [(NEAR_DAYS, True), (NEAR_DAYS + 1, False)])
def test_sign_when_total_agrees_and_number_not_then_only_near_in_time(days: int, found: bool) -> None:  # noqa: FBT001
    other = replace(ONE, issued_on=date(2026, 3, 1) + timedelta(days=days), keys=replace(ONE.keys, number="43"))

    assert (sign_between(ONE, other) == (Strength.SOFT, Sign.SAME_TOTAL_NEAR_DATE)) is found


def test_sign_when_digits_look_like_letters_then_soft() -> None:
    one = replace(ONE, keys=replace(ONE.keys, number="B10"))
    other = replace(ONE, keys=replace(ONE.keys, number="BIO"), issued_on=None)

    assert sign_between(one, other) == (Strength.SOFT, Sign.SIMILAR_NUMBER_SAME_TOTAL)


def test_sign_when_the_supplier_is_another_or_unknown_then_none() -> None:
    stranger = replace(ONE, keys=InvoiceKeys(vat_id="FR9", name="autre", number="42"))

    assert sign_between(ONE, stranger) is None
    assert (
        sign_between(replace(ONE, keys=InvoiceKeys(number="42")), replace(ONE, keys=InvoiceKeys(number="42"))) is None
    )
