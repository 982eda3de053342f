"""A storage whose database goes away when a test says so, before or right after the commit."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from typing import TypeVar

from gateway.domain.cards.payment import Attempt
from gateway.domain.errors import OperationalError
from gateway.ports.unit_of_work import Conclusion, Intent, Storage, UnitOfWork

T = TypeVar("T")


class FaultyStorage:
    """Passes everything on, but for the faults that are ordered."""

    def __init__(self, inner: Storage) -> None:
        self._inner = inner
        self._lock = threading.Lock()
        self._write_faults = 0
        self._lost_answers = 0
        self.failed = 0
        self.before_write: Callable[[], None] = lambda: None

    def fail_writes(self, count: int) -> None:
        """Let the next writes fail before anything is stored."""
        with self._lock:
            self._write_faults = count

    def lose_answers(self, count: int) -> None:
        """Let the next writes commit and then fail, as when the connection breaks after COMMIT was sent."""
        with self._lock:
            self._lost_answers = count

    @contextmanager
    def write(self) -> Iterator[UnitOfWork]:
        self.before_write()
        with self._lock:
            fails, self._write_faults = self._write_faults > 0, max(0, self._write_faults - 1)
            loses, self._lost_answers = self._lost_answers > 0, max(0, self._lost_answers - 1)
            self.failed += fails or loses
        if fails:
            raise OperationalError("database_unavailable", "The database is away.")
        with self._inner.write() as unit:
            yield unit
        if loses:
            raise OperationalError("commit_in_doubt", "The answer to a commit was lost.")

    def record_intent(self, intent: Intent) -> Attempt:
        with self.write() as unit:
            return unit.payments.record_intent(intent)

    def record_conclusion(self, conclusion: Conclusion) -> int | None:
        with self.write() as unit:
            return unit.payments.record_conclusion(conclusion)

    def read(self) -> AbstractContextManager[UnitOfWork]:
        return self._inner.read()

    def write_retrying(self, work: Callable[[UnitOfWork], T]) -> T:
        return self._inner.write_retrying(work)
