"""The open items with what is left of each, by amount or by party; each application can be taken back exactly."""

from collections.abc import Iterable, Iterator

from gateway.reconciliation.explanations import Applied
from gateway.reconciliation.records import ItemId, OpenItem, PartyId, Side
from gateway.reconciliation.references import document_digits

Bucket = dict[ItemId, OpenItem]
CROWD_LEAST = 8
"""Where so many items have one amount, their numbers are looked up by parts of three digits, not one after another."""


class ItemBook:
    """Open items of receivables and payables, and the card sales, which have their own finder.

    The state is the amount applied to each item and nothing else: the indexes follow from it.
    """

    def __init__(self) -> None:
        self.items: dict[ItemId, OpenItem] = {}
        self._applied: dict[ItemId, int] = {}
        self._by_amount: dict[int, Bucket] = {}
        self._by_party: dict[PartyId, Bucket] = {}
        self._crowds: dict[int, dict[str, Bucket]] = {}
        self.cards_taken_back = 0
        """How often a card sale was opened again: as long as it stands, what was paid stays paid."""

    def add(self, item: OpenItem) -> None:
        """Take an open item in. An item that is known already is not taken twice."""
        if item.id in self.items:
            return
        self.items[item.id] = item
        if item.side is not Side.CARD:
            self._file(item, item.amount)

    def remaining(self, item: OpenItem) -> int:
        """Return what is left of the item, minor units with its sign; 0 when it is settled."""
        return item.amount - self._applied.get(item.id, 0)

    def is_open(self, item: OpenItem) -> bool:
        """Return whether anything is left of the item."""
        return self._applied.get(item.id, 0) != item.amount

    def still_open(self, items: Iterable[OpenItem]) -> list[OpenItem]:
        """Return those of the items of which anything is left, in their order."""
        applied = self._applied.get
        return [item for item in items if applied(item.id, 0) != item.amount]

    def touched(self, item: OpenItem) -> bool:
        """Return whether a part of the item has been paid."""
        return self._applied.get(item.id, 0) != 0

    def of_amount(self, amount: int) -> Bucket:
        """Return the open items, card sales apart, of which exactly this is left."""
        return self._by_amount.get(amount, _EMPTY)

    def of_amount_like(self, amount: int, numbers: Iterable[str]) -> Iterable[OpenItem]:
        """Return the open items of which exactly this is left and whose numbers may be like one of these.

        Among few items all are returned. Among many only those that share three digits near the end of their number,
        so that the work does not grow with how many owe the same.
        """
        bucket = self.of_amount(amount)
        if len(bucket) < CROWD_LEAST:
            return bucket.values()
        crowd = self._crowds.get(amount)
        if crowd is None:
            crowd = self._crowds[amount] = {}
            for item in bucket.values():
                _into_crowd(crowd, item)
        found: Bucket = {}
        for part in {number[at : at + 3] for number in numbers for at in range(len(number) - 2)}:
            found.update(crowd.get(part, _EMPTY))
        return found.values()

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
            item, amount = self.items[part.item], part.amount
            after, whole = self._applied.get(item.id, 0) + amount, item.amount
            if not (0 <= after <= whole or whole <= after <= 0):
                message = f"item {item.id} of {whole} cannot hold {after}"
                raise ValueError(message)
            moves.append((item, amount))
        for item, amount in moves:
            self._move(item, amount)

    def take_back(self, applied: Iterable[Applied]) -> None:
        """Undo an earlier `apply` with the same amounts."""
        self.apply(tuple(Applied(move.item, -move.amount) for move in applied))

    def snapshot(self) -> dict[ItemId, int]:
        """Return the whole state: what is applied to each touched item."""
        return dict(sorted(self._applied.items()))

    def open_items(self) -> Iterator[OpenItem]:
        """Walk through what is still open, oldest first as it came in."""
        return (item for item in self.items.values() if self.is_open(item))

    def _move(self, item: OpenItem, amount: int) -> None:
        before = self._applied.get(item.id, 0)
        after = before + amount
        if after:
            self._applied[item.id] = after
        else:
            self._applied.pop(item.id, None)
        if item.side is not Side.CARD:
            self._unfile(item, item.amount - before)
            self._file(item, item.amount - after)
        elif abs(after) < abs(before):
            self.cards_taken_back += 1

    def _file(self, item: OpenItem, left: int) -> None:
        if not left:
            return
        self._by_amount.setdefault(left, {})[item.id] = item
        if left in self._crowds:
            _into_crowd(self._crowds[left], item)
        if item.party is not None:
            self._by_party.setdefault(item.party, {})[item.id] = item

    def _unfile(self, item: OpenItem, left: int) -> None:
        if not left:
            return
        bucket = self._by_amount[left]
        del bucket[item.id]
        if left in self._crowds:
            crowd = self._crowds[left]
            for part in _end_parts(item):
                del crowd[part][item.id]
        if not bucket:
            del self._by_amount[left]
        if item.party is not None:
            del self._by_party[item.party][item.id]


def _into_crowd(crowd: dict[str, Bucket], item: OpenItem) -> None:
    for part in _end_parts(item):
        crowd.setdefault(part, {})[item.id] = item


def _end_parts(item: OpenItem) -> set[str]:
    """Return three digits of the item's numbers: the last ones, one place before, and three places before.

    One spoiled sign or a lost last digit leaves one of them whole.
    """
    return {part for digits in document_digits(item) for part in (digits[-3:], digits[-4:-1], digits[-6:-3])}


_EMPTY: Bucket = {}
