"""Begin a refund: store the intent, then let the thread that owns the terminal know. Nothing is sent from here."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import tzinfo

from gateway.domain.access import Caller
from gateway.domain.cards.payment import Attempt, AttemptState, TransactionNumbers
from gateway.domain.cards.refund import (
    ChosenWay,
    Refund,
    RefundMeans,
    RefundWay,
    RefundWish,
    ReversalBy,
    check_amount,
    choose_way,
    left_to_refund,
    original_of,
)
from gateway.domain.errors import IdempotencyConflict, InputError, RuleError
from gateway.domain.ids import AttemptId, DeviceId, PaymentId, RefundId, RegisterId, derived_id
from gateway.domain.ledger import card_refund_reservation
from gateway.domain.money import Money
from gateway.domain.sales.till_sale import due_of
from gateway.ports.clock import Clock
from gateway.ports.events import DeviceHints
from gateway.ports.unit_of_work import RefundIntent, Storage, StoredAnswer, UnitOfWork
from gateway.services.payments.read_refunds import PaymentRefunds, load_refunds
from gateway.services.payments.refund_limit import RefundLimit
from gateway.services.payments.resolve_payment import checked_reason
from gateway.services.sales.read_sales import read_sale

WORKED_ELSEWHERE = RefundMeans(ReversalBy.NOTHING, credit=True)
"""Of a terminal that only another node is set up for: what every protocol can do is asked for."""

REFUNDS_MAX = 50
"""A payment that was given back in so many tries needs a person's look, not another try."""

Render = Callable[[Refund, Attempt], bytes]
"""Makes the first answer's body; it becomes part of the intent so that a replay is byte for byte the same."""

Beside = Callable[[UnitOfWork], None]


@dataclass(frozen=True, slots=True)
class RefundCommand:
    """A request to give money back.

    ``refund_id``: made by the client, kept over retries; ``amount``: None gives back all that is left but a tip;
    ``register_id``, ``terminal_id``: None where the payment was made; the last three as in ``TakePaymentCommand``.
    """

    refund_id: RefundId
    payment_id: PaymentId
    amount: Money | None
    register_id: RegisterId | None
    terminal_id: DeviceId | None
    reason: str
    key: str
    request_hash: str
    location: str


