"""International bank account numbers (ISO 13616): length by country and check digits (ISO 7064, mod 97-10)."""

import re
from typing import NewType

from gateway.domain.errors import InputError

Iban = NewType("Iban", str)
"""A checked account number: capital letters and digits, no blanks."""

_COUNTRIES_BY_LENGTH = {
    15: "NO",
    16: "BE",
    18: "DK FI FK FO GL NL SD",
    19: "MK SI",
    20: "AT BA EE KZ LT LU MN XK",
    21: "CH HR LI LV",
    22: "BG BH CR DE GB GE IE ME RS VA",
    23: "AE GI IL IQ OM SO TL",
    24: "AD CZ ES MD PK RO SA SE SK TN VG",
    25: "LY PT ST",
    26: "IS TR",
    27: "BI DJ FR GR IT MC MR SM",
    28: "AL AZ BY CY DO GT HN HU LB NI PL SV",
    29: "BR EG PS QA UA",
    30: "JO KW MU YE",
    31: "MT SC",
    32: "LC",
    33: "RU",
}

IBAN_LENGTHS = {country: length for length, countries in _COUNTRIES_BY_LENGTH.items() for country in countries.split()}
"""Whole length by country, from the IBAN registry (SWIFT, registration authority of ISO 13616)."""

EEA_COUNTRIES = frozenset(
    "AT BE BG CY CZ DE DK EE ES FI FR GR HR HU IE IS IT LI LT LU LV MT NL NO PL PT RO SE SI SK".split()  # noqa: SIM905
)
"""Countries of the European Economic Area, by the country code of their account numbers."""

SEPA_COUNTRIES = EEA_COUNTRIES | {"AD", "AL", "CH", "GB", "GI", "MC", "MD", "ME", "MK", "RS", "SM", "VA"}
"""Countries whose account numbers a SEPA credit transfer reaches (EPC409-09, list of SEPA scheme countries, 2025)."""

_QR_IID_FIRST, _QR_IID_LAST = 30_000, 31_999
_HINT = "Compare it with a bank statement or a letter of the bank."


def check_iban(text: str, pointer: str = "/iban") -> Iban:
    """Read an account number as people write it: blanks between groups are dropped, small letters are refused.

    Raises:
        InputError: ``invalid_iban``; the message says whether signs, country, length or check digits are wrong.
    """
    plain = text.replace(" ", "")
    if not re.fullmatch(r"[A-Z]{2}[0-9]{2}[A-Z0-9]{1,30}", plain):
        raise InputError("invalid_iban", "This is not the form of an account number.", _HINT, pointer)
    length = IBAN_LENGTHS.get(plain[:2])
    if length is None:
        raise InputError("invalid_iban", f"No account numbers begin with {plain[:2]}.", _HINT, pointer)
    if len(plain) != length:
        message = f"Account numbers of {plain[:2]} have {length} characters, this one has {len(plain)}."
        raise InputError("invalid_iban", message, _HINT, pointer)
    if plain[2:4] != check_digits(plain[4:], plain[:2]):
        message = "The check digits of the account number do not fit: something in it is mistyped."
        raise InputError("invalid_iban", message, _HINT, pointer)
    return Iban(plain)


def check_digits(rest: str, prefix: str) -> str:
    """Return the two check digits that belong between ``prefix`` and ``rest`` (ISO 7064, mod 97-10).

    Args:
        rest: capital letters and digits after the check digits.
        prefix: the letters before them: a country, or ``RF``.
    """
    digits = "".join(str(int(sign, 36)) for sign in f"{rest}{prefix}00")
    return f"{98 - int(digits) % 97:02}"


def is_qr_iban(iban: Iban) -> bool:
    """Tell a QR-IBAN: Swiss or Liechtenstein, institution 30000 to 31999 (Swiss QR-bill guidelines, section 4.2.2)."""
    return iban[:2] in {"CH", "LI"} and _QR_IID_FIRST <= int(iban[4:9]) <= _QR_IID_LAST


def iban_in_groups(iban: Iban) -> str:
    """Return the form for paper and screen: groups of four."""
    return " ".join(iban[start : start + 4] for start in range(0, len(iban), 4))


def iban_for_log(iban: Iban) -> str:
    """Return the country and the last four characters only."""
    return f"{iban[:2]}..{iban[-4:]}"
