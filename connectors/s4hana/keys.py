"""Our keys and the numbers of suppliers in the few letters that fields of S/4HANA have."""

from __future__ import annotations

import hashlib
import re
import uuid
from datetime import UTC, date, datetime, timedelta

_DIGITS = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ"
_KEY_LENGTH = 25
"""Of a header text. 36 to the power of 25 is more than 2 to the power of 128: a UUID fits, to the last letter."""
_KEY = re.compile(r"[0-9A-Z]{25}")
REFERENCE_LENGTH = 16
_SUM_LENGTH = 6
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


def short_key(key: str) -> str:
    """Return the header text of a document: its UUID with 36 digits."""
    return _written(uuid.UUID(key).int, _KEY_LENGTH)


def long_key(text: str) -> str:
    """Return the key of a header text, empty where it is none of ours."""
    number = int(text, 36) if _KEY.fullmatch(text) else 1 << 128
    return str(uuid.UUID(int=number)) if number < 1 << 128 else ""


def reference(number: str) -> str:
    """Return the number of a supplier as S/4HANA keeps it: sixteen capital letters at most.

    A longer one keeps its beginning, and ends in a sum over the whole, so that two do not become one.
    """
    told = number.strip().upper()
    if len(told) <= REFERENCE_LENGTH:
        return told
    found = int.from_bytes(hashlib.sha256(told.encode()).digest()[:8]) % 36**_SUM_LENGTH
    return f"{told[: REFERENCE_LENGTH - _SUM_LENGTH - 1]}~{_written(found, _SUM_LENGTH)}"


def references(number: str) -> tuple[str, ...]:
    """Return what a bill may be found under: as we write it, and cut off, as a person does."""
    return tuple(dict.fromkeys((reference(number), number.strip().upper()[:REFERENCE_LENGTH])))


def one_line(text: str) -> str:
    """Return a text as the text of an item, which has fifty letters."""
    return " ".join(text.split())[:50]


def odata_day(day: date) -> str:
    """Return a day as version 2 of OData writes it."""
    return f"/Date({(datetime(day.year, day.month, day.day, tzinfo=UTC) - _EPOCH) // timedelta(milliseconds=1)})/"


def day_of(text: str) -> str:
    """Return a day of version 2 as ISO date.

    Raises:
        ValueError: it is none.
    """
    found = re.fullmatch(r"/Date\((-?\d+)(?:[+-]\d+)?\)/", text)
    if found is None:
        raise ValueError(text)
    return (_EPOCH + timedelta(milliseconds=int(found[1]))).date().isoformat()


def _written(number: int, length: int) -> str:
    letters = []
    for _ in range(length):
        number, digit = divmod(number, 36)
        letters.append(_DIGITS[digit])
    return "".join(reversed(letters))
