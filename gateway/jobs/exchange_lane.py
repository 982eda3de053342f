"""Stores exchanges with ERPs a moment after they were: one thread for all accounts of a node."""

import logging
import threading
import time
from collections.abc import Callable

from gateway.services.erp.exchange_log import ExchangeLog

log = logging.getLogger(__name__)

EVERY_S = 1.0
FORGET_EVERY_S = 3600.0


class ExchangeLane:
    """The thread."""

    def __init__(self, exchanges: ExchangeLog) -> None:
        self._exchanges = exchanges
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._run, name="erp-exchanges", daemon=True)

    def start(self) -> None:
        """Begin."""
        self._thread.start()

    def stop(self, left_s: Callable[[], float]) -> None:
        """Store the last ones, and end."""
        self._stop.set()
        if self._thread.is_alive():
            self._thread.join(timeout=left_s())

    def _run(self) -> None:
        forgotten_s = float("-inf")
        over = False
        while not over:
            over = self._stop.wait(EVERY_S)
            try:
                self._exchanges.store()
                if not over and time.monotonic() - forgotten_s >= FORGET_EVERY_S:
                    self._exchanges.forget()
                    forgotten_s = time.monotonic()
            except Exception:
                # The thread's border: no document waits for its log.
                log.exception("erp.exchanges_fault")
