"""Reservations over the API: have an amount held, charge it, let it go, settle what is in doubt."""

import hashlib

from flask import Response
from flask_openapi3.models.tag import Tag

from gateway.domain.access import Caller, Permission
from gateway.domain.cards.payment import Attempt, Payment
from gateway.domain.ids import DeviceId, PaymentId, ReservationId, SaleId, parse_id
from gateway.ports.reservation_store import ReservationRecord
from gateway.services.payments.reserve_amount import CompleteCommand, ReleaseCommand, ReserveCommand
from gateway.web.answer_shapes import GivenPayment
from gateway.web.api import KEY_OR_PERSON, PERSON, answers
from gateway.web.auth import caller, requires
from gateway.web.container import current
from gateway.web.described_api import APIBlueprint
from gateway.web.payments.payment_answers import new_payment, payment_location, to_json
from gateway.web.payments.payments_api import JSON, asked_money, checked_key, place_of, stored_answer
from gateway.web.payments.reservation_answers import (
    held_document,
    reservation_bytes,
    reservation_document,
    reservation_location,
)
from gateway.web.payments.reservation_shapes import (
    CompletionRequest,
    GivenHeld,
    GivenReservation,
    GivenReservationPage,
    ReleaseRequest,
    ReservationPageQuery,
    ReservationPath,
    ReservationRequest,
    StepResolutionRequest,
    WriteOffRequest,
)
from gateway.web.request_shapes import IdempotencyHeader, TerminalPath

api = APIBlueprint("reservations", __name__, url_prefix="/v1", abp_tags=[Tag(name="reservations")])


@api.post("/reservations", security=KEY_OR_PERSON, responses=answers(202, GivenReservation, 409, 422, body=True))
@requires(Permission.PAYMENTS_CREATE)
def begin(body: ReservationRequest, header: IdempotencyHeader) -> Response:
    """Have an amount held on a card; nothing is charged.

    The answer comes before the card is presented; ask for the reservation. The same request again (same id or
    Idempotency-Key) gets the same answer and holds nothing more.
    """
    who, container = caller(), current()
    register_id, terminal_id = place_of(container, who, body.register_id, body.terminal_id)
    key = checked_key(header.idempotency_key)
    command = ReserveCommand(
        reservation_id=ReservationId(parse_id(body.id, "/id")),
        register_id=register_id,
        terminal_id=terminal_id,
        amount=asked_money(body.amount.amount, body.amount.currency, "/amount"),
        reference=body.reference,
        key=key or body.id,
        request_hash=_digest(body.model_dump_json(exclude_defaults=True)),
        location=reservation_location(body.id),
    )
    answer, replayed = container.till.terminal.reserve.begin(
        who, command, lambda record: reservation_bytes(record, who)
    )
    return stored_answer(answer, replayed=replayed)


@api.get("/reservations", security=KEY_OR_PERSON, responses=answers(200, GivenReservationPage))
@requires(Permission.PAYMENTS_READ)
def recent(query: ReservationPageQuery) -> Response:
    """List reservations, newest first."""
    before = ReservationId(parse_id(query.starting_after, "/query/starting_after")) if query.starting_after else None
    read = current().till.terminal.read_reservations
    found = read.recent(caller(), limit=query.limit + 1, before=before)
    page = found[: query.limit]
    more = len(found) > query.limit
    return _json(
        {
            "data": [reservation_document(record, caller()) for record in page],
            "has_more": more,
            "next": str(page[-1].reservation.id) if more else None,
        }
    )


@api.get("/terminals/<terminal_id>/held", security=KEY_OR_PERSON, responses=answers(200, GivenHeld, 422))
@requires(Permission.PAYMENTS_CREATE)
def held(path: TerminalPath) -> Response:
    """Ask a terminal which reservations it holds, beside those of the books; nothing is changed by it."""
    return _json(held_document(current().till.terminal.compare_held.compare(caller(), DeviceId(path.terminal_id))))


@api.get("/reservations/<reservation_id>", security=KEY_OR_PERSON, responses=answers(200, GivenReservation, 404))
@requires(Permission.PAYMENTS_READ)
def get(path: ReservationPath) -> Response:
    """Tell one reservation with its steps and journal."""
    return _reservation(current().till.terminal.read_reservations.get(caller(), _id(path)), caller())


