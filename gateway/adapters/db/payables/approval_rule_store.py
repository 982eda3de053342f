"""Approval rules, limits and delegations in SQL, with the journal of their changes."""

import uuid
from datetime import date, datetime
from typing import Any

from sqlalchemy import bindparam, delete, insert, select, update

from gateway.adapters.db.column_types import storable
from gateway.adapters.db.outward.outward_store import adding
from gateway.adapters.db.payables.approval_tables import (
    approval_delegation,
    approval_limit,
    approval_rule,
    approval_setting_change,
)
from gateway.adapters.db.payments.mapping import AnyRow
from gateway.adapters.db.statements import Statements
from gateway.domain.access import Role
from gateway.domain.ids import PersonId, StoreId, SupplierId, TenantId
from gateway.domain.money import Currency, Money
from gateway.domain.payables.approval import ApprovalLimit, Delegation, SettingChange
from gateway.domain.payables.approval_rules import ApprovalRule
from gateway.domain.payables.signs import Risk, SignKind

_RULE, _LIMIT, _DELEGATION, _CHANGE = (
    approval_rule.c,
    approval_limit.c,
    approval_delegation.c,
    approval_setting_change.c,
)


def _here(columns: Any) -> tuple[Any, Any]:  # noqa: ANN401  # the columns of any table of this module
    return columns.tenant_id == bindparam("tenant"), columns.store_id == bindparam("store")


_RULES = select(approval_rule).where(*_here(_RULE)).order_by(_RULE.position, _RULE.name, _RULE.rule_id)
_ADD_RULE = adding(approval_rule)
_UPDATE_RULE = (
    update(approval_rule)
    .where(*_here(_RULE), _RULE.rule_id == bindparam("rule"), _RULE.version == bindparam("expected"))
    .values({name: bindparam(f"new_{name}") for name in ("position", "name", "body", "version")})
)
_REMOVE_RULE = delete(approval_rule).where(*_here(_RULE), _RULE.rule_id == bindparam("rule"))
_LIMITS = select(approval_limit).where(*_here(_LIMIT)).order_by(_LIMIT.person_id, _LIMIT.currency)
_REMOVE_LIMIT = delete(approval_limit).where(
    *_here(_LIMIT), _LIMIT.person_id == bindparam("person"), _LIMIT.currency == bindparam("money")
)
_DELEGATIONS = (
    select(approval_delegation)
    .where(*_here(_DELEGATION), _DELEGATION.ended_at.is_(None))
    .order_by(_DELEGATION.from_on.desc(), _DELEGATION.created_at.desc(), _DELEGATION.delegation_id)
)
_ADD_DELEGATION = adding(approval_delegation)
_END_DELEGATION = (
    update(approval_delegation)
    .where(*_here(_DELEGATION), _DELEGATION.delegation_id == bindparam("delegation"), _DELEGATION.ended_at.is_(None))
    .values(ended_at=bindparam("at"), ended_by=bindparam("by"))
)
_CHANGES = (
    select(approval_setting_change)
    .where(*_here(_CHANGE))
    .order_by(_CHANGE.recorded_at.desc(), _CHANGE.change_id.desc())
    .limit(bindparam("most"))
)


