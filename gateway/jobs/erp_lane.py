"""Brings documents into the ERPs of this node's shop: one thread for each account; the lease is in the use case."""

import logging
import threading
from collections.abc import Callable

from gateway.domain.errors import OperationalError
from gateway.logs.observability import log_event
from gateway.services.erp.run_postings import RunPostings

log = logging.getLogger(__name__)

DOCUMENTS_IN_A_ROW = 50
"""After so many the lease is given back, and another node may go on."""
POLL_S = 1.0
FAULT_PAUSE_S = 5.0


class ErpLane:
    """The thread of one account. Nothing runs before ``start``."""

    def __init__(self, postings: RunPostings, *, account: str, poll_s: float = POLL_S) -> None:
        """``poll_s``: seconds between two looks for documents, > 0."""
        self._postings = postings
        self._poll_s = poll_s
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._run, name=f"erp-{account}", daemon=True)

    def start(self, former: str | None) -> None:
        """Begin. ``former``: the process that ran here before and is known to be dead, None at first."""
        if former is not None:
            self._postings.take_over(former)
        self._thread.start()

    def stop(self, left_s: Callable[[], float]) -> None:
        """Begin nothing more; a call under way is waited for, and looked up by the next start where it takes longer."""
        self._stop.set()
        if self._thread.is_alive():
            self._thread.join(timeout=left_s())

    def _run(self) -> None:
        pause_s = 0.0
        while not self._stop.wait(pause_s):
            pause_s = self._worked()

    def _worked(self) -> float:
        """Work on what is due; return the seconds to wait."""
        try:
            done = self._postings.run(DOCUMENTS_IN_A_ROW, self._stop.is_set)
        except OperationalError as error:
            log_event(log, "erp.waits", level=logging.WARNING, code=error.code, reason=error.message)
            return FAULT_PAUSE_S
        except Exception:
            # The thread's border: what was under way is looked up by the next run.
            log.exception("erp.fault")
            return FAULT_PAUSE_S
        return 0.0 if done == DOCUMENTS_IN_A_ROW else self._poll_s
