"""What people change in a proposed run: drop a payment, postpone one invoice of it, take one in, discard it all."""

from collections.abc import Callable
from dataclasses import replace
from datetime import datetime

from gateway.domain.access import Caller, Permission
from gateway.domain.errors import InputError, NotFound, RuleError
from gateway.domain.ids import PayableId, PaymentOrderId, PaymentRunId
from gateway.domain.money import Money
from gateway.domain.payables.choose_payments import choose
from gateway.domain.payables.payable import PayableStep
from gateway.domain.payables.payment_order import LIVING, OrderState, PaymentOrder, PaymentRun, RunState
from gateway.domain.payables.run_identity import run_digest
from gateway.ports.unit_of_work import Storage, UnitOfWork
from gateway.services.payables.check_run import Fault, take_out_in
from gateway.services.payables.payable_steps import steps_in
from gateway.services.payables.propose_run import facts_in, schedule_in
from gateway.services.payables.run_desk import RunDesk, locked_run, run_changed, run_step_refused, tell_in
from gateway.services.payables.run_left_out import INVOICE_POSTPONED
from gateway.services.payables.run_orders import mark_of, orders_of, text_of

REASON_MAX = 500


class ChangeRun:
    """Changes proposed runs; each change makes another digest, so that nobody approves what they did not see."""

    def __init__(self, *, storage: Storage, desk: RunDesk) -> None:
        self._storage = storage
        self._desk = desk

    def drop(self, caller: Caller, run_id: PaymentRunId, order_id: PaymentOrderId, *, reason: str) -> PaymentRun:
        """Take a payment out; its payables wait for another run.

        Raises:
            NotPermitted: without ``payables:work``.
            NotFound: ``run_not_found``, ``payment_order_not_found``.
            InputError: ``reason_missing``.
            RuleError: ``run_step_refused`` unless it is a proposal.
        """

        def work(unit: UnitOfWork, run: PaymentRun, now: datetime) -> None:
            order = _planned(unit, run, order_id)
            self._drop(unit, run, order, caller, now, reason)

        return self._changed(caller, run_id, "order_dropped", reason, work)

    def postpone(self, caller: Caller, run_id: PaymentRunId, payable_id: PayableId, *, reason: str) -> PaymentRun:
        """Take one invoice or credit note out of its payment; the payment goes when nothing is left to pay.

        Raises:
            As :meth:`drop`.
        """

        def work(unit: UnitOfWork, run: PaymentRun, now: datetime) -> None:
            order = next(
                (one for one in _living(unit, run) if any(part.payable_id == payable_id for part in one.allocations)),
                None,
            )
            if order is None:
                raise _order_not_found()
            kept = tuple(part for part in order.allocations if part.payable_id != payable_id)
            total = sum(-part.amount.minor if part.credit else part.amount.minor for part in kept)
            if total <= 0:
                self._drop(unit, run, order, caller, now, reason)
                return
            smaller = replace(
                order,
                allocations=kept,
                amount=Money(total, order.amount.currency),
                worth=None if order.worth is None else order.worth.of(Money(total, order.amount.currency)),
                text=text_of(kept, order.reference, mark_of(run, order.position)),
                version=order.version + 1,
            )
            if not unit.payment_runs.replace_orders(run.tenant_id, run.store_id, [smaller]):
                raise run_changed()
            unit.payment_runs.set_allocations(run.tenant_id, run.store_id, smaller)
            payable = unit.payables.lock(run.tenant_id, run.store_id, payable_id)
            if payable is not None:
                details = {payable_id: {"run_id": str(run.id), "code": "postponed"}}
                steps_in(
                    unit, [payable], PayableStep.DROPPED, actor=caller.name, at=now, reason=reason, details=details
                )

        return self._changed(caller, run_id, INVOICE_POSTPONED, reason, work, payable_id)

    def take(self, caller: Caller, run_id: PaymentRunId, payable_id: PayableId, *, reason: str) -> PaymentRun:
        """Pay an invoice now that the run left out because it can wait or the cash limit is reached.

        Raises:
            As :meth:`drop`; RuleError ``payable_not_payable`` with the reason it cannot be paid at all.
        """

        def work(unit: UnitOfWork, run: PaymentRun, now: datetime) -> None:
            found = unit.payables.payable_now(run.tenant_id, run.store_id)
            mine = [one for one in found if one.id == payable_id]
            facts = facts_in(unit, self._desk, run, mine, wanted={payable_id})
            choice = choose(facts, self._desk.rules(run.run_on, {}))
            if not choice.payments:
                code = choice.left_out[0].code if choice.left_out else "payable_moved_on"
                message = f"This invoice cannot be paid in this run: {code}."
                raise RuleError("payable_not_payable", message, "See to that first, then take it into a run.")
            position = 1 + max(
                (one.position for one in unit.payment_runs.orders(run.tenant_id, run.store_id, run.id)), default=0
            )
            orders = orders_of(run, choice.payments, first_position=position)
            unit.payment_runs.add_orders(run, orders)
            schedule_in(unit, run, orders, {one.id: one for one in mine}, actor=caller.name, at=now)

        self._desk.rates.refresh()
        return self._changed(caller, run_id, "invoice_taken", reason, work, payable_id)

    def discard(self, caller: Caller, run_id: PaymentRunId, *, reason: str) -> PaymentRun:
        """Give a run up that was not released; every payable of it waits for another one.

        Raises:
            As :meth:`drop`; RuleError ``run_step_refused`` once it is released.
        """
        caller.require(Permission.PAYABLES_WORK)
        _check_reason(reason)

        def work(unit: UnitOfWork) -> PaymentRun:
            run = locked_run(unit, caller.tenant_id, caller.store_id, run_id)
            if run.state is RunState.DISCARDED:
                return run
            if run.state not in (RunState.PROPOSED, RunState.APPROVED):
                raise run_step_refused(run, "discarded")
            now = self._desk.clock.now()
            orders = _living(unit, run)
            faults = {one.id: Fault("run_discarded") for one in orders}
            wanted = [part.payable_id for one in orders for part in one.allocations]
            payables = unit.payables.lock_many(run.tenant_id, run.store_id, wanted)
            take_out_in(unit, run, orders, payables, faults, actor=caller.name, at=now, reason=reason)
            ended = replace(run, state=RunState.DISCARDED, note=reason, changed_at=now, version=run.version + 1)
            if not unit.payment_runs.update(ended):
                raise run_changed()
            tell_in(unit, ended, [("discarded", None, reason, None)], actor=caller.name, at=now)
            return ended

        return self._storage.write_retrying(work)

    def _changed(
        self,
        caller: Caller,
        run_id: PaymentRunId,
        kind: str,
        reason: str,
        change: Callable[[UnitOfWork, PaymentRun, datetime], None],
        payable_id: PayableId | None = None,
    ) -> PaymentRun:
        caller.require(Permission.PAYABLES_WORK)
        _check_reason(reason)

        def work(unit: UnitOfWork) -> PaymentRun:
            run = locked_run(unit, caller.tenant_id, caller.store_id, run_id)
            if run.state is not RunState.PROPOSED:
                raise run_step_refused(run, "changed")
            now = self._desk.clock.now()
            change(unit, run, now)
            digest = run_digest(run, _living(unit, run))
            changed = replace(run, digest=digest, changed_at=now, version=run.version + 1)
            if not unit.payment_runs.update(changed):
                raise run_changed()
            detail = {"digest": digest} if payable_id is None else {"digest": digest, "payable_id": str(payable_id)}
            tell_in(unit, changed, [(kind, None, reason, detail)], actor=caller.name, at=now)
            return changed

        return self._storage.write_retrying(work)

    @staticmethod
    def _drop(
        unit: UnitOfWork, run: PaymentRun, order: PaymentOrder, caller: Caller, now: datetime, reason: str
    ) -> None:
        wanted = [part.payable_id for part in order.allocations]
        payables = unit.payables.lock_many(run.tenant_id, run.store_id, wanted)
        faults = {order.id: Fault("dropped_by_hand")}
        take_out_in(unit, run, [order], payables, faults, actor=caller.name, at=now, reason=reason)


def _living(unit: UnitOfWork, run: PaymentRun) -> tuple[PaymentOrder, ...]:
    found = unit.payment_runs.orders(run.tenant_id, run.store_id, run.id)
    return tuple(one for one in found if one.state in LIVING)


def _planned(unit: UnitOfWork, run: PaymentRun, order_id: PaymentOrderId) -> PaymentOrder:
    found = next((one for one in _living(unit, run) if one.id == order_id), None)
    if found is None or found.state is not OrderState.PLANNED:
        raise _order_not_found()
    return found


def _check_reason(reason: str) -> None:
    if not reason.strip() or len(reason) > REASON_MAX:
        message = f"A reason of 1 to {REASON_MAX} characters is needed."
        raise InputError("reason_missing", message, "Say why, in a few words.", "/reason")


def _order_not_found() -> NotFound:
    return NotFound("payment_order_not_found", "There is no such payment in this run.", "Load the run again.")
