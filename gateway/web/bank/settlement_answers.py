"""Contracts, payouts, chargebacks and the cash view as the API tells them; screens use the same."""

from dataclasses import asdict
from datetime import date
from typing import Any

from gateway.domain.bank.acquirer_contract import AcquirerContract
from gateway.domain.bank.chargeback import Chargeback, ChargebackEvidence
from gateway.domain.bank.payout import Payout, PayoutEntry, SettlementTask
from gateway.domain.bank.settle_entries import OwnBooking
from gateway.domain.money import Money
from gateway.services.bank.cash_view import CashView
from gateway.services.bank.settle_payouts import PayoutView, ReportTaken
from gateway.services.bank.track_chargebacks import ChargebackView
from gateway.web.payments.payment_answers import instant, money


def contract_document(contract: AcquirerContract) -> dict[str, Any]:
    """Return one version of a contract."""
    terms = contract.terms
    return {
        "acquirer": contract.acquirer,
        "version": contract.version,
        "valid_from": contract.valid_from.isoformat(),
        "name": terms.name,
        "currency": terms.currency.code,
        "fees": [asdict(one) for one in terms.fees],
        "rents": list(terms.rents),
        "refund_fee": terms.refund_fee,
        "chargeback_fee": terms.chargeback_fee,
        "payout_days": terms.payout_days,
        "reserve_bp": terms.reserve_bp,
        "statement_names": list(terms.statement_names),
        "terminals": list(terms.terminals),
        "report_accounts": list(terms.report_accounts),
        "deadlines": [asdict(one) for one in terms.deadlines],
        "respond_days": terms.respond_days,
        "made_by": contract.made_by,
        "made_at": instant(contract.made_at),
    }


def payout_document(payout: Payout) -> dict[str, Any]:
    """Return a payout without its records."""
    sums = asdict(payout.sums) | {"difference": payout.sums.difference}
    return {
        "id": str(payout.id),
        "acquirer": payout.acquirer,
        "batch": payout.batch,
        "account": payout.account,
        "format": payout.format,
        "state": payout.state.value,
        "contract_version": payout.contract_version,
        "first_day": _day(payout.first_day),
        "last_day": _day(payout.last_day),
        "paid_on": _day(payout.paid_on),
        "sums": {name: money(Money(minor, payout.currency)) for name, minor in sums.items()},
        "entries": payout.entries,
        "reported_at": instant(payout.reported_at),
        "reported_by": payout.reported_by,
        "arrived": _amount(payout.bank_amount),
        "arrived_on": _day(payout.arrived_on),
        "bank_line_id": _id(payout.bank_line_id),
    }


def payout_whole(view: PayoutView) -> dict[str, Any]:
    """Return a payout with its records and tasks."""
    return payout_document(view.payout) | {
        "records": [entry_document(one) for one in view.entries],
        "tasks": [settlement_task_document(one) for one in view.tasks],
    }


def entry_document(one: PayoutEntry) -> dict[str, Any]:
    """Return a record."""
    return {
        "id": str(one.id),
        "number": one.number,
        "kind": one.kind.value,
        "booked_on": _day(one.booked_on),
        "gross": money(one.gross),
        "fee": money(one.fee),
        "rest": money(one.rest),
        "net": money(one.net),
        "original": _amount(one.original),
        "brand": one.brand,
        "card_kind": one.card_kind,
        "references": list(one.references),
        "reason_code": one.reason_code,
        "words": one.words,
        "position": one.position,
        "attempt_id": _id(one.attempt_id),
        "payment_id": _id(one.payment_id),
        "terminal_id": one.terminal_id,
        "matched_by": one.matched_by,
    }


def settlement_task_document(task: SettlementTask) -> dict[str, Any]:
    """Return a task."""
    return {
        "id": str(task.id),
        "kind": task.kind.value,
        "acquirer": task.acquirer,
        "figures": dict(task.figures),
        "payout_id": _id(task.payout_id),
        "chargeback_id": _id(task.chargeback_id),
        "opened_at": instant(task.opened_at),
        "closed_at": None if task.closed_at is None else instant(task.closed_at),
        "closed_by": task.closed_by,
        "note": task.note,
    }


