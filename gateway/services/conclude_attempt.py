"""Record what became of an attempt: the second commit of a sale, with ledger and receipts in the same transaction."""

from gateway.domain.ids import OutboxId, derived_id
from gateway.domain.ledger import TransferKind, card_sale_reservation, closing
from gateway.domain.outbox import OutboxMessage
from gateway.domain.payment import (
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
from gateway.domain.receipt import ReceiptCopy
from gateway.ports.clock import Clock
from gateway.ports.events import DeviceHints, EventBoard, LiveEvent
from gateway.ports.unit_of_work import Conclusion, Storage
from gateway.services.print_receipt import PRINT_RECEIPT

NO_NUMBERS = TransactionNumbers()
LATE_WORDS = "This result came when its payment had been settled otherwise, or was with another node. Compare the two."


class ConcludeAttempt:
    """Turns an outcome into state, ledger entries and receipts, under the fence of the writing node."""

    def __init__(
        self, *, storage: Storage, clock: Clock, board: EventBoard, hints: DeviceHints, printers: dict[str, str]
    ) -> None:
        """``printers``: register id -> id of the printer its receipts go to; registers without one print nothing."""
        self._storage = storage
        self._clock = clock
        self._board = board
        self._hints = hints
        self._printers = printers

    def record(
        self, payment: Payment, attempt: Attempt, outcome: AttemptOutcome, *, epoch: int | None, actor: str
    ) -> AttemptState | None:
        """Store ``outcome``; return the new state, or None when another node or person has settled it meanwhile.

        Args:
            payment: the payment the attempt belongs to.
            attempt: the attempt in the state the caller saw.
            outcome: what happened, with its evidence.
            epoch: lease epoch of this node for the terminal; None only when a person decides.
            actor: who says so, for the journal.

        Raises:
            RuleError: ``illegal_transition``.
        """
        outcome = trusted(outcome, payment.amount)
        state = next_state(attempt.state, outcome.event, outcome.evidence)
        now = self._clock.now()
        close = None
        if state is not AttemptState.UNKNOWN:
            kind = TransferKind.POST if state is AttemptState.APPROVED else TransferKind.VOID
            close = closing(card_sale_reservation(payment, attempt.id, attempt.sent_at), kind=kind, recorded_at=now)
        numbers = outcome.result.numbers
        conclusion = Conclusion(
            tenant_id=payment.tenant_id,
            store_id=payment.store_id,
            payment_id=payment.id,
            attempt_id=attempt.id,
            terminal_id=attempt.terminal_id,
            expected=frozenset({attempt.state}),
            epoch=epoch,
            state=state,
            blocks_terminal=blocks_after(outcome),
            outcome=outcome,
            closing=close,
            outbox=self._receipts(payment, attempt, state, outcome),
            numbers=None if numbers == NO_NUMBERS else numbers,
            actor=actor,
            concluded_at=now,
        )
        with self._storage.write() as unit:
            sequence = unit.payments.record_conclusion(conclusion)
        if sequence is None:
            return None
        self._announce(payment, state, outcome, sequence)
        for target in {message.target for message in conclusion.outbox}:
            self._hints.outbox_filled(target)
        return state

    def keep_late(self, payment: Payment, attempt: Attempt, outcome: AttemptOutcome) -> bool:
        """Keep a terminal's word that :meth:`record` could not take, unless the same is stored already.

        A commit whose answer was lost, and a node that took over and asked, leave the same result behind: that is no
        contradiction. Anything else a person has to compare.
        """
        result = outcome.result
        if outcome.event is not AttemptEvent.APPROVE and result.numbers == NO_NUMBERS:
            return False
        with self._storage.write() as unit:
            record = unit.payments.load(payment.tenant_id, payment.store_id, payment.id)
            stored = next((one for one in record.attempts if one.id == attempt.id), None) if record else None
            if stored is not None and _says_the_same(stored, trusted(outcome, payment.amount)):
                return False
            unit.payments.keep_orphan(
                payment.tenant_id, payment.store_id, attempt.terminal_id, result, LATE_WORDS, self._clock.now()
            )
        return True

    def _announce(self, payment: Payment, state: AttemptState, outcome: AttemptOutcome, sequence: int) -> None:
        self._board.publish(
            LiveEvent(
                payment.tenant_id,
                payment.store_id,
                payment.id,
                "payment",
                str(state),
                outcome.reason,
                sequence=sequence,
            )
        )

    def _receipts(
        self, payment: Payment, attempt: Attempt, state: AttemptState, outcome: AttemptOutcome
    ) -> tuple[OutboxMessage, ...]:
        printer = self._printers.get(payment.register_id)
        if printer is None or state is AttemptState.UNKNOWN:
            return ()
        if state is AttemptState.APPROVED:
            copies: tuple[ReceiptCopy, ...] = (ReceiptCopy.CUSTOMER, ReceiptCopy.MERCHANT)
        elif any(receipt.kind == ReceiptCopy.CUSTOMER for receipt in outcome.result.receipts):
            # The terminal made a customer receipt of a refusal: the card schemes want it on paper.
            copies = (ReceiptCopy.CUSTOMER,)
        else:
            return ()
        return tuple(
            OutboxMessage(
                tenant_id=payment.tenant_id,
                store_id=payment.store_id,
                id=OutboxId(derived_id(attempt.id, f"receipt {copy}")),
                kind=PRINT_RECEIPT,
                target=printer,
                payload={"payment_id": str(payment.id), "attempt_id": str(attempt.id), "copy": copy, "duplicate": ""},
                created_at=self._clock.now(),
            )
            for copy in copies
        )


def _says_the_same(stored: Attempt, outcome: AttemptOutcome) -> bool:
    """Return whether the stored attempt already tells of this very transaction, with the same end."""
    known = stored.result.numbers if stored.result is not None else NO_NUMBERS
    end = next_state(AttemptState.SENT, outcome.event, Evidence.DIALOGUE)
    same_end = stored.state is end or outcome.event is AttemptEvent.LOSE_ANSWER
    return same_end and known in (NO_NUMBERS, outcome.result.numbers) and stored.state is not AttemptState.SENT
