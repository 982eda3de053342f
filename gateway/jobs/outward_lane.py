"""Delivers what leaves the shop: one thread looks for work, each system is worked by one thread of one node at a time.

A message is marked as started, sent, and its end stored. Whoever takes a system over sends what was started again,
under the same id: a message may arrive twice and is never lost.
"""

import logging
import threading
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Protocol

from gateway.domain.errors import OperationalError
from gateway.domain.ids import StoreId, TenantId
from gateway.domain.outbox import OutboxMessage
from gateway.domain.telling.outward import AfterTry, Answer, Handed, OutwardSystem, Patience, after_try
from gateway.logs.observability import log_event
from gateway.ports.clock import Clock
from gateway.ports.unit_of_work import Storage, UnitOfWork

log = logging.getLogger(__name__)

WORKERS_MAX = 6
"""Systems worked at the same time on one node: a slow one does not hold up the others."""
MESSAGES_IN_A_ROW = 100
"""After so many another system gets its turn."""
FAULT_PAUSE_S = 1.0
FINISH_RETRY_S = 0.25
"""How soon an end is offered again to a database that is away."""


class Deliverer(Protocol):
    """Hands over messages of one kind."""

    def deliver(self, message: OutboxMessage) -> Handed:
        """Try once; never raises for what the system outside can do. OperationalError: our database is away."""


@dataclass(frozen=True, slots=True)
class OutwardParts:
    """What the lane works with.

    ``holder``: unique for this start of this process; ``lease_s``: longer than any try; ``deliverers``: by kind;
    ``disabled``: told in the unit of work that gives a system up, with the reason in words; ``finished``: makes of a
    message that ended what is kept of it; ``look_around``: run with every look, such as reading the endpoints again.
    """

    tenant_id: TenantId
    store_id: StoreId
    storage: Storage
    clock: Clock
    holder: str
    lease_s: int
    poll_s: float
    patience: Patience
    deliverers: Mapping[str, Deliverer]
    disabled: Callable[[UnitOfWork, OutwardSystem, str], None]
    finished: Callable[[OutboxMessage], OutboxMessage]
    look_around: Callable[[], None]


