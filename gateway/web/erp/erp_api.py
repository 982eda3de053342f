"""What ERPs call: suppliers, orders and deliveries in, documents out; programs with a key or a token only."""

from collections.abc import Sequence
from urllib.parse import quote

from flask import Response
from flask_openapi3.models.tag import Tag

from gateway.domain.access import Permission
from gateway.domain.erp.binding import Binding
from gateway.domain.erp.posting import Posting
from gateway.domain.errors import GatewayError
from gateway.domain.telling.change import Change
from gateway.web.api import KEY, answers, raw
from gateway.web.auth import caller, requires
from gateway.web.container import current
from gateway.web.described_api import APIBlueprint
from gateway.web.erp.door_services import DoorServices
from gateway.web.erp.erp_shapes import (
    AccountQuery,
    ErpAcknowledgeRequest,
    ErpApprovalRequest,
    ErpChangesQuery,
    ErpDocumentPath,
    ErpDocumentsQuery,
    ErpFilePath,
    ErpIdPath,
    ErpOrderRequest,
    ErpOrdersRequest,
    ErpReceiptRequest,
    ErpReceiptsRequest,
    ErpVendorRequest,
    ErpVendorsRequest,
    GivenErpApproval,
    GivenErpChanges,
    GivenErpDocument,
    GivenErpDocuments,
    GivenErpRecord,
    GivenErpResults,
)
from gateway.web.erp.told_approvals import taken
from gateway.web.erp.told_records import AskedItem, AskedRecord, told, told_or_not
from gateway.web.errors import problem_of
from gateway.web.payments.payment_answers import to_json
from gateway.web.payments.payments_api import JSON, stored_answer

api = APIBlueprint("erp_doors", __name__, url_prefix="/erp/v1", abp_tags=[Tag(name="for ERPs")])

BATCHES = frozenset({"erp_doors.put_vendors", "erp_doors.put_orders", "erp_doors.put_receipts"})
BATCH_BYTES_MAX = 4 * 1024 * 1024
"""500 orders of a dozen lines."""
_BINARY = {"type": "string", "format": "binary"}
_ONE = answers(200, GivenErpRecord, 404, 409, 422, body=True)
_MANY = answers(200, GivenErpResults, 404, 422, body=True)


@api.put("/vendors/<erp_id>", security=KEY, responses=_ONE)
@requires(Permission.ERP_MASTER)
def put_vendor(path: ErpIdPath, query: AccountQuery, body: ErpVendorRequest) -> Response:
    """Store a supplier as the ERP has it; a version that came before changes nothing, an older one is refused."""
    return _take(path, query, body)


@api.put("/orders/<erp_id>", security=KEY, responses=_ONE)
@requires(Permission.ERP_MASTER)
def put_order(path: ErpIdPath, query: AccountQuery, body: ErpOrderRequest) -> Response:
    """Store an order as the ERP has it; its supplier was sent before."""
    return _take(path, query, body)


@api.put("/receipts/<erp_id>", security=KEY, responses=_ONE)
@requires(Permission.ERP_MASTER)
def put_receipt(path: ErpIdPath, query: AccountQuery, body: ErpReceiptRequest) -> Response:
    """Store a delivery as the ERP has it; its orders were sent before."""
    return _take(path, query, body)


@api.post("/vendors/batch", security=KEY, responses=_MANY)
@requires(Permission.ERP_MASTER)
def put_vendors(query: AccountQuery, body: ErpVendorsRequest) -> Response:
    """Store up to 500 suppliers, each for itself."""
    return _take_all(query, body.items)


@api.post("/orders/batch", security=KEY, responses=_MANY)
@requires(Permission.ERP_MASTER)
def put_orders(query: AccountQuery, body: ErpOrdersRequest) -> Response:
    """Store up to 500 orders, each for itself."""
    return _take_all(query, body.items)


@api.post("/receipts/batch", security=KEY, responses=_MANY)
@requires(Permission.ERP_MASTER)
def put_receipts(query: AccountQuery, body: ErpReceiptsRequest) -> Response:
    """Store up to 500 deliveries, each for itself."""
    return _take_all(query, body.items)


@api.get("/documents", security=KEY, responses=answers(200, GivenErpDocuments, 404))
@requires(Permission.ERP_DOCUMENTS)
def find_documents(query: ErpDocumentsQuery) -> Response:
    """List documents for an ERP in the order they were made: bills, payments, journal entries, days of sales."""
    found = _doors().documents.page(caller(), query.account, kind=query.kind, after=query.after, limit=query.limit)
    last = found[-1].sequence if found else query.after
    rows = [posting_document(one) for one in found]
    return _json({"data": rows, "next": last, "has_more": len(found) == query.limit})