class RefundPayment:
    """Stores intents (the first of the two commits of a refund)."""

    def __init__(
        self,
        *,
        storage: Storage,
        clock: Clock,
        hints: DeviceHints,
        means: Mapping[DeviceId, RefundMeans],
        zone: tzinfo,
        limit: RefundLimit,
    ) -> None:
        """``means``: what each terminal of this node offers; ``zone``: by whose calendar a day ends."""
        self._storage = storage
        self._clock = clock
        self._hints = hints
        self._means = means
        self._zone = zone
        self._limit = limit

    def begin(
        self, caller: Caller, command: RefundCommand, render: Render, *, beside: Beside | None = None
    ) -> tuple[StoredAnswer, bool]:
        """Commit the intent of a refund and wake its terminal; return the answer and whether it is a replay.

        Args:
            caller: who asks for it.
            command: what is asked for.
            render: makes the first answer's body.
            beside: stores more in the same unit, before the refund; it may refuse, and then nothing is stored.

        Raises:
            NotPermitted: ``not_permitted``.
            NotFound: ``payment_not_found``.
            InputError: ``reason_needed``, ``invalid_amount``, ``unknown_terminal``.
            IdempotencyConflict: ``id_reused`` / ``key_reused`` when the id or key came before with another body.
            RuleError: ``payment_not_paid``, ``nothing_to_refund``, ``refund_exceeds_payment``, ``too_many_refunds``,
                ``only_tip_left``, ``refund_not_possible``, ``refund_above_limit``, or ``terminal_busy`` when the
                terminal works on something else or is in doubt.
        """
        self._limit.require(caller)
        reason = checked_reason(command.reason)
        found = load_refunds(self._storage, caller, command.payment_id)
        replay = self._replay(caller, command)
        if replay is not None:
            return replay, True
        refund, chosen = self._make(caller, command, found, reason)
        attempt = _attempt(refund)
        answer = StoredAnswer(command.key, command.request_hash, 202, render(refund, attempt), command.location)
        intent = RefundIntent(
            refund=refund,
            attempt=attempt,
            reservation=card_refund_reservation(refund, attempt.id, attempt.sent_at),
            words=chosen.words,
            answer=answer,
        )
        try:
            self._storage.write_retrying(lambda unit: self._store(unit, caller, found, intent, beside))
        except RuleError as error:
            # The same request, sent twice at once: the other one has stored this very refund.
            replay = self._replay(caller, command)
            if replay is not None:
                return replay, True
            if error.code == "refund_exists":
                raise _id_reused() from error
            raise
        self._hints.payment_sent(refund.terminal_id, attempt.id)
        return answer, False

    def _store(
        self, unit: UnitOfWork, caller: Caller, found: PaymentRefunds, intent: RefundIntent, beside: Beside | None
    ) -> None:
        if beside is not None:
            beside(unit)
        if self._limit.unlimited(caller):
            unit.refunds.record_intent(intent)
            return
        of = (caller.tenant_id, caller.store_id)
        sale_id = found.record.payment.sale_id
        of_till_sale = unit.sales.lock(*of, sale_id)
        unit.refunds.record_intent(intent)
        # Summed only now: the sale and the payment are held, so nobody else gives back of them at the same moment.
        if of_till_sale:
            in_all = due_of(read_sale(unit, caller, sale_id)).given_back
        else:
            refunds = unit.refunds.of_payment(*of, intent.refund.payment_id)
            in_all = found.captured - left_to_refund(found.captured, ((one.refund, one.attempt) for one in refunds))
        self._limit.check(caller, in_all)

    def _make(
        self, caller: Caller, command: RefundCommand, found: PaymentRefunds, reason: str
    ) -> tuple[Refund, ChosenWay]:
        payment, now = found.record.payment, self._clock.now()
        if found.captured.minor == 0:
            hint = "Only what a card was charged can be given back to it."
            raise RuleError("payment_not_paid", "This payment did not charge a card.", hint)
        if any(one.refund.id == command.refund_id for one in found.refunds):
            raise _id_reused()
        if len(found.refunds) >= REFUNDS_MAX:
            raise RuleError("too_many_refunds", "This payment was refunded too often.", "Give it back in another way.")
        amount = found.left_unasked if command.amount is None else command.amount
        if command.amount is not None and amount.minor <= 0:
            raise InputError("invalid_amount", "The amount cannot be given back.", "Send more.", "/amount/amount")
        check_amount(amount, found.left)
        if not amount.minor:
            hint = "Name the amount: a tip is given back only when it is asked for."
            raise RuleError("only_tip_left", "Only the tip of this payment is left to give back.", hint)
        terminal_id = command.terminal_id or payment.terminal_id
        if not caller.may_use(terminal_id):
            hint = "Name a terminal of this store that is in use."
            raise InputError("unknown_terminal", "This terminal is not known here.", hint, "/terminal_id")
        paid = next(one for one in found.record.attempts if one.state is AttemptState.APPROVED)
        original = original_of(paid)
        wish = RefundWish(
            amount=amount,
            captured=found.captured,
            paid_on=(paid.concluded_at or paid.sent_at).astimezone(self._zone).date(),
            today=now.astimezone(self._zone).date(),
            same_terminal=terminal_id == payment.terminal_id,
            reversal_refused=any(_was_refused(one.refund, one.attempt) for one in found.refunds),
        )
        chosen = choose_way(wish, original, self._means.get(terminal_id, WORKED_ELSEWHERE))
        refund = Refund(
            tenant_id=payment.tenant_id,
            store_id=payment.store_id,
            id=command.refund_id,
            payment_id=payment.id,
            register_id=command.register_id or payment.register_id,
            terminal_id=terminal_id,
            amount=amount,
            way=chosen.way,
            original=original,
            reason=reason,
            created_at=now,
            created_by=caller.name,
            trace_id=payment.trace_id,
        )
        return refund, chosen

    def _replay(self, caller: Caller, command: RefundCommand) -> StoredAnswer | None:
        with self._storage.read() as unit:
            stored = unit.payments.find_answer(caller.tenant_id, caller.store_id, command.key)
        if stored is None:
            return None
        if stored.request_hash != command.request_hash:
            raise IdempotencyConflict(
                "key_reused",
                "This id or idempotency key was used before with another request.",
                "Send the first request again unchanged, or make a new id for a new refund.",
            )
        return stored


def _attempt(refund: Refund) -> Attempt:
    return Attempt(
        id=AttemptId(derived_id(refund.id, "attempt 1")),
        payment_id=refund.payment_id,
        number=1,
        terminal_id=refund.terminal_id,
        epoch=0,
        state=AttemptState.SENT,
        baseline=TransactionNumbers(),
        blocks_terminal=True,
        sent_at=refund.created_at,
    )


def _was_refused(refund: Refund, attempt: Attempt) -> bool:
    """Return whether the terminal itself refused to undo the sale; a cancel or a dead line says nothing of that."""
    return refund.way is RefundWay.REVERSAL and attempt.state is AttemptState.DECLINED


def _id_reused() -> IdempotencyConflict:
    return IdempotencyConflict(
        "id_reused",
        "A refund with this id exists already and was asked for otherwise.",
        "Make a new id for a new refund; send a repeated request with its first idempotency key.",
    )
