"""How banks write days, texts and lines where a format leaves it open: bytes of any age, days that do not exist."""

import calendar
from datetime import date

_CENTURY_TURNS = 80
_WINDOWS = {byte: sign for byte in range(0x80, 0xA0) if (sign := bytes([byte]).decode("cp1252", errors="ignore"))}
"""What Windows puts where Latin 1 has control characters."""


def decoded(content: bytes) -> str:
    """Return a file as text: UTF-8 where it is, UTF-16 with its mark, otherwise the eight bits of Windows."""
    if content[:2] in {b"\xff\xfe", b"\xfe\xff"}:
        return content.decode("utf-16", errors="replace")
    try:
        return content.decode("utf-8-sig")
    except UnicodeDecodeError:
        # Bytes without a sign in CP1252 are taken as Latin 1: they are lost nowhere.
        return content.decode("latin-1").translate(_WINDOWS)


def banking_day(year: int, month: int, day: int) -> date | None:
    """Return a day of the calendar; 29 to 31 in a shorter month is its last one (years of 360 days), None if no day."""
    if not (1 <= month <= 12 and 1 <= day <= 31 and 1 <= year <= 9999):
        return None
    return date(year, month, min(day, calendar.monthrange(year, month)[1]))


def short_year(digits: str) -> int:
    """Return the year of two digits: 80 to 99 are of the last century."""
    number = int(digits)
    return number + (1900 if number >= _CENTURY_TURNS else 2000)


def day_near(month: int, day: int, near: date) -> date | None:
    """Return the day without a year that lies next to another: an entry of December may be valued in January."""
    years = (year for year in (near.year, near.year - 1, near.year + 1))
    found = [banking_day(year, month, day) for year in years]
    days = [one for one in found if one is not None]
    return min(days, key=lambda one: abs((one - near).days), default=None)
