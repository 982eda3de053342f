"""Open items in SQL. What is left of one is guarded by the database itself: nothing is settled twice."""

import re
from collections.abc import Mapping, Sequence
from datetime import datetime

from sqlalchemy import BigInteger, BindParameter, and_, bindparam, func, or_, select, update
from sqlalchemy.dialects import postgresql, sqlite

from gateway.adapters.db.bank.statement_rows import item_of, item_row
from gateway.adapters.db.bank.statement_store import here
from gateway.adapters.db.bank.statement_tables import open_item
from gateway.adapters.db.column_types import storable
from gateway.adapters.db.statements import Statements
from gateway.domain.bank.open_item import ItemSource, OpenItemId, StoredItem
from gateway.domain.ids import StoreId, TenantId
from gateway.domain.money import Money
from gateway.ports.statement_store import ITEMS_FOUND_MAX

_IDS_AT_ONCE = 500
_AMOUNT = re.compile(r"^[+-]?\d{1,9}(?:[.,]\d{2})$")

_CHANGEABLE = ("due", "words", "facts")
_PUT = {
    dialect: statement.on_conflict_do_update(
        index_elements=["tenant_id", "store_id", "item_id"],
        set_={name: statement.excluded[name] for name in _CHANGEABLE},
    )
    for dialect, statement in ((False, sqlite.insert(open_item)), (True, postgresql.insert(open_item)))
}
_LOAD = select(open_item).where(*here(open_item), open_item.c.item_id.in_(bindparam("ids", expanding=True)))
_LEFT = and_(open_item.c.closed_at.is_(None), open_item.c.remaining_minor != 0)
_OPEN = (
    select(open_item)
    .where(*here(open_item), _LEFT)
    .order_by(open_item.c.issued, open_item.c.item_id)
    .limit(bindparam("most"))
)
_TAKEN: BindParameter[int] = bindparam("taken", type_=BigInteger())
_NEW_REST = open_item.c.remaining_minor - _TAKEN
_CONSUME = (
    update(open_item)
    .where(
        *here(open_item),
        open_item.c.item_id == bindparam("of_item"),
        open_item.c.currency == bindparam("of_currency"),
        open_item.c.closed_at.is_(None),
        or_(
            and_(open_item.c.amount_minor > 0, _NEW_REST >= 0, open_item.c.amount_minor >= _NEW_REST),
            and_(open_item.c.amount_minor < 0, _NEW_REST <= 0, open_item.c.amount_minor <= _NEW_REST),
        ),
    )
    .values(remaining_minor=_NEW_REST)
)
_CLOSE = (
    update(open_item)
    .where(*here(open_item), open_item.c.item_id == bindparam("of_item"), open_item.c.closed_at.is_(None))
    .values(closed_at=bindparam("at", type_=open_item.c.closed_at.type))
)
_UNTOUCHED = select(open_item.c.item_id).where(
    *here(open_item),
    open_item.c.source == bindparam("of_source"),
    open_item.c.closed_at.is_(None),
    open_item.c.remaining_minor == open_item.c.amount_minor,
)


class SqlOpenItemStore:
    """Open items; see ``OpenItemStore``."""

    __slots__ = ("_statements",)

    def __init__(self, statements: Statements) -> None:
        self._statements = statements

    def put(self, tenant_id: TenantId, store_id: StoreId, items: Sequence[StoredItem]) -> int:
        """Store items that are not there, and what may change of the others; return how many are new."""
        if not items:
            return 0
        known = self.load(tenant_id, store_id, [item.id for item in items])
        rows = [{"tenant_id": tenant_id, "store_id": store_id, **item_row(item)} for item in items]
        self._statements.change_many(_PUT[self._statements.postgresql], rows)
        return len({item.id for item in items} - set(known))

    def load(
        self, tenant_id: TenantId, store_id: StoreId, item_ids: Sequence[OpenItemId]
    ) -> Mapping[OpenItemId, StoredItem]:
        """Return items by id; unknown ones are left out."""
        found: dict[OpenItemId, StoredItem] = {}
        for first in range(0, len(item_ids), _IDS_AT_ONCE):
            wish = {"tenant": tenant_id, "store": store_id, "ids": list(item_ids[first : first + _IDS_AT_ONCE])}
            for row in self._statements.rows(_LOAD, wish):
                item = item_of(row)
                found[item.id] = item
        return found

    def open_items(self, tenant_id: TenantId, store_id: StoreId, limit: int) -> tuple[StoredItem, ...]:
        """Return what may still be settled, the oldest first."""
        rows = self._statements.rows(_OPEN, {"tenant": tenant_id, "store": store_id, "most": max(0, limit)})
        return tuple(item_of(row) for row in rows)

    def find(self, tenant_id: TenantId, store_id: StoreId, words: str, limit: int) -> tuple[StoredItem, ...]:
        """Return open items whose document, order, customer, reference or name holds the words, or of this amount."""
        statement = select(open_item).where(*here(open_item), _LEFT)
        sought = storable(words.strip())
        if _AMOUNT.match(sought):
            minor = abs(int(re.sub(r"\D", "", sought)))
            statement = statement.where(func.abs(open_item.c.remaining_minor) == minor)
        else:
            for word in sought.casefold().split()[:8]:
                statement = statement.where(open_item.c.words.contains(word, autoescape=True))
        statement = statement.order_by(open_item.c.issued, open_item.c.item_id)
        statement = statement.limit(max(0, min(limit, ITEMS_FOUND_MAX)))
        return tuple(item_of(row) for row in self._statements.rows(statement, {"tenant": tenant_id, "store": store_id}))

    def consume(self, tenant_id: TenantId, store_id: StoreId, item_id: OpenItemId, amount: Money) -> bool:
        """Take so much of what is left of an item; a return gives back. False when it has not so much left."""
        wish = {
            "tenant": tenant_id,
            "store": store_id,
            "of_item": item_id,
            "of_currency": amount.currency.code,
            "taken": amount.minor,
        }
        return self._statements.change(_CONSUME, wish) == 1

    def close(self, tenant_id: TenantId, store_id: StoreId, item_ids: Sequence[OpenItemId], at: datetime) -> None:
        """Note that items are no longer to be settled by a bank line."""
        rows = [{"tenant": tenant_id, "store": store_id, "of_item": one, "at": at} for one in item_ids]
        self._statements.change_many(_CLOSE, rows)

    def ids_of(self, tenant_id: TenantId, store_id: StoreId, source: ItemSource) -> frozenset[OpenItemId]:
        """Return the ids of open items of a source that nothing has been taken of."""
        wish = {"tenant": tenant_id, "store": store_id, "of_source": source.value}
        return frozenset(OpenItemId(row.item_id) for row in self._statements.rows(_UNTOUCHED, wish))
