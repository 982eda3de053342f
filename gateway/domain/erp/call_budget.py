"""How many calls an ERP gets: so many a second on average, and some at once after a rest."""

import threading
from collections.abc import Callable

BURST = 10
"""Calls at once after a rest, where nobody said."""


class CallBudget:
    """A token bucket, safe for several threads: who comes too early waits for its turn."""

    def __init__(self, per_s: float, burst: int, now_s: Callable[[], float], sleep: Callable[[float], None]) -> None:
        """``per_s``: calls a second, > 0; ``burst``: calls at once after a rest, >= 1; ``now_s``: only grows."""
        self._gap_s = 1 / per_s
        self._rest_s = burst / per_s
        self._now_s = now_s
        self._sleep = sleep
        self._lock = threading.Lock()
        self._booked_s = now_s()

    def wait(self) -> None:
        """Return when another call may be made."""
        with self._lock:
            now = self._now_s()
            self._booked_s = max(self._booked_s, now) + self._gap_s
            early_s = self._booked_s - self._rest_s - now
        if early_s > 0:
            self._sleep(early_s)
