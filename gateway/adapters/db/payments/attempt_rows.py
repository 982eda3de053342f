"""What the stores of refunds, reservations and ends of days share: an attempt's way into the database, and its outcome.

Plain statements, one after the other: all of them are rare beside sales, whose two statements are in ``recording.py``.
"""

from collections.abc import Mapping
from dataclasses import replace

from sqlalchemy import ColumnElement, Table, bindparam, func, insert, select, update
from sqlalchemy.sql.elements import Label

from gateway.adapters.db import violations
from gateway.adapters.db.column_types import storable
from gateway.adapters.db.ledger_store import SqlLedgerStore
from gateway.adapters.db.outbox_store import SqlOutboxStore
from gateway.adapters.db.payments.mapping import original_to_document, result_to_document
from gateway.adapters.db.statements import Statements
from gateway.adapters.db.tables import attempt, device, lease, stored_answer
from gateway.domain.cards.payment import Attempt, TransactionNumbers
from gateway.domain.ids import DeviceId
from gateway.ports.payment_store import Conclusion, StoredAnswer


def labelled(table: Table) -> list[Label[object]]:
    """Return the columns of a table under names of their own, for joins."""
    return [column.label(f"{table.name}_{column.name}") for column in table.columns]


def here(table: Table) -> tuple[ColumnElement[bool], ColumnElement[bool]]:
    """Return the conditions that every statement begins with."""
    return table.c.tenant_id == bindparam("tenant"), table.c.store_id == bindparam("store")


def same(one: Table, other: Table, column: str) -> ColumnElement[bool]:
    """Return the condition that two rows of one store have the same value in a column."""
    return (
        (one.c.tenant_id == other.c.tenant_id)
        & (one.c.store_id == other.c.store_id)
        & (one.c[column] == other.c[column])
    )


_ANSWER = select(stored_answer.c.key).where(*here(stored_answer), stored_answer.c.key == bindparam("key"))
# Whoever takes the lease meanwhile waits for this row and then finds the new attempt: none keeps an old epoch.
_DEVICE = (
    select(lease.c.epoch, device.c.last_receipt_no, device.c.last_trace_no, device.c.last_turnover_no)
    .select_from(lease.join(device))
    .where(*here(lease), lease.c.device_id == bindparam("terminal"), device.c.kind == "terminal")
    .with_for_update(read=True, of=lease)
)
_CONCLUDE = (
    update(attempt)
    .where(
        *here(attempt),
        attempt.c.attempt_id == bindparam("attempt"),
        attempt.c.purpose == bindparam("of_purpose"),
        attempt.c.state.in_(bindparam("expected", expanding=True)),
    )
    .values(
        state=bindparam("new_state"),
        blocks_terminal=bindparam("blocks"),
        concluded_at=bindparam("at"),
        evidence=bindparam("proof"),
        reason_code=bindparam("code"),
        reason=bindparam("words"),
        decided_by=bindparam("decider"),
        last_sequence=attempt.c.last_sequence + 1,
    )
    .returning(attempt.c.last_sequence)
)
_CONCLUDE_FENCED = _CONCLUDE.where(attempt.c.epoch == bindparam("fence"))
_NOTE_RESULT = (
    update(attempt)
    .where(*here(attempt), attempt.c.attempt_id == bindparam("attempt"))
    .values(
        result=bindparam("document"),
        receipt_no=func.coalesce(bindparam("receipt", type_=attempt.c.receipt_no.type), attempt.c.receipt_no),
        trace_no=func.coalesce(bindparam("trace", type_=attempt.c.trace_no.type), attempt.c.trace_no),
    )
)
_NUMBERS = (
    update(device)
    .where(*here(device), device.c.device_id == bindparam("terminal"))
    .values(
        last_receipt_no=bindparam("receipt"),
        last_trace_no=bindparam("trace"),
        last_turnover_no=bindparam("turnover"),
    )
)


def columns_of(place: Mapping[str, str]) -> dict[str, object]:
    """Return tenant and store as columns."""
    return {"tenant_id": place["tenant"], "store_id": place["store"]}


