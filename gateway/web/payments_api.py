"""Payments over the API: begin, look, watch, cancel, try again, resolve."""

import hashlib
from collections.abc import Iterator
from decimal import Decimal

from flask import Response, request
from flask_openapi3.blueprint import APIBlueprint
from flask_openapi3.models.tag import Tag

from gateway.domain.access import Caller, Permission
from gateway.domain.errors import InputError
from gateway.domain.ids import AttemptId, DeviceId, PaymentId, RegisterId, SaleId, derived_id, parse_id
from gateway.domain.money import Currency, Money
from gateway.domain.payment import Attempt, Payment
from gateway.domain.sale import SaleLine
from gateway.ports.unit_of_work import PaymentRecord
from gateway.services.take_payment import TakePaymentCommand
from gateway.web.answer_shapes import (
    GivenPayment,
    GivenPaymentPage,
)
from gateway.web.api import KEY_OR_PERSON, PERSON, answers, raw
from gateway.web.auth import caller, requires, still_allowed
from gateway.web.container import WebSettings, current
from gateway.web.events import PaymentStream, nothing_to_tell
from gateway.web.free_text import cut
from gateway.web.payment_answers import new_payment, payment_document, payment_location, to_json
from gateway.web.request_shapes import (
    AskedLineAmount,
    AttemptRequest,
    IdempotencyHeader,
    PageQuery,
    PaymentPath,
    PaymentRequest,
    ResolutionRequest,
    ResumeHeader,
)

api = APIBlueprint("payments", __name__, url_prefix="/v1", abp_tags=[Tag(name="payments")])

JSON = "application/json"
_EVENT = {
    "type": "object",
    "properties": {
        "event": {"enum": ["payment", "progress"]},
        "data": {"type": "string", "contentMediaType": "application/json"},
        "id": {"type": "string"},
    },
}
"""One event of a stream: ``id`` only on those that stand in the journal."""


@api.post("/payments", security=KEY_OR_PERSON, responses=answers(202, GivenPayment, 409, 422, body=True))
@requires(Permission.PAYMENTS_CREATE)
def begin(body: PaymentRequest, header: IdempotencyHeader) -> Response:
    """Begin a card payment.

    The answer comes before the card is presented; watch ``links.events`` or ask for the payment. The same request again
    (same id or Idempotency-Key) gets the same answer and charges nothing more.
    """
    container = current()
    who = caller()
    command = _command(container.settings, who, body, header.idempotency_key)

    def render(payment: Payment, attempt: Attempt) -> bytes:
        return new_payment(payment, attempt, command.lines, who)

    answer, replayed = container.take_payment.begin(who, command, render)
    response = Response(answer.body, status=answer.status, content_type=JSON)
    response.headers["Location"] = answer.location
    if replayed:
        response.headers["Idempotency-Replayed"] = "true"
    return response


@api.get("/payments", security=KEY_OR_PERSON, responses=answers(200, GivenPaymentPage))
@requires(Permission.PAYMENTS_READ)
def recent(query: PageQuery) -> Response:
    """List payments, newest first."""
    before = PaymentId(parse_id(query.starting_after, "/query/starting_after")) if query.starting_after else None
    found = current().read_payments.recent(caller(), limit=min(query.limit + 1, 101), before=before)
    page = found[: query.limit]
    return _json(
        {
            "data": [payment_document(record, caller()) for record in page],
            "has_more": len(found) > query.limit,
            "next": str(page[-1].payment.id) if len(found) > query.limit else None,
        }
    )


@api.get("/payments/<payment_id>", security=KEY_OR_PERSON, responses=answers(200, GivenPayment, 404))
@requires(Permission.PAYMENTS_READ)
def get(path: PaymentPath) -> Response:
    """Tell one payment with its attempts and journal."""
    record = current().read_payments.get(caller(), _id(path))
    response = _payment(record, caller())
    response.set_etag(hashlib.sha256(response.get_data()).hexdigest()[:32])
    response.make_conditional(request)
    return response


@api.post("/payments/<payment_id>/cancel", security=KEY_OR_PERSON, responses=answers(202, GivenPayment, 404, 409))
@requires(Permission.PAYMENTS_CANCEL)
def cancel(path: PaymentPath) -> Response:
    """Ask the terminal to stop. The payment still ends by the terminal's answer, which may be an approval."""
    return _payment(current().cancel_payment.request(caller(), _id(path)), caller(), 202)


@api.post(
    "/payments/<payment_id>/attempts",
    security=KEY_OR_PERSON,
    responses=answers(202, GivenPayment, 404, 409, 422, body=True),
)
@requires(Permission.PAYMENTS_CREATE)
def try_again(path: PaymentPath, body: AttemptRequest) -> Response:
    """Try again after a decline or a cancel: a further attempt of the same payment."""
    payment_id = _id(path)
    # Derived, so that the id of one payment's try can never meet another payment's.
    attempt_id = AttemptId(derived_id(payment_id, f"attempt {body.request_id}"))
    return _payment(current().take_payment.try_again(caller(), payment_id, attempt_id), caller(), 202)


@api.post("/payments/<payment_id>/ask", security=KEY_OR_PERSON, responses=answers(202, GivenPayment, 404, 409))
@requires(Permission.PAYMENTS_CREATE)
def ask(path: PaymentPath) -> Response:
    """Have the terminal asked again for an outcome in doubt."""
    return _payment(current().resolve_payment.ask_terminal(caller(), _id(path)), caller(), 202)


