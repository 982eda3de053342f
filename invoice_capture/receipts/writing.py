"""Which segments make the name and the address of a receipt, and how both are written on one line."""

from __future__ import annotations

import re
from collections.abc import Sequence

from invoice_capture.receipts.line_features import LEXICON, words_of
from invoice_capture.receipts.segments import Segment

_REGISTRATION = re.compile(
    r"[\s,]*\(?\s*(?:CO\.?\s?(?:REG)?\.?\s?(?:NO)?|REG\.?\s?(?:NO)?|ROC|COMPANY\s?(?:NO|REG))?[\s.:]*"
    r"(?:[A-Z]{0,3}\d{5,}[A-Z\d]*\s?[-\N{MIDDLE DOT}.]?\s?[A-Z0-9]{0,2})\s*\)?[\s.,'\"]*(?:\([A-Z]{2,4}\))?$",
    re.IGNORECASE,
)
_LEADING = re.compile(r"^.*\b(?:DIMILIKI|OWNE?D? BY|OPERATED BY|MANAGED BY)(?:\s+OLEH)?\s?:?\s?", re.IGNORECASE)
_FORMER = re.compile(r"\s+\(?(?:F\.?K\.?A\.?|FORMERLY|A\.?K\.?A\.?)[\s:].*$", re.IGNORECASE)
_NUMBER_SIGN = re.compile(r"^#\d+\s+")
_POSTCODE = re.compile(
    r"(?<![\dA-Z])(?<!LOT )(?<!P\.T\. )(?<!P\. T\. )(?<!PT )(?<!PTD )(?<!NO )(?<!NO\. )\d{5}(?!\d)", re.IGNORECASE
)
"""Five figures, unless they number a plot of land."""
_HOUSE = re.compile(r"^(?:NO\b|LOT\b|UNIT\b|SUITE\b|[A-Z]{0,2}-?\w{0,3}-?\d)[^:]*,$", re.IGNORECASE)
_TOWN = re.compile(r"^\d{5},?\s+[A-Z][A-Z ,.]*$", re.IGNORECASE)
_CALLED_ADDRESS = re.compile(r"^(?:HQ |HEAD OFFICE |BRANCH )?ADD(?:RESS)?\s?[.:]+\s?", re.IGNORECASE)
_BEFORE_COMMA = re.compile(r"\s+(?=[,;](?:\s|$))")
_POINT_OF_PART = re.compile(r"(?<=[A-Za-z]{4})\.(?=\s\S)|(?<=\d)\.(?=\s[A-Za-z])|(?<=/[A-Z])\.(?=\s\S)")
_STREET = re.compile(
    r"^[('\"]?(?:NO\b|LOT|GROUND|GRD|LEVEL|UNIT|SUITE|BLOCK|\d+[A-Z]?\b|[A-Z]{1,2}-?\d+|JALAN|JLN|BR(?:ANCH)?\b)",
    re.IGNORECASE,
)
_GENERAL = frozenset({*LEXICON["suffix"], *LEXICON["trade"], "CO", "M", "&", "AND", "OF"})
_PLACE_WORDS = frozenset(
    {*LEXICON["place"], "KUALA", "LUMPUR", "DARUL", "EHSAN", "TAKZIM", "D.E", "WILAYAH", "PERSEKUTUAN"}
)
_MOST_PARTS = 4
_TITLES = frozenset(
    {"CASH SALE", "CASH SALES", "CASH BILL", "TAX INVOICE", "INVOICE", "SIMPLIFIED TAX INVOICE", "RECEIPT", "BILL"}
    | {"OFFICIAL RECEIPT", "SALES RECEIPT", "CASH RECEIPT", "RETAIL INVOICE", "QUOTATION", "DELIVERY ORDER"}
)
_LEAST_LETTERS = 4


def name_run(segments: Sequence[Segment], chosen: Sequence[int]) -> list[int]:
    """Return the segments of the name: those chosen that follow each other, and what the wording shows to be missing.

    A name does not begin with its legal form, nor end within a bracket or before its legal form.
    """
    if not chosen:
        return []
    run = [chosen[0]]
    for place in chosen[1:]:
        if place == run[-1] + 1:
            run.append(place)
    while len(run) < _MOST_PARTS and run[0] > 0 and _only_general(segments[run[0]].text):
        before, form = segments[run[0] - 1], _form_alone(segments[run[0]].text)
        if not _is_wording(before.text, any_case=form):
            break
        run.insert(0, run[0] - 1)
    while len(run) < _MOST_PARTS and run[-1] + 1 < len(segments):
        text, after = " ".join(segments[place].text for place in run), segments[run[-1] + 1].text
        open_bracket = text.count("(") > text.count(")") and ")" in after
        dangling = text.rstrip().endswith("&")
        form = _form_alone(after) and not _ends_with_form(text)
        if not (open_bracket or dangling or form):
            break
        run.append(run[-1] + 1)
    first, last = segments[run[0]].text, segments[run[-1]].text
    if len(run) > 1 and _ends_with_form(last) and set(words_of(first)) <= set(words_of(last)):
        run = run[1:]
    return run


