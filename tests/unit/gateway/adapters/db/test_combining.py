"""Flat combining: who waits is served together, each with its own outcome; nobody waits for ever."""

from __future__ import annotations

import os
import signal
import threading
from collections.abc import Callable, Hashable, Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor

import pytest

from gateway.adapters.db.combining import Combiner, More

WAIT_S = 30.0
NEVER_S = 3600.0


class _Desk:
    """Work that waits to be let on; ``goes`` tells what was served together."""

    def __init__(self) -> None:
        self.goes: list[list[int]] = []
        self.begun = threading.Semaphore(0)
        self.go_on = threading.Semaphore(0)

    def serve(self, items: Sequence[int], _more: More[int]) -> list[int | Exception]:
        """Return ten times each number; refuse negative ones, and fail at all for zero."""
        self.goes.append(list(items))
        self.begun.release()
        assert self.go_on.acquire(timeout=WAIT_S)
        if 0 in items:
            raise ZeroDivisionError
        return [ValueError(str(item)) if item < 0 else 10 * item for item in items]


class _Queue:
    """Threads that come to a combiner one after the other."""

    def __init__(self, pool: ThreadPoolExecutor, *, together_max: int = 16, stall_s: float = NEVER_S) -> None:
        self.desk = _Desk()
        self.combiner = Combiner(self.desk.serve, together_max=together_max, stall_s=stall_s)
        self._pool = pool
        self._came = 0

    def come(self, item: int, kind: Hashable = "a", *claims: Hashable) -> Future[int]:
        """Let one come; return when it waits in line."""
        future = self._pool.submit(self.combiner.run, item, kind=kind, claims=frozenset(claims))
        self._came += 1
        _until(lambda: len(self.combiner._line) + 1 >= self._came)
        return future

    def first(self, item: int) -> Future[int]:
        """Let the first come; return when it is being served."""
        future = self._pool.submit(self.combiner.run, item, kind="a", claims=frozenset())
        assert self.desk.begun.acquire(timeout=WAIT_S)
        self._came += 1
        return future

    def serve(self, goes: int) -> None:
        """Let this many goes end."""
        for _ in range(goes):
            self.desk.go_on.release()


def _until(holds: Callable[[], bool]) -> None:
    pause = threading.Event()
    for _ in range(int(WAIT_S * 1000)):
        if holds():
            return
        pause.wait(0.001)
    raise TimeoutError


@pytest.fixture
def pool() -> Iterator[ThreadPoolExecutor]:
    with ThreadPoolExecutor(16) as opened:
        yield opened


def test_lone_callers_then_each_is_served_at_once_and_alone(pool: ThreadPoolExecutor) -> None:
    queue = _Queue(pool)
    queue.serve(2)

    assert [queue.combiner.run(item, kind="a", claims=frozenset()) for item in (1, 2)] == [10, 20]
    assert queue.desk.goes == [[1], [2]]


def test_those_who_came_meanwhile_then_served_together_each_with_its_own_outcome(pool: ThreadPoolExecutor) -> None:
    queue = _Queue(pool)
    first = queue.first(1)
    others = [queue.come(item) for item in (2, -3, 4)]

    queue.serve(2)

    assert first.result(WAIT_S) == 10
    assert others[0].result(WAIT_S) == 20
    assert others[2].result(WAIT_S) == 40
    with pytest.raises(ValueError, match="-3"):
        others[1].result(WAIT_S)
    assert queue.desk.goes == [[1], [2, -3, 4]]


def test_kinds_and_claims_then_kept_apart_and_a_claim_keeps_its_order(pool: ThreadPoolExecutor) -> None:
    queue = _Queue(pool)
    queue.first(1)
    queue.come(2, "a", "x")
    queue.come(3, "b", "y")
    queue.come(4, "a", "x")
    queue.come(5, "a", "y")
    last = queue.come(6, "a", "z")

    queue.serve(4)

    assert last.result(WAIT_S) == 60
    _until(lambda: len(queue.desk.goes) == 4)
    assert queue.desk.goes == [[1], [2, 6], [3], [4, 5]]


