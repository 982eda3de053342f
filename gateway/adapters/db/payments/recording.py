"""The two commits of a sale: stores an intent, later its conclusion, with as few round trips as the database allows."""

from collections.abc import Sequence
from typing import Any

from sqlalchemy import BindParameter, bindparam, select, text

from gateway.adapters.db import violations
from gateway.adapters.db.column_types import Wire, storable, to_json
from gateway.adapters.db.payments import recording_sql as sql
from gateway.adapters.db.payments.mapping import AnyRow, lines_to_document, result_to_document
from gateway.adapters.db.sales.sale_claims import till_claim
from gateway.adapters.db.statements import Statements
from gateway.adapters.db.tables import (
    CLAIMING_SQL,
    FOR_PAYMENT_SQL,
    attempt,
    device,
    lease,
    payment,
    sale,
    stored_answer,
)
from gateway.domain.cards.payment import TransactionNumbers
from gateway.domain.ids import SaleId
from gateway.domain.ledger import Transfer
from gateway.domain.outbox import OutboxMessage
from gateway.domain.sales.sale import Sale
from gateway.domain.sales.till_sale import sale_voided
from gateway.ports.payment_store import Conclusion, Intent

SENT = "sent"
"""Kind of the journal line of an intent; a conclusion's kind is the state it leads to."""
_SENT_WORDS = "Sent to the terminal."

_TENANT: BindParameter[str] = bindparam("tenant")
_STORE: BindParameter[str] = bindparam("store")
# A device without a lease was retired.
_FIND_DEVICE = (
    select(device.c.device_id)
    .join(lease)
    .where(
        device.c.tenant_id == _TENANT,
        device.c.store_id == _STORE,
        device.c.device_id == bindparam("terminal"),
        device.c.kind == "terminal",
    )
)
_FIND_ANSWER = select(stored_answer.c.key).where(
    stored_answer.c.tenant_id == _TENANT, stored_answer.c.store_id == _STORE, stored_answer.c.key == bindparam("key")
)
_FIND_PAYMENT = select(payment.c.sale_id, payment.c.amount_minor, payment.c.currency).where(
    payment.c.tenant_id == _TENANT, payment.c.store_id == _STORE, payment.c.payment_id == bindparam("payment")
)
# Two payments of one sale queue here, so that the second sees what the first claims.
_LOCK_SALE = (
    select(sale.c.total_minor, sale.c.currency)
    .where(sale.c.tenant_id == _TENANT, sale.c.store_id == _STORE, sale.c.sale_id == bindparam("sale"))
    .with_for_update()
)
_CLAIMED_BY_OTHERS = text(sql.CLAIMED_BY_OTHERS).bindparams(
    bindparam("sale", type_=sale.c.sale_id.type), bindparam("payment", type_=payment.c.payment_id.type)
)
_CLAIMING_ATTEMPT = (
    select(attempt.c.attempt_id)
    .where(
        attempt.c.tenant_id == _TENANT,
        attempt.c.store_id == _STORE,
        attempt.c.payment_id == bindparam("payment"),
        text(FOR_PAYMENT_SQL),
        text(CLAIMING_SQL),
    )
    .limit(1)
)


def record_intent(statements: Statements, intent: Intent) -> tuple[int, TransactionNumbers]:
    """Store an intent; return the lease epoch and the terminal's last numbers that were stored with the attempt.

    Raises:
        InputError: ``unknown_terminal``.
        NotFound: ``unknown_payment``.
        RuleError: ``answer_exists``, ``payment_exists``, ``sale_exists``, ``payment_open``, ``sale_paid`` or,
            of a till sale, ``sale_voided`` or ``more_than_due``, ``terminal_busy`` (in this order, see
            :mod:`gateway.adapters.db.violations`).
    """
    parameters = intent_parameters(intent, statements.wire)
    store = _store_postgresql if statements.postgresql else store_sqlite
    row = store(statements, intent, parameters, new_sale=True) if intent.sale is not None else None
    if row is None:
        _check_stored(statements, intent)
        row = store(statements, intent, parameters, new_sale=False)
    if row is None:
        raise statements.refuse(violations.unknown_terminal())
    epoch, receipt_no, trace_no, turnover_no = row
    return epoch, TransactionNumbers(receipt_no, trace_no, turnover_no)


def _store_postgresql(
    statements: Statements, intent: Intent, parameters: dict[str, Any], *, new_sale: bool
) -> Sequence[Any] | None:
    variant = (new_sale, intent.payment is not None, intent.answer is not None)
    return statements.prepared(sql.POSTGRESQL_INTENT[variant], parameters)


