"""Where the change feed is kept: what waits for its number, and what has one."""

from datetime import datetime
from typing import Protocol

from gateway.domain.ids import StoreId, TenantId
from gateway.domain.telling.change import Change, ChangeSpan

CHANGES_PAGE_MAX = 500


class ChangeStore(Protocol):
    """The feed of each store. What happens is put into the outbox, and gets its number later."""

    def waiting(self, tenant_id: TenantId, store_id: StoreId) -> bool:
        """Return whether anything committed waits for its number."""

    def number(self, tenant_id: TenantId, store_id: StoreId, limit: int) -> int:
        """Number what waits, oldest first, at most ``limit``; return how many were taken from the queue.

        Who numbers at the same moment waits for the end of this unit: numbers have no gaps, and nothing that commits
        later gets a lower one.
        """

    def span(self, tenant_id: TenantId, store_id: StoreId) -> ChangeSpan:
        """Return what of the feed is kept."""

    def page(self, tenant_id: TenantId, store_id: StoreId, after: int, limit: int) -> tuple[Change, ...]:
        """Return changes behind a sequence, in their order; ``limit``: 1 to 500."""

    def forget(self, tenant_id: TenantId, store_id: StoreId, before: datetime) -> int:
        """Delete the changes from before then, up to the first that is younger; return how many."""
