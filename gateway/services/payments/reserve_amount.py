"""Reservations: have an amount held on a card, charge it in full or in part, let it go. Nothing is sent from here.

Each is an intent that is stored before the thread that owns the terminal hears of it, as for sales and refunds. What is
charged of a reservation is a payment like any other: with receipt, journal and refunds of its own.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from gateway.domain.access import Caller, Permission
from gateway.domain.cards.card_ledger import hold
from gateway.domain.cards.payment import Attempt, AttemptState, OriginalTransaction, Payment, TransactionNumbers
from gateway.domain.cards.reservation import Hold, HoldStep, Reservation, check_completion, check_open, named_by
from gateway.domain.errors import IdempotencyConflict, InputError, RuleError
from gateway.domain.ids import AttemptId, DeviceId, PaymentId, RegisterId, ReservationId, SaleId, derived_id
from gateway.domain.ledger import card_sale_reservation
from gateway.domain.money import AMOUNT_MINOR_MAX, Currency, Money
from gateway.domain.sales.sale import Sale
from gateway.ports.clock import Clock
from gateway.ports.events import DeviceHints
from gateway.ports.payment_store import Intent, StoredAnswer
from gateway.ports.reservation_store import HoldIntent, ReservationRecord
from gateway.ports.unit_of_work import Storage, UnitOfWork
from gateway.services.payments.read_reservations import load_reservation

RELEASES_MAX = 20
"""A reservation that could not be let go so often needs a person at the terminal, not another try."""

Render = Callable[[ReservationRecord], bytes]
"""Makes the first answer's body; it becomes part of the intent so that a replay is byte for byte the same."""
RenderPayment = Callable[[Payment, Attempt], bytes]
"""The same for a payment that charges a reservation."""


@dataclass(frozen=True, slots=True)
class ReserveCommand:
    """A request to have an amount held; ids and keys as in ``TakePaymentCommand``."""

    reservation_id: ReservationId
    register_id: RegisterId
    terminal_id: DeviceId
    amount: Money
    reference: str | None
    key: str
    request_hash: str
    location: str


@dataclass(frozen=True, slots=True)
class ReleaseCommand:
    """A request to let a reservation go. ``request_id``: the same again is the same try."""

    reservation_id: ReservationId
    request_id: str
    key: str
    request_hash: str
    location: str


@dataclass(frozen=True, slots=True)
class CompleteCommand:
    """A request to charge a reservation.

    ``payment_id``: of the payment it becomes, made by the client; ``amount``: None charges all that is held;
    ``sale_id``: a sale that is stored before, None opens one of its own.
    """

    reservation_id: ReservationId
    payment_id: PaymentId
    sale_id: SaleId | None
    amount: Money | None
    reference: str | None
    key: str
    request_hash: str
    location: str


