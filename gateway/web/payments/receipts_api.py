"""Receipts over the API: look at one as text or picture, or ask for a marked copy on paper."""

import uuid

from flask import Response
from flask_openapi3.models.tag import Tag

from gateway.domain.access import Permission
from gateway.domain.ids import PaymentId, parse_id
from gateway.web.answer_shapes import GivenDelivery
from gateway.web.api import KEY_OR_PERSON, answers, raw
from gateway.web.auth import caller, requires
from gateway.web.container import current
from gateway.web.described_api import APIBlueprint
from gateway.web.payments.payment_answers import delivery_document, to_json
from gateway.web.request_shapes import CopyQuery, PaymentPath, ReceiptRequest

api = APIBlueprint("receipts", __name__, url_prefix="/v1", abp_tags=[Tag(name="receipts")])


@api.post(
    "/payments/<payment_id>/receipts",
    security=KEY_OR_PERSON,
    responses=answers(202, GivenDelivery, 404, 409, 422, body=True),
)
@requires(Permission.RECEIPTS_PRINT)
def print_copy(path: PaymentPath, body: ReceiptRequest) -> Response:
    """Print a copy, marked as such. Its delivery stands in the payment."""
    message = current().print_receipt.request_copy(caller(), _id(path), body.copy_for, uuid.UUID(body.request_id))
    return Response(to_json(delivery_document(message)), status=202, content_type="application/json")


@api.get(
    "/payments/<payment_id>/receipt.txt",
    security=KEY_OR_PERSON,
    responses=answers(200, raw("text/plain", {"type": "string"}, "the printed lines"), 404, 409),
)
@requires(Permission.PAYMENTS_READ)
def as_text(path: PaymentPath, query: CopyQuery) -> Response:
    """Show the receipt as text, line by line as printed."""
    receipt = current().print_receipt.receipt(caller(), _id(path), query.copy_for)
    return Response(current().renderer.text(receipt), content_type="text/plain; charset=utf-8")


@api.get(
    "/payments/<payment_id>/receipt.png",
    security=KEY_OR_PERSON,
    responses=answers(
        200, raw("image/png", {"type": "string", "format": "binary"}, "the paper as a picture"), 404, 409
    ),
)
@requires(Permission.PAYMENTS_READ)
def as_picture(path: PaymentPath, query: CopyQuery) -> Response:
    """Show the receipt as a picture of the paper, made through the printer's own bytes."""
    receipt = current().print_receipt.receipt(caller(), _id(path), query.copy_for)
    return Response(current().renderer.png(receipt), content_type="image/png")


def _id(path: PaymentPath) -> PaymentId:
    return PaymentId(parse_id(path.payment_id, "/path/payment_id"))
