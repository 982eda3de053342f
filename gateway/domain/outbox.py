"""Effects that leave the gateway after the fact: stored with the fact, delivered later, idempotent by id."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from gateway.domain.ids import OutboxId, StoreId, TenantId


class OutboxState(StrEnum):
    """Where a delivery stands. ``started`` after a crash means: it may have happened."""

    READY = "ready"
    STARTED = "started"
    DONE = "done"
    UNSURE = "unsure"
    DEAD = "dead"


@dataclass(frozen=True, slots=True)
class OutboxMessage:
    """One effect to deliver. ``kind``: which handler; ``target``: the device or system; ``payload``: JSON-able."""

    tenant_id: TenantId
    store_id: StoreId
    id: OutboxId
    kind: str
    target: str
    payload: dict[str, str]
    created_at: datetime
    state: OutboxState = OutboxState.READY
    tries: int = 0
    due_at: datetime | None = None
    note: str | None = None
    epoch: int = 0


class DeliveryVerdict(StrEnum):
    """What a handler says of one try."""

    DONE = "done"
    NOT_DONE = "not_done"
    UNSURE = "unsure"
    IMPOSSIBLE = "impossible"


@dataclass(frozen=True, slots=True)
class Delivery:
    """Result of one try, with a reason a person can read."""

    verdict: DeliveryVerdict
    reason: str


TRIES_MAX = 12
"""After this many failed tries (about two hours with the back-off below) a person has to look."""


def backoff_s(tries: int) -> int:
    """Return the seconds to wait after ``tries`` failed tries: 1, 2, 4 ... at most 900."""
    return min(2 ** min(tries - 1, 10), 900) if tries > 0 else 0
