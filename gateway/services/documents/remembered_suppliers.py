"""What was learned of suppliers: shown with its evidence, deleted by people, taught by accepted invoices."""

import logging
import uuid
from collections.abc import Mapping
from typing import Any

from gateway.domain.access import Caller, Permission
from gateway.domain.documents.current_values import CurrentInvoice, current_values
from gateway.domain.documents.invoice import Invoice, InvoiceState
from gateway.domain.errors import NotFound
from gateway.domain.ids import InvoiceId, StoreId, TenantId, derived_id
from gateway.logs.observability import log_event
from gateway.ports.capture import SupplierLearning, Taught
from gateway.ports.clock import Clock
from gateway.ports.document_store import InvoiceWish, MemoryChange, MemoryEntry
from gateway.ports.unit_of_work import Storage, UnitOfWork
from invoice_capture.result_json import invoice_from_dict

_log = logging.getLogger(__name__)

CHANGES_SHOWN = 50
SAMPLES_MAX = 30
"""Accepted invoices a lesson is measured on before it serves."""
_NAMESPACE = uuid.UUID("8d0f1f0a-6a5e-5d0b-9a57-0f5c2c1a7e10")
"""Ids of entries follow from their keys, so that the same supplier is the same entry on every node."""


class RememberedSuppliers:
    """The supplier memory of the caller's store."""

    def __init__(self, *, storage: Storage, clock: Clock, learning: SupplierLearning) -> None:
        self._storage = storage
        self._clock = clock
        self._learning = learning

    def list(self, caller: Caller) -> tuple[MemoryEntry, ...]:
        """Return the entries."""
        caller.require(Permission.DOCUMENTS_READ)
        with self._storage.read() as unit:
            return unit.supplier_memory.entries(caller.tenant_id, caller.store_id)

    def changes(self, caller: Caller) -> tuple[MemoryChange, ...]:
        """Return what was learned and forgotten, newest first, at most 50."""
        caller.require(Permission.DOCUMENTS_READ)
        with self._storage.read() as unit:
            return unit.supplier_memory.changes(caller.tenant_id, caller.store_id, limit=CHANGES_SHOWN)

    def forget(self, caller: Caller, entry_id: uuid.UUID) -> None:
        """Delete an entry; the journal keeps who did it.

        Raises:
            NotPermitted: without ``documents:work``.
            NotFound: ``memory_entry_not_found``.
        """
        caller.require(Permission.DOCUMENTS_WORK)

        def work(unit: UnitOfWork) -> None:
            removed = unit.supplier_memory.remove(caller.tenant_id, caller.store_id, entry_id)
            if removed is None:
                raise NotFound("memory_entry_not_found", "Nothing is remembered under this id.", "Load the list again.")
            change = MemoryChange(entry_id, removed.key, "forgotten", None, caller.name, self._clock.now())
            unit.supplier_memory.note(caller.tenant_id, caller.store_id, change)

        self._storage.write_retrying(work)
        log_event(_log, "supplier_memory.forgotten", entry_id=entry_id, actor=caller.name)

    def learn_in(self, unit: UnitOfWork, invoice: Invoice, current: CurrentInvoice, actor: str) -> None:
        """Learn from an accepted invoice, within the unit that accepts it."""
        here = (invoice.tenant_id, invoice.store_id)
        known = {entry.key: entry for entry in unit.supplier_memory.entries(*here)}
        lesson = self._learning.learn(
            tuple(entry.entry for entry in known.values()),
            Taught(
                document=str(invoice.id),
                learned_on=self._clock.now().date(),
                captured=invoice_from_dict(invoice.capture),
                accepted=current.invoice,
            ),
            self._samples(unit, invoice),
        )
        if lesson.refused:
            log_event(_log, "supplier_memory.lesson_refused", invoice_id=invoice.id, reason=lesson.refused)
            return
        for entry in lesson.entries:
            before = known.pop(key_of(entry), None)
            if before is None or before.entry != entry:
                self._learned(unit, invoice.id, here, entry, actor)
        # What is left has become a part of another entry.
        for gone in known.values():
            unit.supplier_memory.remove(*here, gone.id)

    def _learned(
        self,
        unit: UnitOfWork,
        invoice_id: InvoiceId,
        here: tuple[TenantId, StoreId],
        entry: Mapping[str, Any],
        actor: str,
    ) -> None:
        now, key = self._clock.now(), key_of(entry)
        stored = MemoryEntry(derived_id(_NAMESPACE, key), key, entry, now, actor)
        unit.supplier_memory.put(*here, stored)
        unit.supplier_memory.note(*here, MemoryChange(stored.id, key, "learned", invoice_id, actor, now))

    def _samples(self, unit: UnitOfWork, invoice: Invoice) -> tuple[Taught, ...]:
        """Return invoices accepted before, newest first: on them a lesson is measured before it is taken."""
        wish = InvoiceWish(states=(InvoiceState.VALIDATED,))
        here = (invoice.tenant_id, invoice.store_id)
        accepted = unit.invoices.list(*here, wish, before=None, limit=SAMPLES_MAX)
        return tuple(self._taught(unit, one) for one in accepted if one.id != invoice.id)

    def _taught(self, unit: UnitOfWork, invoice: Invoice) -> Taught:
        captured = invoice_from_dict(invoice.capture)
        events = unit.invoices.events(invoice.tenant_id, invoice.store_id, invoice.id)
        current = current_values(captured, events)
        return Taught(
            document=str(invoice.id),
            learned_on=invoice.changed_at.date(),
            captured=captured,
            accepted=current.invoice,
        )


def key_of(entry: Mapping[str, Any]) -> str:
    """Return the name an entry has in the library, which stays when more is learned."""
    return str(entry["id"])
