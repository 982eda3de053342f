"""Counts wrong codes of vouchers and pay links, so that nobody can try many."""

import threading
import uuid

from gateway.domain.errors import GatewayError
from gateway.ports.clock import Clock
from gateway.services.access.sign_in import TooManyTries

WRONG_MAX = 20
WINDOW_S = 600
_CALLERS_MAX = 10_000
"""Callers remembered at once; beyond that the longest quiet one is forgotten."""


class TooManyCodes(TooManyTries):
    """A caller tried too many wrong codes. ``retry_after_s``: whole seconds, > 0."""

    def __init__(self, retry_after_s: int) -> None:
        GatewayError.__init__(
            self,
            "too_many_codes",
            "Too many wrong codes were tried.",
            "Wait some minutes, then type the code as it stands on the paper.",
        )
        self.retry_after_s = retry_after_s


class CodeTries:
    """Wrong codes of each caller within ten minutes. Kept in memory: each node counts for itself."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._guard = threading.Lock()
        self._wrong: dict[uuid.UUID, list[float]] = {}

    def check(self, caller_id: uuid.UUID) -> None:
        """Let a caller try a code.

        Raises:
            TooManyCodes: after ``WRONG_MAX`` wrong ones within the window.
        """
        now_s = self._clock.monotonic_s()
        with self._guard:
            recent = self._recent(caller_id, now_s)
        if len(recent) >= WRONG_MAX:
            raise TooManyCodes(max(1, int(recent[0] + WINDOW_S - now_s) + 1))

    def count_wrong(self, caller_id: uuid.UUID) -> None:
        """Note a wrong code."""
        now_s = self._clock.monotonic_s()
        with self._guard:
            recent = [*self._recent(caller_id, now_s), now_s]
            self._wrong.pop(caller_id, None)
            while len(self._wrong) >= _CALLERS_MAX:
                del self._wrong[next(iter(self._wrong))]
            self._wrong[caller_id] = recent[-WRONG_MAX:]

    def _recent(self, caller_id: uuid.UUID, now_s: float) -> list[float]:
        return [then_s for then_s in self._wrong.get(caller_id, ()) if now_s - then_s < WINDOW_S]
