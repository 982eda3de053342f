"""Keeps balances quick: once a day's worth has been recorded, what all accounts held is added up and kept."""

import logging
from datetime import timedelta

from gateway.domain.ids import StoreId, TenantId
from gateway.logs.observability import log_event
from gateway.ports.clock import Clock
from gateway.ports.unit_of_work import Storage

SETTLED_AFTER = timedelta(hours=1)
"""Nobody records anything so far back; if a clock is wrong and somebody does, the mark is not believed any more."""
ENTRIES_LEAST = 20_000
"""So many new transfers make a mark worth its trouble."""

_log = logging.getLogger(__name__)


class MarkLedger:
    """Makes the marks of one store. Adding up is done in a unit that only reads: no sale waits for it."""

    def __init__(self, *, storage: Storage, clock: Clock, tenant_id: TenantId, store_id: StoreId) -> None:
        self._storage = storage
        self._clock = clock
        self._tenant_id = tenant_id
        self._store_id = store_id

    def run(self, *, least: int = ENTRIES_LEAST) -> bool:
        """Make a mark if it is worth it; return whether one was made. ``least``: new transfers, at least."""
        at = self._clock.now() - SETTLED_AFTER
        with self._storage.read() as unit:
            mark = unit.ledger.gather_mark(self._tenant_id, self._store_id, at, least=least)
        if mark is None:
            return False
        with self._storage.write() as unit:
            made = unit.ledger.keep_mark(self._tenant_id, self._store_id, mark)
        log_event(_log, "ledger.marked", made=made)
        return made
