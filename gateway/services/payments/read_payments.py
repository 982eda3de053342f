"""Read payments with the caller's rights: what belongs to another store or terminal does not exist for the caller."""

from gateway.domain.access import Caller, Permission
from gateway.domain.errors import NotFound
from gateway.domain.ids import PaymentId
from gateway.ports.unit_of_work import PaymentRecord, Storage

PAGE_MAX = 100
"""Payments of one page."""


def load_payment(storage: Storage, caller: Caller, payment_id: PaymentId) -> PaymentRecord:
    """Return one payment the caller may see.

    Raises:
        NotFound: ``payment_not_found``, also for payments of other stores and terminals.
    """
    with storage.read() as unit:
        record = unit.payments.load(caller.tenant_id, caller.store_id, payment_id)
    if record is None or not caller.may_use(record.payment.terminal_id):
        raise NotFound("payment_not_found", "There is no such payment here.", "Check the id.")
    return record


class ReadPayments:
    """Payments for screens and the API."""

    def __init__(self, *, storage: Storage) -> None:
        self._storage = storage

    def get(self, caller: Caller, payment_id: PaymentId) -> PaymentRecord:
        """Return one payment with its attempts, journal and receipt deliveries, or raise ``NotFound``."""
        caller.require(Permission.PAYMENTS_READ)
        return load_payment(self._storage, caller, payment_id)

    def recent(self, caller: Caller, *, limit: int, before: PaymentId | None) -> tuple[PaymentRecord, ...]:
        """Return up to ``limit`` (at most ``PAGE_MAX``) payments, newest first, older than ``before``."""
        caller.require(Permission.PAYMENTS_READ)
        with self._storage.read() as unit:
            return unit.payments.recent(
                caller.tenant_id,
                caller.store_id,
                limit=max(1, min(limit, PAGE_MAX)),
                before=before,
                terminals=caller.terminals,
            )
