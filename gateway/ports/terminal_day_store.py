"""Ends of terminals' days, compared with the books, as stored."""

import uuid
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from gateway.domain.cards.terminal_comparison import CardBooking, ComparedDay, NearBooking
from gateway.domain.ids import DeviceId, StoreId, TenantId, TerminalDayId
from gateway.domain.money import Currency


@dataclass(frozen=True, slots=True)
class TerminalTime:
    """What a comparison looks at: tries at one terminal in one currency, begun in [``since``, ``until``)."""

    tenant_id: TenantId
    store_id: StoreId
    terminal_id: DeviceId
    currency: Currency
    since: datetime
    until: datetime


class TerminalDayStore(Protocol):
    """Comparisons of all stores; every call names tenant and store, or gets what does."""

    def hold_terminal(self, tenant_id: TenantId, store_id: StoreId, terminal_id: DeviceId) -> None:
        """Let nobody else compare a day of this terminal before this unit ends."""

    def uncompared(self, tenant_id: TenantId, store_id: StoreId) -> tuple[TerminalDayId, ...]:
        """Return the ends of day that the terminal concluded and nobody has compared, the oldest first, at most 50."""

    def last_made_at(self, tenant_id: TenantId, store_id: StoreId, terminal_id: DeviceId) -> datetime | None:
        """Return when the terminal's last comparison was made, or None."""

    def bookings(self, time: TerminalTime) -> tuple[CardBooking, ...]:
        """Return the approved tries that are in no comparison, oldest first."""

    def near(self, time: TerminalTime) -> tuple[NearBooking, ...]:
        """Return the tries of that time that charged nothing or are in doubt, oldest first."""

    def keep(self, day: ComparedDay, attempts: Iterable[uuid.UUID]) -> None:
        """Store a comparison, its differences, and which tries it has counted; each is counted once.

        Raises:
            RuleError: ``already_recorded`` when this day is compared.
        """

    def get(self, tenant_id: TenantId, store_id: StoreId, day_id: TerminalDayId) -> ComparedDay | None:
        """Return one comparison with its differences."""

    def recent(self, tenant_id: TenantId, store_id: StoreId, *, limit: int = 20) -> tuple[ComparedDay, ...]:
        """Return the newest comparisons with their differences, at most 100."""

    def open_count(self, tenant_id: TenantId, store_id: StoreId) -> int:
        """Count the differences that nobody has settled."""

    def settle(
        self,
        tenant_id: TenantId,
        store_id: StoreId,
        difference_id: uuid.UUID,
        *,
        at: datetime,
        by: str,
        reason: str,
    ) -> bool:
        """Note how a difference was settled; False when it is not there or settled already."""
