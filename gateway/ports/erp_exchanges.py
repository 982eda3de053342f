"""Where it is kept for a while what was said between us and ERPs, without secrets."""

import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from gateway.ports.erp_store import Place

EXCHANGES_PAGE_MAX = 200


@dataclass(frozen=True, slots=True)
class KeptExchange:
    """One call. ``id``: grows with time; ``key``: of the document it was about, empty for none.

    ``outcome``: ``answered``, ``http_...`` or a failure's code; ``request``, ``answer``: redacted and bounded.
    """

    account: str
    id: uuid.UUID
    key: str
    at: datetime
    operation: str
    address: str
    took_ms: int
    outcome: str
    request: str
    answer: str


class ErpExchanges(Protocol):
    """Exchanges of all accounts; every call names tenant and store."""

    def add(self, place: Place, exchanges: Sequence[KeptExchange]) -> None:
        """Store some."""

    def page(
        self, place: Place, account: str, *, key: str | None, before: uuid.UUID | None, limit: int
    ) -> tuple[KeptExchange, ...]:
        """Return the newest first, of one document or of all, those before one; ``limit``: 1 to 200."""

    def forget(self, place: Place, before: datetime, most: int) -> int:
        """Delete those from before then, and of each account all but the newest ``most``; return how many."""
