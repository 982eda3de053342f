"""Asks a terminal which reservations it holds and tells what our books see otherwise. Nothing is changed by it."""

from dataclasses import dataclass
from datetime import datetime

from gateway.domain.access import Caller, Permission
from gateway.domain.cards.held_comparison import HeldDifference, HeldHere, compare_held
from gateway.domain.cards.reservation import OPEN_STATES, ReservationState, named_by
from gateway.domain.errors import InputError
from gateway.domain.ids import DeviceId, ReservationId
from gateway.ports.clock import Clock
from gateway.ports.events import DeviceHints
from gateway.ports.reservation_store import ReservationRecord
from gateway.ports.terminal import TerminalSilent
from gateway.ports.unit_of_work import Storage

PAGE = 500
PAGES_MAX = 20
"""Ten thousand reservations back: an issuer lets one go after weeks."""


@dataclass(frozen=True, slots=True)
class HeldComparison:
    """What a terminal and our books hold.

    ``silent``: why the terminal did not tell, and then nothing is compared; ``there``, ``here``: how many each holds.
    """

    terminal_id: DeviceId
    at: datetime
    silent: TerminalSilent | None
    there: int = 0
    here: int = 0
    differences: tuple[HeldDifference, ...] = ()


class CompareHeld:
    """Comparisons on request."""

    def __init__(self, *, storage: Storage, clock: Clock, hints: DeviceHints) -> None:
        self._storage = storage
        self._clock = clock
        self._hints = hints

    def compare(self, caller: Caller, terminal_id: DeviceId) -> HeldComparison:
        """Ask the terminal and compare; waits some seconds at most for one that works on something else.

        Raises:
            NotPermitted: without ``payments:create``.
            InputError: ``unknown_terminal``.
        """
        caller.require(Permission.PAYMENTS_CREATE)
        with self._storage.read() as unit:
            rows = unit.devices.list(caller.tenant_id, caller.store_id)
        if not caller.may_use(terminal_id) or all((row.kind, row.id) != ("terminal", terminal_id) for row in rows):
            hint = "Use the id of a terminal of this store."
            raise InputError("unknown_terminal", "This terminal is not known here.", hint, "/terminal_id")
        asked_at = self._clock.now()
        told = self._hints.held_reservations(terminal_id)
        if isinstance(told, TerminalSilent):
            return HeldComparison(terminal_id, asked_at, told)
        books = tuple(_here(record, asked_at) for record in self._open(caller, terminal_id))
        sure = sum(one.sure for one in books)
        return HeldComparison(terminal_id, asked_at, None, len(told), sure, compare_held(told, books))

    def _open(self, caller: Caller, terminal_id: DeviceId) -> tuple[ReservationRecord, ...]:
        found: list[ReservationRecord] = []
        before: ReservationId | None = None
        with self._storage.read() as unit:
            for _ in range(PAGES_MAX):
                page = unit.reservations.recent(caller.tenant_id, caller.store_id, limit=PAGE, before=before)
                found += [one for one in page if one.reservation.terminal_id == terminal_id]
                if len(page) < PAGE:
                    break
                before = page[-1].reservation.id
        return tuple(one for one in found if one.state in OPEN_STATES)


def _here(record: ReservationRecord, asked_at: datetime) -> HeldHere:
    made_at = record.made.concluded_at
    # One that was made while the terminal was asked cannot stand in its answer.
    sure = record.state is ReservationState.HELD and made_at is not None and made_at <= asked_at
    return HeldHere(record.reservation.id, record.reservation.amount, named_by(record.made).receipt_no, sure)
