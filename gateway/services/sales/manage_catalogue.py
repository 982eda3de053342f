"""The items a shop sells: find them quickly, change them, take them over from a list and hand them out as one."""

import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from gateway.domain.access import Caller, Permission
from gateway.domain.errors import GatewayError, InputError, NotFound
from gateway.domain.ids import uuid7
from gateway.domain.money import Currency
from gateway.domain.sales.item import Item, ItemId, check_item, folded, gtin_of
from gateway.domain.sales.item_list import BadRow, ItemWish, ReadRow, read_items, write_items
from gateway.ports.clock import Clock
from gateway.ports.unit_of_work import Storage, UnitOfWork

FOUND_MAX = 50
"""Items one search shows: whoever has more types another word."""
PAGE_MAX = 200
_WORDS_MAX = 6
_CODE_MAX = 64


@dataclass(frozen=True, slots=True)
class ImportReport:
    """What a list did, or would do in a dry run."""

    made: int
    changed: int
    unchanged: int
    bad: tuple[BadRow, ...]
    stored: bool


class ManageCatalogue:
    """Use cases around items; prices are in the currency of the store."""

    def __init__(self, *, storage: Storage, clock: Clock, currency: Currency) -> None:
        self._storage = storage
        self._clock = clock
        self._currency = currency

    def get(self, caller: Caller, item_id: ItemId) -> Item:
        """Return one item.

        Raises:
            NotFound: ``unknown_item``.
        """
        with self._storage.read() as unit:
            found = unit.catalogue.get(caller.tenant_id, caller.store_id, item_id)
        if found is None:
            raise NotFound("unknown_item", "There is no such item.", "Look for it by its name or number.")
        return found

    def page(self, caller: Caller, *, after: ItemId | None, limit: int) -> tuple[Item, ...]:
        """Return items by name, also those out of use, after this one.

        Raises:
            NotFound: ``unknown_item`` when the cursor is none.
        """
        last = None if after is None else self.get(caller, after)
        place = None if last is None else (last.name, last.number)
        with self._storage.read() as unit:
            return unit.catalogue.page(caller.tenant_id, caller.store_id, after=place, limit=min(limit, PAGE_MAX))

    def search(self, caller: Caller, text: str, *, limit: int = FOUND_MAX) -> tuple[Item, ...]:
        """Return active items by number, GTIN or words of their name: an exact number or code comes first."""
        words = folded(text).split()[:_WORDS_MAX]
        if not words:
            return ()
        with self._storage.read() as unit:
            exact = unit.catalogue.of_codes(caller.tenant_id, caller.store_id, _codes(text))
            found = unit.catalogue.search(caller.tenant_id, caller.store_id, words, limit=min(limit, FOUND_MAX))
        known = {item.id for item in exact}
        return (*exact, *(item for item in found if item.id not in known))[:limit]

    def scanned(self, caller: Caller, code: str) -> Item | None:
        """Return the active item a scanner or a typed number means; None when nobody has that code."""
        with self._storage.read() as unit:
            found = unit.catalogue.of_codes(caller.tenant_id, caller.store_id, _codes(code))
        return found[0] if found else None

    def quick_keys(self, caller: Caller) -> tuple[Item, ...]:
        """Return the items that have a key of their own, by its place."""
        with self._storage.read() as unit:
            return unit.catalogue.quick_keys(caller.tenant_id, caller.store_id)

    def put(self, caller: Caller, item_id: ItemId, wish: ItemWish, *, version: int | None) -> Item:
        """Store an item. ``version``: the one that was seen, None for a new item; the same again changes nothing.

        Raises:
            NotPermitted: without the right to change items.
            InputError: see :func:`gateway.domain.sales.item.check_item`; ``currency_mismatch``.
            RuleError: ``item_changed``, ``item_exists``, ``item_number_taken``, ``gtin_taken``.
        """
        caller.require(Permission.CATALOGUE_MANAGE)
        wanted = self._checked(caller, item_id, wish)

        def store(unit: UnitOfWork) -> Item:
            stored = unit.catalogue.get(caller.tenant_id, caller.store_id, item_id)
            if stored is not None and replace(stored, version=wanted.version) == wanted:
                return stored
            if stored is None and version is not None:
                raise NotFound("unknown_item", "There is no such item.", "Store it as a new one.")
            return unit.catalogue.put(wanted, expected_version=version)

        return self._storage.write_retrying(store)

    def take_over(self, caller: Caller, rows: Sequence[ReadRow | BadRow], *, dry_run: bool) -> ImportReport:
        """Store the items of a list by their numbers, all or none: nothing while a row is bad, nothing in a dry run.

        Raises:
            NotPermitted: without the right to change items.
        """
        caller.require(Permission.CATALOGUE_MANAGE)
        with self._storage.read() as unit:
            known = unit.catalogue.by_number(caller.tenant_id, caller.store_id)
        good, bad = self._judged(caller, rows, known)
        made = [item for item in good if item.number not in known]
        changed = [item for item in good if item.number in known and item != known[item.number]]
        report = ImportReport(len(made), len(changed), len(good) - len(made) - len(changed), tuple(bad), stored=False)
        if bad or dry_run:
            return report

        def store(unit: UnitOfWork) -> None:
            # Codes that move from one item to another are freed before they are given.
            for item in changed:
                if item.gtin != known[item.number].gtin and known[item.number].gtin is not None:
                    known_version = known[item.number].version
                    unit.catalogue.put(replace(item, gtin=None), expected_version=known_version)
            for item in changed:
                freed = item.gtin != known[item.number].gtin and known[item.number].gtin is not None
                unit.catalogue.put(item, expected_version=item.version + (1 if freed else 0))
            unit.catalogue.add_all(made)

        self._storage.write_retrying(store)
        return replace(report, stored=True)

    def read_list(self, text: str, *, first_row: int) -> tuple[ReadRow | BadRow, ...]:
        """Read a list in the store's currency; errors as :func:`gateway.domain.sales.item_list.read_items`."""
        return read_items(text, self._currency, first_row=first_row)

    def written(self, caller: Caller) -> str:
        """Return all items as a list."""
        caller.require(Permission.CATALOGUE_MANAGE)
        with self._storage.read() as unit:
            return write_items(unit.catalogue.by_number(caller.tenant_id, caller.store_id).values())

    def _judged(
        self, caller: Caller, rows: Sequence[ReadRow | BadRow], known: Mapping[str, Item]
    ) -> tuple[list[Item], list[BadRow]]:
        """Sort rows into items to store and rows that cannot be taken, twins within the list among them."""
        good: dict[str, Item] = {}
        bad = [row for row in rows if isinstance(row, BadRow)]
        in_use = [item for item in known.values() if item.gtin and item.active]
        codes: dict[str | None, str] = {item.gtin: item.number for item in in_use}
        listed = {row.wish.number for row in rows if isinstance(row, ReadRow)}
        for row in rows:
            if isinstance(row, BadRow):
                continue
            try:
                good[row.wish.number] = self._of_row(caller, row.wish, good, codes, listed, known)
            except GatewayError as error:
                column = error.pointer.strip("/") if isinstance(error, InputError) else "number"
                bad.append(BadRow(row.row, column or "number", error.code, error.message, error.hint))
        return list(good.values()), sorted(bad, key=lambda one: one.row)

    def _of_row(
        self,
        caller: Caller,
        wish: ItemWish,
        good: Mapping[str, Item],
        codes: dict[str | None, str],
        listed: set[str],
        known: Mapping[str, Item],
    ) -> Item:
        if wish.number in good:
            hint = "Keep one of the two rows."
            raise InputError(
                "item_number_twice", f"The number {wish.number} stands twice in the list.", hint, "/number"
            )
        owner = codes.get(wish.gtin) if wish.gtin and wish.active else None
        stays = owner is not None and (good[owner].gtin == wish.gtin if owner in good else owner not in listed)
        if stays and owner != wish.number:
            message = f"The item {owner} has this GTIN already."
            raise InputError("gtin_taken", message, "Take it off one of the two.", "/gtin")
        before = known.get(wish.number)
        item_id = before.id if before else ItemId(uuid7(int(self._clock.now().timestamp() * 1000)))
        item = replace(self._checked(caller, item_id, wish), version=before.version if before else 1)
        if wish.gtin and wish.active:
            codes[wish.gtin] = wish.number
        return item

    def _checked(self, caller: Caller, item_id: uuid.UUID, wish: ItemWish) -> Item:
        if wish.price.currency != self._currency:
            message = f"Prices of this shop are in {self._currency.code}."
            raise InputError("currency_mismatch", message, "Convert the price first.", "/price/currency")
        item = Item(
            tenant_id=caller.tenant_id,
            store_id=caller.store_id,
            id=ItemId(item_id),
            number=wish.number.strip(),
            name=wish.name.strip(),
            gtin=wish.gtin,
            price=wish.price,
            rate=wish.rate,
            group=wish.group.strip(),
            kitchen_group=(wish.kitchen_group or "").strip() or None,
            quick_key=wish.quick_key,
            active=wish.active,
        )
        check_item(item)
        return item


def _codes(text: str) -> tuple[str, ...]:
    """Return what a code may mean: a number as typed, and the 14 digits of a GTIN."""
    plain = text.strip()[:_CODE_MAX]
    gtin = gtin_of(plain)
    return (plain,) if gtin is None else (plain, gtin)
