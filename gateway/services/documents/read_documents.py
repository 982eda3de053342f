"""Has documents read: takes them one at a time, stores what a reading gave in one unit, and puts them back."""

import json
import logging
import uuid
from dataclasses import dataclass, replace

from gateway.domain.access import Caller, Permission
from gateway.domain.documents.document import (
    CRASHES_MAX,
    READER_CRASHED,
    Document,
    DocumentEvent,
    DocumentSource,
    Reading,
    after,
)
from gateway.domain.documents.invoice import (
    DECIDED,
    OPEN,
    Invoice,
    InvoiceEvent,
    InvoiceKeys,
    InvoiceState,
    InvoiceStep,
    InvoiceSummary,
    invoice_id_of,
)
from gateway.domain.errors import InputError, NotFound, RuleError
from gateway.domain.ids import DocumentId, StoreId, TenantId, derived_id
from gateway.logs.observability import log_event
from gateway.ports.announcer import Announcement, Announcer
from gateway.ports.capture import ReadResult
from gateway.ports.clock import Clock
from gateway.ports.document_store import MemoryEntry
from gateway.ports.unit_of_work import Storage, UnitOfWork
from gateway.services.documents.judge_invoice import judge
from gateway.services.documents.receive_documents import Handed, ReceiveDocuments

_log = logging.getLogger(__name__)

READER = "reader"
"""Who writes the journal's lines of a reading."""
WAITED_FOR = ("capture_not_installed", "needs_ocr", "einvoice_rules_missing")
"""What a start of the program may have brought: documents waiting for it are tried again."""
_CRASH_WORDS = "Reading it ended the reading process twice. Look at the file; then it can be read again."


@dataclass(frozen=True, slots=True)
class Taken:
    """A document to read now, with its content and what is remembered of suppliers."""

    document: Document
    content: bytes
    memory: tuple[MemoryEntry, ...]


