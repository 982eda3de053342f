"""Payments over the API: begin, look, watch, cancel, try again, resolve."""

import hashlib
from decimal import Decimal

from flask import Response, request
from flask_openapi3.models.tag import Tag

from gateway.domain.access import Caller, Permission
from gateway.domain.cards.payment import EXACT, Attempt, Payment, PaymentTerms
from gateway.domain.errors import InputError
from gateway.domain.ids import AttemptId, DeviceId, PaymentId, RegisterId, SaleId, derived_id, parse_id
from gateway.domain.money import Currency, Money
from gateway.domain.sales.sale import SaleLine
from gateway.ports.unit_of_work import PaymentRecord, StoredAnswer
from gateway.services.payments.take_payment import TakePaymentCommand
from gateway.web.answer_shapes import (
    GivenPayment,
    GivenPaymentPage,
)
from gateway.web.api import KEY_OR_PERSON, PERSON, answers, raw
from gateway.web.auth import caller, requires
from gateway.web.container import WebContainer, current
from gateway.web.described_api import APIBlueprint
from gateway.web.events import event_stream, watched_payment
from gateway.web.free_text import cut
from gateway.web.payments.payment_answers import new_payment, payment_document, payment_location, to_json
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
    command = _command(container, who, body, header.idempotency_key)

    def render(payment: Payment, attempt: Attempt) -> bytes:
        return new_payment(payment, attempt, command.lines, who)

    answer, replayed = container.take_payment.begin(who, command, render)
    return stored_answer(answer, replayed=replayed)


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
    watched = watched_payment(current(), caller(), _id(path))
    return event_stream(watched, after=int(header.last_event_id or 0), permission=Permission.PAYMENTS_READ)


def _id(path: PaymentPath) -> PaymentId:
    return PaymentId(parse_id(path.payment_id, "/path/payment_id"))


def _json(document: object, status: int = 200) -> Response:
    return Response(to_json(document), status=status, content_type=JSON)


def _payment(record: PaymentRecord, who: Caller, status: int = 200) -> Response:
    response = _json(payment_document(record, who), status)
    if status == 202:
        response.headers["Location"] = payment_location(record.payment.id)
    return response


def _command(container: WebContainer, who: Caller, body: PaymentRequest, key: str | None) -> TakePaymentCommand:
    register_id, terminal_id = place_of(container, who, body.register_id, body.terminal_id)
    key = checked_key(key)
    # The canonical form is hashed after card numbers were cut: no hash over a card number exists anywhere.
    canonical = body.model_dump_json(exclude_defaults=True).encode()
    return TakePaymentCommand(
        payment_id=PaymentId(parse_id(body.id, "/id")),
        sale_id=SaleId(parse_id(body.sale_id, "/sale_id")) if body.sale_id else None,
        register_id=register_id,
        terminal_id=terminal_id,
        amount=asked_money(body.amount.amount, body.amount.currency, "/amount"),
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
        terms=_terms(body),
    )


def _terms(body: PaymentRequest) -> PaymentTerms:
    """Return what may differ; towards a sale that is stored before, a part is taken unless it is said otherwise."""
    tip_minor = 0
    if body.tip is not None:
        if body.tip.currency != body.amount.currency:
            hint = "Send the tip in the currency of the amount."
            raise InputError("currency_mismatch", "The tip has another currency.", hint, "/tip/currency")
        tip_minor = asked_money(body.tip.amount, body.tip.currency, "/tip").minor
    partial = body.sale_id is not None if body.allow_partial is None else body.allow_partial
    return PaymentTerms(tip_minor, partial) if tip_minor or partial else EXACT


def checked_key(key: str | None) -> str | None:
    """Return an idempotency key.

    Raises:
        InputError: ``card_number_in_key``.
    """
    if key is not None and cut(key) != key:
        hint = "Take a random key."
        raise InputError("card_number_in_key", "The idempotency key holds a card number.", hint, "/Idempotency-Key")
    return key


def stored_answer(answer: StoredAnswer, *, replayed: bool) -> Response:
    """Write the first answer to a request, told again where it is repeated."""
    response = Response(answer.body, status=answer.status, content_type=JSON)
    response.headers["Location"] = answer.location
    if replayed:
        response.headers["Idempotency-Replayed"] = "true"
    return response


def place_of(
    container: WebContainer, who: Caller, register_name: str | None, terminal_name: str | None
) -> tuple[RegisterId, DeviceId]:
    """Find register and terminal; a terminal alone stands for the first register that has it, or for itself.

    Raises:
        InputError: ``terminal_needed``, ``unknown_register``.
    """
    settings = container.settings
    here = (who.tenant_id, who.store_id) == (settings.tenant_id, settings.store_id)
    registers = container.registers() if here else ()
    if register_name is None and terminal_name is None:
        hint = "Name the register or the terminal."
        raise InputError("terminal_needed", "It is not said which terminal takes the card.", hint, "/register_id")
    if register_name is None:
        terminal_id = DeviceId(terminal_name or "")
        at = next((one.id for one in registers if one.terminal_id == terminal_id), RegisterId(terminal_id))
        return at, terminal_id
    register = next((one for one in registers if one.id == register_name), None)
    if register is None:
        hint = "Use the id of a register of this store."
        raise InputError("unknown_register", "This register is not known here.", hint, "/register_id")
    terminal = DeviceId(terminal_name) if terminal_name else register.terminal_id
    if terminal is None:
        hint = "Name the terminal as well."
        raise InputError("terminal_needed", "This register has no terminal of its own.", hint, "/terminal_id")
    return register.id, terminal


def asked_money(amount: str, currency: str, pointer: str) -> Money:
    """Read an amount of a request; its errors name the place.

    Raises:
        InputError: ``unknown_currency`` or what is wrong with the amount.
    """
    try:
        return Money.from_decimal(amount, Currency.of(currency))
    except InputError as error:
        part = "currency" if error.code == "unknown_currency" else "amount"
        raise InputError(error.code, error.message, error.hint, f"{pointer}/{part}") from error


def _line_money(amount: AskedLineAmount, pointer: str, body: PaymentRequest) -> Money:
    if amount.currency != body.amount.currency:
        hint = "Use the currency of the payment in every line."
        raise InputError("currency_mismatch", "A line has another currency.", hint, f"{pointer}/currency")
    return asked_money(amount.amount, amount.currency, pointer)
