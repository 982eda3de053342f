"""Deadlines of calls under way, watched by one thread: a timer for each call would be a thread for each."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from itertools import count


class Deadlines:
    """What is done when a time has come. Safe for several threads; the watching thread starts with the first."""

    def __init__(self) -> None:
        self._waiting: dict[int, tuple[float, Callable[[], None]]] = {}
        self._tickets = count(1)
        self._change = threading.Condition()
        self._sleeps_until = 0.0
        self._thread: threading.Thread | None = None

    def set(self, at_s: float, act: Callable[[], None]) -> int:
        """Have something done at a time of ``time.monotonic``; return the ticket that takes it back.

        ``act``: quick, and raises nothing.
        """
        with self._change:
            ticket = next(self._tickets)
            self._waiting[ticket] = (at_s, act)
            if self._thread is None:
                self._thread = threading.Thread(target=self._watch, name="call-deadlines", daemon=True)
                self._thread.start()
            elif at_s < self._sleeps_until:
                self._change.notify()
        return ticket

    def drop(self, ticket: int) -> None:
        """Take it back; nothing, when it was done already. It is not under way any more when this returns."""
        with self._change:
            self._waiting.pop(ticket, None)

    def _watch(self) -> None:
        with self._change:
            while True:
                now_s = time.monotonic()
                for ticket, (at_s, act) in list(self._waiting.items()):
                    if at_s <= now_s:
                        del self._waiting[ticket]
                        act()
                nearest_s = min((at_s for at_s, _ in self._waiting.values()), default=None)
                # With nothing to watch it sleeps until it is told; a call that ends in time wakes nobody.
                self._sleeps_until = float("inf") if nearest_s is None else nearest_s
                self._change.wait(None if nearest_s is None else nearest_s - now_s)


DEADLINES = Deadlines()
"""Those of this process."""
