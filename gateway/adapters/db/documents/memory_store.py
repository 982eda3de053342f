"""The supplier memory in SQL: one entry for each key, and a journal of what was learned and forgotten."""

import uuid
from typing import Any

from sqlalchemy import bindparam, delete, insert, select

from gateway.adapters.db.column_types import storable
from gateway.adapters.db.documents.document_tables import supplier_memory, supplier_memory_change
from gateway.adapters.db.payments.mapping import AnyRow
from gateway.adapters.db.statements import Statements
from gateway.domain.ids import InvoiceId, StoreId, TenantId, derived_id
from gateway.ports.document_store import MemoryChange, MemoryEntry

_HERE = (supplier_memory.c.tenant_id == bindparam("tenant"), supplier_memory.c.store_id == bindparam("store"))
_ALL = select(supplier_memory).where(*_HERE).order_by(supplier_memory.c.entry_key)
_ONE = (*_HERE, supplier_memory.c.entry_id == bindparam("entry_of"))
_FORGET = delete(supplier_memory).where(*_ONE)
_SAME_KEY = delete(supplier_memory).where(*_HERE, supplier_memory.c.entry_key == bindparam("key_of"))
_CHANGES = (
    select(supplier_memory_change)
    .where(
        supplier_memory_change.c.tenant_id == bindparam("tenant"),
        supplier_memory_change.c.store_id == bindparam("store"),
    )
    .order_by(supplier_memory_change.c.recorded_at.desc(), supplier_memory_change.c.change_id.desc())
)


class SqlMemoryStore:
    """The supplier memory of all stores; see ``MemoryStore``."""

    __slots__ = ("_statements",)

    def __init__(self, statements: Statements) -> None:
        self._statements = statements

    def entries(self, tenant_id: TenantId, store_id: StoreId) -> tuple[MemoryEntry, ...]:
        """Return all entries by their keys."""
        return tuple(_entry_of(row) for row in self._statements.rows(_ALL, {"tenant": tenant_id, "store": store_id}))

    def put(self, tenant_id: TenantId, store_id: StoreId, entry: MemoryEntry) -> None:
        """Store an entry, in place of the one with the same key."""
        place: dict[str, Any] = {"tenant": tenant_id, "store": store_id}
        self._statements.change(_SAME_KEY, place | {"key_of": entry.key})
        row = {
            "tenant_id": tenant_id,
            "store_id": store_id,
            "entry_id": entry.id,
            "entry_key": storable(entry.key),
            "entry": dict(entry.entry),
            "changed_at": entry.changed_at,
            "changed_by": storable(entry.changed_by),
        }
        self._statements.change(insert(supplier_memory), row)

    def remove(self, tenant_id: TenantId, store_id: StoreId, entry_id: uuid.UUID) -> MemoryEntry | None:
        """Remove an entry and return it; None when there is none."""
        wish = {"tenant": tenant_id, "store": store_id, "entry_of": entry_id}
        row = self._statements.first(select(supplier_memory).where(*_ONE), wish)
        if row is None:
            return None
        self._statements.change(_FORGET, wish)
        return _entry_of(row)

    def note(self, tenant_id: TenantId, store_id: StoreId, change: MemoryChange) -> None:
        """Add a line to the memory's journal."""
        row = {
            "tenant_id": tenant_id,
            "store_id": store_id,
            "change_id": derived_id(change.entry_id, f"{change.kind} {change.invoice_id} {change.at.isoformat()}"),
            "entry_id": change.entry_id,
            "entry_key": storable(change.key),
            "kind": change.kind,
            "invoice_id": change.invoice_id,
            "actor": storable(change.actor),
            "recorded_at": change.at,
        }
        self._statements.change(insert(supplier_memory_change), row)

    def changes(self, tenant_id: TenantId, store_id: StoreId, *, limit: int) -> tuple[MemoryChange, ...]:
        """Return the journal, newest first."""
        rows = self._statements.rows(_CHANGES.limit(limit), {"tenant": tenant_id, "store": store_id})
        return tuple(_change_of(row) for row in rows)


def _entry_of(row: AnyRow) -> MemoryEntry:
    return MemoryEntry(row.entry_id, row.entry_key, row.entry, row.changed_at, row.changed_by)


def _change_of(row: AnyRow) -> MemoryChange:
    invoice_id = None if row.invoice_id is None else InvoiceId(row.invoice_id)
    return MemoryChange(row.entry_id, row.entry_key, row.kind, invoice_id, row.actor, row.recorded_at)
