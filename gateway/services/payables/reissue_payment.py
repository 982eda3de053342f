"""Paying again, only after proof: the bank rejected, cancelled or returned a payment, or people proved that it is void.

Nothing is sent here. What the payment paid becomes payable again, and the next run makes a new payment with a new id.
"""

import uuid
from dataclasses import dataclass, replace
from datetime import datetime

from gateway.domain.access import Caller, Permission
from gateway.domain.errors import InputError, RuleError
from gateway.domain.payables import payable_ledger
from gateway.domain.payables.bank_status import may_be_paid_again
from gateway.domain.payables.bank_task import BankDecision, DecisionKind, TaskKind
from gateway.domain.payables.payable import Payable, PayableState, PayableStep
from gateway.domain.payables.payment_order import OrderState, PaymentOrder
from gateway.ports.announcer import Announcer, NobodyListens
from gateway.ports.clock import Clock
from gateway.ports.unit_of_work import Storage, UnitOfWork
from gateway.services.payables.conclude_run import conclude_in
from gateway.services.payables.decide_payee_check import checked_reason, open_tasks, order_of, tell_decision
from gateway.services.payables.give_file_up import give_up_in
from gateway.services.payables.order_effects import BANK, Moved, OrderEffects
from gateway.services.payables.payable_steps import payable_changed, step_in
from gateway.services.payables.tell_runs import announce_fates_in

_VOIDABLE = frozenset({OrderState.SENT, OrderState.PENDING, OrderState.AWAITING_PAYEE_CHECK})
"""States in which the bank has neither accepted nor executed a payment as far as it told."""
PROOF_MAX = 200
_TASKS = (TaskKind.REJECTED, TaskKind.RETURNED)


@dataclass(frozen=True, slots=True)
class VoidProof:
    """What proves that a bank does not execute a payment. All texts are needed and stored.

    ``spoke_with``: at the bank; ``reference``: of the bank's answer, such as a ticket or letter.
    """

    id: uuid.UUID
    end_to_end_id: str
    reason: str
    spoke_with: str
    reference: str


@dataclass(frozen=True, slots=True)
class ReissueWish:
    """Somebody wants what a payment paid to be payable again. ``id``: made by the client."""

    id: uuid.UUID
    end_to_end_id: str
    reason: str


