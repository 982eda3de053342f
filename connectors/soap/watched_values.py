"""Notices values of an answer that the library cannot read: it logs them and gives nothing in their place.

A total that is silently missing is worse than no answer. What it logs quotes the answer, so it is kept from our log.
"""

from __future__ import annotations

import contextlib
import logging
import threading
from collections.abc import Iterator

_LOGGER = "zeep.xsd.types.simple"
_local = threading.local()
_setting_up = threading.Lock()


class _Watcher(logging.Handler):
    """Counts what the present thread could not read."""

    def emit(self, record: logging.LogRecord) -> None:
        """Note a value that was given up."""
        found: list[str] | None = getattr(_local, "broken", None)
        if found is not None and record.levelno >= logging.ERROR:
            found.append(record.getMessage())


@contextlib.contextmanager
def values_watched() -> Iterator[list[str]]:
    """Collect, while the block runs in this thread, what could not be read."""
    _set_up()
    found: list[str] = []
    _local.broken = found
    try:
        yield found
    finally:
        _local.broken = None


def _set_up() -> None:
    logger = logging.getLogger(_LOGGER)
    with _setting_up:
        if not any(isinstance(handler, _Watcher) for handler in logger.handlers):
            logger.addHandler(_Watcher(logging.ERROR))
            logger.propagate = False
