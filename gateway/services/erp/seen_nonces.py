"""Which one-time words of security headers were seen: a message that somebody copied is not taken again.

Kept in memory, each node for itself, as long as the time in the header may be apart from ours.
"""

import threading
from datetime import datetime, timedelta

from gateway.ports.clock import Clock

APART_MAX = timedelta(minutes=5)
"""Between the clock of a caller and ours."""
_KEPT_MAX = 100_000


class SeenNonces:
    """Nonces of the last ten minutes."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._until: dict[str, datetime] = {}
        self._lock = threading.Lock()

    def is_near(self, at: datetime) -> bool:
        """Tell whether a time is near ours. ``at``: with a zone."""
        return abs(self._clock.now() - at) <= APART_MAX

    def take(self, nonce: str) -> bool:
        """Keep a nonce; False when it was seen, or when there are too many to keep."""
        now = self._clock.now()
        with self._lock:
            if len(self._until) >= _KEPT_MAX:
                self._until = {one: until for one, until in self._until.items() if until > now}
            if len(self._until) >= _KEPT_MAX or self._until.get(nonce, now) > now:
                return False
            self._until[nonce] = now + 2 * APART_MAX
            return True
