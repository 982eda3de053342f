"""QR code of Saudi tax invoices: TLV in base64 (ZATCA, Security Features Implementation Standards, section 4)."""

from __future__ import annotations

import base64
import binascii
from collections.abc import Iterator
from datetime import date

from invoice_capture.codes.payment import PaymentCode, amount_of

_SELLER, _VAT, _TIME, _TOTAL, _TAX = 1, 2, 3, 4, 5
_TEXT_MAX = 2000


def parse_zatca(text: str) -> PaymentCode | None:
    """Return what the code of a Saudi tax invoice says, None when it is none; amounts are in riyals."""
    if len(text) > _TEXT_MAX:
        return None
    try:
        fields = dict(_fields(base64.b64decode(text, validate=True)))
        words = {tag: fields[tag].decode() for tag in (_SELLER, _VAT, _TIME, _TOTAL, _TAX)}
    except (binascii.Error, ValueError, KeyError):
        return None
    return PaymentCode(
        name=words[_SELLER],
        amount=amount_of(words[_TOTAL]),
        currency="SAR",
        vat_id=words[_VAT],
        tax=amount_of(words[_TAX]),
        issued_on=_date(words[_TIME]),
    )


def _fields(data: bytes) -> Iterator[tuple[int, bytes]]:
    place = 0
    while place < len(data):
        if place + 2 > len(data) or place + 2 + data[place + 1] > len(data):
            raise ValueError("the last field is cut off")
        size = data[place + 1]
        yield data[place], data[place + 2 : place + 2 + size]
        place += 2 + size


def _date(text: str) -> date | None:
    try:
        return date.fromisoformat(text[:10])
    except ValueError:
        return None
