"""Payments and attempts in SQL. The two commits of a sale are in ``recording.py``; here are reads and small changes."""

import uuid
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime

from sqlalchemy import ColumnElement, FromClause, Table, bindparam, insert, select, text, update
from sqlalchemy.sql.elements import Label

from gateway.adapters.db.column_types import storable
from gateway.adapters.db.payments import recording
from gateway.adapters.db.payments.mapping import (
    AnyRow,
    attempt_of,
    event_of,
    message_of,
    payment_of,
    result_from_document,
    result_to_document,
    sale_of,
)
from gateway.adapters.db.payments.movement_rows import OPEN_ATTEMPTS, movement_of
from gateway.adapters.db.payments.reservation_tables import reservation_event
from gateway.adapters.db.statements import Statements
from gateway.adapters.db.tables import (
    FOR_PAYMENT_SQL,
    attempt,
    orphan_result,
    outbox,
    payment,
    payment_event,
    refund,
    refund_event,
    sale,
    stored_answer,
)
from gateway.domain.cards.payment import (
    EXACT,
    Attempt,
    AttemptOutcome,
    AttemptState,
    TerminalResult,
    TransactionNumbers,
)
from gateway.domain.cards.refund import Movement
from gateway.domain.ids import AttemptId, DeviceId, PaymentId, StoreId, TenantId, uuid7
from gateway.ports.clock import Clock
from gateway.ports.payment_store import Conclusion, Intent, PaymentRecord, StoredAnswer

RECENT_MAX = 500
"""Payments of one page at most."""
EVENTS_MAX = 1000
"""Journal lines shown of one payment: the newest; twenty attempts make about a hundred."""
ORPHANS_MAX = 500
"""Orphan results shown, the newest."""
TERMINAL_RELEASED = "terminal_released"
CANCEL_REQUESTED = "cancel_requested"
ASK_REQUESTED = "ask_requested"
_TERMINAL = "terminal"


def _labelled(table: Table) -> list[Label[object]]:
    return [column.label(f"{table.name}_{column.name}") for column in table.columns]


def _here(table: Table) -> tuple[ColumnElement[bool], ColumnElement[bool]]:
    return table.c.tenant_id == bindparam("tenant"), table.c.store_id == bindparam("store")


