"""What one bank line tells by itself: numbers of ours in its text, other numbers, and words that say what it is."""

import datetime as dt

from gateway.reconciliation.entries import Entry
from gateway.reconciliation.explanations import Reason, ReasonCode
from gateway.reconciliation.parties import PartyBook
from gateway.reconciliation.records import BankLine, PartyId
from gateway.reconciliation.references import Hit, ReferenceIndex, digits_of, likeness, numbers_in, words_in
from gateway.reconciliation.wording import (
    ADVANCE_WORDS,
    CHARGE_WORDS,
    DISCOUNT_WORDS,
    MORE_WORDS,
    OFFSET_WORDS,
    PART_WORDS,
    REST_WORDS,
    RETURN_WORDS,
    compact,
)

EXACT_WEIGHT = {
    ReasonCode.END_TO_END: 14.0,
    ReasonCode.STRUCTURED: 11.0,
    ReasonCode.DOCUMENT: 10.0,
    ReasonCode.ORDER: 7.0,
}
RETURN_CODES = frozenset({"UPDD", "RRTN", "PRDD", "RVRS"})
"""Sub-families of the bank transaction code (ISO 20022) for what comes back: unpaid, returned, reversed."""
ISSUED_AFTER = dt.timedelta(days=3)
"""Invoices are sometimes paid from an offer, days before they are booked."""
PLAIN_WEIGHT = 5.0
"""A short number without letters also comes up by accident."""


