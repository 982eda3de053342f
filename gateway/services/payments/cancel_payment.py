"""Ask a terminal to stop a running payment; it still ends by the terminal's own answer, which may be approved."""

from gateway.domain.access import Caller, Permission
from gateway.domain.cards.payment import AttemptState
from gateway.domain.errors import RuleError
from gateway.domain.ids import PaymentId
from gateway.ports.clock import Clock
from gateway.ports.events import DeviceHints
from gateway.ports.unit_of_work import PaymentRecord, Storage
from gateway.services.payments.read_payments import load_payment


class CancelPayment:
    """Stores the wish to cancel, then tells the thread that owns the terminal."""

    def __init__(self, *, storage: Storage, clock: Clock, hints: DeviceHints) -> None:
        self._storage = storage
        self._clock = clock
        self._hints = hints

    def request(self, caller: Caller, payment_id: PaymentId) -> PaymentRecord:
        """Ask for a cancel; asking twice is the same as once; a payment that has ended is returned as it is.

        Raises:
            NotFound: ``payment_not_found``.
            RuleError: ``outcome_unknown`` while money may have moved: that is resolved, not cancelled.
        """
        caller.require(Permission.PAYMENTS_CANCEL)
        record = load_payment(self._storage, caller, payment_id)
        last = record.attempts[-1]
        if last.state is AttemptState.UNKNOWN:
            hint = "Ask the terminal again, or let a manager decide with the evidence."
            raise RuleError("outcome_unknown", "The card may have been charged; this cannot be cancelled.", hint)
        if last.state is not AttemptState.SENT:
            return record
        if last.cancel_requested_at is None:
            with self._storage.write() as unit:
                unit.payments.request_cancel(caller.tenant_id, caller.store_id, last.id, self._clock.now(), caller.name)
        self._hints.cancel_requested(record.payment.terminal_id, last.id)
        return load_payment(self._storage, caller, payment_id)
