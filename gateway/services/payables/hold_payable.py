"""What a person does with a payable: hold or dispute it, lift that, correct it, reject or cancel it.

A hold stops payment wherever the payable stands and leaves its approvals alone. A correction of what is paid, to whom
or for what begins the way anew: it is matched again, and approvals of what it was are void.
"""

import uuid
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from typing import Any, Protocol

from gateway.domain.access import Caller, Permission
from gateway.domain.errors import InputError, RuleError
from gateway.domain.ids import PayableId
from gateway.domain.payables.payable import HoldKind, Payable, PayableLine, PayableStep, PaymentHold
from gateway.domain.payables.structured_reference import check_reference
from gateway.ports.clock import Clock
from gateway.ports.unit_of_work import Storage, StoredAnswer, UnitOfWork
from gateway.services.answer_once import answer_once
from gateway.services.first_answers import RequestKey
from gateway.services.payables.advance_payable import AdvancePayable
from gateway.services.payables.payable_steps import step_in
from gateway.services.payables.read_payables import PayableView, ReadPayables, payable_not_found, steps_of_person

Render = Callable[[PayableView], bytes]


@dataclass(frozen=True, slots=True)
class PayableAction:
    """What a person asks for. ``id``: made by the client; ``reason``: their words, never empty."""

    id: uuid.UUID
    payable_id: PayableId
    reason: str
    request: RequestKey


@dataclass(frozen=True, slots=True)
class LineChange:
    """How one line is booked or where it belongs; None leaves a part as it is."""

    line_no: int
    account_code: str | None = None
    cost_centre: str | None = None
    tax_code: str | None = None
    order_number: str | None = None
    order_line_no: int | None = None


@dataclass(frozen=True, slots=True)
class ContentChange:
    """What is corrected; None leaves a part as it is."""

    due_on: date | None = None
    reference: str | None = None
    order_numbers: tuple[str, ...] | None = None
    lines: tuple[LineChange, ...] = ()


class Releases(Protocol):
    """What a payable took of orders and contracts is given back when it is not to be paid."""

    def release_in(self, unit: UnitOfWork, payable: Payable, *, actor: str, at: datetime) -> None:
        """Give back what this payable took; nothing when it took nothing."""


class HoldPayable:
    """Acts of people on one payable of their store; each is a line of its journal with who, when and why."""

    def __init__(
        self, *, storage: Storage, clock: Clock, read: ReadPayables, advance: AdvancePayable, matched: Releases
    ) -> None:
        self._storage = storage
        self._clock = clock
        self._read = read
        self._advance = advance
        self._matched = matched

    def hold(self, caller: Caller, action: PayableAction, kind: HoldKind, render: Render) -> tuple[StoredAnswer, bool]:
        """Stop payment until it is lifted.

        Raises:
            NotPermitted: without ``payables:work``.
            NotFound: ``payable_not_found``.
            RuleError: ``payable_held`` when it is stopped already; ``payable_step_refused`` when it has ended.
            IdempotencyConflict: ``key_reused``.
        """

        def act(unit: UnitOfWork, payable: Payable, at: datetime) -> Payable:
            if payable.hold is not None:
                raise RuleError("payable_held", "Payment of it is stopped already.", "Lift that first.")
            _check_possible(payable, PayableStep.HELD)
            hold = PaymentHold(kind, action.reason, caller.name, at)
            return step_in(
                unit,
                payable,
                PayableStep.HELD,
                actor=caller.name,
                at=at,
                reason=action.reason,
                detail={"kind": kind.value},
                changes={"hold": hold},
            )

        return self._once(caller, action, act, render)

    def lift(self, caller: Caller, action: PayableAction, render: Render) -> tuple[StoredAnswer, bool]:
        """Let it be paid again.

        Raises:
            NotPermitted: without ``payables:work``.
            NotFound: ``payable_not_found``.
            RuleError: ``payable_not_held``.
            IdempotencyConflict: ``key_reused``.
        """

        def act(unit: UnitOfWork, payable: Payable, at: datetime) -> Payable:
            if payable.hold is None:
                raise RuleError("payable_not_held", "Nothing stops payment of it.", "Load it again.")
            return step_in(
                unit,
                payable,
                PayableStep.HOLD_LIFTED,
                actor=caller.name,
                at=at,
                reason=action.reason,
                detail={"kind": payable.hold.kind.value, "held_by": payable.hold.by},
                changes={"hold": None},
            )

        return self._once(caller, action, act, render)

    def change(
        self, caller: Caller, action: PayableAction, change: ContentChange, render: Render
    ) -> tuple[StoredAnswer, bool]:
        """Correct content; approvals of what it was are void, and it is matched again.

        Raises:
            NotPermitted: without ``payables:work``.
            NotFound: ``payable_not_found``.
            InputError: ``nothing_to_change``, ``unknown_payable_line``, ``due_before_issued``,
                ``invalid_reference``, with a pointer.
            RuleError: ``payable_step_refused`` when it is in a run or with the bank, or has ended.
            IdempotencyConflict: ``key_reused``.
        """

        def act(unit: UnitOfWork, payable: Payable, at: datetime) -> Payable:
            changes, detail = _changes(payable, change)
            changed = step_in(
                unit,
                payable,
                PayableStep.CHANGED,
                actor=caller.name,
                at=at,
                reason=action.reason,
                detail=detail,
                changes=changes,
            )
            return self._advance.advance_in(unit, changed, actor=caller.name, at=at)

        return self._once(caller, action, act, render)

    def cancel(self, caller: Caller, action: PayableAction, render: Render) -> tuple[StoredAnswer, bool]:
        """It is not to be paid, because it is settled otherwise or was an error of ours; errors as :meth:`reject`."""
        return self._end(caller, action, PayableStep.CANCELLED, render)

    def reject(self, caller: Caller, action: PayableAction, render: Render) -> tuple[StoredAnswer, bool]:
        """It is not to be paid, because its claim is wrong.

        Raises:
            NotPermitted: without ``payables:work``.
            NotFound: ``payable_not_found``.
            RuleError: ``payable_step_refused`` when it is in a run or with the bank, or has ended.
            IdempotencyConflict: ``key_reused``.
        """
        return self._end(caller, action, PayableStep.REJECTED, render)

    def _end(
        self, caller: Caller, action: PayableAction, step: PayableStep, render: Render
    ) -> tuple[StoredAnswer, bool]:
        def act(unit: UnitOfWork, payable: Payable, at: datetime) -> Payable:
            ended = step_in(unit, payable, step, actor=caller.name, at=at, reason=action.reason)
            self._matched.release_in(unit, ended, actor=caller.name, at=at)
            return ended

        return self._once(caller, action, act, render)

    def _once(
        self,
        caller: Caller,
        action: PayableAction,
        act: Callable[[UnitOfWork, Payable, datetime], Payable],
        render: Render,
    ) -> tuple[StoredAnswer, bool]:
        return acted_once(self._storage, self._clock, self._read, caller, action, act, render)