class Clues:
    """A line with everything that its own fields say; what is costly is found out once, when it is asked for.

    ``hits``: numbers of ours in order of the text; ``issued_last``: the last day on which what it pays was issued.
    """

    __slots__ = (
        "_against",
        "_customer",
        "_evidence",
        "_index",
        "_likened",
        "_meant",
        "_numbers",
        "_owners",
        "_parties",
        "_strangers",
        "hits",
        "issued_last",
        "line",
        "marks",
        "words",
    )

    def __init__(
        self, line: BankLine, words: list[str], hits: list[Hit], index: ReferenceIndex, parties: PartyBook
    ) -> None:
        self.line = line
        self.issued_last = line.booked + ISSUED_AFTER
        self.words = words
        self.hits = hits
        self.marks = _MARKS.intersection(words)
        self._index = index
        self._parties = parties
        self._meant = {hit.item: hit for hit in reversed(hits)}
        self._numbers: tuple[str, ...] | None = None
        self._strangers: tuple[str, ...] | None = None
        self._against: tuple[Entry, ...] | None = None
        self._customer: tuple[PartyId | None, str] | None = None
        self._owners: frozenset[PartyId] | None = None
        self._evidence: dict[PartyId, tuple[Reason, ...]] = {}
        self._likened: dict[Entry, Reason | None] = {}

    @property
    def numbers(self) -> tuple[str, ...]:
        """Numbers of the text that are none of ours and no customer number, as digits."""
        if self._numbers is None:
            numbers = numbers_in(self.words, self.hits, self.line)
            mark = self._of_customer()[1]
            self._numbers = tuple(number for number in numbers if not mark.endswith(number)) if mark else numbers
        return self._numbers

    @property
    def against(self) -> tuple[Entry, ...]:
        """Items of the other direction whose numbers stand in the text: named by what is netted, or comes back."""
        if self._against is None:
            positive = self.line.amount > 0
            taken = {hit.item for hit in self.hits}
            found = [hit.item for hit in self._index.find(self.words, not positive)]
            if self.line.reference:
                found += self._index.structured(self.line.reference)
            other = [item for item in found if (item.amount > 0) is not positive and item not in taken]
            self._against = tuple(dict.fromkeys(other))
        return self._against

    @property
    def strangers(self) -> tuple[str, ...]:
        """Numbers long enough to be a reference that are none of ours."""
        if self._strangers is None:
            self._strangers = tuple([number for number in self.numbers if len(number) >= 5])
        return self._strangers

    @property
    def customer(self) -> PartyId | None:
        """The party whose customer number stands in the text."""
        return self._of_customer()[0]

    def _of_customer(self) -> tuple[PartyId | None, str]:
        if self._customer is None:
            self._customer = self._parties.of_customer(self.words)
        return self._customer

    @property
    def owners(self) -> frozenset[PartyId]:
        """The parties known to use the account on the line."""
        if self._owners is None:
            self._owners = self._parties.of_iban(self.line.iban)
        return self._owners

    @property
    def weighed(self) -> dict[PartyId, tuple[Reason, ...]]:
        """Where the evidence about a party is kept once it was weighed for this line."""
        return self._evidence

    @property
    def advance(self) -> bool:
        """Whether the text calls it an advance payment."""
        return not self.marks.isdisjoint(ADVANCE_WORDS)

    @property
    def part(self) -> bool:
        """Whether the text calls it a part or an instalment."""
        return not self.marks.isdisjoint(PART_WORDS)

    @property
    def rest(self) -> bool:
        """Whether the text calls it the rest."""
        return not self.marks.isdisjoint(REST_WORDS)

    @property
    def discount(self) -> bool:
        """Whether the text speaks of a discount."""
        return not self.marks.isdisjoint(DISCOUNT_WORDS)

    @property
    def charges(self) -> bool:
        """Whether the text speaks of charges."""
        return not self.marks.isdisjoint(CHARGE_WORDS)

    @property
    def more(self) -> bool:
        """Whether the text says that not all documents are named."""
        return not self.marks.isdisjoint(MORE_WORDS)

    @property
    def offset(self) -> bool:
        """Whether the text speaks of netting what both sides owe."""
        return not self.marks.isdisjoint(OFFSET_WORDS)

    @property
    def returned(self) -> bool:
        """Whether a payment comes back: a return reason, the bank's code for it, or a word."""
        line = self.line
        return bool(line.return_code) or line.code[-4:] in RETURN_CODES or not self.marks.isdisjoint(RETURN_WORDS)

    def reference(self, item: Entry) -> Reason | None:
        """Weigh what the numbers of the text say about one item: its own number whole, or something like it."""
        if item not in self._meant and not self.numbers:
            return None
        # Each item is asked for several times on the way to an explanation.
        if item not in self._likened:
            self._likened[item] = self._reference(item)
        return self._likened[item]

    def _reference(self, item: Entry) -> Reason | None:
        hit = self._meant.get(item)
        if hit is not None:
            weight = PLAIN_WEIGHT if hit.loose else EXACT_WEIGHT[hit.code]
            return Reason(hit.code, weight, (("number", hit.key),))
        if not self.numbers:
            return None
        best: tuple[ReasonCode, float] | None = None
        figures: tuple[str, str] = ("", "")
        for digits in digits_of(item):
            for number in self.numbers:
                found = likeness(number, digits)
                if found and (best is None or found[1] > best[1]):
                    best, figures = found, (number, digits)
        if best is None or best[1] <= 0:
            return None
        return Reason(best[0], best[1], (("number", figures[0]), ("ours", figures[1])))


_MARKS = (
    ADVANCE_WORDS | CHARGE_WORDS | DISCOUNT_WORDS | MORE_WORDS | OFFSET_WORDS | PART_WORDS | REST_WORDS | RETURN_WORDS
)


def read_clues(line: BankLine, index: ReferenceIndex, parties: PartyBook) -> Clues:
    """Read a line: its own identifiers first, then its text."""
    hits: list[Hit] = []
    if line.end_to_end:
        hits = [Hit(item, ReasonCode.END_TO_END, line.end_to_end, -1, -1) for item in index.sent(line.end_to_end)]
    if not hits and line.reference:
        key = compact(line.reference)
        hits = [
            Hit(item, ReasonCode.STRUCTURED, key, -1, -1)
            for item in index.structured(line.reference)
            if (item.amount > 0) is (line.amount > 0)
        ]
    words = words_in(line)
    if not hits:
        hits = index.find(words, line.amount > 0)
    return Clues(line, words, hits, index, parties)
