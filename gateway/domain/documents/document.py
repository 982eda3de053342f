"""A document as it was handed in: where it came from, what became of it, and how it may go on."""

import re
import unicodedata
import uuid
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from gateway.domain.errors import RuleError
from gateway.domain.ids import DocumentId, StoreId, TenantId

NAME_MAX = 200
"""Characters of a file name."""
CRASHES_MAX = 2
"""Readings that ended with their process: then the document itself is taken for the cause."""
READER_CRASHED = "reader_crashed"

_UNSHOWN = re.compile(r"[\x00-\x1f\x7f-\x9f\u2028\u2029\u202a-\u202e\u2066-\u2069\ud800-\udfff]")


class DocumentSource(StrEnum):
    """How a document came."""

    UPLOAD = "upload"
    API = "api"
    FOLDER = "folder"
    MAIL = "mail"
    CONTAINER = "container"
    """It was inside of another document, a ZIP file or a letter."""


class DocumentState(StrEnum):
    """Where a document stands."""

    RECEIVED = "received"
    READING = "reading"
    READ = "read"
    REFUSED = "refused"
    """Nobody can read it; ``code`` says why."""
    WAITING = "waiting"
    """This installation lacks what it needs; it is read when that is there."""


class DocumentEvent(StrEnum):
    """What happens to a document."""

    TAKE = "take"
    FINISH = "finish"
    REFUSE = "refuse"
    LACK = "lack"
    GIVE_BACK = "give_back"
    READ_AGAIN = "read_again"


TRANSITIONS: dict[DocumentState, dict[DocumentEvent, DocumentState]] = {
    DocumentState.RECEIVED: {
        DocumentEvent.TAKE: DocumentState.READING,
        DocumentEvent.REFUSE: DocumentState.REFUSED,
        DocumentEvent.LACK: DocumentState.WAITING,
    },
    DocumentState.READING: {
        DocumentEvent.TAKE: DocumentState.READING,
        DocumentEvent.FINISH: DocumentState.READ,
        DocumentEvent.REFUSE: DocumentState.REFUSED,
        DocumentEvent.LACK: DocumentState.WAITING,
        DocumentEvent.GIVE_BACK: DocumentState.RECEIVED,
    },
    DocumentState.READ: {DocumentEvent.READ_AGAIN: DocumentState.RECEIVED},
    DocumentState.REFUSED: {DocumentEvent.READ_AGAIN: DocumentState.RECEIVED},
    DocumentState.WAITING: {DocumentEvent.READ_AGAIN: DocumentState.RECEIVED},
}
"""A node that dies leaves ``reading``; another one takes such a document again when the lease has run out."""


def after(state: DocumentState, event: DocumentEvent) -> DocumentState:
    """Return the state that follows.

    Raises:
        RuleError: ``illegal_document_step``; nothing changes.
    """
    following = TRANSITIONS[state].get(event)
    if following is None:
        hint = "Load the document again: it may have gone on."
        raise RuleError("illegal_document_step", f"A document that is {state} cannot {event}.", hint)
    return following


@dataclass(frozen=True, slots=True)
class Document:
    """One content, however often it arrived.

    ``id``: made by whoever handed it in; ``sha256``: of the content, 64 hexadecimal digits; ``name``: of the file, for
    people only; ``kind``: what the reader found it to be, empty before; ``size``: bytes; ``received_by``: person, key
    or way; ``parent_id``: the container it was in; ``code``, ``words``: why it is refused or waits; ``crashes``:
    readings that ended with their process; ``pages_done`` of ``pages``: how far a reading is, 0 of 0 when not known;
    ``reading_no``: how often it was read to the end; ``epoch``: of the reading under way, a fence.
    """

    tenant_id: TenantId
    store_id: StoreId
    id: DocumentId
    sha256: str
    name: str
    kind: str
    size: int
    source: DocumentSource
    received_at: datetime
    received_by: str
    state: DocumentState = DocumentState.RECEIVED
    parent_id: DocumentId | None = None
    code: str = ""
    words: str = ""
    crashes: int = 0
    pages_done: int = 0
    pages: int = 0
    reading_no: int = 0
    read_at: datetime | None = None
    epoch: int = 0


@dataclass(frozen=True, slots=True)
class Arrival:
    """One time that a content arrived.

    ``id``: the client's, or derived from where it came from, so that a repeated arrival is known; ``document_id``: the
    document with this content, which may be older; ``origin``: the letter or file it was, without its content.
    """

    id: uuid.UUID
    document_id: DocumentId
    sha256: str
    name: str
    source: DocumentSource
    origin: str
    arrived_at: datetime
    arrived_by: str


@dataclass(frozen=True, slots=True)
class Reading:
    """What one reading gave. ``number``: from 1; ``result``: JSON of the capture, format 1, whole."""

    number: int
    result: str
    read_at: datetime


def shown_name(name: str) -> str:
    """Return a file name that can be shown and stored: without folders, control characters or direction marks."""
    last = name.replace("\\", "/").rsplit("/", 1)[-1]
    clean = _UNSHOWN.sub("", unicodedata.normalize("NFC", last)).strip(" .")
    return clean[:NAME_MAX] or "document"
