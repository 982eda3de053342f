"""What looks like the name of a company, an address, a way to reach somebody. Shapes and legal forms, no names."""

from __future__ import annotations

import re

from invoice_capture.extract.folding import compact
from invoice_capture.values import CODES

_LEGAL = (
    r"GmbH(?: ?& ?Co\.? ?(?:KG|OHG)a?A?)?|gGmbH|mbH|AG(?: ?& ?Co\.? ?KG)?|KGaA|KG|OHG|GbR|"
    r"UG(?: ?\(haftungsbeschränkt\))?|"
    r"e\.?K\.?|e\.?V\.?|eG|a\.G\.|VVaG|SE|Ltd\.?|Limited|LLC|L\.L\.C\.|LLP|Inc\.?|Incorporated|Corp\.?|Corporation|"
    r"PLC|plc|"
    r"Co\.|B\.?V\.?|N\.?V\.?|V\.?O\.?F\.?|BVBA|SPRL|SRL|S\.?A\.?R\.?L\.?|SARL|SASU?|EURL|S\.?A\.?|SNC|S\.?r\.?l\.?|"
    r"S\.?p\.?A\.?|S\.?n\.?c\.?|S\.?a\.?s\.?|S\.?L\.?U?\.?|S\.?C\.?|Lda\.?|Unipessoal|Sp\. ?z ?o\. ?o\.|S\.? ?A\.?|"
    r"AB|HB|A/S|ApS|AS|ASA|ANS|Oyj?|Ky|Tmi|s\. ?r\. ?o\.|a\. ?s\.|v\.o\.s\.|d\.o\.o\.|Kft\.?|Zrt\.?|"
    r"Sdn\.? ?Bhd\.?|Pte\.?|"
    r"Pty|Pvt\.? ?Ltd\.?|Private Limited|Sàrl|Sagl"
)
_LEGAL_END = re.compile(rf"(?:^|[\s,])(?P<form>{_LEGAL})[.,]?$", re.IGNORECASE)
_LEGAL_WITHIN = re.compile(rf"(?<=[\w.&)] )(?:{_LEGAL})(?=$|[\s,;|•·-])")
_FRENCH_FORMS = re.compile(r"[\s,]+(SARL|SASU?|EURL|SA|SNC|S\.A\.R\.L\.|S\.A\.S\.|S\.A\.)$")
_POSTCODES = re.compile(
    r"(?:(?<![\w.,/])(?:[A-Z]{1,3}[- ])?\d{4,5}(?:[ -][A-Z]{2}(?=\s))?\s+(?:[A-Z]{1,3} )?[^\W\d_][\w.'\u2019/-]{2,}"
    r"|(?<!\w)\d{2}-\d{3}\s+[^\W\d_]{2,}|(?<![\w.,])\d{3} \d{2}\s+[^\W\d_]{2,}|(?<!\w)\d{4}-\d{3}\s+[^\W\d_]{2,}"
    r"|(?<!\w)[A-Z]{1,2}\d[A-Z\d]? ?\d[A-Z]{2}(?!\w)"
    r"|(?<![^\W\d_])[^\W\d_]{3,40},? [A-Z]{2},? \d{5}(?:-\d{4})?(?!\d)"
    r"|(?<![^\W\d_])[^\W\d_]{3,40}, [A-Z][a-z]+(?: [A-Z][a-z]+)? \d{5}(?!\d))"
)
_STREET = re.compile(r"(?<![^\W\d_])[^\W\d_]{3,40}.{0,30}\s\d{1,4}\s?[a-zA-Z]?(?:[ -/]\d+)?$|^\d{1,5}[ ,]+[^\W\d_]{2,}")
_CONTACT = re.compile(
    r"(?i)@|www\.|https?:|\bt[eé]l(?:\b|[eé]f|[eé]p|\d)|\bfax\b|\bphone\b|\bmobile?\b|\+\d{2}[ \d(]|\be-?mail"
)
_DOMAIN = re.compile(r"(?i)(?:@|www\.|https?://(?:www\.)?)([\w-]+(?:\.[\w-]+)*\.[a-z]{2,6})")
_PARTED = re.compile(r"\s+[-\u2013\u2022\u00b7|*\u25cf\u25aa]\s*|\s*[\u2022\u00b7|\u25cf\u25aa]\s+|,\s+")
_NAME_MAX = 80
_WORDS_MAX = 10
_FREE_MAIL = frozenset({"gmail", "gmx", "web", "outlook", "hotmail", "yahoo", "icloud", "example"})


def has_legal_form(text: str) -> bool:
    """Whether a name ends with a legal form or has one before a part of its name."""
    return _LEGAL_END.search(text) is not None or _LEGAL_WITHIN.search(text) is not None


def without_legal_form(text: str) -> str:
    """Return a name without the legal form at its end."""
    return _LEGAL_END.sub("", text).strip(" ,")


def is_postcode_line(text: str) -> bool:
    """Whether a line holds a postcode with its town."""
    return _POSTCODES.search(text) is not None


def is_street(text: str) -> bool:
    """Whether a line looks like a street with its number."""
    return _STREET.search(text) is not None


def is_contact(text: str) -> bool:
    """Whether a line says how to reach somebody."""
    return _CONTACT.search(text) is not None


def is_name(text: str) -> bool:
    """Whether a line may be the name of a company or person."""
    letters = sum(one.isalpha() for one in text)
    digits = sum(one.isdigit() for one in text)
    if not 2 <= len(text) <= _NAME_MAX or letters < 2 or letters < 2 * digits or len(text.split()) > _WORDS_MAX:
        return False
    if text.upper() in CODES or text[0] in "(*[":
        return False
    return not text.endswith(":") and not is_contact(text) and not is_postcode_line(text)


def parts_of(text: str) -> tuple[str, ...]:
    """Return the parts of a sender line: name, street, town."""
    return tuple(one.strip() for one in _PARTED.split(text) if one.strip())


def domains_of(text: str) -> tuple[str, ...]:
    """Return the second-level names of web and mail addresses, folded; those of mail providers are left out."""
    found = []
    for hit in _DOMAIN.finditer(text):
        labels = hit[1].split(".")
        name = labels[-2] if len(labels[-2]) > 3 or len(labels) < 3 else labels[-3]
        if name.casefold() not in _FREE_MAIL:
            found.append(compact(name))
    return tuple(found)


def trade_name(name: str, document: str) -> str:
    """Return a French name without its legal form when the document states the form apart, with the capital."""
    hit = _FRENCH_FORMS.search(name)
    if hit is None:
        return name
    form = re.escape(hit[1])
    return name[: hit.start()] if re.search(rf"{form}\s+au\s+capital", document) else name
