"""Read reservations with the caller's rights: one of another store or terminal does not exist for the caller."""

from gateway.domain.access import Caller, Permission
from gateway.domain.errors import NotFound
from gateway.domain.ids import ReservationId
from gateway.ports.reservation_store import ReservationRecord
from gateway.ports.unit_of_work import Storage

PAGE_MAX = 100
"""Reservations of one page."""


def load_reservation(storage: Storage, caller: Caller, reservation_id: ReservationId) -> ReservationRecord:
    """Return one reservation the caller may see.

    Raises:
        NotFound: ``reservation_not_found``, also for those of other stores and terminals.
    """
    with storage.read() as unit:
        record = unit.reservations.load(caller.tenant_id, caller.store_id, reservation_id)
    if record is None or not caller.may_use(record.reservation.terminal_id):
        raise NotFound("reservation_not_found", "There is no such reservation here.", "Check the id.")
    return record


class ReadReservations:
    """Reservations for screens and the API."""

    def __init__(self, *, storage: Storage) -> None:
        self._storage = storage

    def get(self, caller: Caller, reservation_id: ReservationId) -> ReservationRecord:
        """Return one reservation with its steps and journal, or raise ``NotFound``."""
        caller.require(Permission.PAYMENTS_READ)
        return load_reservation(self._storage, caller, reservation_id)

    def recent(
        self, caller: Caller, *, limit: int, before: ReservationId | None = None
    ) -> tuple[ReservationRecord, ...]:
        """Return up to ``limit`` (at most ``PAGE_MAX`` and one) reservations the caller may see, newest first."""
        caller.require(Permission.PAYMENTS_READ)
        with self._storage.read() as unit:
            found = unit.reservations.recent(
                caller.tenant_id, caller.store_id, limit=max(1, min(limit, PAGE_MAX + 1)), before=before
            )
        return tuple(one for one in found if caller.may_use(one.reservation.terminal_id))
