"""Approvals over the API: what waits, one payable as an approver sees it, yes, no, questions, files."""

import uuid
from urllib.parse import quote

from flask import Response
from flask_openapi3.models.tag import Tag

from gateway.domain.access import Permission
from gateway.domain.ids import PayableId, PersonId, parse_id
from gateway.domain.payables.payable import Payable
from gateway.services.payables.approval_votes import Outcome, Vote
from gateway.services.payables.clear_duplicates import Clearing
from gateway.web.api import KEY_OR_PERSON, PERSON, answers, raw
from gateway.web.auth import caller, requires
from gateway.web.container import current
from gateway.web.credit.vouchers_api import request_key
from gateway.web.described_api import APIBlueprint
from gateway.web.documents.document_shapes import DocumentBody
from gateway.web.payables.approval_answers import (
    approval_told,
    attachment_told,
    comment_told,
    emergency_told,
    outcome_told,
    waiting_told,
    who_told,
)
from gateway.web.payables.approval_services import ApprovalServices
from gateway.web.payables.approval_shapes import (
    ApprovalRequest,
    ApprovalsQuery,
    AttachmentPath,
    AttachmentQuery,
    CommentRequest,
    DuplicateClearingRequest,
    EmergencyReviewRequest,
    GivenApproval,
    GivenApprovals,
    GivenAttachment,
    GivenCleared,
    GivenComment,
    GivenOutcome,
    GivenWhoWould,
    RejectionRequest,
)
from gateway.web.payables.payable_shapes import PayablePath
from gateway.web.payments.payment_answers import to_json
from gateway.web.payments.payments_api import JSON, stored_answer
from gateway.web.request_shapes import IdempotencyHeader

api = APIBlueprint("approvals", __name__, url_prefix="/v1", abp_tags=[Tag(name="approvals")])
_SAID = answers(201, GivenOutcome, 404, 409, 422, body=True)
_BINARY = {"type": "string", "format": "binary"}


@api.get("/approvals", security=KEY_OR_PERSON, responses=answers(200, GivenApprovals))
@requires(Permission.PAYABLES_READ)
def waiting(query: ApprovalsQuery) -> Response:
    """List what waits for approval, the earliest due first, and emergency approvals to be reviewed."""
    read, who = services().read, caller()
    return _json(
        {
            "data": [waiting_told(row) for row in read.waiting(who, mine=query.mine == "true")],
            "emergencies": [emergency_told(payable, entry) for payable, entry in read.emergencies(who)],
        }
    )


@api.get("/payables/<payable_id>/approvals", security=KEY_OR_PERSON, responses=answers(200, GivenApproval, 404))
@requires(Permission.PAYABLES_READ)
def get(path: PayablePath) -> Response:
    """Tell one payable as an approver sees it, with the digest an approval has to carry."""
    who = caller()
    return _json(approval_told(services().read.view(who, _id(path)), who))


@api.post("/payables/<payable_id>/approvals", security=PERSON, responses=_SAID)
@requires(Permission.PAYABLES_APPROVE)
def approve(path: PayablePath, body: ApprovalRequest, header: IdempotencyHeader) -> Response:
    """Say yes to what was shown; another content now is refused with ``content_changed``."""
    vote = Vote(
        id=parse_id(body.id, "/id"),
        payable_id=_id(path),
        digest=body.digest,
        reason=body.reason or "",
        request=request_key(body, body.id, header.idempotency_key, _location(path), f"approve {path.payable_id}"),
        for_person_id=None if body.for_person is None else PersonId(uuid.UUID(body.for_person)),
        account=body.account,
    )
    approvals = services().approve
    say = approvals.approve_alone if body.emergency else approvals.approve
    answer, replayed = say(caller(), vote, _render)
    return stored_answer(answer, replayed=replayed)


@api.post("/payables/<payable_id>/rejections", security=PERSON, responses=_SAID)
@requires(Permission.PAYABLES_APPROVE)
def reject(path: PayablePath, body: RejectionRequest, header: IdempotencyHeader) -> Response:
    """Say no: it is not to be paid, and it ends here."""
    request = request_key(body, body.id, header.idempotency_key, _location(path), f"no {path.payable_id}")
    vote = Vote(parse_id(body.id, "/id"), _id(path), body.digest, body.reason, request)
    answer, replayed = services().approve.reject(caller(), vote, _render)
    return stored_answer(answer, replayed=replayed)


