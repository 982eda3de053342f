"""Finds the order line a line of an invoice belongs to, and says why; where two are equally good it chooses none.

The ways are tried from the surest to the weakest: a person's hand, the numbers on the line, article numbers, the text
with price and quantity, and at last the only line with this price.
"""

import re
from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from decimal import Decimal

from gateway.domain.payables.matching_book import BookLine, sku_key, tokens_of
from gateway.domain.payables.matching_result import Issue, Reason, Role
from gateway.domain.payables.matching_units import factor_between
from gateway.domain.payables.payable import PayableLine
from gateway.domain.payables.purchase import MatchWays

TEXT_MIN, TEXT_SURE = 50, 80
"""Likeness of texts (0 to 100) that is enough with the right price, and without it."""

MARGIN = 10
"""By how much the best text must lead: below, two are equally good."""

_PRICE_POINTS, _FITS_POINTS, _EXACT_POINTS = 15, 5, 10
_POINTS_MAX = _PRICE_POINTS + _FITS_POINTS + _EXACT_POINTS
_NEAR = Decimal("0.05")
"""A price within this share counts as the right one for pairing; whether it is right is another check."""

_COMMON_MAX = 200
"""A word on more lines than this says nothing about which one is meant."""

CANDIDATES_SHOWN = 10

