"""Ends a run when nothing of it is open any more: every payment is settled, rejected, returned or cancelled.

The end is a word about the run, not about its payments: a return that comes later still moves its payment, and the run
stays done. It follows from what the bank said, so it also ends a run whose hand-over nobody could confirm.
"""

from collections.abc import Iterable
from dataclasses import replace
from datetime import datetime

from gateway.domain.payables.payment_order import LIVING, FileState, OrderState, PaymentOrder, PaymentRun, RunState
from gateway.ports.announcer import Announcer
from gateway.ports.unit_of_work import UnitOfWork
from gateway.services.payables.hand_over_files import hand_over_task_id
from gateway.services.payables.run_desk import run_changed, tell_in
from gateway.services.payables.tell_runs import announce_run_in

_UNDER_WAY = frozenset({RunState.RELEASED, RunState.SENT})


def conclude_in(
    unit: UnitOfWork,
    announcer: Announcer,
    run: PaymentRun,
    orders: Iterable[PaymentOrder],
    *,
    actor: str,
    at: datetime,
) -> PaymentRun:
    """Return a locked run as it is after a change of its payments; stored as done when none of them is open.

    Args:
        unit: in which the payments changed.
        announcer: tells the outside.
        run: locked.
        orders: all of them, as they are now.
        actor: whose word was the last one.
        at: of the change.

    Raises:
        RuleError: ``run_changed``; the unit must end.
    """
    fates: dict[str, int] = {}
    known = tuple(orders)
    for one in known:
        if one.state in LIVING:
            return run
        fates[one.state.value] = fates.get(one.state.value, 0) + 1
    if run.state not in _UNDER_WAY:
        return run
    done = replace(run, state=RunState.DONE, changed_at=at, version=run.version + 1)
    if not unit.payment_runs.update(done):
        raise run_changed()
    detail = {name: str(number) for name, number in sorted(fates.items())}
    tell_in(unit, done, [("done", None, "", detail)], actor=actor, at=at)
    for file in unit.payment_runs.files(run.tenant_id, run.store_id, run.id):
        if file.attempt == run.attempt and file.state is not FileState.HANDED_OVER:
            # Whether the bank has the file is answered by what it said of the payments in it.
            task_id = hand_over_task_id(file)
            unit.bank_tasks.close(run.tenant_id, run.store_id, task_id, by=actor, note="done", at=at)
            spoken_of = any(one.file_no == file.file_no and one.state is not OrderState.CANCELLED for one in known)
            if file.state is FileState.STARTED and spoken_of:
                unit.payment_runs.set_file_state(done, file, FileState.HANDED_OVER, "")
    announce_run_in(unit, announcer, done, "done", detail, at=at)
    return done
