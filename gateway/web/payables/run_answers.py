"""Payment runs as the API and the screens tell them; no account number leaves whole."""

from collections.abc import Sequence
from typing import Any

from gateway.domain.money import Currency, Money
from gateway.domain.payables.cash_curve import CashCurve
from gateway.domain.payables.payment_order import BankFile, LeftOut, PaymentOrder, PaymentRun
from gateway.domain.payables.planned_worth import PlannedWorth
from gateway.ports.payment_run_store import DatedRun, RunEvent
from gateway.services.payables.approve_run import RunStep
from gateway.services.payables.read_runs import RunSummary, RunTotal, RunView, summary_of
from gateway.services.payables.run_dated_jobs import NextDate
from gateway.web.payments.payment_answers import instant, money

_SHOWN_LEAST = 8


def run_row(summary: RunSummary) -> dict[str, Any]:
    """Return a run as a list shows it."""
    one = summary.run
    return {
        "id": str(one.id),
        "number": one.number,
        "run_on": one.run_on.isoformat(),
        "state": one.state.value,
        "digest": one.digest,
        "attempt": one.attempt,
        "proposed_by": one.proposed_by,
        "approved_by": None if one.approved_by is None else str(one.approved_by),
        "approved_at": None if one.approved_at is None else instant(one.approved_at),
        "released_by": None if one.released_by is None else str(one.released_by),
        "released_at": None if one.released_at is None else instant(one.released_at),
        "created_at": instant(one.created_at),
        "changed_at": instant(one.changed_at),
        "note": one.note,
        "version": one.version,
        "fates": dict(summary.fates),
        "totals": [money(amount) for amount in summary.totals],
    }


def run_whole(view: RunView) -> dict[str, Any]:
    """Return a run with everything."""
    return run_row(summary_of(view.run, view.orders)) | {
        "orders": [order_document(one) for one in view.orders],
        "left_out": [_left_out(one, view) for one in view.left_out],
        "files": [file_document(one) for one in view.files],
        "by_day": [_total(one) for one in view.totals],
        "curves": [_curve(one) for one in view.curves],
        "journal": [_event(one) for one in view.events],
    }


def step_document(step: RunStep, orders: Sequence[PaymentOrder]) -> dict[str, Any]:
    """Return what an approval or release gave."""
    return {
        "done": not step.taken_out,
        "run": run_row(summary_of(step.run, orders)),
        "files": [file_document(one) for one in step.files],
        "taken_out": [order_document(one) for one in step.taken_out],
    }


def changed_document(run: PaymentRun, orders: Sequence[PaymentOrder]) -> dict[str, Any]:
    """Return a run after a change."""
    return run_row(summary_of(run, orders))


def order_document(one: PaymentOrder) -> dict[str, Any]:
    """Return a payment."""
    number = one.payee.iban or one.payee.other_id
    account = f"{number[:2]} ... {number[-4:]}" if len(number) >= _SHOWN_LEAST else "..."
    return {
        "id": str(one.id),
        "position": one.position,
        "instrument": one.instrument.value,
        "account_id": one.bank_account_id,
        "payee": {
            "supplier_id": str(one.payee.supplier_id),
            "name": one.payee.name,
            "country": one.payee.country,
            "account": account,
        },
        "amount": money(one.amount),
        "execute_on": one.execute_on.isoformat(),
        "end_to_end_id": one.end_to_end_id,
        "uetr": one.uetr,
        "reference": one.reference,
        "text": one.text,
        "charges": one.charges,
        "state": one.state.value,
        "worth": None if one.worth is None else _worth(one.worth, one.amount.currency),
        "reconciled_line": None if one.reconciled_line is None else str(one.reconciled_line),
        "reason_code": one.reason_code,
        "reason_text": one.reason_text,
        "payee_check": one.payee_check,
        "payee_check_name": one.payee_check_name,
        "file_no": one.file_no,
        "allocations": [
            {
                "payable_id": str(part.payable_id),
                "number": part.number,
                "amount": money(part.amount),
                "discount": money(part.discount),
                "credit": part.credit,
            }
            for part in one.allocations
        ],
    }


def _worth(one: PlannedWorth, currency: Currency) -> dict[str, Any]:
    return {"amount": money(one.amount), "rate": one.shown(currency), "dated": one.dated.isoformat()}


def file_document(one: BankFile) -> dict[str, Any]:
    """Return a file without its content."""
    return {
        "file_no": one.file_no,
        "attempt": one.attempt,
        "account_id": one.bank_account_id,
        "message_id": one.message_id,
        "format": one.format,
        "sha256": one.sha256,
        "bytes": len(one.content),
        "payments": one.orders,
        "total": money(Money(one.total_minor, Currency.of(one.currency))),
        "name": one.remote_name,
        "state": one.state.value,
        "note": one.note,
    }


def job_document(one: DatedRun) -> dict[str, Any]:
    """Return one business date of a job."""
    return {
        "job": one.job,
        "business_date": one.business_date.isoformat(),
        "state": one.state,
        "holder": one.holder,
        "started_at": instant(one.started_at),
        "ended_at": None if one.ended_at is None else instant(one.ended_at),
        "tries": one.tries,
        "note": one.note,
    }


def next_job_document(one: NextDate) -> dict[str, Any]:
    """Return what a job does next."""
    return {"job": one.name, "business_date": one.day.isoformat(), "at": instant(one.at)}


def _left_out(one: LeftOut, view: RunView) -> dict[str, Any]:
    return {
        "payable_id": str(one.payable_id),
        "supplier_id": str(one.supplier_id),
        "supplier": view.supplier_names.get(str(one.supplier_id)),
        "number": view.numbers.get(one.payable_id),
        "amount": money(one.amount),
        "code": one.code,
        "cost": None if one.cost is None else money(one.cost),
        "detail": dict(one.detail or {}),
    }


def _total(one: RunTotal) -> dict[str, Any]:
    return {
        "execute_on": one.execute_on.isoformat(),
        "account_id": one.account_id,
        "instrument": one.instrument,
        "payments": one.payments,
        "amount": money(one.amount),
    }


def _curve(one: CashCurve) -> dict[str, Any]:
    return {
        "account_id": one.account_id,
        "now": money(one.now),
        "limit": None if one.limit is None else money(one.limit),
        "days": [
            {
                "day": day.day.isoformat(),
                "without": money(day.without),
                "with_run": money(day.with_run),
                "leaves": money(day.leaves),
            }
            for day in one.days
        ],
    }


def _event(one: RunEvent) -> dict[str, Any]:
    return {
        "sequence": one.sequence,
        "kind": one.kind,
        "actor": one.actor,
        "at": instant(one.at),
        "order_id": None if one.order_id is None else str(one.order_id),
        "reason": one.reason,
        "detail": dict(one.detail or {}),
    }
