"""Contracts with acquirers, reports, payouts and what differs over the API."""

import uuid

from flask import Response
from flask_openapi3.models.tag import Tag

from gateway.domain.access import Permission
from gateway.domain.bank.acquirer_contract import AcquirerTerms, ContractFee, DeadlineRule
from gateway.domain.money import Currency
from gateway.services.bank.keep_contracts import ContractWish
from gateway.web.api import KEY_OR_PERSON, answers
from gateway.web.asked_day import asked_day
from gateway.web.auth import caller, requires
from gateway.web.bank.settlement_answers import (
    booking_document,
    contract_document,
    entry_document,
    payout_document,
    payout_whole,
    report_document,
    settlement_task_document,
)
from gateway.web.bank.settlement_services import SettlementServices
from gateway.web.bank.settlement_shapes import (
    AcquirerContractPath,
    AcquirerContractRequest,
    AcquirerReportQuery,
    AssignRequest,
    CloseSettlementTaskRequest,
    GivenAcquirerContract,
    GivenAcquirerContracts,
    GivenAcquirerReport,
    GivenBookings,
    GivenPayoutEntry,
    GivenPayouts,
    GivenPayoutWhole,
    GivenReportDescription,
    GivenSettlementTask,
    GivenSettlementTasks,
    PayoutEntryPath,
    PayoutPath,
    PayoutsQuery,
    ReportDescriptionRequest,
    SettlementTaskPath,
)
from gateway.web.container import current
from gateway.web.described_api import APIBlueprint
from gateway.web.documents.document_shapes import DocumentBody
from gateway.web.payments.payment_answers import to_json
from gateway.web.payments.payments_api import JSON

api = APIBlueprint("settlement", __name__, url_prefix="/v1", abp_tags=[Tag(name="settlement")])


@api.get("/acquirer-contracts", security=KEY_OR_PERSON, responses=answers(200, GivenAcquirerContracts))
@requires(Permission.STATEMENTS_READ)
def contracts() -> Response:
    """List every version of every contract with an acquirer."""
    return told({"data": [contract_document(one) for one in services().contracts.list(caller())]})


@api.put(
    "/acquirer-contracts/<acquirer>",
    security=KEY_OR_PERSON,
    responses=answers(200, GivenAcquirerContract, 409, 422, body=True),
)
@requires(Permission.STATEMENTS_WORK)
def put_contract(path: AcquirerContractPath, body: AcquirerContractRequest) -> Response:
    """Make a new version of a contract; what was settled before keeps its own."""
    terms = AcquirerTerms(
        name=body.name,
        currency=Currency.of(body.currency),
        fees=tuple(ContractFee(one.brand, one.kind, one.bp, one.fixed) for one in body.fees),
        rents=tuple(body.rents),
        refund_fee=body.refund_fee,
        chargeback_fee=body.chargeback_fee,
        payout_days=body.payout_days,
        reserve_bp=body.reserve_bp,
        statement_names=tuple(body.statement_names),
        terminals=tuple(body.terminals),
        report_accounts=tuple(body.report_accounts),
        deadlines=tuple(DeadlineRule(one.scheme, one.family, one.days) for one in body.deadlines),
        respond_days=body.respond_days,
    )
    wish = ContractWish(path.acquirer, body.after, asked_day(body.valid_from, "/valid_from"), terms)
    return told(contract_document(services().contracts.put(caller(), wish)))


@api.post(
    "/settlement/reports",
    security=KEY_OR_PERSON,
    responses=answers(201, GivenAcquirerReport, 409, 413, 422) | answers(200, GivenAcquirerReport, 409, 413, 422),
)
@requires(Permission.STATEMENTS_WORK)
def hand_in_report(query: AcquirerReportQuery, raw: DocumentBody) -> Response:
    """Hand in a report of an acquirer. The same content again (200) changes nothing."""
    taken = services().settle.take(caller(), query.name, raw.get_data(), query.acquirer or "")
    return told(report_document(taken), 200 if taken.repeated else 201)


@api.put(
    "/settlement/descriptions/<acquirer>",
    security=KEY_OR_PERSON,
    responses=answers(200, GivenReportDescription, 422, body=True),
)
@requires(Permission.STATEMENTS_WORK)
def describe_report(path: AcquirerContractPath, body: ReportDescriptionRequest) -> Response:
    """Keep how reports of a further acquirer are read; the same again changes nothing."""
    services().settle.describe(caller(), path.acquirer, body.description)
    return told({"acquirer": path.acquirer, "description": body.description})


@api.get("/settlement/payouts", security=KEY_OR_PERSON, responses=answers(200, GivenPayouts))
@requires(Permission.STATEMENTS_READ)
def payouts(query: PayoutsQuery) -> Response:
    """List payouts, the last reported first."""
    before = None if query.before is None else uuid.UUID(query.before)
    found = services().settle.payouts(caller(), before=before, limit=query.limit + 1)
    page = found[: query.limit]
    following = str(page[-1].id) if len(found) > query.limit else None
    return told({"data": [payout_document(one) for one in page], "next": following})


@api.get("/settlement/payouts/<payout_id>", security=KEY_OR_PERSON, responses=answers(200, GivenPayoutWhole, 404))
@requires(Permission.STATEMENTS_READ)
def payout(path: PayoutPath) -> Response:
    """Tell one payout with its records and what differs."""
    return told(payout_whole(services().settle.payout(caller(), uuid.UUID(path.payout_id))))


@api.get("/settlement/tasks", security=KEY_OR_PERSON, responses=answers(200, GivenSettlementTasks))
@requires(Permission.STATEMENTS_READ)
def tasks() -> Response:
    """List what waits for somebody."""
    return told({"data": [settlement_task_document(one) for one in services().settle.tasks(caller())]})


@api.post(
    "/settlement/tasks/<task_id>/close",
    security=KEY_OR_PERSON,
    responses=answers(200, GivenSettlementTask, 404, 422, body=True),
)
@requires(Permission.STATEMENTS_WORK)
def close_task(path: SettlementTaskPath, body: CloseSettlementTaskRequest) -> Response:
    """Close a task with words."""
    closed = services().settle.close_task(caller(), uuid.UUID(path.task_id), body.reason)
    return told(settlement_task_document(closed))


@api.get(
    "/settlement/entries/<entry_id>/candidates", security=KEY_OR_PERSON, responses=answers(200, GivenBookings, 404)
)
@requires(Permission.STATEMENTS_READ)
def candidates(path: PayoutEntryPath) -> Response:
    """List our bookings that a record without one may be about."""
    found = services().settle.candidates(caller(), uuid.UUID(path.entry_id))
    return told({"data": [booking_document(one) for one in found]})


@api.post(
    "/settlement/entries/<entry_id>/assign",
    security=KEY_OR_PERSON,
    responses=answers(200, GivenPayoutEntry, 404, 409, 422, body=True),
)
@requires(Permission.STATEMENTS_WORK)
def assign(path: PayoutEntryPath, body: AssignRequest) -> Response:
    """Say which of our bookings a record is about."""
    found = services().settle.assign(caller(), uuid.UUID(path.entry_id), uuid.UUID(body.attempt_id))
    return told(entry_document(found))


def services() -> SettlementServices:
    """Return the use cases."""
    return current().till.settlement


def told(document: object, status: int = 200) -> Response:
    """Return an answer."""
    return Response(to_json(document), status=status, content_type=JSON)
