"""Approval of a payment run: a person says yes to a digest, and the files are written at that moment and kept."""

import hashlib
import logging
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from gateway.domain.access import Caller, Permission
from gateway.domain.changed import changed
from gateway.domain.errors import RuleError
from gateway.domain.ids import PaymentRunId
from gateway.domain.payables.payable import PayableState, PayableStep
from gateway.domain.payables.payment_order import BankFile, PaymentOrder, PaymentRun, RunState
from gateway.domain.payables.run_identity import message_id, run_digest
from gateway.logs.observability import log_event
from gateway.ports.bank_files import FileWish
from gateway.ports.unit_of_work import Storage, UnitOfWork
from gateway.services.payables.check_run import DATE_PAST, Checked, check_files, check_in, dated_again, take_out_in
from gateway.services.payables.payable_steps import steps_in
from gateway.services.payables.run_desk import RunDesk, locked_run, run_changed, run_step_refused, tell_in
from gateway.services.payables.run_orders import in_attempt
from gateway.services.payables.tell_runs import announce_run_in

_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class RunStep:
    """A run after a step. ``taken_out``: orders that went out instead; then nothing was approved or released."""

    run: PaymentRun
    files: tuple[BankFile, ...]
    taken_out: tuple[PaymentOrder, ...] = ()


class ApproveRun:
    """Approves runs."""

    def __init__(self, *, storage: Storage, desk: RunDesk) -> None:
        self._storage = storage
        self._desk = desk

    def approve(self, caller: Caller, run_id: PaymentRunId, digest: str) -> RunStep:
        """Approve what the caller saw: check everything once more, write the files and keep them.

        What must not be paid any more is taken out and told; then nothing is approved, and the caller looks again.

        Args:
            caller: a person; not one who approved an invoice in it or bank details of a payee.
            run_id: of a proposed run.
            digest: of what the caller saw.

        Raises:
            NotPermitted: without ``runs:approve``.
            NotFound: ``run_not_found``.
            RuleError: ``run_step_refused``, ``content_changed``, ``four_eyes_required``, ``run_empty``,
                ``own_account_not_writable``.
        """
        caller.require(Permission.RUNS_APPROVE)

        def work(unit: UnitOfWork) -> RunStep:
            run = locked_run(unit, caller.tenant_id, caller.store_id, run_id)
            # The same yes once more, by the same person, is an answer that was lost.
            if run.state is RunState.APPROVED and run.digest == digest and run.approved_by == caller.id:
                return RunStep(run, current_files(unit, run))
            if run.state is not RunState.PROPOSED:
                raise run_step_refused(run, "approved")
            check_digest(run, digest)
            now = self._desk.clock.now().replace(microsecond=0)
            checked = check_in(unit, self._desk, run, PayableState.SCHEDULED)
            if checked.faults:
                return corrected_in(unit, self._desk, run, checked, actor=caller.name, at=now)
            if not checked.orders:
                raise RuleError("run_empty", "There is no payment left in this run.", "Discard it.")
            check_files(checked)
            check_other_person(unit, caller, checked)
            return self._approve(unit, caller, run, checked, now)

        done = self._storage.write_retrying(work)
        log_event(_log, "run.approve_asked", run_id=run_id, state=done.run.state.value, taken_out=len(done.taken_out))
        return done

    def _approve(self, unit: UnitOfWork, caller: Caller, run: PaymentRun, checked: Checked, now: datetime) -> RunStep:
        approved = replace(
            run,
            state=RunState.APPROVED,
            approved_by=caller.id,
            approved_at=now,
            changed_at=now,
            version=run.version + 1,
        )
        orders, files = written(self._desk, approved, checked.orders)
        if not unit.payment_runs.update(approved):
            raise run_changed()
        if not unit.payment_runs.put_in_files(run.tenant_id, run.store_id, orders):
            raise run_changed()
        unit.payment_runs.add_files(approved, files)
        details = {one: {"run_id": str(run.id)} for one in checked.payables}
        payables = list(checked.payables.values())
        steps_in(unit, payables, PayableStep.RUN_APPROVED, actor=caller.name, at=now, details=details)
        told = {"digest": run.digest} | {f"file {one.file_no}": one.sha256 for one in files}
        tell_in(unit, approved, [("approved", None, "", told)], actor=caller.name, at=now)
        figures = {"digest": run.digest, "orders": str(len(orders))}
        announce_run_in(unit, self._desk.announcer, approved, "approved", figures, at=now)
        if self._desk.mail is not None:
            self._desk.mail.release_waits_in(unit, approved, len(orders))
        return RunStep(approved, files)


def check_digest(run: PaymentRun, digest: str) -> None:
    """Raise RuleError ``content_changed`` unless the caller saw what the run is now."""
    if run.digest != digest:
        hint = "Load it again and look at what is different."
        raise RuleError("content_changed", "The payment run is not what you looked at any more.", hint)


