"""Currencies: ISO 4217 codes, signs and short names."""

from __future__ import annotations

import re

from invoice_capture.values.found import Found

_CODES = (
    "AED AUD BAM BGN BRL CAD CHF CLP CNY COP CZK DKK EGP EUR GBP HKD HRK HUF IDR ILS INR ISK JPY KES KRW KWD MAD MXN "
    "MYR NGN NOK NZD PEN PHP PKR PLN QAR RON RSD RUB SAR SEK SGD THB TRY TWD UAH USD VND ZAR"
)
CODES = frozenset(_CODES.split())
"""Codes that are recognised in a text; three capital letters alone are too often something else."""
_SIGNS = {
    "€": "EUR",
    "£": "GBP",
    "$": "USD",
    "¥": "JPY",
    "₹": "INR",
    "zł": "PLN",
    "kč": "CZK",
    "₺": "TRY",
    "₽": "RUB",
    "₪": "ILS",
    "₩": "KRW",
    "ft": "HUF",
    "lei": "RON",
    "us$": "USD",
    "r$": "BRL",
    "a$": "AUD",
    "c$": "CAD",
    "rm": "MYR",
    "sfr": "CHF",
    "sfr.": "CHF",
    "fr.": "CHF",
    "rs.": "INR",
    "rs": "INR",
    "euro": "EUR",
    "euros": "EUR",
}
# Longest first, so that US$ is not read as $.
_RUN = re.compile(
    r"(?<![A-Za-z])(?:(?P<code>" + "|".join(sorted(CODES)) + r")(?![A-Za-z])"
    r"|(?P<sign>(?i:US\$|R\$|A\$|C\$|euros?(?![A-Za-z])|sfr\.?(?![A-Za-z])|zł|Kč|Rs\.?(?=\s*\d)|RM(?=\s*\d)|Fr\.(?=\s*\d))"
    r"|[€£$¥₹₺₽₪₩]))"
    r"|(?P<after>[€£])"
)


def currency_of(text: str) -> str | None:
    """Return the code of a text that is a currency code, sign or name and nothing else."""
    bare = text.strip()
    if bare.upper() in CODES:
        return bare.upper()
    return _SIGNS.get(bare.lower())


def find_currencies(text: str) -> tuple[Found, ...]:
    """Return the currencies named in a text, in order, codes in capitals only."""
    found = []
    for hit in _RUN.finditer(text):
        code = hit["code"] or _SIGNS.get((hit["sign"] or hit["after"]).lower())
        if code:
            found.append(Found(code, hit.start(), hit.end()))
    return tuple(found)
