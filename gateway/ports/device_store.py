"""Devices and their leases, messages to deliver, and reads over the ledger."""

import uuid
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from gateway.domain.ids import DeviceId, OutboxId, StoreId, TenantId
from gateway.domain.ledger import Balance, Transfer
from gateway.domain.outbox import OutboxMessage
from gateway.domain.payment import TransactionNumbers

NO_NUMBERS = TransactionNumbers()


@dataclass(frozen=True, slots=True)
class DeviceRow:
    """A terminal or printer known to a store. ``kind``: ``terminal`` or ``printer``."""

    tenant_id: TenantId
    store_id: StoreId
    id: DeviceId
    kind: str
    name: str
    numbers: TransactionNumbers = NO_NUMBERS
    state_words: str = ""
    ready: bool = False


@dataclass(frozen=True, slots=True)
class Lease:
    """The right of one node to work one device until it expires, by database time. ``epoch`` grows with each take."""

    tenant_id: TenantId
    store_id: StoreId
    device_id: DeviceId
    holder: str
    epoch: int


class DeviceStore(Protocol):
    """Devices, their last numbers and their leases."""

    def ensure(self, row: DeviceRow) -> None:
        """Insert the device or update its name and kind; numbers stay."""

    def list(self, tenant_id: TenantId, store_id: StoreId) -> tuple[DeviceRow, ...]:
        """Return all devices of a store by id."""

    def heard(
        self,
        tenant_id: TenantId,
        store_id: StoreId,
        device_id: DeviceId,
        numbers: TransactionNumbers | None,
        *,
        ready: bool,
        words: str,
    ) -> None:
        """Store what a device said of itself; None leaves the numbers as they are."""

    def acquire(
        self, tenant_id: TenantId, store_id: StoreId, device_id: DeviceId, holder: str, lease_s: int
    ) -> Lease | None:
        """Take the lease when it is free, expired or ours already; a fresh take raises the epoch.

        Moves every open attempt of the device to the current epoch (also when the lease was ours already), so that an
        old holder's outcome meets a closed fence.
        Returns None when another node holds it. The holder name is unique per process start.
        """

    def renew(self, holder: str, lease_s: int) -> tuple[Lease, ...]:
        """Extend all leases of this holder that have not expired; return those still held."""

    def release(self, holder: str) -> None:
        """Give back all leases of this holder at once: at a clean stop, or for a former holder known to be dead."""


class OutboxStore(Protocol):
    """Messages to deliver."""

    def add(self, message: OutboxMessage) -> bool:
        """Insert a message; False when its id is already there."""

    def start_due(
        self, tenant_id: TenantId, store_id: StoreId, target: str, *, epoch: int, now: datetime, limit: int
    ) -> tuple[OutboxMessage, ...]:
        """Mark up to ``limit`` due messages of a target as started under this epoch, oldest first; return them."""

    def finish(self, message: OutboxMessage, *, epoch: int, now: datetime) -> bool:
        """Store state, tries, due_at and note if still started under this epoch; False when fenced off."""

    def mark_unsure(
        self, tenant_id: TenantId, store_id: StoreId, target: str, *, epoch: int, note: str, now: datetime
    ) -> int:
        """Mark messages started under an older epoch as unsure (they may have happened); return how many."""

    def waiting(self, tenant_id: TenantId, store_id: StoreId) -> tuple[OutboxMessage, ...]:
        """Return messages not done, oldest first, at most 500."""

    def get(self, tenant_id: TenantId, store_id: StoreId, message_id: OutboxId) -> OutboxMessage | None:
        """Return one message."""


class LedgerStore(Protocol):
    """Reads over the append-only ledger; writes happen with the facts they follow from."""

    def balances(self, tenant_id: TenantId, store_id: StoreId) -> tuple[Balance, ...]:
        """Return the balance of every account, derived from the transfers by the database."""

    def transfers(
        self, tenant_id: TenantId, store_id: StoreId, *, cause_id: uuid.UUID | None = None, limit: int = 1000
    ) -> tuple[Transfer, ...]:
        """Return transfers, oldest first; all, or those of one cause."""
