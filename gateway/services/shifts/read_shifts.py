"""Shifts as they stand: one, the running one of a register, the last ones, and those that wait for a manager."""

from datetime import datetime

from gateway.domain.access import Caller, Permission
from gateway.domain.errors import NotPermitted
from gateway.domain.ids import RegisterId, ShiftId
from gateway.domain.shifts.shift import Shift, ShiftState, last_count
from gateway.ports.unit_of_work import Storage
from gateway.services.shifts.counted_cash import count_holds
from gateway.services.shifts.manage_shifts import ShiftView
from gateway.services.shifts.report_day import load_shift

PAGE_MAX = 100
"""Shifts of one answer."""


class ReadShifts:
    """Looks at shifts. Whoever may not review sees their own only, and of a running one nothing to count by."""

    def __init__(self, *, storage: Storage) -> None:
        self._storage = storage

    def get(self, caller: Caller, shift_id: ShiftId) -> ShiftView:
        """Return one shift with its facts and report.

        Raises:
            NotFound: ``shift_not_found``.
            NotPermitted: somebody else's closed shift without ``shifts:review``.
        """
        caller.require(Permission.SHIFTS_WORK)
        with self._storage.read() as unit:
            shift = load_shift(unit, caller, shift_id)
            facts = unit.shifts.facts(caller.tenant_id, caller.store_id, shift_id)
            report = unit.shifts.report(caller.tenant_id, caller.store_id, shift_id)
        if shift.closed_at is not None and not _may_see(caller, shift):
            raise NotPermitted("not_permitted", "This is somebody else's shift.", "Ask a manager.")
        return ShiftView(shift, facts, report)

    def running(self, caller: Caller, register_id: RegisterId) -> ShiftView | None:
        """Return the shift of a register that is not closed, with its facts."""
        caller.require(Permission.SHIFTS_WORK)
        with self._storage.read() as unit:
            shift = unit.shifts.running(caller.tenant_id, caller.store_id, register_id)
            if shift is None:
                return None
            return ShiftView(shift, unit.shifts.facts(caller.tenant_id, caller.store_id, shift.id))

    def is_outdated(self, caller: Caller, view: ShiftView) -> bool:
        """Return whether cash was moved after the shift was counted, so that it has to be counted again."""
        caller.require(Permission.SHIFTS_WORK)
        shift, count = view.shift, last_count(view.facts)
        if shift.state is not ShiftState.COUNTED or count is None:
            return False
        with self._storage.read() as unit:
            return not count_holds(unit, shift, count)

    def recent(
        self,
        caller: Caller,
        *,
        register_id: RegisterId | None = None,
        before: datetime | None = None,
        limit: int = PAGE_MAX,
    ) -> tuple[Shift, ...]:
        """Return shifts the caller may see, those opened last first; ``before``: opened earlier than this."""
        caller.require(Permission.SHIFTS_WORK)
        with self._storage.read() as unit:
            found = unit.shifts.list(
                caller.tenant_id, caller.store_id, register_id=register_id, before=before, limit=limit
            )
        return tuple(shift for shift in found if shift.closed_at is None or _may_see(caller, shift))

    def to_review(self, caller: Caller) -> tuple[ShiftView, ...]:
        """Return the closed shifts with a difference that nobody has settled, the oldest first.

        Raises:
            NotPermitted: without ``shifts:review``.
        """
        caller.require(Permission.SHIFTS_REVIEW)
        with self._storage.read() as unit:
            return tuple(
                ShiftView(shift, unit.shifts.facts(caller.tenant_id, caller.store_id, shift.id))
                for shift in unit.shifts.to_review(caller.tenant_id, caller.store_id)
            )


def _may_see(caller: Caller, shift: Shift) -> bool:
    return Permission.SHIFTS_REVIEW in caller.permissions or caller.name in {shift.cashier, shift.opened_by}
