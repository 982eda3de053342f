"""Keeps how the lines to the terminals of this node were, for the board; written by the threads that own the lines."""

import collections
from collections.abc import Mapping

from gateway.domain.cards.line_health import LineHealth, LineLook
from gateway.domain.ids import DeviceId
from gateway.ports.clock import Clock

LOOKS_KEPT = 120


class LineLog:
    """Lines of one node; what is asked of it may come from any thread."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._looks: dict[DeviceId, collections.deque[LineLook]] = {}

    def note(self, terminal_id: DeviceId, took_s: float | None, troubles: int) -> None:
        """Keep how the line was during one command; ``took_s``: None without an answer."""
        took_ms = None if took_s is None else int(took_s * 1000)
        kept = self._looks.setdefault(terminal_id, collections.deque(maxlen=LOOKS_KEPT))
        kept.append(LineLook(self._clock.now(), took_ms, troubles))

    def forget(self, terminal_id: DeviceId) -> None:
        """Drop what is known of a terminal that is given up."""
        self._looks.pop(terminal_id, None)

    def health(self) -> Mapping[DeviceId, LineHealth]:
        """Return the latest looks of each terminal."""
        return {terminal_id: LineHealth(tuple(looks)) for terminal_id, looks in list(self._looks.items())}
