"""Printed amounts in the writings of Europe, America and India."""

from __future__ import annotations

import re
from dataclasses import dataclass
from decimal import Decimal

from invoice_capture.values.currencies import find_currencies

_BLANK = " \u00a0\u2009\u202f"
_MINUS = "-\u2212\u2013"
_APOSTROPHES = "'\u2019\u02bc\u00b4`"
# Digits in groups of three (or two: India) with one kind of separator, or all in one; then decimals.
_NUMBER = (
    rf"\d{{1,3}}(?:[{_BLANK}{_APOSTROPHES}]\d{{3}})+(?:[.,]\d{{1,4}})?(?!\d)"
    r"|\d{1,3}(?:,\d{2,3})*,\d{3}(?:\.\d{1,4})?(?!\d)"
    r"|\d{1,3}(?:\.\d{3})+(?:,\d{1,4})?(?!\d)"
    r"|\d+[.,]\d{1,4}(?!\d)"
    r"|\d+"
)
_DASH_CENTS = rf"(?P<dash>[.,](?:[{_MINUS}\u2014]{{1,2}}|={{1,2}}))?"
_AMOUNT = re.compile(
    rf"(?P<open>\([{_BLANK}]?)?(?P<sign>[{_MINUS}+])?(?:(?P<before>[€£$¥₹]|[A-Za-złč]{{1,4}}\$?\.?)[{_BLANK}]?)?"
    rf"(?P<inner>[{_MINUS}])?[{_BLANK}]?(?P<number>{_NUMBER}){_DASH_CENTS}"
    rf"(?P<behind>[{_MINUS}](?![\w.,]))?(?:[{_BLANK}]?(?P<after>[€£$¥₹]|EUR|Euro|[A-Z]{{3}}\b|zł|Kč|kr\.?))?"
    rf"(?P<credit>[{_BLANK}](?:CR|Cr)\b)?(?P<close>[{_BLANK}]?\))?"
)
_GROUPED = re.compile(r"\d{1,3}([.,])\d{3}(?:\1\d{3})*")


@dataclass(frozen=True, slots=True)
class FoundAmount:
    """An amount in a text.

    ``currency``: ISO 4217 code of a sign or code beside it, empty without; ``decimals``: printed digits behind the
    decimal sign, 2 for a dash in their place; ``start``, ``end``: its characters, end exclusive.
    """

    value: Decimal
    start: int
    end: int
    currency: str
    decimals: int


def parse_amount(text: str, *, decimal: str = "") -> Decimal | None:
    """Return the amount of a text that holds one and nothing else but a currency, None otherwise.

    A single separator before exactly three digits parts thousands, unless it is ``decimal``.

    Args:
        text: for example ``1.234,56``, ``EUR 1,234.56``, ``1'234.50-`` or ``(12.00)``.
        decimal: the decimal sign of the document when it is known, ``.`` or ``,``.
    """
    bare = text.strip().strip("*")
    hit = _AMOUNT.fullmatch(bare.strip())
    if hit is None or not _currency_beside(hit):
        return None
    return _value(hit, decimal)[0]


def find_amounts(text: str, *, decimal: str = "") -> tuple[FoundAmount, ...]:
    """Return the numbers of a text that may be amounts, from left to right.

    Numbers inside words, dates and longer identifiers are left out; a percentage is left out too.
    """
    found: list[FoundAmount] = []
    for hit in _AMOUNT.finditer(text):
        start, end = hit.start("number"), hit.end()
        if _is_part(text, hit) or re.match(rf"[{_BLANK}]?(?:%|\u2030)", text[end:]):
            continue
        value, decimals = _value(hit, decimal)
        beside = _currency_beside(hit) or ""
        if beside:
            start = hit.start()
        elif hit["sign"]:
            # The sign stands before a word: a dash between words, not a minus.
            value = abs(value)
        code = next((one.value for one in find_currencies(f"{beside} 1")), "")
        found.append(FoundAmount(value, start, _end(hit), code, decimals))
    return tuple(found)


def amount_text(value: Decimal) -> str:
    """Return the decimal string of an amount: a point, at least two decimals, never ``-0.00``."""
    short = value.normalize()
    places = max(2, -int(short.as_tuple().exponent))
    plain = f"{value:.{places}f}"
    return plain.removeprefix("-") if not value else plain


def _is_part(text: str, hit: re.Match[str]) -> bool:
    """Whether the number belongs to something longer: a word, a date, a time, an identifier."""
    start, end = hit.start("number"), hit.end("number")
    before, after = text[:start], text[hit.end("dash") if hit["dash"] else end :]
    if hit["before"] and _currency_beside(hit):
        before = text[: hit.start("before")].rstrip(_MINUS)
    if re.search(r"[\w#/:@§]$", before) or re.search(rf"\d[.,{_MINUS}]$", before) or re.search(r"\w[-_]$", before):
        return True
    return re.match(r"[A-Za-z_/:@]|[.,]\d|-\w", after) is not None and not hit["after"]


def _currency_beside(hit: re.Match[str]) -> str:
    """The currency beside the number; a blank when there is none; empty when a word stands there that is none."""
    for name in ("before", "after"):
        if hit[name]:
            return hit[name] if find_currencies(f"{hit[name]} 1") or hit[name].lower() in {"kr", "kr."} else ""
    return " "


def _end(hit: re.Match[str]) -> int:
    if hit["after"] and not find_currencies(hit["after"]):
        return hit.end("behind") if hit["behind"] else hit.end("dash") if hit["dash"] else hit.end("number")
    return hit.end()


def _value(hit: re.Match[str], decimal: str) -> tuple[Decimal, int]:
    number = re.sub(rf"[{_BLANK}{_APOSTROPHES}]", "", hit["number"])
    last = max(number.rfind("."), number.rfind(","))
    decimals = len(number) - last - 1 if last >= 0 else 0
    if last >= 0 and _is_group(number, last, decimal, spaced=number != hit["number"]):
        last, decimals = -1, 0
    whole = re.sub(r"[.,]", "", number[:last] if last >= 0 else number)
    value = Decimal(f"{whole}.{number[last + 1 :]}" if last >= 0 else whole)
    negative = bool((hit["sign"] or "+") in _MINUS or hit["inner"] or hit["behind"] or hit["credit"])
    negative = negative or bool(hit["open"] and hit["close"])
    return (-value if negative else value), (2 if hit["dash"] else decimals)


def _is_group(number: str, last: int, decimal: str, *, spaced: bool) -> bool:
    """Whether the last separator parts thousands and not decimals."""
    if spaced or (number[last] == decimal and number.count(number[last]) == 1):
        return False
    if "." in number and "," in number:
        return False
    return _GROUPED.fullmatch(number) is not None and not number.startswith("0")
