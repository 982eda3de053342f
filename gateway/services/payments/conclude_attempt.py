"""Record what became of an attempt: the second commit of whatever a terminal did, with ledger and receipts in it."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from gateway.domain.cards.card_ledger import charged_otherwise, hold_ended, is_plain
from gateway.domain.cards.card_receipt import ReceiptCopy
from gateway.domain.cards.payment import (
    Attempt,
    AttemptEvent,
    AttemptOutcome,
    AttemptState,
    Evidence,
    Payment,
    TransactionNumbers,
    blocks_after,
    next_state,
    trusted,
)
from gateway.domain.cards.refund import Movement, Refund
from gateway.domain.cards.reservation import Hold, HoldStep
from gateway.domain.cards.terminal_day import DayClose
from gateway.domain.ids import derived_id
from gateway.domain.ledger import Transfer, TransferKind, closing, reservation
from gateway.domain.outbox import OutboxMessage
from gateway.domain.sales.taken import taken_by
from gateway.ports.announcer import Announcer, NobodyListens
from gateway.ports.clock import Clock
from gateway.ports.events import DeviceHints, EventBoard, LiveEvent
from gateway.ports.unit_of_work import Conclusion, Storage, UnitOfWork
from gateway.services.outward.announce import outcome_announcement
from gateway.services.paper.print_receipt import receipt_message

NO_NUMBERS = TransactionNumbers()
LATE_WORDS = "This result came when its payment had been settled otherwise, or was with another node. Compare the two."


class SaleFollower(Protocol):
    """Whoever keeps till sales: told of every outcome of a card payment towards one."""

    def hold(self, unit: UnitOfWork, movement: Payment | Refund) -> None:
        """Hold the sale behind a movement, if it is the till's, before its outcome is written: the lock comes first."""

    def concluded(self, unit: UnitOfWork, payment: Payment, at: datetime) -> Sequence[OutboxMessage]:
        """Do in the same unit what follows from a new outcome, such as settling the sale; return what is to be told.

        Called after the outcome is written; ``payment.sale_id`` may be a sale that is not the till's.
        """

    def refunded(self, unit: UnitOfWork, refund: Refund, at: datetime) -> Sequence[OutboxMessage]:
        """As ``concluded``, when a card has got its money back."""


@dataclass(frozen=True, slots=True)
class _Entries:
    """Ledger entries of an outcome: what closes the reserved amount, and what is booked beside it."""

    close: Transfer | None = None
    beside: tuple[Transfer, ...] = ()


