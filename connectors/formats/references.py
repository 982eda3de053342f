"""Structured references a payee can be told: which rules a reference follows, and how it is written.

ISO 11649 holds everywhere; the others belong to one country each, known by the payee's account.
"""

import re
from collections.abc import Callable
from enum import StrEnum
from functools import lru_cache

from gateway.domain.bank.creditor_reference import check_creditor_reference, check_qr_reference
from gateway.domain.errors import InputError

_FINNISH_WEIGHTS = (7, 3, 1)
_KID_WEIGHTS = (2, 3, 4, 5, 6, 7)


class ReferenceKind(StrEnum):
    """Whose rules a reference follows."""

    ISO = "iso_11649"
    QRR = "qrr"
    BELGIAN = "belgian_ogm"
    FINNISH = "finnish"
    NORWEGIAN = "norwegian_kid"
    SWEDISH = "swedish_ocr"


@lru_cache(maxsize=50_000)
def reference_kind(reference: str, country: str) -> ReferenceKind | None:
    """Return whose rules a reference keeps, None where it keeps none.

    Args:
        reference: as it will be written (:func:`plain_reference`).
        country: two letters, of the payee's account.
    """
    if reference.startswith("RF"):
        return ReferenceKind.ISO if _passes(check_creditor_reference, reference) else None
    if country in {"CH", "LI"}:
        return ReferenceKind.QRR if _passes(check_qr_reference, reference) else None
    if country == "BE":
        return ReferenceKind.BELGIAN if _is_belgian(reference) else None
    if country == "FI":
        return ReferenceKind.FINNISH if _is_finnish(reference) else None
    if country == "NO":
        return ReferenceKind.NORWEGIAN if _is_norwegian(reference) else None
    if country == "SE":
        return ReferenceKind.SWEDISH if re.fullmatch(r"[0-9]{2,25}", reference) and luhn(reference) else None
    return None


def plain_reference(reference: str, country: str) -> str:
    """Return a reference without what people write between its groups."""
    plain = reference.replace(" ", "")
    return re.sub(r"[+*/]", "", plain) if country == "BE" else plain


def luhn(digits: str) -> bool:
    """Return whether the last digit fits (ISO/IEC 7812-1, modulus 10 with double every second digit)."""
    total = 0
    for index, digit in enumerate(reversed(digits)):
        value = int(digit) * (2 if index % 2 else 1)
        total += value - 9 if value > 9 else value
    return total % 10 == 0


def _passes(check: Callable[[str], str], reference: str) -> bool:
    try:
        check(reference)
    except InputError:
        return False
    return True


def _is_belgian(reference: str) -> bool:
    """Belgian structured communication: ten digits and their remainder by 97, where 0 is written 97."""
    if not re.fullmatch(r"[0-9]{12}", reference):
        return False
    return (int(reference[:10]) % 97 or 97) == int(reference[10:])


def _is_finnish(reference: str) -> bool:
    """Finnish reference: 4 to 20 digits, weights 7 3 1 from the right, filled up to the next ten."""
    if not re.fullmatch(r"[0-9]{4,20}", reference):
        return False
    body = [int(digit) for digit in reversed(reference[:-1])]
    total = sum(digit * _FINNISH_WEIGHTS[index % 3] for index, digit in enumerate(body))
    return (10 - total % 10) % 10 == int(reference[-1])


def _is_norwegian(reference: str) -> bool:
    """Norwegian KID: 3 to 25 digits with modulus 10 or modulus 11, whose 10 is written ``-``."""
    if not re.fullmatch(r"[0-9]{2,24}[0-9-]", reference):
        return False
    if reference[-1] != "-" and luhn(reference):
        return True
    total = sum(int(digit) * _KID_WEIGHTS[index % 6] for index, digit in enumerate(reversed(reference[:-1])))
    check = (11 - total % 11) % 11
    return reference[-1] == ("-" if check == 10 else str(check))