_WORDS = (
    (Role.ROUNDING, re.compile(r"\b(round(ing|ed)?|rundung\w*|gerundet|arrondi\w*)\b", re.IGNORECASE)),
    (
        Role.FREIGHT,
        re.compile(
            r"\b(freight\w*|shipping|shipment|carriage|delivery (costs?|charges?|fees?)|postage|transport\w*|courier"
            r"|fracht\w*|versand\w*|porto\w*|lieferkosten|lieferpauschale|zustell\w*|anfahrt\w*)\b",
            re.IGNORECASE,
        ),
    ),
    (
        Role.SURCHARGE,
        re.compile(
            r"\b(\w*surcharge\w*|\w*zuschlag\w*|maut\w*|toll|packaging|verpackung\w*|mindermengen?\w*|small order fee"
            r"|energy levy|energiepauschale)\b",
            re.IGNORECASE,
        ),
    ),
)
_DISCOUNT = re.compile(r"\b(\w*discount\w*|\w*rebate\w*|\w*rabatt\w*|\w*nachla(ss|ß)\w*|bonus)\b", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Pairing:
    """Where a line belongs. ``lines``: one order line, or several that are alike; empty when there is none.

    ``issue``: why there is none; ``candidates``: between which none was chosen; ``score``: likeness of the text.
    """

    lines: tuple[BookLine, ...]
    reason: Reason
    score: int = 0
    issue: Issue | None = None
    candidates: tuple[BookLine, ...] = ()


def role_by_words(line: PayableLine, rounding_max_minor: int) -> Role | None:
    """Return what a line is by its words, None for goods. A rounding is small; a discount lowers the sum."""
    minor = line.amount.minor
    if minor < 0:
        return Role.DISCOUNT if _DISCOUNT.search(line.text) else _rounding(line, rounding_max_minor)
    for role, words in _WORDS:
        if words.search(line.text) and (role is not Role.ROUNDING or minor <= rounding_max_minor):
            return role
    return None


def _rounding(line: PayableLine, rounding_max_minor: int) -> Role | None:
    small = abs(line.amount.minor) <= rounding_max_minor
    return Role.ROUNDING if small and _WORDS[0][1].search(line.text) else None


class Pairer:
    """Pairs the lines of one payable with the lines of the orders it may belong to.

    ``gives_back``: a credit note, which belongs where something was billed.
    """

    __slots__ = ("_by_price", "_by_sku", "_by_supplier_sku", "_by_word", "_gives_back", "_lines", "_named", "_texts")

    def __init__(self, lines: Sequence[BookLine], *, named: bool, gives_back: bool) -> None:
        """``lines``: in a fixed order; ``named``: the payable names these orders itself."""
        self._lines = lines
        self._named = named
        self._gives_back = gives_back
        self._by_sku: dict[str, list[BookLine]] = defaultdict(list)
        self._by_supplier_sku: dict[str, list[BookLine]] = defaultdict(list)
        self._by_price: dict[Decimal, list[BookLine]] = defaultdict(list)
        self._by_word: dict[str, list[int]] | None = None
        self._texts: list[frozenset[str]] | None = None
        for one in lines:
            if one.line.sku:
                self._by_sku[sku_key(one.line.sku)].append(one)
            if one.line.supplier_sku:
                self._by_supplier_sku[sku_key(one.line.supplier_sku)].append(one)
            self._by_price[one.unit_price].append(one)

    def by_article(self, line: PayableLine) -> Pairing | None:
        """Pair by article number, ours or the supplier's; None when the line has none that is known."""
        key = sku_key(line.sku) if line.sku else ""
        if not key:
            return None
        for index, reason in ((self._by_sku, Reason.SKU), (self._by_supplier_sku, Reason.SUPPLIER_SKU)):
            found = index.get(key)
            if found:
                return self._chosen(line, found, reason, 100)
        return None

    def by_text(self, line: PayableLine) -> Pairing | None:
        """Pair by text with price and quantity; None when no text is alike enough."""
        top, score = 0, 0
        scored: list[tuple[int, int]] = []
        for likeness, place in sorted(self._alike_texts(line), reverse=True):
            # From here on nothing comes close any more, whatever its price and quantity.
            if likeness + _POINTS_MAX <= top - MARGIN:
                break
            one = self._lines[place]
            near = self._is_near(line, one)
            if near or likeness >= TEXT_SURE:
                points = likeness + self._points(line, one, near=near)
                scored.append((place, points))
                if points > top:
                    top, score = points, likeness
        if not scored:
            return None
        # Lines that are alike are filled in the order they stand in.
        close = [self._lines[place] for place, points in sorted(scored) if points > top - MARGIN]
        return self._chosen(line, close, Reason.TEXT, score)

    def by_price(self, line: PayableLine, others: Iterable[PayableLine]) -> Pairing | None:
        """Pair with the only order line of this price, if no other unpaired line has that price too."""
        if not self._named or not line.price or any(other.price == line.price for other in others):
            return None
        found = self._by_price.get(line.price, ())
        if len(found) != 1 or factor_between(line.unit, found[0].line.unit) is None:
            return None
        return Pairing((found[0],), Reason.ONLY_PRICE)

    def _chosen(self, line: PayableLine, found: Sequence[BookLine], reason: Reason, score: int) -> Pairing:
        if len(found) == 1:
            return Pairing((found[0],), reason, score)
        ranked = [(self._points(line, one, near=self._is_near(line, one)), one) for one in found]
        top = max(points for points, _ in ranked)
        best = [one for points, one in ranked if points == top]
        alike = [one for one in found if one.is_alike(best[0])]
        if all(one.is_alike(best[0]) for one in best):
            # Which of two lines that say the same is billed makes no difference: they are filled one after the other.
            return Pairing(tuple(alike), reason, score)
        shown = tuple(best[:CANDIDATES_SHOWN])
        return Pairing((), Reason.NONE, score, Issue.AMBIGUOUS_LINE, shown)

    def _points(self, line: PayableLine, one: BookLine, *, near: bool) -> int:
        room = one.taken.quantity if self._gives_back else one.open_quantity
        factor = factor_between(line.unit, one.line.unit)
        quantity = line.quantity * factor if factor is not None else line.quantity
        points = _PRICE_POINTS if near else 0
        if quantity > room:
            return points
        return points + _FITS_POINTS + (_EXACT_POINTS if quantity == room else 0)

    @staticmethod
    def _is_near(line: PayableLine, one: BookLine) -> bool:
        factor = factor_between(line.unit, one.line.unit)
        if factor is None or not factor:
            return False
        # Compared for one unit of the order: 12 for a dozen is 1 for a piece.
        return abs(line.price / factor - one.unit_price) <= one.unit_price * _NEAR

    def _alike_texts(self, line: PayableLine) -> list[tuple[int, int]]:
        """Return likeness and place of each order line whose text is alike enough."""
        own = tokens_of(line.text)
        if not own:
            return []
        # With few lines each is looked at; with many only those that share a telling word.
        places: Iterable[int] = range(len(self._lines))
        if len(self._lines) > _COMMON_MAX:
            index = self._words()
            postings = (index[word] for word in own if word in index)
            places = {place for found in postings if len(found) <= _COMMON_MAX for place in found}
        if self._texts is None:
            self._texts = [tokens_of(one.line.text) for one in self._lines]
        texts, words, found = self._texts, len(own), []
        for place in places:
            other = texts[place]
            likeness = 200 * len(own & other) // (words + len(other))
            if likeness >= TEXT_MIN and self._lines[place].line.ways is not MatchWays.CONSIGNMENT:
                found.append((likeness, place))
        return found

    def _words(self) -> dict[str, list[int]]:
        if self._by_word is None:
            self._by_word = defaultdict(list)
            for place, one in enumerate(self._lines):
                for word in tokens_of(one.line.text):
                    self._by_word[word].append(place)
        return self._by_word