def acted_once(
    storage: Storage,
    clock: Clock,
    read: ReadPayables,
    caller: Caller,
    action: PayableAction,
    act: Callable[[UnitOfWork, Payable, datetime], Payable],
    render: Render,
) -> tuple[StoredAnswer, bool]:
    """Do one act on a locked payable and store its answer; the same request again gets that answer.

    Raises:
        NotPermitted: without ``payables:work``.
        NotFound: ``payable_not_found``.
        IdempotencyConflict: ``key_reused``.
    """
    caller.require(Permission.PAYABLES_WORK)
    at = clock.now()

    def work(unit: UnitOfWork) -> StoredAnswer:
        payable = unit.payables.lock(caller.tenant_id, caller.store_id, action.payable_id)
        if payable is None:
            raise payable_not_found()
        now = act(unit, payable, at)
        return action.request.answer(200, render(read.view_in(unit, now)))

    return answer_once(storage, caller, action.request, work, at)


def _check_possible(payable: Payable, step: PayableStep) -> None:
    if step not in steps_of_person(payable):
        hint = "Load it again: it has moved on meanwhile."
        raise RuleError("payable_step_refused", f"A payable that is {payable.state} cannot become {step}.", hint)


def _changes(payable: Payable, change: ContentChange) -> tuple[Mapping[str, object], dict[str, str]]:
    """Return the fields that change and what the journal tells of them."""
    found: dict[str, object] = {}
    told: dict[str, str] = {}
    if change.due_on is not None and change.due_on != payable.due_on:
        if change.due_on < payable.issued_on:
            hint = "Take a day on or after the date of the invoice."
            raise InputError("due_before_issued", "It would be due before it was issued.", hint, "/due_on")
        found["due_on"] = change.due_on
        told["due_on"] = f"{payable.due_on} > {change.due_on}"
    if change.reference is not None and change.reference != payable.reference:
        found["reference"] = check_reference(change.reference, "/reference")
        told["reference"] = f"{payable.reference} > {change.reference}"
    if change.order_numbers is not None and change.order_numbers != payable.order_numbers:
        found["order_numbers"] = change.order_numbers
        told["order_numbers"] = f"{', '.join(payable.order_numbers)} > {', '.join(change.order_numbers)}"
    lines = _lines(payable.lines, change.lines)
    if lines != payable.lines:
        changed = [now.line_no for was, now in zip(payable.lines, lines, strict=True) if was != now]
        found["lines"] = lines
        told["lines"] = ", ".join(str(line_no) for line_no in changed)
    if not found:
        raise InputError("nothing_to_change", "Nothing would change.", "Send what is to be different.", "/")
    return found, told


def _lines(lines: tuple[PayableLine, ...], changes: Sequence[LineChange]) -> tuple[PayableLine, ...]:
    by_number = {line.line_no: line for line in lines}
    for index, one in enumerate(changes):
        line = by_number.get(one.line_no)
        if line is None:
            hint = "Use the numbers of its lines."
            pointer = f"/lines/{index}/line_no"
            raise InputError("unknown_payable_line", "There is no line with this number.", hint, pointer)
        given: dict[str, Any] = {
            "account_code": one.account_code,
            "cost_centre": one.cost_centre,
            "tax_code": one.tax_code,
            "order_number": one.order_number,
        }
        line = replace(line, **{name: value for name, value in given.items() if value is not None})
        if one.order_line_no is not None:
            line = replace(line, order_line_no=one.order_line_no)
        by_number[one.line_no] = line
    return tuple(by_number[line.line_no] for line in lines)
