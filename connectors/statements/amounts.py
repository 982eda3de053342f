"""Amounts as statements write them, exact: integers in minor units, never rounded.

Currencies without a place in ISO 4217's list of today are known by the list of withdrawn ones (list three).
"""

import re
from collections.abc import Mapping
from decimal import Decimal, localcontext

from gateway.domain.currencies import CURRENCIES
from gateway.domain.errors import InputError
from gateway.domain.money import Currency, Money

DIGITS_MAX = 18
"""More digits than any balance has; whatever is longer is hostile."""

_WITHDRAWN: Mapping[str, tuple[str, int]] = {
    "ATS": ("040", 2),
    "BEF": ("056", 0),
    "CYP": ("196", 2),
    "DEM": ("276", 2),
    "EEK": ("233", 2),
    "ESP": ("724", 0),
    "FIM": ("246", 2),
    "FRF": ("250", 2),
    "GRD": ("300", 0),
    "HRK": ("191", 2),
    "IEP": ("372", 2),
    "ITL": ("380", 0),
    "LTL": ("440", 2),
    "LUF": ("442", 0),
    "LVL": ("428", 2),
    "MTL": ("470", 2),
    "NLG": ("528", 2),
    "PTE": ("620", 0),
    "SIT": ("705", 2),
    "SKK": ("703", 2),
    "ZWL": ("932", 2),
}
_BY_CODE = {code: Currency(code, *known) for code, known in _WITHDRAWN.items()} | {
    code: Currency.of(code) for code in CURRENCIES
}
NOT_NAMED = Currency("X" * 3, "999", 2)
"""Where a file names no currency (ISO 4217, number 999): amounts are kept in hundredths."""

_STRICT = re.compile(r"(?P<sign>[+-]?)(?P<whole>[0-9]*)(?:[.,](?P<parts>[0-9]*))?")
_BLANKS = re.compile("[\\s\u00a0\u202f\u2009'\u2019]")
_SIGNS = re.compile(r"^(?:[A-Z]{3}|[€$£¥])|(?:[A-Z]{3}|[€$£¥])$")
_GROUPS = {",": re.compile(r"[0-9]{1,3}(?:,[0-9]{3})+"), ".": re.compile(r"[0-9]{1,3}(?:\.[0-9]{3})+")}


class AmountError(ValueError):
    """A text is no amount that can be taken exactly; the words say why."""


def known_currency(code: str) -> Currency | None:
    """Return a currency of today or of old by its alphabetic code, None where there is none."""
    return _BY_CODE.get(code)


def exact_minor(text: str, currency: Currency) -> int:
    """Return minor units of a number with a point or comma before its decimals and nothing between thousands.

    Raises:
        AmountError: no number, too many digits, or parts of the smallest unit.
    """
    # Nearly every amount is written with all decimals of its currency and a point: nothing in it can be misread.
    whole, mark, parts = text.partition(".")
    if mark and len(parts) == currency.exponent and len(whole) <= DIGITS_MAX:
        digits = whole + parts
        if whole and digits.isascii() and digits.isdigit():
            return int(digits)
    found = _STRICT.fullmatch(text.strip())
    if found is None or not (found["whole"] or found["parts"]):
        message = f"“{text[:40]}” is no number"
        raise AmountError(message)
    whole, parts = found["whole"], found["parts"] or ""
    if len(whole.lstrip("0")) > DIGITS_MAX:
        message = "it has more digits than any amount"
        raise AmountError(message)
    # More decimals than the currency has say nothing when they are zeros; anything else would be lost.
    if parts[currency.exponent :].strip("0"):
        message = f"“{text[:40]}” has parts of the smallest unit of {currency.code}"
        raise AmountError(message)
    minor = int((whole or "0") + parts[: currency.exponent].ljust(currency.exponent, "0"))
    return -minor if found["sign"] == "-" else minor


def plain_number(text: str, mark: str = "") -> str:
    """Return a number as people and spreadsheets write it as a plain one: sign, digits, a point before decimals.

    Args:
        text: such as ``1.234,56``, ``(12.00)``, ``12,00-``, ``EUR 5``.
        mark: what stands before decimals; empty: taken from the number itself, where the last mark is the decimal one.

    Raises:
        AmountError: no number, or one whose groups of thousands do not fit.
    """
    plain = _SIGNS.sub("", _BLANKS.sub("", text).replace("\u2212", "-"))
    negative = False
    if plain.startswith("(") and plain.endswith(")"):
        plain, negative = plain[1:-1], True
    if plain.endswith(("-", "+")):
        plain, negative = plain[:-1], plain.endswith("-")
    if plain[:1] in {"-", "+"}:
        plain, negative = plain[1:], negative != (plain[0] == "-")
    plain = _SIGNS.sub("", plain)
    if not mark:
        marks = [sign for sign in plain if sign in ",."]
        mark = marks[-1] if marks and marks.count(marks[-1]) == 1 else "."
        if marks and marks.count(marks[-1]) > 1:
            mark = "." if marks[-1] == "," else ","
    whole, _, parts = plain.partition(mark)
    other = "," if mark == "." else "."
    if other in whole:
        if not _GROUPS[other].fullmatch(whole):
            message = f"the thousands of “{text[:40]}” do not fit"
            raise AmountError(message)
        whole = whole.replace(other, "")
    if not f"{whole}{parts}".isascii() or not f"{whole}{parts}".isdigit() or len(whole) > DIGITS_MAX:
        message = f"“{text[:40]}” is no number"
        raise AmountError(message)
    return f"{'-' if negative else ''}{whole or '0'}{'.' + parts if parts else ''}"


def table_amount(text: str, currency: Currency, mark: str = "") -> Money:
    """Return the amount in a cell of a table.

    Raises:
        AmountError: it cannot be taken exactly.
    """
    return Money(exact_minor(plain_number(text, mark), currency), currency)


def exact_sum(numbers: list[str]) -> str:
    """Return the sum of plain numbers with as many decimals as the longest has."""
    with localcontext() as context:
        context.prec = 60
        return format(sum((Decimal(number) for number in numbers), Decimal(0)), "f")


def not_readable(code: str, why: str, hint: str) -> InputError:
    """Return the refusal of a file with its stable reason."""
    return InputError(code, f"The file cannot be read as a statement: {why}.", hint)
