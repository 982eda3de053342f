"""The way to a bank and back: files are handed over by name, messages are fetched and put aside when stored."""

from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum
from typing import Protocol


class HandOverVerdict(StrEnum):
    """What a try to hand over a file gave."""

    DONE = "done"
    REFUSED = "refused"
    """It surely is not there."""
    UNSURE = "unsure"
    """It may be there: look before anything else."""


@dataclass(frozen=True, slots=True)
class HandOver:
    """Result of a try, with words a person can read."""

    verdict: HandOverVerdict
    note: str


class BankChannel(Protocol):
    """One bank's channel. Idempotent by name: a file that is there with the same bytes is done, with others refused."""

    def hand_over(self, name: str, content: bytes) -> HandOver:
        """Put a file under a name of its own first, then give it its real name, so that the bank never reads half."""

    def look(self, name: str, content: bytes) -> HandOver:
        """Tell whether the file is there (or was taken from there), without sending anything."""

    def messages(self) -> Iterator[tuple[str, bytes]]:
        """Yield name and content of every message that waits."""

    def put_aside(self, name: str) -> None:
        """Move a message away that is stored; nothing happens when it is gone already."""
