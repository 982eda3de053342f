"""Coding rules with their evidence, and contracts with what they have billed, in SQL."""

import uuid
from collections.abc import Sequence
from datetime import date
from typing import Any

from sqlalchemy import bindparam, insert, select, update

from gateway.adapters.db.column_types import storable
from gateway.adapters.db.payables.match_tables import coding_evidence, coding_rule, contract_use, supply_contract
from gateway.adapters.db.payments.mapping import AnyRow
from gateway.adapters.db.statements import Statements
from gateway.domain.ids import PayableId, StoreId, SupplierId, TenantId
from gateway.domain.money import Currency, Money
from gateway.domain.payables.coding import Coding, CodingEvidence, CodingRule, RuleState
from gateway.domain.payables.contract_terms import Contract, ContractUse, Period

EVIDENCE_MAX = 1000
"""Codings of one supplier that are looked at: older ones say little about what is usual now."""

_RULES_HERE = (coding_rule.c.tenant_id == bindparam("tenant"), coding_rule.c.store_id == bindparam("store"))
_RULES = select(coding_rule).where(*_RULES_HERE).order_by(coding_rule.c.created_at.desc(), coding_rule.c.rule_id)
_THIS_RULE = (*_RULES_HERE, coding_rule.c.rule_id == bindparam("this"))
_EVIDENCE = (
    select(coding_evidence)
    .where(
        coding_evidence.c.tenant_id == bindparam("tenant"),
        coding_evidence.c.store_id == bindparam("store"),
        coding_evidence.c.supplier_id == bindparam("supplier"),
    )
    .order_by(coding_evidence.c.recorded_at.desc(), coding_evidence.c.evidence_id.desc())
    .limit(EVIDENCE_MAX)
)
_HERE = (supply_contract.c.tenant_id == bindparam("tenant"), supply_contract.c.store_id == bindparam("store"))
_CONTRACTS = (
    select(supply_contract).where(*_HERE).order_by(supply_contract.c.created_at.desc(), supply_contract.c.contract_id)
)
_THIS = (*_HERE, supply_contract.c.contract_id == bindparam("this"))
_USES = (
    select(contract_use)
    .where(contract_use.c.tenant_id == bindparam("tenant"), contract_use.c.store_id == bindparam("store"))
    .order_by(contract_use.c.recorded_at, contract_use.c.use_id)
)


