"""Applies what a bank says: states of payments, books, invoices and tasks, all in the unit of the message.

Applying is idempotent and does not depend on the order of messages: states only rise (:mod:`...bank_status`), transfers
have ids of their own, and tasks follow from their cause.
"""

import uuid
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from functools import reduce

from gateway.domain.ids import StoreId, TenantId, derived_id
from gateway.domain.payables.bank_status import class_of, joined
from gateway.domain.payables.bank_task import BankTask, TaskKind
from gateway.domain.payables.payment_order import OrderState, PayeeCheck, PaymentOrder
from gateway.ports.announcer import Announcer
from gateway.ports.bank_files import BankReport
from gateway.ports.payment_run_store import RunEvent
from gateway.ports.unit_of_work import UnitOfWork
from gateway.services.erp.enqueue_bills import NO_ERPS, EnqueueBills, Proven
from gateway.services.payables.bank_facts import Fact, FactFinder, RunFacts
from gateway.services.payables.conclude_run import conclude_in
from gateway.services.payables.order_effects import BANK, Moved, OrderEffects
from gateway.services.payables.payable_steps import payable_changed
from gateway.services.payables.tell_runs import announce_fates_in

_S = OrderState
_DOUBTFUL = (PayeeCheck.CLOSE_MATCH, PayeeCheck.NO_MATCH, PayeeCheck.NOT_POSSIBLE)
_PAID = (_S.EXECUTED, _S.SETTLED)
TASKS_OF_UNPLACED_MAX = 50
"""Tasks one message may open for what fits nothing; the rest is counted in its outcome."""


@dataclass(frozen=True, slots=True)
class Applied:
    """What a message did. ``words``: for people; ``paid``: payments whose money has left for the first time."""

    words: str
    paid: tuple[PaymentOrder, ...]


def apply_in(
    unit: UnitOfWork,
    tenant_id: TenantId,
    store_id: StoreId,
    report: BankReport,
    *,
    message_id: uuid.UUID,
    at: datetime,
    announcer: Announcer,
    bills: EnqueueBills = NO_ERPS,
) -> Applied:
    """Apply a message of a bank.

    Args:
        unit: the transaction of the whole message.
        tenant_id: whose.
        store_id: whose.
        report: the message as read.
        message_id: the stored message, the evidence of all that follows.
        at: when it is applied.
        announcer: tells the outside what became of payments.
        bills: tells ERPs of what the statement shows.

    Raises:
        RuleError: ``payable_changed``: somebody else was quicker; nothing may be stored, try again.
    """
    finder = FactFinder(unit, tenant_id, store_id)
    finder.place(report)
    effects = OrderEffects(unit, tenant_id, store_id, at)
    place = (tenant_id, store_id)
    work = _Work(unit, place, message_id, at, effects, announcer)
    told = [one for found in finder.runs() for one in work.run(found)]
    bills.paid_in(unit, place, _proven(told), at)
    bills.came_back_in(unit, place, _came_back(told), at)
    unplaced = [
        work.task(TaskKind.UNKNOWN_PAYMENT, one.key, None, {"words": one.words})
        for one in finder.unplaced[:TASKS_OF_UNPLACED_MAX]
    ]
    unit.bank_tasks.add(tenant_id, store_id, unplaced)
    paid = tuple(one.after for one in told if one.after.state in _PAID and one.before.state not in _PAID)
    return Applied(_words(told, len(finder.unplaced), finder.left), paid)


