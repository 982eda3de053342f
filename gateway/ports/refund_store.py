"""Refunds as stored: intent before the terminal is asked, outcome afterwards, each in one transaction.

What an attempt of a refund shares with one of a sale (its fence, what blocks a terminal, cancels, asking again) is in
``PaymentStore``.
"""

from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from gateway.domain.cards.payment import Attempt, AttemptState
from gateway.domain.cards.refund import Refund
from gateway.domain.ids import PaymentId, RefundId, StoreId, TenantId
from gateway.domain.ledger import Transfer
from gateway.domain.outbox import OutboxMessage
from gateway.ports.payment_store import Conclusion, StoredAnswer


@dataclass(frozen=True, slots=True)
class RefundEvent:
    """One line of a refund's journal. ``sequence`` counts from 1 per refund; ``kind``: snake_case word."""

    refund_id: RefundId
    sequence: int
    kind: str
    state: AttemptState
    words: str
    actor: str
    recorded_at: datetime


@dataclass(frozen=True, slots=True)
class RefundIntent:
    """Everything the first commit of a refund stores.

    ``attempt.number``, ``.epoch`` and ``.baseline`` are filled by the store. ``words``: how it will be given back, for
    the journal; ``answer``: what the caller is told.
    """

    refund: Refund
    attempt: Attempt
    reservation: Transfer
    words: str
    answer: StoredAnswer


@dataclass(frozen=True, slots=True)
class RefundRecord:
    """A refund with its attempt, journal and receipt deliveries."""

    refund: Refund
    attempt: Attempt
    events: tuple[RefundEvent, ...] = ()
    deliveries: tuple[OutboxMessage, ...] = ()


class RefundStore(Protocol):
    """Refunds of all stores; every call names tenant and store."""

    def record_intent(self, intent: RefundIntent) -> Attempt:
        """Insert refund, attempt, reservation, journal line and stored answer; return the attempt as stored.

        The payment is locked, so that two refunds of it at once cannot exceed it.

        Raises:
            RuleError: ``answer_exists`` / ``refund_exists`` when key or id is taken (the caller replays),
                ``nothing_to_refund`` / ``refund_exceeds_payment``, ``terminal_busy`` (in this order).
            InputError: ``unknown_terminal`` when the device row does not exist.
            NotFound: ``unknown_payment``.
        """

    def record_conclusion(self, refund_id: RefundId, conclusion: Conclusion) -> int | None:
        """Store an outcome under its fence; return the journal sequence, or None when the fence or state forbade it."""

    def load(self, tenant_id: TenantId, store_id: StoreId, refund_id: RefundId) -> RefundRecord | None:
        """Return one refund with all its parts."""

    def of_payment(self, tenant_id: TenantId, store_id: StoreId, payment_id: PaymentId) -> tuple[RefundRecord, ...]:
        """Return the refunds of a payment, oldest first, without journal and deliveries."""
