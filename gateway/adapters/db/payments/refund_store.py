"""Refunds in SQL: their two commits and how they are read. Plain statements, one after the other: refunds are rare."""

from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime

from sqlalchemy import bindparam, func, insert, select, text

from gateway.adapters.db import violations
from gateway.adapters.db.column_types import storable
from gateway.adapters.db.ledger_store import SqlLedgerStore
from gateway.adapters.db.payments.attempt_rows import (
    add_answer,
    add_attempt,
    as_of_device,
    columns_of,
    conclude,
    here,
    labelled,
    refuse_known_answer,
)
from gateway.adapters.db.payments.mapping import (
    AnyRow,
    attempt_of,
    message_of,
    original_to_document,
    refund_event_of,
    refund_of,
)
from gateway.adapters.db.statements import Statements
from gateway.adapters.db.tables import (
    CLAIMING_SQL,
    FOR_PAYMENT_SQL,
    attempt,
    outbox,
    payment,
    refund,
    refund_event,
)
from gateway.domain.cards.payment import Attempt
from gateway.domain.cards.refund import REFUND_STATES, check_amount
from gateway.domain.errors import RuleError
from gateway.domain.ids import PaymentId, RefundId, StoreId, TenantId
from gateway.domain.money import Currency, Money
from gateway.ports.payment_store import Conclusion
from gateway.ports.refund_store import RefundIntent, RefundRecord

SENT = "sent"
"""Kind of the journal line of an intent; a conclusion's kind is the state it leads to."""
PURPOSE = "refund"
EVENTS_MAX = 1000
"""Journal lines shown of one refund: the newest."""


_OF_PAYMENT = (*here(payment), payment.c.payment_id == bindparam("payment"))
_KNOWN = select(refund.c.refund_id).where(*here(refund), refund.c.refund_id == bindparam("refund"))
# Two refunds of one payment queue here, so that the second sees what the first claims.
_LOCK_PAYMENT = select(payment.c.amount_minor, payment.c.currency).where(*_OF_PAYMENT).with_for_update(key_share=True)
_ATTEMPTS_OF = (*here(attempt), attempt.c.payment_id == bindparam("payment"))
_PAID = select(attempt.c.result).where(*_ATTEMPTS_OF, text(FOR_PAYMENT_SQL), attempt.c.state == "approved")
_WITH_ATTEMPT = refund.join(
    attempt,
    (attempt.c.tenant_id == refund.c.tenant_id)
    & (attempt.c.store_id == refund.c.store_id)
    & (attempt.c.attempt_id == refund.c.attempt_id),
)
_CLAIMED = (
    select(func.coalesce(func.sum(refund.c.amount_minor), 0).label("claimed"))
    .select_from(_WITH_ATTEMPT)
    .where(*here(refund), refund.c.payment_id == bindparam("payment"), text(CLAIMING_SQL))
)
_LAST_NUMBER = select(func.coalesce(func.max(attempt.c.number), 0).label("number")).where(*_ATTEMPTS_OF)
_REFUNDS = select(*labelled(refund), *labelled(attempt)).select_from(_WITH_ATTEMPT).where(*here(refund))
_LOAD = _REFUNDS.where(refund.c.refund_id == bindparam("refund"))
_LIST = _REFUNDS.where(refund.c.payment_id == bindparam("payment")).order_by(attempt.c.number)
_EVENTS = (
    select(refund_event)
    .where(*here(refund_event), refund_event.c.refund_id == bindparam("refund"))
    .order_by(refund_event.c.sequence.desc())
    .limit(EVENTS_MAX)
)
_DELIVERIES = (
    select(outbox)
    .where(*here(outbox), outbox.c.payment_id == bindparam("refund"))
    .order_by(outbox.c.created_at, outbox.c.outbox_id)
)


