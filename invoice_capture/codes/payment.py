"""What a payment code says, whichever kind it is: what the fields of an invoice can be held against."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from decimal import Decimal, InvalidOperation


@dataclass(frozen=True, slots=True)
class PaymentCode:
    """Facts of a code; empty or None where it says nothing.

    ``amount``: to pay, in major units, > 0; ``reference``: structured (RF, QRR), without blanks;
    ``tax``, ``vat_id`` and ``issued_on``: only tax codes have them.
    """

    name: str = ""
    iban: str = ""
    bic: str = ""
    amount: Decimal | None = None
    currency: str = ""
    reference: str = ""
    text: str = ""
    vat_id: str = ""
    tax: Decimal | None = None
    issued_on: date | None = None


def amount_of(text: str) -> Decimal | None:
    """Return a plain decimal of at most 12 digits before and 2 after its point, None for anything else."""
    whole, _, cents = text.partition(".")
    if not (whole.isascii() and whole.isdecimal() and len(whole) <= 12 and len(cents) <= 2):
        return None
    try:
        return Decimal(text) if not cents or (cents.isascii() and cents.isdecimal()) else None
    except InvalidOperation:
        return None
