"""Tells programs outside what happened, in an order that can be read again.

Changes are stored with their facts, without a number: facts that are stored at the same moment would wait for each
other. Whoever reads numbers first what is committed by then. So the feed has no gaps, and nothing comes in between
later.
"""

from dataclasses import dataclass
from datetime import timedelta

from gateway.domain.access import Caller, Permission
from gateway.domain.errors import Gone
from gateway.domain.ids import StoreId, TenantId
from gateway.domain.telling.change import Change
from gateway.ports.change_store import CHANGES_PAGE_MAX
from gateway.ports.clock import Clock
from gateway.ports.unit_of_work import Storage

NUMBERED_MAX = 2 * CHANGES_PAGE_MAX
"""At once, more than a page: the feed is not held for long, and a page that is not full is the last."""
_BEGIN_ANEW = "Compare with the other addresses, then begin again without `after`."


@dataclass(frozen=True, slots=True)
class ChangePage:
    """One page. ``next``: ask for what comes after it; ``has_more``: there is something already."""

    changes: tuple[Change, ...]
    next: int
    has_more: bool


class ChangeFeed:
    """The feed of one store."""

    def __init__(self, *, storage: Storage, clock: Clock, days: int) -> None:
        """``days``: changes are kept, > 0."""
        self._storage = storage
        self._clock = clock
        self._days = days

    def page(self, caller: Caller, *, after: int | None = None, limit: int = 100) -> ChangePage:
        """Return changes behind a sequence, in their order; ``after``: None for the oldest kept; ``limit``: 1 to 500.

        Raises:
            NotPermitted: without ``erp:documents``.
            Gone: ``changes_gone`` where some behind ``after`` are kept no longer, or where it never was told.
        """
        caller.require(Permission.ERP_DOCUMENTS)
        place = (caller.tenant_id, caller.store_id)
        self._number(*place)
        with self._storage.read() as unit:
            span = unit.changes.span(*place)
            start = span.forgotten if after is None else after
            if start < span.forgotten:
                message = f"Changes up to {span.forgotten} are kept no longer: changes are kept {self._days} days."
                raise Gone("changes_gone", message, _BEGIN_ANEW)
            if start > span.last:
                message = f"No change has the number {start}: the last is {span.last}. The data may have been restored."
                raise Gone("changes_gone", message, _BEGIN_ANEW)
            found = unit.changes.page(*place, start, limit)
        return ChangePage(found, found[-1].sequence if found else start, len(found) == limit)

    def forget(self, tenant_id: TenantId, store_id: StoreId) -> int:
        """Delete what is older than it is kept, also where nobody has ever read; return how many."""
        while self._number(tenant_id, store_id) == NUMBERED_MAX:
            pass
        before = self._clock.now() - timedelta(days=self._days)
        return self._storage.write_retrying(lambda unit: unit.changes.forget(tenant_id, store_id, before))

    def _number(self, tenant_id: TenantId, store_id: StoreId) -> int:
        with self._storage.read() as unit:
            if not unit.changes.waiting(tenant_id, store_id):
                return 0
        return self._storage.write_retrying(lambda unit: unit.changes.number(tenant_id, store_id, NUMBERED_MAX))
