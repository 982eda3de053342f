"""Ends of terminals' days over the API: ask for one, look, settle what is in doubt."""

import hashlib
import uuid

from flask import Response
from flask_openapi3.models.tag import Tag

from gateway.domain.access import Permission
from gateway.domain.ids import DeviceId, TerminalDayId, parse_id
from gateway.ports.day_close_store import DayCloseRecord
from gateway.services.payments.terminal_day import EndDayCommand
from gateway.web.api import KEY_OR_PERSON, PERSON, answers
from gateway.web.auth import caller, requires
from gateway.web.container import current
from gateway.web.described_api import APIBlueprint
from gateway.web.payments.payment_answers import to_json
from gateway.web.payments.payments_api import JSON, checked_key, place_of, stored_answer
from gateway.web.payments.reservation_answers import day_document, day_location
from gateway.web.payments.reservation_shapes import (
    DayPath,
    DayResolutionRequest,
    DaysQuery,
    EndOfDayRequest,
    GivenDay,
    GivenDays,
)
from gateway.web.request_shapes import IdempotencyHeader, TerminalPath

api = APIBlueprint("terminal_days", __name__, url_prefix="/v1", abp_tags=[Tag(name="terminal-days")])


@api.post(
    "/terminals/<terminal_id>/end-of-day",
    security=KEY_OR_PERSON,
    responses=answers(202, GivenDay, 409, 422, body=True),
)
@requires(Permission.SHIFTS_WORK)
def begin(path: TerminalPath, body: EndOfDayRequest, header: IdempotencyHeader) -> Response:
    """End a terminal's day: it hands in its bookings and tells its totals.

    The answer comes before the terminal has done it; ask for the end of day. The same request again gets the same
    answer and ends nothing more.
    """
    who, container = caller(), current()
    register_id, terminal_id = place_of(container, who, body.register_id, path.terminal_id)
    key = checked_key(header.idempotency_key)
    canonical = f"{path.terminal_id} {body.model_dump_json(exclude_defaults=True)}"
    command = EndDayCommand(
        close_id=TerminalDayId(parse_id(body.id, "/id")),
        register_id=register_id,
        terminal_id=terminal_id,
        key=key or body.id,
        request_hash=hashlib.sha256(canonical.encode()).hexdigest(),
        location=day_location(body.id),
    )
    answer, replayed = container.till.terminal.days.begin(who, command, lambda record: to_json(_document(record)))
    return stored_answer(answer, replayed=replayed)


@api.get("/terminals/<terminal_id>/days", security=KEY_OR_PERSON, responses=answers(200, GivenDays))
@requires(Permission.PAYMENTS_READ)
def of_terminal(path: TerminalPath, query: DaysQuery) -> Response:
    """List the ends of day of a terminal, newest first."""
    found = current().till.terminal.days.of_terminal(caller(), DeviceId(path.terminal_id), limit=query.limit)
    return Response(to_json({"data": [_document(record) for record in found]}), content_type=JSON)


@api.get("/terminal-days/<close_id>", security=KEY_OR_PERSON, responses=answers(200, GivenDay, 404))
@requires(Permission.PAYMENTS_READ)
def get(path: DayPath) -> Response:
    """Tell one end of day with the terminal's figures."""
    return _day(current().till.terminal.days.get(caller(), _id(path)))


@api.post("/terminal-days/<close_id>/ask", security=KEY_OR_PERSON, responses=answers(202, GivenDay, 404, 409))
@requires(Permission.SHIFTS_WORK)
def ask(path: DayPath) -> Response:
    """Have the terminal asked again whether its day is closed."""
    return _day(current().till.terminal.days.ask_terminal(caller(), _id(path)), 202)


@api.post(
    "/terminal-days/<close_id>/resolution",
    security=PERSON,
    responses=answers(200, GivenDay, 404, 409, 422, body=True),
)
@requires(Permission.PAYMENTS_RESOLVE)
def resolve(path: DayPath, body: DayResolutionRequest) -> Response:
    """Decide an end of day in doubt by a person's word, with the proof as reason."""
    days = current().till.terminal.days
    return _day(days.decide(caller(), _id(path), closed=body.closed, reason=body.reason))


def _id(path: DayPath) -> TerminalDayId:
    return TerminalDayId(uuid.UUID(path.close_id))


def _document(record: DayCloseRecord) -> dict[str, object]:
    return day_document(record, current().settings.currency)


def _day(record: DayCloseRecord, status: int = 200) -> Response:
    response = Response(to_json(_document(record)), status=status, content_type=JSON)
    if status == 202:
        response.headers["Location"] = day_location(record.close.id)
    return response
