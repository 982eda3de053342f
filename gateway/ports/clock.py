"""The clock as a port: services never read the time themselves."""

from datetime import datetime
from typing import Protocol


class Clock(Protocol):
    """A source of time."""

    def now(self) -> datetime:
        """Return the present instant as an aware datetime in UTC."""

    def monotonic_s(self) -> float:
        """Return seconds that never go back, for measuring waits only."""
