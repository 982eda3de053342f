"""Payment terms: when it is due, and what may be deducted for paying early."""

from __future__ import annotations

import datetime as dt
import re
from dataclasses import dataclass
from decimal import Decimal

from invoice_capture.extract.layout import Cell
from invoice_capture.extract.reading import Reading
from invoice_capture.values import find_dates

_DISCOUNT_WORDS = (
    r"skonto|cash discount|early payment|escompte|sconto|descuento|pronto pago|korting|kontant|kassarabatt|"
    r"kassa-?alennus|"
    r"desconto|skonta|skont|betalingskorting|discount"
)
_DAYS = r"(?:tage?n?|days?|jours?|j\b|giorni|gg\b|días?|dias?|dagen|dni|dagar|dager?|dage|päivää|pv\b|dn[íů]|d\.)"
_DISCOUNT = re.compile(rf"(?i){_DISCOUNT_WORDS}")
_RATE = re.compile(r"(?<![\d.,])(\d{1,2}(?:[.,]\d{1,2})?) ?%")
_IN_DAYS = re.compile(rf"(?i)(?<![\d.,])(\d{{1,3}}) ?(?:\w{{3,9}} )?{_DAYS}")
_NET_DAYS = re.compile(r"(?i)\bnet(?:to)? ?(\d{1,3})\b|\bn/(\d{1,3})\b")
_SHORT = re.compile(r"(?i)(?<![\d./])(\d{1,2}(?:[.,]\d)?)(?: ?%)?[ /](\d{1,2}),? (?:net|n/?) ?(\d{1,3})")
_CLAUSE = re.compile(r"[;,]\s|\.\s+(?=[A-ZÄÖÜÉ])|\bsonst\b|\boder\b|\bor\b|\botherwise\b|\bdanach\b")
_AT_ONCE = re.compile(r"(?i)\bsofort\b|\bimmediate|upon receipt|on receipt|à réception|al contado|contant\b|direkt")
_PAY = re.compile(
    r"(?i)zahlbar|zahlung|zahlen|fällig|überweis|payable|payment|\bpay\b|\bdue\b|net \d|paiement|règlement|payer|"
    r"échéance|"
    r"pagamento|pagare|scadenza|pago|pagar|vencimiento|betal|betaal|pagamento|płatn|zapłat|maks|splatn|úhrad"
)
_PERIOD_MAX = 200
_TEXT_MAX = 200
_WORDS_MIN = 3


@dataclass(frozen=True, slots=True)
class Terms:
    """Terms of payment as printed.

    ``days``: net days, None when not said; ``due``, ``discount_due``: dates said in the terms; ``rate``: cash discount
    in per cent; ``discount_days``: within which it may be taken.
    """

    text: str
    cells: tuple[Cell, ...]
    days: int | None = None
    due: dt.date | None = None
    rate: Decimal | None = None
    discount_days: int | None = None
    discount_due: dt.date | None = None

    @property
    def weight(self) -> int:
        """How much the terms say."""
        said = (self.days, self.due, self.rate, self.discount_days, self.discount_due)
        return sum(one is not None for one in said)


def terms_of(reading: Reading) -> Terms | None:
    """Return the terms that say the most, None when the document has none."""
    found: list[Terms] = []
    for spot, _ in reading.spots.of("terms"):
        beside = next(iter(reading.spots.values(spot)), None)
        if beside is not None and spot.leads:
            found.append(parse_terms(beside.text, (beside.cell,), day_first=reading.day_first))
    for cell in reading.sheet.cells():
        text = cell.text
        if _PAY.search(text) is None and _DISCOUNT.search(text) is None:
            continue
        cells = [cell]
        following = next(iter(reading.sheet.below(cell, 0.8)), None)
        if following is not None and abs(following.box.x0 - cell.box.x0) < cell.box.height and len(text) > 25:
            cells.append(following)
        one = parse_terms(" ".join(part.text for part in cells), tuple(cells), day_first=reading.day_first)
        alone = parse_terms(text, (cell,), day_first=reading.day_first)
        found.append(one if one.weight > alone.weight else alone)
    said = [one for one in found if (one.weight and len(one.text.split()) >= _WORDS_MIN) or _AT_ONCE.search(one.text)]
    return max(said, key=lambda one: one.weight, default=found[0] if found else None)


def parse_terms(text: str, cells: tuple[Cell, ...], *, day_first: bool | None) -> Terms:
    """Return what a sentence says of payment; clauses that name a discount are told from those that do not."""
    short = _SHORT.search(text)
    if short is not None:
        rate, early, late = short.groups()
        return Terms(text[:_TEXT_MAX], cells, int(late), None, Decimal(rate.replace(",", ".")), int(early))
    days: int | None = None
    due: dt.date | None = None
    rate_value: Decimal | None = None
    early_days: int | None = None
    early_due: dt.date | None = None
    for clause in _CLAUSE.split(text):
        dates = find_dates(clause, day_first=day_first)
        in_days = _IN_DAYS.search(clause)
        percent = _RATE.search(clause)
        if _DISCOUNT.search(clause) and percent is not None:
            rate_value = rate_value or Decimal(percent[1].replace(",", "."))
            early_days = early_days if early_days is not None else int(in_days[1]) if in_days else None
            early_due = early_due or (dates[0].value if dates else None)
            continue
        net = _NET_DAYS.search(clause)
        if net is not None:
            days = days if days is not None else int(net[1] or net[2])
        elif in_days is not None and percent is None:
            days = days if days is not None else int(in_days[1])
        if len(dates) == 1 and _PAY.search(text) and due is None:
            due = dates[0].value
    if days is not None and days > _PERIOD_MAX:
        days = None
    if days is None and _AT_ONCE.search(text) and _PAY.search(text):
        days = 0
    return Terms(text[:_TEXT_MAX], cells, days, due, rate_value, early_days, early_due)
