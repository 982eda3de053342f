"""Shapes of requests and answers about supplier documents."""

from typing import Annotated

from flask_openapi3.models import RawModel
from pydantic import BaseModel, ConfigDict, Field, WithJsonSchema

from gateway.domain.documents.document import NAME_MAX, DocumentSource, DocumentState
from gateway.domain.documents.invoice import InvoiceState
from gateway.ports.document_store import DOCUMENTS_PAGE_MAX
from gateway.web.answer_shapes import AnyId, GivenAmount
from gateway.web.request_shapes import ID_PATTERN

ANY_ID_PATTERN = r"^[0-9a-f]{8}-[0-9a-f]{4}-[1-8][0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$"
CLEAN_PATTERN = r"^[^\x00-\x1f\x7f-\x9f\u2028\u2029\u202a-\u202e\u2066-\u2069]*$"

OptionalBefore = Annotated[
    Annotated[str, Field(pattern=ANY_ID_PATTERN)] | None,
    WithJsonSchema({"type": "string", "pattern": ANY_ID_PATTERN}),
]
_DocumentState = Annotated[
    Annotated[DocumentState, Field(strict=False)] | None,
    WithJsonSchema({"type": "string", "enum": [state.value for state in DocumentState]}),
]


class _Asked(BaseModel):
    """Base of requests: known fields only, no silent conversion."""

    model_config = ConfigDict(extra="forbid", strict=True, frozen=True, hide_input_in_errors=True)


class _Given(BaseModel):
    """Base of answers."""

    model_config = ConfigDict(extra="forbid")


class DocumentBody(RawModel):
    """The bytes of a file; what it is, is told by its content."""

    mimetypes = ["application/octet-stream"]  # noqa: RUF012  # the framework declares it so


class NewDocumentPath(_Asked):
    """A document under an id of the client."""

    document_id: str = Field(pattern=ID_PATTERN)


class DocumentPath(_Asked):
    """A document by its id."""

    document_id: str = Field(pattern=ANY_ID_PATTERN)


class PagePath(_Asked):
    """A page of a document, from 1."""

    document_id: str = Field(pattern=ANY_ID_PATTERN)
    page: int = Field(ge=1, le=2000, strict=False)


class NameQuery(_Asked):
    """The name of the file, for people."""

    name: str = Field(min_length=1, max_length=NAME_MAX, pattern=CLEAN_PATTERN)


class PictureQuery(_Asked):
    """How wide the picture is to be, in pixels; it may come wider."""

    width: int = Field(default=1200, ge=50, le=2400, strict=False)


class DocumentsQuery(_Asked):
    """A page of documents, newest first."""

    state: _DocumentState = None
    before: OptionalBefore = None
    limit: int = Field(default=25, ge=1, le=DOCUMENTS_PAGE_MAX, strict=False)


class GivenArrival(_Given):
    """One time that the file arrived."""

    id: AnyId
    name: str
    source: DocumentSource
    origin: str
    arrived_at: str
    arrived_by: str


class GivenDocument(_Given):
    """A document. ``code``, ``words``: why it is refused or waits; ``pages_done``: while it is read."""

    id: AnyId
    name: str
    kind: str
    size: int
    sha256: str
    source: DocumentSource
    parent_id: AnyId | None
    received_at: str
    received_by: str
    state: DocumentState
    code: str
    words: str
    pages_done: int
    pages: int
    read_at: str | None


class GivenInvoiceRow(_Given):
    """An invoice as the queue shows it. ``doubts``: places to look at."""

    id: AnyId
    document_id: AnyId
    document_type: str
    state: InvoiceState
    supplier: str
    number: str
    date: str | None
    due_date: str | None
    total: GivenAmount | None
    doubts: int
    duplicate_of: AnyId | None
    created_at: str
    changed_at: str


class GivenDocumentWhole(GivenDocument):
    """A document with its arrivals, what was in it, and the invoices captured from it.

    ``duplicate_of``: this content was handed in before, as that document.
    """

    duplicate_of: AnyId | None
    arrivals: list[GivenArrival]
    contained: list[GivenDocument]
    invoices: list[GivenInvoiceRow]


class GivenDocuments(_Given):
    """A page of documents; ``counts``: by state, of all; ``lacking``: what is not installed, in words."""

    data: list[GivenDocument]
    counts: dict[str, int]
    has_more: bool
    next: AnyId | None
    lacking: str
