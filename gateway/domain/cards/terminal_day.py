"""The end of a terminal's day: its bookings are handed in, and its totals per brand are kept."""

import uuid
from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum

from gateway.domain.cards.payment import AttemptState
from gateway.domain.ids import DeviceId, RegisterId, StoreId, TenantId, TerminalDayId


class DayState(StrEnum):
    """Where the end of a terminal's day stands."""

    SENT = "sent"
    UNKNOWN = "unknown"
    CLOSED = "closed"
    REFUSED = "refused"
    CANCELLED = "cancelled"
    NOT_CLOSED = "not_closed"


DAY_STATES: dict[AttemptState, DayState] = {
    AttemptState.SENT: DayState.SENT,
    AttemptState.UNKNOWN: DayState.UNKNOWN,
    AttemptState.APPROVED: DayState.CLOSED,
    AttemptState.DECLINED: DayState.REFUSED,
    AttemptState.CANCELLED: DayState.CANCELLED,
    AttemptState.NOT_CHARGED: DayState.NOT_CLOSED,
}
"""The end of a day shows the state of its one attempt."""


@dataclass(frozen=True, slots=True)
class DayClose:
    """Our intention to end one terminal's day: what one attempt is to bring about. Never changed once stored.

    ``register_id``: whose printer gets the receipt; ``business_date``: the store's calendar day it was asked for on;
    ``scheduled``: asked for by the clock, once for each such day.
    """

    tenant_id: TenantId
    store_id: StoreId
    id: TerminalDayId
    register_id: RegisterId
    terminal_id: DeviceId
    business_date: date
    scheduled: bool
    created_at: datetime
    created_by: str

    @property
    def trace_id(self) -> str:
        """Its own id: nothing was sold by it."""
        return uuid.UUID(int=self.id.int).hex
