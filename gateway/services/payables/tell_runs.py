"""Tells the outside how runs go on and what becomes of their payments, in the unit of the fact; each fact once."""

from collections.abc import Iterable, Mapping
from datetime import datetime

from gateway.domain.ids import StoreId, TenantId, derived_id
from gateway.domain.payables.payment_order import OrderState, PaymentOrder, PaymentRun
from gateway.ports.announcer import Announcement, Announcer
from gateway.ports.unit_of_work import UnitOfWork

TOLD_FATES = frozenset(
    {
        OrderState.AWAITING_PAYEE_CHECK,
        OrderState.ACCEPTED,
        OrderState.EXECUTED,
        OrderState.SETTLED,
        OrderState.REJECTED,
        OrderState.RETURNED,
        OrderState.CANCELLED,
    }
)
"""States of a payment that are told as ``payment_order.`` and the state; the others tell a program outside nothing."""


def announce_run_in(
    unit: UnitOfWork, announcer: Announcer, run: PaymentRun, step: str, data: Mapping[str, str], *, at: datetime
) -> None:
    """Note a step of a run for who listens. ``step``: ``proposed``, ``approved``, ``released`` or ``done``."""
    if announcer.silent:
        return
    told = Announcement(
        tenant_id=run.tenant_id,
        store_id=run.store_id,
        kind=f"payment_run.{step}",
        # A run that was corrected is approved and released again: that is another fact.
        cause_id=derived_id(run.id, f"{step} {run.attempt}"),
        subject=f"/v1/payment-runs/{run.id}",
        data={"run_id": str(run.id), "number": str(run.number), "run_on": run.run_on.isoformat(), **data},
        at=at,
    )
    for message in announcer.messages(told):
        unit.outbox.add(message)


def announce_fates_in(
    unit: UnitOfWork,
    announcer: Announcer,
    tenant_id: TenantId,
    store_id: StoreId,
    orders: Iterable[PaymentOrder],
    *,
    at: datetime,
) -> None:
    """Note for who listens where payments stand now. ``orders``: those whose state has just changed."""
    if announcer.silent:
        return
    for one in orders:
        if one.state not in TOLD_FATES:
            continue
        told = Announcement(
            tenant_id=tenant_id,
            store_id=store_id,
            kind=f"payment_order.{one.state.value}",
            cause_id=derived_id(one.id, f"fate {one.attempt}"),
            subject=f"/v1/payment-orders/{one.end_to_end_id}",
            data={
                "run_id": str(one.run_id),
                "end_to_end_id": one.end_to_end_id,
                "supplier_id": str(one.payee.supplier_id),
                "payee": one.payee.name,
                "amount": one.amount.to_decimal(),
                "currency": one.amount.currency.code,
                "execute_on": one.execute_on.isoformat(),
                "invoices": ", ".join(part.number for part in one.allocations),
                "reason_code": one.reason_code,
            },
            at=at,
            trace_id=one.trace_id,
        )
        for message in announcer.messages(told):
            unit.outbox.add(message)
