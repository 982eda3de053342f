"""Refunds over the API: give money back, look, watch, cancel, settle what is in doubt, print."""

import hashlib
import uuid

from flask import Response
from flask_openapi3.models.tag import Tag

from gateway.domain.access import Caller, Permission
from gateway.domain.cards.payment import Attempt
from gateway.domain.cards.refund import Refund
from gateway.domain.errors import InputError
from gateway.domain.ids import DeviceId, PaymentId, RefundId, RegisterId, parse_id
from gateway.ports.unit_of_work import RefundRecord
from gateway.services.payments.refund_payment import RefundCommand
from gateway.web.answer_shapes import GivenDelivery
from gateway.web.api import KEY_OR_PERSON, PERSON, answers, raw
from gateway.web.auth import caller, requires
from gateway.web.container import WebContainer, current
from gateway.web.described_api import APIBlueprint
from gateway.web.events import event_stream, watched_refund
from gateway.web.payments.payment_answers import delivery_document, to_json
from gateway.web.payments.payments_api import JSON, asked_money, checked_key, stored_answer
from gateway.web.payments.refund_answers import new_refund, refund_document, refund_location, refunds_document
from gateway.web.payments.refund_shapes import GivenRefund, GivenRefunds
from gateway.web.request_shapes import (
    CopyQuery,
    IdempotencyHeader,
    PaymentPath,
    ReceiptRequest,
    RefundPath,
    RefundRequest,
    RefundResolutionRequest,
    ResumeHeader,
)

api = APIBlueprint("refunds", __name__, url_prefix="/v1", abp_tags=[Tag(name="refunds")])

_EVENT = {
    "type": "object",
    "properties": {
        "event": {"enum": ["refund", "progress"]},
        "data": {"type": "string", "contentMediaType": "application/json"},
        "id": {"type": "string"},
    },
}


@api.post(
    "/payments/<payment_id>/refunds",
    security=KEY_OR_PERSON,
    responses=answers(202, GivenRefund, 404, 409, 422, body=True),
)
@requires(Permission.PAYMENTS_REFUND_SMALL)
def begin(path: PaymentPath, body: RefundRequest, header: IdempotencyHeader) -> Response:
    """Give a payment back to its card, in full or in part.

    The answer comes before the card is presented; watch ``links.events`` or ask for the refund. The same request again
    (same id or Idempotency-Key) gets the same answer and gives nothing more back.
    """
    container, who = current(), caller()
    command = _command(container, who, path, body, header.idempotency_key)

    def render(refund: Refund, attempt: Attempt) -> bytes:
        return new_refund(refund, attempt, who)

    answer, replayed = container.refund_payment.begin(who, command, render)
    return stored_answer(answer, replayed=replayed)


@api.get("/payments/<payment_id>/refunds", security=KEY_OR_PERSON, responses=answers(200, GivenRefunds, 404))
@requires(Permission.PAYMENTS_READ)
def of_payment(path: PaymentPath) -> Response:
    """List the refunds of a payment, and tell what may still be given back."""
    payment_id = PaymentId(parse_id(path.payment_id, "/path/payment_id"))
    return _json(refunds_document(current().read_refunds.of_payment(caller(), payment_id), caller()))


@api.get("/refunds/<refund_id>", security=KEY_OR_PERSON, responses=answers(200, GivenRefund, 404))
@requires(Permission.PAYMENTS_READ)
def get(path: RefundPath) -> Response:
    """Tell one refund with its try and journal."""
    return _refund(current().read_refunds.get(caller(), _id(path)))


@api.post("/refunds/<refund_id>/cancel", security=KEY_OR_PERSON, responses=answers(202, GivenRefund, 404, 409))
@requires(Permission.PAYMENTS_CANCEL)
def cancel(path: RefundPath) -> Response:
    """Ask the terminal to stop. The refund still ends by the terminal's answer, which may be an approval."""
    return _refund(current().settle_refund.cancel(caller(), _id(path)), 202)


@api.post("/refunds/<refund_id>/ask", security=KEY_OR_PERSON, responses=answers(202, GivenRefund, 404, 409))
@requires(Permission.PAYMENTS_CREATE)
def ask(path: RefundPath) -> Response:
    """Have the terminal asked again for an outcome in doubt."""
    return _refund(current().settle_refund.ask_terminal(caller(), _id(path)), 202)


@api.post(
    "/refunds/<refund_id>/resolution",
    security=PERSON,
    responses=answers(200, GivenRefund, 404, 409, 422, body=True),
)
@requires(Permission.PAYMENTS_RESOLVE)
def resolve(path: RefundPath, body: RefundResolutionRequest) -> Response:
    """Decide an outcome in doubt by a person's word, with the proof as reason."""
    return _refund(current().settle_refund.decide(caller(), _id(path), given_back=body.given_back, reason=body.reason))