class ReadDocuments:
    """Readings of one store."""

    def __init__(
        self,
        *,
        storage: Storage,
        clock: Clock,
        tenant_id: TenantId,
        store_id: StoreId,
        receive: ReceiveDocuments,
        announcer: Announcer,
    ) -> None:
        self._storage = storage
        self._clock = clock
        self._tenant_id = tenant_id
        self._store_id = store_id
        self._receive = receive
        self._announcer = announcer

    def take(self, holder: str, lease_s: int) -> Taken | None:
        """Take the oldest document that waits; one that ended its readers twice is refused and the next one taken.

        Effects: the document is ``reading`` and leased to ``holder`` for ``lease_s`` seconds.
        """
        while True:
            with self._storage.write() as unit:
                document = unit.documents.take(self._tenant_id, self._store_id, holder, lease_s)
            if document is None:
                return None
            if document.crashes >= CRASHES_MAX:
                self.refuse(document, READER_CRASHED, _CRASH_WORDS)
                continue
            with self._storage.read() as unit:
                content = unit.documents.content(document.tenant_id, document.store_id, document.id)
                memory = unit.supplier_memory.entries(document.tenant_id, document.store_id)
            return Taken(document, content, memory)

    def hold(self, document: Document, holder: str, lease_s: int, *, done: int, pages: int) -> bool:
        """Keep the lease and tell how far the reading is; False when somebody else has the document."""
        with self._storage.write() as unit:
            return unit.documents.hold(document, holder, lease_s, done=done, pages=pages)

    def finish(self, document: Document, result: ReadResult) -> bool:
        """Store a reading with its invoices and contained documents in one unit; False when it is not ours any more."""

        def work(unit: UnitOfWork) -> bool:
            now = self._clock.now()
            number = document.reading_no + (result.result is not None)
            read = replace(
                document,
                state=after(document.state, DocumentEvent.FINISH),
                kind=result.kind,
                pages=result.pages,
                pages_done=result.pages,
                crashes=0,
                reading_no=number,
                read_at=now,
            )
            if not unit.documents.conclude(read):
                return False
            unit.documents.drop_pictures(read)
            for picture in result.pictures:
                unit.documents.keep_picture(read, page=picture.page, width=picture.width, png=picture.png)
            for position, one in enumerate(result.contained):
                self._contained(unit, read, position, one.name, one.data)
            invoices = 0
            if result.result is not None:
                unit.documents.add_reading(read, Reading(number, result.result, now))
                invoices = self._store_invoices(unit, read, result.result)
            self._announce(unit, read, invoices)
            return True

        stored = self._storage.write_retrying(work)
        log_event(_log, "document.read", document_id=document.id, kind=result.kind, pages=result.pages, stored=stored)
        return stored

    def refuse(self, document: Document, code: str, words: str) -> bool:
        """Store that nobody can read it."""
        return self._conclude(document, DocumentEvent.REFUSE, code, words)

    def lack(self, document: Document, code: str, words: str) -> bool:
        """Store that it waits for something this installation lacks."""
        return self._conclude(document, DocumentEvent.LACK, code, words)

    def crashed(self, document: Document) -> bool:
        """Store that its reader ended: it is tried once more, then refused."""
        counted = replace(document, crashes=document.crashes + 1)
        if counted.crashes >= CRASHES_MAX:
            return self._conclude(counted, DocumentEvent.REFUSE, READER_CRASHED, _CRASH_WORDS)
        return self._conclude(counted, DocumentEvent.GIVE_BACK, "", "")

    def give_back(self, document: Document) -> bool:
        """Put it back unread: this node stops."""
        return self._conclude(document, DocumentEvent.GIVE_BACK, "", "")

    def begin(self, former: str | None, *, complete: bool) -> int:
        """Put back what a dead process was reading and, where all is installed, what waited; return how many."""

        def work(unit: UnitOfWork) -> int:
            released = 0 if former is None else unit.documents.release(former)
            if not complete:
                return released
            return released + unit.documents.wake_waiting(self._tenant_id, self._store_id, WAITED_FOR)

        return self._storage.write_retrying(work)

    def read_again(self, caller: Caller, document_id: DocumentId) -> Document:
        """Have a document read again; corrections stay and are laid over the new capture.

        Raises:
            NotPermitted: without ``documents:work``.
            NotFound: ``document_not_found``.
            RuleError: ``illegal_document_step`` while it waits or is being read; ``invoice_decided``.
        """
        caller.require(Permission.DOCUMENTS_WORK)

        def work(unit: UnitOfWork) -> Document:
            document = unit.documents.load(caller.tenant_id, caller.store_id, document_id)
            if document is None:
                raise document_not_found()
            state = after(document.state, DocumentEvent.READ_AGAIN)
            invoices = unit.invoices.of_document(caller.tenant_id, caller.store_id, document_id)
            if any(one.state is InvoiceState.VALIDATED for one in invoices):
                hint = "Hand in the corrected document instead."
                raise RuleError("invoice_decided", "An invoice of this document is accepted already.", hint)
            if not unit.documents.reopen(document):
                raise RuleError("illegal_document_step", "The document has gone on.", "Load it again.")
            return replace(document, state=state, code="", words="", crashes=0, pages_done=0)

        reopened = self._storage.write_retrying(work)
        self._receive.wake()
        log_event(_log, "document.read_again", document_id=document_id, actor=caller.name)
        return reopened

    def _conclude(self, document: Document, event: DocumentEvent, code: str, words: str) -> bool:
        changed = replace(document, state=after(document.state, event), code=code, words=words)

        def work(unit: UnitOfWork) -> bool:
            if not unit.documents.conclude(changed):
                return False
            if event is DocumentEvent.REFUSE:
                self._announce(unit, changed, 0)
            return True

        stored = self._storage.write_retrying(work)
        log_event(_log, "document.not_read", document_id=document.id, state=changed.state, code=code, stored=stored)
        return stored

    def _contained(self, unit: UnitOfWork, document: Document, position: int, name: str, data: bytes) -> None:
        handed = Handed(
            id=derived_id(document.id, f"contained {position}"),
            name=name,
            data=data,
            source=DocumentSource.CONTAINER,
            actor=document.received_by,
            origin=document.name,
            parent_id=document.id,
        )
        try:
            self._receive.check(handed)
        except InputError as error:
            log_event(_log, "document.part_left_out", document_id=document.id, position=position, code=error.code)
            return
        self._receive.take_in_unit(unit, handed)

    def _store_invoices(self, unit: UnitOfWork, document: Document, result: str) -> int:
        """Store the invoices of a reading over those of the one before; return how many there are."""
        captures = json.loads(result)["invoices"]
        here = (document.tenant_id, document.store_id)
        before = {one.position: one for one in unit.invoices.of_document(*here, document.id)}
        for position, capture in enumerate(captures):
            known = before.pop(position, None)
            if known is None:
                self._new_invoice(unit, document, position, capture)
            elif known.state not in DECIDED:
                again = replace(known, capture=capture, reading_no=document.reading_no)
                self._changed(unit, again, InvoiceStep.CAPTURED_AGAIN)
        for gone in before.values():
            if gone.state in OPEN:
                self._changed(unit, replace(gone, state=InvoiceState.REJECTED), InvoiceStep.WITHDRAWN)
        return len(captures)

    def _new_invoice(self, unit: UnitOfWork, document: Document, position: int, capture: dict[str, object]) -> None:
        now = self._clock.now()
        blank = InvoiceSummary("", "", "", None, None, None, 0, InvoiceKeys())
        invoice = Invoice(
            tenant_id=document.tenant_id,
            store_id=document.store_id,
            id=invoice_id_of(document.id, position),
            document_id=document.id,
            position=position,
            reading_no=document.reading_no,
            capture=capture,
            state=InvoiceState.NEEDS_REVIEW,
            summary=blank,
            created_at=now,
            changed_at=now,
        )
        judged = judge(unit, invoice, ()).invoice
        unit.invoices.add(judged)
        unit.invoices.tell(judged, InvoiceEvent(1, _event_id(judged), InvoiceStep.CAPTURED, READER, now))

    def _changed(self, unit: UnitOfWork, invoice: Invoice, step: InvoiceStep) -> None:
        events = unit.invoices.events(invoice.tenant_id, invoice.store_id, invoice.id)
        now = self._clock.now()
        changed = replace(invoice, version=invoice.version + 1, changed_at=now)
        judged = judge(unit, changed, events).invoice
        if not unit.invoices.update(judged):
            raise RuleError("invoice_changed", "The invoice was changed at the same time.", "Try again.")
        unit.invoices.tell(judged, InvoiceEvent(events[-1].sequence + 1, _event_id(judged), step, READER, now))

    def _announce(self, unit: UnitOfWork, document: Document, invoices: int) -> None:
        announcement = Announcement(
            tenant_id=document.tenant_id,
            store_id=document.store_id,
            kind="document.read" if document.code == "" else "document.refused",
            cause_id=derived_id(document.id, f"reading {document.reading_no} {document.epoch}"),
            subject=f"/v1/documents/{document.id}",
            data={
                "document_id": str(document.id),
                "state": document.state.value,
                "code": document.code,
                "invoices": str(invoices),
            },
            at=self._clock.now(),
        )
        for message in self._announcer.messages(announcement):
            unit.outbox.add(message)


def document_not_found() -> NotFound:
    """Return the error for a document that is not stored."""
    return NotFound("document_not_found", "There is no such document.", "Check the id.")


def _event_id(invoice: Invoice) -> uuid.UUID:
    return derived_id(invoice.id, f"reading {invoice.reading_no}")