def test_long_line_then_no_go_is_longer_than_allowed(pool: ThreadPoolExecutor) -> None:
    queue = _Queue(pool, together_max=2)
    queue.first(1)
    others = [queue.come(item) for item in (2, 3, 4, 5, 6)]

    queue.serve(4)

    assert [one.result(WAIT_S) for one in others] == [20, 30, 40, 50, 60]
    assert queue.desk.goes == [[1], [2, 3], [4, 5], [6]]


def test_work_that_takes_more_then_who_came_meanwhile_goes_along(pool: ThreadPoolExecutor) -> None:
    desk = _Desk()

    def serve(items: Sequence[int], more: More[int]) -> list[int | Exception]:
        outcomes = desk.serve(items, more)
        while added := more():
            outcomes += desk.serve(added, more)
        return outcomes

    combiner = Combiner(serve, together_max=3, stall_s=NEVER_S)
    first = pool.submit(combiner.run, 1, kind="a", claims=frozenset({"x"}))
    assert desk.begun.acquire(timeout=WAIT_S)
    others = []
    for item, claim in ((2, "x"), (3, "y"), (4, "y"), (5, "z"), (6, "z")):
        others.append(pool.submit(combiner.run, item, kind="a", claims=frozenset({claim})))
        _until(lambda: len(combiner._line) == len(others))

    for _ in range(5):
        desk.go_on.release()

    assert [first.result(WAIT_S), *(one.result(WAIT_S) for one in others)] == [10, 20, 30, 40, 50, 60]
    assert desk.goes == [[1], [3, 5], [2, 4, 6]]


def test_work_cut_short_then_everybody_of_that_go_is_told_and_the_next_go_runs(pool: ThreadPoolExecutor) -> None:
    queue = _Queue(pool)
    queue.first(1)
    failed = [queue.come(item) for item in (0, 2)]
    other = queue.come(3, "b")

    queue.serve(3)

    with pytest.raises(ZeroDivisionError):
        failed[0].result(WAIT_S)
    with pytest.raises(RuntimeError, match="cut short"):
        failed[1].result(WAIT_S)
    assert other.result(WAIT_S) == 30


def test_go_that_hangs_then_those_behind_it_open_a_lane_of_their_own(pool: ThreadPoolExecutor) -> None:
    queue = _Queue(pool, stall_s=0.01)
    hanging = queue.first(1)
    others = [pool.submit(queue.combiner.run, item, kind="a", claims=frozenset()) for item in (2, 3)]

    assert queue.desk.begun.acquire(timeout=WAIT_S)

    assert not hanging.done()
    queue.serve(3)
    assert hanging.result(WAIT_S) == 10
    assert [one.result(WAIT_S) for one in others] == [20, 30]


def test_every_lane_ends_then_the_next_caller_is_alone_again(pool: ThreadPoolExecutor) -> None:
    """After lanes opened and closed in any order, a lone caller must not wait for a lane that is gone."""
    queue = _Queue(pool, stall_s=0.001)
    queue.serve(1000)
    done = [
        pool.submit(queue.combiner.run, item, kind=item % 3, claims=frozenset({item % 5})) for item in range(1, 200)
    ]

    assert [one.result(WAIT_S) for one in done] == [10 * item for item in range(1, 200)]
    assert queue.combiner._lanes == 0
    assert queue.combiner.run(7, kind="a", claims=frozenset()) == 70


def test_main_thread_when_a_signal_ends_its_waiting_then_those_behind_it_are_served(pool: ThreadPoolExecutor) -> None:
    queue = _Queue(pool)
    queue.first(1)
    behind: list[Future[int]] = []

    def interrupt() -> None:
        _until(lambda: len(queue.combiner._line) == 1)
        queue._came += 1
        behind.append(queue.come(3))
        os.kill(os.getpid(), signal.SIGUSR1)

    before = signal.signal(signal.SIGUSR1, _stop)
    try:
        interrupting = pool.submit(interrupt)
        with pytest.raises(_Stopped):
            queue.combiner.run(2, kind="a", claims=frozenset())
        interrupting.result(WAIT_S)
    finally:
        signal.signal(signal.SIGUSR1, before)
    queue.serve(2)

    assert behind[0].result(WAIT_S) == 30
    assert queue.desk.goes == [[1], [3]]


class _Stopped(BaseException):
    """What a signal raises."""


def _stop(_signal: int, _frame: object) -> None:
    raise _Stopped