class OutwardLane:
    """Works the systems outside on this node."""

    def __init__(self, parts: OutwardParts) -> None:
        self._parts = parts
        self._stop = threading.Event()
        self._work_waits = threading.Event()
        self._lock = threading.Lock()
        self._busy: dict[str, threading.Thread] = {}
        self._thread = threading.Thread(target=self._run, name="outward", daemon=True)

    def start(self) -> None:
        """Begin to deliver."""
        self._thread.start()

    def wake(self) -> None:
        """Something was committed for a system outside."""
        self._work_waits.set()

    def ask_to_stop(self) -> None:
        """Begin nothing more; returns at once."""
        self._stop.set()
        self.wake()

    def stop(self, left_s: Callable[[], float]) -> None:
        """Wait for what is being sent; what is unfinished then is sent again by the next start, under the same id."""
        self.ask_to_stop()
        if self._thread.is_alive():
            self._thread.join(timeout=left_s())
        with self._lock:
            threads = list(self._busy.values())
        for thread in threads:
            thread.join(timeout=left_s())

    def _run(self) -> None:
        pause_s = 0.0
        while not self._stop.is_set():
            self._work_waits.wait(pause_s)
            self._work_waits.clear()
            if self._stop.is_set():
                return
            pause_s = self._parts.poll_s if self._went_well(self._look, "outward.look_failed") else FAULT_PAUSE_S

    def _went_well(self, work: Callable[[], None], event: str) -> bool:
        """Run what must not end a thread; return whether it raised nothing."""
        try:
            work()
        except OperationalError as error:
            log_event(log, event, level=logging.WARNING, reason=error.message)
            return False
        except Exception:
            log.exception(event)
            return False
        return True

    def _look(self) -> None:
        parts = self._parts
        parts.look_around()
        with parts.storage.read() as unit:
            due = unit.outward.due(parts.tenant_id, parts.store_id, parts.clock.now())
        for system in due:
            with self._lock:
                if system.target in self._busy or len(self._busy) >= WORKERS_MAX or self._stop.is_set():
                    continue
                thread = threading.Thread(
                    target=self._work, args=(system,), name=f"outward-{system.target[:20]}", daemon=True
                )
                self._busy[system.target] = thread
            thread.start()

    def _work(self, system: OutwardSystem) -> None:
        try:
            if not self._went_well(lambda: self._serve(system), "outward.fault"):
                self._stop.wait(FAULT_PAUSE_S)
        finally:
            with self._lock:
                self._busy.pop(system.target, None)
            # Others may have waited for a free worker, or this system has more.
            self.wake()

    def _serve(self, system: OutwardSystem) -> None:
        parts = self._parts
        with parts.storage.write() as unit:
            epoch = self._acquire(unit, system)
            if epoch is None:
                return
            # The look that found it may be older than a try that has just paused it.
            due = {one.target: one for one in unit.outward.due(parts.tenant_id, parts.store_id, parts.clock.now())}
            if system.target not in due:
                unit.outward.release(parts.holder, system.target)
                return
            system = due[system.target]
            # This thread has nothing in hand: what is started was started by somebody who is gone.
            again = unit.outward.take_back(parts.tenant_id, parts.store_id, system.target, parts.clock.now())
            message = self._next(unit, system, epoch)
        if again:
            log_event(log, "outward.sent_again", level=logging.WARNING, target=system.target, count=again)
        for number in range(1, MESSAGES_IN_A_ROW + 1):
            if message is None:
                return
            handed = parts.deliverers[system.kind].deliver(message)
            log_event(log, "outward.try", target=system.target, message_id=message.id, answer=str(handed.answer))
            after = after_try(message, system, handed, parts.clock.now(), parts.patience)
            heard = handed.answer not in (Answer.AWAY, Answer.GONE)
            go_on = heard and number < MESSAGES_IN_A_ROW and not self._stop.is_set()
            system = after.system
            message = self._finish(after, epoch, go_on=go_on)

    def _finish(self, after: AfterTry, epoch: int, *, go_on: bool) -> OutboxMessage | None:
        """Store what became of one message and take the next in the same unit; a database away is waited for.

        After the lease has run out the result is let go: the message is sent again, which its id makes harmless.
        """
        until_s = self._parts.clock.monotonic_s() + self._parts.lease_s
        while True:
            try:
                with self._parts.storage.write() as unit:
                    return self._finish_in(unit, after, epoch, go_on=go_on)
            except OperationalError as error:
                log_event(log, "outward.end_waits", level=logging.WARNING, reason=error.message)
                if self._stop.wait(FINISH_RETRY_S) or self._parts.clock.monotonic_s() > until_s:
                    raise

    def _finish_in(self, unit: UnitOfWork, after: AfterTry, epoch: int, *, go_on: bool) -> OutboxMessage | None:
        parts, now = self._parts, self._parts.clock.now()
        if not unit.outward.finish(parts.finished(after.message), epoch=epoch, now=now):
            return None
        unit.outward.fared(after.system)
        if after.disable:
            parts.disabled(unit, after.system, after.disable)
            log_event(log, "outward.disabled", level=logging.WARNING, target=after.system.target, reason=after.disable)
        following = None
        if go_on and not after.disable and self._acquire(unit, after.system) == epoch:
            following = self._next(unit, after.system, epoch)
        if following is None:
            unit.outward.release(parts.holder, after.system.target)
        return following

    def _acquire(self, unit: UnitOfWork, system: OutwardSystem) -> int | None:
        parts = self._parts
        return unit.outward.acquire(parts.tenant_id, parts.store_id, system.target, parts.holder, parts.lease_s)

    def _next(self, unit: UnitOfWork, system: OutwardSystem, epoch: int) -> OutboxMessage | None:
        parts = self._parts
        return unit.outward.start_next(
            parts.tenant_id, parts.store_id, system.target, epoch=epoch, now=parts.clock.now()
        )
