"""Identifiers as they are compared, and payment references with check digits."""

from __future__ import annotations

import re
import unicodedata

_SEPARATORS = re.compile(r"[\s.\-/:_]")
_RF = re.compile(r"RF\d{2}[A-Z0-9]{1,21}")
# Modulo 10 recursive: Swiss Payment Standards, Implementation Guidelines QR-bill, annex B.
_MOD10 = (0, 9, 4, 6, 8, 2, 7, 1, 3, 5)


def normal_id(text: str) -> str:
    """Return an identifier without accents, blanks and separators, upper case: for comparing, not for showing."""
    plain = "".join(one for one in unicodedata.normalize("NFKD", text) if not unicodedata.combining(one))
    return _SEPARATORS.sub("", plain).upper()


def mod97(text: str) -> int:
    """Return the remainder by 97 of digits and letters, letters as 10 to 35 (ISO 7064 MOD 97-10); -1 for others."""
    if not text or not re.fullmatch(r"[0-9A-Z]+", text):
        return -1
    return int("".join(str(int(one, 36)) for one in text)) % 97


def luhn_ok(digits: str) -> bool:
    """Whether the last digit is the Luhn check digit of the others (ISO/IEC 7812-1 annex B)."""
    if not digits.isascii() or not digits.isdigit():
        return False
    total = 0
    for place, one in enumerate(reversed(digits)):
        number = int(one) * (2 if place % 2 else 1)
        total += number - 9 if number > 9 else number
    return total % 10 == 0


def rf_ok(text: str) -> bool:
    """Whether it is a creditor reference whose check digits hold (ISO 11649), blanks allowed."""
    bare = re.sub(r"\s", "", text).upper()
    return _RF.fullmatch(bare) is not None and mod97(bare[4:] + bare[:4]) == 1


def qrr_ok(text: str) -> bool:
    """Whether it is a Swiss QR reference: 27 digits, the last a recursive modulo 10 check digit."""
    digits = re.sub(r"\s", "", text)
    if not re.fullmatch(r"[0-9]{27}", digits) or not digits.strip("0"):
        return False
    carry = 0
    for one in digits[:-1]:
        carry = _MOD10[(carry + int(one)) % 10]
    return (10 - carry) % 10 == int(digits[-1])
