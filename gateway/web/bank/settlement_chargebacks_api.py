"""Chargebacks and the cash view over the API."""

import uuid

from flask import Response
from flask_openapi3.models.tag import Tag

from gateway.domain.access import Permission
from gateway.domain.bank.chargeback import ChargebackStep
from gateway.domain.ids import PaymentId
from gateway.domain.money import Currency, Money
from gateway.services.bank.track_chargebacks import ChargebackWish
from gateway.web.api import KEY_OR_PERSON, answers, raw
from gateway.web.asked_day import asked_day
from gateway.web.auth import caller, requires
from gateway.web.bank.settlement_answers import (
    cash_document,
    chargeback_document,
    chargeback_whole,
    evidence_document,
)
from gateway.web.bank.settlement_api import services, told
from gateway.web.bank.settlement_chargeback_shapes import (
    CashPositionQuery,
    ChargebackNoteRequest,
    ChargebackPath,
    ChargebackRequest,
    ChargebacksQuery,
    ChargebackStepRequest,
    EvidencePath,
    GivenCashPosition,
    GivenChargeback,
    GivenChargebacks,
    GivenChargebackWhole,
    GivenEvidence,
    NewChargebackPath,
)
from gateway.web.described_api import APIBlueprint
from gateway.web.documents.document_shapes import DocumentBody, NameQuery

api = APIBlueprint("chargebacks", __name__, url_prefix="/v1", abp_tags=[Tag(name="chargebacks and cash")])

_BINARY = {"type": "string", "format": "binary"}


@api.get("/chargebacks", security=KEY_OR_PERSON, responses=answers(200, GivenChargebacks))
@requires(Permission.STATEMENTS_READ)
def chargebacks(query: ChargebacksQuery) -> Response:
    """List chargebacks."""
    found = services().chargebacks.list(caller(), open_only=query.which != "all")
    return told({"data": [chargeback_document(one) for one in found]})


@api.put(
    "/chargebacks/<chargeback_id>",
    security=KEY_OR_PERSON,
    responses=answers(200, GivenChargeback, 409, 422, body=True),
)
@requires(Permission.STATEMENTS_WORK)
def open_chargeback(path: NewChargebackPath, body: ChargebackRequest) -> Response:
    """Open a chargeback that no report has told yet; its money moves with a report."""
    wish = ChargebackWish(
        id=uuid.UUID(path.chargeback_id),
        acquirer=body.acquirer,
        reference=body.reference,
        amount=Money.from_decimal(body.amount.amount, Currency.of(body.amount.currency)),
        scheme=body.scheme,
        reason_code=body.reason_code,
        opened_on=asked_day(body.opened_on, "/opened_on"),
        respond_by=None if body.respond_by is None else asked_day(body.respond_by, "/respond_by"),
        payment_id=None if body.payment_id is None else PaymentId(uuid.UUID(body.payment_id)),
        note=body.note,
    )
    return told(chargeback_document(services().chargebacks.open(caller(), wish)))


@api.get("/chargebacks/<chargeback_id>", security=KEY_OR_PERSON, responses=answers(200, GivenChargebackWhole, 404))
@requires(Permission.STATEMENTS_READ)
def chargeback(path: ChargebackPath) -> Response:
    """Tell one chargeback with its journal and files."""
    return told(chargeback_whole(services().chargebacks.one(caller(), uuid.UUID(path.chargeback_id))))


@api.post(
    "/chargebacks/<chargeback_id>/steps",
    security=KEY_OR_PERSON,
    responses=answers(200, GivenChargeback, 404, 409, 422, body=True),
)
@requires(Permission.STATEMENTS_WORK)
def step(path: ChargebackPath, body: ChargebackStepRequest) -> Response:
    """Note that it was answered, given up, won or lost."""
    done = services().chargebacks.decide(
        caller(),
        uuid.UUID(path.chargeback_id),
        ChargebackStep(body.step),
        version=body.version,
        note=body.note,
    )
    return told(chargeback_document(done))


@api.post(
    "/chargebacks/<chargeback_id>/notes",
    security=KEY_OR_PERSON,
    responses=answers(200, GivenChargebackWhole, 404, 422, body=True),
)
@requires(Permission.STATEMENTS_WORK)
def note(path: ChargebackPath, body: ChargebackNoteRequest) -> Response:
    """Add words to the journal."""
    return told(chargeback_whole(services().chargebacks.add_note(caller(), uuid.UUID(path.chargeback_id), body.note)))


@api.put(
    "/chargebacks/<chargeback_id>/evidence/<evidence_id>",
    security=KEY_OR_PERSON,
    responses=answers(200, GivenEvidence, 404, 409, 413, 422),
)
@requires(Permission.STATEMENTS_WORK)
def put_evidence(path: EvidencePath, query: NameQuery, raw: DocumentBody) -> Response:
    """Keep a file that proves the sale."""
    chargeback_id, evidence_id = uuid.UUID(path.chargeback_id), uuid.UUID(path.evidence_id)
    kept = services().chargebacks.add_evidence(caller(), chargeback_id, evidence_id, query.name, raw.get_data())
    return told(evidence_document(kept))


@api.get(
    "/chargebacks/<chargeback_id>/evidence/<evidence_id>",
    security=KEY_OR_PERSON,
    responses=answers(200, raw("application/octet-stream", _BINARY, "the file as it came"), 404),
)
@requires(Permission.STATEMENTS_READ)
def evidence(path: EvidencePath) -> Response:
    """Download a file."""
    found = services().chargebacks.evidence(caller(), uuid.UUID(path.chargeback_id), uuid.UUID(path.evidence_id))
    response = Response(found.content, content_type="application/octet-stream")
    # Never shown by the browser itself: a file from outside must not run in our origin.
    response.headers["Content-Disposition"] = f'attachment; filename="{found.id}"'
    return response


@api.get("/cash-position", security=KEY_OR_PERSON, responses=answers(200, GivenCashPosition))
@requires(Permission.STATEMENTS_READ)
def cash(query: CashPositionQuery) -> Response:
    """Tell what is on the accounts, what is expected by day, and how old open items are."""
    return told(cash_document(services().cash.look(caller(), query.days)))
