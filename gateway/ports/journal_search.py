"""The search over everything that moved money."""

import uuid
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Protocol

from gateway.domain.ids import StoreId, TenantId
from gateway.domain.journal import Clue, Hit


class JournalSearch(Protocol):
    """Finds by one meaning of one word; putting the words together is the service's."""

    def find(
        self,
        tenant_id: TenantId,
        store_id: StoreId,
        clue: Clue | None,
        *,
        since: datetime | None,
        until: datetime | None,
        limit: int,
    ) -> tuple[Hit, ...]:
        """Return at most ``limit`` things of each kind that fit, newest first; without a clue all of the window."""

    def refunds_since(self, tenant_id: TenantId, store_id: StoreId, since: datetime) -> tuple[Hit, ...]:
        """Return the refunds that were given since then, newest first, at most 500."""

    def given_back(
        self, tenant_id: TenantId, store_id: StoreId, payment_ids: Sequence[uuid.UUID]
    ) -> Mapping[uuid.UUID, int]:
        """Return what was given back of these payments, in minor units of each; what nothing was of is left out."""