@api.get("/changes", security=KEY, responses=answers(200, GivenErpChanges, 410))
@requires(Permission.ERP_DOCUMENTS)
def find_changes(query: ErpChangesQuery) -> Response:
    """List what happened to sales, payments, invoices and documents, in one order that can be read again."""
    page = _doors().changes.page(caller(), after=query.after, limit=query.limit)
    rows = [change_told(one) for one in page.changes]
    return _json({"data": rows, "next": page.next, "has_more": page.has_more})


@api.post(
    "/documents/<key>/acknowledge",
    security=KEY,
    responses=answers(200, GivenErpDocument, 404, 409, 422, body=True),
)
@requires(Permission.ERP_DOCUMENTS)
def acknowledge(path: ErpDocumentPath, query: AccountQuery, body: ErpAcknowledgeRequest) -> Response:
    """Say that the ERP has a document, and as what; the same again changes nothing."""
    known = _doors().documents.acknowledge(caller(), query.account, path.key, erp_id=body.erp_id, number=body.number)
    return _json(posting_document(known))


@api.post("/approvals", security=KEY, responses=answers(201, GivenErpApproval, 404, 409, 422, body=True))
@requires(Permission.ERP_APPROVALS)
def put_approval(query: AccountQuery, body: ErpApprovalRequest) -> Response:
    """Tell what the ERP's workflow decided about an invoice; it counts as the rules for approvals say."""
    answer, replayed = taken(_doors(), caller(), query.account, body)
    return stored_answer(answer, replayed=replayed)


@api.get(
    "/documents/<key>/files/<file_hash>",
    security=KEY,
    responses=answers(200, raw("application/octet-stream", _BINARY, "the file as it was handed in"), 404),
)
@requires(Permission.ERP_DOCUMENTS)
def file(path: ErpFilePath, query: AccountQuery) -> Response:
    """Download a file of a document, such as the supplier's invoice."""
    found = _doors().documents.file(caller(), query.account, path.key, path.file_hash)
    # Never shown by a browser itself, whatever it is.
    answer = Response(found.content, content_type="application/octet-stream")
    answer.headers["Content-Disposition"] = f"attachment; filename*=UTF-8''{quote(found.name, safe='')}"
    return answer


def posting_document(posting: Posting) -> dict[str, object]:
    """Return a document as the API tells it."""
    acknowledged = posting.acknowledged_at
    return {
        "key": posting.key,
        "kind": posting.kind.value,
        "sequence": posting.sequence,
        "state": posting.state.value,
        "trace_id": posting.trace_id,
        "created_at": posting.created_at.isoformat(),
        "acknowledged_at": None if acknowledged is None else acknowledged.isoformat(),
        "erp_id": posting.erp_id,
        "number": posting.number,
        "document": dict(posting.document),
    }


def change_told(change: Change) -> dict[str, object]:
    """Return a change as the API tells it."""
    return {
        "sequence": change.sequence,
        "id": change.id,
        "kind": change.kind,
        "subject": change.subject,
        "trace_id": change.trace_id,
        "at": change.at.isoformat(),
    }


def _take(path: ErpIdPath, query: AccountQuery, body: AskedRecord) -> Response:
    record, version = told(path.erp_id, body)
    return _json(_record(_doors().records.take(caller(), query.account, record, version)))


def _take_all(query: AccountQuery, items: Sequence[AskedItem]) -> Response:
    found = _doors().records.take_all(caller(), query.account, [told_or_not(item) for item in items])
    return _json({"results": [_result(item.erp_id, one) for item, one in zip(items, found, strict=True)]})


def _result(erp_id: str, found: Binding | GatewayError) -> dict[str, object]:
    if isinstance(found, Binding):
        return {"erp_id": erp_id, "result": "accepted", "record": _record(found), "problem": None}
    document = problem_of(found).document()
    problem = {name: document[name] for name in ("code", "detail", "hint")} | {"errors": document.get("errors", [])}
    return {"erp_id": erp_id, "result": "refused", "record": None, "problem": problem}


def _record(binding: Binding) -> dict[str, object]:
    return {
        "account": binding.account,
        "kind": binding.kind.value,
        "erp_id": binding.erp_id,
        "id": str(binding.our_id),
        "version": binding.version.text,
        "revision": binding.version.revision,
    }


def _doors() -> DoorServices:
    return current().till.payables.doors


def _json(document: object) -> Response:
    return Response(to_json(document), content_type=JSON)
