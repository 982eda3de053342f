"""Telling the outside: what happened becomes messages that are stored with the fact and delivered later."""

import uuid
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from gateway.domain.ids import StoreId, TenantId
from gateway.domain.outbox import OutboxMessage


@dataclass(frozen=True, slots=True)
class Announcement:
    """One thing that happened.

    ``kind``: dotted and in the past, e.g. ``payment.approved``; ``cause_id``: the attempt, tender or other fact, so
    that the same fact is announced once however often its unit is run; ``subject``: its path;
    ``data``: plain texts, no secrets, no card data beyond the last four digits; ``at``: when it happened, UTC;
    ``trace_id``: of the whole way it belongs to, empty where it has none.
    """

    tenant_id: TenantId
    store_id: StoreId
    kind: str
    cause_id: uuid.UUID
    subject: str
    data: Mapping[str, str]
    at: datetime
    trace_id: str = ""


class Announcer(Protocol):
    """Makes messages of announcements; whoever stores the fact adds them in the same unit of work."""

    @property
    def silent(self) -> bool:
        """Whether nobody listens at all: on the way of a sale even the making of an announcement is then spared."""

    def messages(self, announcement: Announcement) -> tuple[OutboxMessage, ...]:
        """Return one message for each endpoint that wants this kind; none costs nothing."""


class NobodyListens:
    """For a shop without endpoints, and for tests of other things."""

    silent = True

    def messages(self, announcement: Announcement) -> tuple[OutboxMessage, ...]:
        """Return nothing."""
        del announcement
        return ()
