"""What is stored of the cash drawer and of orders to the kitchen. Both are facts: nothing is edited."""

import uuid
from datetime import date, datetime
from typing import Protocol

from gateway.domain.ids import RegisterId, StoreId, TenantId
from gateway.domain.outbox import OutboxMessage
from gateway.domain.printing.drawer import DrawerCause, DrawerOpening, DrawerOpeningId, DrawerRecord, DrawerResult
from gateway.domain.printing.kitchen import KitchenOrder, OrderId, TicketId

OPENINGS_MAX = 500
"""Openings read at once."""


class DrawerStore(Protocol):
    """Openings of the cash drawers of a store."""

    def add(self, opening: DrawerOpening) -> bool:
        """Store a wish; False, and nothing stored, when its id is there already."""

    def told(self, tenant_id: TenantId, store_id: StoreId, opening_id: DrawerOpeningId, result: DrawerResult) -> bool:
        """Store what became of it; False when that is known already."""

    def strand(self, tenant_id: TenantId, store_id: StoreId, target: str, result: DrawerResult) -> int:
        """Store this result for every wish whose message to ``target`` was begun and has none; return how many."""

    def get(self, tenant_id: TenantId, store_id: StoreId, opening_id: DrawerOpeningId) -> DrawerRecord | None:
        """Return one opening with its result."""

    def list(
        self,
        tenant_id: TenantId,
        store_id: StoreId,
        *,
        register_id: RegisterId | None = None,
        cause: DrawerCause | None = None,
        since: datetime | None = None,
        until: datetime | None = None,
        limit: int = OPENINGS_MAX,
    ) -> tuple[DrawerRecord, ...]:
        """Return openings, newest first, at most 500; ``since`` is included, ``until`` is not."""


class OrderStore(Protocol):
    """Orders to the kitchen of a store, each a ticket as it was sent once."""

    def add(self, order: KitchenOrder, request_hash: str) -> None:
        """Store an order.

        Raises:
            RuleError: ``already_recorded`` when its id is taken or the ticket was sent again meanwhile.
        """

    def next_number(self, tenant_id: TenantId, store_id: StoreId, day: date) -> int:
        """Return the next short number of a day, from 1; the unit of work that takes it holds up the others."""

    def get(self, tenant_id: TenantId, store_id: StoreId, order_id: OrderId) -> tuple[KitchenOrder, str] | None:
        """Return one order and the hash of its request."""

    def last_of(self, tenant_id: TenantId, store_id: StoreId, ticket_id: TicketId) -> KitchenOrder | None:
        """Return a ticket as it was sent last."""

    def recent(self, tenant_id: TenantId, store_id: StoreId, *, limit: int) -> tuple[KitchenOrder, ...]:
        """Return the newest orders, newest first, at most 500."""

    def give_up(self, tenant_id: TenantId, store_id: StoreId, printer_id: str, note: str, now: datetime) -> int:
        """Give up every paper that waits for a printer, with a note; return how many. What is printing goes on."""

    def papers_of(self, tenant_id: TenantId, store_id: StoreId, subject_id: uuid.UUID) -> tuple[OutboxMessage, ...]:
        """Return the papers of an order, a sale or whatever else and where they stand, copies too, oldest first."""
