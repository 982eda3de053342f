"""Supplier documents over the API: hand in, look, download, draw a page, have read again."""

import uuid
from urllib.parse import quote

from flask import Response
from flask_openapi3.models.tag import Tag

from gateway.domain.access import Permission
from gateway.domain.documents.document import DocumentState
from gateway.domain.documents.media_types import MEDIA_TYPES
from gateway.domain.ids import DocumentId, parse_id
from gateway.web.api import KEY_OR_PERSON, answers, raw
from gateway.web.auth import caller, maybe_signed, requires
from gateway.web.container import current
from gateway.web.described_api import APIBlueprint
from gateway.web.documents.document_answers import document_row, document_whole
from gateway.web.documents.document_shapes import (
    DocumentBody,
    DocumentPath,
    DocumentsQuery,
    GivenDocument,
    GivenDocuments,
    GivenDocumentWhole,
    NameQuery,
    NewDocumentPath,
    PagePath,
    PictureQuery,
)
from gateway.web.payments.payment_answers import to_json
from gateway.web.payments.payments_api import JSON

api = APIBlueprint("documents", __name__, url_prefix="/v1", abp_tags=[Tag(name="documents")])

_BINARY = {"type": "string", "format": "binary"}


@api.get("/documents", security=KEY_OR_PERSON, responses=answers(200, GivenDocuments))
@requires(Permission.DOCUMENTS_READ)
def recent(query: DocumentsQuery) -> Response:
    """List documents, newest first, with how many stand in each state."""
    service, who = current().till.documents.find, caller()
    states = tuple(DocumentState) if query.state is None else (query.state,)
    before = None if query.before is None else DocumentId(uuid.UUID(query.before))
    page = service.list(who, states=states, before=before, limit=query.limit)
    more = len(page) == query.limit
    return _json(
        {
            "data": [document_row(one) for one in page],
            "counts": {state.value: number for state, number in service.counts(who).items()},
            "has_more": more,
            "next": str(page[-1].id) if more else None,
            "lacking": current().till.documents.lacking(),
        }
    )


@api.put(
    "/documents/<document_id>",
    security=KEY_OR_PERSON,
    responses=answers(202, GivenDocumentWhole, 413, 422) | answers(200, GivenDocumentWhole, 413, 422),
)
@requires(Permission.DOCUMENTS_WORK)
def hand_in(path: NewDocumentPath, query: NameQuery, raw: DocumentBody) -> Response:
    """Hand in a file under an id the client made; a content that is known shows the document it is already (200)."""
    documents = current().till.documents
    document_id = DocumentId(parse_id(path.document_id, "/path/document_id"))
    data = raw.get_data()
    received = documents.receive.hand_in(caller(), document_id, query.name, data, by_key=maybe_signed() is None)
    first = received.document.id
    whole = document_whole(documents.find.get_received(caller(), first), None if first == document_id else str(first))
    response = _json(whole, 200 if received.known else 202)
    response.headers["Location"] = f"/v1/documents/{first}"
    return response


@api.get("/documents/<document_id>", security=KEY_OR_PERSON, responses=answers(200, GivenDocumentWhole, 404))
@requires(Permission.DOCUMENTS_READ)
def get(path: DocumentPath) -> Response:
    """Tell one document with its arrivals and the invoices captured from it."""
    view = current().till.documents.find.get(caller(), _id(path.document_id))
    first = str(view.document.id)
    return _json(document_whole(view, None if first == path.document_id else first))


@api.get(
    "/documents/<document_id>/content",
    security=KEY_OR_PERSON,
    responses=answers(200, raw("application/octet-stream", _BINARY, "the file as it was handed in"), 404),
)
@requires(Permission.DOCUMENTS_READ)
def content(path: DocumentPath) -> Response:
    """Download the file as it was handed in."""
    document, data = current().till.documents.find.content(caller(), _id(path.document_id))
    response = Response(data, content_type=MEDIA_TYPES.get(document.kind, "application/octet-stream"))
    # Never shown by the browser itself: a hostile file must not run in our origin.
    response.headers["Content-Disposition"] = f"attachment; filename*=UTF-8''{quote(document.name, safe='')}"
    return response


@api.get(
    "/documents/<document_id>/pages/<page>.png",
    security=KEY_OR_PERSON,
    responses=answers(200, raw("image/png", _BINARY, "the page, turned as it was read"), 404, 409),
)
@requires(Permission.DOCUMENTS_READ)
def picture(path: PagePath, query: PictureQuery) -> Response:
    """Draw a page."""
    png = current().till.documents.find.picture(caller(), _id(path.document_id), page=path.page, width=query.width)
    return Response(png, content_type="image/png")


@api.post(
    "/documents/<document_id>/read-again", security=KEY_OR_PERSON, responses=answers(202, GivenDocument, 404, 409)
)
@requires(Permission.DOCUMENTS_WORK)
def read_again(path: DocumentPath) -> Response:
    """Have a document read again, for example after something was installed; corrections stay."""
    return _json(document_row(current().till.documents.read.read_again(caller(), _id(path.document_id))), 202)


def _id(text: str) -> DocumentId:
    return DocumentId(uuid.UUID(text))


def _json(document: object, status: int = 200) -> Response:
    return Response(to_json(document), status=status, content_type=JSON)
