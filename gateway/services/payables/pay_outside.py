"""People record that an approved invoice was paid outside of payment runs, and take that back when it was not.

Two people always know of it: an invoice is approved first, and who approved it cannot say that it is paid.
"""

from collections.abc import Sequence
from datetime import datetime

from gateway.domain.access import Caller
from gateway.domain.errors import InputError, RuleError
from gateway.domain.ids import PersonId
from gateway.domain.money import Currency, Money
from gateway.domain.payables.paid_outside import OutsidePayment, OutsideWay, outside_paid, outside_undone
from gateway.domain.payables.payable import Payable, PayableEvent, PayableKind, PayableStep
from gateway.ports.clock import Clock
from gateway.ports.unit_of_work import Storage, StoredAnswer, UnitOfWork
from gateway.services.payables.hold_payable import PayableAction, Render, acted_once
from gateway.services.payables.payable_steps import step_in
from gateway.services.payables.read_payables import ReadPayables


class PayOutside:
    """Payments outside of runs, one payable at a time."""

    def __init__(self, *, storage: Storage, clock: Clock, read: ReadPayables) -> None:
        self._storage = storage
        self._clock = clock
        self._read = read

    def record(
        self, caller: Caller, action: PayableAction, payment: OutsidePayment, render: Render
    ) -> tuple[StoredAnswer, bool]:
        """All that is open of an approved invoice was paid: no run takes it, and it is owed no more.

        A hold ends with it: it was there so that no run would pay it meanwhile.

        Raises:
            NotPermitted: without ``payables:work``.
            NotFound: ``payable_not_found``.
            InputError: ``paid_in_future``, ``evidence_missing``.
            RuleError: ``payable_step_refused`` unless it is an approved invoice in no run; ``approver_cannot_record``
                for who approved it.
            IdempotencyConflict: ``key_reused``.
        """

        def act(unit: UnitOfWork, payable: Payable, at: datetime) -> Payable:
            if payment.paid_on > self._read.today():
                message = "A payment that is to come cannot be recorded."
                raise InputError("paid_in_future", message, "Take the day it was paid.", "/paid_on")
            if not payment.evidence.strip():
                message = "Nothing shows that it was paid."
                raise InputError("evidence_missing", message, "Write what shows it, in a few words.", "/evidence")
            amount = payable.open_amount
            if payable.kind is not PayableKind.INVOICE or amount.minor <= 0:
                message = "Only an invoice of which something is open can have been paid."
                raise RuleError("payable_step_refused", message, "Load it again.")
            if PersonId(caller.id) in unit.approvals.voters(payable.tenant_id, payable.store_id, (payable.id,)):
                message = "Who approved an invoice cannot record that it is paid."
                raise RuleError("approver_cannot_record", message, "Ask somebody else of the office.")
            detail = {
                "way": payment.way.value,
                "paid_on": payment.paid_on.isoformat(),
                "amount": f"{amount.to_decimal()} {amount.currency.code}",
            }
            moved = step_in(
                unit,
                payable,
                PayableStep.PAID_OUTSIDE,
                actor=caller.name,
                at=at,
                reason=payment.evidence,
                detail=detail,
                changes={"paid": payable.paid + amount, "hold": None},
            )
            unit.ledger.add(outside_paid(payable, payment.way, amount, at))
            return moved

        return acted_once(self._storage, self._clock, self._read, caller, action, act, render)

    def undo(self, caller: Caller, action: PayableAction, render: Render) -> tuple[StoredAnswer, bool]:
        """It was not paid after all: it is owed again, and the next run may take it.

        Raises:
            NotPermitted: without ``payables:work``.
            NotFound: ``payable_not_found``.
            RuleError: ``payable_step_refused`` unless it was recorded as paid outside, and no line proves that.
            IdempotencyConflict: ``key_reused``.
        """

        def act(unit: UnitOfWork, payable: Payable, at: datetime) -> Payable:
            found = recorded_outside(unit.payables.events(payable.tenant_id, payable.store_id, payable.id))
            if found is None:
                message = "It was not recorded as paid outside of payment runs."
                raise RuleError("payable_step_refused", message, "Load it again: it has moved on meanwhile.")
            way, amount = found
            moved = step_in(
                unit,
                payable,
                PayableStep.PAID_OUTSIDE_UNDONE,
                actor=caller.name,
                at=at,
                reason=action.reason,
                detail={"way": way.value, "amount": f"{amount.to_decimal()} {amount.currency.code}"},
                changes={"paid": payable.paid - amount},
            )
            unit.ledger.add(outside_undone(payable, way, amount, at))
            return moved

        return acted_once(self._storage, self._clock, self._read, caller, action, act, render)


def recorded_outside(events: Sequence[PayableEvent]) -> tuple[OutsideWay, Money] | None:
    """Return way and amount of a payment outside of runs that still stands, by a payable's journal."""
    decisive = (PayableStep.PAID_OUTSIDE, PayableStep.PAID_OUTSIDE_UNDONE, PayableStep.SETTLED, PayableStep.RETURNED)
    last = next((one for one in reversed(events) if one.step in decisive), None)
    if last is None or last.step is not PayableStep.PAID_OUTSIDE or last.detail is None:
        return None
    number, _, code = last.detail["amount"].partition(" ")
    return OutsideWay(last.detail["way"]), Money.from_decimal(number, Currency.of(code))
