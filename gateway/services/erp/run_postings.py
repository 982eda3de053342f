"""Brings the documents of one account into its ERP, each once: journal, look, write, journal.

One node works an account at a time. What it intends is committed before a write begins; whoever finds an intent
without its end looks into the ERP, once that can no longer be at work on it.
"""

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import timedelta

from gateway.domain.erp.canonical import AnyDocument, from_json
from gateway.domain.erp.documents import DocumentKind, PaidBill, VendorPayment
from gateway.domain.erp.failure import ErpFailure, FailureCode
from gateway.domain.erp.posting import (
    SETTLED,
    TRIED_AGAIN,
    Posting,
    PostingState,
    after_failed_look,
    after_failed_put,
    after_look,
    after_put,
    begun,
    left_alone,
    moved,
    pause_s,
)
from gateway.domain.errors import InputError
from gateway.ports.clock import Clock
from gateway.ports.erp import ErpConnector, hints_of
from gateway.ports.erp_store import AccountState, Place
from gateway.ports.unit_of_work import Storage
from gateway.services.erp.enqueue import RUNNER

LEASE_S = 600
"""Longer than all calls of one document, each cut off by the connector's clock, and extended in between."""
EXTENDED_S = 60
"""Seconds after which the next step extends the lease; each step is fenced by its epoch anyway."""
HELD_S = 5
"""Seconds between looks whether the bill of a payment is there."""


@dataclass(slots=True)
class _Turn:
    """What holds while one account is worked. ``epoch``: of the lease, extended at ``held_s`` of the clock last."""

    epoch: int
    held_s: float
    failures: int = 0


class _FencedOff(Exception):  # not an error: another node has the account, or has moved the document
    """Nothing more may be done here."""


