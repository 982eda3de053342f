"""Runs the owner of a line in a thread of its own: Ctrl+C can then ask a terminal to stop instead of killing a sale."""

import signal
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from queue import SimpleQueue
from threading import Thread, current_thread, main_thread
from types import FrameType
from typing import TypeVar

ResultT = TypeVar("ResultT")

_SIGNALS = (signal.SIGINT, signal.SIGTERM)


class GivenUp(Exception):
    """Somebody interrupted so often that the work is no longer waited for; what became of it is not known."""


def run_interruptibly(work: Callable[[], ResultT], interrupted: Callable[[int], bool]) -> ResultT:
    """Do ``work`` in a thread and return its result; SIGINT and SIGTERM go to ``interrupted``, not into the work.

    Args:
        work: owns the line; what it raises is raised here.
        interrupted: told how many interruptions there were, from 1; False ends the waiting.

    Raises:
        GivenUp: ``interrupted`` said False; the work may still go on.
    """
    results: list[ResultT] = []
    errors: list[BaseException] = []
    # Of the queues only this one may be filled by a signal handler, whatever the thread it interrupts is doing.
    happened: SimpleQueue[bool] = SimpleQueue()

    def worker() -> None:
        try:
            results.append(work())
        except BaseException as error:  # noqa: BLE001 - border of a thread: raised again by whoever waits
            errors.append(error)
        finally:
            happened.put(True)

    times = 0
    with _interruptions(happened):
        Thread(target=worker, name="terminal", daemon=True).start()
        while not happened.get():
            times += 1
            if not interrupted(times):
                raise GivenUp
    if errors:
        raise errors[0]
    return results[0]


@contextmanager
def _interruptions(happened: "SimpleQueue[bool]") -> Iterator[None]:
    """Let both signals say False in the queue, where signals can be caught at all."""
    if current_thread() is not main_thread():
        yield
        return

    def note(number: int, frame: FrameType | None) -> None:
        del number, frame
        happened.put(False)

    before = {number: signal.signal(number, note) for number in _SIGNALS}
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
