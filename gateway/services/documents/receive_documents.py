"""Receives documents: the content and its row in one unit, equal content once, each arrival noted."""

import hashlib
import logging
import uuid
from collections.abc import Callable
from dataclasses import dataclass

from gateway.domain.access import Caller, Permission
from gateway.domain.documents.document import Arrival, Document, DocumentSource, shown_name
from gateway.domain.errors import IdempotencyConflict, InputError, RuleError
from gateway.domain.ids import DocumentId, StoreId, TenantId
from gateway.logs.observability import log_event
from gateway.ports.clock import Clock
from gateway.ports.unit_of_work import Storage, UnitOfWork

_log = logging.getLogger(__name__)

DOCUMENT_BYTES_MAX = 25 * 1024 * 1024
"""Bytes of one document when nothing else is set: a scan of 50 pages, not a film."""


@dataclass(frozen=True, slots=True)
class Handed:
    """What somebody handed in.

    ``id``: made by the client, or derived from where it came from; ``name``: of the file, as given; ``origin``: the
    letter or folder it came from, empty for an upload; ``actor``: person, key or way; ``parent_id``: its container.
    """

    id: uuid.UUID
    name: str
    data: bytes
    source: DocumentSource
    actor: str
    origin: str = ""
    parent_id: DocumentId | None = None


@dataclass(frozen=True, slots=True)
class Received:
    """What became of it. ``known``: its content was here before; ``repeated``: this very arrival was, too."""

    document: Document
    known: bool
    repeated: bool


class ReceiveDocuments:
    """Documents of one store."""

    def __init__(
        self,
        *,
        storage: Storage,
        clock: Clock,
        tenant_id: TenantId,
        store_id: StoreId,
        bytes_max: int = DOCUMENT_BYTES_MAX,
        wake: Callable[[], None] = lambda: None,
    ) -> None:
        """``bytes_max``: bytes of one document; ``wake``: called after a commit with something to read."""
        self._storage = storage
        self._clock = clock
        self._tenant_id = tenant_id
        self._store_id = store_id
        self.bytes_max = bytes_max
        self.wake = wake

    def hand_in(self, caller: Caller, document_id: DocumentId, name: str, data: bytes, *, by_key: bool) -> Received:
        """Receive what a person or program hands in; the same again is the same document.

        Raises:
            NotPermitted: without ``documents:work``.
            InputError: ``document_empty``, ``document_too_large``.
            IdempotencyConflict: ``id_reused`` for this id with another content.
        """
        caller.require(Permission.DOCUMENTS_WORK)
        source = DocumentSource.API if by_key else DocumentSource.UPLOAD
        return self.take_in(Handed(document_id, name, data, source, caller.name))

    def take_in(self, handed: Handed) -> Received:
        """Receive a document that came by itself, from a folder or a letter; raises as :meth:`hand_in`."""
        self.check(handed)
        try:
            received = self._storage.write_retrying(lambda unit: self.take_in_unit(unit, handed))
        except RuleError:
            # The same content or arrival came twice at once: the other one has stored it.
            received = self._storage.write_retrying(lambda unit: self.take_in_unit(unit, handed))
        if not received.known:
            self.wake()
        log_event(
            _log,
            "document.received",
            document_id=received.document.id,
            source=handed.source,
            size=len(handed.data),
            known=received.known,
            actor=handed.actor,
        )
        return received

    def check(self, handed: Handed) -> None:
        """Raise for what is never stored.

        Raises:
            InputError: ``document_empty``, ``document_too_large``.
        """
        if not handed.data:
            raise InputError("document_empty", "The document is empty.", "Send the file itself.")
        if len(handed.data) > self.bytes_max:
            raise too_large(self.bytes_max)

    def take_in_unit(self, unit: UnitOfWork, handed: Handed) -> Received:
        """Store content, row and arrival within a unit of work.

        Raises:
            IdempotencyConflict: ``id_reused``.
        """
        digest = hashlib.sha256(handed.data).hexdigest()
        here = (self._tenant_id, self._store_id)
        before = unit.documents.arrival(*here, handed.id)
        if before is not None:
            if before.sha256 != digest:
                hint = "Send the first content again unchanged, or make a new id for a new document."
                raise IdempotencyConflict("id_reused", "This id was used before with another content.", hint)
            first = unit.documents.load(*here, before.document_id)
            if first is not None:
                return Received(first, known=True, repeated=True)
        now, name = self._clock.now(), shown_name(handed.name)
        document = Document(
            tenant_id=self._tenant_id,
            store_id=self._store_id,
            id=DocumentId(handed.id),
            sha256=digest,
            name=name,
            kind="",
            size=len(handed.data),
            source=handed.source,
            received_at=now,
            received_by=handed.actor,
            parent_id=handed.parent_id,
        )
        known = unit.documents.with_content(*here, digest)
        if known is None:
            unit.documents.add(document, (handed.data,))
        arrival = Arrival(
            id=handed.id,
            document_id=document.id if known is None else known.id,
            sha256=digest,
            name=name,
            source=handed.source,
            origin=handed.origin,
            arrived_at=now,
            arrived_by=handed.actor,
        )
        unit.documents.arrive(*here, arrival)
        return Received(known or document, known=known is not None, repeated=False)


def too_large(bytes_max: int) -> InputError:
    """Return the error for a document beyond the limit."""
    hint = f"At most {bytes_max // (1024 * 1024)} MB; scan with 300 dpi in grey, or split it."
    return InputError("document_too_large", "The document is too large.", hint)