@api.post(
    "/reservations/<reservation_id>/complete",
    security=KEY_OR_PERSON,
    responses=answers(202, GivenPayment, 404, 409, 422, body=True),
)
@requires(Permission.PAYMENTS_CREATE)
def complete(path: ReservationPath, body: CompletionRequest, header: IdempotencyHeader) -> Response:
    """Charge a reservation, in full or in part; the answer is the payment it becomes. What is left is let go by it."""
    who = caller()
    amount = body.amount
    command = CompleteCommand(
        reservation_id=_id(path),
        payment_id=PaymentId(parse_id(body.id, "/id")),
        sale_id=SaleId(parse_id(body.sale_id, "/sale_id")) if body.sale_id else None,
        amount=None if amount is None else asked_money(amount.amount, amount.currency, "/amount"),
        reference=body.reference,
        key=checked_key(header.idempotency_key) or body.id,
        request_hash=_digest(f"{path.reservation_id} {body.model_dump_json(exclude_defaults=True)}"),
        location=payment_location(body.id),
    )

    def render(payment: Payment, attempt: Attempt) -> bytes:
        return new_payment(payment, attempt, (), who)

    answer, replayed = current().till.terminal.reserve.complete(who, command, render)
    return stored_answer(answer, replayed=replayed)


@api.post(
    "/reservations/<reservation_id>/release",
    security=KEY_OR_PERSON,
    responses=answers(202, GivenReservation, 404, 409, 422, body=True),
)
@requires(Permission.PAYMENTS_CANCEL)
def release(path: ReservationPath, body: ReleaseRequest, header: IdempotencyHeader) -> Response:
    """Let a reservation go as a whole, at the terminal that made it."""
    who = caller()
    command = ReleaseCommand(
        reservation_id=_id(path),
        request_id=body.request_id,
        key=checked_key(header.idempotency_key) or body.request_id,
        request_hash=_digest(f"{path.reservation_id} {body.model_dump_json()}"),
        location=reservation_location(path.reservation_id),
    )
    answer, replayed = current().till.terminal.reserve.release(
        who, command, lambda record: reservation_bytes(record, who)
    )
    return stored_answer(answer, replayed=replayed)


@api.post(
    "/reservations/<reservation_id>/cancel", security=KEY_OR_PERSON, responses=answers(202, GivenReservation, 404, 409)
)
@requires(Permission.PAYMENTS_CANCEL)
def cancel(path: ReservationPath) -> Response:
    """Ask the terminal to stop the step that runs. It still ends by the terminal's answer."""
    return _reservation(current().till.terminal.settle_reservation.cancel(caller(), _id(path)), caller(), 202)


@api.post(
    "/reservations/<reservation_id>/ask", security=KEY_OR_PERSON, responses=answers(202, GivenReservation, 404, 409)
)
@requires(Permission.PAYMENTS_CREATE)
def ask(path: ReservationPath) -> Response:
    """Have the terminal asked again for a step in doubt."""
    return _reservation(current().till.terminal.settle_reservation.ask_terminal(caller(), _id(path)), caller(), 202)


@api.post(
    "/reservations/<reservation_id>/resolution",
    security=PERSON,
    responses=answers(200, GivenReservation, 404, 409, 422, body=True),
)
@requires(Permission.PAYMENTS_RESOLVE)
def resolve(path: ReservationPath, body: StepResolutionRequest) -> Response:
    """Decide a step in doubt by a person's word, with the proof as reason."""
    settle = current().till.terminal.settle_reservation
    return _reservation(settle.decide(caller(), _id(path), done=body.done, reason=body.reason), caller())


@api.post(
    "/reservations/<reservation_id>/write-off",
    security=PERSON,
    responses=answers(200, GivenReservation, 404, 409, 422, body=True),
)
@requires(Permission.PAYMENTS_RESOLVE)
def write_off(path: ReservationPath, body: WriteOffRequest) -> Response:
    """Note that a reservation is gone, as when the issuer let it lapse; nothing is sent to the terminal."""
    settle = current().till.terminal.settle_reservation
    return _reservation(settle.write_off(caller(), _id(path), reason=body.reason), caller())


def _id(path: ReservationPath) -> ReservationId:
    return ReservationId(parse_id(path.reservation_id, "/path/reservation_id"))


def _digest(canonical: str) -> str:
    # Card numbers were cut from texts before: no hash over one exists anywhere.
    return hashlib.sha256(canonical.encode()).hexdigest()


def _json(document: object, status: int = 200) -> Response:
    return Response(to_json(document), status=status, content_type=JSON)


def _reservation(record: ReservationRecord, who: Caller, status: int = 200) -> Response:
    response = _json(reservation_document(record, who), status)
    if status == 202:
        response.headers["Location"] = reservation_location(record.reservation.id)
    return response
