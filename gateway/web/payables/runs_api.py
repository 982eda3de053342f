"""Payment runs over the API: preview, propose, change, approve, release; files, and the jobs of each business date."""

import uuid
from collections.abc import Sequence

from flask import Response
from flask_openapi3.models.tag import Tag

from gateway.domain.access import Permission
from gateway.domain.errors import InputError
from gateway.domain.ids import PayableId, PaymentOrderId, PaymentRunId, parse_id
from gateway.domain.money import Currency, Money
from gateway.domain.payables.payment_order import PaymentRun, RunState
from gateway.services.payables.approve_run import RunStep
from gateway.services.payables.propose_run import RunWish
from gateway.web.api import KEY_OR_PERSON, PERSON, answers, raw
from gateway.web.asked_day import asked_day
from gateway.web.auth import caller, requires
from gateway.web.container import current
from gateway.web.described_api import APIBlueprint
from gateway.web.payables.run_answers import (
    changed_document,
    job_document,
    next_job_document,
    run_row,
    run_whole,
    step_document,
)
from gateway.web.payables.run_services import RunServices
from gateway.web.payables.run_shapes import (
    DigestRequest,
    GivenJobs,
    GivenRun,
    GivenRuns,
    GivenRunStep,
    GivenRunWhole,
    JobsQuery,
    NewRunPath,
    RunFilePath,
    RunOrderPath,
    RunPath,
    RunPayablePath,
    RunReasonRequest,
    RunRequest,
    RunsQuery,
)
from gateway.web.payments.payment_answers import to_json
from gateway.web.payments.payments_api import JSON

api = APIBlueprint("payment_runs", __name__, url_prefix="/v1", abp_tags=[Tag(name="payment runs")])
_CHANGED = answers(200, GivenRun, 404, 409, 422, body=True)
_STEP = answers(200, GivenRunStep, 404, 409, 422, body=True)


@api.get("/payment-runs", security=KEY_OR_PERSON, responses=answers(200, GivenRuns))
@requires(Permission.PAYABLES_READ)
def queue(query: RunsQuery) -> Response:
    """List payment runs, newest first."""
    states = tuple(RunState) if query.state is None else (query.state,)
    found = _runs().read.list(caller(), states=states, before=query.before, limit=query.limit)
    return _json({"data": [run_row(one) for one in found], "has_more": len(found) == query.limit})


@api.post("/payment-runs/preview", security=KEY_OR_PERSON, responses=answers(200, GivenRunWhole, 409, 422, body=True))
@requires(Permission.PAYABLES_READ)
def preview(body: RunRequest) -> Response:
    """Tell what a run would pay and leave out, and store nothing."""
    seen = _runs().propose.preview(caller(), _wish(body))
    view = _runs().read.shown(caller(), seen.run, seen.orders, seen.choice.left_out)
    return _json(run_whole(view))


@api.get("/payment-runs/<run_id>", security=KEY_OR_PERSON, responses=answers(200, GivenRunWhole, 404))
@requires(Permission.PAYABLES_READ)
def get(path: RunPath) -> Response:
    """Tell one run whole: payments and what became of them, files, what was left out, journal, cash curves."""
    return _json(run_whole(_runs().read.one(caller(), _id(path.run_id))))


@api.put("/payment-runs/<run_id>", security=KEY_OR_PERSON, responses=answers(200, GivenRunWhole, 409, 422, body=True))
@requires(Permission.PAYABLES_WORK)
def propose(path: NewRunPath, body: RunRequest) -> Response:
    """Store a proposal under an id the client made; the same again tells the stored run as it is now."""
    run_id = PaymentRunId(parse_id(path.run_id, "/path/run_id"))
    _runs().propose.propose(caller(), run_id, _wish(body))
    return _json(run_whole(_runs().read.one(caller(), run_id)))


@api.post("/payment-runs/<run_id>/approve", security=PERSON, responses=_STEP)
@requires(Permission.RUNS_APPROVE)
def approve(path: RunPath, body: DigestRequest) -> Response:
    """Approve the run that was looked at; its files are written and kept at this moment."""
    return _step(_runs().approve.approve(caller(), _id(path.run_id), body.digest))


@api.post("/payment-runs/<run_id>/release", security=PERSON, responses=_STEP)
@requires(Permission.RUNS_RELEASE)
def release(path: RunPath, body: DigestRequest) -> Response:
    """Release an approved run to the bank, as another person."""
    return _step(_runs().release.release(caller(), _id(path.run_id), body.digest))