def store_sqlite(
    statements: Statements, intent: Intent, parameters: dict[str, Any], *, new_sale: bool
) -> Sequence[Any] | None:
    """Store an intent on SQLite; return what the attempt took from its terminal.

    None, with nothing stored, where the terminal is unknown or the new sale is stored already.
    """
    found = statements.numbered(sql.SQLITE_DEVICE, parameters)
    if found is None or (new_sale and statements.numbered_change(sql.SQLITE_SALE, parameters) == 0):
        return None
    if intent.answer is not None:
        statements.numbered(sql.SQLITE_ANSWER, parameters)
    if intent.payment is not None:
        statements.numbered(sql.SQLITE_PAYMENT, parameters)
    parameters |= zip(sql.BASELINE, found, strict=True)
    stored = statements.numbered(sql.SQLITE_ATTEMPT, parameters)
    parameters["sequence"] = None if stored is None else stored[0]
    statements.numbered(sql.SQLITE_TRANSFER, parameters)
    statements.numbered(sql.SQLITE_EVENT, parameters)
    return found


def _check_stored(statements: Statements, intent: Intent) -> None:
    """Find out, in the documented order, why an intent cannot be new; return if it may join a stored sale."""
    place = {"tenant": intent.tenant_id, "store": intent.store_id}
    here = place | {"payment": intent.attempt.payment_id}
    if statements.first(_FIND_DEVICE, place | {"terminal": intent.attempt.terminal_id}) is None:
        raise statements.refuse(violations.unknown_terminal())
    if intent.answer is not None and statements.first(_FIND_ANSWER, place | {"key": intent.answer.key}) is not None:
        raise statements.refuse(violations.answer_exists())
    known = statements.first(_FIND_PAYMENT, here)
    if intent.payment is not None and known is not None:
        raise statements.refuse(violations.payment_exists())
    if intent.payment is not None:
        sale_id, price_minor = intent.payment.sale_id, intent.payment.amount.minor
    elif known is not None:
        sale_id, price_minor = SaleId(known.sale_id), known.amount_minor
    else:
        raise statements.refuse(violations.unknown_payment())
    _check_sale(statements, intent, here | {"sale": sale_id}, price_minor)


def _check_sale(statements: Statements, intent: Intent, of: dict[str, Any], price_minor: int) -> None:
    """Hold the sale, and refuse what it cannot take."""
    stored = statements.first(_LOCK_SALE, of)
    if stored is None:
        raise statements.refuse(violations.sale_exists())
    total = stored.total_minor
    claim = till_claim(statements, of, price_minor=price_minor, total_minor=total)
    if intent.sale is not None and _differs(stored, intent.sale, of_till=claim is not None):
        raise statements.refuse(violations.sale_exists())
    if statements.first(_CLAIMING_ATTEMPT, of) is not None:
        raise statements.refuse(violations.payment_open())
    if claim is not None:
        if claim.voided:
            raise statements.refuse(sale_voided())
        if claim.exceeded:
            raise statements.refuse(violations.more_than_due())
        return
    claimed = statements.first(_CLAIMED_BY_OTHERS, of)
    if claimed is not None and int(claimed.claimed) + price_minor > total:
        raise statements.refuse(violations.sale_paid())


def _differs(stored: AnyRow, wanted: Sale, *, of_till: bool) -> bool:
    """Return whether the stored sale is another than the one the payment brings; a part of a till sale brings none."""
    if stored.currency != wanted.total.currency.code:
        return True
    return bool(wanted.lines) if of_till else bool(stored.total_minor != wanted.total.minor)


def intent_parameters(intent: Intent, wire: Wire) -> dict[str, Any]:
    """Return the values of an intent by the names of the statements."""
    new = intent.attempt
    sent_at = wire.instant(new.sent_at)
    parameters: dict[str, Any] = {
        "tenant": intent.tenant_id,
        "store": intent.store_id,
        "payment": wire.uuid(new.payment_id),
        "attempt": wire.uuid(new.id),
        "number": new.number,
        "terminal": new.terminal_id,
        "state": new.state.value,
        "blocks": new.blocks_terminal,
        "sent_at": sent_at,
        "kind": SENT,
        "words": _SENT_WORDS,
        "actor": storable(intent.actor),
        "noted_at": sent_at,
    }
    _add_transfer(parameters, intent.reservation, wire)
    if intent.sale is not None:
        parameters["total"] = intent.sale.total.minor
        parameters["total_unit"] = intent.sale.total.currency.code
        parameters["lines"] = to_json(lines_to_document(intent.sale.lines))
        parameters["sold_at"] = wire.instant(intent.sale.created_at)
        parameters["sold_by"] = storable(intent.sale.created_by)
    if intent.payment is not None:
        paid = intent.payment
        parameters["sale"] = wire.uuid(paid.sale_id)
        parameters["register"] = paid.register_id
        parameters["price"] = paid.amount.minor
        parameters["currency"] = paid.amount.currency.code
        parameters["reference"] = None if paid.reference is None else storable(paid.reference)
        parameters["made_at"] = wire.instant(paid.created_at)
        parameters["made_by"] = storable(paid.created_by)
    if intent.answer is not None:
        parameters["key"] = intent.answer.key
        parameters["hash"] = intent.answer.request_hash
        parameters["status"] = intent.answer.status
        parameters["body"] = intent.answer.body
        parameters["location"] = intent.answer.location
    return parameters


