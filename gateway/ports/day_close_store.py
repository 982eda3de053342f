"""Ends of terminals' days as stored: intent before the terminal is asked, outcome with its figures afterwards."""

from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from gateway.domain.cards.payment import Attempt
from gateway.domain.cards.terminal_day import DAY_STATES, DayClose, DayState
from gateway.domain.ids import DeviceId, StoreId, TenantId, TerminalDayId
from gateway.domain.outbox import OutboxMessage
from gateway.ports.payment_store import Conclusion, StoredAnswer


@dataclass(frozen=True, slots=True)
class DayCloseRecord:
    """An end of day with its one attempt; the figures stand in ``attempt.result.day``."""

    close: DayClose
    attempt: Attempt
    deliveries: tuple[OutboxMessage, ...] = ()

    @property
    def state(self) -> DayState:
        """Where it stands."""
        return DAY_STATES[self.attempt.state]

    @property
    def ended_at(self) -> datetime | None:
        """When the terminal closed its day, as far as it did."""
        return self.attempt.concluded_at if self.state is DayState.CLOSED else None


class DayCloseStore(Protocol):
    """Ends of days of all stores; every call names tenant and store."""

    def record_intent(self, close: DayClose, attempt: Attempt, answer: StoredAnswer | None) -> Attempt:
        """Store an end of day about to be sent; return the attempt as stored.

        Raises:
            RuleError: ``answer_exists`` / ``day_close_exists`` when key or id is taken (the caller replays),
                ``day_scheduled_already`` when the clock has asked for that day; ``terminal_busy``.
            InputError: ``unknown_terminal`` when the device row does not exist.
        """

    def record_conclusion(self, close_id: TerminalDayId, conclusion: Conclusion) -> int | None:
        """Store an outcome under its fence; return a sequence, or None when the fence or state forbade it."""

    def load(self, tenant_id: TenantId, store_id: StoreId, close_id: TerminalDayId) -> DayCloseRecord | None:
        """Return one end of day."""

    def of_terminal(
        self, tenant_id: TenantId, store_id: StoreId, terminal_id: DeviceId, *, limit: int
    ) -> tuple[DayCloseRecord, ...]:
        """Return the newest ends of day of one terminal, newest first, at most 100, without deliveries."""
