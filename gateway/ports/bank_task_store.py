"""Where tasks and decisions about payments with a bank are kept, and which node works the way to the bank."""

import uuid
from collections.abc import Sequence
from datetime import datetime
from typing import Protocol

from gateway.domain.ids import PaymentOrderId, StoreId, TenantId
from gateway.domain.payables.bank_task import BankDecision, BankTask

TASKS_MAX = 500
"""Tasks of one answer at most."""


class BankTaskStore(Protocol):
    """Tasks, decisions and the lease of the way to the bank; every call names tenant and store."""

    def add(self, tenant_id: TenantId, store_id: StoreId, tasks: Sequence[BankTask]) -> None:
        """Store tasks; those whose id is there stay as they are, open or closed."""

    def list(
        self, tenant_id: TenantId, store_id: StoreId, *, open_only: bool, limit: int = TASKS_MAX
    ) -> tuple[BankTask, ...]:
        """Return tasks, newest first."""

    def load(self, tenant_id: TenantId, store_id: StoreId, task_id: uuid.UUID) -> BankTask | None:
        """Return one task."""

    def of_order(self, tenant_id: TenantId, store_id: StoreId, order_id: PaymentOrderId) -> tuple[BankTask, ...]:
        """Return the tasks of one payment, oldest first."""

    def close(
        self, tenant_id: TenantId, store_id: StoreId, task_id: uuid.UUID, *, by: str, note: str, at: datetime
    ) -> bool:
        """Close a task; False when it is closed or unknown."""

    def decide(self, tenant_id: TenantId, store_id: StoreId, decision: BankDecision) -> bool:
        """Store a decision; False, and nothing stored, when its id is there."""

    def decisions(self, tenant_id: TenantId, store_id: StoreId, order_id: PaymentOrderId) -> tuple[BankDecision, ...]:
        """Return the decisions about one payment, oldest first."""

    def take_lease(self, tenant_id: TenantId, store_id: StoreId, name: str, holder: str, lease_s: int) -> bool:
        """Take or extend the right to work what ``name`` says, by the database's clock; False when another has it."""

    def give_back(self, tenant_id: TenantId, store_id: StoreId, name: str, holder: str) -> None:
        """Give the right back, if this holder has it."""
