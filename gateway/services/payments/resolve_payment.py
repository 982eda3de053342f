"""An unknown outcome in the hands of people: have the terminal asked again, or decide with the evidence."""

from gateway.domain.access import Caller, Permission
from gateway.domain.cards.payment import (
    EXACT,
    Attempt,
    AttemptEvent,
    AttemptOutcome,
    AttemptState,
    Evidence,
    PaymentTerms,
    TerminalResult,
    fits,
)
from gateway.domain.errors import InputError, RuleError
from gateway.domain.ids import PaymentId
from gateway.domain.money import Money
from gateway.ports.clock import Clock
from gateway.ports.events import DeviceHints
from gateway.ports.unit_of_work import PaymentRecord, Storage
from gateway.services.payments.conclude_attempt import ConcludeAttempt
from gateway.services.payments.read_payments import load_payment

REASON_MIN = 5
REASON_MAX = 500


class ResolvePayment:
    """Guided resolution of payments whose outcome is unknown."""

    def __init__(self, *, storage: Storage, clock: Clock, hints: DeviceHints, conclude: ConcludeAttempt) -> None:
        self._storage = storage
        self._clock = clock
        self._hints = hints
        self._conclude = conclude

    def ask_terminal(self, caller: Caller, payment_id: PaymentId) -> PaymentRecord:
        """Have the terminal asked again soon; the answer arrives like any other outcome.

        Raises:
            NotFound: ``payment_not_found``.
            RuleError: ``outcome_known`` when there is nothing to ask.
        """
        caller.require(Permission.PAYMENTS_CREATE)
        record = load_payment(self._storage, caller, payment_id)
        attempt = _unknown(record)
        with self._storage.write() as unit:
            unit.payments.request_ask(caller.tenant_id, caller.store_id, attempt.id, self._clock.now(), caller.name)
        self._hints.terminal_asked(record.payment.terminal_id)
        return load_payment(self._storage, caller, payment_id)

    def decide(self, caller: Caller, payment_id: PaymentId, *, paid: bool, reason: str) -> PaymentRecord:
        """Settle an unknown outcome by a person's word.

        Args:
            caller: needs the permission to decide over money in doubt.
            payment_id: the payment.
            paid: True when the person has proof that the card was charged.
            reason: that proof in words, 5 to 500 characters.

        Raises:
            NotFound: ``payment_not_found``.
            RuleError: ``outcome_known`` when it is settled already.
            InputError: ``reason_needed``.
        """
        caller.require(Permission.PAYMENTS_RESOLVE)
        reason = checked_reason(reason)
        record = load_payment(self._storage, caller, payment_id)
        attempt = _unknown(record)
        outcome = AttemptOutcome(
            event=AttemptEvent.APPROVE if paid else AttemptEvent.PROVE_NOT_CHARGED,
            evidence=Evidence.PERSON,
            reason_code="decided_by_person",
            reason=reason,
            result=kept_result(attempt, record.payment.amount, record.payment.terms, moved=paid),
            decided_by=caller.name,
        )
        settled = self._conclude.record(record.payment, attempt, outcome, epoch=None, actor=caller.name)
        if settled is None:
            raise RuleError("outcome_known", "This payment has been settled meanwhile.", "Load it again.")
        return load_payment(self._storage, caller, payment_id)


def _unknown(record: PaymentRecord) -> Attempt:
    last = record.attempts[-1]
    if last.state is not AttemptState.UNKNOWN:
        message = f"The outcome of this payment is not in doubt: it is {last.state}."
        raise RuleError("outcome_known", message, "Load the payment again.")
    return last


def checked_reason(reason: str) -> str:
    """Return a reason without blanks around it.

    Raises:
        InputError: ``reason_needed`` when it is too short or too long.
    """
    reason = reason.strip()
    if not REASON_MIN <= len(reason) <= REASON_MAX:
        hint = f"Say in {REASON_MIN} to {REASON_MAX} characters what proves it, such as the terminal's own receipt."
        raise InputError("reason_needed", "A decision over money needs its reason.", hint, "/reason")
    return reason


def kept_result(attempt: Attempt, asked: Money, terms: PaymentTerms = EXACT, *, moved: bool) -> TerminalResult:
    """Keep what the terminal said, unless it names an amount that cannot be: that was evidence of something else.

    A person's word that money ``moved`` is then about what was asked for; it says so, since an old result would outlive
    an empty one.
    """
    result = attempt.result or TerminalResult()
    if fits(result, asked, terms):
        return result
    return TerminalResult(amount_minor=asked.minor) if moved else TerminalResult()
