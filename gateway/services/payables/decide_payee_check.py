"""A person's decision about a payment whose payee the bank doubts: pay all the same, or cancel.

The decision is kept here and carried out at the bank (signature or portal); the payment itself moves only by the bank's
word. A name the bank returned becomes known for the account only when the person says so.
"""

import uuid
from collections.abc import Mapping
from dataclasses import dataclass, replace

from gateway.domain.access import Caller, Permission
from gateway.domain.errors import InputError, NotFound, RuleError
from gateway.domain.ids import PaymentOrderId, derived_id
from gateway.domain.payables.bank_task import BankDecision, BankTask, DecisionKind, TaskKind
from gateway.domain.payables.payment_order import OrderState, PayeeCheck, PaymentOrder
from gateway.ports.clock import Clock
from gateway.ports.payment_run_store import RunEvent
from gateway.ports.supplier_store import MasterEvent
from gateway.ports.unit_of_work import Storage, UnitOfWork

REASON_MAX = 500


@dataclass(frozen=True, slots=True)
class PayeeDecision:
    """What a person says. ``id``: made by the client; ``pay``: or cancel; ``learn_name``: keep the returned name."""

    id: uuid.UUID
    end_to_end_id: str
    pay: bool
    reason: str
    learn_name: bool = False


class DecidePayeeCheck:
    """Decisions about doubted payees."""

    def __init__(self, *, storage: Storage, clock: Clock) -> None:
        self._storage = storage
        self._clock = clock

    def decide(self, caller: Caller, decision: PayeeDecision) -> BankDecision:
        """Store a decision; the same id again returns the stored one.

        Raises:
            NotPermitted: without the permission to release runs.
            NotFound: ``payment_order_not_found``.
            RuleError: ``no_payee_check_waits``; ``payee_check_decided`` for another decision after the first.
            InputError: ``reason_missing``; ``name_not_close`` to learn a name that is no close match.
        """
        caller.require(Permission.RUNS_RELEASE)
        reason = checked_reason(decision.reason)
        return self._storage.write_retrying(lambda unit: self._decide_in(unit, caller, decision, reason))

    def _decide_in(self, unit: UnitOfWork, caller: Caller, wish: PayeeDecision, reason: str) -> BankDecision:
        order = order_of(unit, caller, wish.end_to_end_id)
        made = unit.bank_tasks.decisions(caller.tenant_id, caller.store_id, order.id)
        stored = next((one for one in made if one.id == wish.id), None)
        if stored is not None:
            return stored
        if order.state is not OrderState.AWAITING_PAYEE_CHECK:
            raise RuleError("no_payee_check_waits", "This payment waits for no decision.", "Load it again.")
        if any(one.kind in (DecisionKind.PAY, DecisionKind.CANCEL) for one in made):
            hint = "Carry it out at the bank; the bank's answer shows here."
            raise RuleError("payee_check_decided", "Somebody has decided about this payee already.", hint)
        if wish.learn_name and order.payee_check != PayeeCheck.CLOSE_MATCH:
            hint = "Only the name of a close match can be kept."
            raise InputError("name_not_close", "The bank returned no close name.", hint, "/learn_name")
        kind = DecisionKind.PAY if wish.pay else DecisionKind.CANCEL
        detail = {"payee_check": order.payee_check, "payee_check_name": order.payee_check_name}
        decision = BankDecision(
            id=wish.id,
            order_id=order.id,
            kind=kind,
            by=caller.id,
            actor=caller.name,
            reason=reason,
            at=self._clock.now(),
            detail={key: value for key, value in detail.items() if value},
        )
        unit.bank_tasks.decide(caller.tenant_id, caller.store_id, decision)
        tell_decision(unit, caller, order, decision)
        self._note_on_account(unit, caller, order, learn=wish.learn_name and wish.pay)
        return decision

    def _note_on_account(self, unit: UnitOfWork, caller: Caller, order: PaymentOrder, *, learn: bool) -> None:
        """Keep the result with the account it is about; the name only with a person's consent."""
        place = (caller.tenant_id, caller.store_id)
        accounts = unit.suppliers.accounts(*place, order.payee.supplier_id)
        account = next((one for one in accounts if one.id == order.payee.account_id), None)
        if account is None:
            return
        name = order.payee_check_name if learn else account.payee_name
        noted = replace(account, payee_check=order.payee_check, payee_name=name, version=account.version + 1)
        if not unit.suppliers.update_account(*place, noted):
            raise RuleError("account_changed", "Somebody else has just changed this account.", "Load it again.")
        if name != account.payee_name:
            events = unit.suppliers.events(*place, order.payee.supplier_id)
            number = 1 + max((event.sequence for event in events), default=0)
            event = MasterEvent(
                sequence=number,
                id=derived_id(order.payee.supplier_id, f"event {number}"),
                kind="payee_name_learned",
                actor=caller.name,
                at=self._clock.now(),
                changes={"payee_name": (account.payee_name, name)},
            )
            unit.suppliers.tell(*place, order.payee.supplier_id, event)


def order_of(unit: UnitOfWork, caller: Caller, end_to_end_id: str) -> PaymentOrder:
    """Return one order of the caller's store by the id the bank knows.

    Raises:
        NotFound: ``payment_order_not_found``.
    """
    found = unit.payment_runs.order_by_end_to_end(caller.tenant_id, caller.store_id, end_to_end_id)
    if found is None:
        raise NotFound("payment_order_not_found", "There is no such payment.", "Look into its run.")
    return found


def checked_reason(text: str) -> str:
    """Return a person's words without blanks around them.

    Raises:
        InputError: ``reason_missing``.
    """
    reason = text.strip()
    if not reason or len(reason) > REASON_MAX:
        hint = f"Write 1 to {REASON_MAX} characters: whoever reads it later was not there."
        raise InputError("reason_missing", "The reason is missing or too long.", hint, "/reason")
    return reason


def tell_decision(unit: UnitOfWork, caller: Caller, order: PaymentOrder, decision: BankDecision) -> None:
    """Write a decision into the journal of its run."""
    run = unit.payment_runs.load(caller.tenant_id, caller.store_id, order.run_id)
    if run is None:
        return
    number = unit.payment_runs.next_sequence(caller.tenant_id, caller.store_id, run.id)
    event = RunEvent(
        sequence=number,
        id=derived_id(run.id, f"event {number}"),
        kind=f"decided_{decision.kind}",
        actor=caller.name,
        at=decision.at,
        order_id=order.id,
        reason=decision.reason,
        detail=decision.detail,
    )
    unit.payment_runs.tell(run, (event,))


def open_tasks(unit: UnitOfWork, caller: Caller, order_id: PaymentOrderId) -> Mapping[TaskKind, BankTask]:
    """Return what is open about one payment."""
    tasks = unit.bank_tasks.of_order(caller.tenant_id, caller.store_id, order_id)
    return {task.kind: task for task in tasks if task.closed_at is None}
