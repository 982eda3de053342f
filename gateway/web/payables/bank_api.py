"""The loop with banks over the API: messages in, files out by hand, fates of payments, decisions of people."""

import uuid

from flask import Response
from flask_openapi3.models.tag import Tag

from gateway.domain.access import Permission
from gateway.domain.ids import PaymentRunId, parse_id
from gateway.services.payables.decide_payee_check import PayeeDecision
from gateway.services.payables.reissue_payment import ReissueWish, VoidProof
from gateway.web.api import KEY_OR_PERSON, answers, raw
from gateway.web.auth import caller, requires
from gateway.web.container import current
from gateway.web.described_api import APIBlueprint
from gateway.web.documents.document_shapes import DocumentBody, NameQuery
from gateway.web.payables.bank_answers import (
    decision_document,
    fate_document,
    file_document,
    message_document,
    task_document,
)
from gateway.web.payables.bank_services import BankServices
from gateway.web.payables.bank_shapes import (
    BankFilePath,
    BankMessagePath,
    BankTaskPath,
    CloseTaskRequest,
    GivenBankDecision,
    GivenBankFiles,
    GivenBankMessage,
    GivenBankMessages,
    GivenBankTask,
    GivenBankTasks,
    GivenFate,
    HandedOverRequest,
    PayeeDecisionRequest,
    PaymentPathAtBank,
    ReissueRequest,
    VoidRequest,
)
from gateway.web.payments.payment_answers import to_json
from gateway.web.payments.payments_api import JSON

api = APIBlueprint("bank", __name__, url_prefix="/v1", abp_tags=[Tag(name="bank")])

_BINARY = {"type": "string", "format": "binary"}
_DECIDED = answers(200, GivenBankDecision, 404, 409, 422, body=True)


@api.get("/bank/messages", security=KEY_OR_PERSON, responses=answers(200, GivenBankMessages))
@requires(Permission.PAYABLES_READ)
def messages() -> Response:
    """List messages of banks, newest first, with what each did."""
    return _json({"data": [message_document(one) for one in _bank().messages.list(caller())]})


@api.post(
    "/bank/messages",
    security=KEY_OR_PERSON,
    responses=answers(201, GivenBankMessage, 413, 422) | answers(200, GivenBankMessage, 413, 422),
)
@requires(Permission.PAYABLES_WORK)
def hand_in(query: NameQuery, raw: DocumentBody) -> Response:
    """Hand in a status report or statement. The same content again (200) changes nothing."""
    taken = _bank().messages.upload(caller(), query.name, raw.get_data())
    return _json(message_document(taken.message, repeated=taken.repeated), 200 if taken.repeated else 201)


@api.get("/bank/messages/<message_id>", security=KEY_OR_PERSON, responses=answers(200, GivenBankMessage, 404))
@requires(Permission.PAYABLES_READ)
def message(path: BankMessagePath) -> Response:
    """Tell one message."""
    return _json(message_document(_bank().messages.load(caller(), uuid.UUID(path.message_id))))


@api.get(
    "/bank/messages/<message_id>/content",
    security=KEY_OR_PERSON,
    responses=answers(200, raw("application/octet-stream", _BINARY, "the message as it came"), 404),
)
@requires(Permission.PAYABLES_READ)
def content(path: BankMessagePath) -> Response:
    """Download a message as it came."""
    found = _bank().messages.load(caller(), uuid.UUID(path.message_id))
    return _attachment(found.content, f"{found.id}.xml")


@api.post(
    "/bank/messages/<message_id>/read-again", security=KEY_OR_PERSON, responses=answers(200, GivenBankMessage, 404)
)
@requires(Permission.PAYABLES_WORK)
def read_again(path: BankMessagePath) -> Response:
    """Read and apply a message once more; what it did before is not done again."""
    return _json(message_document(_bank().messages.apply_again(caller(), uuid.UUID(path.message_id))))


@api.get("/bank/tasks", security=KEY_OR_PERSON, responses=answers(200, GivenBankTasks))
@requires(Permission.PAYABLES_READ)
def tasks() -> Response:
    """List what waits for somebody."""
    return _json({"data": [task_document(one) for one in _bank().fates.tasks(caller())]})


