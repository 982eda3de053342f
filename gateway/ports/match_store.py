"""Where is kept what matching found, what orders are billed already, and how invoices without order are coded."""

import uuid
from collections.abc import Sequence
from typing import Protocol

from gateway.domain.ids import PayableId, PurchaseOrderId, StoreId, SupplierId, TenantId
from gateway.domain.payables.coding import CodingEvidence, CodingRule
from gateway.domain.payables.consumption import Consumption
from gateway.domain.payables.contract_terms import Contract, ContractUse
from gateway.domain.payables.matching_record import MatchDecision, MatchRecord


class MatchStore(Protocol):
    """Results of matching; every call names tenant and store."""

    def lock_orders(self, tenant_id: TenantId, store_id: StoreId, order_ids: Sequence[PurchaseOrderId]) -> None:
        """Hold what is taken of these orders until the unit ends; always locked in the same order."""

    def consumed(
        self, tenant_id: TenantId, store_id: StoreId, order_ids: Sequence[PurchaseOrderId]
    ) -> tuple[Consumption, ...]:
        """Return all entries of these orders, oldest first."""

    def consumed_by(self, tenant_id: TenantId, store_id: StoreId, payable_id: PayableId) -> tuple[Consumption, ...]:
        """Return all entries of a payable, oldest first."""

    def consume(self, tenant_id: TenantId, store_id: StoreId, entries: Sequence[Consumption]) -> None:
        """Store entries; hold the orders before with :meth:`lock_orders`."""

    def add_result(self, tenant_id: TenantId, store_id: StoreId, record: MatchRecord) -> None:
        """Store a result."""

    def results(
        self, tenant_id: TenantId, store_id: StoreId, payable_id: PayableId, *, limit: int
    ) -> tuple[MatchRecord, ...]:
        """Return the results of a payable, newest first."""

    def decide(self, tenant_id: TenantId, store_id: StoreId, decision: MatchDecision) -> None:
        """Store a decision behind the others of its payable."""

    def decisions(self, tenant_id: TenantId, store_id: StoreId, payable_id: PayableId) -> tuple[MatchDecision, ...]:
        """Return the decisions on a payable, oldest first."""

    def wait_for(self, tenant_id: TenantId, store_id: StoreId, payable_id: PayableId, keys: Sequence[str]) -> None:
        """Note what would make another match of a payable worth it, in place of what was noted before."""

    def waiting(self, tenant_id: TenantId, store_id: StoreId, keys: Sequence[str]) -> tuple[PayableId, ...]:
        """Return the payables that wait for one of these, by id."""

    def add_rule(self, tenant_id: TenantId, store_id: StoreId, rule: CodingRule) -> bool:
        """Store a coding rule; False, and nothing stored, when its id is there."""

    def update_rule(self, tenant_id: TenantId, store_id: StoreId, rule: CodingRule) -> bool:
        """Store a rule that was loaded at the version before this one; False when it has changed since."""

    def rule(self, tenant_id: TenantId, store_id: StoreId, rule_id: uuid.UUID) -> CodingRule | None:
        """Return one coding rule."""

    def rules(
        self, tenant_id: TenantId, store_id: StoreId, supplier_id: SupplierId | None = None
    ) -> tuple[CodingRule, ...]:
        """Return the coding rules of a supplier, or of all, newest first."""

    def add_evidence(self, tenant_id: TenantId, store_id: StoreId, evidence: Sequence[CodingEvidence]) -> None:
        """Store how people coded lines."""

    def evidence(self, tenant_id: TenantId, store_id: StoreId, supplier_id: SupplierId) -> tuple[CodingEvidence, ...]:
        """Return how lines of a supplier were coded, newest first, at most 1000."""

    def add_contract(self, tenant_id: TenantId, store_id: StoreId, contract: Contract) -> bool:
        """Store a contract; False, and nothing stored, when its id is there."""

    def update_contract(self, tenant_id: TenantId, store_id: StoreId, contract: Contract) -> bool:
        """Store a contract that was loaded at the version before this one; False when it has changed since."""

    def contract(self, tenant_id: TenantId, store_id: StoreId, contract_id: uuid.UUID) -> Contract | None:
        """Return one contract."""

    def lock_contract(self, tenant_id: TenantId, store_id: StoreId, contract_id: uuid.UUID) -> Contract | None:
        """Return one contract and hold it until the unit ends."""

    def contracts(
        self, tenant_id: TenantId, store_id: StoreId, supplier_id: SupplierId | None = None
    ) -> tuple[Contract, ...]:
        """Return the contracts of a supplier, or of all, newest first."""

    def use_contract(self, tenant_id: TenantId, store_id: StoreId, use: ContractUse) -> None:
        """Store what a payable billed of a contract; hold the contract before."""

    def contract_uses(self, tenant_id: TenantId, store_id: StoreId, contract_id: uuid.UUID) -> tuple[ContractUse, ...]:
        """Return what a contract has billed, oldest first."""

    def contract_uses_of(
        self, tenant_id: TenantId, store_id: StoreId, payable_id: PayableId
    ) -> tuple[ContractUse, ...]:
        """Return what a payable billed of contracts, oldest first."""