def may_be_name(text: str) -> bool:
    """Whether a text can be the name of a firm alone: not the title of a paper, nor a scrap of a few letters."""
    words = " ".join(re.sub(r"[^A-Z ]", " ", text.upper()).split())
    return words not in _TITLES and (len(words.replace(" ", "")) >= _LEAST_LETTERS or any(map(str.isdigit, text)))


def name_of(parts: Sequence[str]) -> str:
    """Return the name that these texts are, without the registration number behind it."""
    text = " ".join(" ".join(parts).split())
    text = _NUMBER_SIGN.sub("", _LEADING.sub("", text)) or text
    text = _FORMER.sub("", text)
    shorter = _REGISTRATION.sub("", text)
    if len(re.sub(r"[^A-Za-z]", "", shorter)) >= 3:
        text = shorter
    if text.count(")") > text.count("("):
        text = re.sub(r"\s+\S{0,2}\)$", "", text)
    return text.strip(" ,:;-'\"*")


def address_run(segments: Sequence[Segment], chosen: Sequence[int]) -> list[int]:
    """Return the segments of the first address: without a name before it, and without another address after it."""
    run = list(chosen)
    if len(run) > 1 and _no_street(segments[run[0]].text) and _STREET.search(segments[run[1]].text):
        run = run[1:]
    if run and run[0] > 0 and _begins_before(segments[run[0] - 1], segments[run[0]]):
        run.insert(0, run[0] - 1)
    while run and run[-1] + 1 < len(segments) and _goes_on(segments, run):
        run.append(run[-1] + 1)
    texts = [segments[place].text for place in run]
    for number in range(1, len(texts)):
        before, after = " ".join(texts[:number]), texts[number:]
        street_again = _STREET.search(after[0]) and any(_POSTCODE.search(later) for later in after)
        if _POSTCODE.search(before) and street_again:
            return run[:number]
    return run


def address_of(parts: Sequence[str]) -> str:
    """Return the address that these texts are, on one line; a point that ends a part of it is the comma it was."""
    text = _CALLED_ADDRESS.sub("", " ".join(" ".join(parts).split()))
    text = _BEFORE_COMMA.sub("", text)
    return _POINT_OF_PART.sub(",", text)


def _begins_before(before: Segment, first: Segment) -> bool:
    """Whether the row above an address is the number of its house, which its comma joins to the street."""
    numbered = re.search(r"^(?:NO\b|LOT\b|UNIT\b|\d)", first.text, re.IGNORECASE) is not None
    return before.row == first.row - 1 and not numbered and _HOUSE.search(before.text) is not None


def _goes_on(segments: Sequence[Segment], run: Sequence[int]) -> bool:
    """Whether the segment behind an address is the rest of it: its postcode and town, or only its state or country."""
    after = segments[run[-1] + 1]
    if not segments[run[-1]].row < after.row <= segments[run[-1]].row + 1:
        return False
    has_postcode = any(_POSTCODE.search(segments[place].text) for place in run)
    if not has_postcode:
        return _TOWN.search(after.text) is not None
    words = [word.strip(".,") for word in words_of(after.text)]
    return bool(words) and all(word in _PLACE_WORDS for word in words)


def _only_general(text: str) -> bool:
    """Whether a text is made of legal forms and trades alone, apart from what stands in brackets."""
    words = [word.strip(".") for word in words_of(re.sub(r"\(.*", "", text))]
    return bool(words) and all(word in _GENERAL for word in words)


def _is_wording(text: str, *, any_case: bool = False) -> bool:
    letters = sum(one.isalpha() for one in text)
    plain = not any(one.isdigit() for one in text) and ":" not in text
    return letters >= 3 and plain and (any_case or text.upper() == text)


def _form_alone(text: str) -> bool:
    words = [word.strip(".") for word in words_of(text)]
    return bool(words) and words[0] in LEXICON["suffix"] and all(word in LEXICON["suffix"] for word in words[:2])


def _ends_with_form(text: str) -> bool:
    words = [word.strip(".") for word in words_of(_REGISTRATION.sub("", text))]
    return bool(words) and (words[-1] in LEXICON["suffix"] or words[-1] in {"ENTERPRISE", "TRADING"})


def _no_street(text: str) -> bool:
    upper = text.upper()
    known = any(re.search(rf"\b{word}\b", upper) for word in LEXICON["road"])
    digits = re.search(r"\d", upper) is not None
    return not digits and not known and "," not in upper
