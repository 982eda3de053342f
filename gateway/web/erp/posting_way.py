"""The way of one document across systems: what caused it, itself, what followed; each with the page that shows it."""

import uuid
from dataclasses import dataclass

from gateway.domain.access import Caller, Permission
from gateway.domain.erp.documents import DocumentKind
from gateway.domain.erp.posting import SETTLED, Posting, PostingState
from gateway.domain.errors import NotFound
from gateway.domain.ids import PayableId
from gateway.domain.payables.payable import PayableStep
from gateway.domain.payables.payment_order import OrderState
from gateway.ports.unit_of_work import UnitOfWork
from gateway.services.erp.enqueue_bills import payment_key
from gateway.services.erp.take_back_bills import bills_in
from gateway.services.payables.read_payables import PayableView
from gateway.web.container import WebContainer

_DONE, _NEXT, _STOPPED = "done", "next", "stopped"


@dataclass(frozen=True, slots=True)
class Stop:
    """One stop. ``state``: ``done``, ``next`` or ``stopped``; ``said``: a number or name; ``address``: may be empty."""

    name: str
    state: str
    said: str = ""
    address: str = ""
    is_here: bool = False


def way_of(container: WebContainer, who: Caller, posting: Posting) -> tuple[Stop, ...]:
    """Return the stops of a document, as far as the reader may see them."""
    try:
        trace = uuid.UUID(posting.trace_id)
    except ValueError:
        return (_itself(posting, posting),)
    if posting.kind is DocumentKind.SALES_DAY:
        may = bool({Permission.SHIFTS_REVIEW, Permission.SHIFTS_WORK} & who.permissions)
        number = str(posting.document.get("number", ""))
        return (Stop("shift", _DONE, number, f"/shift/{trace}" if may else ""), _itself(posting, posting))
    if Permission.PAYABLES_READ not in who.permissions:
        return (_itself(posting, posting),)
    try:
        view = container.till.payables.core.read.get(who, PayableId(trace))
    except NotFound:
        return (_itself(posting, posting),)
    with container.storage.read() as unit:
        return _of_payable(unit, who, view, posting)


def _of_payable(unit: UnitOfWork, who: Caller, view: PayableView, posting: Posting) -> tuple[Stop, ...]:
    one, place = view.payable, (who.tenant_id, who.store_id)
    approved = any(event.step is PayableStep.APPROVED for event in view.events)
    named = unit.purchases.orders_by_number(*place, one.order_numbers) if one.order_numbers else {}
    bills = [
        bill
        for bill in bills_in(unit, place, posting.account, one.id)
        if bill.state is not PostingState.GIVEN_UP or bill.key == posting.key
    ]
    found = [
        *(Stop("order", _DONE, order.number, f"/purchase-orders/{order.id}") for order in named.values()),
        Stop("invoice", _DONE, one.number, f"/payables/{one.id}"),
        Stop("approval", _DONE if approved else _NEXT, "", f"/approvals/{one.id}" if _may_approve(who) else ""),
        *(_itself(bill, posting) for bill in bills),
    ]
    for order in view.orders:
        sent = order.state not in (OrderState.PLANNED, OrderState.CANCELLED)
        found.append(
            Stop(
                "payment",
                _DONE if sent else _NEXT,
                order.end_to_end_id,
                f"/payment-runs/payments/{order.end_to_end_id}" if sent else f"/payment-runs/{order.run_id}",
            )
        )
        found.append(Stop("statement", _DONE if order.state is OrderState.SETTLED else _NEXT))
        told = unit.erp.load(place, posting.account, payment_key(order))
        found += [] if told is None else [_itself(told, posting)]
    if not any(stop.is_here for stop in found):
        found.append(_itself(posting, posting))
    return tuple(found)


def _may_approve(who: Caller) -> bool:
    return Permission.PAYABLES_APPROVE in who.permissions


def _itself(posting: Posting, here: Posting) -> Stop:
    """Return the stop of a document at the ERP, by the ERP's number where it told one."""
    there = posting.state in SETTLED - {PostingState.GIVEN_UP}
    stopped = posting.state in (PostingState.REFUSED, PostingState.GIVEN_UP)
    return Stop(
        f"erp_{posting.kind.value}",
        _DONE if there else _STOPPED if stopped else _NEXT,
        posting.number or posting.erp_id,
        f"/erps/{posting.account}/documents/{posting.key}",
        is_here=posting.key == here.key,
    )
