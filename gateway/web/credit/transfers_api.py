"""Bank transfers over the API: look, draw the code, say that one arrived or will not, clear what came late."""

import uuid

from flask import Response
from flask_openapi3.models.tag import Tag

from gateway.domain.access import Permission
from gateway.domain.bank.transfer_order import TransferOrderId, TransferState
from gateway.domain.credit.voucher import CustomerId
from gateway.domain.ids import parse_id
from gateway.ports.credit_store import TransferRecord
from gateway.services.credit.manage_transfers import ClearWish
from gateway.web.answer_shapes import GivenDelivery
from gateway.web.api import KEY_OR_PERSON, answers, raw
from gateway.web.auth import caller, requires
from gateway.web.container import current
from gateway.web.credit.credit_answers import transfer_document
from gateway.web.credit.credit_shapes import (
    ArrivalRequest,
    ClearingRequest,
    GivenTransferOrder,
    GivenTransferOrders,
    ReasonRequest,
    SlipRequest,
    TransferPath,
    TransfersQuery,
)
from gateway.web.credit.vouchers_api import asked_register
from gateway.web.described_api import APIBlueprint
from gateway.web.payments.payment_answers import delivery_document, to_json
from gateway.web.payments.payments_api import JSON

api = APIBlueprint("transfers", __name__, url_prefix="/v1", abp_tags=[Tag(name="transfers")])

SVG = "image/svg+xml"
_CHANGED = answers(200, GivenTransferOrder, 404, 409, 422, body=True)


@api.get("/transfers", security=KEY_OR_PERSON, responses=answers(200, GivenTransferOrders))
@requires(Permission.PAYMENTS_READ)
def recent(query: TransfersQuery) -> Response:
    """List transfers, newest first; by a reference there is at most one."""
    service, now = current().till.credit.transfers, current().clock.now()
    if query.reference is not None:
        found = service.find_by_reference(caller(), query.reference)
        matching = [found] if found is not None and query.state in (None, found.state) else []
        return _json({"data": [transfer_document(one, now) for one in matching], "has_more": False})
    states = tuple(TransferState) if query.state is None else (query.state,)
    before = None if query.starting_after is None else TransferOrderId(uuid.UUID(query.starting_after))
    page = service.list(caller(), states, limit=query.limit, before=before)
    return _json({"data": [transfer_document(one, now) for one in page], "has_more": len(page) == query.limit})


@api.get("/transfers/<transfer_id>", security=KEY_OR_PERSON, responses=answers(200, GivenTransferOrder, 404))
@requires(Permission.PAYMENTS_READ)
def get(path: TransferPath) -> Response:
    """Tell one transfer with its journal."""
    return _transfer(current().till.credit.transfers.get(caller(), _id(path)))


@api.get(
    "/transfers/<transfer_id>/code.svg",
    security=KEY_OR_PERSON,
    responses=answers(200, raw(SVG, {"type": "string"}, "the code a banking app scans"), 404),
)
@requires(Permission.PAYMENTS_READ)
def code(path: TransferPath) -> Response:
    """Draw the code of a transfer."""
    order = current().till.credit.transfers.get(caller(), _id(path)).order
    return Response(current().till.credit.picture.svg(order.payload, order.standard), content_type=SVG)


@api.post("/transfers/<transfer_id>/arrival", security=KEY_OR_PERSON, responses=_CHANGED)
@requires(Permission.TRANSFERS_CONFIRM)
def arrival(path: TransferPath, body: ArrivalRequest) -> Response:
    """Say that a transfer has arrived. One that was given up before becomes a task: ``late``."""
    service = current().till.credit.transfers
    return _transfer(service.arrived(caller(), _id(path), reason=body.reason, bank_reference=body.bank_reference))


@api.post("/transfers/<transfer_id>/cancel", security=KEY_OR_PERSON, responses=_CHANGED)
@requires(Permission.TRANSFERS_CONFIRM)
def cancel(path: TransferPath, body: ReasonRequest) -> Response:
    """Wait for a transfer no longer: its amount is due again."""
    return _transfer(current().till.credit.transfers.give_up(caller(), _id(path), reason=body.reason))


@api.post("/transfers/<transfer_id>/clearing", security=KEY_OR_PERSON, responses=_CHANGED)
@requires(Permission.TRANSFERS_CONFIRM)
def clear(path: TransferPath, body: ClearingRequest) -> Response:
    """Say what becomes of money that came late: it goes back, or to the account of a customer."""
    customer_id = None if body.customer_id is None else CustomerId(parse_id(body.customer_id, "/customer_id"))
    wish = ClearWish(body.clearing, body.reason, customer_id)
    return _transfer(current().till.credit.transfers.clear(caller(), _id(path), wish))


@api.post(
    "/transfers/<transfer_id>/slips",
    security=KEY_OR_PERSON,
    responses=answers(202, GivenDelivery, 404, 409, 422, body=True),
)
@requires(Permission.RECEIPTS_PRINT)
def slip(path: TransferPath, body: SlipRequest) -> Response:
    """Print the code of a transfer, with its fields; without a register where it was asked for."""
    register_id = None if body.register_id is None else asked_register(body.register_id).id
    request_id = uuid.UUID(body.request_id)
    message = current().till.credit.prints.transfer(caller(), _id(path), register_id, request_id)
    return Response(to_json(delivery_document(message)), status=202, content_type=JSON)


def _id(path: TransferPath) -> TransferOrderId:
    return TransferOrderId(uuid.UUID(path.transfer_id))


def _transfer(record: TransferRecord) -> Response:
    return _json(transfer_document(record.order, current().clock.now(), record.lines))


def _json(document: object) -> Response:
    return Response(to_json(document), content_type=JSON)
