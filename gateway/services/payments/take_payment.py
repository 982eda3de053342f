"""Begin a payment: store the intent, then let the thread that owns the terminal know. Nothing is sent from here."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from gateway.domain.access import Caller, Permission
from gateway.domain.cards.payment import (
    EXACT,
    OPEN_STATES,
    Attempt,
    AttemptState,
    Payment,
    PaymentTerms,
    TransactionNumbers,
)
from gateway.domain.errors import IdempotencyConflict, InputError, RuleError
from gateway.domain.ids import AttemptId, DeviceId, PaymentId, RegisterId, SaleId, derived_id
from gateway.domain.ledger import Transfer, card_sale_reservation
from gateway.domain.money import AMOUNT_MINOR_MAX, Currency, Money
from gateway.domain.sales.due import begin_tender
from gateway.domain.sales.sale import LINES_MAX, Sale, SaleLine, check_lines
from gateway.domain.sales.till_sale import payable_due
from gateway.ports.clock import Clock
from gateway.ports.events import DeviceHints
from gateway.ports.unit_of_work import Intent, PaymentRecord, Storage, StoredAnswer
from gateway.services.payments.read_payments import load_payment

ATTEMPTS_MAX = 20
"""A payment that was tried this often needs another tender, not another try."""

Render = Callable[[Payment, Attempt], bytes]
"""Makes the first answer's body; it becomes part of the intent so that a replay is byte for byte the same."""


@dataclass(frozen=True, slots=True)
class TakePaymentCommand:
    """A request for one card payment.

    ``payment_id``: made by the client, kept over retries; ``sale_id``: None opens a sale of its own;
    ``key``: idempotency key; ``request_hash``: SHA-256 of the canonical request, hex; ``location``: where the payment
    is to be found, told in the answer; ``terms``: a tip in the amount, and whether a part of it may be approved.
    """

    payment_id: PaymentId
    sale_id: SaleId | None
    register_id: RegisterId
    terminal_id: DeviceId
    amount: Money
    lines: tuple[SaleLine, ...]
    reference: str | None
    key: str
    request_hash: str
    location: str
    terms: PaymentTerms = EXACT


