"""Read refunds with the caller's rights: one of another store or terminal does not exist for the caller."""

from dataclasses import dataclass

from gateway.domain.access import Caller, Permission
from gateway.domain.cards.refund import left_to_refund
from gateway.domain.errors import NotFound
from gateway.domain.ids import PaymentId, RefundId
from gateway.domain.money import Money
from gateway.domain.sales.taken import taken_of
from gateway.ports.unit_of_work import PaymentRecord, RefundRecord, Storage
from gateway.services.payments.read_payments import load_payment


@dataclass(frozen=True, slots=True)
class PaymentRefunds:
    """The refunds of one payment, oldest first. ``left``: what may still be given back, never below zero.

    ``tip``: how much of what was captured is a tip, which goes back only where that is asked for.
    """

    record: PaymentRecord
    refunds: tuple[RefundRecord, ...]
    captured: Money
    left: Money
    tip: Money

    @property
    def left_unasked(self) -> Money:
        """What goes back when no amount is named: all that is left but the tip."""
        return Money(max(0, self.left.minor - self.tip.minor), self.left.currency)


def load_refund(storage: Storage, caller: Caller, refund_id: RefundId) -> RefundRecord:
    """Return one refund the caller may see.

    Raises:
        NotFound: ``refund_not_found``, also for refunds of other stores and terminals.
    """
    with storage.read() as unit:
        record = unit.refunds.load(caller.tenant_id, caller.store_id, refund_id)
    if record is None or not caller.may_use(record.refund.terminal_id):
        raise NotFound("refund_not_found", "There is no such refund here.", "Check the id.")
    return record


def load_refunds(storage: Storage, caller: Caller, payment_id: PaymentId) -> PaymentRefunds:
    """Return a payment the caller may see with its refunds, and what is left.

    Raises:
        NotFound: ``payment_not_found``.
    """
    record = load_payment(storage, caller, payment_id)
    with storage.read() as unit:
        refunds = unit.refunds.of_payment(caller.tenant_id, caller.store_id, payment_id)
    taken = taken_of(record.payment, record.attempts)
    left = left_to_refund(taken.amount, ((one.refund, one.attempt) for one in refunds))
    return PaymentRefunds(record, refunds, taken.amount, left, taken.tip)


class ReadRefunds:
    """Refunds for screens and the API."""

    def __init__(self, *, storage: Storage) -> None:
        self._storage = storage

    def get(self, caller: Caller, refund_id: RefundId) -> RefundRecord:
        """Return one refund with its attempt, journal and receipt deliveries, or raise ``NotFound``."""
        caller.require(Permission.PAYMENTS_READ)
        return load_refund(self._storage, caller, refund_id)

    def of_payment(self, caller: Caller, payment_id: PaymentId) -> PaymentRefunds:
        """Return the refunds of one payment, or raise ``NotFound``."""
        caller.require(Permission.PAYMENTS_READ)
        return load_refunds(self._storage, caller, payment_id)
