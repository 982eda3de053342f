"""Between the rows of payment runs and the domain. A payee is one document: it is approved and read as a whole."""

from collections.abc import Iterable, Mapping
from dataclasses import fields
from datetime import date
from fractions import Fraction
from typing import Any

from gateway.adapters.db.column_types import id_of_hex, storable
from gateway.adapters.db.payments.mapping import AnyRow
from gateway.domain.ids import PayableId, PaymentOrderId, PaymentRunId, StoreId, SupplierId, TenantId
from gateway.domain.money import Currency, Money
from gateway.domain.payables.payment_order import (
    LIVING,
    Allocation,
    BankFile,
    FileState,
    Instrument,
    LeftOut,
    OrderState,
    Payee,
    PaymentOrder,
    PaymentRun,
    RunState,
)
from gateway.domain.payables.planned_worth import PlannedWorth
from gateway.domain.payables.supplier import PostalAddress
from gateway.ports.payment_run_store import DatedRun, RunEvent

_PAYEE_TEXTS = tuple(one.name for one in fields(Payee) if one.name not in ("supplier_id", "account_id", "address"))
# Asking the classes themselves costs five times as much, and a run reads thousands of orders.
_INSTRUMENTS = {one.value: one for one in Instrument}
_ORDER_STATES = {one.value: one for one in OrderState}
_NOWHERE = PostalAddress()
_ADDRESS = tuple(one.name for one in fields(PostalAddress))


def run_row(run: PaymentRun) -> dict[str, Any]:
    """Return the row of a run."""
    return {
        "tenant_id": run.tenant_id,
        "store_id": run.store_id,
        "run_id": run.id,
        "number": run.number,
        "run_on": run.run_on.isoformat(),
        "state": run.state.value,
        "digest": run.digest,
        "proposed_by": storable(run.proposed_by),
        "created_at": run.created_at,
        "changed_at": run.changed_at,
        "approved_by": run.approved_by,
        "approved_at": run.approved_at,
        "released_by": run.released_by,
        "released_at": run.released_at,
        "attempt": run.attempt,
        "note": storable(run.note),
        "version": run.version,
    }


def run_of(row: AnyRow) -> PaymentRun:
    """Return the run of a row."""
    return PaymentRun(
        tenant_id=TenantId(row.tenant_id),
        store_id=StoreId(row.store_id),
        id=PaymentRunId(row.run_id),
        number=row.number,
        run_on=date.fromisoformat(row.run_on),
        state=RunState(row.state),
        digest=row.digest,
        proposed_by=row.proposed_by,
        created_at=row.created_at,
        changed_at=row.changed_at,
        approved_by=row.approved_by,
        approved_at=row.approved_at,
        released_by=row.released_by,
        released_at=row.released_at,
        attempt=row.attempt,
        note=row.note,
        version=row.version,
    )


def payee_document(payee: Payee) -> dict[str, Any]:
    """Return the JSON document of a payee; empty parts are left out."""
    document: dict[str, Any] = {"supplier_id": str(payee.supplier_id), "account_id": str(payee.account_id)}
    document |= {name: storable(value) for name in _PAYEE_TEXTS if (value := getattr(payee, name))}
    address = {name: storable(value) for name in _ADDRESS if (value := getattr(payee.address, name))}
    return document | ({"address": address} if address else {})


def payee_of(document: Mapping[str, Any]) -> Payee:
    """Return the payee of a JSON document."""
    rest = {name: value for name, value in document.items() if name not in ("supplier_id", "account_id", "address")}
    texts = {"name": "", "country": "", "language": ""} | rest
    return Payee(
        supplier_id=SupplierId(id_of_hex(document["supplier_id"].replace("-", ""))),
        account_id=id_of_hex(document["account_id"].replace("-", "")),
        address=PostalAddress(**document["address"]) if "address" in document else _NOWHERE,
        **texts,
    )


def order_row(tenant_id: TenantId, store_id: StoreId, order: PaymentOrder) -> dict[str, Any]:
    """Return the row of an order, without what it pays."""
    return {
        "tenant_id": tenant_id,
        "store_id": store_id,
        "order_id": order.id,
        "run_id": order.run_id,
        "position": order.position,
        "instrument": order.instrument.value,
        "bank_account_id": order.bank_account_id,
        "supplier_id": order.payee.supplier_id,
        "payee": payee_document(order.payee),
        "amount_minor": order.amount.minor,
        "currency": order.amount.currency.code,
        "execute_on": order.execute_on.isoformat(),
        "end_to_end_id": order.end_to_end_id,
        "uetr": order.uetr,
        "state": order.state.value,
        "reference": storable(order.reference),
        "words": storable(order.text),
        "purpose": order.purpose,
        "charges": order.charges,
        "file_no": order.file_no,
        "reason_code": storable(order.reason_code),
        "reason_text": storable(order.reason_text),
        "payee_check": storable(order.payee_check),
        "payee_check_name": storable(order.payee_check_name),
        "attempt": order.attempt,
        "version": order.version,
        "worth_minor": None if order.worth is None else order.worth.amount.minor,
        "worth_currency": None if order.worth is None else order.worth.amount.currency.code,
        "worth_rate": None if order.worth is None else str(order.worth.rate),
        "worth_dated": None if order.worth is None else order.worth.dated.isoformat(),
        "reconciled_line": order.reconciled_line,
    }


