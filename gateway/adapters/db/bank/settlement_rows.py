"""Rows of settlement tables and what they mean."""

from collections.abc import Mapping
from dataclasses import asdict
from datetime import date
from typing import Any

from gateway.adapters.db.bank.settlement_tables import REFERENCE_MAX
from gateway.adapters.db.column_types import storable
from gateway.adapters.db.payments.mapping import AnyRow
from gateway.domain.bank.acquirer_contract import AcquirerContract, AcquirerTerms, ContractFee, DeadlineRule
from gateway.domain.bank.payout import EntryKind, FindingKind, Payout, PayoutEntry, PayoutSums, SettlementTask
from gateway.domain.money import Currency, Money
from gateway.ports.settlement_store import AcquirerReport

_TEXT_MAX = 500
_BRAND_MAX, _KIND_MAX = 32, 16


def contract_row(contract: AcquirerContract) -> dict[str, Any]:
    """Return the columns of a version."""
    terms = contract.terms
    document = {
        "name": storable(terms.name),
        "currency": terms.currency.code,
        "fees": [[one.brand, one.kind, one.bp, one.fixed] for one in terms.fees],
        "rents": list(terms.rents),
        "refund_fee": terms.refund_fee,
        "chargeback_fee": terms.chargeback_fee,
        "payout_days": terms.payout_days,
        "reserve_bp": terms.reserve_bp,
        "statement_names": [storable(one) for one in terms.statement_names],
        "terminals": list(terms.terminals),
        "report_accounts": [storable(one) for one in terms.report_accounts],
        "deadlines": [[one.scheme, one.family, one.days] for one in terms.deadlines],
        "respond_days": terms.respond_days,
    }
    return {
        "acquirer": contract.acquirer,
        "version": contract.version,
        "valid_from": contract.valid_from.isoformat(),
        "terms": document,
        "made_by": storable(contract.made_by),
        "made_at": contract.made_at,
    }


def contract_of(row: AnyRow) -> AcquirerContract:
    """Return a version."""
    told: Mapping[str, Any] = row.terms
    terms = AcquirerTerms(
        name=told["name"],
        currency=Currency.of(told["currency"]),
        fees=tuple(ContractFee(*one) for one in told["fees"]),
        rents=tuple(told["rents"]),
        refund_fee=told["refund_fee"],
        chargeback_fee=told["chargeback_fee"],
        payout_days=told["payout_days"],
        reserve_bp=told["reserve_bp"],
        statement_names=tuple(told["statement_names"]),
        terminals=tuple(told["terminals"]),
        report_accounts=tuple(told["report_accounts"]),
        deadlines=tuple(DeadlineRule(*one) for one in told["deadlines"]),
        respond_days=told["respond_days"],
    )
    valid_from = date.fromisoformat(row.valid_from)
    return AcquirerContract(row.acquirer, row.version, valid_from, terms, row.made_by, row.made_at)


def report_of(row: AnyRow) -> AcquirerReport:
    """Return a report without its content."""
    return AcquirerReport(
        id=row.report_id,
        acquirer=row.acquirer,
        name=row.name,
        sha256=row.sha256,
        content=b"",
        entries=row.entries,
        new_entries=row.new_entries,
        imported_at=row.imported_at,
        imported_by=row.imported_by,
    )


def payout_row(found: Payout) -> dict[str, Any]:
    """Return the columns of a payout."""
    return {
        "payout_id": found.id,
        "acquirer": found.acquirer,
        "batch": storable(found.batch)[:REFERENCE_MAX],
        "currency": found.currency.code,
        "account": storable(found.account)[:_TEXT_MAX],
        "format": found.format,
        "contract_version": found.contract_version,
        "first_day": _day(found.first_day),
        "last_day": _day(found.last_day),
        "paid_on": _day(found.paid_on),
        "sums": asdict(found.sums),
        "paid_minor": found.sums.paid,
        "entries": found.entries,
        "reported_at": found.reported_at,
        "reported_by": storable(found.reported_by),
        "bank_line_id": found.bank_line_id,
        "bank_minor": None if found.bank_amount is None else found.bank_amount.minor,
        "arrived_on": _day(found.arrived_on),
        "booked": found.booked,
        "version": found.version,
    }


