"""Items in SQL. A search looks through one folded column: 10,000 items are read in a few milliseconds."""

from collections.abc import Mapping, Sequence
from dataclasses import replace

from sqlalchemy import Executable, bindparam, case, insert, or_, select, tuple_, update

from gateway.adapters.db.column_types import storable
from gateway.adapters.db.payments.mapping import AnyRow
from gateway.adapters.db.sales.catalogue_tables import item
from gateway.adapters.db.statements import Statements
from gateway.domain.errors import RuleError
from gateway.domain.ids import StoreId, TenantId
from gateway.domain.money import Currency, Money
from gateway.domain.sales.item import Item, ItemId, folded
from gateway.domain.sales.tax_lines import TaxRate

_ROWS_AT_ONCE = 500
"""Rows of one statement: SQLite takes 32,766 values in one."""
QUICK_KEYS_SHOWN_MAX = 120
"""Two items may stand on one place; beyond this many keys nobody finds one."""

_HERE = (item.c.tenant_id == bindparam("tenant"), item.c.store_id == bindparam("store"))
_LOAD = select(item).where(*_HERE, item.c.item_id == bindparam("item"))
_SAME_NUMBER = select(item.c.item_id).where(
    *_HERE, item.c.number == bindparam("item_number"), item.c.item_id != bindparam("item")
)
_SAME_GTIN = select(item.c.item_id).where(
    *_HERE, item.c.gtin == bindparam("item_gtin"), item.c.active, item.c.item_id != bindparam("item")
)
_CODES = (
    select(item)
    .where(
        *_HERE,
        item.c.active,
        or_(
            item.c.number.in_(bindparam("numbers", expanding=True)),
            item.c.gtin.in_(bindparam("gtins", expanding=True)),
        ),
    )
    .order_by(case((item.c.number.in_(bindparam("numbers", expanding=True)), 0), else_=1), item.c.sorted_name)
)
_KEYS = (
    select(item)
    .where(*_HERE, item.c.active, item.c.quick_key.is_not(None))
    .order_by(item.c.quick_key, item.c.sorted_name)
    .limit(QUICK_KEYS_SHOWN_MAX)
)
_ALL = select(item).where(*_HERE)
_IN_ORDER = _ALL.order_by(item.c.sorted_name, item.c.number)
_REPLACE = update(item).where(
    *_HERE, item.c.item_id == bindparam("item"), item.c.version == bindparam("expected_version")
)


_KEY = frozenset({"tenant_id", "store_id", "item_id"})