class SqlApprovalRules:
    """Rules, limits and delegations; see ``ApprovalRuleStore``."""

    __slots__ = ("_statements",)

    def __init__(self, statements: Statements) -> None:
        self._statements = statements

    def rules(self, tenant_id: TenantId, store_id: StoreId) -> tuple[ApprovalRule, ...]:
        """Return all rules by position and name."""
        return tuple(_rule_of(row) for row in self._statements.rows(_RULES, _at(tenant_id, store_id)))

    def put_rule(self, tenant_id: TenantId, store_id: StoreId, rule: ApprovalRule) -> bool:
        """Store a new rule (version 1) or one loaded at the version before; False when it has changed since."""
        row = {
            "position": rule.position,
            "name": storable(rule.name),
            "body": _rule_body(rule),
            "version": rule.version,
        }
        if rule.version == 1:
            place = {"tenant_id": tenant_id, "store_id": store_id, "rule_id": rule.id}
            return self._statements.first(_ADD_RULE, place | row) is not None
        change = {f"new_{name}": value for name, value in row.items()}
        wish = _at(tenant_id, store_id) | {"rule": rule.id, "expected": rule.version - 1}
        return self._statements.change(_UPDATE_RULE, wish | change) == 1

    def remove_rule(self, tenant_id: TenantId, store_id: StoreId, rule_id: uuid.UUID) -> bool:
        """Remove a rule; False when there is none."""
        return self._statements.change(_REMOVE_RULE, _at(tenant_id, store_id) | {"rule": rule_id}) == 1

    def limits(self, tenant_id: TenantId, store_id: StoreId) -> tuple[ApprovalLimit, ...]:
        """Return the limits of everybody, by person and currency."""
        return tuple(_limit_of(row) for row in self._statements.rows(_LIMITS, _at(tenant_id, store_id)))

    def put_limit(self, tenant_id: TenantId, store_id: StoreId, limit: ApprovalLimit) -> None:
        """Store a limit in place of the one of its person and currency; without any figure it is removed."""
        wish = _at(tenant_id, store_id) | {"person": limit.person_id, "money": limit.currency}
        self._statements.change(_REMOVE_LIMIT, wish)
        if limit.each is None and limit.per_day is None:
            return
        row = {
            "tenant_id": tenant_id,
            "store_id": store_id,
            "person_id": limit.person_id,
            "currency": limit.currency,
            "each_minor": None if limit.each is None else limit.each.minor,
            "per_day_minor": None if limit.per_day is None else limit.per_day.minor,
        }
        self._statements.change(insert(approval_limit), row)

    def delegations(self, tenant_id: TenantId, store_id: StoreId) -> tuple[Delegation, ...]:
        """Return all delegations that were not ended, newest first."""
        return tuple(_delegation_of(row) for row in self._statements.rows(_DELEGATIONS, _at(tenant_id, store_id)))

    def add_delegation(self, tenant_id: TenantId, store_id: StoreId, delegation: Delegation) -> bool:
        """Store a delegation; False, and nothing stored, when its id is there."""
        row = {
            "tenant_id": tenant_id,
            "store_id": store_id,
            "delegation_id": delegation.id,
            "from_person_id": delegation.from_person_id,
            "to_person_id": delegation.to_person_id,
            "from_on": delegation.from_on.isoformat(),
            "until_on": delegation.until_on.isoformat(),
            "reason": storable(delegation.reason),
            "created_by": storable(delegation.created_by),
            "created_at": delegation.created_at,
            "ended_at": delegation.ended_at,
            "ended_by": storable(delegation.ended_by),
        }
        return self._statements.first(_ADD_DELEGATION, row) is not None

    def end_delegation(
        self, tenant_id: TenantId, store_id: StoreId, delegation_id: uuid.UUID, *, by: str, at: datetime
    ) -> bool:
        """End a delegation early; False when there is none that goes on."""
        wish = _at(tenant_id, store_id) | {"delegation": delegation_id, "by": storable(by), "at": at}
        return self._statements.change(_END_DELEGATION, wish) == 1

    def note_change(self, tenant_id: TenantId, store_id: StoreId, change: SettingChange) -> None:
        """Add a line to the journal of rules, limits and delegations."""
        row = {
            "tenant_id": tenant_id,
            "store_id": store_id,
            "change_id": change.id,
            "subject": change.subject,
            "subject_id": change.subject_id,
            "actor": storable(change.actor),
            "before": change.before,
            "now": change.now,
            "recorded_at": change.at,
        }
        self._statements.change(insert(approval_setting_change), row)

    def changes(self, tenant_id: TenantId, store_id: StoreId, *, limit: int) -> tuple[SettingChange, ...]:
        """Return that journal, newest first."""
        rows = self._statements.rows(_CHANGES, _at(tenant_id, store_id) | {"most": limit})
        return tuple(
            SettingChange(
                uuid.UUID(str(row.change_id)),
                row.subject,
                row.subject_id,
                row.actor,
                row.recorded_at,
                row.before,
                row.now,
            )
            for row in rows
        )


def _at(tenant_id: TenantId, store_id: StoreId) -> dict[str, Any]:
    return {"tenant": tenant_id, "store": store_id}


def _rule_body(rule: ApprovalRule) -> dict[str, Any]:
    return {
        "active": rule.active,
        "approvers": rule.approvers,
        "currency": rule.currency,
        "from_minor": rule.from_minor,
        "below_minor": rule.below_minor,
        "supplier": None if rule.supplier_id is None else str(rule.supplier_id),
        "cost_centre": storable(rule.cost_centre),
        "risk": rule.risk,
        "sign": rule.sign,
        "roles": list(rule.roles),
        "people": [str(one) for one in rule.person_ids],
    }


def _rule_of(row: AnyRow) -> ApprovalRule:
    body = row.body
    return ApprovalRule(
        id=uuid.UUID(str(row.rule_id)),
        name=row.name,
        approvers=body["approvers"],
        position=row.position,
        active=body["active"],
        currency=body["currency"],
        from_minor=body["from_minor"],
        below_minor=body["below_minor"],
        supplier_id=None if body["supplier"] is None else SupplierId(uuid.UUID(body["supplier"])),
        cost_centre=body["cost_centre"],
        risk=None if body["risk"] is None else Risk(body["risk"]),
        sign=None if body["sign"] is None else SignKind(body["sign"]),
        roles=tuple(Role(one) for one in body["roles"]),
        person_ids=tuple(PersonId(uuid.UUID(one)) for one in body["people"]),
        version=row.version,
    )


def _limit_of(row: AnyRow) -> ApprovalLimit:
    currency = Currency.of(row.currency)
    return ApprovalLimit(
        PersonId(row.person_id),
        row.currency,
        None if row.each_minor is None else Money(row.each_minor, currency),
        None if row.per_day_minor is None else Money(row.per_day_minor, currency),
    )


def _delegation_of(row: AnyRow) -> Delegation:
    return Delegation(
        id=uuid.UUID(str(row.delegation_id)),
        from_person_id=PersonId(row.from_person_id),
        to_person_id=PersonId(row.to_person_id),
        from_on=date.fromisoformat(row.from_on),
        until_on=date.fromisoformat(row.until_on),
        reason=row.reason,
        created_by=row.created_by,
        created_at=row.created_at,
        ended_at=row.ended_at,
        ended_by=row.ended_by,
    )
