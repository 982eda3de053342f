"""Reservations in SQL: their steps and how they are read. Plain statements, one after the other: they are rare."""

import uuid
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import datetime

from sqlalchemy import bindparam, func, insert, select, update

from gateway.adapters.db import violations
from gateway.adapters.db.column_types import storable
from gateway.adapters.db.ledger_store import SqlLedgerStore
from gateway.adapters.db.payments import recording
from gateway.adapters.db.payments.attempt_rows import (
    add_answer,
    add_attempt,
    as_of_device,
    columns_of,
    conclude,
    here,
    labelled,
    refuse_known_answer,
    same,
)
from gateway.adapters.db.payments.mapping import AnyRow, attempt_of, message_of, original_to_document, payment_of
from gateway.adapters.db.payments.movement_rows import reservation_of
from gateway.adapters.db.payments.reservation_tables import reservation, reservation_event, reservation_write_off
from gateway.adapters.db.statements import Statements
from gateway.adapters.db.tables import attempt, outbox, payment
from gateway.domain.cards.payment import Attempt, AttemptState, OriginalTransaction
from gateway.domain.cards.reservation import HoldStep, Reservation
from gateway.domain.ids import ReservationId, StoreId, TenantId
from gateway.domain.ledger import Transfer
from gateway.domain.outbox import OutboxMessage
from gateway.ports.payment_store import Conclusion, Intent
from gateway.ports.reservation_store import HoldIntent, ReservationEvent, ReservationRecord, WriteOff

RECENT_MAX = 500
EVENTS_MAX = 1000
"""Journal lines shown of one reservation: the newest."""
SENT = "sent"
COMPLETING = "completing"
WRITTEN_OFF = "written_off"

_ONE = (*here(reservation), reservation.c.reservation_id == bindparam("reservation"))
_KNOWN = select(reservation.c.reservation_id).where(*_ONE)
# Two steps of one reservation queue here, so that their journal lines get different numbers.
_LOCK = _KNOWN.with_for_update()
_LAST_SEQUENCE = select(func.coalesce(func.max(reservation_event.c.sequence), 0).label("last")).where(
    *here(reservation_event), reservation_event.c.reservation_id == bindparam("reservation")
)
_TIE = (
    update(attempt)
    .where(*here(attempt), attempt.c.attempt_id == bindparam("attempt"))
    .values(reservation_id=bindparam("reservation"), original=bindparam("document"))
)
_PURPOSE = select(attempt.c.purpose).where(*here(attempt), attempt.c.attempt_id == bindparam("attempt"))
_RESERVATIONS = select(*labelled(reservation)).where(*here(reservation))
_LOAD = _RESERVATIONS.where(reservation.c.reservation_id == bindparam("reservation"))
_RECENT = _RESERVATIONS.order_by(reservation.c.reservation_id.desc()).limit(bindparam("limit"))
_RECENT_BEFORE = _RECENT.where(reservation.c.reservation_id < bindparam("before"))
_STEPS = (
    select(*labelled(attempt), *labelled(payment))
    .select_from(attempt.outerjoin(payment, same(payment, attempt, "payment_id")))
    .where(*here(attempt), attempt.c.reservation_id.in_(bindparam("reservations", expanding=True)))
    .order_by(attempt.c.sent_at, attempt.c.attempt_id)
)
_WRITE_OFFS = select(reservation_write_off).where(
    *here(reservation_write_off),
    reservation_write_off.c.reservation_id.in_(bindparam("reservations", expanding=True)),
)
_EVENTS = (
    select(reservation_event)
    .where(*here(reservation_event), reservation_event.c.reservation_id == bindparam("reservation"))
    .order_by(reservation_event.c.sequence.desc())
    .limit(EVENTS_MAX)
)
_DELIVERIES = (
    select(outbox)
    .where(*here(outbox), outbox.c.payment_id == bindparam("reservation"))
    .order_by(outbox.c.created_at, outbox.c.outbox_id)
)


