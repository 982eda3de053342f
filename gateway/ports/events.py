"""Live events for screens and event streams: hints only, the database stays the truth."""

import uuid
from dataclasses import dataclass
from typing import Protocol

from gateway.domain.ids import DeviceId, PaymentId, RefundId, StoreId, TenantId
from gateway.ports.terminal import TerminalSilent

MovementId = PaymentId | RefundId | uuid.UUID


@dataclass(frozen=True, slots=True)
class LiveEvent:
    """One hint of a payment or refund.

    ``kind``: ``progress`` (words from the terminal), ``payment`` or ``refund`` (state changed) or ``receipt``.
    ``sequence``: the payment event's number in the database for durable events, else None.
    """

    tenant_id: TenantId
    store_id: StoreId
    movement_id: MovementId
    kind: str
    code: str
    words: str
    sequence: int | None = None


class Subscription(Protocol):
    """A bounded queue of events of one payment or refund; drops the oldest hint rather than block a device."""

    def wait(self, timeout_s: float) -> LiveEvent | None:
        """Return the next event, or None after ``timeout_s`` seconds."""

    def close(self) -> None:
        """Stop listening."""


class EventBoard(Protocol):
    """Where device threads publish and event streams listen."""

    def publish(self, event: LiveEvent) -> None:
        """Hand the event to every listener of its payment or refund; never blocks."""

    def subscribe(self, tenant_id: TenantId, store_id: StoreId, movement_id: MovementId) -> Subscription:
        """Listen to one payment or refund.

        Raises:
            OperationalError: ``too_many_streams`` when the limit is reached.
        """

    def latest_progress(self, movement_id: MovementId) -> LiveEvent | None:
        """Return the last progress hint of what runs, or None."""


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

    def held_reservations(self, terminal_id: DeviceId) -> tuple[int, ...] | TerminalSilent:
        """Ask the terminal for the receipt numbers of the reservations it holds; waits some seconds at most."""
