"""A refund after it was sent: stop it, have its terminal asked again, or decide an unknown outcome with proof."""

from gateway.domain.access import Caller, Permission
from gateway.domain.cards.payment import Attempt, AttemptEvent, AttemptOutcome, AttemptState, Evidence
from gateway.domain.errors import RuleError
from gateway.domain.ids import RefundId
from gateway.ports.clock import Clock
from gateway.ports.events import DeviceHints
from gateway.ports.unit_of_work import RefundRecord, Storage
from gateway.services.payments.conclude_attempt import ConcludeAttempt
from gateway.services.payments.read_refunds import load_refund
from gateway.services.payments.resolve_payment import checked_reason, kept_result


class SettleRefund:
    """What people may do about a refund that has no final outcome."""

    def __init__(self, *, storage: Storage, clock: Clock, hints: DeviceHints, conclude: ConcludeAttempt) -> None:
        self._storage = storage
        self._clock = clock
        self._hints = hints
        self._conclude = conclude

    def cancel(self, caller: Caller, refund_id: RefundId) -> RefundRecord:
        """Ask the terminal to stop; asking twice is the same as once; a refund that has ended is returned as it is.

        Raises:
            NotFound: ``refund_not_found``.
            RuleError: ``outcome_unknown`` while money may have moved: that is resolved, not cancelled.
        """
        caller.require(Permission.PAYMENTS_CANCEL)
        record = load_refund(self._storage, caller, refund_id)
        attempt = record.attempt
        if attempt.state is AttemptState.UNKNOWN:
            hint = "Ask the terminal again, or let a manager decide with the evidence."
            raise RuleError("outcome_unknown", "The money may have been given back; this cannot be cancelled.", hint)
        if attempt.state is not AttemptState.SENT:
            return record
        if attempt.cancel_requested_at is None:
            with self._storage.write() as unit:
                now = self._clock.now()
                unit.payments.request_cancel(caller.tenant_id, caller.store_id, attempt.id, now, caller.name)
        self._hints.cancel_requested(attempt.terminal_id, attempt.id)
        return load_refund(self._storage, caller, refund_id)

    def ask_terminal(self, caller: Caller, refund_id: RefundId) -> RefundRecord:
        """Have the terminal asked again soon; the answer arrives like any other outcome.

        Raises:
            NotFound: ``refund_not_found``.
            RuleError: ``outcome_known`` when there is nothing to ask.
        """
        caller.require(Permission.PAYMENTS_CREATE)
        attempt = _in_doubt(load_refund(self._storage, caller, refund_id))
        with self._storage.write() as unit:
            unit.payments.request_ask(caller.tenant_id, caller.store_id, attempt.id, self._clock.now(), caller.name)
        self._hints.terminal_asked(attempt.terminal_id)
        return load_refund(self._storage, caller, refund_id)

    def decide(self, caller: Caller, refund_id: RefundId, *, given_back: bool, reason: str) -> RefundRecord:
        """Settle an unknown outcome by a person's word.

        Args:
            caller: needs the permission to decide over money in doubt.
            refund_id: the refund.
            given_back: True when the person has proof that the card got the money.
            reason: that proof in words, 5 to 500 characters.

        Raises:
            NotFound: ``refund_not_found``.
            RuleError: ``outcome_known`` when it is settled already.
            InputError: ``reason_needed``.
        """
        caller.require(Permission.PAYMENTS_RESOLVE)
        reason = checked_reason(reason)
        record = load_refund(self._storage, caller, refund_id)
        attempt = _in_doubt(record)
        outcome = AttemptOutcome(
            event=AttemptEvent.APPROVE if given_back else AttemptEvent.PROVE_NOT_CHARGED,
            evidence=Evidence.PERSON,
            reason_code="decided_by_person",
            reason=reason,
            result=kept_result(attempt, record.refund.amount, moved=given_back),
            decided_by=caller.name,
        )
        settled = self._conclude.record(record.refund, attempt, outcome, epoch=None, actor=caller.name)
        if settled is None:
            raise RuleError("outcome_known", "This refund has been settled meanwhile.", "Load it again.")
        return load_refund(self._storage, caller, refund_id)


def _in_doubt(record: RefundRecord) -> Attempt:
    if record.attempt.state is not AttemptState.UNKNOWN:
        message = f"The outcome of this refund is not in doubt: it is {record.attempt.state}."
        raise RuleError("outcome_known", message, "Load the refund again.")
    return record.attempt
