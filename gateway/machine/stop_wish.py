"""The wish of an operator or of the service manager that this process ends: SIGTERM, or Ctrl+C."""

import signal
from queue import SimpleQueue
from types import FrameType


class StopWish:
    """Waits for a signal in the main thread.

    A ``threading.Event`` would not do: its lock is not reentrant, and a signal that arrives while the main thread is
    about to wait would be handled by a thread that holds that very lock, so that the process neither ends nor goes on.
    A ``SimpleQueue`` may be filled from a signal handler at any moment.
    """

    def __init__(self) -> None:
        """Nothing is listened to yet."""
        self._told: SimpleQueue[int] = SimpleQueue()

    def listen(self, *numbers: signal.Signals) -> None:
        """Take these signals for the wish; by default SIGTERM and SIGINT. Only in the main thread."""
        for number in numbers or (signal.SIGTERM, signal.SIGINT):
            signal.signal(number, self._hear)

    def wait(self) -> None:
        """Return when the wish was told; at once when that has been."""
        self._told.get()

    def _hear(self, number: int, _frame: FrameType | None) -> None:
        self._told.put(number)
