"""The use cases of what terminals do beside payments and refunds, as the routes need them."""

from dataclasses import dataclass

from gateway.services.payments.compare_held import CompareHeld
from gateway.services.payments.read_reservations import ReadReservations
from gateway.services.payments.reserve_amount import ReserveAmount
from gateway.services.payments.settle_reservation import SettleReservation
from gateway.services.payments.terminal_day import EndTerminalDay


@dataclass(frozen=True, slots=True)
class TerminalServices:
    """One field for each use case."""

    reserve: ReserveAmount
    read_reservations: ReadReservations
    compare_held: CompareHeld
    settle_reservation: SettleReservation
    days: EndTerminalDay