@api.post(
    "/payments/<payment_id>/resolution",
    security=PERSON,
    responses=answers(200, GivenPayment, 404, 409, 422, body=True),
)
@requires(Permission.PAYMENTS_RESOLVE)
def resolve(path: PaymentPath, body: ResolutionRequest) -> Response:
    """Decide an outcome in doubt by a person's word, with the proof as reason."""
    done = current().resolve_payment.decide(caller(), _id(path), paid=body.paid, reason=body.reason)
    return _payment(done, caller())


@api.get(
    "/payments/<payment_id>/events",
    security=KEY_OR_PERSON,
    responses=answers(200, raw("text/event-stream", _EVENT, "`payment` and `progress` events"), 404) | {204: None},
)
@requires(Permission.PAYMENTS_READ)
def events(path: PaymentPath, header: ResumeHeader) -> Response:
    """Watch one payment (server-sent events); 204 when it has ended and there is nothing new to tell."""
    container = current()
    record = container.read_payments.get(caller(), _id(path))
    after = int(header.last_event_id or 0)
    if nothing_to_tell(record, after):
        return Response(status=204)
    allowed = still_allowed(Permission.PAYMENTS_READ)
    stream = PaymentStream(container, caller(), record, after=after, allowed=allowed)
    response = Response(_iterator(stream), content_type="text/event-stream; charset=utf-8")
    response.call_on_close(stream.close)
    response.headers["X-Accel-Buffering"] = "no"
    return response


def _iterator(stream: PaymentStream) -> Iterator[bytes]:
    return stream


def _id(path: PaymentPath) -> PaymentId:
    return PaymentId(parse_id(path.payment_id, "/path/payment_id"))


def _json(document: object, status: int = 200) -> Response:
    return Response(to_json(document), status=status, content_type=JSON)


def _payment(record: PaymentRecord, who: Caller, status: int = 200) -> Response:
    response = _json(payment_document(record, who), status)
    if status == 202:
        response.headers["Location"] = payment_location(record.payment.id)
    return response


def _command(settings: WebSettings, who: Caller, body: PaymentRequest, key: str | None) -> TakePaymentCommand:
    register_id, terminal_id = _place(settings, who, body)
    if key is not None and cut(key) != key:
        hint = "Take a random key."
        raise InputError("card_number_in_key", "The idempotency key holds a card number.", hint, "/Idempotency-Key")
    # The canonical form is hashed after card numbers were cut: no hash over a card number exists anywhere.
    canonical = body.model_dump_json(exclude_defaults=True).encode()
    return TakePaymentCommand(
        payment_id=PaymentId(parse_id(body.id, "/id")),
        sale_id=SaleId(parse_id(body.sale_id, "/sale_id")) if body.sale_id else None,
        register_id=register_id,
        terminal_id=terminal_id,
        amount=_money(body.amount.amount, body.amount.currency, "/amount"),
        lines=tuple(
            SaleLine(
                line.text,
                Decimal(line.quantity),
                _line_money(line.unit_price, f"/lines/{number}/unit_price", body),
                _line_money(line.amount, f"/lines/{number}/amount", body),
            )
            for number, line in enumerate(body.lines)
        ),
        reference=body.reference,
        key=key or body.id,
        request_hash=hashlib.sha256(canonical).hexdigest(),
        location=payment_location(body.id),
    )


def _place(settings: WebSettings, who: Caller, body: PaymentRequest) -> tuple[RegisterId, DeviceId]:
    """Find register and terminal; a terminal alone stands for the first register that has it, or for itself."""
    here = (who.tenant_id, who.store_id) == (settings.tenant_id, settings.store_id)
    registers = settings.registers if here else ()
    if body.register_id is None and body.terminal_id is None:
        hint = "Name the register or the terminal."
        raise InputError("terminal_needed", "It is not said which terminal takes the card.", hint, "/register_id")
    if body.register_id is None:
        terminal_id = DeviceId(body.terminal_id or "")
        at = next((one.id for one in registers if one.terminal_id == terminal_id), RegisterId(terminal_id))
        return at, terminal_id
    register = next((one for one in registers if one.id == body.register_id), None)
    if register is None:
        hint = "Use the id of a register of this store."
        raise InputError("unknown_register", "This register is not known here.", hint, "/register_id")
    terminal = DeviceId(body.terminal_id) if body.terminal_id else register.terminal_id
    if terminal is None:
        hint = "Name the terminal as well."
        raise InputError("terminal_needed", "This register has no terminal of its own.", hint, "/terminal_id")
    return register.id, terminal


def _money(amount: str, currency: str, pointer: str) -> Money:
    try:
        return Money.from_decimal(amount, Currency.of(currency))
    except InputError as error:
        part = "currency" if error.code == "unknown_currency" else "amount"
        raise InputError(error.code, error.message, error.hint, f"{pointer}/{part}") from error


def _line_money(amount: AskedLineAmount, pointer: str, body: PaymentRequest) -> Money:
    if amount.currency != body.amount.currency:
        hint = "Use the currency of the payment in every line."
        raise InputError("currency_mismatch", "A line has another currency.", hint, f"{pointer}/currency")
    return _money(amount.amount, amount.currency, pointer)
