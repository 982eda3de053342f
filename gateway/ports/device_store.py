"""Devices and their leases, messages to deliver, and the ledger."""

import uuid
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from gateway.domain.cards.payment import TransactionNumbers
from gateway.domain.ids import DeviceId, OutboxId, StoreId, TenantId
from gateway.domain.ledger import Balance, Transfer
from gateway.domain.outbox import OutboxMessage

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
        """Return the devices of a store by id, without those that were retired."""

    def names(self, tenant_id: TenantId, store_id: StoreId) -> Mapping[DeviceId, str]:
        """Return the name of every device the store ever had, also of those that were retired."""

    def retire(self, tenant_id: TenantId, store_id: StoreId, device_id: DeviceId) -> bool:
        """Take a device out of use; False, and nothing changed, while it has an attempt without an outcome.

        Nothing can be stored for it or take its lease any more; its past stays. ``ensure`` brings it back.
        """

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
        """Return papers not done, oldest first, at most 500; see ``OutwardStore`` for what leaves the shop."""

    def get(self, tenant_id: TenantId, store_id: StoreId, message_id: OutboxId) -> OutboxMessage | None:
        """Return one message."""


class LedgerStore(Protocol):
    """The append-only ledger. The transfers of card payments are stored by ``PaymentStore`` and ``RefundStore``."""

    def add(self, transfers: Iterable[Transfer]) -> None:
        """Store transfers in this order, with the fact they follow from in the same unit.

        Raises:
            RuleError: ``already_recorded`` for a transfer that is stored, or a pending one that is closed already.
        """

    def balances(self, tenant_id: TenantId, store_id: StoreId) -> tuple[Balance, ...]:
        """Return the balance of every account, derived from the transfers by the database."""

    def gather_mark(self, tenant_id: TenantId, store_id: StoreId, at: datetime, *, least: int) -> object | None:
        """Add up what was recorded before ``at``, for balances to begin with, in a unit that only reads.

        Returns:
            What ``keep_mark`` takes; None when less than ``least`` transfers came since the mark before.
        """

    def keep_mark(self, tenant_id: TenantId, store_id: StoreId, mark: object) -> bool:
        """Store a mark; False, and nothing stored, when something was recorded before it since."""

    def transfers(
        self, tenant_id: TenantId, store_id: StoreId, *, cause_id: uuid.UUID | None = None, limit: int = 1000
    ) -> tuple[Transfer, ...]:
        """Return transfers, oldest first; all, or those of one cause."""
