"""The open items with what is left of each, by amount or by party; each application can be taken back exactly."""

from collections.abc import Iterable, Iterator
from operator import attrgetter

from gateway.reconciliation.entries import Entry
from gateway.reconciliation.explanations import Applied
from gateway.reconciliation.records import ItemId, OpenItem, PartyId, Side
from gateway.reconciliation.references import document_digits

Bucket = dict[Entry, None]
"""Entries in the order in which they came in."""
CROWD_LEAST = 8
"""Where so many items have one amount, their numbers are looked up by parts of three digits, not one after another."""


class ItemBook:
    """Open items of receivables and payables, and the card sales, which have their own finder.

    The state is what is left of each entry and nothing else: the indexes follow from it.
    """

    def __init__(self) -> None:
        self.items: dict[ItemId, Entry] = {}
        self._by_amount: dict[int, Bucket] = {}
        self._by_party: dict[PartyId, Bucket] = {}
        self._crowds: dict[int, dict[str, Bucket]] = {}
        self.cards_taken_back = 0
        """How often a card sale was opened again: as long as it stands, what was paid stays paid."""

    def add(self, item: OpenItem) -> Entry | None:
        """Take an open item in; return its entry, None where its id is known already: it is not taken twice.

        An entry is taken as it is: whoever makes one gives it away.
        """
        if item.id in self.items:
            return None
        entry = self.items[item.id] = item if isinstance(item, Entry) else Entry.of(item)
        if item.side is not Side.CARD:
            self._file(entry)
        return entry

    def of_amount(self, amount: int) -> Bucket:
        """Return the open items, card sales apart, of which exactly this is left."""
        return self._by_amount.get(amount, _EMPTY)

    def of_amount_like(self, amount: int, numbers: Iterable[str]) -> Iterable[Entry]:
        """Return the open items of which exactly this is left and whose numbers may be like one of these.

        Among few items all are returned. Among many only those that share three digits near the end of their number,
        so that the work does not grow with how many owe the same.
        """
        bucket = self.of_amount(amount)
        if len(bucket) < CROWD_LEAST:
            return bucket
        crowd = self._crowds.get(amount)
        if crowd is None:
            crowd = self._crowds[amount] = {}
            for entry in bucket:
                _into_crowd(crowd, entry)
        found: Bucket = {}
        for part in {number[at : at + 3] for number in numbers for at in range(len(number) - 2)}:
            found.update(crowd.get(part, _EMPTY))
        return found

    def of_party(self, party: PartyId) -> Bucket:
        """Return the open items of a party, oldest first as they came in."""
        return self._by_party.get(party, _EMPTY)

    def apply(self, applied: Iterable[Applied]) -> None:
        """Put amounts on items.

        Raises:
            ValueError: an item would be consumed beyond its amount, or given back more than was applied. Nothing
            changes.
        """
        moves = []
        for part in applied:
            entry = self.items[part.item]
            whole, left = entry.amount, entry.left - part.amount
            if not (0 <= left <= whole or whole <= left <= 0):
                message = f"item {entry.id} of {whole} cannot hold {whole - left}"
                raise ValueError(message)
            moves.append((entry, part.amount))
        for entry, amount in moves:
            self._move(entry, amount)

    def take_back(self, applied: Iterable[Applied]) -> None:
        """Undo an earlier `apply` with the same amounts."""
        self.apply(tuple(Applied(move.item, -move.amount) for move in applied))

    def snapshot(self) -> dict[ItemId, int]:
        """Return the whole state: what is applied to each touched item."""
        touched = [entry for entry in self.items.values() if entry.left != entry.amount]
        return {entry.id: entry.amount - entry.left for entry in sorted(touched, key=attrgetter("id"))}

    def open_items(self) -> Iterator[Entry]:
        """Walk through what is still open, oldest first as it came in."""
        return (entry for entry in self.items.values() if entry.left)

    def _move(self, entry: Entry, amount: int) -> None:
        left = entry.left - amount
        if entry.side is not Side.CARD:
            self._unfile(entry)
            entry.left = left
            self._file(entry)
            return
        if abs(left) > abs(entry.left):
            self.cards_taken_back += 1
        entry.left = left

    def _file(self, entry: Entry) -> None:
        left, party = entry.left, entry.party
        if not left:
            return
        bucket = self._by_amount.get(left)
        if bucket is None:
            bucket = self._by_amount[left] = {}
        bucket[entry] = None
        if left in self._crowds:
            _into_crowd(self._crowds[left], entry)
        if party is not None:
            owed = self._by_party.get(party)
            if owed is None:
                owed = self._by_party[party] = {}
            owed[entry] = None

    def _unfile(self, entry: Entry) -> None:
        left = entry.left
        if not left:
            return
        bucket = self._by_amount[left]
        del bucket[entry]
        if left in self._crowds:
            crowd = self._crowds[left]
            for part in _end_parts(entry):
                del crowd[part][entry]
        if not bucket:
            del self._by_amount[left]
        if entry.party is not None:
            del self._by_party[entry.party][entry]


def _into_crowd(crowd: dict[str, Bucket], entry: Entry) -> None:
    for part in _end_parts(entry):
        crowd.setdefault(part, {})[entry] = None


def _end_parts(entry: Entry) -> set[str]:
    """Return three digits of the entry's numbers: the last ones, one place before, and three places before.

    One spoiled sign or a lost last digit leaves one of them whole.
    """
    return {part for digits in document_digits(entry) for part in (digits[-3:], digits[-4:-1], digits[-6:-3])}


_EMPTY: Bucket = {}