@api.post("/payables/<payable_id>/reviews", security=PERSON, responses=answers(204, None, 404, 409, 422, body=True))
@requires(Permission.PAYABLES_APPROVE)
def review(path: PayablePath, body: EmergencyReviewRequest) -> Response:
    """Say that an emergency approval was looked at afterwards."""
    services().read.review(caller(), parse_id(body.id, "/id"), _id(path), body.reason)
    return Response(status=204)


@api.post(
    "/payables/<payable_id>/clearings",
    security=KEY_OR_PERSON,
    responses=answers(200, GivenCleared, 404, 409, 422, body=True),
)
@requires(Permission.PAYABLES_WORK)
def clear(path: PayablePath, body: DuplicateClearingRequest, header: IdempotencyHeader) -> Response:
    """Say that a suspected duplicate is none; it goes on, and whoever said so cannot approve it."""

    def render(payable: Payable) -> bytes:
        return to_json({"id": str(payable.id), "state": payable.state.value})

    request = request_key(body, body.id, header.idempotency_key, _location(path), f"clear {path.payable_id}")
    clearing = Clearing(parse_id(body.id, "/id"), _id(path), body.reason, request)
    answer, replayed = services().clear.clear(caller(), clearing, render)
    return stored_answer(answer, replayed=replayed)


@api.get("/payables/<payable_id>/approvers", security=KEY_OR_PERSON, responses=answers(200, GivenWhoWould, 404))
@requires(Permission.PAYABLES_READ)
def who_would(path: PayablePath) -> Response:
    """Tell who would have to approve a payable as it now is, and who may not."""
    return _json(who_told(services().read.who_would(caller(), _id(path))))


@api.post(
    "/payables/<payable_id>/comments",
    security=KEY_OR_PERSON,
    responses=answers(201, GivenComment, 404, 409, 422, body=True),
)
@requires(Permission.PAYABLES_READ)
def comment(path: PayablePath, body: CommentRequest) -> Response:
    """Write a comment, ask before approving, or answer; comments are never changed."""
    kept = services().talk.comment(caller(), parse_id(body.id, "/id"), _id(path), body.kind, body.text)
    return _json(comment_told(kept), 201)


@api.put(
    "/payables/<payable_id>/attachments/<attachment_id>",
    security=KEY_OR_PERSON,
    responses=answers(201, GivenAttachment, 404, 409, 413, 422),
)
@requires(Permission.PAYABLES_READ)
def attach(path: AttachmentPath, query: AttachmentQuery, raw: DocumentBody) -> Response:
    """Attach a file; what it is, is told by its content. It needs the right to work on payables or to approve."""
    attachment_id = parse_id(path.attachment_id, "/path/attachment_id")
    payable_id = PayableId(uuid.UUID(path.payable_id))
    return _json(
        attachment_told(services().talk.attach(caller(), attachment_id, payable_id, query.name, raw.get_data())), 201
    )


@api.get(
    "/payables/<payable_id>/attachments/<attachment_id>",
    security=KEY_OR_PERSON,
    responses=answers(200, raw("application/octet-stream", _BINARY, "the file as it was attached"), 404),
)
@requires(Permission.PAYABLES_READ)
def content(path: AttachmentPath) -> Response:
    """Download a file as it was attached."""
    file, data = services().talk.content(caller(), PayableId(uuid.UUID(path.payable_id)), uuid.UUID(path.attachment_id))
    response = Response(data, content_type=file.media_type)
    # Never shown by the browser itself: a hostile file must not run in our origin.
    response.headers["Content-Disposition"] = f"attachment; filename*=UTF-8''{quote(file.name, safe='')}"
    return response


def services() -> ApprovalServices:
    """Return the use cases of approvals."""
    return current().till.payables.approvals


def _render(outcome: Outcome) -> bytes:
    return to_json(outcome_told(outcome))


def _id(path: PayablePath) -> PayableId:
    return PayableId(uuid.UUID(path.payable_id))


def _location(path: PayablePath) -> str:
    return f"/v1/payables/{path.payable_id}/approvals"


def _json(document: object, status: int = 200) -> Response:
    return Response(to_json(document), status=status, content_type=JSON)