def order_of(row: AnyRow, allocations: tuple[Allocation, ...]) -> PaymentOrder:
    """Return the order of a row and of what it pays."""
    return PaymentOrder(
        id=PaymentOrderId(row.order_id),
        run_id=PaymentRunId(row.run_id),
        position=row.position,
        instrument=_INSTRUMENTS[row.instrument],
        bank_account_id=row.bank_account_id,
        payee=payee_of(row.payee),
        amount=Money(row.amount_minor, Currency.of(row.currency)),
        execute_on=date.fromisoformat(row.execute_on),
        allocations=allocations,
        end_to_end_id=row.end_to_end_id,
        state=_ORDER_STATES[row.state],
        uetr=row.uetr,
        reference=row.reference,
        text=row.words,
        purpose=row.purpose,
        charges=row.charges,
        file_no=row.file_no,
        reason_code=row.reason_code,
        reason_text=row.reason_text,
        payee_check=row.payee_check,
        payee_check_name=row.payee_check_name,
        attempt=row.attempt,
        version=row.version,
        worth=None if row.worth_minor is None else _worth_of(row),
        reconciled_line=row.reconciled_line,
    )


def _worth_of(row: AnyRow) -> PlannedWorth:
    amount = Money(row.worth_minor, Currency.of(row.worth_currency))
    return PlannedWorth(amount, Fraction(row.worth_rate), date.fromisoformat(row.worth_dated))


def allocation_rows(tenant_id: TenantId, store_id: StoreId, orders: Iterable[PaymentOrder]) -> list[dict[str, Any]]:
    """Return the rows of what orders pay."""
    return [
        {
            "tenant_id": tenant_id,
            "store_id": store_id,
            "order_id": order.id,
            "position": position,
            "payable_id": one.payable_id,
            "number": storable(one.number),
            "amount_minor": one.amount.minor,
            "discount_minor": one.discount.minor,
            "currency": one.amount.currency.code,
            "credit": one.credit,
            "living": order.state in LIVING,
        }
        for order in orders
        for position, one in enumerate(order.allocations)
    ]


def allocation_of(row: AnyRow) -> Allocation:
    """Return what a row says is paid of a payable."""
    currency = Currency.of(row.currency)
    amount, discount = Money(row.amount_minor, currency), Money(row.discount_minor, currency)
    return Allocation(PayableId(row.payable_id), row.number, amount, discount, bool(row.credit))


def left_out_row(run: PaymentRun, one: LeftOut) -> dict[str, Any]:
    """Return the row of a payable that was not taken."""
    return {
        "tenant_id": run.tenant_id,
        "store_id": run.store_id,
        "run_id": run.id,
        "payable_id": one.payable_id,
        "supplier_id": one.supplier_id,
        "amount_minor": one.amount.minor,
        "currency": one.amount.currency.code,
        "code": one.code,
        "cost_minor": None if one.cost is None else one.cost.minor,
        "detail": None if one.detail is None else dict(one.detail),
    }


def left_out_of(row: AnyRow) -> LeftOut:
    """Return the payable of a row that was not taken."""
    currency = Currency.of(row.currency)
    return LeftOut(
        payable_id=PayableId(row.payable_id),
        supplier_id=SupplierId(row.supplier_id),
        amount=Money(row.amount_minor, currency),
        code=row.code,
        cost=None if row.cost_minor is None else Money(row.cost_minor, currency),
        detail=row.detail,
    )


def event_row(run: PaymentRun, event: RunEvent) -> dict[str, Any]:
    """Return the row of a line of a journal."""
    return {
        "tenant_id": run.tenant_id,
        "store_id": run.store_id,
        "run_id": run.id,
        "sequence": event.sequence,
        "event_id": event.id,
        "kind": event.kind,
        "actor": storable(event.actor),
        "order_id": event.order_id,
        "reason": storable(event.reason),
        "evidence": event.evidence,
        "detail": None if event.detail is None else {key: storable(value) for key, value in event.detail.items()},
        "recorded_at": event.at,
    }


def event_of(row: AnyRow) -> RunEvent:
    """Return the line of a journal of a row."""
    return RunEvent(
        sequence=row.sequence,
        id=row.event_id,
        kind=row.kind,
        actor=row.actor,
        at=row.recorded_at,
        order_id=None if row.order_id is None else PaymentOrderId(row.order_id),
        reason=row.reason,
        evidence=row.evidence,
        detail=row.detail,
    )


def file_row(run: PaymentRun, file: BankFile) -> dict[str, Any]:
    """Return the row of a file."""
    return {
        "tenant_id": run.tenant_id,
        "store_id": run.store_id,
        "run_id": file.run_id,
        "attempt": file.attempt,
        "file_no": file.file_no,
        "bank_account_id": file.bank_account_id,
        "message_id": file.message_id,
        "format": file.format,
        "sha256": file.sha256,
        "content": file.content,
        "orders": file.orders,
        "total_minor": file.total_minor,
        "currency": file.currency,
        "remote_name": file.remote_name,
        "state": file.state.value,
        "note": storable(file.note),
    }


def file_of(row: AnyRow) -> BankFile:
    """Return the file of a row."""
    return BankFile(
        run_id=PaymentRunId(row.run_id),
        file_no=row.file_no,
        attempt=row.attempt,
        bank_account_id=row.bank_account_id,
        message_id=row.message_id,
        format=row.format,
        sha256=row.sha256,
        content=bytes(row.content),
        orders=row.orders,
        total_minor=row.total_minor,
        currency=row.currency,
        remote_name=row.remote_name,
        state=FileState(row.state),
        note=row.note,
    )


def dated_run_of(row: AnyRow) -> DatedRun:
    """Return the run of a dated job of a row."""
    return DatedRun(
        job=row.job,
        business_date=date.fromisoformat(row.business_date),
        state=row.state,
        holder=row.holder,
        started_at=row.started_at,
        ended_at=row.ended_at,
        tries=row.tries,
        note=row.note,
    )
