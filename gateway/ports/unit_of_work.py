"""Storage as the services see it: one unit of work is one database transaction."""

from collections.abc import Callable
from contextlib import AbstractContextManager
from typing import Protocol, TypeVar

from gateway.ports.access_store import AccessStore, ApiKey, Person, WebSession
from gateway.ports.device_store import DeviceRow, DeviceStore, Lease, LedgerStore, OutboxStore
from gateway.ports.payment_store import (
    Conclusion,
    Intent,
    PaymentEvent,
    PaymentRecord,
    PaymentStore,
    StoredAnswer,
)

T = TypeVar("T")


class UnitOfWork(Protocol):
    """One transaction."""

    @property
    def payments(self) -> PaymentStore:
        """Payments and attempts."""

    @property
    def devices(self) -> DeviceStore:
        """Devices and leases."""

    @property
    def outbox(self) -> OutboxStore:
        """Messages to deliver."""

    @property
    def ledger(self) -> LedgerStore:
        """Reads over the ledger."""

    @property
    def access(self) -> AccessStore:
        """People, sessions and keys."""


class Storage(Protocol):
    """The database. ``write`` commits when the block ends well and rolls back on an exception.

    A ``write`` block returns only after its commit is durable. It may be run again by ``write_retrying`` only.
    """

    def write(self) -> AbstractContextManager[UnitOfWork]:
        """Open a transaction that may write."""

    def read(self) -> AbstractContextManager[UnitOfWork]:
        """Open a transaction that only reads (a consistent snapshot)."""

    def write_retrying(self, work: Callable[[UnitOfWork], T]) -> T:
        """Run ``work`` in a write transaction; run it again after a serialization failure or deadlock."""


__all__ = [
    "AccessStore",
    "ApiKey",
    "Conclusion",
    "DeviceRow",
    "DeviceStore",
    "Intent",
    "Lease",
    "LedgerStore",
    "OutboxStore",
    "PaymentEvent",
    "PaymentRecord",
    "PaymentStore",
    "Person",
    "Storage",
    "StoredAnswer",
    "UnitOfWork",
    "WebSession",
]
