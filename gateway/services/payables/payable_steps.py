"""The only way a payable moves: the table of the life cycle is asked, the change stored, the journal told.

The books and the ERPs follow: approval makes it a liability and a bill, leaving approval takes that back. Everything
happens in the caller's unit of work, so that a step and what it means for runs, approvals or the ledger are stored
together or not at all.
"""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from gateway.domain.changed import changed
from gateway.domain.errors import RuleError
from gateway.domain.ids import PayableId, derived_id
from gateway.domain.payables.payable import Payable, PayableEvent, PayableState, PayableStep, after
from gateway.domain.payables.payable_ledger import entries_of_step, loses_approval
from gateway.ports.unit_of_work import UnitOfWork
from gateway.services.erp.take_back_bills import take_back_in

BESIDE_THE_TABLE = frozenset(
    {
        PayableStep.RECEIVED,
        PayableStep.HELD,
        PayableStep.HOLD_LIFTED,
        PayableStep.NOTED,
        PayableStep.REMINDED,
    }
)
"""Steps that are told and change no state."""

KEPT = frozenset(
    {"tenant_id", "store_id", "id", "state", "version", "changed_at", "created_at", "created_by", "source"}
)
"""What no step changes by hand."""
_MOVED_ONLY = frozenset({"paid"})


def payable_changed() -> RuleError:
    """Return the error for somebody who changed the payable between our reading and our writing."""
    return RuleError("payable_changed", "Somebody else has just changed this payable.", "Load it again.")


def step_in(
    unit: UnitOfWork,
    payable: Payable,
    step: PayableStep,
    *,
    actor: str,
    at: datetime,
    reason: str = "",
    detail: Mapping[str, str] | None = None,
    changes: Mapping[str, object] | None = None,
) -> Payable:
    """Take one step with a payable as it was loaded; return it as it now is.

    Args:
        unit: the transaction of everything that belongs to the step.
        payable: as loaded (or locked) in this unit or made by the step before.
        step: one of the table, or one that changes no state (held, lifted, noted, reminded, received).
        actor: a login, ``key:...`` or ``system``.
        at: when it happens.
        reason: a person's words, or empty.
        detail: figures and ids for the journal, never an account number.
        changes: fields that change with the step, such as ``due_on``, ``hold`` or ``paid``.

    Raises:
        RuleError: ``payable_step_refused`` when the step does not follow from the state; ``payable_changed`` when
            somebody was quicker.
    """
    moved = _moved(payable, step, at=at, changes=changes)
    if not unit.payables.update(moved):
        raise payable_changed()
    sequence = unit.payables.next_sequences(payable.tenant_id, payable.store_id, (payable.id,))[payable.id]
    told = _event(payable, moved, step, sequence=sequence, actor=actor, at=at, reason=reason, detail=detail)
    unit.payables.tell(moved, told)
    unit.ledger.add(entries_of_step(payable, step, at))
    if loses_approval(payable, step):
        take_back_in(unit, payable, at)
    return moved


def steps_in(
    unit: UnitOfWork,
    payables: Sequence[Payable],
    step: PayableStep,
    *,
    actor: str,
    at: datetime,
    reason: str = "",
    details: Mapping[PayableId, Mapping[str, str]] | None = None,
    changes: Mapping[PayableId, Mapping[str, object]] | None = None,
) -> tuple[Payable, ...]:
    """Take the same step with many payables of one store in few statements; all of them or, by the error, none.

    ``details``, ``changes``: for each payable, as in :func:`step_in`; no payable may stand in ``payables`` twice.

    Raises:
        RuleError: as :func:`step_in`; the unit must end without being stored.
    """
    if not payables:
        return ()
    moved = tuple(_moved(one, step, at=at, changes=(changes or {}).get(one.id)) for one in payables)
    if not _stored(unit, moved, {name for one in (changes or {}).values() for name in one}):
        raise payable_changed()
    first = payables[0]
    sequences = unit.payables.next_sequences(first.tenant_id, first.store_id, [one.id for one in payables])
    unit.payables.tell_many(
        [
            (
                now,
                _event(
                    before,
                    now,
                    step,
                    sequence=sequences[now.id],
                    actor=actor,
                    at=at,
                    reason=reason,
                    detail=(details or {}).get(now.id),
                ),
            )
            for before, now in zip(payables, moved, strict=True)
        ]
    )
    unit.ledger.add([entry for one in payables for entry in entries_of_step(one, step, at)])
    for one in payables:
        if loses_approval(one, step):
            take_back_in(unit, one, at)
    return moved


def _stored(unit: UnitOfWork, moved: Sequence[Payable], changes: set[str]) -> bool:
    if not changes:
        return unit.payables.move_alike(moved)
    return unit.payables.move_many(moved) if changes <= _MOVED_ONLY else unit.payables.update_many(moved)


def first_event(payable: Payable, *, actor: str, detail: Mapping[str, str] | None = None) -> PayableEvent:
    """Return the first line of a new payable's journal."""
    return _event(
        payable, payable, PayableStep.RECEIVED, sequence=1, actor=actor, at=payable.created_at, reason="", detail=detail
    )


def reached(state: PayableState, step: PayableStep) -> PayableState:
    """Return where a step leads, also one beside the table. Raises RuleError as the table's own function."""
    return state if step in BESIDE_THE_TABLE else after(state, step)


def _moved(payable: Payable, step: PayableStep, *, at: datetime, changes: Mapping[str, object] | None) -> Payable:
    values: dict[str, Any] = dict(changes or {})
    if not KEPT.isdisjoint(values):
        message = f"a step cannot change {sorted(KEPT & values.keys())}"
        raise ValueError(message)
    state = reached(payable.state, step)
    return changed(payable, {**values, "state": state, "changed_at": at, "version": payable.version + 1})


def _event(
    before: Payable,
    now: Payable,
    step: PayableStep,
    *,
    sequence: int,
    actor: str,
    at: datetime,
    reason: str,
    detail: Mapping[str, str] | None,
) -> PayableEvent:
    return PayableEvent(
        sequence=sequence,
        id=derived_id(now.id, f"event-{sequence}"),
        step=step,
        actor=actor,
        at=at,
        before=before.state,
        after=now.state,
        reason=reason,
        detail=detail,
    )
