"""Brings the documents of one account into its ERP, each once: journal, look, write, journal.

One node works an account at a time. What it intends is committed before a write begins; whoever finds an intent
without its end looks into the ERP, once that can no longer be at work on it.
"""

import uuid
from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta

from gateway.domain.erp.binding import MasterKind
from gateway.domain.erp.canonical import AnyDocument, from_json
from gateway.domain.erp.documents import (
    DocumentKind,
    JournalEntry,
    PaidBill,
    PartyRef,
    VendorBill,
    VendorPayment,
)
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
    moved,
)
from gateway.domain.errors import InputError
from gateway.ports.clock import Clock
from gateway.ports.erp import ErpConnector, hints_of
from gateway.ports.erp_store import Place
from gateway.ports.unit_of_work import Storage, UnitOfWork
from gateway.services.erp.account_turn import AccountTurn, FencedOff

HELD_S = 5
"""Seconds between looks whether what a document waits for is there."""
Unwanted = Callable[[UnitOfWork, Place, Posting], str]


def _unknown(vendor: PartyRef) -> str:
    """Return what a document waits for whose partner the ERP has not told of; empty for nothing."""
    if vendor.erp_id or not _is_ours(vendor.id):
        return ""
    return f"Waits for the supplier {vendor.name}: the ERP has not told of it. Create it there with the same number."


def _is_ours(party_id: str) -> bool:
    try:
        uuid.UUID(party_id)
    except ValueError:
        return False
    return True


def _nobody_asks(_key: str) -> None:
    """Keep nothing."""


def _all_wanted(_unit: UnitOfWork, _place: Place, _posting: Posting) -> str:
    return ""


class RunPostings:
    """One account of one store. Several threads may run it at once."""

    def __init__(
        self,
        *,
        storage: Storage,
        clock: Clock,
        place: Place,
        account: str,
        connector: ErpConnector,
        holder: str,
        unwanted: Unwanted = _all_wanted,
        about: Callable[[str], None] = _nobody_asks,
    ) -> None:
        """Work on one account.

        ``holder``: names this node and process; two that work at once have different ones; ``unwanted``: says why a
        document that waits is not to be sent any more, empty where it is; ``about``: told the key of the document that
        this thread's calls are about from now on.
        """
        self._storage = storage
        self._clock = clock
        self._place = place
        self._account = account
        self._connector = connector
        self._unwanted = unwanted
        self._about = about
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
            self._about(posting.key)
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
        waiting = posting.state is PostingState.WAITING
        try:
            with self._storage.read() as unit:
                unwanted = self._unwanted(unit, self._place, posting) if waiting else ""
                document, waits = (None, "") if unwanted else self._made_ready(unit, posting)
            if document is None:
                self._give_up(posting, unwanted)
                return None
            if waits and waiting:
                self._hold(posting, waits)
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

    def _document(self, unit: UnitOfWork, posting: Posting) -> AnyDocument:
        """Return the document with its files."""

        def content_of(sha256: str) -> bytes:
            found = unit.documents.with_content(*self._place, sha256)
            return b"" if found is None else unit.documents.content(*self._place, found.id)

        try:
            return from_json(posting.kind, posting.document, content_of)
        except InputError as error:
            raise ErpFailure(FailureCode.REFUSED, error.message) from error

    def _give_up(self, posting: Posting, words: str) -> None:
        """Give a document up that nobody wants to be sent any more."""
        given_up = moved(posting, PostingState.GIVEN_UP, self._clock.now(), code=posting.code, detail=words)
        self._turn.keep(posting, given_up)

    def _made_ready(self, unit: UnitOfWork, posting: Posting) -> tuple[AnyDocument, str]:
        """Return a document with the ERP's own ids in it, and what it has to wait for, if anything."""
        document = self._document(unit, posting)
        match document:
            case VendorBill():
                vendor = self._bound(unit, document.vendor)
                return replace(document, vendor=vendor), _unknown(vendor)
            case VendorPayment():
                return self._with_bills(unit, document)
            case JournalEntry() if any(line.party is not None for line in document.lines):
                lines = [
                    line if line.party is None else replace(line, party=self._bound(unit, line.party))
                    for line in document.lines
                ]
                return replace(document, lines=tuple(lines)), ""
            case _:
                return document, ""

    def _bound(self, unit: UnitOfWork, party: PartyRef) -> PartyRef:
        """Return a partner with the id it has in the ERP, where the ERP has told of it."""
        if party.erp_id or not _is_ours(party.id):
            return party
        place, kind, ours = self._place, MasterKind.VENDOR, uuid.UUID(party.id)
        return replace(party, erp_id=unit.erp_bindings.of_ours(place, self._account, kind, ours))

    def _with_bills(self, unit: UnitOfWork, payment: VendorPayment) -> tuple[VendorPayment, str]:
        """Return a payment with the ERP's ids of its bills, and what it has to wait for, if anything."""
        rows = [unit.erp.load(self._place, self._account, bill.key) for bill in payment.pays]
        missing, pays = "", list[PaidBill]()
        for bill, row in zip(payment.pays, rows, strict=True):
            if row is not None and row.kind is DocumentKind.VENDOR_BILL and row.state not in SETTLED:
                missing = missing or f"Waits for the bill {bill.number}."
            pays.append(bill if row is None or bill.erp_id else replace(bill, erp_id=row.erp_id))
        vendor = self._bound(unit, payment.vendor)
        return replace(payment, vendor=vendor, pays=tuple(pays)), missing or _unknown(vendor)

    def _hold(self, posting: Posting, detail: str) -> None:
        now = self._clock.now()
        later = now + timedelta(seconds=HELD_S)
        self._turn.keep(posting, replace(posting, due_at=later, changed_at=now, detail=detail))
