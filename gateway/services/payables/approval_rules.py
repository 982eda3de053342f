"""Keeps the rules of approval and the limits of people: the administrator does, not those who approve.

What is changed counts for what is not approved yet; each change is kept with who made it.
"""

import logging
import uuid
from collections.abc import Mapping
from dataclasses import dataclass, replace

from gateway.domain.access import Caller, Permission
from gateway.domain.errors import InputError, NotFound, RuleError
from gateway.domain.ids import PersonId, derived_id, uuid7
from gateway.domain.payables.approval import ApprovalLimit, SettingChange
from gateway.domain.payables.approval_rules import RULES_MAX, ApprovalRule, checked_rule
from gateway.logs.observability import log_event
from gateway.ports.approval_store import CHANGES_SHOWN
from gateway.ports.clock import Clock
from gateway.ports.unit_of_work import Storage, UnitOfWork

_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class RuleBook:
    """Everything that decides who approves. ``changes``: the journal, newest first."""

    rules: tuple[ApprovalRule, ...]
    limits: tuple[ApprovalLimit, ...]
    changes: tuple[SettingChange, ...]


class KeepApprovalRules:
    """Rules and limits of the caller's store."""

    def __init__(self, *, storage: Storage, clock: Clock) -> None:
        self._storage = storage
        self._clock = clock

    def book(self, caller: Caller) -> RuleBook:
        """Return rules, limits and what was changed; for whoever sees payables, or keeps the rules."""
        if Permission.PEOPLE_MANAGE not in caller.permissions:
            caller.require(Permission.PAYABLES_READ)
        with self._storage.read() as unit:
            place = (caller.tenant_id, caller.store_id)
            return RuleBook(
                unit.approvals.rules(*place),
                unit.approvals.limits(*place),
                unit.approvals.changes(*place, limit=CHANGES_SHOWN),
            )

    def put(self, caller: Caller, rule: ApprovalRule) -> ApprovalRule:
        """Store a rule under its id: a new one, or in place of the version it was loaded at.

        Args:
            caller: the administrator.
            rule: with the version it was loaded at; 0 for a new one.

        Raises:
            NotPermitted: without ``people:manage``.
            InputError: ``invalid_approval_rule``, with a pointer; ``unknown_person``.
            RuleError: ``rule_changed`` when somebody was quicker; ``too_many_rules``.
        """
        caller.require(Permission.PEOPLE_MANAGE)
        stored = replace(checked_rule(rule), version=rule.version + 1)

        def work(unit: UnitOfWork) -> ApprovalRule:
            place = (caller.tenant_id, caller.store_id)
            self._check_people(unit, caller, rule.person_ids)
            before = {one.id: one for one in unit.approvals.rules(*place)}
            if rule.id not in before and len(before) >= RULES_MAX:
                message = f"A store has at most {RULES_MAX} rules."
                raise RuleError("too_many_rules", message, "Remove one that is not needed any more.")
            if before.get(rule.id) == replace(stored, version=before[rule.id].version if rule.id in before else 0):
                return before[rule.id]
            if not unit.approvals.put_rule(*place, stored):
                raise RuleError("rule_changed", "Somebody else has changed this rule.", "Load it again.")
            self._note(unit, caller, "rule", str(rule.id), _rule_told(before.get(rule.id)), _rule_told(stored))
            return stored

        kept = self._storage.write_retrying(work)
        log_event(_log, "approval.rule_changed", rule_id=rule.id, actor=caller.name)
        return kept

    def remove(self, caller: Caller, rule_id: uuid.UUID) -> None:
        """Remove a rule.

        Raises:
            NotPermitted: without ``people:manage``.
            NotFound: ``rule_not_found``.
        """
        caller.require(Permission.PEOPLE_MANAGE)

        def work(unit: UnitOfWork) -> None:
            place = (caller.tenant_id, caller.store_id)
            before = next((one for one in unit.approvals.rules(*place) if one.id == rule_id), None)
            if before is None or not unit.approvals.remove_rule(*place, rule_id):
                raise NotFound("rule_not_found", "There is no such rule in this store.", "Load the rules again.")
            self._note(unit, caller, "rule", str(rule_id), _rule_told(before), None)

        self._storage.write_retrying(work)
        log_event(_log, "approval.rule_removed", rule_id=rule_id, actor=caller.name)

    def limit(self, caller: Caller, limit: ApprovalLimit) -> None:
        """Store what a person may approve in a currency; without figures the limit is removed.

        Raises:
            NotPermitted: without ``people:manage``.
            InputError: ``unknown_person``; ``invalid_limit``.
        """
        caller.require(Permission.PEOPLE_MANAGE)
        if any(one is not None and one.minor <= 0 for one in (limit.each, limit.per_day)):
            raise InputError("invalid_limit", "A limit is above zero.", "Leave it empty for no limit.", "/each")

        def work(unit: UnitOfWork) -> None:
            place = (caller.tenant_id, caller.store_id)
            self._check_people(unit, caller, (limit.person_id,))
            same = (limit.person_id, limit.currency)
            before = next((one for one in unit.approvals.limits(*place) if (one.person_id, one.currency) == same), None)
            unit.approvals.put_limit(*place, limit)
            gone = limit.each is None and limit.per_day is None
            told = None if gone else _limit_told(limit)
            subject_id = f"{limit.person_id} {limit.currency}"
            self._note(unit, caller, "limit", subject_id, None if before is None else _limit_told(before), told)

        self._storage.write_retrying(work)
        log_event(_log, "approval.limit_changed", person_id=limit.person_id, actor=caller.name)

    def _check_people(self, unit: UnitOfWork, caller: Caller, person_ids: tuple[PersonId, ...]) -> None:
        known = {one.id for one in unit.access.people(caller.tenant_id, caller.store_id)}
        if not known.issuperset(person_ids):
            raise InputError("unknown_person", "Nobody of this store has this id.", "Load the people again.", "/people")

    def _note(
        self,
        unit: UnitOfWork,
        caller: Caller,
        subject: str,
        subject_id: str,
        before: Mapping[str, object] | None,
        now: Mapping[str, object] | None,
    ) -> None:
        at = self._clock.now()
        change_id = derived_id(uuid7(int(at.timestamp() * 1000)), subject_id)
        change = SettingChange(change_id, subject, subject_id, caller.name, at, before, now)
        unit.approvals.note_change(caller.tenant_id, caller.store_id, change)


def _rule_told(rule: ApprovalRule | None) -> Mapping[str, object] | None:
    if rule is None:
        return None
    return {
        "name": rule.name,
        "approvers": rule.approvers,
        "active": rule.active,
        "currency": rule.currency,
        "from_minor": rule.from_minor,
        "below_minor": rule.below_minor,
        "supplier": None if rule.supplier_id is None else str(rule.supplier_id),
        "cost_centre": rule.cost_centre,
        "risk": None if rule.risk is None else rule.risk.value,
        "sign": None if rule.sign is None else rule.sign.value,
        "roles": [role.value for role in rule.roles],
        "people": [str(one) for one in rule.person_ids],
    }


def _limit_told(limit: ApprovalLimit) -> Mapping[str, object]:
    return {
        "each": None if limit.each is None else limit.each.to_decimal(),
        "per_day": None if limit.per_day is None else limit.per_day.to_decimal(),
    }