@api.post(
    "/bank/tasks/<task_id>/close",
    security=KEY_OR_PERSON,
    responses=answers(200, GivenBankTask, 404, 422, body=True),
)
@requires(Permission.PAYABLES_WORK)
def close_task(path: BankTaskPath, body: CloseTaskRequest) -> Response:
    """Close a task with words."""
    return _json(task_document(_bank().fates.close_task(caller(), uuid.UUID(path.task_id), body.reason)))


@api.get("/bank/files", security=KEY_OR_PERSON, responses=answers(200, GivenBankFiles))
@requires(Permission.PAYABLES_READ)
def files() -> Response:
    """List files that are not surely with a bank."""
    return _json({"data": [file_document(one) for one in _bank().files.waiting(caller())]})


@api.get(
    "/bank/files/<run_id>/<file_no>/content",
    security=KEY_OR_PERSON,
    responses=answers(200, raw("application/octet-stream", _BINARY, "the file as it was approved"), 404, 409),
)
@requires(Permission.RUNS_RELEASE)
def file_content(path: BankFilePath) -> Response:
    """Download a file of a released run, to take it to the bank's portal."""
    file = _bank().files.file(caller(), PaymentRunId(uuid.UUID(path.run_id)), path.file_no)
    return _attachment(file.content, file.remote_name)


@api.post(
    "/bank/files/<run_id>/<file_no>/handed-over",
    security=KEY_OR_PERSON,
    responses=answers(200, GivenBankFiles, 404, 409, 422, body=True),
)
@requires(Permission.RUNS_RELEASE)
def handed_over(path: BankFilePath, body: HandedOverRequest) -> Response:
    """Note that a file was taken to the bank by hand; its hash has to be the approved one."""
    run_id = PaymentRunId(uuid.UUID(path.run_id))
    _bank().files.note_by_hand(caller(), run_id, path.file_no, sha256=body.sha256, reason=body.reason)
    return _json({"data": [file_document(one) for one in _bank().files.waiting(caller())]})


@api.get("/payment-orders/<end_to_end_id>", security=KEY_OR_PERSON, responses=answers(200, GivenFate, 404))
@requires(Permission.PAYABLES_READ)
def fate(path: PaymentPathAtBank) -> Response:
    """Tell what became of one payment."""
    return _json(fate_document(_bank().fates.fate(caller(), path.end_to_end_id)))


@api.post("/payment-orders/<end_to_end_id>/payee-decisions", security=KEY_OR_PERSON, responses=_DECIDED)
@requires(Permission.RUNS_RELEASE)
def decide_payee(path: PaymentPathAtBank, body: PayeeDecisionRequest) -> Response:
    """Decide about a payee the bank doubts; it is carried out at the bank, whose answer moves the payment."""
    wish = PayeeDecision(
        id=parse_id(body.id, "/id"),
        end_to_end_id=path.end_to_end_id,
        pay=body.pay,
        reason=body.reason,
        learn_name=body.learn_name,
    )
    return _json(decision_document(_bank().payees.decide(caller(), wish)))


@api.post("/payment-orders/<end_to_end_id>/void", security=KEY_OR_PERSON, responses=_DECIDED)
@requires(Permission.RUNS_RELEASE)
def void(path: PaymentPathAtBank, body: VoidRequest) -> Response:
    """Void a payment the bank proved not to have. Never by who released its run."""
    proof = VoidProof(
        id=parse_id(body.id, "/id"),
        end_to_end_id=path.end_to_end_id,
        reason=body.reason,
        spoke_with=body.spoke_with,
        reference=body.reference,
    )
    return _json(decision_document(_bank().reissue.void(caller(), proof)))


@api.post("/payment-orders/<end_to_end_id>/reissue", security=KEY_OR_PERSON, responses=_DECIDED)
@requires(Permission.PAYABLES_WORK)
def reissue(path: PaymentPathAtBank, body: ReissueRequest) -> Response:
    """Have what a rejected, returned or voided payment paid payable again, in a run to come."""
    wish = ReissueWish(parse_id(body.id, "/id"), path.end_to_end_id, body.reason)
    return _json(decision_document(_bank().reissue.reissue(caller(), wish)))


def _bank() -> BankServices:
    return current().till.payables.bank


def _attachment(content: bytes, name: str) -> Response:
    response = Response(content, content_type="application/octet-stream")
    # Never shown by the browser itself: what a bank sends must not run in our origin.
    response.headers["Content-Disposition"] = f'attachment; filename="{name}"'
    return response


def _json(document: object, status: int = 200) -> Response:
    return Response(to_json(document), status=status, content_type=JSON)
