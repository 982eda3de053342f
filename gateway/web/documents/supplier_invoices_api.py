"""Captured invoices over the API: the queue, one invoice whole, corrections, accepting and rejecting."""

import uuid

from flask import Response
from flask_openapi3.models.tag import Tag

from gateway.domain.access import Permission
from gateway.domain.documents.invoice import InvoiceState
from gateway.domain.ids import InvoiceId, parse_id
from gateway.ports.document_store import InvoiceWish
from gateway.services.documents.review_invoices import Correction, Decision, InvoiceView, Rows
from gateway.web.api import KEY_OR_PERSON, answers
from gateway.web.auth import caller, requires
from gateway.web.container import current
from gateway.web.credit.vouchers_api import request_key
from gateway.web.described_api import APIBlueprint
from gateway.web.documents.document_answers import invoice_row, invoice_whole, memory_change, memory_entry
from gateway.web.documents.invoice_shapes import (
    AcceptRequest,
    AskedRow,
    AskedTax,
    CorrectionRequest,
    GivenInvoice,
    GivenInvoices,
    GivenMemory,
    InvoicePath,
    InvoicesQuery,
    MemoryPath,
    RejectRequest,
)
from gateway.web.payments.payment_answers import to_json
from gateway.web.payments.payments_api import JSON, stored_answer
from gateway.web.request_shapes import IdempotencyHeader

api = APIBlueprint("supplier_invoices", __name__, url_prefix="/v1", abp_tags=[Tag(name="supplier invoices")])


@api.get("/supplier-invoices", security=KEY_OR_PERSON, responses=answers(200, GivenInvoices))
@requires(Permission.DOCUMENTS_READ)
def queue(query: InvoicesQuery) -> Response:
    """List invoices, newest first, with how many stand in each state."""
    service, who = current().till.documents.review, caller()
    states = tuple(InvoiceState) if query.state is None else (query.state,)
    doubt = None if query.doubt is None else query.doubt == "true"
    wish = InvoiceWish(states=states, doubt=doubt, text=query.q or "")
    before = None if query.before is None else InvoiceId(uuid.UUID(query.before))
    page = service.list(who, wish, before=before, limit=query.limit)
    more = len(page) == query.limit
    return _json(
        {
            "data": [invoice_row(one) for one in page],
            "counts": {state.value: number for state, number in service.counts(who).items()},
            "has_more": more,
            "next": str(page[-1].id) if more else None,
        }
    )


@api.get("/supplier-invoices/<invoice_id>", security=KEY_OR_PERSON, responses=answers(200, GivenInvoice, 404))
@requires(Permission.DOCUMENTS_READ)
def get(path: InvoicePath) -> Response:
    """Tell one invoice whole: values with their places, sums, doubts, duplicates and journal."""
    return _json(invoice_whole(current().till.documents.review.get(caller(), _id(path))))


@api.post(
    "/supplier-invoices/<invoice_id>/corrections",
    security=KEY_OR_PERSON,
    responses=answers(201, GivenInvoice, 404, 409, 422, body=True),
)
@requires(Permission.DOCUMENTS_WORK)
def correct(path: InvoicePath, body: CorrectionRequest, header: IdempotencyHeader) -> Response:
    """Correct or confirm values; they may be typed as people write them, and are stored normalised."""
    correction = Correction(
        id=parse_id(body.id, "/id"),
        invoice_id=_id(path),
        fields=body.fields,
        lines=None if body.lines is None else _rows(body.lines),
        taxes=None if body.taxes is None else _rows(body.taxes),
        request=request_key(body, body.id, header.idempotency_key, _location(path), path.invoice_id),
    )
    answer, replayed = current().till.documents.review.correct(caller(), correction, _render)
    return stored_answer(answer, replayed=replayed)


@api.post(
    "/supplier-invoices/<invoice_id>/accept",
    security=KEY_OR_PERSON,
    responses=answers(200, GivenInvoice, 404, 409, 422, body=True),
)
@requires(Permission.DOCUMENTS_WORK)
def accept(path: InvoicePath, body: AcceptRequest, header: IdempotencyHeader) -> Response:
    """Accept an invoice; with a reason also one that something speaks against."""
    request = request_key(body, body.id, header.idempotency_key, _location(path), f"accept {path.invoice_id}")
    decision = Decision(parse_id(body.id, "/id"), _id(path), body.reason or "", request)
    answer, replayed = current().till.documents.review.accept(caller(), decision, _render)
    return stored_answer(answer, replayed=replayed)


@api.post(
    "/supplier-invoices/<invoice_id>/reject",
    security=KEY_OR_PERSON,
    responses=answers(200, GivenInvoice, 404, 409, 422, body=True),
)
@requires(Permission.DOCUMENTS_WORK)
def reject(path: InvoicePath, body: RejectRequest, header: IdempotencyHeader) -> Response:
    """Reject an invoice: it is nothing to pay."""
    request = request_key(body, body.id, header.idempotency_key, _location(path), f"reject {path.invoice_id}")
    decision = Decision(parse_id(body.id, "/id"), _id(path), body.reason, request)
    answer, replayed = current().till.documents.review.reject(caller(), decision, _render)
    return stored_answer(answer, replayed=replayed)


@api.get("/supplier-memory", security=KEY_OR_PERSON, responses=answers(200, GivenMemory))
@requires(Permission.DOCUMENTS_READ)
def memory() -> Response:
    """Tell what is remembered of suppliers, and from which invoices."""
    service, who = current().till.documents.memory, caller()
    data = [memory_entry(one) for one in service.list(who)]
    return _json({"data": data, "changes": [memory_change(one) for one in service.changes(who)]})


@api.delete("/supplier-memory/<entry_id>", security=KEY_OR_PERSON, responses=answers(204, None, 404))
@requires(Permission.DOCUMENTS_WORK)
def forget(path: MemoryPath) -> Response:
    """Delete what is remembered of one supplier; the journal keeps who did it."""
    current().till.documents.memory.forget(caller(), uuid.UUID(path.entry_id))
    return Response(status=204)


def _render(view: InvoiceView) -> bytes:
    return to_json(invoice_whole(view))


def _rows(rows: list[AskedRow] | list[AskedTax]) -> Rows:
    return tuple(row.model_dump() for row in rows)


def _id(path: InvoicePath) -> InvoiceId:
    return InvoiceId(uuid.UUID(path.invoice_id))


def _location(path: InvoicePath) -> str:
    return f"/v1/supplier-invoices/{path.invoice_id}"


def _json(document: object) -> Response:
    return Response(to_json(document), content_type=JSON)
