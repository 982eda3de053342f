"""Finds documents, their content and pictures of their pages."""

import hashlib
import threading
from collections.abc import Mapping
from dataclasses import dataclass

from gateway.domain.access import Caller, Permission
from gateway.domain.documents.document import Arrival, Document, DocumentState
from gateway.domain.documents.invoice import Invoice
from gateway.domain.errors import NotFound, OperationalError, RuleError
from gateway.domain.ids import DocumentId
from gateway.ports.capture import DocumentReader, ReaderCrashed, ReadRefused, ReadWaits
from gateway.ports.unit_of_work import Storage
from gateway.services.documents.read_documents import document_not_found

WIDTHS = (200, 800, 1200, 1600, 2400)
"""Pixels of a picture: a wish is rounded up to one of these, so that few are made and kept."""


@dataclass(frozen=True, slots=True)
class DocumentView:
    """One document with when it arrived, what was in it, and the invoices captured from it."""

    document: Document
    arrivals: tuple[Arrival, ...]
    contained: tuple[Document, ...]
    invoices: tuple[Invoice, ...]


class FindDocuments:
    """Documents of the caller's store."""

    def __init__(self, *, storage: Storage, reader: DocumentReader) -> None:
        """``reader``: makes pictures; not the one that reads documents, which may be busy for minutes."""
        self._storage = storage
        self._reader = reader
        self._drawing = threading.Lock()

    def close(self) -> None:
        """End what makes pictures; the next picture begins it anew."""
        self._reader.stop()

    def list(
        self,
        caller: Caller,
        *,
        states: tuple[DocumentState, ...] = tuple(DocumentState),
        before: DocumentId | None = None,
        limit: int = 25,
    ) -> tuple[Document, ...]:
        """Return documents, newest first."""
        caller.require(Permission.DOCUMENTS_READ)
        with self._storage.read() as unit:
            return unit.documents.list(caller.tenant_id, caller.store_id, states=states, before=before, limit=limit)

    def counts(self, caller: Caller) -> Mapping[DocumentState, int]:
        """Return how many documents stand in each state; states without one are left out."""
        caller.require(Permission.DOCUMENTS_READ)
        with self._storage.read() as unit:
            return unit.documents.counts(caller.tenant_id, caller.store_id)

    def get(self, caller: Caller, document_id: DocumentId) -> DocumentView:
        """Return one document; by the id of a further arrival the first one with that content.

        Raises:
            NotPermitted: without ``documents:read``.
            NotFound: ``document_not_found``.
        """
        caller.require(Permission.DOCUMENTS_READ)
        return self._view(caller, document_id)

    def get_received(self, caller: Caller, document_id: DocumentId) -> DocumentView:
        """As :meth:`get`, for whoever has just handed it in and may do nothing else; raises the same."""
        caller.require(Permission.DOCUMENTS_WORK)
        return self._view(caller, document_id)

    def content(self, caller: Caller, document_id: DocumentId) -> tuple[Document, bytes]:
        """Return a document with its content, as it was handed in.

        Raises:
            NotFound: ``document_not_found``.
            OperationalError: ``content_damaged`` when the stored content is not what was received.
        """
        caller.require(Permission.DOCUMENTS_READ)
        with self._storage.read() as unit:
            document = unit.documents.load(caller.tenant_id, caller.store_id, document_id)
            if document is None:
                raise document_not_found()
            data = unit.documents.content(caller.tenant_id, caller.store_id, document_id)
        if hashlib.sha256(data).hexdigest() != document.sha256:
            hint = "Restore the database from a backup, or hand the document in again."
            message = "The stored content is not what was received."
            raise OperationalError("content_damaged", message, hint, retryable=False)
        return document, data

    def picture(self, caller: Caller, document_id: DocumentId, *, page: int, width: int) -> bytes:
        """Return a page as PNG; made once and kept.

        Args:
            caller: who looks.
            document_id: the document.
            page: from 1.
            width: pixels; rounded up to one of ``WIDTHS``.

        Raises:
            NotFound: ``document_not_found``, ``page_not_found`` also for an XML that has no pages.
            RuleError: ``pictures_not_installed``.
            OperationalError: ``reader_crashed``.
        """
        caller.require(Permission.DOCUMENTS_READ)
        wide = next((one for one in WIDTHS if one >= width), WIDTHS[-1])
        here = (caller.tenant_id, caller.store_id, document_id)
        with self._storage.read() as unit:
            kept = unit.documents.picture(*here, page=page, width=wide)
        if kept is not None:
            return kept
        document, data = self.content(caller, document_id)
        # One page at a time: each drawing holds a process and much memory.
        with self._drawing:
            png = self._drawn(document, data, page, wide)
        with self._storage.write() as unit:
            unit.documents.keep_picture(document, page=page, width=wide, png=png)
        return png

    def _view(self, caller: Caller, document_id: DocumentId) -> DocumentView:
        here = (caller.tenant_id, caller.store_id)
        with self._storage.read() as unit:
            document = unit.documents.load(*here, document_id)
            if document is None:
                arrival = unit.documents.arrival(*here, document_id)
                document = None if arrival is None else unit.documents.load(*here, arrival.document_id)
            if document is None:
                raise document_not_found()
            return DocumentView(
                document=document,
                arrivals=unit.documents.arrivals(*here, document.id),
                contained=unit.documents.children(*here, document.id),
                invoices=unit.invoices.of_document(*here, document.id),
            )

    def _drawn(self, document: Document, data: bytes, page: int, width: int) -> bytes:
        try:
            return self._reader.picture(data, document.name, page, width)
        except ReadRefused as error:
            hint = "Look at the number of pages; an XML has none."
            raise NotFound("page_not_found", "There is no picture of such a page.", hint) from error
        except ReadWaits as error:
            raise RuleError(
                "pictures_not_installed", error.words, "Install what is named, or download the file."
            ) from error
        except ReaderCrashed as error:
            hint = "Download the file and look at it elsewhere."
            raise OperationalError("reader_crashed", "The page could not be drawn.", hint, retryable=False) from error