class ReserveAmount:
    """Stores the intents of a reservation's steps."""

    def __init__(
        self, *, storage: Storage, clock: Clock, hints: DeviceHints, currencies: Mapping[DeviceId, Currency]
    ) -> None:
        """``currencies``: what each terminal of this store takes."""
        self._storage = storage
        self._clock = clock
        self._hints = hints
        self._currencies = currencies

    def begin(self, caller: Caller, command: ReserveCommand, render: Render) -> tuple[StoredAnswer, bool]:
        """Commit the intent of a reservation and wake its terminal; return the answer and whether it is a replay.

        Raises:
            InputError: ``invalid_amount``, ``unknown_terminal``, ``currency_not_taken``.
            IdempotencyConflict: ``id_reused`` / ``key_reused``.
            RuleError: ``terminal_busy``.
        """
        caller.require(Permission.PAYMENTS_CREATE)
        self._check(caller, command)
        now = self._clock.now()
        made = Reservation(
            tenant_id=caller.tenant_id,
            store_id=caller.store_id,
            id=command.reservation_id,
            register_id=command.register_id,
            terminal_id=command.terminal_id,
            amount=command.amount,
            reference=command.reference,
            created_at=now,
            created_by=caller.name,
            trace_id=command.reservation_id.hex,
        )
        attempt = self._step(made, AttemptId(derived_id(made.id, "attempt 1")), 1, None)
        body = render(ReservationRecord(made, attempt))
        answer = StoredAnswer(command.key, command.request_hash, 202, body, command.location)
        intent = HoldIntent(Hold(made, HoldStep.RESERVE), attempt, hold(made), "To be reserved.", caller.name, answer)
        return self._commit(caller, answer, "reservation_exists", lambda unit: unit.reservations.record_intent(intent))

    def release(self, caller: Caller, command: ReleaseCommand, render: Render) -> tuple[StoredAnswer, bool]:
        """Commit the intent to let a reservation go.

        Raises:
            NotFound: ``reservation_not_found``.
            IdempotencyConflict: ``key_reused``.
            RuleError: ``reservation_ended``, ``reservation_busy``, ``outcome_unknown``, ``too_many_attempts``,
                ``terminal_busy``.
        """
        caller.require(Permission.PAYMENTS_CANCEL)
        record = load_reservation(self._storage, caller, command.reservation_id)
        replay = self._replay(caller, command.key, command.request_hash)
        if replay is not None:
            return replay, True
        check_open(record.state)
        number = len(record.releases) + 2
        if number > RELEASES_MAX:
            raise RuleError("too_many_attempts", "This was tried too often.", "Let it go at the terminal itself.")
        attempt_id = AttemptId(derived_id(record.reservation.id, f"release {command.request_id}"))
        attempt = self._step(record.reservation, attempt_id, number, named_by(record.made))
        body = render(_with_release(record, attempt))
        answer = StoredAnswer(command.key, command.request_hash, 202, body, command.location)
        wanted = Hold(record.reservation, HoldStep.RELEASE)
        intent = HoldIntent(wanted, attempt, None, "To be let go.", caller.name, answer)
        return self._commit(caller, answer, "already_recorded", lambda unit: unit.reservations.record_intent(intent))

    def complete(self, caller: Caller, command: CompleteCommand, render: RenderPayment) -> tuple[StoredAnswer, bool]:
        """Commit the intent of a payment that charges a reservation, in full or in part; what is left is let go by it.

        Raises:
            NotFound: ``reservation_not_found``.
            IdempotencyConflict: ``id_reused`` / ``key_reused``.
            RuleError: as :meth:`release`; ``completion_exceeds_reservation``.
        """
        caller.require(Permission.PAYMENTS_CREATE)
        record = load_reservation(self._storage, caller, command.reservation_id)
        replay = self._replay(caller, command.key, command.request_hash)
        if replay is not None:
            return replay, True
        check_open(record.state)
        made = record.reservation
        amount = made.amount if command.amount is None else command.amount
        check_completion(amount, made.amount)
        payment, sale = self._payment(caller, command, made, amount)
        original = named_by(record.made)
        attempt = self._step(made, AttemptId(derived_id(payment.id, "attempt 1")), 1, original, payment.id)
        body = render(payment, attempt)
        answer = StoredAnswer(command.key, command.request_hash, 202, body, command.location)
        intent = Intent(
            tenant_id=caller.tenant_id,
            store_id=caller.store_id,
            sale=sale,
            payment=payment,
            attempt=attempt,
            reservation=card_sale_reservation(payment, attempt.id, attempt.sent_at),
            actor=caller.name,
            answer=answer,
        )
        return self._commit(
            caller,
            answer,
            "payment_exists",
            lambda unit: unit.reservations.record_completion(made.id, intent, original),
        )

    def _commit(
        self, caller: Caller, answer: StoredAnswer, taken: str, store: Callable[[UnitOfWork], Attempt]
    ) -> tuple[StoredAnswer, bool]:
        """Store an intent; ``taken``: the error that says that its id is in use."""
        try:
            stored = self._storage.write_retrying(store)
        except (InputError, RuleError) as error:
            # The same request, sent twice at once: the other one has stored this very step.
            replay = self._replay(caller, answer.key, answer.request_hash)
            if replay is not None:
                return replay, True
            if error.code == taken:
                raise _id_reused() from error
            raise
        self._hints.payment_sent(stored.terminal_id, stored.id)
        return answer, False

    def _check(self, caller: Caller, command: ReserveCommand) -> None:
        if not 0 < command.amount.minor <= AMOUNT_MINOR_MAX:
            hint = "Send an amount above zero."
            raise InputError("invalid_amount", "The amount cannot be reserved.", hint, "/amount/amount")
        if not caller.may_use(command.terminal_id):
            hint = "Use the id of a terminal of this store."
            raise InputError("unknown_terminal", "This terminal is not known here.", hint, "/terminal_id")
        currency, taken = command.amount.currency, self._currencies.get(command.terminal_id)
        if taken is not None and taken != currency:
            message = f"This terminal takes {taken.code}, not {currency.code}."
            raise InputError("currency_not_taken", message, f"Send the amount in {taken.code}.", "/amount/currency")

    def _payment(
        self, caller: Caller, command: CompleteCommand, made: Reservation, amount: Money
    ) -> tuple[Payment, Sale]:
        now = self._clock.now()
        sale_id = command.sale_id or SaleId(derived_id(command.payment_id, "sale"))
        payment = Payment(
            tenant_id=made.tenant_id,
            store_id=made.store_id,
            id=command.payment_id,
            sale_id=sale_id,
            register_id=made.register_id,
            terminal_id=made.terminal_id,
            amount=amount,
            reference=command.reference or made.reference,
            created_at=now,
            created_by=caller.name,
            trace_id=made.trace_id,
        )
        sale = Sale(made.tenant_id, made.store_id, sale_id, made.register_id, amount, (), now, caller.name)
        return payment, sale

    def _step(
        self,
        made: Reservation,
        attempt_id: AttemptId,
        number: int,
        original: OriginalTransaction | None,
        payment_id: PaymentId | None = None,
    ) -> Attempt:
        return Attempt(
            id=attempt_id,
            payment_id=payment_id or PaymentId(made.id),
            number=number,
            terminal_id=made.terminal_id,
            epoch=0,
            state=AttemptState.SENT,
            baseline=TransactionNumbers(),
            blocks_terminal=True,
            sent_at=self._clock.now(),
            reservation_id=made.id,
            original=original,
        )

    def _replay(self, caller: Caller, key: str, request_hash: str) -> StoredAnswer | None:
        with self._storage.read() as unit:
            stored = unit.payments.find_answer(caller.tenant_id, caller.store_id, key)
        if stored is None:
            return None
        if stored.request_hash != request_hash:
            raise IdempotencyConflict(
                "key_reused",
                "This id or idempotency key was used before with another request.",
                "Send the first request again unchanged, or make a new id.",
            )
        return stored


def _with_release(record: ReservationRecord, attempt: Attempt) -> ReservationRecord:
    return ReservationRecord(
        record.reservation, record.made, (*record.releases, attempt), record.completions, record.write_off
    )


def _id_reused() -> IdempotencyConflict:
    return IdempotencyConflict(
        "id_reused",
        "Something with this id exists already and was asked for otherwise.",
        "Make a new id; send a repeated request with its first idempotency key.",
    )
