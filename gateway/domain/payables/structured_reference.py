"""The structured reference to pay an invoice with: ISO 11649 (RF) or Swiss QR; anything else is text."""

from gateway.domain.bank.creditor_reference import check_creditor_reference, check_qr_reference
from gateway.domain.errors import InputError


def reference_in(text: str) -> str:
    """Return the reference that a printed text is, without blanks; empty where it is none with fitting check digits."""
    for check in (check_creditor_reference, check_qr_reference):
        try:
            return str(check(text.upper()))
        except InputError:
            continue
    return ""


def check_reference(text: str, pointer: str) -> str:
    """Read a reference that is given as one; empty means none.

    Raises:
        InputError: ``invalid_reference`` for a wrong form or wrong check digits.
    """
    if not text:
        return ""
    try:
        return str(check_qr_reference(text) if text.isdigit() else check_creditor_reference(text))
    except InputError as error:
        raise InputError(error.code, error.message, error.hint, pointer) from error
