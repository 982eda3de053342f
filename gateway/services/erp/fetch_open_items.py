"""Fetches what customers owe by the word of an ERP, so that a bank line finds what it pays.

Each look reads the whole list: an ERP tells what is open, and of what was cleared it says nothing. What is not listed
any more ends here, unless a bank line has taken a part of it. What we owe is not taken from there: payables are ours.
"""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

from gateway.domain.bank.open_item import ItemSource, OpenItemId, StoredItem, item_id_of
from gateway.domain.erp.failure import ErpFailure
from gateway.domain.erp.records import CustomerRecord, OpenItemRecord, OpenItemSide, RecordKind
from gateway.domain.money import Money
from gateway.ports.clock import Clock
from gateway.ports.erp import GIVES, Capability, ErpConnector
from gateway.ports.erp_store import Place
from gateway.ports.unit_of_work import Storage, UnitOfWork
from gateway.services.bank.hand_in_items import HandedItem, stored

PAGE = 200
"""Records asked for at a time."""
AGAIN_S = 60
"""Seconds until the next look after one that failed."""
ISSUED_BEFORE = timedelta(days=120)
"""An ERP tells when an item is due, and not when it was issued: longer terms than these are rare."""
LIVES = 9
"""An item that ended and is open again, or with another amount, is a new one here: so often at most."""


@dataclass(frozen=True, slots=True)
class Listed:
    """How many items are open there, how many of them are new here, how many ended."""

    open: int
    new: int
    ended: int


class FetchOpenItems:
    """What is owed to us by the word of one account. One thread."""

    def __init__(
        self,
        *,
        storage: Storage,
        clock: Clock,
        place: Place,
        account: str,
        connector: ErpConnector,
        every_s: int,
    ) -> None:
        """``every_s``: seconds between two looks, > 0."""
        self._storage = storage
        self._clock = clock
        self._place = place
        self._account = account
        self._connector = connector
        self._every = timedelta(seconds=every_s)
        self._can: frozenset[Capability] | None = None
        # Only for their names: read once from the beginning, then what changed.
        self._customers: dict[str, CustomerRecord] = {}
        self._customers_cursor = ""

    def run(self) -> int:
        """Look when it is due; return how many items are open there. A failure of the ERP is noted and ends the look.

        Raises:
            OperationalError: the database is away.
        """
        now, kind = self._clock.now(), RecordKind.OPEN_ITEM
        cursor = self._storage.write_retrying(
            lambda unit: unit.erp_cursors.take(self._place, self._account, kind, now, now + self._every)
        )
        if cursor is None:
            return 0
        try:
            told = self._told()
        except ErpFailure as failure:
            words = f"{failure.failure.value}: {failure.detail}"[:500]
            self._note(words, now + timedelta(seconds=AGAIN_S))
            return 0
        if told is None:
            return 0
        listed = self._storage.write_retrying(lambda unit: self._keep(unit, told, now))
        self._note("", now + self._every)
        return listed.open

    def _told(self) -> list[OpenItemRecord] | None:
        """Return all that is owed to us; None where this ERP lists none."""
        if self._can is None:
            self._can = self._connector.check().capabilities
        if GIVES[RecordKind.OPEN_ITEM] not in self._can:
            return None
        if GIVES[RecordKind.CUSTOMER] in self._can:
            self._customers_cursor = self._read(RecordKind.CUSTOMER, self._customers_cursor, self._know)
        found: dict[str, OpenItemRecord] = {}

        def know(record: object) -> None:
            if isinstance(record, OpenItemRecord) and record.side is OpenItemSide.RECEIVABLE and record.remaining_minor:
                found[record.erp_id] = record

        self._read(RecordKind.OPEN_ITEM, "", know)
        return list(found.values())

    def _read(self, kind: RecordKind, cursor: str, know: Callable[[object], None]) -> str:
        complete = False
        while not complete:
            page = self._connector.fetch(kind, cursor, PAGE)
            for record in page.records:
                know(record)
            complete = page.complete or page.next_cursor == cursor
            cursor = page.next_cursor
        return cursor

    def _know(self, record: object) -> None:
        if isinstance(record, CustomerRecord):
            self._customers[record.erp_id] = record

    def _keep(self, unit: UnitOfWork, told: Iterable[OpenItemRecord], now: datetime) -> Listed:
        """Store what is new and end what is gone, in one unit."""
        records = list(told)
        ids = {record.erp_id: [self._id(record.erp_id, life) for life in range(1, LIVES + 1)] for record in records}
        known = unit.open_items.load(*self._place, [one for lives in ids.values() for one in lives])
        standing: set[OpenItemId] = set()
        new: list[StoredItem] = []
        for record in records:
            life = _life(record, ids[record.erp_id], known)
            if life:
                standing.add(ids[record.erp_id][life - 1])
                new.append(self._item(record, life, known.get(ids[record.erp_id][life - 1])))
        untouched = unit.open_items.ids_of(*self._place, ItemSource.HANDED_IN) - standing
        loaded = unit.open_items.load(*self._place, sorted(untouched, key=str))
        gone = [one.id for one in loaded.values() if one.source_id.startswith(f"{self._source} ")]
        count = unit.open_items.put(*self._place, new)
        unit.open_items.close(*self._place, sorted(gone, key=str), now)
        return Listed(len(records), count, len(gone))

    def _item(self, record: OpenItemRecord, life: int, before: StoredItem | None) -> StoredItem:
        customer = self._customers.get(record.party_erp_id)
        item = HandedItem(
            id=_name(record.erp_id, life),
            # What is left there when it is first seen is what a bank line can pay.
            amount=Money(record.remaining_minor, record.currency) if before is None else before.amount,
            issued=record.due_on - ISSUED_BEFORE,
            due=record.due_on,
            credit_note=record.remaining_minor < 0,
            party=record.party_erp_id,
            party_name=customer.name if customer else "",
            document=record.document_number,
            customer=customer.code if customer else "",
        )
        return stored(item, self._source)

    def _id(self, erp_id: str, life: int) -> OpenItemId:
        return item_id_of(ItemSource.HANDED_IN, f"{self._source} {_name(erp_id, life)}")

    @property
    def _source(self) -> str:
        return f"erp:{self._account}"

    def _note(self, words: str, due_at: datetime) -> None:
        kind = RecordKind.OPEN_ITEM
        self._storage.write_retrying(
            lambda unit: unit.erp_cursors.note(self._place, self._account, kind, words, due_at)
        )


def _name(erp_id: str, life: int) -> str:
    return erp_id if life == 1 else f"{erp_id} ({life})"


def _life(record: OpenItemRecord, ids: list[OpenItemId], known: Mapping[OpenItemId, StoredItem]) -> int:
    """Return which of an item's lives here it is; 0 where it had too many.

    One of which a bank line took a part goes on: the ERP hears of that later than we do.
    """
    for life, one in enumerate(ids, start=1):
        before = known.get(one)
        if before is None:
            return life
        touched = before.remaining != before.amount
        same = before.remaining.minor == record.remaining_minor and before.currency == record.currency
        if before.closed_at is None and (touched or same):
            return life
    return 0
