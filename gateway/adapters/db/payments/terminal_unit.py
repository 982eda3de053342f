"""The stores of reservations and ends of days as a part of the unit of work."""

from gateway.adapters.db.payments.reservation_store import SqlReservationStore
from gateway.adapters.db.shifts.day_close_store import SqlDayCloseStore
from gateway.adapters.db.statements import Statements


class TerminalUnit:
    """What a unit of work has for what terminals do beside sales; its statements belong to the unit."""

    __slots__ = ()
    _statements: Statements

    @property
    def reservations(self) -> SqlReservationStore:
        """Amounts held on cards."""
        return SqlReservationStore(self._statements)

    @property
    def day_closes(self) -> SqlDayCloseStore:
        """Ends of terminals' days."""
        return SqlDayCloseStore(self._statements)
