"""Number, dates, order and currency of an invoice: candidates from labels and from its title."""

from __future__ import annotations

import re
from collections.abc import Iterator

from invoice_capture.extract.candidate import Candidate, labelled
from invoice_capture.extract.layout import Token, box_of
from invoice_capture.extract.reading import Reading
from invoice_capture.extract.spots import Beside, Spot
from invoice_capture.model import Box, Method, Place, Reason
from invoice_capture.values import (
    CODES,
    currency_of,
    find_currencies,
    find_dates,
    find_ibans,
    find_vat_ids,
    parse_amount,
)

_STRONG = 0.9
_WEAK = 0.45
_WITHIN_SENTENCE = 0.6
_BELOW = 0.85
_TITLE = 0.93
_STEPS = (1.0, 0.97, _BELOW)
_PASSED_OVER = 0.9
"""What stands beside a label is no such value, what stands below is."""
_ID_MAX = 40
_EDGES = ":;,.()[]\u201e\u201c\"'"
_NUMBER_WORDS = frozenset(
    {"nr", "no", "n", "num", "numero", "nummer", "number", "#", "nro", "c", "cislo", "numer", "n\u00b0"}
)
_TITLE_DEPTH = 0.5
_EURO_COUNTRIES = "AT BE CY DE EE ES FI FR GR EL HR IE IT LT LU LV MT NL PT SI SK"
_EURO = frozenset(_EURO_COUNTRIES.split())
_CURRENCIES = {
    "BG": "EUR",
    "CH": "CHF",
    "CZ": "CZK",
    "DK": "DKK",
    "GB": "GBP",
    "HU": "HUF",
    "NO": "NOK",
    "PL": "PLN",
    "RO": "RON",
    "SE": "SEK",
}
_TITLE_KINDS = ("type_invoice", "type_credit_note")
_COMPOUND = re.compile(r"rechnung$|faktura$|factuur$|lasku$")


def weight(spot: Spot, *, strong: bool, step: int) -> float:
    """Return how much a label says of a value: strong or weak, at the start of its cell, near or below."""
    base = _STRONG if strong else _WEAK
    leading = 1.0 if spot.leads or spot.colon else _WITHIN_SENTENCE
    return base * leading * _STEPS[step]


def dates_for(reading: Reading, kind: str) -> Iterator[Candidate]:
    """Candidates for a date with labels of this kind."""
    for spot, meaning in reading.spots.of(kind):
        if not meaning.strong and not spot.leads and not spot.colon:
            continue
        passed = 1.0
        for beside in reading.spots.values(spot):
            found = find_dates(beside.text, day_first=reading.day_first)
            if not found:
                if beside.step == 0:
                    break
                passed = _PASSED_OVER
                continue
            one = found[0]
            score = passed * weight(spot, strong=meaning.strong, step=beside.step)
            # A date far behind its label in a sentence may belong to other words.
            score *= 1.0 if one.start < 4 else 0.85
            place = Place(beside.cell.page, _box_at(beside, one.start, one.end))
            text = beside.text[one.start : one.end]
            yield Candidate(one.value.isoformat(), text, (place,), score, Method.LABEL, (labelled(spot.text),))
            break


def lonely_dates(reading: Reading) -> Iterator[Candidate]:
    """Dates that fill a cell in the upper part of the first page, or end one: "Town, 5 May 2024"."""
    for cell in reading.sheet.cells():
        if cell.page != 1 or reading.sheet.depth(cell) > _TITLE_DEPTH:
            continue
        text = cell.text
        for one in find_dates(text, day_first=reading.day_first):
            opens = one.start == 0 or text[: one.start].rstrip().endswith((",", "den", "le", "on"))
            if opens and one.end >= len(text) - 1:
                place = Place(cell.page, _box_at(Beside(cell, cell.tokens, 1), one.start, one.end))
                yield Candidate(one.value.isoformat(), text[one.start : one.end], (place,), 0.35, Method.LAYOUT)