class ConcludeAttempt:
    """Turns an outcome into state, ledger entries and receipts, under the fence of the writing node."""

    def __init__(
        self,
        *,
        storage: Storage,
        clock: Clock,
        board: EventBoard,
        hints: DeviceHints,
        printers: dict[str, str],
        announcer: Announcer | None = None,
    ) -> None:
        """``printers``: register id -> id of the printer its receipts go to; registers without one print nothing.

        ``announcer``: tells the outside of outcomes.
        """
        self._announcer: Announcer = announcer or NobodyListens()
        self._sales: SaleFollower | None = None
        self._storage = storage
        self._clock = clock
        self._board = board
        self._hints = hints
        self._printers = printers

    def follow_sales(self, follower: SaleFollower) -> None:
        """Have ``follower`` told of outcomes of card payments that belong to a sale stored before them."""
        self._sales = follower

    def record(
        self, movement: Movement, attempt: Attempt, outcome: AttemptOutcome, *, epoch: int | None, actor: str
    ) -> AttemptState | None:
        """Store ``outcome``; return the new state, or None when another node or person has settled it meanwhile.

        Args:
            movement: what the attempt was to bring about.
            attempt: the attempt in the state the caller saw.
            outcome: what happened, with its evidence.
            epoch: lease epoch of this node for the terminal; None only when a person decides.
            actor: who says so, for the journal.

        Raises:
            RuleError: ``illegal_transition``.
        """
        outcome = judged(movement, outcome)
        state = next_state(attempt.state, outcome.event, outcome.evidence)
        now = self._clock.now()
        entries = _entries(movement, attempt, state, outcome, now)
        numbers = outcome.result.numbers
        conclusion = Conclusion(
            tenant_id=movement.tenant_id,
            store_id=movement.store_id,
            payment_id=attempt.payment_id,
            attempt_id=attempt.id,
            terminal_id=attempt.terminal_id,
            expected=frozenset({attempt.state}),
            epoch=epoch,
            state=state,
            blocks_terminal=blocks_after(outcome),
            outcome=outcome,
            closing=entries.close,
            outbox=(
                *self._receipts(movement, attempt, state, outcome),
                *self._messages(movement, attempt, state, outcome, now),
            ),
            numbers=None if numbers == NO_NUMBERS else numbers,
            actor=actor,
            concluded_at=now,
        )
        told = list(conclusion.outbox)
        sequence = self._store(movement, attempt, conclusion, entries.beside, told)
        if sequence is None:
            return None
        self._announce(movement, state, outcome, sequence)
        for target in {message.target for message in told}:
            self._hints.outbox_filled(target)
        return state

    def keep_late(self, movement: Movement, attempt: Attempt, outcome: AttemptOutcome) -> bool:
        """Keep a terminal's word that :meth:`record` could not take, unless the same is stored already.

        A commit whose answer was lost, and a node that took over and asked, leave the same result behind: that is no
        contradiction. Anything else a person has to compare.
        """
        result = outcome.result
        if outcome.event is not AttemptEvent.APPROVE and result.numbers == NO_NUMBERS:
            return False
        with self._storage.write() as unit:
            stored = next((one for one in attempts_of(unit, movement) if one.id == attempt.id), None)
            if stored is not None and _says_the_same(stored, judged(movement, outcome)):
                return False
            unit.payments.keep_orphan(
                movement.tenant_id, movement.store_id, attempt.terminal_id, result, LATE_WORDS, self._clock.now()
            )
        return True

    def _store(
        self,
        movement: Movement,
        attempt: Attempt,
        conclusion: Conclusion,
        beside: tuple[Transfer, ...],
        told: list[OutboxMessage],
    ) -> int | None:
        """Store it all in one unit; a plain sale's goes the short way. ``told`` gets the messages added on the way."""
        if isinstance(movement, Payment) and not beside and not self._has_consequences(movement, attempt):
            return self._storage.record_conclusion(conclusion)
        with self._storage.write() as unit:
            if self._sales is not None and isinstance(movement, Payment | Refund):
                self._sales.hold(unit, movement)
            sequence = _record(unit, movement, conclusion)
            if sequence is None:
                return None
            unit.ledger.add(beside)
            if isinstance(movement, Payment):
                told += self._consequences(unit, movement, attempt, conclusion)
            if isinstance(movement, Refund) and self._sales is not None and conclusion.state is AttemptState.APPROVED:
                for message in self._sales.refunded(unit, movement, conclusion.concluded_at):
                    unit.outbox.add(message)
                    told.append(message)
            return sequence

    def _has_consequences(self, payment: Payment, attempt: Attempt) -> bool:
        of_its_own = payment.sale_id == derived_id(payment.id, "sale")
        return attempt.reservation_id is not None or (self._sales is not None and not of_its_own)

    def _consequences(
        self, unit: UnitOfWork, payment: Payment, attempt: Attempt, conclusion: Conclusion
    ) -> list[OutboxMessage]:
        """Do what follows from a payment's outcome for its reservation and its sale."""
        if attempt.reservation_id is not None and conclusion.state is AttemptState.APPROVED:
            found = unit.reservations.load(payment.tenant_id, payment.store_id, attempt.reservation_id)
            if found is not None:
                unit.ledger.add((hold_ended(found.reservation, conclusion.concluded_at),))
        if self._sales is None:
            return []
        messages = list(self._sales.concluded(unit, payment, conclusion.concluded_at))
        for message in messages:
            unit.outbox.add(message)
        return messages

    def _messages(
        self, movement: Movement, attempt: Attempt, state: AttemptState, outcome: AttemptOutcome, at: datetime
    ) -> tuple[OutboxMessage, ...]:
        if self._announcer.silent:
            return ()
        announcement = outcome_announcement(movement, attempt, state, outcome, at)
        return () if announcement is None else self._announcer.messages(announcement)

    def _announce(self, movement: Movement, state: AttemptState, outcome: AttemptOutcome, sequence: int) -> None:
        self._board.publish(
            LiveEvent(
                movement.tenant_id,
                movement.store_id,
                movement.id,
                _EVENT_NAMES[type(movement)],
                str(state),
                outcome.reason,
                sequence=sequence,
            )
        )

    def _receipts(
        self, movement: Movement, attempt: Attempt, state: AttemptState, outcome: AttemptOutcome
    ) -> tuple[OutboxMessage, ...]:
        printer = self._printers.get(movement.register_id)
        if printer is None or state is AttemptState.UNKNOWN:
            return ()
        if isinstance(movement, DayClose):
            copies: tuple[ReceiptCopy, ...] = (ReceiptCopy.MERCHANT,) if state is AttemptState.APPROVED else ()
        elif state is AttemptState.APPROVED:
            copies = (ReceiptCopy.CUSTOMER, ReceiptCopy.MERCHANT)
        elif any(receipt.kind == ReceiptCopy.CUSTOMER for receipt in outcome.result.receipts):
            # The terminal made a customer receipt of a refusal: the card schemes want it on paper.
            copies = (ReceiptCopy.CUSTOMER,)
        else:
            return ()
        # An instant for each: they are printed in the order in which they were made.
        return tuple(receipt_message(movement, attempt, copy, printer, created_at=self._clock.now()) for copy in copies)


