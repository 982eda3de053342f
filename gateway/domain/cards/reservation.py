"""Reservations: an amount held on a card at the terminal, later charged in full or in part, or let go.

Nothing is earned by a reservation. To make one and to let it go are steps at the terminal, attempts like any other; to
charge it is a payment that completes it. Its state follows from those.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from gateway.domain.cards.payment import Attempt, AttemptState, OriginalTransaction, TerminalResult
from gateway.domain.errors import RuleError
from gateway.domain.ids import DeviceId, RegisterId, ReservationId, StoreId, TenantId
from gateway.domain.money import Money


class ReservationState(StrEnum):
    """Where a reservation stands."""

    SENT = "sent"
    """the terminal works on it: it is being made, charged or let go"""
    UNKNOWN = "unknown"
    """the outcome of its last step is not known"""
    HELD = "held"
    DECLINED = "declined"
    CANCELLED = "cancelled"
    NOT_RESERVED = "not_reserved"
    COMPLETED = "completed"
    RELEASED = "released"
    EXPIRED = "expired"
    """a manager noted that the terminal or the issuer has let it go"""


class HoldStep(StrEnum):
    """What a terminal is asked for; the words stand in the database as the purpose of the attempt."""

    RESERVE = "reserve"
    RELEASE = "release"


@dataclass(frozen=True, slots=True)
class Reservation:
    """Our intention to have an amount held on one card. Never changed once stored."""

    tenant_id: TenantId
    store_id: StoreId
    id: ReservationId
    register_id: RegisterId
    terminal_id: DeviceId
    amount: Money
    reference: str | None
    created_at: datetime
    created_by: str
    trace_id: str


@dataclass(frozen=True, slots=True)
class Hold:
    """A reservation that is made or let go at its terminal: what one attempt is to bring about."""

    reservation: Reservation
    step: HoldStep

    @property
    def tenant_id(self) -> TenantId:
        """Of the reservation."""
        return self.reservation.tenant_id

    @property
    def store_id(self) -> StoreId:
        """Of the reservation."""
        return self.reservation.store_id

    @property
    def id(self) -> ReservationId:
        """Of the reservation."""
        return self.reservation.id

    @property
    def register_id(self) -> RegisterId:
        """Where it was asked for."""
        return self.reservation.register_id

    @property
    def terminal_id(self) -> DeviceId:
        """Which terminal holds it."""
        return self.reservation.terminal_id

    @property
    def amount(self) -> Money:
        """What is held."""
        return self.reservation.amount

    @property
    def trace_id(self) -> str:
        """Of the reservation."""
        return self.reservation.trace_id


_MADE = {
    AttemptState.SENT: ReservationState.SENT,
    AttemptState.UNKNOWN: ReservationState.UNKNOWN,
    AttemptState.APPROVED: ReservationState.HELD,
    AttemptState.DECLINED: ReservationState.DECLINED,
    AttemptState.CANCELLED: ReservationState.CANCELLED,
    AttemptState.NOT_CHARGED: ReservationState.NOT_RESERVED,
}
"""By the attempt that makes it."""

OPEN_STATES = frozenset({ReservationState.SENT, ReservationState.UNKNOWN, ReservationState.HELD})
"""States in which an amount is held on a card, or may be."""


def state_of(
    made: Attempt, releases: Sequence[Attempt], completions: Sequence[Attempt], *, written_off: bool
) -> ReservationState:
    """Return the state of a reservation.

    Args:
        made: the attempt that makes it.
        releases: the attempts to let it go.
        completions: the attempts of payments that charge it.
        written_off: a manager noted that it is gone.
    """
    first = _MADE[made.state]
    if first is not ReservationState.HELD:
        return first
    for attempts, end in ((completions, ReservationState.COMPLETED), (releases, ReservationState.RELEASED)):
        states = {attempt.state for attempt in attempts}
        if AttemptState.APPROVED in states:
            return end
        if AttemptState.UNKNOWN in states:
            return ReservationState.UNKNOWN
        if AttemptState.SENT in states:
            return ReservationState.SENT
    return ReservationState.EXPIRED if written_off else ReservationState.HELD


def named_by(made: Attempt) -> OriginalTransaction:
    """Return how the terminal that made a reservation can be told of it."""
    result = made.result or TerminalResult()
    return OriginalTransaction(
        receipt_no=result.numbers.receipt_no,
        trace_no=result.numbers.trace_no,
        reference=made.id.hex,
        terminal_reference=result.terminal_reference,
        made_at=result.made_at,
    )


def check_open(state: ReservationState) -> None:
    """Refuse to end a reservation that holds nothing, or whose last step has no outcome.

    Raises:
        RuleError: ``outcome_unknown``, ``reservation_busy`` or ``reservation_ended``.
    """
    if state is ReservationState.HELD:
        return
    if state is ReservationState.UNKNOWN:
        hint = "Ask the terminal again, or let a manager decide with the evidence."
        raise RuleError("outcome_unknown", "The outcome of this reservation's last step is not known.", hint)
    if state is ReservationState.SENT:
        raise RuleError("reservation_busy", "The terminal is working on this reservation.", "Wait for its answer.")
    raise RuleError("reservation_ended", f"This reservation is {state}.", "Load it again: it may have been ended.")


def check_completion(amount: Money, held: Money) -> None:
    """Refuse to charge more than is held.

    Raises:
        RuleError: ``completion_exceeds_reservation``.
    """
    if amount.currency != held.currency or not 0 < amount.minor <= held.minor:
        shown = f"{held.to_decimal()} {held.currency.code}"
        hint = "Charge at most what is held; take the rest with another tender."
        raise RuleError("completion_exceeds_reservation", f"At most {shown} of this reservation can be charged.", hint)
