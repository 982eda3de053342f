"""One account while this process works it, with as many threads as come: one lease, one queue, no document twice."""

import threading
from collections import deque
from datetime import timedelta

from gateway.domain.erp.failure import ErpFailure
from gateway.domain.erp.posting import TRIED_AGAIN, Posting, pause_s
from gateway.ports.clock import Clock
from gateway.ports.erp_store import AccountState, Place
from gateway.ports.unit_of_work import Storage
from gateway.services.erp.enqueue import RUNNER

LEASE_S = 600
"""Longer than all calls of one document, each cut off by the connector's clock, and extended in between."""
EXTENDED_S = 60
"""Seconds after which the next step extends the lease; each step is fenced by its epoch anyway."""
Number = tuple[str, str, str]
"""Kind, partner and number: by what an ERP that cannot keep our key tells documents apart."""


class FencedOff(Exception):
    """Nothing more may be done here."""


class AccountTurn:
    """Safe for several threads. Who joins leaves; the last one gives the lease back."""

    def __init__(self, storage: Storage, clock: Clock, place: Place, account: str, holder: str) -> None:
        """``holder``: names this node and process; two that work at once have different ones."""
        self._storage = storage
        self._clock = clock
        self._place = place
        self._account = account
        self._holder = holder
        self._lock = threading.Lock()
        self._threads = 0
        self._epoch = 0
        self._extended_s = 0.0
        self._failures = 0
        self._over = False
        self._waiting: deque[Posting] = deque()
        self._keys: set[str] = set()
        self._numbers: dict[str, Number] = {}

    def join(self) -> bool:
        """Take part; False where nothing is due, the account is left alone, or another node has it."""
        with self._lock:
            if self._threads == 0 and not self._begun():
                return False
            if self._over:
                return False
            self._threads += 1
            return True

    def leave(self) -> None:
        """Take part no more."""
        with self._lock:
            self._threads -= 1
            if self._threads:
                return
            self._waiting.clear()
            with self._storage.write() as unit:
                unit.erp.release(self._place, self._account, self._holder)

    def next(self, limit: int) -> Posting | None:
        """Return a document that is due and that no other thread has; None for nothing more. ``limit``: of one read."""
        with self._lock:
            if self._over:
                return None
            if not self._waiting:
                # Taken before the read: what another thread ends meanwhile may be in what is read, as it was.
                had = set(self._keys)
                self._waiting.extend(one for one in self._due(limit)[1] if one.key not in had)
            if not self._waiting:
                return None
            posting = self._waiting.popleft()
            self._keys.add(posting.key)
            return posting

    def alone(self, posting: Posting, number: Number) -> bool:
        """Return whether no other document with this number is under way; until ``done`` none will be.

        Two at once would both look, both find nothing, and both be written.
        """
        with self._lock:
            if number[2] and number in self._numbers.values():
                return False
            self._numbers[posting.key] = number
            return True

    def done(self, posting: Posting) -> None:
        """Let go of a document."""
        with self._lock:
            self._keys.discard(posting.key)
            self._numbers.pop(posting.key, None)

    def keep(self, former: Posting, posting: Posting) -> Posting:
        """Commit a step under the lease, and extend it now and then.

        Raises:
            FencedOff: nothing more may be done, by no thread.
        """
        now_s = self._clock.monotonic_s()
        with self._lock:
            extends = now_s - self._extended_s >= EXTENDED_S
            if extends:
                self._extended_s = now_s
        with self._storage.write() as unit:
            held = not extends or unit.erp.acquire(self._place, self._account, self._holder, LEASE_S) == self._epoch
            if held and unit.erp.move(self._place, posting, former=former.state, epoch=self._epoch, actor=RUNNER):
                return posting
        self._over = True
        raise FencedOff

    def fared(self, failure: ErpFailure | None) -> None:
        """Note how the account fares by the last failure of a document's calls; it may be left alone from here."""
        with self._lock:
            if failure is None or failure.failure not in TRIED_AGAIN:
                if self._failures:
                    self._keep_fares(AccountState(0, None))
                self._failures = 0
                return
            self._failures += 1
            pause = pause_s(self._failures, failure.retry_after_s)
            until = self._clock.now() + timedelta(seconds=pause) if pause else None
            self._keep_fares(AccountState(self._failures, until))
            self._over = self._over or pause > 0

    def _begun(self) -> bool:
        """Take the lease where something is due; return whether it is ours."""
        fares, due = self._due(1)
        if not due:
            return False
        with self._storage.write() as unit:
            epoch = unit.erp.acquire(self._place, self._account, self._holder, LEASE_S)
        if epoch is None:
            return False
        self._epoch, self._extended_s = epoch, self._clock.monotonic_s()
        self._failures, self._over = fares.failures, False
        return True

    def _due(self, limit: int) -> tuple[AccountState, tuple[Posting, ...]]:
        """Return how the account fares, and what is due: nothing while it is left alone."""
        now = self._clock.now()
        with self._storage.read() as unit:
            fares = unit.erp.fares(self._place, self._account)
            if fares.paused_until is not None and fares.paused_until > now:
                return fares, ()
            return fares, unit.erp.due(self._place, self._account, now, limit)

    def _keep_fares(self, state: AccountState) -> None:
        with self._storage.write() as unit:
            unit.erp.fared(self._place, self._account, state)
