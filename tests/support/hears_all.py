"""An announcer for which somebody listens to everything, and what it was told."""

from __future__ import annotations

from gateway.domain.ids import OutboxId, derived_id
from gateway.domain.outbox import OutboxMessage
from gateway.domain.telling.outward import WEBHOOK
from gateway.ports.announcer import Announcement

TARGET = "endpoint of the tests"


class HearsAll:
    """Makes one message of each announcement; ids follow from the fact, as those of the product."""

    silent = False

    def __init__(self) -> None:
        self.heard: list[Announcement] = []

    def messages(self, announcement: Announcement) -> tuple[OutboxMessage, ...]:
        """Note an announcement and return its message."""
        self.heard.append(announcement)
        return (
            OutboxMessage(
                tenant_id=announcement.tenant_id,
                store_id=announcement.store_id,
                id=OutboxId(derived_id(announcement.cause_id, announcement.kind)),
                kind=WEBHOOK,
                target=TARGET,
                payload={"event": announcement.kind, "subject": announcement.subject},
                created_at=announcement.at,
            ),
        )

    def kinds(self) -> list[str]:
        """What was told, in the order of telling; a unit that was run again tells again, under the same id."""
        return [one.kind for one in self.heard]