class SqlReservationStore:
    """Reservations of all stores; every call names tenant and store."""

    __slots__ = ("_statements",)

    def __init__(self, statements: Statements) -> None:
        self._statements = statements

    def record_intent(self, intent: HoldIntent) -> Attempt:
        """Store a step about to be sent; errors as in ``ReservationStore``."""
        made, statements = intent.hold.reservation, self._statements
        place = {"tenant": made.tenant_id, "store": made.store_id}
        one = place | {"reservation": made.id}
        refuse_known_answer(statements, place, intent.answer.key)
        new = intent.hold.step is HoldStep.RESERVE
        if new and statements.first(_KNOWN, one) is not None:
            raise statements.refuse(violations.reservation_exists())
        stored = as_of_device(statements, place, made.terminal_id, intent.attempt)
        if new:
            statements.change(insert(reservation), _row(made, place))
        sequence = self._next_sequence(one)
        add_attempt(statements, place, stored, intent.hold.step.value, sequence=sequence, paid=False)
        if intent.memorandum is not None:
            SqlLedgerStore(statements).add((intent.memorandum,))
        add_answer(statements, place, intent.answer, stored)
        kind = SENT if new else intent.hold.step.value
        self._add_event(
            one,
            sequence=sequence,
            kind=kind,
            words=intent.words,
            actor=intent.actor,
            state=stored.state,
            at=stored.sent_at,
        )
        return stored

    def record_completion(
        self, reservation_id: ReservationId, intent: Intent, original: OriginalTransaction
    ) -> Attempt:
        """Store a payment that charges a reservation; return its attempt as stored."""
        statements = self._statements
        one = {"tenant": intent.tenant_id, "store": intent.store_id, "reservation": reservation_id}
        epoch, baseline = recording.record_intent(statements, intent)
        document = original_to_document(original)
        statements.change(_TIE, one | {"attempt": intent.attempt.id, "document": document})
        sequence = self._next_sequence(one)
        amount = None if intent.payment is None else intent.payment.amount
        words = "To be charged." if amount is None else f"To be charged: {amount.to_decimal()} {amount.currency.code}."
        self._add_event(
            one,
            sequence=sequence,
            kind=COMPLETING,
            words=words,
            actor=intent.actor,
            state=intent.attempt.state,
            at=intent.attempt.sent_at,
        )
        return replace(intent.attempt, epoch=epoch, baseline=baseline, reservation_id=reservation_id, original=original)

    def record_conclusion(self, reservation_id: ReservationId, conclusion: Conclusion) -> int | None:
        """Store an outcome under its fence; return the journal sequence, or None when the fence or state forbade it."""
        one = {"tenant": conclusion.tenant_id, "store": conclusion.store_id, "attempt": conclusion.attempt_id}
        found = self._statements.first(_PURPOSE, one)
        sequence = None if found is None else conclude(self._statements, conclusion, found.purpose)
        if sequence is None or found is None:
            return None
        made = found.purpose == HoldStep.RESERVE
        kind = {True: "held", False: "released"}[made] if conclusion.state is AttemptState.APPROVED else None
        self._add_event(
            one | {"reservation": reservation_id},
            sequence=sequence,
            kind=kind or conclusion.state.value,
            words=conclusion.outcome.reason,
            actor=conclusion.actor,
            state=conclusion.state,
            at=conclusion.concluded_at,
        )
        return sequence

    def load(self, tenant_id: TenantId, store_id: StoreId, reservation_id: ReservationId) -> ReservationRecord | None:
        """Return one reservation with all its parts, in five statements."""
        one = {"tenant": tenant_id, "store": store_id, "reservation": reservation_id}
        row = self._statements.first(_LOAD, one)
        if row is None:
            return None
        events = tuple(_event_of(line) for line in reversed(self._statements.rows(_EVENTS, one)))
        deliveries = tuple(message_of(line) for line in self._statements.rows(_DELIVERIES, one))
        [record] = self._with_steps(tenant_id, store_id, [row], events, deliveries)
        return record

    def recent(
        self, tenant_id: TenantId, store_id: StoreId, *, limit: int, before: ReservationId | None
    ) -> tuple[ReservationRecord, ...]:
        """Return the newest reservations, without journal and deliveries, in three statements."""
        wanted: dict[str, object] = {"tenant": tenant_id, "store": store_id, "limit": max(0, min(limit, RECENT_MAX))}
        if before is not None:
            wanted["before"] = before
        rows = self._statements.rows(_RECENT if before is None else _RECENT_BEFORE, wanted)
        return self._with_steps(tenant_id, store_id, rows) if rows else ()

    def write_off(
        self, tenant_id: TenantId, store_id: StoreId, reservation_id: ReservationId, word: WriteOff, end: Transfer
    ) -> bool:
        """Note that a reservation is gone, and end its memorandum; False when that is noted already."""
        place = {"tenant": tenant_id, "store": store_id}
        one = place | {"reservation": reservation_id}
        self._statements.first(_LOCK, one)
        if self._statements.first(_WRITE_OFFS, place | {"reservations": [reservation_id]}) is not None:
            return False
        row = columns_of(place) | {
            "reservation_id": reservation_id,
            "reason": storable(word.reason),
            "noted_at": word.at,
            "noted_by": storable(word.by),
        }
        self._statements.change(insert(reservation_write_off), row)
        SqlLedgerStore(self._statements).add((end,))
        self._add_event(
            one,
            sequence=self._next_sequence(one),
            kind=WRITTEN_OFF,
            words=word.reason,
            actor=word.by,
            state=AttemptState.APPROVED,
            at=word.at,
        )
        return True

    def _with_steps(
        self,
        tenant_id: TenantId,
        store_id: StoreId,
        rows: Sequence[AnyRow],
        events: tuple[ReservationEvent, ...] = (),
        deliveries: tuple[OutboxMessage, ...] = (),
    ) -> tuple[ReservationRecord, ...]:
        wanted = {
            "tenant": tenant_id,
            "store": store_id,
            "reservations": [row.reservation_reservation_id for row in rows],
        }
        steps: dict[uuid.UUID, list[AnyRow]] = defaultdict(list)
        for step in self._statements.rows(_STEPS, wanted):
            steps[step.attempt_reservation_id].append(step)
        gone = {row.reservation_id: row for row in self._statements.rows(_WRITE_OFFS, wanted)}
        return tuple(
            _record(
                row, steps[row.reservation_reservation_id], gone.get(row.reservation_reservation_id), events, deliveries
            )
            for row in rows
        )

    def _next_sequence(self, one: Mapping[str, object]) -> int:
        self._statements.first(_LOCK, one)
        found = self._statements.first(_LAST_SEQUENCE, one)
        return 1 if found is None else int(found.last) + 1

    def _add_event(
        self,
        one: Mapping[str, object],
        *,
        sequence: int,
        kind: str,
        words: str,
        actor: str,
        state: AttemptState,
        at: datetime,
    ) -> None:
        row = {
            "tenant_id": one["tenant"],
            "store_id": one["store"],
            "reservation_id": one["reservation"],
            "sequence": sequence,
            "kind": kind,
            "state": state.value,
            "words": storable(words),
            "actor": storable(actor),
            "recorded_at": at,
        }
        self._statements.change(insert(reservation_event), row)