_EVENT_NAMES: dict[type[Movement], str] = {
    Payment: "payment",
    Refund: "refund",
    Hold: "reservation",
    DayClose: "terminal_day",
}


def judged(movement: Movement, outcome: AttemptOutcome) -> AttemptOutcome:
    """Return ``outcome`` as far as it can be trusted for this movement (see ``trusted``)."""
    if isinstance(movement, DayClose):
        return outcome
    if isinstance(movement, Payment):
        return trusted(outcome, movement.amount, movement.terms)
    return trusted(outcome, movement.amount)


def _entries(
    movement: Movement, attempt: Attempt, state: AttemptState, outcome: AttemptOutcome, at: datetime
) -> _Entries:
    """Return what an outcome writes into the ledger; nothing while it is not known."""
    if state is AttemptState.UNKNOWN or isinstance(movement, DayClose):
        return _Entries()
    approved = state is AttemptState.APPROVED
    if isinstance(movement, Hold):
        # Made: the memorandum stays. Let go, or never made: it ends.
        ends = approved is (movement.step is HoldStep.RELEASE)
        return _Entries(hold_ended(movement.reservation, at) if ends else None)
    if isinstance(movement, Payment) and approved:
        taken = taken_by(movement, outcome.result)
        if not is_plain(movement, taken):
            first, *others = charged_otherwise(movement, attempt, taken, at)
            return _Entries(first, tuple(others))
    kind = TransferKind.POST if approved else TransferKind.VOID
    return _Entries(closing(reservation(movement, attempt.id, attempt.sent_at), kind=kind, recorded_at=at))


def _record(unit: UnitOfWork, movement: Movement, conclusion: Conclusion) -> int | None:
    match movement:
        case Payment():
            return unit.payments.record_conclusion(conclusion)
        case Refund():
            return unit.refunds.record_conclusion(movement.id, conclusion)
        case Hold():
            return unit.reservations.record_conclusion(movement.id, conclusion)
        case DayClose():
            return unit.day_closes.record_conclusion(movement.id, conclusion)


def attempts_of(unit: UnitOfWork, movement: Movement) -> tuple[Attempt, ...]:
    """Return the attempts a movement has, as they are stored now."""
    if isinstance(movement, Hold):
        held = unit.reservations.load(movement.tenant_id, movement.store_id, movement.id)
        return () if held is None else (held.made, *held.releases)
    if isinstance(movement, DayClose):
        day = unit.day_closes.load(movement.tenant_id, movement.store_id, movement.id)
        return () if day is None else (day.attempt,)
    if isinstance(movement, Refund):
        refund = unit.refunds.load(movement.tenant_id, movement.store_id, movement.id)
        return () if refund is None else (refund.attempt,)
    payment = unit.payments.load(movement.tenant_id, movement.store_id, movement.id)
    return () if payment is None else payment.attempts


def _says_the_same(stored: Attempt, outcome: AttemptOutcome) -> bool:
    """Return whether the stored attempt already tells of this very transaction, with the same end."""
    known = stored.result.numbers if stored.result is not None else NO_NUMBERS
    end = next_state(AttemptState.SENT, outcome.event, Evidence.DIALOGUE)
    same_end = stored.state is end or outcome.event is AttemptEvent.LOSE_ANSWER
    return same_end and known in (NO_NUMBERS, outcome.result.numbers) and stored.state is not AttemptState.SENT
