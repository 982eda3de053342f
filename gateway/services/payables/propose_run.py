"""Proposals of payments: what a run would pay, as a preview or stored; each business date one by itself."""

import logging
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, datetime

from gateway.domain.access import Caller, Permission
from gateway.domain.errors import IdempotencyConflict, RuleError
from gateway.domain.ids import PayableId, PaymentRunId, StoreId, TenantId, in_order
from gateway.domain.money import Money
from gateway.domain.payables.choose_payments import Choice, RunFacts, choose
from gateway.domain.payables.payable import Payable, PayableStep
from gateway.domain.payables.payment_order import PaymentOrder, PaymentRun, RunState
from gateway.domain.payables.run_identity import daily_run_id, formed_id, run_digest
from gateway.logs.observability import log_event
from gateway.ports.unit_of_work import Storage, UnitOfWork
from gateway.services.payables.approval_digest import still_approved_in
from gateway.services.payables.payable_steps import steps_in
from gateway.services.payables.run_desk import RunDesk, tell_in
from gateway.services.payables.run_orders import mark_of, orders_of
from gateway.services.payables.tell_runs import announce_run_in

_log = logging.getLogger(__name__)
SYSTEM = "system"
_TRIES_MAX = 3
"""A payable that somebody changes while a run is being built makes it being built again."""


@dataclass(frozen=True, slots=True)
class RunWish:
    """What somebody wants of a proposal. ``cash``: what may be spent, by account; no entry: what the settings leave.

    ``wanted``: payables to pay although they could wait; ``postponed``: not to pay although they are due.
    """

    run_on: date
    cash: Mapping[str, Money] = field(default_factory=dict)
    wanted: frozenset[PayableId] = frozenset()
    postponed: frozenset[PayableId] = frozenset()


@dataclass(frozen=True, slots=True)
class Proposal:
    """A run with its orders and what it leaves out. Not stored when ``run.version`` is 0."""

    run: PaymentRun
    orders: tuple[PaymentOrder, ...]
    choice: Choice