class SqlCatalogueStore:
    """Items of all stores; see ``CatalogueStore``."""

    __slots__ = ("_statements",)

    def __init__(self, statements: Statements) -> None:
        self._statements = statements

    def put(self, item_: Item, *, expected_version: int | None) -> Item:
        """Store a new item or its next version; errors as in ``CatalogueStore``."""
        place = {"tenant": item_.tenant_id, "store": item_.store_id}
        self._refuse_twins(item_, place)
        if expected_version is None:
            if self._statements.first(_LOAD, place | {"item": item_.id}) is not None:
                raise self._statements.refuse(
                    RuleError("item_exists", "An item with this id is stored already.", "Change it, or make a new id.")
                )
            stored = replace(item_, version=1)
            self._statements.change(insert(item), _row(stored))
            return stored
        stored = replace(item_, version=expected_version + 1)
        values = {name: value for name, value in _row(stored).items() if name not in _KEY}
        change = _REPLACE.values({name: bindparam(f"new_{name}", type_=item.c[name].type) for name in values})
        told = place | {"item": item_.id, "expected_version": expected_version}
        if not self._statements.change(change, told | {f"new_{name}": value for name, value in values.items()}):
            raise self._statements.refuse(
                RuleError("item_changed", "Somebody changed this item meanwhile.", "Load it again, then change it.")
            )
        return stored

    def add_all(self, items: Sequence[Item]) -> None:
        """Store new items, many in one statement; their numbers and codes were looked at before."""
        for first in range(0, len(items), _ROWS_AT_ONCE):
            rows = [_row(replace(one, version=1)) for one in items[first : first + _ROWS_AT_ONCE]]
            self._statements.change(insert(item).values(rows), {})

    def get(self, tenant_id: TenantId, store_id: StoreId, item_id: ItemId) -> Item | None:
        """Return one item."""
        row = self._statements.first(_LOAD, {"tenant": tenant_id, "store": store_id, "item": item_id})
        return None if row is None else _item_of(row)

    def of_codes(self, tenant_id: TenantId, store_id: StoreId, codes: Sequence[str]) -> tuple[Item, ...]:
        """Return the active items with this number or GTIN, the number first."""
        gtins = [code for code in codes if len(code) == 14 and code.isdigit()]
        told = {"tenant": tenant_id, "store": store_id, "numbers": list(codes), "gtins": gtins}
        return self._items(_CODES, told)

    def search(self, tenant_id: TenantId, store_id: StoreId, words: Sequence[str], *, limit: int) -> tuple[Item, ...]:
        """Return active items that have every word, best first."""
        if not words:
            return ()
        has_all = [item.c.searched.contains(word, autoescape=True) for word in words]
        begins = case((item.c.searched.startswith(words[0], autoescape=True), 0), else_=1)
        query = select(item).where(*_HERE, item.c.active, *has_all).order_by(begins, item.c.sorted_name).limit(limit)
        return self._items(query, {"tenant": tenant_id, "store": store_id})

    def page(
        self, tenant_id: TenantId, store_id: StoreId, *, after: tuple[str, str] | None, limit: int
    ) -> tuple[Item, ...]:
        """Return items by name and number."""
        query = _IN_ORDER.limit(limit)
        if after is not None:
            query = query.where(tuple_(item.c.sorted_name, item.c.number) > (folded(after[0]), after[1]))
        return self._items(query, {"tenant": tenant_id, "store": store_id})

    def quick_keys(self, tenant_id: TenantId, store_id: StoreId) -> tuple[Item, ...]:
        """Return the active items with a quick key, by place."""
        return self._items(_KEYS, {"tenant": tenant_id, "store": store_id})

    def by_number(self, tenant_id: TenantId, store_id: StoreId) -> Mapping[str, Item]:
        """Return all items by their number, in the order of their names."""
        return {one.number: one for one in self._items(_IN_ORDER, {"tenant": tenant_id, "store": store_id})}

    def _items(self, query: Executable, told: Mapping[str, object]) -> tuple[Item, ...]:
        return tuple(_item_of(row) for row in self._statements.rows(query, told))

    def _refuse_twins(self, item_: Item, place: Mapping[str, object]) -> None:
        told = dict(place) | {"item": item_.id, "item_number": item_.number, "item_gtin": item_.gtin}
        if self._statements.first(_SAME_NUMBER, told) is not None:
            hint = "Give it a number of its own, or change the other item."
            raise self._statements.refuse(RuleError("item_number_taken", "Another item has this number.", hint))
        if item_.active and item_.gtin and self._statements.first(_SAME_GTIN, told) is not None:
            hint = "Take the code off the other item, or take that one out of use."
            raise self._statements.refuse(RuleError("gtin_taken", "Another item in use has this GTIN.", hint))


def _row(one: Item) -> dict[str, object]:
    return {
        "tenant_id": one.tenant_id,
        "store_id": one.store_id,
        "item_id": one.id,
        "number": one.number,
        "name": storable(one.name),
        "sorted_name": storable(folded(one.name)),
        "searched": storable(one.searched),
        "gtin": one.gtin,
        "price_minor": one.price.minor,
        "currency": one.price.currency.code,
        "tax_basis_points": one.rate.basis_points,
        "item_group": storable(one.group),
        "kitchen_group": None if one.kitchen_group is None else storable(one.kitchen_group),
        "quick_key": one.quick_key,
        "active": one.active,
        "version": one.version,
    }


def _item_of(row: AnyRow) -> Item:
    return Item(
        tenant_id=TenantId(row.tenant_id),
        store_id=StoreId(row.store_id),
        id=ItemId(row.item_id),
        number=row.number,
        name=row.name,
        gtin=row.gtin,
        price=Money(row.price_minor, Currency.of(row.currency)),
        rate=TaxRate(row.tax_basis_points),
        group=row.item_group,
        kitchen_group=row.kitchen_group,
        quick_key=row.quick_key,
        active=row.active,
        version=row.version,
    )
