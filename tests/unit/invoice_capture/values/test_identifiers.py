"""Check digits of accounts, tax ids and references, and their scanners. The numbers are published examples or made."""

from __future__ import annotations

import pytest

from invoice_capture.values import (
    bic_ok,
    currency_of,
    find_bics,
    find_currencies,
    find_ibans,
    find_vat_ids,
    iban_form,
    iban_ok,
    luhn_ok,
    normal_id,
    normal_vat_id,
    qrr_ok,
    rf_ok,
    vat_id_form,
    vat_id_ok,
)

_VAT_TEXT = (
    "ATU13585627 BE0403019261 BG175074752 CHE107787577 CY10259033P CZ25123891 CZ7103192745 DE136695976 DK13585628 "
    "EE100931558 EL023456780 ESA13585625 ESB58378431 ES54362315K FI20774740 FR40303265045 FR83404833048 FRK7399859412 "
    "GB980780684 HR33392005961 HU12892312 IE6433435F IE6433435OA IE8D79739I IT00743110157 LT119511515 LT100001919017 "
    "LU15027442 LV40003521600 MT11679112 NL004495445B01 NL123456789B13 NO995525828MVA PL8567346215 PT501964843 "
    "RO18547290 SE123456789701 SI50223054 SK2022749619"
)
_VAT_IDS = _VAT_TEXT.split()
_IBANS = ("DE89370400440532013000", "CH9300762011623852957", "FR1420041010050500013M02606", "NO9386011117947")


@pytest.mark.parametrize("text", _VAT_IDS)
def test_vat_id_when_right_then_its_check_digits_hold_and_it_is_found(text: str) -> None:
    assert vat_id_ok(text)
    assert [one.value for one in find_vat_ids(f"VAT {text}, Tel. 12")] == [text]


@pytest.mark.parametrize("text", _VAT_IDS)
def test_vat_id_when_one_digit_is_wrong_then_most_are_noticed(text: str) -> None:
    place = max(i for i in range(4, len(text) - 2) if text[i].isdigit() and text[i:] not in {"01", "MVA"})
    wrong = [text[:place] + str(digit) + text[place + 1 :] for digit in range(10) if str(digit) != text[place]]

    assert sum(vat_id_ok(one) for one in wrong) <= 1


def test_vat_id_when_spaced_then_it_is_one_value() -> None:
    assert normal_vat_id("CHE-107.787.577 MWST") == "CHE107787577"
    assert [one.value for one in find_vat_ids("USt-IdNr. DE 136 695 976 HRB 12")] == ["DE136695976"]
    assert [one.value for one in find_vat_ids("DE136695976 ATU13585627")] == ["DE136695976", "ATU13585627"]


@pytest.mark.parametrize("text", ["", "DE12345678", "XX123456789", "DE12345678A", "IE１２３４５６７A"])
def test_vat_id_when_the_form_is_wrong_then_it_is_none(text: str) -> None:
    assert not vat_id_form(text)
    assert not vat_id_ok(text)


@pytest.mark.parametrize("text", _IBANS)
def test_iban_when_right_then_found_within_words(text: str) -> None:
    spaced = " ".join(text[i : i + 4] for i in range(0, len(text), 4))

    assert iban_ok(text)
    assert [one.value for one in find_ibans(f"IBAN: {spaced} BIC COBADEFFXXX {text}")] == [text, text]


@pytest.mark.parametrize("text", _IBANS)
def test_iban_when_any_digit_is_wrong_then_it_is_noticed(text: str) -> None:
    for place in range(4, len(text)):
        if text[place].isdigit():
            wrong = text[:place] + str((int(text[place]) + 1) % 10) + text[place + 1 :]
            assert not iban_ok(wrong)
            assert iban_form(wrong)


def test_references_when_right_then_they_hold() -> None:
    assert rf_ok("RF18 5390 0754 7034")
    assert not rf_ok("RF19 5390 0754 7034")
    assert qrr_ok("21 00000 00003 13947 14300 09017")
    assert not qrr_ok("21 00000 00003 13947 14300 09018")
    assert luhn_ok("4242424242424242")
    assert not luhn_ok("")


def test_bic_when_read_then_the_country_must_exist() -> None:
    assert bic_ok("COBADEFFXXX")
    assert not bic_ok("COBAXXFF")
    assert [one.value for one in find_bics("BIC: INGBNL2A, KONTOSTAND Summe")] == ["INGBNL2A"]


def test_id_when_compared_then_separators_do_not_count() -> None:
    assert normal_id(" re/2024-0 1.é ") == "RE202401E"


def test_currency_when_named_then_its_code() -> None:
    assert currency_of("€") == "EUR"
    assert currency_of("sfr.") == "CHF"
    assert currency_of("Stk") is None
    assert [one.value for one in find_currencies("Total USD 5, 7 € und US$ 3; EURO")] == ["USD", "EUR", "USD", "EUR"]
