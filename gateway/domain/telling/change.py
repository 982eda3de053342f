"""One thing that happened, as the change feed tells it: what, of which thing, when; never its contents."""

import uuid
from dataclasses import dataclass
from datetime import datetime

from gateway.domain.erp.posting import Posting, PostingState
from gateway.domain.ids import OutboxId, StoreId, TenantId, derived_id
from gateway.domain.outbox import OutboxMessage

CHANGE = "change"
"""Kind of the messages that wait for their number in the feed."""
CHANGES = "changes"
"""Their queue."""
OF_DOCUMENT = "erp_document"
"""Changes of documents for ERPs are stored with their journal, not announced."""
ACKNOWLEDGED = "acknowledged"
"""An ERP that fetches its documents said that it has one."""
_FEED = uuid.UUID("a031aaa6-4344-454b-a5f1-42dd366afc8e")
"""Of the ids that follow from a change."""


@dataclass(frozen=True, slots=True)
class Change:
    """One row of the feed.

    Attributes:
        sequence: from 1, without gaps; of two changes of one thing the higher is the later.
        id: the ``webhook-id`` of a message that tells the same.
        kind: as of webhooks, e.g. ``payment.approved``.
        subject: the path of what changed.
        trace_id: of the whole way it belongs to; empty where it has none.
    """

    sequence: int
    id: str
    kind: str
    subject: str
    trace_id: str
    at: datetime


@dataclass(frozen=True, slots=True)
class ChangeSpan:
    """What of the feed is kept. ``forgotten``: the last sequence that is no more, 0 for none; ``last``: 0 for none."""

    forgotten: int = 0
    last: int = 0


def change_message(
    tenant_id: TenantId, store_id: StoreId, *, webhook_id: str, kind: str, subject: str, trace_id: str, at: datetime
) -> OutboxMessage:
    """Return what waits for its number; the same ``webhook_id`` makes the same message."""
    return OutboxMessage(
        tenant_id=tenant_id,
        store_id=store_id,
        id=OutboxId(derived_id(_FEED, f"{tenant_id}/{store_id}/{webhook_id}")),
        kind=CHANGE,
        target=CHANGES,
        payload={"id": webhook_id, "kind": kind, "subject": subject, "trace_id": trace_id},
        created_at=at,
    )


def change_of_posting(place: tuple[TenantId, StoreId], posting: Posting, what: str, *, at: datetime) -> OutboxMessage:
    """Return what is told of a document. ``what``: the state it has reached, or ``acknowledged``."""
    fact = derived_id(_FEED, f"{posting.account}/{posting.key}/{what}/{at.isoformat()}")
    return change_message(
        *place,
        webhook_id=f"msg_{fact.hex}",
        kind=f"{OF_DOCUMENT}.{what}",
        subject=f"/v1/erp/postings/{posting.key}?account={posting.account}",
        trace_id=posting.trace_id,
        at=at,
    )


def is_told(former: PostingState | None, state: PostingState) -> bool:
    """Return whether a step of a document is told outside. ``former``: None where it was just stored.

    A call that has begun, and one that is tried again by itself, tell a reader nothing.
    """
    if state is former or state is PostingState.SENDING:
        return False
    return state is not PostingState.WAITING or former in (None, PostingState.REFUSED)
