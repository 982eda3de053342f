"""Standing in for an approver: given by the approver, from one day to another, and never passed on."""

import logging
import uuid
from dataclasses import dataclass
from datetime import date, timedelta, tzinfo

from gateway.domain.access import ROLE_PERMISSIONS, Caller, Permission
from gateway.domain.errors import InputError, NotFound, RuleError
from gateway.domain.ids import PersonId, derived_id
from gateway.domain.payables.approval import Delegation, SettingChange
from gateway.logs.observability import log_event
from gateway.ports.clock import Clock
from gateway.ports.unit_of_work import Storage, UnitOfWork

_log = logging.getLogger(__name__)

DAYS_MAX = 366
"""Longer than any leave: a delegation without an end would be forgotten."""


@dataclass(frozen=True, slots=True)
class WishedDelegation:
    """What an approver asks for. ``id``: made by the client; ``reason``: such as leave, may be empty."""

    id: uuid.UUID
    to_person_id: PersonId
    from_on: date
    until_on: date
    reason: str


class DelegateApprovals:
    """Delegations of the caller's store."""

    def __init__(self, *, storage: Storage, clock: Clock, zone: tzinfo) -> None:
        self._storage = storage
        self._clock = clock
        self._zone = zone

    def list(self, caller: Caller) -> tuple[Delegation, ...]:
        """Return the delegations that are in force or to come, newest first."""
        if Permission.PEOPLE_MANAGE not in caller.permissions:
            caller.require(Permission.PAYABLES_READ)
        today = self._clock.now().astimezone(self._zone).date()
        with self._storage.read() as unit:
            found = unit.approvals.delegations(caller.tenant_id, caller.store_id)
        return tuple(one for one in found if one.until_on >= today)

    def give(self, caller: Caller, wish: WishedDelegation) -> Delegation:
        """Have somebody stand in for the caller; the same id again is the same delegation.

        Raises:
            NotPermitted: without ``payables:approve``.
            InputError: ``invalid_delegation``, with a pointer: the days, or a person who cannot approve.
            RuleError: ``delegation_id_taken``.
        """
        caller.require(Permission.PAYABLES_APPROVE)
        at = self._clock.now()
        self._check_days(wish, at.astimezone(self._zone).date())
        delegation = Delegation(
            id=wish.id,
            from_person_id=PersonId(caller.id),
            to_person_id=wish.to_person_id,
            from_on=wish.from_on,
            until_on=wish.until_on,
            reason=wish.reason,
            created_by=caller.name,
            created_at=at,
        )

        def work(unit: UnitOfWork) -> Delegation:
            place = (caller.tenant_id, caller.store_id)
            person = next((one for one in unit.access.people(*place) if one.id == wish.to_person_id), None)
            may = person is not None and Permission.PAYABLES_APPROVE in ROLE_PERMISSIONS[person.role]
            if person is None or person.disabled or not may or person.id == caller.id:
                message = "This person cannot stand in for you: it has to be another one who may approve."
                raise InputError("invalid_delegation", message, "Choose another approver.", "/to")
            if not unit.approvals.add_delegation(*place, delegation):
                same = next((one for one in unit.approvals.delegations(*place) if one.id == wish.id), None)
                if same is None or same.from_person_id != caller.id:
                    raise RuleError("delegation_id_taken", "This id was used before.", "Make a new id.")
                return same
            told = {
                "from": str(delegation.from_person_id),
                "to": str(delegation.to_person_id),
                "from_on": wish.from_on.isoformat(),
                "until_on": wish.until_on.isoformat(),
            }
            change_id = derived_id(wish.id, "given")
            unit.approvals.note_change(
                *place, SettingChange(change_id, "delegation", str(wish.id), caller.name, at, None, told)
            )
            return delegation

        kept = self._storage.write_retrying(work)
        log_event(_log, "approval.delegated", delegation_id=wish.id, actor=caller.name)
        return kept

    def end(self, caller: Caller, delegation_id: uuid.UUID) -> None:
        """End a delegation early: whoever gave it, whoever has it, or the administrator.

        Raises:
            NotFound: ``delegation_not_found``, also for somebody else's.
        """
        at = self._clock.now()

        def work(unit: UnitOfWork) -> None:
            place = (caller.tenant_id, caller.store_id)
            found = next((one for one in unit.approvals.delegations(*place) if one.id == delegation_id), None)
            mine = found is not None and caller.id in (found.from_person_id, found.to_person_id)
            allowed = mine or Permission.PEOPLE_MANAGE in caller.permissions
            if found is None or not allowed:
                raise NotFound("delegation_not_found", "There is no such delegation.", "Load the list again.")
            unit.approvals.end_delegation(*place, delegation_id, by=caller.name, at=at)
            change = SettingChange(
                derived_id(delegation_id, "ended"),
                "delegation",
                str(delegation_id),
                caller.name,
                at,
                {"to": str(found.to_person_id), "until_on": found.until_on.isoformat()},
                None,
            )
            unit.approvals.note_change(*place, change)

        self._storage.write_retrying(work)
        log_event(_log, "approval.delegation_ended", delegation_id=delegation_id, actor=caller.name)

    def _check_days(self, wish: WishedDelegation, today: date) -> None:
        hint = f"It begins today or later, and lasts at most {DAYS_MAX} days."
        if wish.from_on < today:
            raise InputError("invalid_delegation", "A delegation cannot begin in the past.", hint, "/from_on")
        if not wish.from_on <= wish.until_on <= wish.from_on + timedelta(days=DAYS_MAX):
            raise InputError("invalid_delegation", "The last day does not fit.", hint, "/until_on")
