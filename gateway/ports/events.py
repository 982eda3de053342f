"""Live events for screens and event streams: hints only, the database stays the truth."""

import uuid
from dataclasses import dataclass
from typing import Protocol

from gateway.domain.ids import DeviceId, PaymentId, StoreId, TenantId


@dataclass(frozen=True, slots=True)
class LiveEvent:
    """One hint. ``kind``: ``progress`` (words from the terminal), ``payment`` (state changed) or ``receipt``.

    ``sequence``: the payment event's number in the database for durable events, else None.
    """

    tenant_id: TenantId
    store_id: StoreId
    payment_id: PaymentId
    kind: str
    code: str
    words: str
    sequence: int | None = None


class Subscription(Protocol):
    """A bounded queue of events of one payment; drops the oldest hint rather than block a device."""

    def wait(self, timeout_s: float) -> LiveEvent | None:
        """Return the next event, or None after ``timeout_s`` seconds."""

    def close(self) -> None:
        """Stop listening."""


class EventBoard(Protocol):
    """Where device threads publish and event streams listen."""

    def publish(self, event: LiveEvent) -> None:
        """Hand the event to every listener of its payment; never blocks."""

    def subscribe(self, tenant_id: TenantId, store_id: StoreId, payment_id: PaymentId) -> Subscription:
        """Listen to one payment.

        Raises:
            OperationalError: ``too_many_streams`` when the limit is reached.
        """

    def latest_progress(self, payment_id: PaymentId) -> LiveEvent | None:
        """Return the last progress hint of a running payment, or None."""


class DeviceHints(Protocol):
    """Wakes the thread that owns a device on this node; does nothing when another node owns it."""

    def payment_sent(self, terminal_id: DeviceId, attempt_id: uuid.UUID) -> None:
        """An attempt was committed for this terminal."""

    def cancel_requested(self, terminal_id: DeviceId, attempt_id: uuid.UUID) -> None:
        """A cancel was committed for this attempt."""

    def outbox_filled(self, target: str) -> None:
        """A message for this target was committed."""

    def terminal_asked(self, terminal_id: DeviceId) -> None:
        """Somebody wants an open outcome asked again now."""
