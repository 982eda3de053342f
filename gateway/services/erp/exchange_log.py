"""Keeps what was said between us and ERPs, for people who look for a fault.

A connector tells of an exchange when it is over, on the path of the document; so it is only put aside there, and stored
by another thread a moment later. What cannot be stored is dropped and counted: no document waits for its log.
"""

import logging
import threading
import uuid
from collections import deque
from datetime import timedelta

from gateway.domain.access import Caller, Permission
from gateway.domain.errors import OperationalError
from gateway.domain.ids import uuid7
from gateway.logs.observability import log_event
from gateway.ports.clock import Clock
from gateway.ports.erp import ErpExchange
from gateway.ports.erp_exchanges import KeptExchange
from gateway.ports.erp_store import Place
from gateway.ports.unit_of_work import Storage

_log = logging.getLogger(__name__)

PUT_ASIDE_MAX = 2_000
TEXT_MAX = 20_000
"""Characters kept of a message."""
KEPT_DAYS = 14
KEPT_MOST = 20_000
"""Of each account."""
BATCH = 200


class ExchangeLog:
    """The exchanges of one store. Safe for several threads."""

    def __init__(self, storage: Storage, clock: Clock, place: Place) -> None:
        self._storage = storage
        self._clock = clock
        self._place = place
        self._aside: deque[KeptExchange] = deque()
        self._lock = threading.Lock()
        self._thread = threading.local()
        self._dropped = 0
        self._last_ms = 0

    def about(self, key: str) -> None:
        """Say which document this thread's next exchanges are about; empty for none."""
        self._thread.key = key

    def keep(self, exchange: ErpExchange) -> None:
        """Put an exchange aside."""
        now = self._clock.now()
        kept = KeptExchange(
            account=exchange.account_id,
            id=uuid7(self._moment_ms(int(now.timestamp() * 1000))),
            key=getattr(self._thread, "key", ""),
            at=now,
            operation=exchange.operation,
            address=exchange.address,
            took_ms=round(exchange.seconds * 1000),
            outcome=exchange.outcome,
            request=_shortened(exchange.request),
            answer=_shortened(exchange.answer),
        )
        with self._lock:
            if len(self._aside) >= PUT_ASIDE_MAX:
                self._dropped += 1
            else:
                self._aside.append(kept)

    def store(self) -> int:
        """Store what was put aside; return how many. Where the database is away they are tried again next time."""
        stored = 0
        while batch := self._taken():
            try:
                with self._storage.write() as unit:
                    unit.erp_exchanges.add(self._place, batch)
            except OperationalError:
                with self._lock:
                    self._aside.extendleft(reversed(batch))
                return stored
            stored += len(batch)
        return stored

    def forget(self) -> int:
        """Delete what is older than it is kept, and what is more; return how many."""
        before = self._clock.now() - timedelta(days=KEPT_DAYS)
        return self._storage.write_retrying(lambda unit: unit.erp_exchanges.forget(self._place, before, KEPT_MOST))

    def page(
        self, caller: Caller, account: str, *, key: str | None = None, before: uuid.UUID | None = None, limit: int = 50
    ) -> tuple[KeptExchange, ...]:
        """Return exchanges of an account, the newest first.

        Raises:
            NotPermitted: without ``erp:exchanges``.
        """
        caller.require(Permission.ERP_EXCHANGES)
        with self._storage.read() as unit:
            place = (caller.tenant_id, caller.store_id)
            return unit.erp_exchanges.page(place, account, key=key, before=before, limit=limit)

    def _moment_ms(self, now_ms: int) -> int:
        """Return milliseconds that grow with each call: ids of one millisecond would have no order."""
        with self._lock:
            self._last_ms = max(now_ms, self._last_ms + 1)
            return self._last_ms

    def _taken(self) -> list[KeptExchange]:
        with self._lock:
            dropped, self._dropped = self._dropped, 0
            batch = [self._aside.popleft() for _ in range(min(BATCH, len(self._aside)))]
        if dropped:
            log_event(_log, "erp.exchanges_dropped", level=logging.WARNING, count=dropped)
        return batch


def _shortened(text: str) -> str:
    return text if len(text) <= TEXT_MAX else f"{text[:TEXT_MAX]} [{len(text)} characters]"