class RunPostings:
    """One account of one store."""

    def __init__(
        self, *, storage: Storage, clock: Clock, place: Place, account: str, connector: ErpConnector, holder: str
    ) -> None:
        """``holder``: names this node and process; two that work at once have different ones."""
        self._storage = storage
        self._clock = clock
        self._place = place
        self._account = account
        self._connector = connector
        self._holder = holder

    def take_over(self, former: str) -> None:
        """Give the lease back that a former process held, which is known to be dead."""
        self._storage.write_retrying(lambda unit: unit.erp.release(self._place, self._account, former))

    def run(self, limit: int, ended: Callable[[], bool] = lambda: False) -> int:
        """Work on what is due, at most ``limit`` documents; return how many were worked on.

        ``ended``: asked before each document, whether to leave the rest.

        Raises:
            OperationalError: the database is away. A write that was begun is looked up later.
        """
        if not self._due(1)[1]:
            return 0
        with self._storage.write() as unit:
            epoch = unit.erp.acquire(self._place, self._account, self._holder, LEASE_S)
        if epoch is None:
            return 0
        try:
            return self._worked(_Turn(epoch, self._clock.monotonic_s()), limit, ended)
        finally:
            with self._storage.write() as unit:
                unit.erp.release(self._place, self._account, self._holder)

    def _due(self, limit: int) -> tuple[AccountState, tuple[Posting, ...]]:
        """Return how the account fares, and what is due: nothing while it is left alone."""
        now = self._clock.now()
        with self._storage.read() as unit:
            fares = unit.erp.fares(self._place, self._account)
            if fares.paused_until is not None and fares.paused_until > now:
                return fares, ()
            return fares, unit.erp.due(self._place, self._account, now, limit)

    def _worked(self, turn: _Turn, limit: int, ended: Callable[[], bool]) -> int:
        fares, due = self._due(limit)
        turn.failures = fares.failures
        for done, posting in enumerate(due):
            if ended():
                return done
            try:
                failure = self._work(posting, turn)
            except _FencedOff:
                return done
            if self._fared(turn, failure):
                return done + 1
        return len(due)

    def _work(self, posting: Posting, turn: _Turn) -> ErpFailure | None:
        """Look a document up, write it where it is not there; return the last failure of a call."""
        if posting.state is PostingState.SENDING:
            posting = self._keep(posting, left_alone(posting, self._clock.now()), turn)
        try:
            document = self._document(posting)
            if posting.state is PostingState.WAITING and (missing := self._bill_missing(document)) is not None:
                self._hold(posting, missing, turn)
                return None
            found = self._connector.find(posting.kind, posting.key, hints_of(document))
        except ErpFailure as failure:
            self._keep(posting, after_failed_look(posting, failure, self._clock.now()), turn)
            return failure
        looked = after_look(posting, found, self._clock.now())
        if looked != posting:
            posting = self._keep(posting, looked, turn)
        if posting.state is not PostingState.WAITING:
            return None
        return self._put(posting, document, turn, absent=found is None)

    def _put(self, posting: Posting, document: AnyDocument, turn: _Turn, *, absent: bool) -> ErpFailure | None:
        sending = self._keep(posting, begun(posting, self._clock.now()), turn)
        try:
            result = self._connector.put(document, absent=absent)
        except ErpFailure as failure:
            self._keep(sending, after_failed_put(sending, failure, self._clock.now()), turn)
            return failure
        self._keep(sending, after_put(sending, result, self._clock.now()), turn)
        return None

    def _document(self, posting: Posting) -> AnyDocument:
        """Return the document with its files, and a payment with the ERP's ids of its bills."""
        try:
            document = from_json(posting.kind, posting.document, self._content_of)
        except InputError as error:
            raise ErpFailure(FailureCode.REFUSED, error.message) from error
        if isinstance(document, VendorPayment):
            return replace(document, pays=tuple(self._with_erp_id(bill) for bill in document.pays))
        return document

    def _content_of(self, sha256: str) -> bytes:
        tenant_id, store_id = self._place
        with self._storage.read() as unit:
            found = unit.documents.with_content(tenant_id, store_id, sha256)
            return b"" if found is None else unit.documents.content(tenant_id, store_id, found.id)

    def _with_erp_id(self, bill: PaidBill) -> PaidBill:
        posting = self._of(bill.key)
        return bill if posting is None or bill.erp_id else replace(bill, erp_id=posting.erp_id)

    def _bill_missing(self, document: AnyDocument) -> str | None:
        """Return the number of a bill that a payment has to wait for; None where it may go."""
        if not isinstance(document, VendorPayment):
            return None
        for bill in document.pays:
            row = self._of(bill.key)
            if row is not None and row.kind is DocumentKind.VENDOR_BILL and row.state not in SETTLED:
                return bill.number
        return None

    def _of(self, key: str) -> Posting | None:
        with self._storage.read() as unit:
            return unit.erp.load(self._place, self._account, key)

    def _hold(self, posting: Posting, number: str, turn: _Turn) -> None:
        now = self._clock.now()
        later = now + timedelta(seconds=HELD_S)
        self._keep(
            posting, moved(posting, posting.state, now, due_at=later, detail=f"Waits for the bill {number}."), turn
        )

    def _keep(self, former: Posting, posting: Posting, turn: _Turn) -> Posting:
        """Commit a step under the lease, and extend it now and then."""
        now_s = self._clock.monotonic_s()
        extends = now_s - turn.held_s >= EXTENDED_S
        with self._storage.write() as unit:
            if extends and unit.erp.acquire(self._place, self._account, self._holder, LEASE_S) != turn.epoch:
                raise _FencedOff
            if not unit.erp.move(self._place, posting, former=former.state, epoch=turn.epoch, actor=RUNNER):
                raise _FencedOff
        if extends:
            turn.held_s = now_s
        return posting

    def _fared(self, turn: _Turn, failure: ErpFailure | None) -> bool:
        """Note how the account fares; return whether it is to be left alone for a while."""
        if failure is None or failure.failure not in TRIED_AGAIN:
            if turn.failures:
                self._keep_fares(AccountState(0, None))
            turn.failures = 0
            return False
        turn.failures += 1
        pause = pause_s(turn.failures, failure.retry_after_s)
        until = self._clock.now() + timedelta(seconds=pause) if pause else None
        self._keep_fares(AccountState(turn.failures, until))
        return pause > 0

    def _keep_fares(self, state: AccountState) -> None:
        with self._storage.write() as unit:
            unit.erp.fared(self._place, self._account, state)
