"""The system's clock: the only module that reads the time of this machine."""

import time
from datetime import UTC, datetime


class SystemClock:
    """Reads the clock of this machine."""

    def now(self) -> datetime:
        """Return the present instant as an aware datetime in UTC."""
        return datetime.now(UTC)

    def monotonic_s(self) -> float:
        """Return seconds that never go back, for measuring waits only."""
        return time.monotonic()
