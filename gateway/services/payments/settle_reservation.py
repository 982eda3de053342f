"""A reservation's step after it was sent: stop it, have its terminal asked again, decide, or note that it is gone."""

from gateway.domain.access import Caller, Permission
from gateway.domain.cards.card_ledger import hold_ended
from gateway.domain.cards.payment import Attempt, AttemptEvent, AttemptOutcome, AttemptState, Evidence
from gateway.domain.cards.reservation import Hold, HoldStep, check_open
from gateway.domain.errors import RuleError
from gateway.domain.ids import ReservationId
from gateway.ports.clock import Clock
from gateway.ports.events import DeviceHints
from gateway.ports.reservation_store import ReservationRecord, WriteOff
from gateway.ports.unit_of_work import Storage
from gateway.services.payments.conclude_attempt import ConcludeAttempt
from gateway.services.payments.read_reservations import load_reservation
from gateway.services.payments.resolve_payment import checked_reason, kept_result


class SettleReservation:
    """What people may do about a reservation beside charging it and letting it go.

    A completion in doubt is a payment in doubt and settled there.
    """

    def __init__(self, *, storage: Storage, clock: Clock, hints: DeviceHints, conclude: ConcludeAttempt) -> None:
        self._storage = storage
        self._clock = clock
        self._hints = hints
        self._conclude = conclude

    def cancel(self, caller: Caller, reservation_id: ReservationId) -> ReservationRecord:
        """Ask the terminal to stop what it does for the reservation; one that has ended is returned as it is.

        Raises:
            NotFound: ``reservation_not_found``.
            RuleError: ``outcome_unknown`` while an amount may be held: that is resolved, not cancelled.
        """
        caller.require(Permission.PAYMENTS_CANCEL)
        record = load_reservation(self._storage, caller, reservation_id)
        attempt = record.last
        if attempt.state is AttemptState.UNKNOWN:
            hint = "Ask the terminal again, or let a manager decide with the evidence."
            raise RuleError("outcome_unknown", "The outcome is not known; this cannot be cancelled.", hint)
        if attempt.state is not AttemptState.SENT:
            return record
        if attempt.cancel_requested_at is None:
            with self._storage.write() as unit:
                now = self._clock.now()
                unit.payments.request_cancel(caller.tenant_id, caller.store_id, attempt.id, now, caller.name)
        self._hints.cancel_requested(attempt.terminal_id, attempt.id)
        return load_reservation(self._storage, caller, reservation_id)

    def ask_terminal(self, caller: Caller, reservation_id: ReservationId) -> ReservationRecord:
        """Have the terminal asked again soon; the answer arrives like any other outcome.

        Raises:
            NotFound: ``reservation_not_found``.
            RuleError: ``outcome_known`` when there is nothing to ask.
        """
        caller.require(Permission.PAYMENTS_CREATE)
        attempt = _in_doubt(load_reservation(self._storage, caller, reservation_id))[1]
        with self._storage.write() as unit:
            unit.payments.request_ask(caller.tenant_id, caller.store_id, attempt.id, self._clock.now(), caller.name)
        self._hints.terminal_asked(attempt.terminal_id)
        return load_reservation(self._storage, caller, reservation_id)

    def decide(self, caller: Caller, reservation_id: ReservationId, *, done: bool, reason: str) -> ReservationRecord:
        """Settle an unknown step by a person's word.

        Args:
            caller: needs the permission to decide over money in doubt.
            reservation_id: the reservation.
            done: True when the person has proof that the terminal did it: made it, or let it go.
            reason: that proof in words, 5 to 500 characters.

        Raises:
            NotFound: ``reservation_not_found``.
            RuleError: ``outcome_known`` when it is settled already.
            InputError: ``reason_needed``.
        """
        caller.require(Permission.PAYMENTS_RESOLVE)
        reason = checked_reason(reason)
        record = load_reservation(self._storage, caller, reservation_id)
        step, attempt = _in_doubt(record)
        outcome = AttemptOutcome(
            event=AttemptEvent.APPROVE if done else AttemptEvent.PROVE_NOT_CHARGED,
            evidence=Evidence.PERSON,
            reason_code="decided_by_person",
            reason=reason,
            result=kept_result(attempt, record.reservation.amount, moved=done),
            decided_by=caller.name,
        )
        held = Hold(record.reservation, step)
        if self._conclude.record(held, attempt, outcome, epoch=None, actor=caller.name) is None:
            raise RuleError("outcome_known", "This reservation has been settled meanwhile.", "Load it again.")
        return load_reservation(self._storage, caller, reservation_id)

    def write_off(self, caller: Caller, reservation_id: ReservationId, *, reason: str) -> ReservationRecord:
        """Note that a reservation is gone, as when the issuer let it lapse and the terminal knows it no more.

        Raises:
            NotFound: ``reservation_not_found``.
            RuleError: ``reservation_ended``, ``reservation_busy``, ``outcome_unknown``.
            InputError: ``reason_needed``.
        """
        caller.require(Permission.PAYMENTS_RESOLVE)
        reason = checked_reason(reason)
        record = load_reservation(self._storage, caller, reservation_id)
        check_open(record.state)
        now = self._clock.now()
        word = WriteOff(reason, now, caller.name)
        end = hold_ended(record.reservation, now)
        with self._storage.write() as unit:
            unit.reservations.write_off(caller.tenant_id, caller.store_id, reservation_id, word, end)
        return load_reservation(self._storage, caller, reservation_id)


def _in_doubt(record: ReservationRecord) -> tuple[HoldStep, Attempt]:
    for step, attempt in ((HoldStep.RESERVE, record.made), *((HoldStep.RELEASE, one) for one in record.releases)):
        if attempt.state is AttemptState.UNKNOWN:
            return step, attempt
    hint = "Load it again; a payment that charges it is settled by itself."
    raise RuleError("outcome_known", f"No step of this reservation is in doubt: it is {record.state}.", hint)
