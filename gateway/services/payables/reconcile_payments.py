"""Settled payments and the lines of statements accepted as their evidence; both ways, in the caller's unit."""

import uuid
from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime

from gateway.domain.errors import NotFound, RuleError
from gateway.domain.ids import PaymentOrderId, StoreId, TenantId, in_order
from gateway.domain.payables.payable import Payable, PayableState, PayableStep
from gateway.domain.payables.payment_order import OrderState, PaymentOrder
from gateway.ports.unit_of_work import UnitOfWork
from gateway.services.payables.payable_steps import payable_changed, steps_in
from gateway.services.payables.run_desk import tell_in


def mark_reconciled(
    unit: UnitOfWork,
    tenant_id: TenantId,
    store_id: StoreId,
    order_ids: Sequence[PaymentOrderId],
    line_id: uuid.UUID,
    at: datetime,
    *,
    actor: str = "bank",
) -> tuple[PaymentOrder, ...]:
    """Note the line of a statement that proves settled payments; invoices follow when all that paid them is proven.

    The same again changes nothing.

    Args:
        unit: the transaction in which the line is accepted.
        tenant_id: whose.
        store_id: whose.
        order_ids: payments the line is the evidence of; one for a single booking, more for a block.
        line_id: the line.
        at: when it is accepted.
        actor: who accepted it: a login, or ``bank`` for a rule.

    Returns:
        The payments as they now are.

    Raises:
        NotFound: ``payment_order_not_found``.
        RuleError: ``payment_not_settled`` while the statement was not read for it; ``payment_proven_otherwise`` when
            another line is its evidence; ``payable_changed`` when somebody was quicker. The unit must end.
    """
    orders = _locked(unit, tenant_id, store_id, order_ids)
    changed = []
    for one in orders:
        if one.reconciled_line not in (None, line_id):
            message = f"Another line of a statement is the evidence of payment {one.end_to_end_id}."
            raise RuleError("payment_proven_otherwise", message, "Take that decision back first.")
        if one.state is not OrderState.SETTLED:
            message = f"Payment {one.end_to_end_id} is {one.state}, not settled."
            raise RuleError("payment_not_settled", message, "Read the statement that shows it first.")
        if one.reconciled_line is None:
            changed.append(replace(one, reconciled_line=line_id, version=one.version + 1))
    _store(unit, tenant_id, store_id, changed, "reconciled", line_id, actor=actor, at=at)
    proven = [
        payable
        for payable in _payables(unit, tenant_id, store_id, changed, PayableState.SETTLED)
        if _all_proven(unit, payable)
    ]
    _step(unit, proven, PayableStep.RECONCILED, line_id, actor=actor, at=at)
    return unit.payment_runs.orders_by_id(tenant_id, store_id, order_ids)


def mark_settled_again(
    unit: UnitOfWork,
    tenant_id: TenantId,
    store_id: StoreId,
    order_ids: Sequence[PaymentOrderId],
    line_id: uuid.UUID,
    at: datetime,
    *,
    actor: str = "bank",
) -> tuple[PaymentOrder, ...]:
    """Undo :func:`mark_reconciled`: the line is no evidence any more; what the bank booked stays booked.

    Payments of which this line is not the evidence are left as they are, so that the same again changes nothing.

    Raises:
        NotFound: ``payment_order_not_found``.
        RuleError: ``payable_changed`` when somebody was quicker; the unit must end.
    """
    orders = _locked(unit, tenant_id, store_id, order_ids)
    mine = [one for one in orders if one.reconciled_line == line_id]
    changed = [replace(one, reconciled_line=None, version=one.version + 1) for one in mine]
    _store(unit, tenant_id, store_id, changed, "reconciliation_undone", line_id, actor=actor, at=at)
    proven = _payables(unit, tenant_id, store_id, changed, PayableState.RECONCILED)
    _step(unit, proven, PayableStep.RECONCILIATION_UNDONE, line_id, actor=actor, at=at)
    return unit.payment_runs.orders_by_id(tenant_id, store_id, order_ids)


def _locked(
    unit: UnitOfWork, tenant_id: TenantId, store_id: StoreId, order_ids: Sequence[PaymentOrderId]
) -> tuple[PaymentOrder, ...]:
    """Return payments with their runs locked, as whoever reads a bank's message locks them."""
    first = unit.payment_runs.orders_by_id(tenant_id, store_id, order_ids)
    for run_id in in_order({one.run_id for one in first}):
        unit.payment_runs.lock(tenant_id, store_id, run_id)
    orders = unit.payment_runs.orders_by_id(tenant_id, store_id, order_ids)
    if len(orders) != len(set(order_ids)):
        raise NotFound("payment_order_not_found", "There is no such payment.", "Load the run again.")
    return orders


def _store(
    unit: UnitOfWork,
    tenant_id: TenantId,
    store_id: StoreId,
    changed: Sequence[PaymentOrder],
    kind: str,
    line_id: uuid.UUID,
    *,
    actor: str,
    at: datetime,
) -> None:
    if not changed:
        return
    if not unit.payment_runs.replace_orders(tenant_id, store_id, changed):
        raise payable_changed()
    for run_id in in_order({one.run_id for one in changed}):
        run = unit.payment_runs.load(tenant_id, store_id, run_id)
        mine = [one for one in changed if one.run_id == run_id]
        if run is not None:
            detail = {"statement_line": str(line_id)}
            tell_in(unit, run, [(kind, one.id, "", detail) for one in mine], actor=actor, at=at)


def _payables(
    unit: UnitOfWork, tenant_id: TenantId, store_id: StoreId, orders: Sequence[PaymentOrder], state: PayableState
) -> list[Payable]:
    wanted = in_order({part.payable_id for one in orders for part in one.allocations})
    return [one for one in unit.payables.lock_many(tenant_id, store_id, wanted).values() if one.state is state]


def _all_proven(unit: UnitOfWork, payable: Payable) -> bool:
    orders = unit.payment_runs.orders_of_payable(payable.tenant_id, payable.store_id, payable.id)
    return all(one.reconciled_line is not None for one in orders if one.state is OrderState.SETTLED)


def _step(
    unit: UnitOfWork, payables: Sequence[Payable], step: PayableStep, line_id: uuid.UUID, *, actor: str, at: datetime
) -> None:
    details = {one.id: {"statement_line": str(line_id)} for one in payables}
    steps_in(unit, payables, step, actor=actor, at=at, details=details)