def refuse_known_answer(statements: Statements, place: Mapping[str, str], key: str) -> None:
    """Refuse what was answered before.

    Raises:
        RuleError: ``answer_exists``.
    """
    if statements.first(_ANSWER, {**place, "key": key}) is not None:
        raise statements.refuse(violations.answer_exists())


def as_of_device(statements: Statements, place: Mapping[str, str], terminal_id: DeviceId, new: Attempt) -> Attempt:
    """Return an attempt with the epoch of its terminal's lease and the numbers last known of it.

    Raises:
        InputError: ``unknown_terminal``.
    """
    found = statements.first(_DEVICE, {**place, "terminal": terminal_id})
    if found is None:
        raise statements.refuse(violations.unknown_terminal())
    numbers = TransactionNumbers(found.last_receipt_no, found.last_trace_no, found.last_turnover_no)
    return replace(new, epoch=found.epoch, baseline=numbers)


def add_attempt(
    statements: Statements, place: Mapping[str, str], stored: Attempt, purpose: str, *, sequence: int, paid: bool
) -> None:
    """Insert an attempt. ``paid``: its payment id is that of a payment; ``sequence``: of its first journal line."""
    row = columns_of(place) | {
        "attempt_id": stored.id,
        "payment_id": stored.payment_id if paid else None,
        "number": stored.number,
        "terminal_id": stored.terminal_id,
        "epoch": stored.epoch,
        "state": stored.state.value,
        "baseline_receipt_no": stored.baseline.receipt_no,
        "baseline_trace_no": stored.baseline.trace_no,
        "baseline_turnover_no": stored.baseline.turnover_no,
        "blocks_terminal": stored.blocks_terminal,
        "sent_at": stored.sent_at,
        "last_sequence": sequence,
        "purpose": purpose,
        "reservation_id": stored.reservation_id,
        "original": None if stored.original is None else original_to_document(stored.original),
    }
    statements.change(insert(attempt), row)


def add_answer(statements: Statements, place: Mapping[str, str], answer: StoredAnswer, stored: Attempt) -> None:
    """Insert the first answer to a request."""
    row = columns_of(place) | {
        "key": answer.key,
        "request_hash": answer.request_hash,
        "status": answer.status,
        "body": answer.body,
        "location": answer.location,
        "created_at": stored.sent_at,
    }
    statements.change(insert(stored_answer), row)


def conclude(statements: Statements, conclusion: Conclusion, purpose: str) -> int | None:
    """Store an outcome with ledger, numbers and outbox; return its sequence, None where fence or state forbade it."""
    outcome = conclusion.outcome
    place = {"tenant": conclusion.tenant_id, "store": conclusion.store_id}
    one = place | {"attempt": conclusion.attempt_id}
    change = one | {
        "of_purpose": purpose,
        "expected": sorted(conclusion.expected),
        "new_state": conclusion.state.value,
        "blocks": conclusion.blocks_terminal,
        "at": conclusion.concluded_at,
        "proof": outcome.evidence.value,
        "code": outcome.reason_code,
        "words": storable(outcome.reason),
        "decider": None if outcome.decided_by is None else storable(outcome.decided_by),
    }
    fence = {} if conclusion.epoch is None else {"fence": conclusion.epoch}
    row = statements.first(_CONCLUDE_FENCED if fence else _CONCLUDE, change | fence)
    if row is None:
        return None
    document = result_to_document(outcome.result)
    if document:
        numbers = outcome.result.numbers
        known = {"document": document, "receipt": numbers.receipt_no, "trace": numbers.trace_no}
        statements.change(_NOTE_RESULT, one | known)
    if conclusion.closing is not None:
        SqlLedgerStore(statements).add((conclusion.closing,))
    if conclusion.numbers is not None:
        newest = conclusion.numbers
        told = {"receipt": newest.receipt_no, "trace": newest.trace_no, "turnover": newest.turnover_no}
        statements.change(_NUMBERS, place | {"terminal": conclusion.terminal_id} | told)
    outgoing = SqlOutboxStore(statements)
    for message in conclusion.outbox:
        outgoing.add(message)
    return int(row.last_sequence)