_PAYMENT_AND_SALE: FromClause = payment.join(
    sale,
    (sale.c.tenant_id == payment.c.tenant_id)
    & (sale.c.store_id == payment.c.store_id)
    & (sale.c.sale_id == payment.c.sale_id),
)
_PAYMENTS = select(*_labelled(payment), *_labelled(sale)).select_from(_PAYMENT_AND_SALE).where(*_here(payment))
_LOAD = _PAYMENTS.where(payment.c.payment_id == bindparam("payment"))
_RECENT = _PAYMENTS.order_by(payment.c.payment_id.desc()).limit(bindparam("limit"))
_BEFORE = payment.c.payment_id < bindparam("before")
_OF_TERMINALS = payment.c.terminal_id.in_(bindparam("terminals", expanding=True))
_RECENT_BY_FILTER = {
    (False, False): _RECENT,
    (True, False): _RECENT.where(_BEFORE),
    (False, True): _RECENT.where(_OF_TERMINALS),
    (True, True): _RECENT.where(_BEFORE, _OF_TERMINALS),
}
_ATTEMPTS = (
    select(*_labelled(attempt))
    .where(*_here(attempt), attempt.c.payment_id.in_(bindparam("payments", expanding=True)), text(FOR_PAYMENT_SQL))
    .order_by(attempt.c.payment_id, attempt.c.number)
)
_EVENTS = (
    select(payment_event)
    .where(*_here(payment_event), payment_event.c.payment_id == bindparam("payment"))
    .order_by(payment_event.c.sequence.desc())
    .limit(EVENTS_MAX)
)
_DELIVERIES = (
    select(outbox)
    .where(*_here(outbox), outbox.c.payment_id == bindparam("payment"))
    .order_by(outbox.c.created_at, outbox.c.outbox_id)
)
_ANSWER = select(stored_answer).where(*_here(stored_answer), stored_answer.c.key == bindparam("key"))
_CANCELS = select(attempt.c.attempt_id).where(
    *_here(attempt),
    attempt.c.terminal_id == bindparam("terminal"),
    text("state = 'sent'"),
    attempt.c.cancel_requested_at.is_not(None),
)
_ONE_ATTEMPT = (*_here(attempt), attempt.c.attempt_id == bindparam("attempt"))
_STATE = select(attempt.c.state).where(*_ONE_ATTEMPT)
_NEXT_SEQUENCE = {"last_sequence": attempt.c.last_sequence + 1}
_JOURNAL = (
    attempt.c.payment_id,
    attempt.c.attempt_id,
    attempt.c.purpose,
    attempt.c.reservation_id,
    attempt.c.last_sequence,
    attempt.c.state,
)
_REQUEST_CANCEL = (
    update(attempt)
    .where(*_ONE_ATTEMPT, attempt.c.state == "sent", attempt.c.cancel_requested_at.is_(None))
    .values(cancel_requested_at=bindparam("at"), **_NEXT_SEQUENCE)
    .returning(*_JOURNAL)
)
_REQUEST_ASK = (
    update(attempt)
    .where(*_ONE_ATTEMPT, attempt.c.state == "unknown")
    .values(ask_requested_at=bindparam("at"), **_NEXT_SEQUENCE)
    .returning(*_JOURNAL)
)
_CORRECT_BASELINE = (
    update(attempt)
    .where(*_ONE_ATTEMPT, attempt.c.state == "sent", attempt.c.epoch == bindparam("fence"))
    .values(
        baseline_receipt_no=bindparam("receipt"),
        baseline_trace_no=bindparam("trace"),
        baseline_turnover_no=bindparam("turnover"),
    )
)
# Asked again and again, a terminal that says the same adds nothing to the journal.
_RELEASE_TERMINAL = (
    update(attempt)
    .where(
        *_ONE_ATTEMPT,
        attempt.c.state == "unknown",
        attempt.c.epoch == bindparam("fence"),
        attempt.c.blocks_terminal
        | attempt.c.reason_code.is_distinct_from(bindparam("code"))
        | attempt.c.reason.is_distinct_from(bindparam("words")),
    )
    .values(
        blocks_terminal=False,
        evidence=bindparam("proof"),
        reason_code=bindparam("code"),
        reason=bindparam("words"),
        **_NEXT_SEQUENCE,
    )
    .returning(*_JOURNAL)
)
_NOTE_RESULT = (
    update(attempt)
    .where(*_ONE_ATTEMPT)
    .values(result=bindparam("document"), receipt_no=bindparam("receipt"), trace_no=bindparam("trace"))
)
_ADD_EVENT = insert(payment_event)
_ADD_REFUND_EVENT = insert(refund_event)
_ADD_HOLD_EVENT = insert(reservation_event)
_SET_TERMS = (
    update(payment)
    .where(*_here(payment), payment.c.payment_id == bindparam("payment"))
    .values(tip_minor=bindparam("tip"), allow_partial=bindparam("partial"))
)
_REFUND_OF = select(refund.c.refund_id).where(*_here(refund), refund.c.attempt_id == bindparam("attempt"))
_KEEP_ORPHAN = insert(orphan_result)
_ORPHANS = (
    select(orphan_result)
    .where(*_here(orphan_result))
    .order_by(orphan_result.c.kept_at.desc(), orphan_result.c.orphan_id.desc())
    .limit(ORPHANS_MAX)
)


