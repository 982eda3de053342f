"""What a run does not pay as it is now: left out when it was built, or taken out since; what was taken in is gone."""

import uuid
from collections.abc import Collection, Mapping, Sequence

from gateway.domain.ids import PayableId, StoreId, TenantId
from gateway.domain.payables.payable import Payable, PayableState
from gateway.domain.payables.payment_order import LIVING, LeftOut, OrderState, PaymentOrder, PaymentRun
from gateway.ports.payable_store import PAYABLES_PAGE_MAX, PayableWish
from gateway.ports.payment_run_store import RunEvent
from gateway.ports.unit_of_work import UnitOfWork

POSTPONED = "postponed"
INVOICE_POSTPONED = "invoice_postponed"
TAKEABLE = frozenset({"not_due", "cash_limit", "no_rate", POSTPONED, "dropped_by_hand"})
"""Reasons a person may overrule within the run; any other has to be seen to first."""


_NOT_READY: Mapping[PayableState, str] = {
    PayableState.VALIDATED: "not_matched",
    PayableState.DUPLICATE_SUSPECT: "duplicate_suspect",
    PayableState.EXCEPTION: "exception",
    PayableState.MATCHED: "not_approved",
    PayableState.APPROVED: "on_hold",
    PayableState.PART_PAID: "on_hold",
    PayableState.SCHEDULED: "in_another_run",
    PayableState.IN_RUN: "in_another_run",
}
"""Why a payable is not even looked at by a run, by where it stands; what is approved is looked at unless it is held."""


def left_out_now_in(
    unit: UnitOfWork,
    run: PaymentRun,
    stored: Sequence[LeftOut],
    orders: Sequence[PaymentOrder],
    events: Sequence[RunEvent],
) -> tuple[LeftOut, ...]:
    """Return each payable the run was built from and does not pay now, with the newest reason.

    Args:
        unit: to load invoices that were postponed.
        run: as it is.
        stored: what was left out when the run was built.
        orders: of the run.
        events: its journal.
    """
    paid = {part.payable_id for one in orders if one.state in LIVING for part in one.allocations}
    # What has left for the bank and come back is no question of this run any more.
    paid |= {
        part.payable_id
        for one in orders
        if one.state not in LIVING and one.state is not OrderState.CANCELLED
        for part in one.allocations
    }
    found: dict[PayableId, LeftOut] = {one.payable_id: one for one in stored}
    for order in orders:
        if order.state is OrderState.CANCELLED and order.reason_code:
            for part in order.allocations:
                amount = part.amount + part.discount
                found[part.payable_id] = LeftOut(
                    part.payable_id, order.payee.supplier_id, amount, order.reason_code, None, _words(order)
                )
    for event in events:
        if event.kind != INVOICE_POSTPONED or "payable_id" not in (event.detail or {}):
            continue
        payable_id = PayableId(uuid.UUID((event.detail or {})["payable_id"]))
        payable = None if payable_id in paid else unit.payables.load(run.tenant_id, run.store_id, payable_id)
        if payable is not None:
            words = {"reason": event.reason}
            found[payable_id] = LeftOut(payable_id, payable.supplier_id, payable.open_amount, POSTPONED, None, words)
    return tuple(one for payable_id, one in found.items() if payable_id not in paid)


def not_ready_in(
    unit: UnitOfWork, tenant_id: TenantId, store_id: StoreId, known: Collection[PayableId]
) -> tuple[LeftOut, ...]:
    """Return what is owed and no run can choose yet, the newest first, at most one page, with why.

    Args:
        unit: to read in.
        tenant_id: whose.
        store_id: whose.
        known: payables the run has looked at: it has said of them all there is to say.
    """
    wish = PayableWish(states=tuple(_NOT_READY))
    page = unit.payables.list(tenant_id, store_id, wish, before=None, limit=PAYABLES_PAGE_MAX)
    return tuple(_not_ready(one) for one in page if one.id not in known)


def _not_ready(one: Payable) -> LeftOut:
    if one.hold is None:
        return LeftOut(one.id, one.supplier_id, one.open_amount, _NOT_READY[one.state], None, {})
    return LeftOut(one.id, one.supplier_id, one.open_amount, one.hold.kind.value, None, {"reason": one.hold.reason})


def _words(order: PaymentOrder) -> Mapping[str, str]:
    return {"reason": order.reason_text} if order.reason_text else {}