class SqlCodingStore:
    """The part of the store of matching that knows no orders."""

    __slots__ = ("_statements",)

    def __init__(self, statements: Statements) -> None:
        self._statements = statements

    def add_rule(self, tenant_id: TenantId, store_id: StoreId, rule: CodingRule) -> bool:
        """Store a coding rule; False, and nothing stored, when its id is there."""
        if self.rule(tenant_id, store_id, rule.id) is not None:
            return False
        place = {"tenant_id": tenant_id, "store_id": store_id, "rule_id": rule.id}
        self._statements.change(insert(coding_rule), place | _rule_row(rule))
        return True

    def update_rule(self, tenant_id: TenantId, store_id: StoreId, rule: CodingRule) -> bool:
        """Store a rule that was loaded at the version before this one; False when it has changed since."""
        statement = update(coding_rule).where(*_THIS_RULE, coding_rule.c.version == bindparam("before"))
        wish = {"tenant": tenant_id, "store": store_id, "this": rule.id, "before": rule.version - 1}
        return self._statements.change(statement.values(_rule_row(rule)), wish) == 1

    def rule(self, tenant_id: TenantId, store_id: StoreId, rule_id: uuid.UUID) -> CodingRule | None:
        """Return one coding rule."""
        wish = {"tenant": tenant_id, "store": store_id, "this": rule_id}
        row = self._statements.first(select(coding_rule).where(*_THIS_RULE), wish)
        return None if row is None else _rule_of(row)

    def rules(
        self, tenant_id: TenantId, store_id: StoreId, supplier_id: SupplierId | None = None
    ) -> tuple[CodingRule, ...]:
        """Return the coding rules of a supplier, or of all, newest first."""
        wish: dict[str, Any] = {"tenant": tenant_id, "store": store_id}
        statement = _RULES
        if supplier_id is not None:
            wish["supplier"] = supplier_id
            statement = statement.where(coding_rule.c.supplier_id == bindparam("supplier"))
        return tuple(_rule_of(row) for row in self._statements.rows(statement, wish))

    def add_evidence(self, tenant_id: TenantId, store_id: StoreId, evidence: Sequence[CodingEvidence]) -> None:
        """Store how people coded lines."""
        rows = [
            {
                "tenant_id": tenant_id,
                "store_id": store_id,
                "evidence_id": one.id,
                "supplier_id": one.supplier_id,
                "payable_id": one.payable_id,
                "line_no": one.line_no,
                "line_text": storable(one.text),
                "amount_minor": one.amount.minor,
                "currency": one.amount.currency.code,
                "account_code": storable(one.coding.account_code),
                "cost_centre": storable(one.coding.cost_centre),
                "tax_code": storable(one.coding.tax_code),
                "actor": storable(one.actor),
                "recorded_at": one.at,
            }
            for one in evidence
        ]
        self._statements.change_many(insert(coding_evidence), rows)

    def evidence(self, tenant_id: TenantId, store_id: StoreId, supplier_id: SupplierId) -> tuple[CodingEvidence, ...]:
        """Return how lines of a supplier were coded, newest first, at most 1000."""
        wish = {"tenant": tenant_id, "store": store_id, "supplier": supplier_id}
        return tuple(_evidence_of(row) for row in self._statements.rows(_EVIDENCE, wish))

    def add_contract(self, tenant_id: TenantId, store_id: StoreId, contract: Contract) -> bool:
        """Store a contract; False, and nothing stored, when its id is there."""
        if self.contract(tenant_id, store_id, contract.id) is not None:
            return False
        place = {"tenant_id": tenant_id, "store_id": store_id, "contract_id": contract.id}
        self._statements.change(insert(supply_contract), place | _contract_row(contract))
        return True

    def update_contract(self, tenant_id: TenantId, store_id: StoreId, contract: Contract) -> bool:
        """Store a contract that was loaded at the version before this one; False when it has changed since."""
        statement = update(supply_contract).where(*_THIS, supply_contract.c.version == bindparam("before"))
        wish = {"tenant": tenant_id, "store": store_id, "this": contract.id, "before": contract.version - 1}
        return self._statements.change(statement.values(_contract_row(contract)), wish) == 1

    def contract(self, tenant_id: TenantId, store_id: StoreId, contract_id: uuid.UUID) -> Contract | None:
        """Return one contract."""
        wish = {"tenant": tenant_id, "store": store_id, "this": contract_id}
        row = self._statements.first(select(supply_contract).where(*_THIS), wish)
        return None if row is None else _contract_of(row)

    def lock_contract(self, tenant_id: TenantId, store_id: StoreId, contract_id: uuid.UUID) -> Contract | None:
        """Return one contract and hold it until the unit ends."""
        wish = {"tenant": tenant_id, "store": store_id, "this": contract_id}
        row = self._statements.first(select(supply_contract).where(*_THIS).with_for_update(), wish)
        return None if row is None else _contract_of(row)

    def contracts(
        self, tenant_id: TenantId, store_id: StoreId, supplier_id: SupplierId | None = None
    ) -> tuple[Contract, ...]:
        """Return the contracts of a supplier, or of all, newest first."""
        wish: dict[str, Any] = {"tenant": tenant_id, "store": store_id}
        statement = _CONTRACTS
        if supplier_id is not None:
            wish["supplier"] = supplier_id
            statement = statement.where(supply_contract.c.supplier_id == bindparam("supplier"))
        return tuple(_contract_of(row) for row in self._statements.rows(statement, wish))

    def use_contract(self, tenant_id: TenantId, store_id: StoreId, use: ContractUse) -> None:
        """Store what a payable billed of a contract; hold the contract before."""
        row = {
            "tenant_id": tenant_id,
            "store_id": store_id,
            "use_id": use.id,
            "contract_id": use.contract_id,
            "payable_id": use.payable_id,
            "period_no": use.period_no,
            "amount_minor": use.amount.minor,
            "currency": use.amount.currency.code,
            "actor": storable(use.actor),
            "recorded_at": use.at,
        }
        self._statements.change(insert(contract_use), row)

    def contract_uses(self, tenant_id: TenantId, store_id: StoreId, contract_id: uuid.UUID) -> tuple[ContractUse, ...]:
        """Return what a contract has billed, oldest first."""
        wish = {"tenant": tenant_id, "store": store_id, "this": contract_id}
        rows = self._statements.rows(_USES.where(contract_use.c.contract_id == bindparam("this")), wish)
        return tuple(_use_of(row) for row in rows)

    def contract_uses_of(
        self, tenant_id: TenantId, store_id: StoreId, payable_id: PayableId
    ) -> tuple[ContractUse, ...]:
        """Return what a payable billed of contracts, oldest first."""
        wish = {"tenant": tenant_id, "store": store_id, "this": payable_id}
        rows = self._statements.rows(_USES.where(contract_use.c.payable_id == bindparam("this")), wish)
        return tuple(_use_of(row) for row in rows)


