"""Faults on demand: named in a header of one call, put into a queue, or drawn at a rate from a seed."""

from __future__ import annotations

import threading
from collections import deque
from enum import StrEnum
from random import Random


class Fault(StrEnum):
    """What may go wrong."""

    TIMEOUT_BEFORE = "timeout_before"
    """Nothing is done, and no answer comes."""
    TIMEOUT_AFTER = "timeout_after"
    """All is done, and no answer comes."""
    TOO_MANY_CALLS = "too_many_calls"
    SERVER_ERROR = "server_error"
    """Nothing is done, answered with 500."""
    DUPLICATE = "duplicate"
    """It is done twice, as by a proxy that repeats: the answer is that of the second time."""
    EXPIRED = "expired"
    """The access ends; whoever asks for a new one goes on."""
    HALF_DRAFT = "half_draft"
    """Only a draft with a part of its lines is made, and no answer comes."""
    MALFORMED = "malformed"
    """All is done, and the answer makes no sense."""


_OF_READS = (Fault.TIMEOUT_BEFORE, Fault.TOO_MANY_CALLS, Fault.SERVER_ERROR, Fault.EXPIRED, Fault.MALFORMED)
_OF_WRITES = (*_OF_READS, Fault.TIMEOUT_AFTER, Fault.DUPLICATE)
_OF_DRAFTS = (*_OF_WRITES, Fault.HALF_DRAFT)


class FaultPlan:
    """Decides what goes wrong with a call. Safe for several threads."""

    def __init__(self, rate: float = 0.0, seed: int = 0) -> None:
        """Draw faults for a share of the calls. ``rate``: 0 to 1; ``seed``: the same seed, the same faults."""
        self._rate = rate
        self._chance = Random(seed)  # noqa: S311 - faults that can be repeated
        self._queue: deque[tuple[Fault, str]] = deque()
        self._lock = threading.Lock()
        self.happened = 0

    def add(self, fault: Fault, operation: str = "") -> None:
        """Let the next call of an operation (empty: of any) go wrong."""
        with self._lock:
            self._queue.append((fault, operation))

    def clear(self) -> None:
        """Let nothing more go wrong, neither queued nor drawn."""
        with self._lock:
            self._queue.clear()
            self._rate = 0.0

    def next_for(self, operation: str, *, writes: bool, demanded: str = "") -> Fault | None:
        """Return what goes wrong with this call. ``demanded``: by the call itself."""
        with self._lock:
            found = self._chosen(operation, writes=writes, demanded=demanded)
            self.happened += found is not None
            return found

    def _chosen(self, operation: str, *, writes: bool, demanded: str) -> Fault | None:
        if demanded in set(Fault):
            return Fault(demanded)
        for place, (fault, wanted) in enumerate(self._queue):
            if wanted in ("", operation):
                del self._queue[place]
                return fault
        if self._chance.random() >= self._rate:
            return None
        known = _OF_DRAFTS if operation == "create_bill" else _OF_WRITES if writes else _OF_READS
        return self._chance.choice(known)