def check_other_person(unit: UnitOfWork, caller: Caller, checked: Checked) -> None:
    """Refuse a person who approved an invoice in a run, or asked for or confirmed the account of one of its payees.

    Raises:
        RuleError: ``four_eyes_required``.
    """
    accounts = (checked.accounts.get(one.payee.supplier_id) for one in checked.orders)
    at_accounts = {person for one in accounts if one is not None for person in (one.requested_by, one.decided_by)}
    voted = unit.approvals.voters(caller.tenant_id, caller.store_id, list(checked.payables))
    if caller.id in at_accounts | voted:
        message = "You approved an invoice in this run, or bank details of one of its payees."
        raise RuleError("four_eyes_required", message, "Somebody else has to do this.")


def corrected_in(
    unit: UnitOfWork, desk: RunDesk, run: PaymentRun, checked: Checked, *, actor: str, at: datetime
) -> RunStep:
    """Take out what cannot go, date what came too late again, and have the run looked at once more as a proposal.

    Files that were written are left behind with their attempt: nothing of a new attempt has their names.
    """
    was_approved = run.state is RunState.APPROVED
    run = replace(
        run,
        state=RunState.PROPOSED,
        attempt=run.attempt + (1 if was_approved else 0),
        approved_by=None,
        approved_at=None,
        changed_at=at,
        version=run.version + 1,
    )
    to_date = {key for key, fault in checked.faults.items() if fault.code == DATE_PAST}
    out = {key: fault for key, fault in checked.faults.items() if key not in to_date}
    taken = take_out_in(unit, run, checked.orders, checked.payables, out, actor=actor, at=at)
    kept = []
    for order in checked.orders:
        if order.id in out:
            continue
        dated = replace(order, execute_on=dated_again(desk, order, at)) if order.id in to_date else order
        kept.append(replace(in_attempt(run, dated), file_no=None, version=order.version + 1))
    if not unit.payment_runs.replace_orders(run.tenant_id, run.store_id, kept):
        raise run_changed()
    if was_approved:
        _scheduled_again(unit, run, checked, kept, actor=actor, at=at)
    run = replace(run, digest=run_digest(run, kept))
    if not unit.payment_runs.update(run):
        raise run_changed()
    told = [("dated_again", key, "", None) for key in to_date]
    summary = {"digest": run.digest, "taken_out": str(len(taken))}
    tell_in(unit, run, [*told, ("corrected", None, "", summary)], actor=actor, at=at)
    return RunStep(run, (), (*taken, *(one for one in kept if one.id in to_date)))


def _scheduled_again(
    unit: UnitOfWork,
    run: PaymentRun,
    checked: Checked,
    kept: Sequence[PaymentOrder],
    *,
    actor: str,
    at: datetime,
) -> None:
    """The life cycle has no step back from an approved run but out of it: the payables leave and come again."""
    stay = [checked.payables[part.payable_id] for order in kept for part in order.allocations]
    details = {one.id: {"run_id": str(run.id), "code": "run_corrected"} for one in stay}
    out = steps_in(unit, stay, PayableStep.DROPPED, actor=actor, at=at, details=details)
    steps_in(unit, out, PayableStep.SCHEDULED, actor=actor, at=at, details=details)


def written(
    desk: RunDesk, run: PaymentRun, orders: Sequence[PaymentOrder], *, again: bool = False
) -> tuple[tuple[PaymentOrder, ...], tuple[BankFile, ...]]:
    """Write the files of an attempt; return the orders with the number of their file (version + 1) and the files.

    The same run, attempt and orders always give the same bytes. ``again``: only to compare them with those.
    """
    write = desk.writer.write_again if again else desk.writer.write
    placed: list[PaymentOrder] = []
    files: list[BankFile] = []
    for account_id in dict.fromkeys(one.bank_account_id for one in orders):
        account = desk.account(account_id)
        mine = [one for one in orders if one.bank_account_id == account_id]
        for form, parts in desk.writer.files_of(account, mine):
            number = len(files) + 1
            numbered = tuple(changed(one, {"file_no": number, "version": one.version + 1}) for one in parts)
            name = message_id(run, number)
            content = write(FileWish(name, run.approved_at or run.created_at, account, form, numbered))
            ending = "xml" if form.startswith("pain") else "ach"
            files.append(
                BankFile(
                    run_id=run.id,
                    file_no=number,
                    attempt=run.attempt,
                    bank_account_id=account_id,
                    message_id=name,
                    format=form,
                    sha256=hashlib.sha256(content).hexdigest(),
                    content=content,
                    orders=len(parts),
                    total_minor=sum(one.amount.minor for one in parts),
                    currency=parts[0].amount.currency.code,
                    remote_name=f"{name}.{ending}",
                )
            )
            placed += numbered
    placed.sort(key=lambda one: one.position)
    return tuple(placed), tuple(files)


def current_files(unit: UnitOfWork, run: PaymentRun) -> tuple[BankFile, ...]:
    """Return the files of a run's present attempt."""
    found = unit.payment_runs.files(run.tenant_id, run.store_id, run.id)
    return tuple(one for one in found if one.attempt == run.attempt)