def _row(made: Reservation, place: Mapping[str, str]) -> dict[str, object]:
    return columns_of(place) | {
        "reservation_id": made.id,
        "register_id": made.register_id,
        "terminal_id": made.terminal_id,
        "amount_minor": made.amount.minor,
        "currency": made.amount.currency.code,
        "reference": None if made.reference is None else storable(made.reference),
        "created_at": made.created_at,
        "created_by": storable(made.created_by),
        "trace_id": made.trace_id,
    }


def _record(
    row: AnyRow,
    steps: Sequence[AnyRow],
    gone: AnyRow | None,
    events: tuple[ReservationEvent, ...],
    deliveries: tuple[OutboxMessage, ...],
) -> ReservationRecord:
    by_purpose: dict[str, list[AnyRow]] = defaultdict(list)
    for step in steps:
        by_purpose[step.attempt_purpose].append(step)
    [made] = by_purpose[HoldStep.RESERVE]
    return ReservationRecord(
        reservation=reservation_of(row),
        made=attempt_of(made),
        releases=tuple(attempt_of(step) for step in by_purpose[HoldStep.RELEASE]),
        completions=tuple((payment_of(step), attempt_of(step)) for step in by_purpose["payment"]),
        write_off=None if gone is None else WriteOff(gone.reason, gone.noted_at, gone.noted_by),
        events=events,
        deliveries=deliveries,
    )


def _event_of(row: AnyRow) -> ReservationEvent:
    return ReservationEvent(
        reservation_id=ReservationId(row.reservation_id),
        sequence=row.sequence,
        kind=row.kind,
        state=AttemptState(row.state),
        words=row.words,
        actor=row.actor,
        recorded_at=row.recorded_at,
    )
