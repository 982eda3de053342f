"""A progress bar on standard error: redrawn on a terminal, a line now and then elsewhere."""

from __future__ import annotations

import threading
from typing import TextIO

_WIDTH = 30
_LINES = 10
"""Lines of the whole way where nothing can be redrawn."""


class ProgressBar:
    """Counts what is done; may be called from several threads.

    Args:
        total: how many there are, >= 0.
        stream: where it is drawn.
    """

    def __init__(self, total: int, stream: TextIO) -> None:
        self._total = total
        self._stream = stream
        self._done = 0
        self._lock = threading.Lock()
        self._redrawn = stream.isatty()

    def advance(self, words: str) -> None:
        """Count one more; ``words`` say which."""
        with self._lock:
            self._done += 1
            filled = _WIDTH * self._done // max(self._total, 1)
            text = f"[{'#' * filled}{'.' * (_WIDTH - filled)}] {self._done}/{self._total} {words}"
            if self._redrawn:
                self._stream.write(f"\r\x1b[K{text[:110]}" + ("\n" if self._done >= self._total else ""))
            elif self._done >= self._total or self._done % max(1, self._total // _LINES) == 0:
                self._stream.write(f"{text}\n")
            self._stream.flush()