def identifiers_for(reading: Reading, kind: str) -> Iterator[Candidate]:
    """Candidates for a number of a document with labels of this kind."""
    for spot, meaning in reading.spots.of(kind):
        if not meaning.strong and any(one.kind == "other" for one in spot.meanings):
            continue
        if reading.item_header(spot.cell.row):
            continue
        if not meaning.strong and not spot.leads and not spot.colon:
            continue
        passed = 1.0
        for beside in reading.spots.values(spot):
            tokens = id_tokens(beside.tokens, reading)
            if not tokens:
                if beside.step == 0:
                    break
                passed = _PASSED_OVER
                continue
            score = passed * weight(spot, strong=meaning.strong, step=beside.step)
            score *= 1 - 0.05 * (spot.cell.page - 1)
            yield _identifier(beside, tokens, score, labelled(spot.text))
            break


def titles(reading: Reading) -> Iterator[tuple[Spot, tuple[Token, ...]]]:
    """Words that name the document as an invoice, with the tokens that follow in their row."""
    for spot, _ in reading.spots.of(*_TITLE_KINDS):
        if spot.leads and reading.sheet.depth(spot.cell) < _TITLE_DEPTH and not reading.item_header(spot.cell.row):
            yield spot, spot.cell.tokens[spot.last + 1 : _next_strong(reading, spot)]
    for cell in reading.sheet.cells():
        first = cell.tokens[0]
        if _COMPOUND.search(first.key) and cell.page == 1 and not reading.spots.in_cell(cell):
            yield Spot((), first.text, cell, 0, 0, colon=False), cell.tokens[1:]


def _next_strong(reading: Reading, spot: Spot) -> int:
    """Where a label of its own begins behind a title: "Invoice for order no. 17" gives no invoice number."""
    later = (one for one in reading.spots.in_cell(spot.cell) if one.first > spot.last)
    strong = (one.first for one in later if any(m.strong and _is_field(m.kind) for m in one.meanings))
    return min(strong, default=len(spot.cell.tokens))


def _is_field(kind: str) -> bool:
    return kind != "invoice_number" and not kind.startswith(("col_", "type_"))


def title_numbers(reading: Reading) -> Iterator[Candidate]:
    """Numbers that follow the name of the document: "Invoice (380) No. 4711 of 5 May 2024"."""
    for spot, tokens in titles(reading):
        rest = list(tokens)
        while rest and (re.fullmatch(r"\(.*\)", rest[0].text) or rest[0].text in {":", "-"}):
            rest = rest[1:]
        numbered = [place for place, one in enumerate(rest) if one.key in _NUMBER_WORDS]
        start = numbered[0] + 1 if numbered else 0
        found = id_tokens(tuple(rest[start : start + 3]), reading)
        if found and (numbered or found[0] is rest[start]):
            score = _TITLE if numbered else _TITLE * 0.9
            beside = Beside(spot.cell, tuple(rest), 0)
            yield _identifier(beside, found, score * (1 - 0.05 * (spot.cell.page - 1)), labelled(spot.text))


def title_dates(reading: Reading) -> Iterator[Candidate]:
    """Dates that follow the name of the document in its row."""
    for spot, beside, score in _beside_titles(reading):
        found = find_dates(beside.text, day_first=reading.day_first)
        if found:
            place = Place(beside.cell.page, _box_at(beside, found[0].start, found[0].end))
            text = beside.text[found[0].start : found[0].end]
            yield Candidate(found[0].value.isoformat(), text, (place,), score, Method.LABEL, (labelled(spot.text),))


