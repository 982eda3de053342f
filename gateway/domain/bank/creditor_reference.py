"""Structured references that tell the creditor what is paid: ISO 11649 (RF) and the Swiss QR reference (QRR)."""

import re
from typing import NewType

from gateway.domain.bank.iban import check_digits
from gateway.domain.errors import InputError

CreditorReference = NewType("CreditorReference", str)
"""A checked RF reference: ``RF``, two check digits, 1 to 21 capital letters and digits."""

QrReference = NewType("QrReference", str)
"""A checked Swiss QR reference: 27 digits, the last one a check digit."""

_CARRIES = (0, 9, 4, 6, 8, 2, 7, 1, 3, 5)
"""Carry table of modulo 10, recursive (Swiss QR-bill guidelines, annex B)."""

_HINT = "Copy the reference again, with all its digits."


def make_creditor_reference(text: str) -> CreditorReference:
    """Return the RF reference for 1 to 21 capital letters and digits, such as the number of a sale.

    Raises:
        InputError: ``invalid_reference``.
    """
    if not re.fullmatch(r"[A-Z0-9]{1,21}", text):
        hint = "Use 1 to 21 capital letters and digits."
        raise InputError("invalid_reference", "No RF reference can be made of this.", hint, "/reference")
    return CreditorReference(f"RF{check_digits(text, 'RF')}{text}")


def check_creditor_reference(text: str) -> CreditorReference:
    """Read an RF reference; blanks between groups are dropped.

    Raises:
        InputError: ``invalid_reference`` for a wrong form or wrong check digits.
    """
    plain = text.replace(" ", "")
    if not re.fullmatch(r"RF[0-9]{2}[A-Z0-9]{1,21}", plain):
        raise InputError("invalid_reference", "This is not the form of an RF reference.", _HINT, "/reference")
    if plain[2:4] != check_digits(plain[4:], "RF"):
        message = "The check digits of the RF reference do not fit: something in it is mistyped."
        raise InputError("invalid_reference", message, _HINT, "/reference")
    return CreditorReference(plain)


def make_qr_reference(digits: str) -> QrReference:
    """Return the Swiss QR reference for 1 to 26 digits: filled with zeros on the left, check digit added.

    Raises:
        InputError: ``invalid_reference``.
    """
    if not re.fullmatch(r"[0-9]{1,26}", digits):
        hint = "Use 1 to 26 digits."
        raise InputError("invalid_reference", "No QR reference can be made of this.", hint, "/reference")
    body = digits.rjust(26, "0")
    return QrReference(body + _recursive_digit(body))


def check_qr_reference(text: str) -> QrReference:
    """Read a Swiss QR reference; blanks between groups are dropped.

    Raises:
        InputError: ``invalid_reference`` for a wrong form or a wrong check digit.
    """
    plain = text.replace(" ", "")
    if not re.fullmatch(r"[0-9]{27}", plain):
        raise InputError("invalid_reference", "A QR reference has 27 digits.", _HINT, "/reference")
    if plain[-1] != _recursive_digit(plain[:-1]):
        message = "The check digit of the QR reference does not fit: something in it is mistyped."
        raise InputError("invalid_reference", message, _HINT, "/reference")
    return QrReference(plain)


def _recursive_digit(digits: str) -> str:
    carry = 0
    for digit in digits:
        carry = _CARRIES[(carry + int(digit)) % 10]
    return str((10 - carry) % 10)
