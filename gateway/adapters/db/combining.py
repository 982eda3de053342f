"""Flat combining: callers who would wait for each other are served together by one of them.

Whoever comes while nobody works begins at once, alone. Who comes meanwhile waits in line; the first of them then works
for everybody in line that fits, in one go. Nobody waits for company: there is no timer, a lone caller loses nothing.
"""

import threading
from collections import deque
from collections.abc import Callable, Hashable, Sequence
from dataclasses import dataclass, field
from typing import Generic, TypeVar

T = TypeVar("T")
R = TypeVar("R")
More = Callable[[], Sequence[T]]
"""Takes those out of the line who came since and may go with the others; nobody came: empty."""
Work = Callable[[Sequence[T], More[T]], Sequence[R | Exception]]
"""Serves items of one kind that share no claim, and those it takes in addition; returns what became of each, in their
order, and raises nothing."""

TOGETHER_MAX = 16
"""Items of one go at most, so that the first of a long line do not wait for the encoding of the last."""
LANES_MAX = 8
STALL_S = 0.1
"""Who waits longer does not wait for the others any more: one item that hangs in the database must not hold up all."""
FOR_EVER_S = -1.0
"""As a lock takes it."""


@dataclass(slots=True, eq=False)
class _Entry(Generic[T, R]):
    """One caller. ``turn`` is held until it has an ``outcome`` or ``leads``."""

    kind: Hashable
    claims: frozenset[Hashable]
    item: T
    turn: threading.Lock = field(default_factory=threading.Lock)
    leads: bool = False
    outcome: R | Exception | None = None


class Combiner(Generic[T, R]):
    """Runs items one go after the other; an item waits only for a go that had begun when it came."""

    def __init__(
        self,
        work: Work[T, R],
        *,
        lanes_max: int = LANES_MAX,
        together_max: int = TOGETHER_MAX,
        stall_s: float = STALL_S,
    ) -> None:
        """Make an idle one.

        Args:
            work: serves items.
            lanes_max: goes at the same time, when some of them hang; > 0.
            together_max: items of one go, > 0.
            stall_s: seconds after which a waiting item opens a further lane, > 0.
        """
        self._work = work
        self._lanes_max = lanes_max
        self._together_max = together_max
        self._patience_s = stall_s if lanes_max > 1 else FOR_EVER_S
        self._lock = threading.Lock()
        self._line: deque[_Entry[T, R]] = deque()
        self._lanes = 0

    def run(self, item: T, *, kind: Hashable, claims: frozenset[Hashable]) -> R:
        """Serve one item, perhaps together with others; return what became of it.

        Args:
            item: what the work takes.
            kind: items of different kinds are never served together.
            claims: items that share a claim are never served together, and keep their order.

        Raises:
            Exception: what became of it.
            RuntimeError: the work was cut short by a fault or a signal in the thread that did it.
        """
        entry: _Entry[T, R] = _Entry(kind, claims, item)
        with self._lock:
            if self._lanes == 0:
                self._lanes = 1
                entry.leads = True
            else:
                entry.turn.acquire()
                self._line.append(entry)
        if not entry.leads:
            self._wait(entry)
        if entry.leads:
            self._lead(entry)
        if isinstance(entry.outcome, Exception):
            raise entry.outcome
        return entry.outcome  # type: ignore[return-value]  # no exception: it is what the work returned

    def _wait(self, entry: _Entry[T, R]) -> None:
        """Return when the entry has an outcome or leads."""
        try:
            while not entry.turn.acquire(timeout=self._patience_s):
                with self._lock:
                    if entry in self._line and not entry.leads and self._lanes < self._lanes_max:
                        self._lanes += 1
                        entry.leads = True
                        return
        except BaseException:
            # Interrupted (a signal in the main thread): nobody may wait for us for ever.
            with self._lock:
                if entry in self._line:
                    self._line.remove(entry)
                if entry.leads:
                    self._hand_over()
            raise

    def _lead(self, entry: _Entry[T, R]) -> None:
        """Work for an entry and all that may go with it."""
        together = [entry]
        claimed = set(entry.claims)

        def more() -> list[T]:
            with self._lock:
                taken = self._taken(entry, claimed, self._together_max - len(together))
            together.extend(taken)
            return [one.item for one in taken]

        outcomes: Sequence[R | Exception] = []
        try:
            outcomes = self._work([entry.item, *more()], more)
        finally:
            with self._lock:
                self._hand_over()
            for number, one in enumerate(together):
                one.outcome = outcomes[number] if number < len(outcomes) else _not_served()
                if one is not entry:
                    one.turn.release()

    def _taken(self, leader: _Entry[T, R], claimed: set[Hashable], count_max: int) -> list[_Entry[T, R]]:
        """Take those who may go with the leader out of the line, in the order in which they came."""
        taken: list[_Entry[T, R]] = []
        left: deque[_Entry[T, R]] = deque()
        blocked = set(claimed)
        for one in self._line:
            if one is leader:
                continue
            fits = not one.leads and one.kind == leader.kind and blocked.isdisjoint(one.claims)
            if fits and len(taken) < count_max:
                taken.append(one)
                claimed |= one.claims
            else:
                left.append(one)
            # Also of one that stays: what shares its claim must not overtake it.
            blocked |= one.claims
        self._line = left
        return taken

    def _hand_over(self) -> None:
        """Let the first in line lead, or close the lane."""
        for one in self._line:
            if not one.leads:
                one.leads = True
                one.turn.release()
                return
        self._lanes -= 1


def _not_served() -> Exception:
    return RuntimeError("the work for this item was cut short")