def payout_of(row: AnyRow) -> Payout:
    """Return a payout."""
    currency = Currency.of(row.currency)
    return Payout(
        id=row.payout_id,
        acquirer=row.acquirer,
        batch=row.batch,
        currency=currency,
        account=row.account,
        format=row.format,
        contract_version=row.contract_version,
        first_day=_as_day(row.first_day),
        last_day=_as_day(row.last_day),
        paid_on=_as_day(row.paid_on),
        sums=PayoutSums(**row.sums),
        entries=row.entries,
        reported_at=row.reported_at,
        reported_by=row.reported_by,
        bank_line_id=row.bank_line_id,
        bank_amount=None if row.bank_minor is None else Money(row.bank_minor, currency),
        arrived_on=_as_day(row.arrived_on),
        booked=row.booked,
        version=row.version,
    )


def entry_row(one: PayoutEntry) -> dict[str, Any]:
    """Return the columns of a record."""
    return {
        "entry_id": one.id,
        "payout_id": one.payout_id,
        "number": one.number,
        "kind": one.kind.value,
        "booked_on": _day(one.booked_on),
        "currency": one.gross.currency.code,
        "gross_minor": one.gross.minor,
        "fee_minor": one.fee.minor,
        "rest_minor": one.rest.minor,
        "original_minor": None if one.original is None else one.original.minor,
        "original_currency": None if one.original is None else one.original.currency.code,
        "brand": storable(one.brand)[:_BRAND_MAX],
        "card_kind": storable(one.card_kind)[:_KIND_MAX],
        "refs": [storable(text)[:_TEXT_MAX] for text in one.references],
        "reason_code": storable(one.reason_code)[:_TEXT_MAX],
        "words": storable(one.words)[:_TEXT_MAX],
        "position": storable(one.position),
        "attempt_id": one.attempt_id,
        "payment_id": one.payment_id,
        "terminal_id": one.terminal_id,
        "matched_by": storable(one.matched_by),
    }


def entry_of(row: AnyRow) -> PayoutEntry:
    """Return a record."""
    currency = Currency.of(row.currency)
    original = None
    if row.original_minor is not None:
        original = Money(row.original_minor, Currency.of(row.original_currency))
    return PayoutEntry(
        id=row.entry_id,
        payout_id=row.payout_id,
        number=row.number,
        kind=EntryKind(row.kind),
        booked_on=_as_day(row.booked_on),
        gross=Money(row.gross_minor, currency),
        fee=Money(row.fee_minor, currency),
        rest=Money(row.rest_minor, currency),
        original=original,
        brand=row.brand,
        card_kind=row.card_kind,
        references=tuple(row.refs),
        reason_code=row.reason_code,
        words=row.words,
        position=row.position,
        attempt_id=row.attempt_id,
        payment_id=row.payment_id,
        terminal_id=row.terminal_id,
        matched_by=row.matched_by,
    )


def task_row(task: SettlementTask) -> dict[str, Any]:
    """Return the columns of a task."""
    return {
        "task_id": task.id,
        "kind": task.kind.value,
        "acquirer": task.acquirer,
        "figures": {key: storable(value) for key, value in task.figures.items()},
        "payout_id": task.payout_id,
        "chargeback_id": task.chargeback_id,
        "opened_at": task.opened_at,
        "closed_at": task.closed_at,
        "closed_by": storable(task.closed_by),
        "note": storable(task.note),
    }


def task_of(row: AnyRow) -> SettlementTask:
    """Return a task."""
    return SettlementTask(
        id=row.task_id,
        kind=FindingKind(row.kind),
        acquirer=row.acquirer,
        figures=dict(row.figures),
        opened_at=row.opened_at,
        payout_id=row.payout_id,
        chargeback_id=row.chargeback_id,
        closed_at=row.closed_at,
        closed_by=row.closed_by,
        note=row.note,
    )


def _day(day: date | None) -> str | None:
    return None if day is None else day.isoformat()


def _as_day(text: str | None) -> date | None:
    return None if text is None else date.fromisoformat(text)
