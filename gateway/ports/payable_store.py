"""Where payables and their journals are kept."""

import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from typing import Protocol

from gateway.domain.ids import PayableId, StoreId, SupplierId, TenantId
from gateway.domain.money import Money
from gateway.domain.payables.payable import Payable, PayableEvent, PayableKind, PayableState

PAYABLES_PAGE_MAX = 100
CANDIDATES_MAX = 200


class PayableSort(StrEnum):
    """In which order payables are listed."""

    NEWEST = "newest"
    DUE = "due"
    """The earliest due date first."""


@dataclass(frozen=True, slots=True)
class PayableWish:
    """Which payables. ``text``: a part of supplier name or number; ``held``: only held ones, or only others."""

    states: tuple[PayableState, ...] = tuple(PayableState)
    text: str = ""
    supplier_id: SupplierId | None = None
    due_until: date | None = None
    held: bool | None = None
    sort: PayableSort = PayableSort.NEWEST
    kind: PayableKind | None = None


@dataclass(frozen=True, slots=True)
class PayableTally:
    """How many payables stand in each state, and how many of those not paid are held or overdue."""

    states: Mapping[PayableState, int]
    held: int
    overdue: int


class PayableStore(Protocol):
    """Payables of all stores; every call names tenant and store."""

    def add(self, payable: Payable) -> None:
        """Store a new payable.

        Raises:
            RuleError: ``already_recorded`` when its id is there.
        """

    def update(self, payable: Payable) -> bool:
        """Store a payable that was loaded at the version before this one; False when it has changed since."""

    def update_many(self, payables: Sequence[Payable]) -> bool:
        """As :meth:`update`, for many in few statements; False when one has changed since: the unit must end."""

    def move_many(self, payables: Sequence[Payable]) -> bool:
        """As :meth:`update_many`, where only state, paid amount and version have changed: a run moves thousands."""

    def move_alike(self, payables: Sequence[Payable]) -> bool:
        """As :meth:`update_many`, where only state and version have changed: quickest where many move alike."""

    def tell(self, payable: Payable, event: PayableEvent) -> None:
        """Add a line to the journal of a payable."""

    def tell_many(self, told: Sequence[tuple[Payable, PayableEvent]]) -> None:
        """As :meth:`tell`, for many in few statements."""

    def load(self, tenant_id: TenantId, store_id: StoreId, payable_id: PayableId) -> Payable | None:
        """Return one payable."""

    def load_many(
        self, tenant_id: TenantId, store_id: StoreId, payable_ids: Sequence[PayableId]
    ) -> Mapping[PayableId, Payable]:
        """Return payables by id, in few statements, without holding them."""

    def lock(self, tenant_id: TenantId, store_id: StoreId, payable_id: PayableId) -> Payable | None:
        """Return one payable and hold it until the unit ends."""

    def lock_many(
        self, tenant_id: TenantId, store_id: StoreId, payable_ids: Sequence[PayableId]
    ) -> Mapping[PayableId, Payable]:
        """Return payables by id and hold them until the unit ends; always locked in the same order."""

    def events(self, tenant_id: TenantId, store_id: StoreId, payable_id: PayableId) -> tuple[PayableEvent, ...]:
        """Return the journal of a payable, oldest first."""

    def next_sequences(
        self, tenant_id: TenantId, store_id: StoreId, payable_ids: Sequence[PayableId]
    ) -> Mapping[PayableId, int]:
        """Return the sequence each one's next event gets."""

    def list(
        self, tenant_id: TenantId, store_id: StoreId, wish: PayableWish, *, before: PayableId | None, limit: int
    ) -> tuple[Payable, ...]:
        """Return payables in the order wished for, behind ``before``."""

    def payable_now(
        self, tenant_id: TenantId, store_id: StoreId, *, supplier_ids: Sequence[SupplierId] | None = None
    ) -> tuple[Payable, ...]:
        """Return every payable that is approved or part paid and not held, by due date: what a run chooses from."""

    def counts(self, tenant_id: TenantId, store_id: StoreId) -> Mapping[PayableState, int]:
        """Return how many payables stand in each state."""

    def tally(self, tenant_id: TenantId, store_id: StoreId, *, today: date) -> PayableTally:
        """Return what a list shows above itself."""

    def of_invoice(self, tenant_id: TenantId, store_id: StoreId, document_invoice_id: uuid.UUID) -> Payable | None:
        """Return the payable made of a captured invoice."""

    def candidates(self, payable: Payable, supplier_ids: Sequence[SupplierId], *, since: date) -> tuple[Payable, ...]:
        """Return payables that may be the same: equal number key with these suppliers, or equal gross amount.

        Never the payable itself, no rejected or cancelled ones; newest first, at most 200.
        """

    def history(
        self, tenant_id: TenantId, store_id: StoreId, supplier_id: SupplierId, *, since: date
    ) -> tuple[tuple[date, Money], ...]:
        """Return date and gross amount of a supplier's invoices, oldest first: what is usual."""
