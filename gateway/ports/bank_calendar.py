"""On which days banks work."""

from datetime import date
from typing import Protocol


class BankCalendar(Protocol):
    """Closed days of settlement systems. ``calendar``: ``TARGET2``, ``CH``, ``US`` or a country."""

    def closed(self, calendar: str, day: date) -> bool:
        """Return whether nothing settles on this day: weekends and bank holidays."""