class SqlRefundStore:
    """Refunds of all stores; every call names tenant and store."""

    __slots__ = ("_statements",)

    def __init__(self, statements: Statements) -> None:
        self._statements = statements

    def record_intent(self, intent: RefundIntent) -> Attempt:
        """Store everything of a refund about to be sent; errors as in ``RefundStore``."""
        wanted, statements = intent.refund, self._statements
        place = {"tenant": wanted.tenant_id, "store": wanted.store_id}
        of_payment = place | {"payment": wanted.payment_id}
        refuse_known_answer(statements, place, intent.answer.key)
        if statements.first(_KNOWN, place | {"refund": wanted.id}) is not None:
            raise statements.refuse(violations.refund_exists())
        paid = statements.first(_LOCK_PAYMENT, of_payment)
        if paid is None:
            raise statements.refuse(violations.unknown_payment())
        new = as_of_device(statements, place, wanted.terminal_id, intent.attempt)
        self._check_limit(intent, paid, of_payment)
        last = statements.first(_LAST_NUMBER, of_payment)
        stored = replace(new, number=(last.number if last is not None else 0) + 1)
        add_attempt(statements, place, stored, PURPOSE, sequence=1, paid=True)
        statements.change(insert(refund), _refund_row(intent, place))
        SqlLedgerStore(statements).add((intent.reservation,))
        add_answer(statements, place, intent.answer, stored)
        self._add_event(
            place,
            wanted.id,
            sequence=1,
            kind=SENT,
            state=stored.state,
            words=intent.words,
            actor=wanted.created_by,
            at=stored.sent_at,
        )
        return stored

    def record_conclusion(self, refund_id: RefundId, conclusion: Conclusion) -> int | None:
        """Store an outcome under its fence; return the journal sequence, or None when the fence or state forbade it."""
        sequence = conclude(self._statements, conclusion, PURPOSE)
        if sequence is None:
            return None
        self._add_event(
            {"tenant": conclusion.tenant_id, "store": conclusion.store_id},
            refund_id,
            sequence=sequence,
            kind=REFUND_STATES[conclusion.state].value,
            state=conclusion.state,
            words=conclusion.outcome.reason,
            actor=conclusion.actor,
            at=conclusion.concluded_at,
        )
        return sequence

    def load(self, tenant_id: TenantId, store_id: StoreId, refund_id: RefundId) -> RefundRecord | None:
        """Return one refund with all its parts, in three statements."""
        one = {"tenant": tenant_id, "store": store_id, "refund": refund_id}
        row = self._statements.first(_LOAD, one)
        if row is None:
            return None
        events = self._statements.rows(_EVENTS, one)
        return RefundRecord(
            refund=refund_of(row),
            attempt=attempt_of(row),
            events=tuple(refund_event_of(one) for one in reversed(events)),
            deliveries=tuple(message_of(one) for one in self._statements.rows(_DELIVERIES, one)),
        )

    def of_payment(self, tenant_id: TenantId, store_id: StoreId, payment_id: PaymentId) -> tuple[RefundRecord, ...]:
        """Return the refunds of a payment, oldest first, without journal and deliveries."""
        rows = self._statements.rows(_LIST, {"tenant": tenant_id, "store": store_id, "payment": payment_id})
        return tuple(RefundRecord(refund_of(row), attempt_of(row)) for row in rows)

    def _check_limit(self, intent: RefundIntent, paid: AnyRow, of_payment: Mapping[str, object]) -> None:
        """Refuse more than is left. A trigger on the table holds the same rule for whoever writes otherwise."""
        charged = self._statements.first(_PAID, of_payment)
        captured = 0
        if charged is not None:
            told = None if charged.result is None else charged.result.get("amount_minor")
            captured = paid.amount_minor if told is None else int(told)
        claimed = self._statements.first(_CLAIMED, of_payment)
        left = captured - int(claimed.claimed if claimed is not None else 0)
        try:
            check_amount(intent.refund.amount, Money(left, Currency.of(paid.currency)))
        except RuleError as error:
            raise self._statements.refuse(error) from None

    def _add_event(
        self,
        place: dict[str, str],
        refund_id: RefundId,
        *,
        sequence: int,
        kind: str,
        state: str,
        words: str,
        actor: str,
        at: datetime,
    ) -> None:
        row = columns_of(place) | {
            "refund_id": refund_id,
            "sequence": sequence,
            "kind": kind,
            "state": str(state),
            "words": storable(words),
            "actor": storable(actor),
            "recorded_at": at,
        }
        self._statements.change(insert(refund_event), row)


def _refund_row(intent: RefundIntent, place: dict[str, str]) -> dict[str, object]:
    wanted = intent.refund
    return columns_of(place) | {
        "refund_id": wanted.id,
        "payment_id": wanted.payment_id,
        "attempt_id": intent.attempt.id,
        "register_id": wanted.register_id,
        "terminal_id": wanted.terminal_id,
        "amount_minor": wanted.amount.minor,
        "currency": wanted.amount.currency.code,
        "way": wanted.way.value,
        "original": original_to_document(wanted.original),
        "reason": storable(wanted.reason),
        "created_at": wanted.created_at,
        "created_by": storable(wanted.created_by),
        "trace_id": wanted.trace_id,
    }
