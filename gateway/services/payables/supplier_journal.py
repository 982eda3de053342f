"""Writes the journal of suppliers: who did what, when and why, with what it was before and is now."""

from collections.abc import Mapping
from datetime import datetime

from gateway.domain.ids import derived_id
from gateway.domain.payables.supplier import Supplier
from gateway.ports.supplier_store import MasterEvent
from gateway.ports.unit_of_work import UnitOfWork


def tell_in(
    unit: UnitOfWork,
    supplier: Supplier,
    kind: str,
    *,
    actor: str,
    at: datetime,
    reason: str = "",
    changes: Mapping[str, tuple[str, str]] | None = None,
) -> None:
    """Add a line to a supplier's journal, in the unit of what it tells."""
    here = (supplier.tenant_id, supplier.store_id, supplier.id)
    sequence = unit.suppliers.next_sequence(*here)
    event = MasterEvent(sequence, derived_id(supplier.id, f"event {sequence}"), kind, actor, at, reason, changes)
    unit.suppliers.tell(*here, event)