@api.get(
    "/refunds/<refund_id>/events",
    security=KEY_OR_PERSON,
    responses=answers(200, raw("text/event-stream", _EVENT, "`refund` and `progress` events"), 404) | {204: None},
)
@requires(Permission.PAYMENTS_READ)
def events(path: RefundPath, header: ResumeHeader) -> Response:
    """Watch one refund (server-sent events); 204 when it has ended and there is nothing new to tell."""
    watched = watched_refund(current(), caller(), _id(path))
    return event_stream(watched, after=int(header.last_event_id or 0), permission=Permission.PAYMENTS_READ)


@api.post(
    "/refunds/<refund_id>/receipts",
    security=KEY_OR_PERSON,
    responses=answers(202, GivenDelivery, 404, 409, 422, body=True),
)
@requires(Permission.RECEIPTS_PRINT)
def print_copy(path: RefundPath, body: ReceiptRequest) -> Response:
    """Print a copy of its receipt, marked as such. Its delivery stands in the refund."""
    request_id = uuid.UUID(body.request_id)
    message = current().print_receipt.request_refund_copy(caller(), _id(path), body.copy_for, request_id)
    return _json(delivery_document(message), 202)


@api.get(
    "/refunds/<refund_id>/receipt.txt",
    security=KEY_OR_PERSON,
    responses=answers(200, raw("text/plain", {"type": "string"}, "the printed lines"), 404, 409),
)
@requires(Permission.PAYMENTS_READ)
def as_text(path: RefundPath, query: CopyQuery) -> Response:
    """Show the receipt as text, line by line as printed."""
    receipt = current().print_receipt.refund_receipt(caller(), _id(path), query.copy_for)
    return Response(current().renderer.text(receipt), content_type="text/plain; charset=utf-8")


@api.get(
    "/refunds/<refund_id>/receipt.png",
    security=KEY_OR_PERSON,
    responses=answers(
        200, raw("image/png", {"type": "string", "format": "binary"}, "the paper as a picture"), 404, 409
    ),
)
@requires(Permission.PAYMENTS_READ)
def as_picture(path: RefundPath, query: CopyQuery) -> Response:
    """Show the receipt as a picture of the paper, made through the printer's own bytes."""
    receipt = current().print_receipt.refund_receipt(caller(), _id(path), query.copy_for)
    return Response(current().renderer.png(receipt), content_type="image/png")


def _id(path: RefundPath) -> RefundId:
    return RefundId(parse_id(path.refund_id, "/path/refund_id"))


def _json(document: object, status: int = 200) -> Response:
    return Response(to_json(document), status=status, content_type=JSON)


def _refund(record: RefundRecord, status: int = 200) -> Response:
    response = _json(refund_document(record, caller()), status)
    if status == 202:
        response.headers["Location"] = refund_location(record.refund.id)
    return response


def _command(
    container: WebContainer, who: Caller, path: PaymentPath, body: RefundRequest, key: str | None
) -> RefundCommand:
    key = checked_key(key)
    register_id, terminal_id = _place(container, who, body)
    amount = body.amount
    # The payment is part of what is asked for; card numbers were cut from the reason before it is hashed.
    canonical = f"{path.payment_id} {body.model_dump_json(exclude_defaults=True)}".encode()
    return RefundCommand(
        refund_id=RefundId(parse_id(body.id, "/id")),
        payment_id=PaymentId(parse_id(path.payment_id, "/path/payment_id")),
        amount=None if amount is None else asked_money(amount.amount, amount.currency, "/amount"),
        register_id=register_id,
        terminal_id=terminal_id,
        reason=body.reason,
        key=key or body.id,
        request_hash=hashlib.sha256(canonical).hexdigest(),
        location=refund_location(body.id),
    )


def _place(container: WebContainer, who: Caller, body: RefundRequest) -> tuple[RegisterId | None, DeviceId | None]:
    """Find where the money is given back; nothing named stands for where the payment was made."""
    terminal = DeviceId(body.terminal_id) if body.terminal_id else None
    if body.register_id is None:
        return None, terminal
    settings = container.settings
    here = (who.tenant_id, who.store_id) == (settings.tenant_id, settings.store_id)
    found = next((one for one in container.registers() if here and one.id == body.register_id), None)
    if found is None:
        hint = "Use the id of a register of this store."
        raise InputError("unknown_register", "This register is not known here.", hint, "/register_id")
    return found.id, terminal or found.terminal_id