class _Work:
    """One message on its way through its runs."""

    def __init__(
        self,
        unit: UnitOfWork,
        place: tuple[TenantId, StoreId],
        message_id: uuid.UUID,
        at: datetime,
        effects: OrderEffects,
        announcer: Announcer,
    ) -> None:
        self._unit = unit
        self._announcer = announcer
        self._place = place
        self._message_id = message_id
        self._at = at
        self._effects = effects

    def run(self, found: RunFacts) -> list[Moved]:
        """Apply the facts about one run; return its payments that were spoken of."""
        moved = [self._moved(found.orders[order_id], facts) for order_id, facts in found.facts.items()]
        changed = [one.after for one in moved if one.after is not one.before]
        if changed and not self._unit.payment_runs.replace_orders(*self._place, changed):
            raise payable_changed()
        self._effects.book(moved)
        self._effects.move_payables(moved, self._message_id)
        self._tell(found, moved)
        self._add_tasks(found, moved)
        self._close_tasks(moved)
        after = {**found.orders, **{one.after.id: one.after for one in moved}}
        fates = [one.after for one in moved if one.after.state is not one.before.state]
        announce_fates_in(self._unit, self._announcer, *self._place, fates, at=self._at)
        conclude_in(self._unit, self._announcer, found.run, after.values(), actor=BANK, at=self._at)
        return moved

    def _moved(self, order: PaymentOrder, facts: list[Fact]) -> Moved:
        state = reduce(joined, (fact.told for fact in facts if fact.told is not None), order.state)
        after = replace(order, state=state)
        for fact in facts:
            after = _with_words(after, fact, state)
        changed = after != order
        entries = tuple(fact.entry for fact in facts if fact.entry is not None)
        in_batch = any(fact.word == "booked" and fact.entry is None for fact in facts)
        return Moved(order, replace(after, version=order.version + 1) if changed else order, entries, in_batch)

    def _tell(self, found: RunFacts, moved: Iterable[Moved]) -> None:
        """Write into the run's journal what was said of each payment, also when it changed nothing."""
        sequence = self._unit.payment_runs.next_sequence(*self._place, found.run.id)
        events: list[RunEvent] = []
        for one in moved:
            for fact in found.facts[one.before.id]:
                number = sequence + len(events)
                events.append(
                    RunEvent(
                        sequence=number,
                        id=derived_id(found.run.id, f"event {number}"),
                        kind=fact.word,
                        actor=BANK,
                        at=self._at,
                        order_id=one.before.id,
                        reason=" ".join(part for part in (fact.reason_code, fact.reason_text) if part)[:500],
                        evidence=self._message_id,
                        detail=_fact_detail(fact, one),
                    )
                )
        if events:
            self._unit.payment_runs.tell(found.run, events)

    def _add_tasks(self, found: RunFacts, moved: Iterable[Moved]) -> None:
        tasks: list[BankTask] = []
        for one in moved:
            tasks += self._tasks_of(one, found.facts[one.before.id])
        for order in self._effects.contradictions:
            tasks.append(self._order_task(TaskKind.CONTRADICTION, order))
        for order, entry in self._effects.other_amounts:
            shown = f"{(-entry.amount).to_decimal()} {entry.amount.currency.code}"
            tasks.append(self._order_task(TaskKind.OTHER_AMOUNT, order, shown=shown))
        self._effects.contradictions.clear()
        self._effects.other_amounts.clear()
        self._unit.bank_tasks.add(*self._place, tasks)

    def _tasks_of(self, one: Moved, facts: Iterable[Fact]) -> list[BankTask]:
        before, after = one.before, one.after
        tasks: list[BankTask] = []
        if after.state is _S.AWAITING_PAYEE_CHECK and after.payee_check in _DOUBTFUL:
            detail = {"payee_check": after.payee_check, "payee_check_name": after.payee_check_name}
            tasks.append(self._order_task(TaskKind.PAYEE_CHECK, after, **detail))
        if any(fact.word == "RJCT" and fact.told is None for fact in facts):
            tasks.append(self._order_task(TaskKind.REJECTED, after))
        if before.state is after.state:
            return tasks
        if after.state is _S.REJECTED:
            tasks.append(self._order_task(TaskKind.REJECTED, after))
        if after.state is _S.RETURNED:
            money_is_back = any(fact.word == "returned" for fact in facts)
            if before.state in (_S.REJECTED, _S.CANCELLED):
                tasks.append(self._order_task(TaskKind.CONTRADICTION, after))
            elif before.state is _S.SETTLED and not money_is_back:
                tasks.append(self._order_task(TaskKind.RETURN_MISSING, after))
            else:
                tasks.append(self._order_task(TaskKind.RETURNED, after))
        return tasks

    def _order_task(self, kind: TaskKind, order: PaymentOrder, **detail: str) -> BankTask:
        said = {
            "number": order.end_to_end_id,
            "payee": order.payee.name,
            "amount": f"{order.amount.to_decimal()} {order.amount.currency.code}",
            "reason_code": order.reason_code,
            "reason_text": order.reason_text,
            "reason_class": class_of(order.reason_code).value if order.reason_code else "",
        }
        return self.task(kind, "", order, {**said, **detail})

    def task(self, kind: TaskKind, key: str, order: PaymentOrder | None, detail: Mapping[str, str]) -> BankTask:
        """Return a task whose id follows from its cause."""
        # What fits nothing is told apart by its words: the same words in another message are the same task.
        parent = uuid.NAMESPACE_OID if order is None else order.id
        place = f"{self._place[0]} {self._place[1]} " if order is None else ""
        return BankTask(
            id=derived_id(parent, f"bank task {place}{kind} {key}"),
            kind=kind,
            opened_at=self._at,
            order_id=None if order is None else order.id,
            message_id=self._message_id,
            detail={name: text for name, text in detail.items() if text},
        )

    def _close_tasks(self, moved: Iterable[Moved]) -> None:
        """Close what the bank has answered: a check that was decided, a return that is on the statement."""
        for one in moved:
            if one.before.state is _S.AWAITING_PAYEE_CHECK and one.after.state is not _S.AWAITING_PAYEE_CHECK:
                self._close(derived_id(one.before.id, f"bank task {TaskKind.PAYEE_CHECK} "), one.after.state.value)
            if any(entry.amount.minor > 0 for entry in one.entries):
                self._close(derived_id(one.before.id, f"bank task {TaskKind.RETURN_MISSING} "), "returned")

    def _close(self, task_id: uuid.UUID, note: str) -> None:
        self._unit.bank_tasks.close(*self._place, task_id, by=BANK, note=note, at=self._at)


