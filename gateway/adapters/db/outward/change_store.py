"""The change feed in SQL: rows wait in the outbox and get their numbers under the lock of the feed's own row."""

from datetime import datetime
from typing import Any

from sqlalchemy import bindparam, delete, func, insert, select, text, update
from sqlalchemy.dialects import postgresql, sqlite

from gateway.adapters.db.among import among
from gateway.adapters.db.column_types import storable
from gateway.adapters.db.outward.outward_tables import change_feed, told_change
from gateway.adapters.db.statements import Statements
from gateway.adapters.db.tables import outbox
from gateway.domain.ids import StoreId, TenantId
from gateway.domain.telling.change import CHANGES, Change, ChangeSpan

_WAITING = (
    outbox.c.tenant_id == bindparam("tenant"),
    outbox.c.store_id == bindparam("store"),
    outbox.c.target == CHANGES,
    text("state <> 'done'"),
)
_ANY_WAITS = select(outbox.c.outbox_id).where(*_WAITING).limit(1)
_OLDEST = (
    select(outbox.c.outbox_id, outbox.c.payload, outbox.c.created_at)
    .where(*_WAITING)
    .order_by(outbox.c.created_at, outbox.c.outbox_id)
    .limit(bindparam("at_most"))
)
_TAKEN = delete(outbox).where(*_WAITING[:2], among(outbox.c.outbox_id, "taken"))

_FEED = (change_feed.c.tenant_id == bindparam("tenant"), change_feed.c.store_id == bindparam("store"))
_ENSURE = {
    False: sqlite.insert(change_feed).on_conflict_do_nothing(),
    True: postgresql.insert(change_feed).on_conflict_do_nothing(),
}
# Changes nothing, and holds the row until the commit.
_HOLD = (
    update(change_feed)
    .where(*_FEED)
    .values(last_sequence=change_feed.c.last_sequence)
    .returning(change_feed.c.last_sequence)
)
_COUNTED = update(change_feed).where(*_FEED).values(last_sequence=bindparam("new_last"))
_FORGOTTEN = update(change_feed).where(*_FEED).values(forgotten_sequence=bindparam("new_forgotten"))
_SPAN = select(change_feed.c.last_sequence, change_feed.c.forgotten_sequence).where(*_FEED)

_TOLD = (told_change.c.tenant_id == bindparam("tenant"), told_change.c.store_id == bindparam("store"))
_ADD = insert(told_change)
_KNOWN = select(told_change.c.message_id).where(*_TOLD, among(told_change.c.message_id, "taken"))
_PAGE = (
    select(told_change)
    .where(*_TOLD, told_change.c.sequence > bindparam("after"))
    .order_by(told_change.c.sequence)
    .limit(bindparam("at_most"))
)
_FIRST_YOUNG = select(func.min(told_change.c.sequence).label("first")).where(*_TOLD, told_change.c.at >= bindparam("t"))
_FORGET = delete(told_change).where(*_TOLD, told_change.c.sequence <= bindparam("until"))


class SqlChangeStore:
    """The feed; see ``ChangeStore``."""

    __slots__ = ("_statements",)

    def __init__(self, statements: Statements) -> None:
        self._statements = statements

    def waiting(self, tenant_id: TenantId, store_id: StoreId) -> bool:
        """Return whether anything waits for its number."""
        return self._statements.first(_ANY_WAITS, _here(tenant_id, store_id)) is not None

    def number(self, tenant_id: TenantId, store_id: StoreId, limit: int) -> int:
        """Number what waits; a change that was told before only leaves the queue."""
        here = _here(tenant_id, store_id)
        last = self._held(tenant_id, store_id)
        rows = self._statements.rows(_OLDEST, here | {"at_most": limit})
        if not rows:
            return 0
        taken = here | {"taken": [row.outbox_id for row in rows]}
        known = {row.message_id for row in self._statements.rows(_KNOWN, taken)}
        new = [row for row in rows if row.outbox_id not in known]
        place = {"tenant_id": tenant_id, "store_id": store_id}
        self._statements.change_many(
            _ADD,
            [
                place
                | {"sequence": sequence, "message_id": row.outbox_id, "at": row.created_at}
                | {"webhook_id": row.payload["id"], "kind": row.payload["kind"]}
                | {name: storable(row.payload[name]) for name in ("subject", "trace_id")}
                for sequence, row in enumerate(new, last + 1)
            ],
        )
        self._statements.change(_COUNTED, here | {"new_last": last + len(new)})
        self._statements.change(_TAKEN, taken)
        return len(rows)

    def span(self, tenant_id: TenantId, store_id: StoreId) -> ChangeSpan:
        """Return what is kept."""
        row = self._statements.first(_SPAN, _here(tenant_id, store_id))
        return ChangeSpan() if row is None else ChangeSpan(row.forgotten_sequence, row.last_sequence)

    def page(self, tenant_id: TenantId, store_id: StoreId, after: int, limit: int) -> tuple[Change, ...]:
        """Return changes in their order."""
        rows = self._statements.rows(_PAGE, _here(tenant_id, store_id) | {"after": after, "at_most": limit})
        return tuple(Change(row.sequence, row.webhook_id, row.kind, row.subject, row.trace_id, row.at) for row in rows)

    def forget(self, tenant_id: TenantId, store_id: StoreId, before: datetime) -> int:
        """Delete from the beginning, so that no gap comes about."""
        here = _here(tenant_id, store_id)
        last = self._held(tenant_id, store_id)
        young = self._statements.first(_FIRST_YOUNG, here | {"t": before})
        until = last if young is None or young.first is None else young.first - 1
        gone = self._statements.change(_FORGET, here | {"until": until})
        if gone:
            self._statements.change(_FORGOTTEN, here | {"new_forgotten": until})
        return gone

    def _held(self, tenant_id: TenantId, store_id: StoreId) -> int:
        """Hold the feed until the end of the unit; return its last sequence."""
        place = {"tenant_id": tenant_id, "store_id": store_id}
        self._statements.change(
            _ENSURE[self._statements.postgresql], place | {"last_sequence": 0, "forgotten_sequence": 0}
        )
        row = self._statements.first(_HOLD, _here(tenant_id, store_id))
        return 0 if row is None else int(row.last_sequence)


def _here(tenant_id: TenantId, store_id: StoreId) -> dict[str, Any]:
    return {"tenant": tenant_id, "store": store_id}
