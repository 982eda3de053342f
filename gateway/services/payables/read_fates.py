"""What became of payments: one payment with everything the bank and people said of it, and what waits for somebody."""

import uuid
from dataclasses import dataclass

from gateway.domain.access import Caller, Permission
from gateway.domain.errors import NotFound
from gateway.domain.payables.bank_status import class_of
from gateway.domain.payables.bank_task import BankDecision, BankTask
from gateway.domain.payables.payment_order import PaymentOrder, PaymentRun
from gateway.ports.clock import Clock
from gateway.ports.payment_run_store import RunEvent
from gateway.ports.unit_of_work import Storage
from gateway.services.payables.decide_payee_check import checked_reason, order_of

_WHOLE_RUN = frozenset({"proposed", "approved", "released", "hand_over_started", "handed_over"})
"""Events of the whole run that belong to the story of each payment in it."""


@dataclass(frozen=True, slots=True)
class PaymentFate:
    """The story of one payment. ``events``: oldest first; ``reason_class``: what to do, empty without a reason."""

    order: PaymentOrder
    run: PaymentRun
    events: tuple[RunEvent, ...]
    tasks: tuple[BankTask, ...]
    decisions: tuple[BankDecision, ...]
    reason_class: str


class ReadFates:
    """Reads payments and tasks of the caller's store."""

    def __init__(self, *, storage: Storage, clock: Clock) -> None:
        self._storage = storage
        self._clock = clock

    def fate(self, caller: Caller, end_to_end_id: str) -> PaymentFate:
        """Return the story of one payment.

        Raises:
            NotFound: ``payment_order_not_found``.
        """
        caller.require(Permission.PAYABLES_READ)
        place = (caller.tenant_id, caller.store_id)
        with self._storage.read() as unit:
            order = order_of(unit, caller, end_to_end_id)
            run = unit.payment_runs.load(*place, order.run_id)
            events = unit.payment_runs.events(*place, order.run_id)
            tasks = unit.bank_tasks.of_order(*place, order.id)
            decisions = unit.bank_tasks.decisions(*place, order.id)
        if run is None:
            raise NotFound("payment_order_not_found", "There is no such payment.", "Look into its run.")
        mine = tuple(one for one in events if one.order_id == order.id or _of_all(one))
        reason_class = class_of(order.reason_code).value if order.reason_code else ""
        return PaymentFate(order, run, mine, tasks, decisions, reason_class)

    def tasks(self, caller: Caller, *, open_only: bool = True) -> tuple[BankTask, ...]:
        """Return what waits for somebody, newest first."""
        caller.require(Permission.PAYABLES_READ)
        with self._storage.read() as unit:
            return unit.bank_tasks.list(caller.tenant_id, caller.store_id, open_only=open_only)

    def close_task(self, caller: Caller, task_id: uuid.UUID, reason: str) -> BankTask:
        """Close a task with words; one that is closed stays as it is.

        Raises:
            NotFound: ``bank_task_not_found``.
            InputError: ``reason_missing``.
        """
        caller.require(Permission.PAYABLES_WORK)
        note, place = checked_reason(reason), (caller.tenant_id, caller.store_id)
        self._storage.write_retrying(
            lambda unit: unit.bank_tasks.close(*place, task_id, by=caller.name, note=note, at=self._clock.now())
        )
        with self._storage.read() as unit:
            found = unit.bank_tasks.load(*place, task_id)
        if found is None:
            raise NotFound("bank_task_not_found", "There is no such task.", "Look into the list.")
        return found


def _of_all(event: RunEvent) -> bool:
    return event.order_id is None and event.kind in _WHOLE_RUN
