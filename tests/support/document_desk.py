"""A desk where documents come in: the real use cases and storage, with the real reading process or a scripted one."""

from __future__ import annotations

import threading
import uuid
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from typing import Any

from gateway.adapters.db.unit_of_work import SqlStorage
from gateway.configuration.settings import Settings
from gateway.domain.access import ROLE_PERMISSIONS, Caller, Role
from gateway.domain.documents.document import Document, DocumentState
from gateway.domain.documents.invoice import Invoice
from gateway.domain.ids import DocumentId, StoreId, TenantId
from gateway.jobs.capture_lane import CaptureLane, CaptureParts
from gateway.node.capture_setup import CaptureSide
from gateway.node.demo_documents import ROASTERY, SampleInvoice, SampleLine, ubl_of
from gateway.ports.announcer import Announcement
from gateway.ports.capture import DocumentReader, Progress, ReaderCrashed, ReadRefused, ReadResult, ReadWaits
from gateway.ports.clock import Clock
from gateway.ports.document_store import InvoiceWish
from gateway.services.documents.receive_documents import Received
from gateway.services.first_answers import RequestKey
from gateway.web.documents.document_services import DocumentServices
from invoice_capture.model import (
    CapturedField,
    CapturedFile,
    CapturedInvoice,
    DocumentType,
    FieldName,
    Mark,
    Method,
)
from invoice_capture.result_json import dumps
from tests.support.storage_rows import FixedClock, new_id

TENANT, STORE = TenantId("main"), StoreId("store-1")
DEADLINE_S = 60.0

IN_ORDER = {
    FieldName.COMPANY: "Hafen Kaffee GmbH",
    FieldName.INVOICE_NUMBER: "HK-0117",
    FieldName.DATE: "2026-03-01",
    FieldName.CURRENCY: "EUR",
    FieldName.NET: "100.00",
    FieldName.TAX: "19.00",
    FieldName.TOTAL: "119.00",
}
"""Values of an invoice nothing speaks against."""


def clerk(store: StoreId = STORE, role: Role = Role.AP_CLERK) -> Caller:
    """Return somebody who works with documents."""
    return Caller(TENANT, store, uuid.UUID(int=7), "anna", ROLE_PERMISSIONS[role])


def captured(values: Mapping[FieldName, str] = IN_ORDER, **changes: Any) -> CapturedInvoice:
    """Return an invoice whose fields have these values and are sure."""
    fields = {name: CapturedField(text, text, (), 0.99, Mark.ACCEPT, Method.LABEL) for name, text in values.items()}
    return CapturedInvoice(**{"document_type": DocumentType.INVOICE, "pages": (1,), "fields": fields, **changes})


def result_of(*invoices: CapturedInvoice) -> ReadResult:
    """Return what a reader hands over for a PDF of one page."""
    return ReadResult("pdf", 1, dumps(CapturedFile("pdf", invoices, ((1, 595.0, 842.0, "text_layer"),))))


def ubl(number: str = "HK-0117", price: str = "10.00") -> bytes:
    """Return an e-invoice of our own."""
    lines = (SampleLine("Beans", 2, Decimal(price)),)
    return ubl_of(SampleInvoice(ROASTERY, number, date(2026, 3, 1), date(2026, 3, 15), Decimal(19), lines))


@dataclass
class ScriptedReader:
    """Reads what the test says. ``answer``: called with the content; ``reading``: set while a document is read."""

    answer: Callable[[bytes], ReadResult] = lambda _: result_of(captured())
    missing: str = ""
    reading: threading.Event = field(default_factory=threading.Event)
    go_on: threading.Event = field(default_factory=threading.Event)
    blocks: bool = False
    ended: bool = False
    end: ReaderCrashed | ReadWaits = field(default_factory=lambda: ReaderCrashed("ended"))
    reads: int = 0

    def lacking(self) -> str:
        return self.missing

    def read(self, data: bytes, name: str, memory: Sequence[Mapping[str, Any]], progress: Progress) -> ReadResult:
        del name, memory
        self.reads += 1
        progress(1, 2)
        self.reading.set()
        if self.blocks:
            assert self.go_on.wait(DEADLINE_S)
            if self.ended:
                raise self.end
        return self.answer(data)

    def picture(self, data: bytes, name: str, page: int, width_px: int) -> bytes:
        del data, name
        if page > 1:
            raise ReadRefused("page_not_found", "There is no such page.")
        return f"picture {page} {width_px}".encode()

    def stop(self) -> None:
        self.ended = True
        self.go_on.set()


@dataclass
class WrittenAnnouncer:
    """An announcer that writes down what it is told."""

    told: list[Announcement] = field(default_factory=list)
    silent: bool = False

    def messages(self, announcement: Announcement) -> tuple[()]:
        self.told.append(announcement)
        return ()


class Desk:
    """The use cases of one store over a storage."""

    def __init__(
        self, storage: SqlStorage, *, reader: DocumentReader | None = None, clock: Clock | None = None, **settings: Any
    ) -> None:
        """``settings``: of the section ``capture``."""
        self.storage = storage
        self.announcer = WrittenAnnouncer()
        self.reader = reader or ScriptedReader()
        given = Settings.model_validate({"capture": settings})
        side = CaptureSide(
            given, storage, clock or FixedClock(), self.announcer, reader=self.reader, drawer=self.reader
        )
        self.services: DocumentServices = side.services
        self.side = side

    def hand_in(self, data: bytes = b"%PDF-1.4 one", name: str = "one.pdf") -> Received:
        """Hand a document in as a person."""
        return self.services.receive.hand_in(clerk(), DocumentId(new_id()), name, data, by_key=False)

    def lane(self, holder: str = "node-1", *, former: str | None = None, lease_s: int = 30) -> CaptureLane:
        """Return a lane that is not started."""
        return CaptureLane(CaptureParts(self.services.read, self.reader, holder, former, lease_s, poll_s=0.05))

    def document(self, document_id: DocumentId) -> Document:
        """Return a document as it is stored."""
        return self.services.find.get(clerk(), document_id).document

    def invoices(self) -> tuple[Invoice, ...]:
        """Return all invoices, newest first."""
        return self.services.review.list(clerk(), InvoiceWish())

    def read_all(self, reader: Callable[[bytes], ReadResult] | None = None) -> None:
        """Have everything that waits read, without a lane."""
        answer = reader or (lambda _: result_of(captured()))
        while (taken := self.services.read.take("test", 30)) is not None:
            assert self.services.read.finish(taken.document, answer(taken.content))

    def captured(self, *invoices: CapturedInvoice, data: bytes = b"%PDF-1.4 one") -> Invoice:
        """Hand in a document in which these invoices are found, and return the first."""
        received = self.hand_in(data)
        self.read_all(lambda _: result_of(*(invoices or (captured(),))))
        return self.services.find.get(clerk(), received.document.id).invoices[0]

    def until(self, document_id: DocumentId, *states: DocumentState) -> Document:
        """Wait until a document has come to one of these states."""
        waiting = threading.Event()
        for _ in range(int(DEADLINE_S / 0.05)):
            found = self.document(document_id)
            if found.state in states:
                return found
            waiting.wait(0.05)
        message = f"still {self.document(document_id).state}"
        raise AssertionError(message)


def key(request: str | None = None) -> RequestKey:
    """Return how a request is known again."""
    name = request or str(new_id())
    return RequestKey(name, name, "/here")