class SqlPaymentStore:
    """Payments and attempts of all stores; every call names tenant and store."""

    __slots__ = ("_clock", "_statements")

    def __init__(self, statements: Statements, clock: Clock) -> None:
        self._statements = statements
        self._clock = clock

    def record_intent(self, intent: Intent) -> Attempt:
        """Store everything of an intent; errors as in :func:`gateway.adapters.db.payments.recording.record_intent`."""
        epoch, baseline = recording.record_intent(self._statements, intent)
        if intent.payment is not None and intent.payment.terms != EXACT:
            terms = intent.payment.terms
            one = {"tenant": intent.tenant_id, "store": intent.store_id, "payment": intent.payment.id}
            self._statements.change(_SET_TERMS, one | {"tip": terms.tip_minor, "partial": terms.allow_partial})
        return replace(intent.attempt, epoch=epoch, baseline=baseline)

    def record_conclusion(self, conclusion: Conclusion) -> int | None:
        """Store an outcome under its fence; return the journal sequence, or None when the fence or state forbade it."""
        return recording.record_conclusion(self._statements, conclusion)

    def find_answer(self, tenant_id: TenantId, store_id: StoreId, key: str) -> StoredAnswer | None:
        """Return the stored answer of an idempotency key."""
        row = self._statements.first(_ANSWER, {"tenant": tenant_id, "store": store_id, "key": key})
        return None if row is None else StoredAnswer(row.key, row.request_hash, row.status, row.body, row.location)

    def load(self, tenant_id: TenantId, store_id: StoreId, payment_id: PaymentId) -> PaymentRecord | None:
        """Return one payment with all its parts, in four statements."""
        place = {"tenant": tenant_id, "store": store_id}
        here = place | {"payment": payment_id}
        row = self._statements.first(_LOAD, here)
        if row is None:
            return None
        attempts = self._statements.rows(_ATTEMPTS, place | {"payments": [payment_id]})
        events = self._statements.rows(_EVENTS, here)
        return PaymentRecord(
            payment=payment_of(row),
            sale=sale_of(row),
            attempts=tuple(attempt_of(one) for one in attempts),
            events=tuple(event_of(one) for one in reversed(events)),
            deliveries=tuple(message_of(one) for one in self._statements.rows(_DELIVERIES, here)),
        )

    def recent(
        self,
        tenant_id: TenantId,
        store_id: StoreId,
        *,
        limit: int,
        before: PaymentId | None,
        terminals: frozenset[DeviceId] | None,
    ) -> tuple[PaymentRecord, ...]:
        """Return the newest payments by id, at most 500, without journal and deliveries, in two statements."""
        place = {"tenant": tenant_id, "store": store_id}
        wanted: dict[str, object] = {**place, "limit": max(0, min(limit, RECENT_MAX))}
        if before is not None:
            wanted["before"] = before
        if terminals is not None:
            wanted["terminals"] = sorted(terminals)
        rows = self._statements.rows(_RECENT_BY_FILTER[before is not None, terminals is not None], wanted)
        if not rows:
            return ()
        attempts: dict[uuid.UUID, list[Attempt]] = defaultdict(list)
        payments = [row.payment_payment_id for row in rows]
        for one in self._statements.rows(_ATTEMPTS, {**place, "payments": payments}):
            attempts[one.attempt_payment_id].append(attempt_of(one))
        return tuple(
            PaymentRecord(payment_of(row), sale_of(row), tuple(attempts[row.payment_payment_id]), (), ())
            for row in rows
        )

    def open_attempts(
        self, tenant_id: TenantId, store_id: StoreId, terminal_id: DeviceId
    ) -> tuple[tuple[Movement, Attempt], ...]:
        """Return attempts in ``sent`` or ``unknown`` of one terminal, oldest first, each with its payment or refund."""
        place = {"tenant": tenant_id, "store": store_id, "terminal": terminal_id}
        return tuple((movement_of(row), attempt_of(row)) for row in self._statements.rows(OPEN_ATTEMPTS, place))

    def request_cancel(
        self, tenant_id: TenantId, store_id: StoreId, attempt_id: AttemptId, at: datetime, actor: str
    ) -> bool:
        """Mark a running attempt as to be cancelled, once; False when it is not running any more."""
        one = {"tenant": tenant_id, "store": store_id, "attempt": attempt_id}
        changed = self._statements.rows(_REQUEST_CANCEL, {**one, "at": at})
        if changed:
            self._add_event(tenant_id, store_id, changed, CANCEL_REQUESTED, "Cancel requested.", actor, at)
            return True
        row = self._statements.first(_STATE, one)
        return row is not None and row.state == AttemptState.SENT

    def request_ask(
        self, tenant_id: TenantId, store_id: StoreId, attempt_id: AttemptId, at: datetime, actor: str
    ) -> bool:
        """Mark an unknown attempt as to be asked about again, with a journal line; False when it is not unknown."""
        one = {"tenant": tenant_id, "store": store_id, "attempt": attempt_id, "at": at}
        changed = self._statements.rows(_REQUEST_ASK, one)
        self._add_event(tenant_id, store_id, changed, ASK_REQUESTED, "Terminal to be asked again.", actor, at)
        return bool(changed)

    def cancels_requested(self, tenant_id: TenantId, store_id: StoreId, terminal_id: DeviceId) -> frozenset[AttemptId]:
        """Return the running attempts of a terminal that somebody asked to cancel."""
        place = {"tenant": tenant_id, "store": store_id, "terminal": terminal_id}
        return frozenset(AttemptId(row.attempt_id) for row in self._statements.rows(_CANCELS, place))

    def correct_baseline(
        self, tenant_id: TenantId, store_id: StoreId, attempt_id: AttemptId, epoch: int, baseline: TransactionNumbers
    ) -> bool:
        """Replace the baseline of an attempt not yet begun at the device; False when the fence forbade it."""
        one = {"tenant": tenant_id, "store": store_id, "attempt": attempt_id, "fence": epoch}
        numbers = {
            "receipt": baseline.receipt_no,
            "trace": baseline.trace_no,
            "turnover": baseline.turnover_no,
        }
        return self._statements.change(_CORRECT_BASELINE, one | numbers) == 1

    def release_terminal(
        self, tenant_id: TenantId, store_id: StoreId, attempt_id: AttemptId, epoch: int, outcome: AttemptOutcome
    ) -> None:
        """Keep ``unknown``, note what is known, and open the terminal for new sales, under the fence."""
        one = {"tenant": tenant_id, "store": store_id, "attempt": attempt_id}
        words = storable(outcome.reason)
        change = one | {
            "fence": epoch,
            "proof": outcome.evidence.value,
            "code": outcome.reason_code,
            "words": words,
        }
        changed = self._statements.rows(_RELEASE_TERMINAL, change)
        if not changed:
            return
        document = result_to_document(outcome.result)
        if document:
            numbers = outcome.result.numbers
            known = {"document": document, "receipt": numbers.receipt_no, "trace": numbers.trace_no}
            self._statements.change(_NOTE_RESULT, one | known)
        actor = outcome.decided_by or _TERMINAL
        self._add_event(tenant_id, store_id, changed, TERMINAL_RELEASED, words, actor, self._clock.now())

    def keep_orphan(
        self,
        tenant_id: TenantId,
        store_id: StoreId,
        terminal_id: DeviceId,
        result: TerminalResult,
        words: str,
        at: datetime,
    ) -> None:
        """Keep a terminal result that belongs to no open attempt, for a person to look at."""
        row = {
            "tenant_id": tenant_id,
            "store_id": store_id,
            "orphan_id": uuid7(int(at.timestamp() * 1000)),
            "terminal_id": terminal_id,
            "result": result_to_document(result),
            "words": storable(words),
            "kept_at": at,
        }
        self._statements.change(_KEEP_ORPHAN, row)

    def orphans(
        self, tenant_id: TenantId, store_id: StoreId
    ) -> tuple[tuple[DeviceId, TerminalResult, str, datetime], ...]:
        """Return kept orphan results, newest first, at most 500."""
        rows = self._statements.rows(_ORPHANS, {"tenant": tenant_id, "store": store_id})
        return tuple(
            (DeviceId(row.terminal_id), result_from_document(row.result), row.words, row.kept_at) for row in rows
        )

    def _add_event(
        self,
        tenant_id: TenantId,
        store_id: StoreId,
        changed: Sequence[AnyRow],
        kind: str,
        words: str,
        actor: str,
        at: datetime,
    ) -> None:
        for row in changed:
            line = {
                "tenant_id": tenant_id,
                "store_id": store_id,
                "sequence": row.last_sequence,
                "kind": kind,
                "state": row.state,
                "words": words,
                "actor": storable(actor),
                "recorded_at": at,
            }
            if row.purpose == "payment":
                self._statements.change(_ADD_EVENT, line | {"payment_id": row.payment_id})
            elif row.purpose != "refund":
                if row.reservation_id is not None:  # an end of day has no journal
                    self._statements.change(_ADD_HOLD_EVENT, line | {"reservation_id": row.reservation_id})
            else:
                here = {"tenant": tenant_id, "store": store_id, "attempt": row.attempt_id}
                for found in self._statements.rows(_REFUND_OF, here):
                    self._statements.change(_ADD_REFUND_EVENT, line | {"refund_id": found.refund_id})
