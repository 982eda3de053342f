"""Pay links over the API: make one, show it, find it by the code a payer shows at a till, begin its card payment."""

import json
from datetime import datetime, timedelta

from flask import Response, request
from flask_openapi3.models.tag import Tag

from gateway.domain.access import Permission
from gateway.domain.cards.payment import Attempt, Payment
from gateway.domain.credit.pay_link import PayLinkId
from gateway.domain.errors import InputError
from gateway.domain.ids import DeviceId, PaymentId, RegisterId, SaleId, parse_id
from gateway.domain.sales.tax_lines import TaxRate
from gateway.services.credit.make_pay_link import PayLinkCommand
from gateway.services.credit.pay_links import PayLinkView
from gateway.services.payments.take_payment import TakePaymentCommand
from gateway.web.answer_shapes import GivenPayment
from gateway.web.api import KEY_OR_PERSON, answers, raw
from gateway.web.auth import caller, requires
from gateway.web.container import current
from gateway.web.credit.credit_answers import pay_link_document
from gateway.web.credit.credit_shapes import (
    CodeRequest,
    GivenPayLink,
    GivenPayLinks,
    LinkPaymentRequest,
    LinksQuery,
    PayLinkPath,
    PayLinkRequest,
)
from gateway.web.credit.transfers_api import SVG
from gateway.web.credit.vouchers_api import asked_register, request_key
from gateway.web.described_api import APIBlueprint
from gateway.web.payments.payment_answers import new_payment, payment_location, to_json
from gateway.web.payments.payments_api import JSON, asked_money, stored_answer
from gateway.web.request_shapes import IdempotencyHeader

api = APIBlueprint("pay_links", __name__, url_prefix="/v1", abp_tags=[Tag(name="pay links")])

USUAL_LIFE = timedelta(days=1)


@api.post("/pay-links", security=KEY_OR_PERSON, responses=answers(201, GivenPayLink, 404, 409, 422, body=True))
@requires(Permission.PAYMENTS_CREATE)
def create(body: PayLinkRequest, header: IdempotencyHeader) -> Response:
    """Make a link by which somebody pays: by bank transfer, or at a terminal of the shop.

    Send the payer to ``url``. Whoever has it may look at shop, amount and reference, and choose how to pay.
    """
    amount = body.amount
    command = PayLinkCommand(
        link_id=PayLinkId(parse_id(body.id, "/id")),
        register_id=None if body.sale_id and not body.register_id else asked_register(body.register_id).id,
        sale_id=None if body.sale_id is None else SaleId(parse_id(body.sale_id, "/sale_id")),
        amount=None if amount is None else asked_money(amount.amount, amount.currency, "/amount"),
        tax_rate=_rate(body.tax_rate),
        reference=body.reference,
        expires_at=_instant(body.expires_at),
        request=request_key(body, body.id, header.idempotency_key, f"/v1/pay-links/{body.id}"),
    )

    def render(view: PayLinkView) -> bytes:
        return to_json(pay_link_document(view))

    answer, token, replayed = current().till.credit.pay_links.create(caller(), command, render)
    response = stored_answer(answer, replayed=replayed)
    # The stored answer never holds the address: it is made again from the key of the house.
    response.set_data(to_json(json.loads(answer.body) | {"url": pay_url(token)}))
    return response


@api.get("/pay-links", security=KEY_OR_PERSON, responses=answers(200, GivenPayLinks))
@requires(Permission.PAYMENTS_READ)
def recent(query: LinksQuery) -> Response:
    """List pay links, newest first, without their addresses."""
    before = None if query.starting_after is None else PayLinkId(parse_id(query.starting_after, "/starting_after"))
    found = current().till.credit.pay_links.list(caller(), limit=query.limit, before=before)
    return _json({"data": [pay_link_document(one) for one in found], "has_more": len(found) == query.limit})


@api.get("/pay-links/<link_id>", security=KEY_OR_PERSON, responses=answers(200, GivenPayLink, 404, 409))
@requires(Permission.PAYMENTS_READ)
def get(path: PayLinkPath) -> Response:
    """Tell one link; its address only to those who may take payments."""
    service, who = current().till.credit.pay_links, caller()
    view = service.get(who, _id(path))
    shown = Permission.PAYMENTS_CREATE in who.permissions
    return _json(pay_link_document(view, pay_url(service.token(who, view.link.id)) if shown else None))