class ProposeRun:
    """Builds proposals."""

    def __init__(self, *, storage: Storage, desk: RunDesk) -> None:
        self._storage = storage
        self._desk = desk

    def preview(self, caller: Caller, wish: RunWish) -> Proposal:
        """Return what a run would pay, and store nothing.

        Raises:
            NotPermitted: without ``payables:read``.
        """
        caller.require(Permission.PAYABLES_READ)
        self._desk.rates.refresh()
        run_id = PaymentRunId(formed_id("preview", caller.tenant_id, caller.store_id, wish.run_on))
        with self._storage.read() as unit:
            run = self._empty(unit, caller.tenant_id, caller.store_id, run_id, wish.run_on, caller.name)
            _, choice = self._chosen_in(unit, run, wish)
        orders = orders_of(run, choice.payments)
        return Proposal(replace(run, version=0), orders, choice)

    def propose(self, caller: Caller, run_id: PaymentRunId, wish: RunWish) -> Proposal:
        """Store a proposal and return it; the same id again returns the stored one.

        Raises:
            NotPermitted: without ``payables:work``.
            RuleError: ``nothing_to_pay``; ``payable_changed`` when payables change all the time.
            IdempotencyConflict: ``run_id_taken`` for an id of a run of another date.
        """
        caller.require(Permission.PAYABLES_WORK)
        proposal = self._propose(caller.tenant_id, caller.store_id, run_id, wish, actor=caller.name)
        if not proposal.orders:
            hint = "Look at the preview: it says of each payable why it is left out."
            raise RuleError("nothing_to_pay", "There is nothing to pay in this run.", hint)
        return proposal

    def propose_daily(self, tenant_id: TenantId, store_id: StoreId, business_date: date) -> str:
        """Propose the run of a business date by itself; return what came of it, in words.

        A run with the same id that is there already is left as it is: the second of two tries changes nothing.
        """
        run_id = daily_run_id(tenant_id, store_id, business_date.isoformat())
        proposal = self._propose(tenant_id, store_id, run_id, RunWish(business_date), actor=SYSTEM)
        if not proposal.orders:
            return f"nothing to pay, {len(proposal.choice.left_out)} left out"
        return f"run {proposal.run.number}: {len(proposal.orders)} payments"

    def _propose(
        self, tenant_id: TenantId, store_id: StoreId, run_id: PaymentRunId, wish: RunWish, *, actor: str
    ) -> Proposal:
        def work(unit: UnitOfWork) -> Proposal:
            known = unit.payment_runs.load(tenant_id, store_id, run_id)
            if known is not None:
                if known.run_on != wish.run_on:
                    message = "A run with this id is stored for another date."
                    raise IdempotencyConflict("run_id_taken", message, "Make a new id for a new run.")
                stored = unit.payment_runs.orders(tenant_id, store_id, run_id)
                return Proposal(known, stored, Choice((), unit.payment_runs.left_out(tenant_id, store_id, run_id)))
            run = self._empty(unit, tenant_id, store_id, run_id, wish.run_on, actor)
            payables, choice = self._chosen_in(unit, run, wish)
            orders = orders_of(run, choice.payments)
            run = replace(run, digest=run_digest(run, orders))
            if orders:
                self._store(unit, run, orders, choice, payables, actor)
            return Proposal(run, orders, choice)

        self._desk.rates.refresh()
        made = self._tried(work)
        log_event(_log, "run.proposed", run_id=run_id, orders=len(made.orders))
        return made

    def _tried(self, work: Callable[[UnitOfWork], Proposal]) -> Proposal:
        for _ in range(_TRIES_MAX - 1):
            try:
                return self._storage.write_retrying(work)
            except RuleError as error:
                if error.code != "payable_changed":
                    raise
        return self._storage.write_retrying(work)

    def _store(
        self,
        unit: UnitOfWork,
        run: PaymentRun,
        orders: Sequence[PaymentOrder],
        choice: Choice,
        payables: Sequence[Payable],
        actor: str,
    ) -> None:
        unit.payment_runs.add(run, orders, choice.left_out)
        schedule_in(unit, run, orders, {one.id: one for one in payables}, actor=actor, at=run.created_at)
        detail = {"orders": str(len(orders)), "left_out": str(len(choice.left_out)), "digest": run.digest}
        tell_in(unit, run, [("proposed", None, "", detail)], actor=actor, at=run.created_at)
        announce_run_in(unit, self._desk.announcer, run, "proposed", detail, at=run.created_at)

    def _empty(
        self,
        unit: UnitOfWork,
        tenant_id: TenantId,
        store_id: StoreId,
        run_id: PaymentRunId,
        run_on: date,
        actor: str,
    ) -> PaymentRun:
        # Whole seconds: this instant is written into files, which keep no more.
        now = self._desk.clock.now().replace(microsecond=0)
        return PaymentRun(
            tenant_id=tenant_id,
            store_id=store_id,
            id=run_id,
            number=unit.payment_runs.next_number(tenant_id, store_id),
            run_on=run_on,
            state=RunState.PROPOSED,
            digest="",
            proposed_by=actor,
            created_at=now,
            changed_at=now,
        )

    def _chosen_in(self, unit: UnitOfWork, run: PaymentRun, wish: RunWish) -> tuple[tuple[Payable, ...], Choice]:
        payables = unit.payables.payable_now(run.tenant_id, run.store_id)
        cash = {**self._desk.cash_in(unit, run.tenant_id, run.store_id), **wish.cash}
        facts = facts_in(unit, self._desk, run, payables, wanted=wish.wanted, postponed=wish.postponed)
        return payables, choose(facts, self._desk.rules(run.run_on, cash))


def facts_in(
    unit: UnitOfWork,
    desk: RunDesk,
    run: PaymentRun,
    payables: Sequence[Payable],
    *,
    wanted: Collection[PayableId] = frozenset(),
    postponed: Collection[PayableId] = frozenset(),
) -> RunFacts:
    """Return everything about payables that a choice needs, in few statements."""
    suppliers = in_order({one.supplier_id for one in payables})
    accounts = unit.suppliers.effective_accounts(run.tenant_id, run.store_id, suppliers)
    approved = still_approved_in(unit, payables, accounts)
    return RunFacts(
        payables=payables,
        suppliers=unit.suppliers.load_many(run.tenant_id, run.store_id, suppliers),
        accounts=accounts,
        own=desk.own(),
        approved=approved,
        # A new account asks for one approval more (the sign "cooling"): an approval that holds for the account of
        # today was given with it.
        extra_approved=approved,
        stopped=desk.stops_now(unit, payables, accounts),
        wanted=wanted,
        postponed=postponed,
    )


def schedule_in(
    unit: UnitOfWork,
    run: PaymentRun,
    orders: Sequence[PaymentOrder],
    payables: Mapping[PayableId, Payable],
    *,
    actor: str,
    at: datetime,
) -> tuple[Payable, ...]:
    """Take the payables of orders into a run.

    Raises:
        RuleError: ``payable_changed`` or ``payable_step_refused``; the unit must end.
    """
    marks = {part.payable_id: mark_of(run, order.position) for order in orders for part in order.allocations}
    details = {one: {"run_id": str(run.id), "payment": mark} for one, mark in marks.items()}
    chosen = [payables[one] for one in marks]
    return steps_in(unit, chosen, PayableStep.SCHEDULED, actor=actor, at=at, details=details)
