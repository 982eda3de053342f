"""What a node does now and then for the database: ends old sessions, marks the ledger."""

from collections.abc import Callable
from datetime import timedelta

from gateway.configuration.settings import Settings
from gateway.domain.ids import StoreId, TenantId
from gateway.ports.clock import Clock
from gateway.ports.unit_of_work import Storage
from gateway.services.mark_ledger import MarkLedger

EVERY_S = 3600


def housekeeping(
    settings: Settings, storage: Storage, clock: Clock
) -> tuple[tuple[int, str, Callable[[], object]], ...]:
    """Return what recurs: how often (seconds), its name, and what is done."""

    def end_old_sessions() -> None:
        oldest = clock.now() - timedelta(hours=settings.security.session_absolute_hours)
        with storage.write() as unit:
            unit.access.end_sessions_before(oldest)

    tenant_id, store_id = TenantId(settings.shop.tenant), StoreId(settings.shop.store)
    marks = MarkLedger(storage=storage, clock=clock, tenant_id=tenant_id, store_id=store_id)
    return ((EVERY_S, "end old sessions", end_old_sessions), (EVERY_S, "mark the ledger", marks.run))
