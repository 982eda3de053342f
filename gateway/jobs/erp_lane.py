"""Brings documents into the ERPs of this node's shop: a few threads for each account; the lease is in the use case."""

import itertools
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
FETCH_LOOK_S = 2.0
"""Seconds between two looks whether records are due."""


class ErpLane:
    """The threads of one account: one looks for work, the others help where there is more."""

    def __init__(
        self,
        postings: RunPostings,
        *,
        account: str,
        at_once: int = 1,
        poll_s: float = POLL_S,
        fetch: Callable[[], object] | None = None,
    ) -> None:
        """Make the threads.

        ``at_once``: documents under way at the same time, >= 1; ``poll_s``: seconds between two looks, > 0;
        ``fetch``: fetches records that are due, in a thread of its own; None: nothing is fetched.
        """
        self._fetch = fetch
        self._postings = postings
        self._poll_s = poll_s
        self._stop = threading.Event()
        self._more = threading.Event()
        works = [self._lead, *[self._help] * (at_once - 1), *([self._bring] if fetch is not None else [])]
        self._threads = [
            threading.Thread(target=work, name=f"erp-{account}-{number}", daemon=True)
            for number, work in enumerate(works, start=1)
        ]

    def start(self, former: str | None) -> None:
        """Begin. ``former``: the process that ran here before and is known to be dead, None at first."""
        if former is not None:
            self._postings.take_over(former)
        for thread in self._threads:
            thread.start()

    def stop(self, left_s: Callable[[], float]) -> None:
        """Begin nothing more; a call under way is waited for, and looked up by the next start where it takes longer."""
        self._stop.set()
        self._more.set()
        for thread in self._threads:
            if thread.is_alive():
                thread.join(timeout=left_s())

    def _lead(self) -> None:
        pause_s = 0.0
        while not self._stop.wait(pause_s):
            pause_s = self._worked(self._with_help())

    def _bring(self) -> None:
        pause_s = 0.0
        while self._fetch is not None and not self._stop.wait(pause_s):
            pause_s = FETCH_LOOK_S
            try:
                self._fetch()
            except OperationalError as error:
                log_event(log, "erp.fetch_waits", level=logging.WARNING, code=error.code, reason=error.message)
            except Exception:
                # The thread's border: the next look goes on from the last page that was kept.
                log.exception("erp.fetch_fault")

    def _help(self) -> None:
        while self._more.wait() and not self._stop.is_set():
            self._more.clear()
            while self._worked(self._stop.is_set) == 0.0 and not self._stop.is_set():
                pass

    def _with_help(self) -> Callable[[], bool]:
        """Return what tells a run whether to leave the rest, and wakes the others with its second document."""
        asked = itertools.count(1)

        def ended() -> bool:
            if next(asked) == 2:
                self._more.set()
            return self._stop.is_set()

        return ended

    def _worked(self, ended: Callable[[], bool]) -> float:
        """Work on what is due; return the seconds to wait."""
        try:
            done = self._postings.run(DOCUMENTS_IN_A_ROW, ended)
        except OperationalError as error:
            log_event(log, "erp.waits", level=logging.WARNING, code=error.code, reason=error.message)
            return FAULT_PAUSE_S
        except Exception:
            # The thread's border: what was under way is looked up by the next run.
            log.exception("erp.fault")
            return FAULT_PAUSE_S
        return 0.0 if done == DOCUMENTS_IN_A_ROW else self._poll_s
