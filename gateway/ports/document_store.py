"""Where documents, their content, their invoices and the supplier memory are kept."""

import uuid
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Protocol

from gateway.domain.documents.document import Arrival, Document, DocumentState, Reading
from gateway.domain.documents.invoice import Invoice, InvoiceEvent, InvoiceState
from gateway.domain.ids import DocumentId, InvoiceId, StoreId, TenantId

DOCUMENTS_PAGE_MAX = 100
INVOICES_PAGE_MAX = 100
CANDIDATES_MAX = 50
"""Invoices of one supplier looked at for duplicates, the newest."""
ARRIVALS_SHOWN = 20


@dataclass(frozen=True, slots=True)
class InvoiceWish:
    """Which invoices.

    ``doubt``: only those with doubts, or without; ``text``: a part of supplier or number; ``repeats``: only those that
    repeat an older one.
    """

    states: tuple[InvoiceState, ...] = tuple(InvoiceState)
    doubt: bool | None = None
    text: str = ""
    document_id: DocumentId | None = None
    repeats: bool = False


@dataclass(frozen=True, slots=True)
class MemoryEntry:
    """What is remembered of one supplier. ``entry``: the library's JSON, with its evidence; ``key``: names it."""

    id: uuid.UUID
    key: str
    entry: Mapping[str, Any]
    changed_at: datetime
    changed_by: str


@dataclass(frozen=True, slots=True)
class MemoryChange:
    """One line of the memory's journal. ``kind``: ``learned`` or ``forgotten``; ``invoice_id``: what taught it."""

    entry_id: uuid.UUID
    key: str
    kind: str
    invoice_id: InvoiceId | None
    actor: str
    at: datetime


class DocumentStore(Protocol):
    """Documents of all stores; every call names tenant and store."""

    def add(self, document: Document, content: Iterable[bytes]) -> bool:
        """Store a document with its content; False, and nothing stored, when this content is there."""

    def arrive(self, tenant_id: TenantId, store_id: StoreId, arrival: Arrival) -> bool:
        """Store an arrival; False, and nothing stored, when its id is there."""

    def arrival(self, tenant_id: TenantId, store_id: StoreId, arrival_id: uuid.UUID) -> Arrival | None:
        """Return one arrival."""

    def arrivals(self, tenant_id: TenantId, store_id: StoreId, document_id: DocumentId) -> tuple[Arrival, ...]:
        """Return when a document arrived, oldest first, at most 20."""

    def load(self, tenant_id: TenantId, store_id: StoreId, document_id: DocumentId) -> Document | None:
        """Return one document."""

    def with_content(self, tenant_id: TenantId, store_id: StoreId, sha256: str) -> Document | None:
        """Return the document of this content."""

    def content(self, tenant_id: TenantId, store_id: StoreId, document_id: DocumentId) -> bytes:
        """Return the content; empty when there is none."""

    def children(self, tenant_id: TenantId, store_id: StoreId, document_id: DocumentId) -> tuple[Document, ...]:
        """Return the documents that were inside of this one, by arrival and name."""

    def list(
        self,
        tenant_id: TenantId,
        store_id: StoreId,
        *,
        states: Sequence[DocumentState],
        before: DocumentId | None,
        limit: int,
    ) -> tuple[Document, ...]:
        """Return documents, newest arrival first."""

    def counts(self, tenant_id: TenantId, store_id: StoreId) -> Mapping[DocumentState, int]:
        """Return how many documents stand in each state."""

    def take(self, tenant_id: TenantId, store_id: StoreId, holder: str, lease_s: int) -> Document | None:
        """Mark the oldest waiting document, or one whose reader is gone, as being read by ``holder``; with its epoch.

        One whose lease had run out counts one crash more. The database's clock decides.
        """

    def hold(self, document: Document, holder: str, lease_s: int, *, done: int, pages: int) -> bool:
        """Extend the lease and store how far the reading is; False when another has it."""

    def conclude(self, document: Document) -> bool:
        """Store state, code, words, kind, pages, crashes and reading of a document being read under its epoch.

        Returns:
            False when it is not being read under this epoch any more.
        """

    def reopen(self, document: Document) -> bool:
        """Put a document that is not being read back to ``received``; False when its state has changed."""

    def release(self, holder: str) -> int:
        """Put back what a process that is gone was reading, without counting a crash; return how many."""

    def wake_waiting(self, tenant_id: TenantId, store_id: StoreId, codes: Sequence[str]) -> int:
        """Put documents that wait for one of these back to ``received``; return how many."""

    def add_reading(self, document: Document, reading: Reading) -> None:
        """Store what a reading gave."""

    def reading(self, tenant_id: TenantId, store_id: StoreId, document_id: DocumentId, number: int) -> Reading | None:
        """Return one reading."""

    def picture(
        self, tenant_id: TenantId, store_id: StoreId, document_id: DocumentId, *, page: int, width: int
    ) -> bytes | None:
        """Return a stored picture of a page."""

    def keep_picture(self, document: Document, *, page: int, width: int, png: bytes) -> None:
        """Store a picture of a page, unless it is there."""

    def drop_pictures(self, document: Document) -> None:
        """Remove the stored pictures of a document."""


