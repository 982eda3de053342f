"""A mailbox that suppliers write to."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Protocol


@dataclass(frozen=True, slots=True)
class Letter:
    """One letter. ``message_id``: its own name, empty when it has none; ``sender``, ``subject``: for people only."""

    message_id: str
    sender: str
    subject: str
    data: bytes


class Mailbox(Protocol):
    """Looks into one mailbox."""

    def collect(self, take: Callable[[Letter], None]) -> int:
        """Hand over each new letter; one is marked as done when ``take`` has returned, and not when it raises.

        Returns:
            How many letters were handed over.

        Raises:
            OperationalError: ``mailbox_unavailable``; and whatever ``take`` raises.
        """
