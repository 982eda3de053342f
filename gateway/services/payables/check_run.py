"""Looks at a run again before it is approved and before it is released: what must not be paid any more is taken out."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from zoneinfo import ZoneInfo

from gateway.domain.errors import RuleError
from gateway.domain.ids import PayableId, PaymentOrderId, SupplierId, in_order
from gateway.domain.money import Money
from gateway.domain.payables.payable import Payable, PayableState, PayableStep
from gateway.domain.payables.payment_order import OrderState, PaymentOrder, PaymentRun
from gateway.domain.payables.supplier import SupplierAccount
from gateway.ports.unit_of_work import UnitOfWork
from gateway.services.payables.approval_digest import still_approved_in
from gateway.services.payables.payable_steps import steps_in
from gateway.services.payables.run_desk import RunDesk, run_changed, tell_in
from gateway.services.payables.run_orders import same_account

DATE_PAST = "date_past"


@dataclass(frozen=True, slots=True)
class Fault:
    """Why an order cannot go. ``field``: of the bank's file, or empty; ``message``, ``hint``: in words."""

    code: str
    field: str = ""
    message: str = ""
    hint: str = ""


@dataclass(frozen=True, slots=True)
class Checked:
    """A run as found. ``orders``: those that are planned; ``payables``: of all of them, locked.

    ``of_files``: what is wrong with files as a whole, such as the shop's own account, by name of the account: no
    payment is to blame, so none is taken out.
    """

    orders: tuple[PaymentOrder, ...]
    payables: Mapping[PayableId, Payable]
    accounts: Mapping[SupplierId, SupplierAccount]
    faults: Mapping[PaymentOrderId, Fault]
    of_files: tuple[tuple[str, Fault], ...] = ()


def check_in(unit: UnitOfWork, desk: RunDesk, run: PaymentRun, state: PayableState) -> Checked:
    """Look at every planned order of a locked run; its payables are locked, and should stand in ``state``."""
    here = (run.tenant_id, run.store_id)
    orders = tuple(one for one in unit.payment_runs.orders(*here, run.id) if one.state is OrderState.PLANNED)
    wanted = [part.payable_id for order in orders for part in order.allocations]
    payables = unit.payables.lock_many(*here, wanted)
    owed_to = {one.supplier_id for one in payables.values()}
    supplier_ids = in_order(owed_to | {one.payee.supplier_id for one in orders})
    blocked = unit.suppliers.blocked_of(*here, supplier_ids)
    accounts = unit.suppliers.effective_accounts(*here, supplier_ids)
    approved = still_approved_in(unit, list(payables.values()), accounts)
    stopped = desk.stops_now(unit, list(payables.values()), accounts)
    faults: dict[PaymentOrderId, Fault] = {}
    for order in orders:
        code = ""
        # A supplier that is not there is not paid either.
        if blocked.get(order.payee.supplier_id, "gone"):
            code = "supplier_blocked"
        elif not same_account(order.payee, accounts.get(order.payee.supplier_id)):
            code = "account_changed"
        for part in order.allocations:
            payable = payables.get(part.payable_id)
            code = code or _payable_fault(payable, part.amount + part.discount, state)
            if payable is not None:
                code = code or ("" if payable.id in approved else "not_approved") or stopped.get(payable.id, "")
        if code:
            faults[order.id] = Fault(code)
    of_orders, of_files = _bank_faults(desk, orders)
    faults |= {key: fault for key, fault in of_orders.items() if key not in faults}
    return Checked(orders, payables, accounts, faults, of_files)


def check_files(checked: Checked) -> None:
    """Refuse a run whose files no bank would take, whatever payments are in them.

    Raises:
        RuleError: ``own_account_not_writable``, with the account and what is wrong with it.
    """
    if checked.of_files:
        words = " ".join(f"{name}: {fault.message}" for name, fault in checked.of_files)
        raise RuleError("own_account_not_writable", words, checked.of_files[0][1].hint)


def _payable_fault(payable: Payable | None, paid: Money, state: PayableState) -> str:
    if payable is None or payable.state is not state:
        return "payable_moved_on"
    if payable.hold is not None:
        return payable.hold.kind.value
    return "above_open_amount" if paid.minor > payable.open_amount.minor else ""


def _bank_faults(
    desk: RunDesk, orders: Sequence[PaymentOrder]
) -> tuple[dict[PaymentOrderId, Fault], tuple[tuple[str, Fault], ...]]:
    """What the banks would refuse, of single payments and of whole files, and dates that are past by now."""
    faults: dict[PaymentOrderId, Fault] = {}
    of_files: list[tuple[str, Fault]] = []
    now = desk.clock.now()
    for source in desk.own():
        mine = [one for one in orders if one.bank_account_id == source.id]
        closed, earliest = desk.closed(source), desk.earliest(source, now)
        late = {one.id for one in mine if one.execute_on < earliest or closed(one.execute_on)}
        faults |= {one: Fault(DATE_PAST) for one in late}
        in_time = [one for one in mine if one.id not in late]
        today = now.astimezone(ZoneInfo(source.time_zone)).date()
        for problem in desk.writer.problems(source.account, in_time, today=today, closed=closed):
            found = Fault(problem.code, problem.field, problem.message, problem.hint)
            if problem.order_id is not None:
                faults.setdefault(problem.order_id, found)
            elif mine:
                of_files.append((source.account.name or source.id, found))
    known = {one.id for one in desk.own()}
    faults |= {one.id: Fault("bank_account_unknown") for one in orders if one.bank_account_id not in known}
    return faults, tuple(of_files)


def take_out_in(
    unit: UnitOfWork,
    run: PaymentRun,
    orders: Sequence[PaymentOrder],
    payables: Mapping[PayableId, Payable],
    faults: Mapping[PaymentOrderId, Fault],
    *,
    actor: str,
    at: datetime,
    reason: str = "",
) -> tuple[PaymentOrder, ...]:
    """Take orders out of a run that was not released: cancelled with their reason, their payables wait for another."""
    out = tuple(
        replace(
            one,
            state=OrderState.CANCELLED,
            reason_code=faults[one.id].code,
            reason_text=faults[one.id].message or reason,
            version=one.version + 1,
        )
        for one in orders
        if one.id in faults
    )
    if not out:
        return ()
    if not unit.payment_runs.replace_orders(run.tenant_id, run.store_id, out):
        raise run_changed()
    in_run = (PayableState.SCHEDULED, PayableState.IN_RUN)
    left = [
        payables[part.payable_id]
        for one in out
        for part in one.allocations
        if part.payable_id in payables and payables[part.payable_id].state in in_run
    ]
    details = {
        part.payable_id: {"run_id": str(run.id), "code": faults[one.id].code} for one in out for part in one.allocations
    }
    steps_in(unit, left, PayableStep.DROPPED, actor=actor, at=at, reason=reason, details=details)
    told = [("dropped", one.id, one.reason_text, {"code": one.reason_code}) for one in out]
    tell_in(unit, run, told, actor=actor, at=at)
    return out


def dated_again(desk: RunDesk, order: PaymentOrder, now: datetime) -> date:
    """Return the first day on which an order whose date is past can be executed."""
    source = next(one for one in desk.own() if one.id == order.bank_account_id)
    return max(desk.earliest(source, now), order.execute_on)