class TakePayment:
    """Stores intents (the first of the two commits of a sale)."""

    def __init__(
        self, *, storage: Storage, clock: Clock, hints: DeviceHints, currencies: Mapping[DeviceId, Currency]
    ) -> None:
        """``currencies``: what each terminal of this store takes; a terminal reads an amount in its own currency."""
        self._storage = storage
        self._clock = clock
        self._hints = hints
        self._currencies = currencies

    def begin(self, caller: Caller, command: TakePaymentCommand, render: Render) -> tuple[StoredAnswer, bool]:
        """Commit the intent of a payment and wake its terminal; return the answer and whether it is a replay.

        Raises:
            InputError: ``invalid_amount``, ``invalid_tip``, ``too_many_lines``, ``unknown_terminal``,
                ``currency_not_taken``, or lines that do not add up.
            IdempotencyConflict: ``id_reused`` / ``key_reused`` when the id or key came before with another body.
            RuleError: ``terminal_busy`` when the terminal works on another payment or one in doubt; ``more_than_due``
                or ``outcome_unknown`` when it is towards a stored sale that cannot take it.
        """
        caller.require(Permission.PAYMENTS_CREATE)
        _check(caller, command)
        self._check_currency(command.terminal_id, command.amount.currency)
        if command.sale_id is not None:
            replay = self._replay(caller, command)
            if replay is not None:
                return replay, True
            self._check_due(caller, command.sale_id, command)
        payment, sale = self._make(caller, command)
        attempt, reservation = self._first_attempt(payment)
        body = render(payment, attempt)
        answer = StoredAnswer(command.key, command.request_hash, 202, body, command.location)
        intent = Intent(
            tenant_id=caller.tenant_id,
            store_id=caller.store_id,
            sale=sale,
            payment=payment,
            attempt=attempt,
            reservation=reservation,
            actor=caller.name,
            answer=answer,
        )
        try:
            self._storage.record_intent(intent)
        except (InputError, RuleError) as error:
            # Looked for only here: a new payment is the rule, and the insert finds a repeated id or key by itself.
            replay = self._replay(caller, command)
            if replay is not None:
                return replay, True
            if error.code == "payment_exists":
                raise _id_reused() from error
            raise
        self._hints.payment_sent(payment.terminal_id, attempt.id)
        return answer, False

    def try_again(self, caller: Caller, payment_id: PaymentId, attempt_id: AttemptId) -> PaymentRecord:
        """Add a further attempt to a payment whose last one ended without a charge.

        Raises:
            NotFound: ``payment_not_found``.
            RuleError: ``payment_open`` while the last attempt is open or approved, ``too_many_attempts``,
                ``of_reservation`` for one that was to charge a reservation, ``terminal_busy``.
            InputError: ``currency_not_taken`` when the terminal was given another currency since.
        """
        caller.require(Permission.PAYMENTS_CREATE)
        record = load_payment(self._storage, caller, payment_id)
        last = record.attempts[-1]
        if any(attempt.id == attempt_id for attempt in record.attempts):
            return record
        if last.reservation_id is not None:
            hint = "Complete the reservation again, with a new id."
            raise RuleError("of_reservation", "This payment was to charge a reservation.", hint)
        if last.state in OPEN_STATES or last.state is AttemptState.APPROVED:
            hint = "Wait for its outcome; a paid payment needs no further attempt."
            raise RuleError("payment_open", f"The last attempt of this payment is {last.state}.", hint)
        if len(record.attempts) >= ATTEMPTS_MAX:
            raise RuleError("too_many_attempts", "This payment was tried too often.", "Take another tender.")
        self._check_currency(record.payment.terminal_id, record.payment.amount.currency)
        attempt, reservation = self._attempt(record.payment, attempt_id, last.number + 1)
        intent = Intent(
            tenant_id=caller.tenant_id,
            store_id=caller.store_id,
            sale=None,
            payment=None,
            attempt=attempt,
            reservation=reservation,
            actor=caller.name,
            answer=None,
        )
        try:
            self._storage.record_intent(intent)
        except RuleError:
            # The same request, sent twice at once: the other one has stored this very attempt.
            record = load_payment(self._storage, caller, payment_id)
            if any(one.id == attempt_id for one in record.attempts):
                return record
            raise
        self._hints.payment_sent(record.payment.terminal_id, attempt.id)
        return load_payment(self._storage, caller, payment_id)

    def _check_currency(self, terminal_id: DeviceId, currency: Currency) -> None:
        taken = self._currencies.get(terminal_id)
        if taken is not None and taken != currency:
            raise InputError(
                "currency_not_taken",
                f"This terminal takes {taken.code}, not {currency.code}.",
                f"Send the amount in {taken.code}, or name a terminal that takes {currency.code}.",
                "/amount/currency",
            )

    def _check_due(self, caller: Caller, sale_id: SaleId, command: TakePaymentCommand) -> None:
        """Refuse what a till sale cannot take, in words; the store holds the amount against two tills at once."""
        with self._storage.read() as unit:
            record = unit.sales.load(caller.tenant_id, caller.store_id, sale_id)
        if record is not None and all(paid.payment.id != command.payment_id for paid in record.payments):
            begin_tender(payable_due(record), command.amount)

    def _replay(self, caller: Caller, command: TakePaymentCommand) -> StoredAnswer | None:
        with self._storage.read() as unit:
            stored = unit.payments.find_answer(caller.tenant_id, caller.store_id, command.key)
        if stored is None:
            return None
        if stored.request_hash != command.request_hash:
            raise IdempotencyConflict(
                "key_reused",
                "This id or idempotency key was used before with another request.",
                "Send the first request again unchanged, or make a new id for a new payment.",
            )
        return stored

    def _make(self, caller: Caller, command: TakePaymentCommand) -> tuple[Payment, Sale]:
        now = self._clock.now()
        sale_id = command.sale_id or SaleId(derived_id(command.payment_id, "sale"))
        payment = Payment(
            tenant_id=caller.tenant_id,
            store_id=caller.store_id,
            id=command.payment_id,
            sale_id=sale_id,
            register_id=command.register_id,
            terminal_id=command.terminal_id,
            amount=command.amount,
            reference=command.reference,
            created_at=now,
            created_by=caller.name,
            trace_id=command.payment_id.hex,
            terms=command.terms,
        )
        sale = Sale(
            tenant_id=caller.tenant_id,
            store_id=caller.store_id,
            id=sale_id,
            register_id=command.register_id,
            total=command.amount,
            lines=command.lines,
            created_at=now,
            created_by=caller.name,
        )
        return payment, sale

    def _first_attempt(self, payment: Payment) -> tuple[Attempt, Transfer]:
        return self._attempt(payment, AttemptId(derived_id(payment.id, "attempt 1")), 1)

    def _attempt(self, payment: Payment, attempt_id: AttemptId, number: int) -> tuple[Attempt, Transfer]:
        now = self._clock.now()
        attempt = Attempt(
            id=attempt_id,
            payment_id=payment.id,
            number=number,
            terminal_id=payment.terminal_id,
            epoch=0,
            state=AttemptState.SENT,
            baseline=TransactionNumbers(),
            blocks_terminal=True,
            sent_at=now,
        )
        return attempt, card_sale_reservation(payment, attempt_id, now)


def _check(caller: Caller, command: TakePaymentCommand) -> None:
    if not 0 < command.amount.minor <= AMOUNT_MINOR_MAX:
        limit = Money(AMOUNT_MINOR_MAX, command.amount.currency).to_decimal()
        hint = f"Send an amount above zero and at most {limit}."
        raise InputError("invalid_amount", "The amount cannot be charged.", hint, "/amount/amount")
    if not 0 <= command.terms.tip_minor < command.amount.minor:
        hint = "Send a tip from zero up, as a part of the amount."
        raise InputError("invalid_tip", "The tip is not a part of the amount.", hint, "/tip/amount")
    if len(command.lines) > LINES_MAX:
        raise InputError("too_many_lines", f"A sale has at most {LINES_MAX} lines.", "Split the sale.", "/lines")
    if not caller.may_use(command.terminal_id):
        raise InputError(
            "unknown_terminal",
            "This terminal is not known here.",
            "Use the id of a terminal of this store.",
            "/terminal_id",
        )
    check_lines(command.lines, command.amount)


def _id_reused() -> IdempotencyConflict:
    return IdempotencyConflict(
        "id_reused",
        "A payment with this id exists already and was asked for otherwise.",
        "Make a new id for a new payment; send a repeated request with its first idempotency key.",
    )