def _proven(moved: Iterable[Moved]) -> list[Proven]:
    """Return payments that a statement shows as left, with their day; one within a block has that of its order."""
    shown = []
    for one in moved:
        debits = [entry for entry in one.entries if entry.amount.minor < 0]
        if debits:
            shown.append(Proven(one.after, debits[0].booked_on, -debits[0].amount))
        elif one.in_batch:
            shown.append(Proven(one.after, one.after.execute_on))
    return shown


def _came_back(moved: Iterable[Moved]) -> list[Proven]:
    """Return payments whose money a statement shows as given back."""
    return [
        Proven(one.after, entry.booked_on, entry.amount)
        for one in moved
        for entry in one.entries
        if entry.amount.minor > 0
    ]


def _with_words(order: PaymentOrder, fact: Fact, state: OrderState) -> PaymentOrder:
    """Lay the bank's words over an order; a reason belongs to what undid it, never to an earlier step."""
    changed = order
    waits = fact.told is state and state is _S.PENDING
    if fact.reason_code and (waits or fact.told in (_S.REJECTED, _S.CANCELLED, _S.RETURNED, None)):
        changed = replace(changed, reason_code=fact.reason_code, reason_text=fact.reason_text)
    if fact.payee_check:
        changed = replace(changed, payee_check=fact.payee_check, payee_check_name=fact.payee_name)
    return changed


def _fact_detail(fact: Fact, one: Moved) -> dict[str, str]:
    detail = {"before": one.before.state.value, "after": one.after.state.value, "level": fact.level.value}
    if fact.execute_on:
        detail["execute_on"] = fact.execute_on
    if fact.payee_check:
        detail["payee_check"] = fact.payee_check
    if fact.payee_name:
        detail["payee_name"] = fact.payee_name
    if fact.entry is not None:
        entry = fact.entry
        detail["amount"] = f"{entry.amount.to_decimal()} {entry.amount.currency.code}"
        detail["booked_on"] = entry.booked_on.isoformat()
        if entry.charges is not None:
            detail["charges"] = f"{entry.charges.to_decimal()} {entry.charges.currency.code}"
    return detail


def _words(moved: list[Moved], unplaced: int, left: int) -> str:
    """Return what a message did, in words; numbers of payments by the state they reached."""
    counts: dict[str, int] = {}
    for one in moved:
        name = one.after.state.value.replace("_", " ") if one.after is not one.before else "nothing new"
        counts[name] = counts.get(name, 0) + 1
    parts = [f"{number} {name}" for name, number in sorted(counts.items())]
    if unplaced:
        parts.append(f"{unplaced} without a payment here")
    if left:
        parts.append(f"{left} other entries")
    return ", ".join(parts) or "nothing about payments"
