"""Works the ways to banks on this node: files out, messages in, one thread; the lease is in the use cases."""

import logging
import threading
from collections.abc import Callable

from gateway.domain.errors import ConfigurationError, OperationalError
from gateway.logs.observability import log_event
from gateway.services.payables.hand_over_files import HandOverFiles
from gateway.services.payables.read_bank_messages import ReadBankMessages

log = logging.getLogger(__name__)


class BankLane:
    """The thread. ``poll_s``: seconds between two looks, > 0; ``before``: run before messages are fetched."""

    def __init__(
        self,
        files: HandOverFiles,
        messages: ReadBankMessages,
        *,
        holder: str,
        poll_s: float,
        before: Callable[[], None] | None = None,
    ) -> None:
        self._files = files
        self._messages = messages
        self._holder = holder
        self._poll_s = poll_s
        self._before = before
        self._stop = threading.Event()
        self._wake = threading.Event()
        self._thread = threading.Thread(target=self._run, name="bank", daemon=True)

    def start(self) -> None:
        """Begin."""
        self._thread.start()

    def wake(self) -> None:
        """A run was released, or somebody wants an answer now."""
        self._wake.set()

    def stop(self, left_s: Callable[[], float]) -> None:
        """Begin nothing more and wait for the step under way, as long as ``left_s`` says."""
        self._stop.set()
        self._wake.set()
        if self._thread.is_alive():
            self._thread.join(timeout=left_s())

    def _run(self) -> None:
        while not self._stop.is_set():
            for work, event in (
                (self._hand_over, "bank.hand_over_failed"),
                (self._bank, "bank.demo_failed"),
                (self._collect, "bank.collect_failed"),
            ):
                if not self._stop.is_set():
                    _guarded(work, event)
            self._wake.wait(self._poll_s)
            self._wake.clear()

    def _hand_over(self) -> None:
        self._files.work(self._holder)

    def _bank(self) -> None:
        if self._before is not None:
            self._before()

    def _collect(self) -> None:
        self._messages.collect(self._holder)


def _guarded(work: Callable[[], None], event: str) -> None:
    try:
        work()
    except (OperationalError, ConfigurationError) as error:
        log_event(log, event, level=logging.WARNING, code=error.code, reason=error.message)
    except Exception:
        # The thread's border: the next look comes by itself.
        log.exception(event)
