"""Rows of refunds for tests of the storage, as the services make them."""

from __future__ import annotations

from datetime import timedelta

from gateway.domain.cards.payment import (
    Attempt,
    AttemptEvent,
    AttemptState,
    Evidence,
    OriginalTransaction,
    Payment,
    TerminalResult,
    TransactionNumbers,
    next_state,
)
from gateway.domain.cards.refund import Refund, RefundWay
from gateway.domain.ids import AttemptId, DeviceId, OutboxId, RefundId, derived_id
from gateway.domain.ledger import TransferKind, card_refund_reservation, closing
from gateway.domain.money import Money
from gateway.domain.outbox import OutboxMessage
from gateway.ports.payment_store import Conclusion, StoredAnswer
from gateway.ports.refund_store import RefundIntent, RefundRecord
from tests.support.storage_rows import NOON, Shop, conclusion_of, new_id, outcome, payment_of

WORDS = "A part of the amount. The amount is credited to the card."


def paid(shop: Shop, minor: int = 1250) -> Payment:
    """A payment a card was charged for."""
    intent = shop.intent(minor=minor)
    stored = shop.begin(intent)
    assert shop.conclude(conclusion_of(payment_of(intent), stored)) == 2
    return payment_of(intent)


def refund_intent(
    payment: Payment,
    minor: int,
    *,
    terminal_id: DeviceId | None = None,
    refund_id: RefundId | None = None,
    key: str | None = None,
    way: RefundWay = RefundWay.CREDIT,
    original: OriginalTransaction | None = None,
) -> RefundIntent:
    """A refund about to be stored."""
    refund_id = refund_id or RefundId(new_id())
    refund = Refund(
        tenant_id=payment.tenant_id,
        store_id=payment.store_id,
        id=refund_id,
        payment_id=payment.id,
        register_id=payment.register_id,
        terminal_id=terminal_id or payment.terminal_id,
        amount=Money(minor, payment.amount.currency),
        way=way,
        original=original or OriginalTransaction(receipt_no=42),
        reason="Käse war schlecht",
        created_at=NOON,
        created_by="anna",
        trace_id=payment.trace_id,
    )
    attempt = Attempt(
        id=AttemptId(derived_id(refund_id, "attempt 1")),
        payment_id=payment.id,
        number=1,
        terminal_id=refund.terminal_id,
        epoch=0,
        state=AttemptState.SENT,
        baseline=TransactionNumbers(),
        blocks_terminal=True,
        sent_at=NOON + timedelta(minutes=5),
    )
    answer = StoredAnswer(key or str(refund_id), "b" * 64, 202, b'{"state":"sent"}', f"/refunds/{refund_id}")
    return RefundIntent(refund, attempt, card_refund_reservation(refund, attempt.id, NOON), WORDS, answer)


def start(shop: Shop, intent: RefundIntent) -> Attempt:
    """Store a refund in a unit of its own."""
    return shop.storage.write_retrying(lambda unit: unit.refunds.record_intent(intent))


def load_refund(shop: Shop, refund_id: RefundId) -> RefundRecord:
    """Load a refund that is stored."""
    with shop.storage.read() as unit:
        record = unit.refunds.load(shop.tenant_id, shop.store_id, refund_id)
    assert record is not None
    return record


def conclusion_of_refund(
    refund: Refund,
    attempt: Attempt,
    event: AttemptEvent = AttemptEvent.APPROVE,
    *,
    heard: bool = True,
    result: TerminalResult | None = None,
    numbers: TransactionNumbers | None = None,
    printer: str | None = None,
) -> Conclusion:
    """The conclusion the services would make of an event."""
    state = next_state(attempt.state, event, Evidence.DIALOGUE)
    unknown = state is AttemptState.UNKNOWN
    kind = TransferKind.POST if state is AttemptState.APPROVED else TransferKind.VOID
    at = NOON + timedelta(minutes=6)
    message = OutboxMessage(
        tenant_id=refund.tenant_id,
        store_id=refund.store_id,
        id=OutboxId(derived_id(attempt.id, "receipt")),
        kind="print_receipt",
        target=printer or "",
        payload={"payment_id": str(refund.payment_id), "refund_id": str(refund.id), "copy": "customer"},
        created_at=NOON,
    )
    pending = card_refund_reservation(refund, attempt.id, NOON)
    return Conclusion(
        tenant_id=refund.tenant_id,
        store_id=refund.store_id,
        payment_id=refund.payment_id,
        attempt_id=attempt.id,
        terminal_id=attempt.terminal_id,
        expected=frozenset({attempt.state}),
        epoch=attempt.epoch,
        state=state,
        blocks_terminal=unknown and not heard,
        outcome=outcome(event, heard=heard, result=result),
        closing=None if unknown else closing(pending, kind=kind, recorded_at=at),
        outbox=(message,) if printer else (),
        numbers=numbers,
        actor="terminal",
        concluded_at=at,
    )
