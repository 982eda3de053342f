"""Storage of what leaves the shop: endpoints, the queues of systems outside, and links to receipts."""

import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from gateway.domain.ids import OutboxId, StoreId, TenantId
from gateway.domain.outbox import OutboxMessage
from gateway.domain.telling.outward import OutwardSystem, Waiting
from gateway.domain.telling.webhook import Endpoint, EndpointId


class WebhookStore(Protocol):
    """Endpoints of webhooks."""

    def add(self, endpoint: Endpoint) -> bool:
        """Insert an endpoint; False when its id is taken."""

    def update(self, endpoint: Endpoint) -> bool:
        """Store everything of an endpoint but who made it and when; False when there is none."""

    def get(self, tenant_id: TenantId, store_id: StoreId, endpoint_id: EndpointId) -> Endpoint | None:
        """Return one endpoint, also a removed one."""

    def list(self, tenant_id: TenantId, store_id: StoreId) -> tuple[Endpoint, ...]:
        """Return the endpoints that were not removed, oldest first."""


class OutwardStore(Protocol):
    """Queues of the systems outside: one node works a system at a time, by a lease with an epoch."""

    def ensure(self, system: OutwardSystem) -> None:
        """Insert a system, unless it is known."""

    def systems(self, tenant_id: TenantId, store_id: StoreId) -> tuple[OutwardSystem, ...]:
        """Return the systems by target, without those that were stopped for good."""

    def fared(self, system: OutwardSystem) -> None:
        """Store how a system fared: tries, pause, last success, last words."""

    def stop(self, tenant_id: TenantId, store_id: StoreId, target: str, *, stopped: bool) -> None:
        """Have nothing sent to a system any more, or again and at once."""

    def due(self, tenant_id: TenantId, store_id: StoreId, now: datetime) -> tuple[OutwardSystem, ...]:
        """Return the systems that have something to send and are neither stopped nor paused."""

    def acquire(self, tenant_id: TenantId, store_id: StoreId, target: str, holder: str, lease_s: int) -> int | None:
        """Take or extend the lease of a system by the database's clock; return its epoch, None when another has it."""

    def release(self, holder: str, target: str | None = None) -> None:
        """Give back one lease of this holder, or all of them."""

    def take_back(self, tenant_id: TenantId, store_id: StoreId, target: str, now: datetime) -> int:
        """Make what is marked as started ready again: whoever started it is gone; return how many."""

    def start_next(
        self, tenant_id: TenantId, store_id: StoreId, target: str, *, epoch: int, now: datetime
    ) -> OutboxMessage | None:
        """Mark the oldest due message of a system as started under this epoch and return it."""

    def finish(self, message: OutboxMessage, *, epoch: int, now: datetime) -> bool:
        """Store state, tries, due_at, note and payload if still started under this epoch; False when fenced off."""

    def waiting(self, tenant_id: TenantId, store_id: StoreId) -> tuple[Waiting, ...]:
        """Return what waits for each system, in one look; a system without anything is left out."""

    def messages(
        self,
        tenant_id: TenantId,
        store_id: StoreId,
        target: str,
        *,
        state: str | None,
        before: OutboxId | None,
        limit: int,
    ) -> tuple[OutboxMessage, ...]:
        """Return messages of a system, newest first, of one state or of all; ``before``: those older than this one."""

    def to_replay(
        self, tenant_id: TenantId, store_id: StoreId, target: str, since: datetime, limit: int
    ) -> tuple[OutboxMessage, ...]:
        """Return messages that ended (done or dead) and came at ``since`` or later, oldest first."""

    def again(self, message: OutboxMessage, now: datetime) -> bool:
        """Put a message that ended back as it is given; False when it has not ended."""

    def give_up(self, tenant_id: TenantId, store_id: StoreId, target: str, *, note: str, now: datetime) -> int:
        """Make everything that waits for a system a dead letter; return how many."""

    def forget(self, tenant_id: TenantId, store_id: StoreId, kinds: Sequence[str], before: datetime) -> int:
        """Delete messages of these kinds that ended before this instant; return how many."""


@dataclass(frozen=True, slots=True)
class ReceiptLink:
    """A way to look at one receipt without signing in. ``token_hash``: SHA-256 of the token in hexadecimal digits.

    ``subject``: ``payment``, ``refund`` or ``sale``; ``opened``: how often it was looked at.
    """

    tenant_id: TenantId
    store_id: StoreId
    id: uuid.UUID
    token_hash: str
    subject: str
    subject_id: uuid.UUID
    created_at: datetime
    created_by: str
    expires_at: datetime
    opened: int = 0


class ReceiptLinkStore(Protocol):
    """Links to receipts."""

    def add(self, link: ReceiptLink) -> ReceiptLink:
        """Insert a link; return what is stored under its id, which is the earlier one when the id is taken."""

    def open(self, tenant_id: TenantId, store_id: StoreId, token_hash: str, now: datetime) -> ReceiptLink | None:
        """Count a look at a link and return it; None for an unknown or expired one."""

    def forget(self, tenant_id: TenantId, store_id: StoreId, now: datetime) -> int:
        """Delete the links that have expired; return how many."""