def _beside_titles(reading: Reading) -> Iterator[tuple[Spot, Beside, float]]:
    """What follows the name of the document, or its number: in the cell, or as the next cell of the row."""
    for spot, tokens in titles(reading):
        if tokens:
            yield spot, Beside(spot.cell, tokens, 0), 0.88
        for cell in reading.sheet.right_of(spot.cell)[:1]:
            if not reading.spots.in_cell(cell):
                yield spot, Beside(cell, cell.tokens, 1), 0.75
    for spot, meaning in reading.spots.of("invoice_number"):
        rest = spot.cell.tokens[spot.last + 2 :]
        if meaning.strong and spot.leads and rest and not reading.item_header(spot.cell.row):
            yield spot, Beside(spot.cell, rest, 0), 0.85


def currencies(reading: Reading) -> Iterator[Candidate]:
    """The currency: as labelled, else by the signs beside amounts."""
    for spot, meaning in reading.spots.of("currency"):
        for beside in reading.spots.values(spot):
            first = beside.tokens[0].text.strip(_EDGES)
            code = first.upper() if first.upper() in CODES else currency_of(first)
            if code:
                place = Place(beside.cell.page, beside.tokens[0].box)
                score = 0.97 if meaning.strong else 0.8
                yield Candidate(code, first, (place,), score, Method.LABEL, (labelled(spot.text),))
                break
            if beside.step < 2:
                break
    counts: dict[str, list[Place]] = {}
    for cell in reading.sheet.cells():
        near = bool(reading.numbers.get(cell.row)) or len(cell.tokens) <= 3
        for one in find_currencies(cell.text):
            if near:
                counts.setdefault(one.value, []).append(cell.place)
    whole = sum(len(places) for places in counts.values())
    for code, places in counts.items():
        score = 0.55 + 0.4 * len(places) / whole
        yield Candidate(code, code, tuple(places[:3]), score, Method.PATTERN, (Reason("currency_signs"),))
    if not counts:
        yield from _currency_of_country(reading)


def _currency_of_country(reading: Reading) -> Iterator[Candidate]:
    """Where no currency is printed: that of the country of the bank account or tax id."""
    for cell in reading.sheet.cells():
        for one in (*find_ibans(cell.text), *find_vat_ids(cell.text)):
            code = _CURRENCIES.get(one.value[:2], "EUR" if one.value[:2] in _EURO else "")
            if code:
                reasons = (Reason("currency_of_country", {"country": one.value[:2]}),)
                yield Candidate(code, "", (cell.place,), 0.45, Method.PATTERN, reasons)


def id_tokens(tokens: tuple[Token, ...], reading: Reading) -> tuple[Token, ...]:
    """Return the tokens that make up an identifier at the start of these; none when they hold something else."""
    text = " ".join(token.text for token in tokens)
    dates = find_dates(text, day_first=reading.day_first)
    if dates and dates[0].start == 0:
        return ()
    for place, token in enumerate(tokens[:3]):
        bare = token.text.strip(_EDGES)
        if not any(one.isdigit() for one in bare):
            if len(bare) > 6 and place:
                return ()
            continue
        money = re.search(r"[.,]\d\d$", bare) is not None and parse_amount(bare) is not None
        if money or len(token.key) > _ID_MAX or "@" in bare or "%" in bare:
            return ()
        before = tokens[place - 1] if place else None
        # "RE 4711": short capitals before the digits are a part of the number.
        if before is not None and re.fullmatch(r"[A-Z]{1,4}", before.text) and before.key not in _NUMBER_WORDS:
            return (before, token)
        return (token,)
    return ()


def _identifier(beside: Beside, tokens: tuple[Token, ...], score: float, reason: Reason) -> Candidate:
    text = " ".join(token.text for token in tokens)
    value = text.strip(_EDGES).removeprefix("#")
    return Candidate(value, text, (Place(beside.cell.page, box_of(tokens)),), score, Method.LABEL, (reason,))


def _box_at(beside: Beside, start: int, end: int) -> Box:
    place = 0
    inside = []
    for token in beside.tokens:
        if place < end and place + len(token.text) > start:
            inside.append(token)
        place += len(token.text) + 1
    return box_of(tuple(inside) or beside.tokens)