class InvoiceStore(Protocol):
    """Invoices of all stores; every call names tenant and store."""

    def add(self, invoice: Invoice) -> None:
        """Store a new invoice."""

    def update(self, invoice: Invoice) -> bool:
        """Store an invoice that was loaded at the version before this one; False when it has changed since."""

    def tell(self, invoice: Invoice, event: InvoiceEvent) -> None:
        """Add a line to the journal of an invoice."""

    def load(self, tenant_id: TenantId, store_id: StoreId, invoice_id: InvoiceId) -> Invoice | None:
        """Return one invoice."""

    def lock(self, tenant_id: TenantId, store_id: StoreId, invoice_id: InvoiceId) -> Invoice | None:
        """Return one invoice and hold it until the unit ends."""

    def events(self, tenant_id: TenantId, store_id: StoreId, invoice_id: InvoiceId) -> tuple[InvoiceEvent, ...]:
        """Return the journal of an invoice, oldest first."""

    def of_document(self, tenant_id: TenantId, store_id: StoreId, document_id: DocumentId) -> tuple[Invoice, ...]:
        """Return the invoices of a document by their position."""

    def list(
        self, tenant_id: TenantId, store_id: StoreId, wish: InvoiceWish, *, before: InvoiceId | None, limit: int
    ) -> tuple[Invoice, ...]:
        """Return invoices, newest first."""

    def counts(self, tenant_id: TenantId, store_id: StoreId) -> Mapping[InvoiceState, int]:
        """Return how many invoices stand in each state."""

    def repeats(self, tenant_id: TenantId, store_id: StoreId, states: Sequence[InvoiceState]) -> int:
        """Return how many invoices in these states repeat an older one."""

    def candidates(self, invoice: Invoice) -> tuple[Invoice, ...]:
        """Return invoices of the same supplier with the same number or total, newest first, no rejected ones."""


class MemoryStore(Protocol):
    """The supplier memory of all stores."""

    def entries(self, tenant_id: TenantId, store_id: StoreId) -> tuple[MemoryEntry, ...]:
        """Return all entries by their keys."""

    def put(self, tenant_id: TenantId, store_id: StoreId, entry: MemoryEntry) -> None:
        """Store an entry, in place of the one with the same key."""

    def remove(self, tenant_id: TenantId, store_id: StoreId, entry_id: uuid.UUID) -> MemoryEntry | None:
        """Remove an entry and return it; None when there is none."""

    def note(self, tenant_id: TenantId, store_id: StoreId, change: MemoryChange) -> None:
        """Add a line to the memory's journal."""

    def changes(self, tenant_id: TenantId, store_id: StoreId, *, limit: int) -> tuple[MemoryChange, ...]:
        """Return the journal, newest first."""