def report_document(taken: ReportTaken) -> dict[str, Any]:
    """Return what became of a report."""
    report = taken.report
    return {
        "id": str(report.id),
        "acquirer": report.acquirer,
        "name": report.name,
        "sha256": report.sha256,
        "entries": report.entries,
        "new_entries": report.new_entries,
        "imported_at": instant(report.imported_at),
        "repeated": taken.repeated,
        "payouts": [payout_document(one) for one in taken.payouts],
    }


def booking_document(one: OwnBooking) -> dict[str, Any]:
    """Return a card booking of ours."""
    return {
        "attempt_id": str(one.attempt_id),
        "payment_id": str(one.payment_id),
        "terminal_id": one.terminal_id,
        "day": one.day.isoformat(),
        "amount": money(one.amount),
        "brand": one.brand,
        "last4": one.last4,
    }


def chargeback_document(found: Chargeback) -> dict[str, Any]:
    """Return a chargeback without its journal."""
    return {
        "id": str(found.id),
        "acquirer": found.acquirer,
        "reference": found.reference,
        "amount": money(found.amount),
        "scheme": found.scheme,
        "reason_code": found.reason_code,
        "family": found.family.value,
        "state": found.state.value,
        "opened_on": found.opened_on.isoformat(),
        "respond_by": found.respond_by.isoformat(),
        "opened_at": instant(found.opened_at),
        "opened_by": found.opened_by,
        "payment_id": _id(found.payment_id),
        "money_taken": found.taken_entry_id is not None,
        "money_returned": found.returned_entry_id is not None,
        "version": found.version,
    }


def chargeback_whole(view: ChargebackView) -> dict[str, Any]:
    """Return a chargeback with its journal and files."""
    return chargeback_document(view.chargeback) | {
        "events": [
            {
                "sequence": one.sequence,
                "step": one.step,
                "state": one.state.value,
                "actor": one.actor,
                "note": one.note,
                "at": instant(one.at),
            }
            for one in view.events
        ],
        "evidence": [evidence_document(one) for one in view.evidence],
    }


def evidence_document(one: ChargebackEvidence) -> dict[str, Any]:
    """Return a file without its content."""
    return {
        "id": str(one.id),
        "name": one.name,
        "sha256": one.sha256,
        "size": one.size,
        "added_by": one.added_by,
        "added_at": instant(one.added_at),
    }


def cash_document(view: CashView) -> dict[str, Any]:
    """Return the cash view."""
    return {
        "today": view.today.isoformat(),
        "positions": [
            {
                "account": one.account,
                "statement": _amount(one.statement),
                "statement_on": _day(one.statement_on),
                "books": money(one.books),
                "difference": _amount(one.difference),
            }
            for one in view.positions
        ],
        "forecasts": [
            {
                "currency": one.currency.code,
                "start": money(one.start),
                "overdue": money(one.overdue),
                "later": money(one.later),
                "days": [
                    {
                        "day": day.day.isoformat(),
                        "coming": money(day.coming),
                        "leaving": money(day.leaving),
                        "balance": money(day.balance),
                    }
                    for day in one.days
                ],
                "flows": [
                    {
                        "day": flow.day.isoformat(),
                        "kind": flow.kind.value,
                        "amount": money(flow.amount),
                        "count": flow.count,
                    }
                    for flow in one.flows
                ],
            }
            for one in view.forecasts
        ],
        "ages": [
            {"side": one.side, "from_days": one.from_days, "amount": money(one.amount), "count": one.count}
            for one in view.ages
        ],
        "open_lines": [
            {
                "account": one.account,
                "reason": one.reason,
                "count": one.count,
                "incoming": money(one.incoming),
                "outgoing": money(one.outgoing),
            }
            for one in view.open_lines
        ],
    }


def _amount(amount: Money | None) -> dict[str, str] | None:
    return None if amount is None else money(amount)


def _day(day: date | None) -> str | None:
    return None if day is None else day.isoformat()


def _id(one: object) -> str | None:
    return None if one is None else str(one)
