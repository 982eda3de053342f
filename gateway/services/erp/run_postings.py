"""Brings the documents of one account into its ERP, each once: journal, look, write, journal.

One node works an account at a time. What it intends is committed before a write begins; whoever finds an intent
without its end looks into the ERP, once that can no longer be at work on it.
"""

from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta

from gateway.domain.erp.canonical import AnyDocument, from_json
from gateway.domain.erp.documents import DocumentKind, PaidBill, VendorPayment
from gateway.domain.erp.failure import ErpFailure, FailureCode
from gateway.domain.erp.posting import (
    SETTLED,
    Posting,
    PostingState,
    after_failed_look,
    after_failed_put,
    after_look,
    after_put,
    begun,
    left_alone,
)
from gateway.domain.errors import InputError
from gateway.ports.clock import Clock
from gateway.ports.erp import ErpConnector, hints_of
from gateway.ports.erp_store import Place
from gateway.ports.unit_of_work import Storage
from gateway.services.erp.account_turn import AccountTurn, FencedOff

HELD_S = 5
"""Seconds between looks whether what a document waits for is there."""


class RunPostings:
    """One account of one store. Several threads may run it at once."""

    def __init__(
        self, *, storage: Storage, clock: Clock, place: Place, account: str, connector: ErpConnector, holder: str
    ) -> None:
        """``holder``: names this node and process; two that work at once have different ones."""
        self._storage = storage
        self._clock = clock
        self._place = place
        self._account = account
        self._connector = connector
        self._turn = AccountTurn(storage, clock, place, account, holder)

    def take_over(self, former: str) -> None:
        """Give the lease back that a former process held, which is known to be dead."""
        self._storage.write_retrying(lambda unit: unit.erp.release(self._place, self._account, former))

    def run(self, limit: int, ended: Callable[[], bool] = lambda: False) -> int:
        """Work on what is due, at most ``limit`` documents; return how many were worked on.

        ``ended``: asked before each document, whether to leave the rest.

        Raises:
            OperationalError: the database is away. A write that was begun is looked up later.
        """
        if not self._turn.join():
            return 0
        try:
            return self._worked(limit, ended)
        finally:
            self._turn.leave()

    def _worked(self, limit: int, ended: Callable[[], bool]) -> int:
        done = 0
        while done < limit and not ended() and (posting := self._turn.next(limit)) is not None:
            try:
                failure = self._work(posting)
            except FencedOff:
                break
            finally:
                self._turn.done(posting)
            done += 1
            self._turn.fared(failure)
        return done

    def _work(self, posting: Posting) -> ErpFailure | None:
        """Look a document up, write it where it is not there; return the last failure of a call."""
        if posting.state is PostingState.SENDING:
            posting = self._turn.keep(posting, left_alone(posting, self._clock.now()))
        try:
            document = self._document(posting)
            if isinstance(document, VendorPayment):
                document, missing = self._with_bills(document)
                if missing and posting.state is PostingState.WAITING:
                    self._hold(posting, f"Waits for the bill {missing}.")
                    return None
            hints = hints_of(document)
            if not self._turn.alone(posting, (posting.kind, hints.vendor.id if hints.vendor else "", hints.number)):
                self._hold(posting, posting.detail)
                return None
            found = self._connector.find(posting.kind, posting.key, hints)
        except ErpFailure as failure:
            self._turn.keep(posting, after_failed_look(posting, failure, self._clock.now()))
            return failure
        looked = after_look(posting, found, self._clock.now())
        if looked != posting:
            posting = self._turn.keep(posting, looked)
        if posting.state is not PostingState.WAITING:
            return None
        return self._put(posting, document, absent=found is None)

    def _put(self, posting: Posting, document: AnyDocument, *, absent: bool) -> ErpFailure | None:
        sending = self._turn.keep(posting, begun(posting, self._clock.now()))
        try:
            result = self._connector.put(document, absent=absent)
        except ErpFailure as failure:
            self._turn.keep(sending, after_failed_put(sending, failure, self._clock.now()))
            return failure
        self._turn.keep(sending, after_put(sending, result, self._clock.now()))
        return None

    def _document(self, posting: Posting) -> AnyDocument:
        """Return the document with its files."""
        try:
            return from_json(posting.kind, posting.document, self._content_of)
        except InputError as error:
            raise ErpFailure(FailureCode.REFUSED, error.message) from error

    def _content_of(self, sha256: str) -> bytes:
        tenant_id, store_id = self._place
        with self._storage.read() as unit:
            found = unit.documents.with_content(tenant_id, store_id, sha256)
            return b"" if found is None else unit.documents.content(tenant_id, store_id, found.id)

    def _with_bills(self, payment: VendorPayment) -> tuple[VendorPayment, str]:
        """Return a payment with the ERP's ids of its bills, and the number of one it has to wait for, if any."""
        with self._storage.read() as unit:
            rows = [unit.erp.load(self._place, self._account, bill.key) for bill in payment.pays]
        missing, pays = "", list[PaidBill]()
        for bill, row in zip(payment.pays, rows, strict=True):
            if row is not None and row.kind is DocumentKind.VENDOR_BILL and row.state not in SETTLED:
                missing = missing or bill.number
            pays.append(bill if row is None or bill.erp_id else replace(bill, erp_id=row.erp_id))
        return replace(payment, pays=tuple(pays)), missing

    def _hold(self, posting: Posting, detail: str) -> None:
        now = self._clock.now()
        later = now + timedelta(seconds=HELD_S)
        self._turn.keep(posting, replace(posting, due_at=later, changed_at=now, detail=detail))