def _add_transfer(parameters: dict[str, Any], transfer: Transfer, wire: Wire) -> None:
    parameters["transfer"] = wire.uuid(transfer.id)
    parameters["phase"] = transfer.kind.value
    parameters["debit"] = transfer.debit_account
    parameters["credit"] = transfer.credit_account
    parameters["amount"] = transfer.amount.minor
    parameters["unit"] = transfer.amount.currency.code
    parameters["pending"] = None if transfer.pending_id is None else wire.uuid(transfer.pending_id)
    parameters["cause"] = wire.uuid(transfer.cause_id)
    parameters["trace"] = transfer.trace_id
    parameters["booked_at"] = wire.instant(transfer.recorded_at)


_NO_TRANSFER: dict[str, Any] = dict.fromkeys(
    ("transfer", "phase", "debit", "credit", "amount", "unit", "pending", "cause", "trace", "booked_at")
)


def record_conclusion(statements: Statements, conclusion: Conclusion) -> int | None:
    """Store a conclusion under its fence; return the journal line's sequence, or None where nothing was stored."""
    parameters = conclusion_parameters(conclusion, statements.wire)
    if not statements.postgresql:
        return conclude_sqlite(statements, conclusion, parameters)
    parameters["outbox"] = outbox_document(conclusion)
    row = statements.prepared(sql.POSTGRESQL_CONCLUSION, parameters)
    return None if row is None else int(row[0])


def conclude_sqlite(statements: Statements, conclusion: Conclusion, parameters: dict[str, Any]) -> int | None:
    """Store a conclusion on SQLite, like :func:`record_conclusion`."""
    row = statements.numbered(sql.SQLITE_CONCLUSION, parameters)
    if row is None:
        return None
    parameters["sequence"] = sequence = int(row[0])
    statements.numbered(sql.SQLITE_EVENT, parameters)
    if conclusion.closing is not None:
        statements.numbered(sql.SQLITE_TRANSFER, parameters)
    if conclusion.numbers is not None:
        statements.numbered(sql.SQLITE_DEVICE_NUMBERS, parameters)
    for message in conclusion.outbox:
        parameters |= _message_parameters(message, statements.wire)
        statements.numbered(sql.SQLITE_OUTBOX, parameters)
    return sequence


def outbox_document(conclusion: Conclusion) -> str:
    """Return a conclusion's messages as PostgreSQL's statement takes them."""
    return to_json([_message_document(message) for message in conclusion.outbox])


def conclusion_parameters(conclusion: Conclusion, wire: Wire) -> dict[str, Any]:
    """Return the values of a conclusion by the names of the statements, without its messages."""
    outcome = conclusion.outcome
    known = outcome.result
    document = result_to_document(known)
    parameters: dict[str, Any] = {
        "tenant": conclusion.tenant_id,
        "store": conclusion.store_id,
        "payment": wire.uuid(conclusion.payment_id),
        "attempt": wire.uuid(conclusion.attempt_id),
        "terminal": conclusion.terminal_id,
        "expected": ",".join(conclusion.expected),
        "epoch": conclusion.epoch,
        "state": conclusion.state.value,
        "blocks": conclusion.blocks_terminal,
        "noted_at": wire.instant(conclusion.concluded_at),
        "evidence": outcome.evidence.value,
        "reason_code": outcome.reason_code,
        "words": storable(outcome.reason),
        "decided_by": None if outcome.decided_by is None else storable(outcome.decided_by),
        "result": to_json(document) if document else None,
        "kind": conclusion.state.value,
        "actor": storable(conclusion.actor),
        "numbers": conclusion.numbers is not None,
    }
    newest = conclusion.numbers or TransactionNumbers()
    parameters["receipt_no"] = known.numbers.receipt_no
    parameters["trace_no"] = known.numbers.trace_no
    parameters["last_receipt_no"] = newest.receipt_no
    parameters["last_trace_no"] = newest.trace_no
    parameters["last_turnover_no"] = newest.turnover_no
    parameters |= _NO_TRANSFER
    if conclusion.closing is not None:
        _add_transfer(parameters, conclusion.closing, wire)
    return parameters


def _message_document(message: OutboxMessage) -> dict[str, Any]:
    return {
        "outbox_id": str(message.id),
        "kind": message.kind,
        "target": message.target,
        "payload": message.payload,
        "created_at": message.created_at.isoformat(),
        "state": message.state.value,
        "tries": message.tries,
        "due_at": None if message.due_at is None else message.due_at.isoformat(),
        "note": message.note,
        "epoch": message.epoch,
    }


def _message_parameters(message: OutboxMessage, wire: Wire) -> dict[str, Any]:
    return {
        "outbox_id": wire.uuid(message.id),
        "kind": message.kind,
        "target": message.target,
        "payload": to_json(message.payload),
        "created_at": wire.instant(message.created_at),
        "state": message.state.value,
        "tries": message.tries,
        "due_at": None if message.due_at is None else wire.instant(message.due_at),
        "note": message.note,
        "epoch": message.epoch,
    }
