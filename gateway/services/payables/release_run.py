"""Release of an approved payment run by another person: from then on its files are on their way to the bank."""

import logging
from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime

from gateway.domain.access import Caller, Permission
from gateway.domain.errors import RuleError
from gateway.domain.ids import PaymentRunId
from gateway.domain.payables.payable import PayableState
from gateway.domain.payables.payable_ledger import orders_released
from gateway.domain.payables.payment_order import BankFile, PaymentOrder, PaymentRun, RunState
from gateway.logs.observability import log_event
from gateway.ports.announcer import Announcer
from gateway.ports.unit_of_work import Storage, UnitOfWork
from gateway.services.payables.approve_run import (
    RunStep,
    check_digest,
    check_other_person,
    corrected_in,
    current_files,
    written,
)
from gateway.services.payables.check_run import Checked, check_files, check_in
from gateway.services.payables.run_desk import RunDesk, locked_run, run_changed, run_step_refused, tell_in
from gateway.services.payables.tell_runs import announce_run_in

_log = logging.getLogger(__name__)


class ReleaseRun:
    """Releases runs."""

    def __init__(self, *, storage: Storage, desk: RunDesk, announcer: Announcer) -> None:
        self._storage = storage
        self._desk = desk
        self._announcer = announcer

    def release(self, caller: Caller, run_id: PaymentRunId, digest: str) -> RunStep:
        """Release a run to the bank: checked once more, its files written again and compared, its money in transit.

        What must not be paid any more is taken out and told; then nothing is released, and the run is a proposal again.

        Args:
            caller: a person other than who approved the run, an invoice in it, or bank details of a payee.
            run_id: of an approved run.
            digest: of what the caller saw.

        Raises:
            NotPermitted: without ``runs:release``.
            NotFound: ``run_not_found``.
            RuleError: ``run_step_refused``, ``content_changed``, ``four_eyes_required``, ``file_differs``,
                ``own_account_not_writable``.
        """
        caller.require(Permission.RUNS_RELEASE)

        def work(unit: UnitOfWork) -> RunStep:
            run = locked_run(unit, caller.tenant_id, caller.store_id, run_id)
            if run.state is RunState.RELEASED and run.digest == digest and run.released_by == caller.id:
                return RunStep(run, current_files(unit, run))
            if run.state is not RunState.APPROVED:
                raise run_step_refused(run, "released")
            check_digest(run, digest)
            if run.approved_by == caller.id:
                message = "You approved this run: another person has to release it."
                raise RuleError("four_eyes_required", message, "Ask a treasurer.")
            now = self._desk.clock.now().replace(microsecond=0)
            checked = check_in(unit, self._desk, run, PayableState.IN_RUN)
            if checked.faults:
                return corrected_in(unit, self._desk, run, checked, actor=caller.name, at=now)
            check_files(checked)
            check_other_person(unit, caller, checked)
            return self._release(unit, caller, run, checked, now)

        done = self._storage.write_retrying(work)
        log_event(_log, "run.release_asked", run_id=run_id, state=done.run.state.value, taken_out=len(done.taken_out))
        return done

    def _release(self, unit: UnitOfWork, caller: Caller, run: PaymentRun, checked: Checked, now: datetime) -> RunStep:
        files = current_files(unit, run)
        check_reproducible(self._desk, run, checked.orders, files)
        released = replace(
            run,
            state=RunState.RELEASED,
            released_by=caller.id,
            released_at=now,
            changed_at=now,
            version=run.version + 1,
        )
        if not unit.payment_runs.update(released):
            raise run_changed()
        unit.ledger.add(orders_released(run.tenant_id, run.store_id, checked.orders, now))
        detail = {"digest": run.digest, "orders": str(len(checked.orders))}
        tell_in(unit, released, [("released", None, "", detail)], actor=caller.name, at=now)
        announce_run_in(unit, self._announcer, released, "released", detail, at=now)
        return RunStep(released, files)


def check_reproducible(
    desk: RunDesk, run: PaymentRun, orders: Sequence[PaymentOrder], files: Sequence[BankFile]
) -> None:
    """Write the files of a run again from what is stored and compare them.

    Raises:
        RuleError: ``file_differs``: what would go to the bank is not what was approved.
    """
    _, again = written(desk, run, orders, again=True)
    if [one.sha256 for one in again] != [one.sha256 for one in files] or any(
        one.content != other.content for one, other in zip(again, files, strict=True)
    ):
        hint = "The settings of an account have changed since: discard the run and propose another one."
        raise RuleError("file_differs", "The files of this run are not what its payments give today.", hint)
