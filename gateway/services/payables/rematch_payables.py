"""Matches again what waits for orders or goods, in the unit that brings them."""

from collections.abc import Sequence
from datetime import datetime
from typing import Protocol

from gateway.domain.ids import PayableId, PurchaseOrderId, StoreId, SupplierId, TenantId
from gateway.domain.payables.payable import Payable
from gateway.ports.unit_of_work import UnitOfWork
from gateway.services.payables.match_payable import keys_of_orders, waits_rows


class Advances(Protocol):
    """Goes on with a payable until a person or the bank is needed (``AdvancePayable``)."""

    def advance_in(self, unit: UnitOfWork, payable: Payable, *, actor: str, at: datetime) -> Payable:
        """Return the payable as it is after everything that follows by itself."""


class RematchPayables:
    """Matches again what waits for orders or goods."""

    def __init__(self, advance: Advances) -> None:
        self._advance = advance

    def rematch_for_in(
        self,
        unit: UnitOfWork,
        tenant_id: TenantId,
        store_id: StoreId,
        order_ids: Sequence[PurchaseOrderId],
        *,
        actor: str,
        at: datetime,
    ) -> tuple[PayableId, ...]:
        """Match what waits for these orders, or goods for them; return the payables that were looked at.

        Args:
            unit: that stored the orders or receipts.
            tenant_id: of the store.
            store_id: the store.
            order_ids: that are new, changed, or received something.
            actor: who brought them.
            at: now.
        """
        orders = [one for one in (unit.purchases.order(tenant_id, store_id, one) for one in order_ids) if one]
        keys = keys_of_orders(orders)
        return self._rematch(unit, tenant_id, store_id, keys, order_ids, actor=actor, at=at)

    def rematch_supplier_in(
        self,
        unit: UnitOfWork,
        tenant_id: TenantId,
        store_id: StoreId,
        supplier_id: SupplierId,
        *,
        actor: str,
        at: datetime,
    ) -> tuple[PayableId, ...]:
        """Match what waits to be coded of a supplier, as for orders: a rule or contract is new or has changed."""
        keys = (f"supplier:{supplier_id}",)
        return self._rematch(unit, tenant_id, store_id, keys, (), actor=actor, at=at)

    def _rematch(
        self,
        unit: UnitOfWork,
        tenant_id: TenantId,
        store_id: StoreId,
        keys: Sequence[str],
        order_ids: Sequence[PurchaseOrderId],
        *,
        actor: str,
        at: datetime,
    ) -> tuple[PayableId, ...]:
        held: dict[PayableId, Payable] = dict(
            unit.payables.lock_many(tenant_id, store_id, unit.matches.waiting(tenant_id, store_id, keys))
        )
        unit.matches.lock_orders(tenant_id, store_id, [*waits_rows(keys), *order_ids])
        # Whoever began to wait before we held the orders is visible now; nobody begins unseen after.
        later = [one for one in unit.matches.waiting(tenant_id, store_id, keys) if one not in held]
        held |= unit.payables.lock_many(tenant_id, store_id, later)
        for payable_id in sorted(held):
            self._advance.advance_in(unit, held[payable_id], actor=actor, at=at)
        return tuple(sorted(held))
