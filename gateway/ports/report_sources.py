"""What day reports and the comparison with a terminal read besides the ledger."""

from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from gateway.domain.ids import RegisterId, StoreId, TenantId
from gateway.domain.money import Currency
from gateway.domain.shifts.day_report import Tries
from gateway.domain.shifts.document_number import Series
from gateway.domain.shifts.numbered_documents import NumberedGiveBack, NumberedSale

DOCUMENTS_MAX = 50_000
"""Numbered documents of one report at most."""


@dataclass(frozen=True, slots=True)
class NumberRange:
    """Numbers of one series of one register: above ``after``, up to ``last``."""

    tenant_id: TenantId
    store_id: StoreId
    register_id: RegisterId
    series: Series
    after: int
    last: int


class ReportSources(Protocol):
    """Reads of one store; every call names tenant and store, or gets a range, which does."""

    def last_number(self, tenant_id: TenantId, store_id: StoreId, register_id: RegisterId, series: Series) -> int:
        """Return the last number a register gave in a series; 0 before the first."""

    def hold_number(self, tenant_id: TenantId, store_id: StoreId, register_id: RegisterId, series: Series) -> int:
        """As :meth:`last_number`; nobody gives a further one before this unit ends."""

    def sales(self, numbers: NumberRange) -> tuple[NumberedSale, ...]:
        """Return the settled sales with these numbers, in their order."""

    def give_backs(self, numbers: NumberRange) -> tuple[NumberedGiveBack, ...]:
        """Return the give-backs with these numbers, in their order."""

    def tries(
        self,
        tenant_id: TenantId,
        store_id: StoreId,
        register_id: RegisterId,
        currency: Currency,
        *,
        since: datetime,
        until: datetime,
    ) -> Tries:
        """Count card payments that charged nothing between two instants, and those in doubt now (in ``currency``)."""
