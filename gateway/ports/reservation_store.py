"""Reservations as stored: made, charged and let go, each step with an intent before its terminal is asked.

What their attempts share with those of sales (fence, what blocks a terminal, cancels, asking again) is in
``PaymentStore``. To charge one is a payment, so its outcome is concluded there.
"""

from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from gateway.domain.cards.payment import Attempt, AttemptState, OriginalTransaction, Payment
from gateway.domain.cards.reservation import Hold, Reservation, ReservationState, state_of
from gateway.domain.ids import ReservationId, StoreId, TenantId
from gateway.domain.ledger import Transfer
from gateway.domain.money import Money
from gateway.domain.outbox import OutboxMessage
from gateway.ports.payment_store import Conclusion, Intent, StoredAnswer


@dataclass(frozen=True, slots=True)
class ReservationEvent:
    """One line of a reservation's journal. ``sequence`` counts from 1 per reservation; ``kind``: snake_case word."""

    reservation_id: ReservationId
    sequence: int
    kind: str
    state: AttemptState
    words: str
    actor: str
    recorded_at: datetime


@dataclass(frozen=True, slots=True)
class HoldIntent:
    """Everything the first commit of a step stores: a reservation to be made, or to be let go.

    ``attempt.epoch`` and ``.baseline`` are filled by the store; ``memorandum``: the ledger's entry of one that is made.
    """

    hold: Hold
    attempt: Attempt
    memorandum: Transfer | None
    words: str
    actor: str
    answer: StoredAnswer


@dataclass(frozen=True, slots=True)
class WriteOff:
    """A manager's word that a reservation is gone. ``reason``: the proof."""

    reason: str
    at: datetime
    by: str


@dataclass(frozen=True, slots=True)
class ReservationRecord:
    """A reservation with the attempts that made it and ended it, oldest first."""

    reservation: Reservation
    made: Attempt
    releases: tuple[Attempt, ...] = ()
    completions: tuple[tuple[Payment, Attempt], ...] = ()
    write_off: WriteOff | None = None
    events: tuple[ReservationEvent, ...] = ()
    deliveries: tuple[OutboxMessage, ...] = ()

    @property
    def state(self) -> ReservationState:
        """Where it stands."""
        completions = [attempt for _, attempt in self.completions]
        return state_of(self.made, self.releases, completions, written_off=self.write_off is not None)

    @property
    def last(self) -> Attempt:
        """The attempt that was begun last."""
        # Of two in the same instant an end came after the making.
        ends = (*(one for _, one in self.completions), *self.releases)
        return max(ends, key=lambda one: one.sent_at) if ends else self.made

    @property
    def charged(self) -> Money | None:
        """What was charged of it; None while nothing was."""
        return next(
            (payment.amount for payment, attempt in self.completions if attempt.state is AttemptState.APPROVED), None
        )


class ReservationStore(Protocol):
    """Reservations of all stores; every call names tenant and store."""

    def record_intent(self, intent: HoldIntent) -> Attempt:
        """Store a step about to be sent; return the attempt as stored.

        Raises:
            RuleError: ``answer_exists`` / ``reservation_exists`` when key or id is taken (the caller replays),
                ``reservation_ended`` when it is, or may be, charged or let go already; ``terminal_busy``.
            InputError: ``unknown_terminal`` when the device row does not exist.
        """

    def record_completion(
        self, reservation_id: ReservationId, intent: Intent, original: OriginalTransaction
    ) -> Attempt:
        """Store a payment that charges a reservation; errors as in ``PaymentStore.record_intent``.

        Raises:
            RuleError: ``reservation_ended`` when it is, or may be, charged or let go already.
        """

    def record_conclusion(self, reservation_id: ReservationId, conclusion: Conclusion) -> int | None:
        """Store an outcome under its fence; return the journal sequence, or None when the fence or state forbade it."""

    def load(self, tenant_id: TenantId, store_id: StoreId, reservation_id: ReservationId) -> ReservationRecord | None:
        """Return one reservation with all its parts."""

    def recent(
        self, tenant_id: TenantId, store_id: StoreId, *, limit: int, before: ReservationId | None
    ) -> tuple[ReservationRecord, ...]:
        """Return the newest reservations (ids are time-ordered), at most 500, without journal and deliveries."""

    def write_off(
        self, tenant_id: TenantId, store_id: StoreId, reservation_id: ReservationId, word: WriteOff, end: Transfer
    ) -> bool:
        """Note that a reservation is gone, and end its memorandum; False when that is noted already."""