def _money(minor: int, currency: str) -> Money:
    return Money(minor, Currency.of(currency))


def _coding_to_json(coding: Coding) -> dict[str, str]:
    return {
        "account_code": storable(coding.account_code),
        "cost_centre": storable(coding.cost_centre),
        "tax_code": storable(coding.tax_code),
    }


def _rule_row(rule: CodingRule) -> dict[str, Any]:
    return {
        "supplier_id": rule.supplier_id,
        "state": rule.state.value,
        "rule": {
            "words": [storable(word) for word in rule.words],
            "least": rule.least.minor,
            "most": rule.most.minor,
            "currency": rule.least.currency.code,
            "coding": _coding_to_json(rule.coding),
            "evidence": [str(one) for one in rule.evidence],
        },
        "created_at": rule.created_at,
        "created_by": storable(rule.created_by),
        "decided_at": rule.decided_at,
        "decided_by": storable(rule.decided_by),
        "reason": storable(rule.reason),
        "version": rule.version,
    }


def _rule_of(row: AnyRow) -> CodingRule:
    told = row.rule
    return CodingRule(
        id=row.rule_id,
        supplier_id=SupplierId(row.supplier_id),
        words=tuple(told["words"]),
        least=_money(told["least"], told["currency"]),
        most=_money(told["most"], told["currency"]),
        coding=Coding(**told["coding"]),
        state=RuleState(row.state),
        created_at=row.created_at,
        created_by=row.created_by,
        evidence=tuple(uuid.UUID(one) for one in told["evidence"]),
        decided_by=row.decided_by,
        decided_at=row.decided_at,
        reason=row.reason,
        version=row.version,
    )


def _evidence_of(row: AnyRow) -> CodingEvidence:
    return CodingEvidence(
        id=row.evidence_id,
        supplier_id=SupplierId(row.supplier_id),
        payable_id=PayableId(row.payable_id),
        line_no=row.line_no,
        text=row.line_text,
        amount=_money(row.amount_minor, row.currency),
        coding=Coding(row.account_code, row.cost_centre, row.tax_code),
        actor=row.actor,
        at=row.recorded_at,
    )


def _contract_row(contract: Contract) -> dict[str, Any]:
    return {
        "supplier_id": contract.supplier_id,
        "name": storable(contract.name),
        "price_minor": contract.price.minor,
        "currency": contract.price.currency.code,
        "cap_minor": None if contract.cap is None else contract.cap.minor,
        "period": contract.period.value,
        "starts_on": contract.starts_on.isoformat(),
        "ends_on": None if contract.ends_on is None else contract.ends_on.isoformat(),
        "cancelled_on": None if contract.cancelled_on is None else contract.cancelled_on.isoformat(),
        "terms": {
            "coding": _coding_to_json(contract.coding),
            "words": [storable(word) for word in contract.words],
        },
        "created_at": contract.created_at,
        "created_by": storable(contract.created_by),
        "version": contract.version,
    }


def _contract_of(row: AnyRow) -> Contract:
    return Contract(
        id=row.contract_id,
        supplier_id=SupplierId(row.supplier_id),
        name=row.name,
        price=_money(row.price_minor, row.currency),
        period=Period(row.period),
        starts_on=date.fromisoformat(row.starts_on),
        coding=Coding(**row.terms["coding"]),
        created_at=row.created_at,
        created_by=row.created_by,
        ends_on=None if row.ends_on is None else date.fromisoformat(row.ends_on),
        cancelled_on=None if row.cancelled_on is None else date.fromisoformat(row.cancelled_on),
        cap=None if row.cap_minor is None else _money(row.cap_minor, row.currency),
        words=tuple(row.terms["words"]),
        version=row.version,
    )


def _use_of(row: AnyRow) -> ContractUse:
    return ContractUse(
        id=row.use_id,
        contract_id=row.contract_id,
        payable_id=PayableId(row.payable_id),
        period_no=row.period_no,
        amount=_money(row.amount_minor, row.currency),
        actor=row.actor,
        at=row.recorded_at,
    )