@api.get(
    "/pay-links/<link_id>/code.svg",
    security=KEY_OR_PERSON,
    responses=answers(200, raw(SVG, {"type": "string"}, "the address as a QR code"), 404, 409),
)
@requires(Permission.PAYMENTS_CREATE)
def code(path: PayLinkPath) -> Response:
    """Draw the address of a link as a QR code for the payer's phone."""
    credit = current().till.credit
    address = pay_url(credit.pay_links.token(caller(), _id(path)))
    return Response(credit.picture.plain(address), content_type=SVG)


@api.post("/pay-links/<link_id>/cancel", security=KEY_OR_PERSON, responses=answers(200, GivenPayLink, 404, 409))
@requires(Permission.PAYMENTS_CANCEL)
def cancel(path: PayLinkPath) -> Response:
    """Let nobody pay by this link any more; a transfer that was chosen is given up."""
    return _json(pay_link_document(current().till.credit.pay_links.cancel(caller(), _id(path))))


@api.post("/pay-link-lookups", security=KEY_OR_PERSON, responses=answers(200, GivenPayLink, 422, body=True))
@requires(Permission.PAYMENTS_CREATE)
def look_up(body: CodeRequest) -> Response:
    """Find a link by the code that a payer shows at the till."""
    return _json(pay_link_document(current().till.credit.pay_links.find_by_till_code(caller(), body.code)))


@api.post(
    "/pay-links/<link_id>/payments",
    security=KEY_OR_PERSON,
    responses=answers(202, GivenPayment, 404, 409, 422, body=True),
)
@requires(Permission.PAYMENTS_CREATE)
def pay_at_terminal(path: PayLinkPath, body: LinkPaymentRequest, header: IdempotencyHeader) -> Response:
    """Begin the card payment of a link for exactly its amount; a transfer that was chosen is given up first."""
    container, who = current(), caller()
    terminal_id, register_id = _terminal(body)
    payment_id = PaymentId(parse_id(body.id, "/id"))
    link = container.till.credit.pay_links.claim_for_terminal(who, _id(path), payment_id)
    key = request_key(body, body.id, header.idempotency_key, payment_location(body.id), path.link_id)
    command = TakePaymentCommand(
        payment_id=payment_id,
        sale_id=link.sale_id,
        register_id=register_id,
        terminal_id=terminal_id,
        amount=link.amount,
        lines=(),
        reference=link.reference,
        key=key.key,
        request_hash=key.request_hash,
        location=key.location,
    )

    def render(payment: Payment, attempt: Attempt) -> bytes:
        return new_payment(payment, attempt, (), who)

    answer, replayed = container.take_payment.begin(who, command, render)
    return stored_answer(answer, replayed=replayed)


def pay_url(token: str) -> str:
    """Return the address a payer opens."""
    base = current().till.credit.public_url or request.host_url
    return f"{base.rstrip('/')}/pay/{token}"


def _terminal(body: LinkPaymentRequest) -> tuple[DeviceId, RegisterId]:
    register = asked_register(body.register_id)
    terminal = DeviceId(body.terminal_id) if body.terminal_id else register.terminal_id
    if terminal is None:
        hint = "Name the terminal as well."
        raise InputError("terminal_needed", "This register has no terminal of its own.", hint, "/terminal_id")
    return terminal, register.id


def _rate(text: str) -> TaxRate:
    try:
        return TaxRate.of(text)
    except InputError as error:
        raise InputError(error.code, error.message, error.hint, "/tax_rate") from error


def _instant(text: str | None) -> datetime:
    if text is None:
        return current().clock.now() + USUAL_LIFE
    try:
        return datetime.fromisoformat(text)
    except ValueError as error:
        hint = "Write it as 2026-12-31T18:00:00Z."
        raise InputError("pay_link_expiry", "There is no such instant.", hint, "/expires_at") from error


def _id(path: PayLinkPath) -> PayLinkId:
    return PayLinkId(parse_id(path.link_id, "/path/link_id"))


def _json(document: object) -> Response:
    return Response(to_json(document), content_type=JSON)