@api.post("/payment-runs/<run_id>/discard", security=KEY_OR_PERSON, responses=_CHANGED)
@requires(Permission.PAYABLES_WORK)
def discard(path: RunPath, body: RunReasonRequest) -> Response:
    """Give a run up that was not released."""
    return _changed(_runs().change.discard(caller(), _id(path.run_id), reason=body.reason))


@api.post("/payment-runs/<run_id>/orders/<order_id>/drop", security=KEY_OR_PERSON, responses=_CHANGED)
@requires(Permission.PAYABLES_WORK)
def drop(path: RunOrderPath, body: RunReasonRequest) -> Response:
    """Take a payment out of a proposal."""
    order_id = PaymentOrderId(uuid.UUID(path.order_id))
    return _changed(_runs().change.drop(caller(), _id(path.run_id), order_id, reason=body.reason))


@api.post("/payment-runs/<run_id>/payables/<payable_id>/postpone", security=KEY_OR_PERSON, responses=_CHANGED)
@requires(Permission.PAYABLES_WORK)
def postpone(path: RunPayablePath, body: RunReasonRequest) -> Response:
    """Take one invoice or credit note out of its payment."""
    payable_id = PayableId(uuid.UUID(path.payable_id))
    return _changed(_runs().change.postpone(caller(), _id(path.run_id), payable_id, reason=body.reason))


@api.post("/payment-runs/<run_id>/payables/<payable_id>/take", security=KEY_OR_PERSON, responses=_CHANGED)
@requires(Permission.PAYABLES_WORK)
def take(path: RunPayablePath, body: RunReasonRequest) -> Response:
    """Pay an invoice in this proposal that it had left out."""
    payable_id = PayableId(uuid.UUID(path.payable_id))
    return _changed(_runs().change.take(caller(), _id(path.run_id), payable_id, reason=body.reason))


@api.get(
    "/payment-runs/<run_id>/files/<int:file_no>",
    security=PERSON,
    responses=answers(
        200, raw("application/octet-stream", {"type": "string", "format": "binary"}, "the file as written"), 404
    ),
)
@requires(Permission.RUNS_RELEASE)
def file(path: RunFilePath) -> Response:
    """Give a file of the present attempt as it was written, to look at or to compare."""
    found = _runs().read.file(caller(), _id(path.run_id), path.file_no)
    headers = {"Content-Disposition": f'attachment; filename="{found.remote_name}"'}
    return Response(found.content, mimetype="application/octet-stream", headers=headers)


@api.get("/dated-jobs", security=KEY_OR_PERSON, responses=answers(200, GivenJobs))
@requires(Permission.PAYABLES_READ)
def jobs(query: JobsQuery) -> Response:
    """List what ran on which business date, newest first."""
    history = _runs().read.jobs(caller(), limit=query.limit)
    coming = [next_job_document(one) for one in _runs().next_dates()]
    return _json({"data": [job_document(one) for one in history], "next": coming})


def _wish(body: RunRequest) -> RunWish:
    run_on = asked_day(body.run_on, "/run_on")
    known = {one.id for one in _runs().desk.own()}
    cash: dict[str, Money] = {}
    for place, one in enumerate(body.cash):
        if one.account_id not in known:
            hint = "Name an account of the settings."
            raise InputError("bank_account_unknown", "There is no such account.", hint, f"/cash/{place}/account_id")
        cash[one.account_id] = Money.from_decimal(one.amount.amount, Currency.of(one.amount.currency))
    return RunWish(run_on, cash, _payables(body.wanted), _payables(body.postponed))


def _payables(ids: Sequence[str]) -> frozenset[PayableId]:
    return frozenset(PayableId(uuid.UUID(one)) for one in ids)


def _id(text: str) -> PaymentRunId:
    return PaymentRunId(uuid.UUID(text))


def _step(step: RunStep) -> Response:
    return _json(step_document(step, _runs().read.one(caller(), step.run.id).orders))


def _changed(run: PaymentRun) -> Response:
    return _json(changed_document(run, _runs().read.one(caller(), run.id).orders))


def _json(document: object) -> Response:
    return Response(to_json(document), mimetype=JSON)


def _runs() -> RunServices:
    return current().till.payables.runs