class ReissuePayment:
    """Voids with proof, and frees invoices for another run."""

    def __init__(self, *, storage: Storage, clock: Clock, announcer: Announcer | None = None) -> None:
        """``announcer``: tells the outside; None: nobody listens."""
        self._storage = storage
        self._clock = clock
        self._announcer: Announcer = announcer or NobodyListens()

    def void(self, caller: Caller, proof: VoidProof) -> BankDecision:
        """Cancel a payment the bank says it does not have; the same id again returns the stored decision.

        Raises:
            NotPermitted: without the permission to release runs.
            NotFound: ``payment_order_not_found``.
            InputError: ``reason_missing``, ``void_proof_missing``.
            RuleError: ``payment_not_voidable``; ``four_eyes_required`` for who released the run;
                ``hand_over_under_way`` for a file that is on its way at this moment.
        """
        caller.require(Permission.RUNS_RELEASE)
        reason = checked_reason(proof.reason)
        detail = {"spoke_with": proof.spoke_with.strip(), "reference": proof.reference.strip()}
        for name, text in detail.items():
            if not text or len(text) > PROOF_MAX:
                hint = "Say who at the bank answered, and under which reference."
                raise InputError("void_proof_missing", "The proof is not complete.", hint, f"/{name}")
        return self._storage.write_retrying(lambda unit: self._void_in(unit, caller, proof, reason, detail))

    def reissue(self, caller: Caller, wish: ReissueWish) -> BankDecision:
        """Make what a payment paid payable again; the same id again returns the stored decision.

        Raises:
            NotPermitted: without the permission to work on payables.
            NotFound: ``payment_order_not_found``.
            InputError: ``reason_missing``.
            RuleError: ``no_proof_for_reissue``; ``payment_reissued`` when that was done before.
        """
        caller.require(Permission.PAYABLES_WORK)
        reason = checked_reason(wish.reason)
        return self._storage.write_retrying(lambda unit: self._reissue_in(unit, caller, wish, reason))

    def _void_in(
        self, unit: UnitOfWork, caller: Caller, proof: VoidProof, reason: str, detail: dict[str, str]
    ) -> BankDecision:
        place = (caller.tenant_id, caller.store_id)
        run = unit.payment_runs.lock(*place, order_of(unit, caller, proof.end_to_end_id).run_id)
        order = order_of(unit, caller, proof.end_to_end_id)
        stored = _stored(unit, caller, order, proof.id)
        if stored is not None:
            return stored
        if run is None or order.state not in _VOIDABLE:
            hint = (
                "Only the bank can end a payment it has accepted: wait for its answer, or ask it to recall the money."
            )
            raise RuleError("payment_not_voidable", f"A payment that is {order.state} cannot be voided.", hint)
        if run.released_by == caller.id:
            hint = "Ask another person who may release runs."
            raise RuleError("four_eyes_required", "Who released a run does not void its payments.", hint)
        at = self._clock.now()
        give_up_in(unit, run, order, actor=caller.name, at=at)
        void = replace(order, state=OrderState.CANCELLED, version=order.version + 1)
        if not unit.payment_runs.replace_orders(*place, (void,)):
            raise payable_changed()
        unit.ledger.add(payable_ledger.order_rejected(*place, order, at))
        decision = _decision(caller, order, proof.id, DecisionKind.VOID, reason, at, detail)
        effects = OrderEffects(unit, *place, at)
        effects.move_payables((Moved(order, void),), decision.id)
        unit.bank_tasks.decide(*place, decision)
        tell_decision(unit, caller, order, decision)
        for task in open_tasks(unit, caller, order.id).values():
            unit.bank_tasks.close(*place, task.id, by=caller.name, note=reason, at=at)
        announce_fates_in(unit, self._announcer, *place, (void,), at=at)
        others = unit.payment_runs.orders(*place, run.id)
        conclude_in(unit, self._announcer, run, others, actor=caller.name, at=at)
        return decision

    def _reissue_in(self, unit: UnitOfWork, caller: Caller, wish: ReissueWish, reason: str) -> BankDecision:
        place = (caller.tenant_id, caller.store_id)
        unit.payment_runs.lock(*place, order_of(unit, caller, wish.end_to_end_id).run_id)
        order = order_of(unit, caller, wish.end_to_end_id)
        stored = _stored(unit, caller, order, wish.id)
        if stored is not None:
            return stored
        tasks = open_tasks(unit, caller, order.id)
        if not may_be_paid_again(order.state) or TaskKind.RETURN_MISSING in tasks or TaskKind.CONTRADICTION in tasks:
            hint = "Wait for the bank's rejection or return, or note a proof that the payment is void."
            raise RuleError("no_proof_for_reissue", "Nothing proves that this payment is not executed.", hint)
        made = unit.bank_tasks.decisions(*place, order.id)
        if any(one.kind is DecisionKind.REISSUE for one in made):
            raise RuleError("payment_reissued", "What it paid is payable again already.", "Look at the next run.")
        at = self._clock.now()
        decision = _decision(caller, order, wish.id, DecisionKind.REISSUE, reason, at, {})
        ids = [part.payable_id for part in order.allocations]
        for payable in unit.payables.lock_many(*place, ids).values():
            self._free(unit, caller, payable, order, reason=reason, at=at)
        unit.bank_tasks.decide(*place, decision)
        tell_decision(unit, caller, order, decision)
        for kind in _TASKS:
            if kind in tasks:
                unit.bank_tasks.close(*place, tasks[kind].id, by=caller.name, note=reason, at=at)
        return decision

    def _free(
        self, unit: UnitOfWork, caller: Caller, payable: Payable, order: PaymentOrder, *, reason: str, at: datetime
    ) -> None:
        """Take back what the rejection or return did to one invoice; a person's own hold stays."""
        ours = payable.hold is not None and payable.hold.by == BANK
        changes = {"hold": None} if ours else {}
        detail = {"order": str(order.id), "end_to_end_id": order.end_to_end_id}
        if payable.state is PayableState.RETURNED:
            step = PayableStep.REOPENED
        elif ours:
            step = PayableStep.HOLD_LIFTED
        else:
            return
        step_in(unit, payable, step, actor=caller.name, at=at, reason=reason, detail=detail, changes=changes)


def _stored(unit: UnitOfWork, caller: Caller, order: PaymentOrder, decision_id: uuid.UUID) -> BankDecision | None:
    made = unit.bank_tasks.decisions(caller.tenant_id, caller.store_id, order.id)
    return next((one for one in made if one.id == decision_id), None)


def _decision(
    caller: Caller,
    order: PaymentOrder,
    decision_id: uuid.UUID,
    kind: DecisionKind,
    reason: str,
    at: datetime,
    detail: dict[str, str],
) -> BankDecision:
    return BankDecision(decision_id, order.id, kind, caller.id, caller.name, reason, at, detail)
