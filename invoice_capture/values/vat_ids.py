"""VAT ids of the countries of the European Union, Great Britain, Switzerland and Norway: form and check digits.

Forms: Council Regulation (EU) 904/2010 and its list of national formats; check digits as published by each country.
"""

from __future__ import annotations

import re

from invoice_capture.values.found import Found
from invoice_capture.values.vat_check_digits import CHECKS

_FORMS = {
    "AT": r"U\d{8}",
    "BE": r"[01]\d{9}",
    "BG": r"\d{9,10}",
    "CHE": r"\d{9}",
    "CY": r"\d{8}[A-Z]",
    "CZ": r"\d{8,10}",
    "DE": r"\d{9}",
    "DK": r"\d{8}",
    "EE": r"\d{9}",
    "EL": r"\d{9}",
    "ES": r"[A-Z]\d{7}[A-Z0-9]|\d{8}[A-Z]",
    "FI": r"\d{8}",
    "FR": r"[0-9A-HJ-NP-Z]{2}\d{9}",
    "GB": r"\d{9}|\d{12}|GD[0-4]\d{2}|HA[5-9]\d{2}",
    "HR": r"\d{11}",
    "HU": r"\d{8}",
    "IE": r"\d[0-9A-Z+*]\d{5}[A-W][A-I]?",
    "IT": r"\d{11}",
    "LT": r"\d{9}|\d{12}",
    "LU": r"\d{8}",
    "LV": r"\d{11}",
    "MT": r"\d{8}",
    "NL": r"\d{9}B\d{2}",
    "NO": r"\d{9}(?:MVA)?",
    "PL": r"\d{10}",
    "PT": r"\d{9}",
    "RO": r"\d{2,10}",
    "SE": r"\d{10}01",
    "SI": r"\d{8}",
    "SK": r"\d{10}",
    "XI": r"\d{9}|\d{12}",
}
_SUFFIX = re.compile(r"(?:MWST|TVA|IVA|VAT)$")
_RUN = re.compile(
    r"(?<![A-Za-z0-9])((?:CHE|AT|BE|BG|CY|CZ|DE|DK|EE|EL|ES|FI|FR|GB|HR|HU|IE|IT|LT|LU|LV|MT|NL|NO|PL|PT|RO|SE|SI|SK|XI)"
    r"(?:[ \u00a0.\-/:]?[A-Z0-9]){4,15})"
)
_GAP = re.compile(r"[\s\u00a0.\-/:_]")


def normal_vat_id(text: str) -> str:
    """Return it without blanks, points and hyphens, upper case; a Swiss one without the name of the tax behind it."""
    bare = _GAP.sub("", text).upper()
    return _SUFFIX.sub("", bare) if bare.startswith("CHE") else bare


def vat_id_form(text: str) -> bool:
    """Whether it has the form of a VAT id with its country in front, whatever its check digits."""
    return _split(normal_vat_id(text)) is not None


def vat_id_ok(text: str) -> bool:
    """Whether it is a VAT id with its country in front and its check digits hold. Blanks and points are allowed."""
    parts = _split(normal_vat_id(text))
    return parts is not None and CHECKS[parts[0]](parts[1])


def find_vat_ids(text: str) -> tuple[Found, ...]:
    """Return what has the form of a VAT id, from left to right; words that follow are not taken for a part of it."""
    found = []
    place = 0
    while (hit := _RUN.search(text, place)) is not None:
        run, place = hit[1], hit.start(1) + 2
        ends = [one.end() for one in re.finditer(r"[A-Z0-9](?![A-Za-z0-9])", run + " ") if one.end() <= len(run)]
        after = text[hit.end(1) : hit.end(1) + 1]
        if after.isalnum() and ends:
            ends = [end for end in ends if end < len(run)]
        fitting = [end for end in ends if vat_id_form(run[:end])]
        right = [end for end in fitting if vat_id_ok(run[:end])]
        if fitting:
            end = (right or fitting)[-1]
            place = hit.start(1) + end
            found.append(Found(normal_vat_id(run[:end]), hit.start(1), place))
    return tuple(found)


def _split(bare: str) -> tuple[str, str] | None:
    country = "CHE" if bare.startswith("CHE") else bare[:2]
    number = bare[len(country) :]
    form = _FORMS.get(country)
    if form is None or not number.isascii() or not re.fullmatch(form, number):
        return None
    return country, number
