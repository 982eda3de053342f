"""Payments as stored: what the two commits of a sale write, and how they are read.

The calls on the money path are coarse on purpose: each is one round trip where the database allows it, because a sale
has exactly two commits (intent; outcome with ledger and outbox).
"""

from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from gateway.domain.cards.payment import (
    Attempt,
    AttemptOutcome,
    AttemptState,
    Payment,
    TerminalResult,
    TransactionNumbers,
)
from gateway.domain.cards.refund import Movement
from gateway.domain.ids import AttemptId, DeviceId, PaymentId, StoreId, TenantId
from gateway.domain.ledger import Transfer
from gateway.domain.outbox import OutboxMessage
from gateway.domain.sales.sale import Sale


@dataclass(frozen=True, slots=True)
class StoredAnswer:
    """The first answer to an idempotency key, replayed byte for byte. ``request_hash``: SHA-256 of the request, hex."""

    key: str
    request_hash: str
    status: int
    body: bytes
    location: str


@dataclass(frozen=True, slots=True)
class PaymentEvent:
    """One line of a payment's journal. ``sequence`` counts from 1 per payment; ``kind``: snake_case word."""

    payment_id: PaymentId
    sequence: int
    kind: str
    state: AttemptState
    words: str
    actor: str
    recorded_at: datetime


@dataclass(frozen=True, slots=True)
class Intent:
    """Everything the first commit of a sale stores. ``attempt.epoch`` and ``.baseline`` are filled by the store.

    ``attempt.result`` is None. ``answer``: what the caller is told; None when no key is kept (a further attempt).
    ``sale`` and ``payment`` are None for a further attempt of a stored payment.
    """

    tenant_id: TenantId
    store_id: StoreId
    sale: Sale | None
    payment: Payment | None
    attempt: Attempt
    reservation: Transfer
    actor: str
    answer: StoredAnswer | None


@dataclass(frozen=True, slots=True)
class Conclusion:
    """Everything the second commit of a sale stores.

    ``expected``: the states the attempt may be in; ``epoch``: fence, the lease epoch of the writing node, or None when
    a person decides. ``closing``: post or void of the reservation, None while the outcome is unknown.
    ``numbers``: newest numbers of the terminal, None when it told none.
    """

    tenant_id: TenantId
    store_id: StoreId
    payment_id: PaymentId
    attempt_id: AttemptId
    terminal_id: DeviceId
    expected: frozenset[AttemptState]
    epoch: int | None
    state: AttemptState
    blocks_terminal: bool
    outcome: AttemptOutcome
    closing: Transfer | None
    outbox: tuple[OutboxMessage, ...]
    numbers: TransactionNumbers | None
    actor: str
    concluded_at: datetime


@dataclass(frozen=True, slots=True)
class PaymentRecord:
    """A payment with its sale, all attempts (oldest first), journal and receipt deliveries."""

    payment: Payment
    sale: Sale
    attempts: tuple[Attempt, ...]
    events: tuple[PaymentEvent, ...]
    deliveries: tuple[OutboxMessage, ...]


class PaymentStore(Protocol):
    """Payments and attempts of all stores; every call names tenant and store.

    What is said of an attempt alone holds for that of a refund too.
    """

    def record_intent(self, intent: Intent) -> Attempt:
        """Insert sale, payment, attempt, reservation, journal line and stored answer; return the attempt as stored.

        Epoch and baseline are read from the terminal's device row and lease in the same statement or transaction.

        Raises:
            RuleError: ``terminal_busy`` when another attempt blocks the terminal; ``payment_open`` when the payment has
                an open or approved attempt; ``payment_exists`` / ``answer_exists`` when id or key is taken (the caller
                replays).
            InputError: ``unknown_terminal`` when the device row does not exist.
        """

    def record_conclusion(self, conclusion: Conclusion) -> int | None:
        """Store an outcome under its fence; return the journal sequence, or None when the fence or state forbade it."""

    def find_answer(self, tenant_id: TenantId, store_id: StoreId, key: str) -> StoredAnswer | None:
        """Return the stored answer of an idempotency key."""

    def load(self, tenant_id: TenantId, store_id: StoreId, payment_id: PaymentId) -> PaymentRecord | None:
        """Return one payment with all its parts."""

    def recent(
        self,
        tenant_id: TenantId,
        store_id: StoreId,
        *,
        limit: int,
        before: PaymentId | None,
        terminals: frozenset[DeviceId] | None,
    ) -> tuple[PaymentRecord, ...]:
        """Return the newest payments (ids are time-ordered), without journal and deliveries."""

    def open_attempts(
        self, tenant_id: TenantId, store_id: StoreId, terminal_id: DeviceId
    ) -> tuple[tuple[Movement, Attempt], ...]:
        """Return attempts in ``sent`` or ``unknown`` of one terminal, oldest first, each with its payment or refund."""

    def request_cancel(
        self, tenant_id: TenantId, store_id: StoreId, attempt_id: AttemptId, at: datetime, actor: str
    ) -> bool:
        """Mark a running attempt as to be cancelled and add a journal line; False when it is not running any more."""

    def request_ask(
        self, tenant_id: TenantId, store_id: StoreId, attempt_id: AttemptId, at: datetime, actor: str
    ) -> bool:
        """Mark an unknown attempt as to be asked about again, with a journal line; False when it is not unknown."""

    def cancels_requested(self, tenant_id: TenantId, store_id: StoreId, terminal_id: DeviceId) -> frozenset[AttemptId]:
        """Return the running attempts of a terminal that somebody asked to cancel."""

    def correct_baseline(
        self, tenant_id: TenantId, store_id: StoreId, attempt_id: AttemptId, epoch: int, baseline: TransactionNumbers
    ) -> bool:
        """Replace the baseline of an attempt not yet begun at the device; False when the fence forbade it."""

    def release_terminal(
        self, tenant_id: TenantId, store_id: StoreId, attempt_id: AttemptId, epoch: int, outcome: AttemptOutcome
    ) -> None:
        """The terminal was heard but could not decide: keep ``unknown``, note what is known, open it for new sales."""

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

    def orphans(
        self, tenant_id: TenantId, store_id: StoreId
    ) -> tuple[tuple[DeviceId, TerminalResult, str, datetime], ...]:
        """Return kept orphan results, newest first."""
