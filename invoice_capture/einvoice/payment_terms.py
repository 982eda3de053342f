"""Reads the cash discount that German invoices write into the text of the payment terms (XRechnung, BT-20).

A line of it is `#SKONTO#TAGE=14#PROZENT=2.25#` with, optionally, `BASISBETRAG=357.93#` behind: days, per cent, base.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

_LINE = re.compile(r"#(SKONTO|VERZUG)#((?:[A-Z]{2,20}=[0-9.,-]{1,20}#){1,6})")
_PART = re.compile(r"([A-Z]+)=([0-9.,-]+)")
_DAYS_MAX = 3650


@dataclass(frozen=True, slots=True)
class CashDiscount:
    """``rate``: per cent, decimal string; ``days``: after the date of issue."""

    rate: str
    days: int


def cash_discounts(terms: str) -> tuple[CashDiscount, ...]:
    """Return every readable cash discount of the terms, in order; interest on late payment is not one."""
    found = []
    for kind, parts in _LINE.findall(re.sub(r"\s+", "", terms.upper())):
        values = dict(_PART.findall(parts))
        days, rate = values.get("TAGE", ""), values.get("PROZENT", "").replace(",", ".")
        if kind == "SKONTO" and days.isdecimal() and int(days) <= _DAYS_MAX and re.fullmatch(r"\d{1,3}(\.\d+)?", rate):
            found.append(CashDiscount(rate, int(days)))
    return tuple(found)


def sentence_of(terms: str) -> str:
    """Return the terms for a person: on one line, without the machine-readable parts."""
    return " ".join(_LINE.sub(" ", terms).split())
