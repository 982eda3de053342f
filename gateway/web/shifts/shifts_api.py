"""Shifts over the API: begin, move cash, count blind, close, review; X and Z reports."""

import hashlib
import uuid
from collections.abc import Mapping
from datetime import datetime

from flask import Response
from flask_openapi3.models.tag import Tag
from pydantic import BaseModel

from gateway.domain.access import Permission
from gateway.domain.errors import InputError
from gateway.domain.ids import RegisterId, ShiftId, parse_id
from gateway.domain.money import Currency, Money
from gateway.domain.shifts.day_report import ReportKind
from gateway.domain.shifts.shift import FactKind, counted_sum
from gateway.services.shifts.manage_shifts import AskedStep, OpenShift, ShiftStep
from gateway.web.api import KEY_OR_PERSON, PERSON, answers, raw
from gateway.web.auth import caller, requires
from gateway.web.container import current
from gateway.web.described_api import APIBlueprint
from gateway.web.payments.payment_answers import to_json
from gateway.web.payments.payments_api import JSON, asked_money, checked_key, stored_answer
from gateway.web.request_shapes import AskedAmount, IdempotencyHeader
from gateway.web.shifts.shift_answers import (
    shift_answer,
    shift_document,
    shift_location,
    shift_row,
    x_document,
    z_document,
)
from gateway.web.shifts.shift_services import ShiftServices
from gateway.web.shifts.shift_shapes import (
    AskedPiece,
    ClosingRequest,
    CountRequest,
    GivenReport,
    GivenReportPrint,
    GivenShift,
    GivenShifts,
    HandoverRequest,
    MovementRequest,
    RecountRequest,
    ReportPrintRequest,
    ReportQuery,
    ResumeRequest,
    ReviewRequest,
    ShiftPath,
    ShiftQuery,
    ShiftRequest,
)

api = APIBlueprint("shifts", __name__, url_prefix="/v1", abp_tags=[Tag(name="shifts")])

_STEP = answers(201, GivenShift, 404, 409, 422, body=True)


@api.post("/shifts", security=KEY_OR_PERSON, responses=answers(201, GivenShift, 409, 422, body=True))
@requires(Permission.SHIFTS_WORK)
def begin(body: ShiftRequest, header: IdempotencyHeader) -> Response:
    """Begin a shift at a register with its float. A register has one shift at a time."""
    amount, detail = _counted(body.float_amount, body.pieces, "/float")
    if amount is None:
        raise _sum_needed("/float")
    command = OpenShift(
        shift_id=ShiftId(parse_id(body.id, "/id")),
        register_id=RegisterId(body.register_id),
        float_amount=amount,
        detail=detail,
        asked=_asked(body.id, body.id, body, header, "open"),
    )
    answer, replayed = _services().manage.open(caller(), command, shift_answer)
    return stored_answer(answer, replayed=replayed)


@api.get("/shifts", security=KEY_OR_PERSON, responses=answers(200, GivenShifts, 422))
@requires(Permission.SHIFTS_WORK)
def recent(query: ShiftQuery) -> Response:
    """List shifts, those opened last first; without `shifts:review` the running ones and one's own."""
    found = _services().read.recent(
        caller(),
        register_id=RegisterId(query.register_id) if query.register_id else None,
        before=_instant(query.before) if query.before else None,
        limit=query.limit,
    )
    return _json({"data": [shift_row(shift) for shift in found]})


@api.get("/shifts/<shift_id>", security=KEY_OR_PERSON, responses=answers(200, GivenShift, 404))
@requires(Permission.SHIFTS_WORK)
def get(path: ShiftPath) -> Response:
    """Tell one shift with everything that happened in it."""
    return _json(shift_document(_services().read.get(caller(), _id(path))))


@api.post("/shifts/<shift_id>/movements", security=KEY_OR_PERSON, responses=_STEP)
@requires(Permission.SHIFTS_WORK)
def move(path: ShiftPath, body: MovementRequest, header: IdempotencyHeader) -> Response:
    """Pay cash in or out of the drawer, or drop it to the safe."""
    amount = asked_money(body.amount.amount, body.amount.currency, "/amount")
    return _step(path, body, header, FactKind(body.kind), amount, reason=body.reason)


@api.post("/shifts/<shift_id>/counts", security=KEY_OR_PERSON, responses=_STEP)
@requires(Permission.SHIFTS_WORK)
def count(path: ShiftPath, body: CountRequest, header: IdempotencyHeader) -> Response:
    """Store what was counted; only the answer tells what was expected. The drawer then rests until the shift closes."""
    amount, detail = _counted(body.counted, body.pieces, "/counted")
    if amount is None:
        raise _sum_needed("/counted")
    return _step(path, body, header, FactKind.COUNTED, amount, detail=detail, foreign=_foreign(body))


@api.post("/shifts/<shift_id>/recounts", security=PERSON, responses=_STEP)
@requires(Permission.SHIFTS_REVIEW)
def recount(path: ShiftPath, body: RecountRequest, header: IdempotencyHeader) -> Response:
    """Store a manager's count beside the first one; the last one decides."""
    amount, detail = _counted(body.counted, body.pieces, "/counted")
    if amount is None:
        raise _sum_needed("/counted")
    return _step(
        path, body, header, FactKind.RECOUNTED, amount, reason=body.reason, detail=detail, foreign=_foreign(body)
    )


@api.post("/shifts/<shift_id>/handovers", security=KEY_OR_PERSON, responses=_STEP)
@requires(Permission.SHIFTS_WORK)
def hand_over(path: ShiftPath, body: HandoverRequest, header: IdempotencyHeader) -> Response:
    """Let somebody else be responsible for the drawer from here on."""
    amount, detail = _counted(body.counted, body.pieces, "/counted")
    told = {**detail, "to": body.to}
    return _step(path, body, header, FactKind.HANDOVER, amount, detail=told, to=body.to, foreign=_foreign(body))


@api.post("/shifts/<shift_id>/resumptions", security=KEY_OR_PERSON, responses=_STEP)
@requires(Permission.SHIFTS_WORK)
def resume(path: ShiftPath, body: ResumeRequest, header: IdempotencyHeader) -> Response:
    """Go on with a shift that was counted; the count stays on record."""
    return _step(path, body, header, FactKind.RESUMED, None)


@api.post("/shifts/<shift_id>/closing", security=KEY_OR_PERSON, responses=_STEP)
@requires(Permission.SHIFTS_WORK)
def close(path: ShiftPath, body: ClosingRequest, header: IdempotencyHeader) -> Response:
    """Close a counted shift: the difference is booked, the Z report made, numbered and printed."""
    left = asked_money(body.left.amount, body.left.currency, "/left")
    return _step(path, body, header, FactKind.CLOSED, left)


@api.post("/shifts/<shift_id>/review", security=PERSON, responses=_STEP)
@requires(Permission.SHIFTS_REVIEW)
def review(path: ShiftPath, body: ReviewRequest, header: IdempotencyHeader) -> Response:
    """Settle the difference of a closed shift with a manager's reason."""
    return _step(path, body, header, FactKind.REVIEWED, None, reason=body.reason)


@api.get("/shifts/<shift_id>/x", security=PERSON, responses=answers(200, GivenReport, 404))
@requires(Permission.SHIFTS_REVIEW)
def x_report(path: ShiftPath) -> Response:
    """Tell the running shift's report as of now; nothing changes by it."""
    return _json(x_document(_services().reports.x(caller(), _id(path))))


@api.get("/shifts/<shift_id>/z", security=KEY_OR_PERSON, responses=answers(200, GivenReport, 404))
@requires(Permission.SHIFTS_WORK)
def z_report(path: ShiftPath) -> Response:
    """Tell the report of a closed shift as it was stored."""
    return _json(z_document(_services().reports.z(caller(), _id(path))))


@api.get(
    "/shifts/<shift_id>/report.txt",
    security=KEY_OR_PERSON,
    responses=answers(200, raw("text/plain", {"type": "string"}, "the printed lines"), 404),
)
@requires(Permission.SHIFTS_WORK)
def as_text(path: ShiftPath, query: ReportQuery) -> Response:
    """Show a report as text, line by line as printed."""
    paper = _services().papers.paper(caller(), _id(path), query.report)
    return Response(current().renderer.paper_text(paper), content_type="text/plain; charset=utf-8")


@api.get(
    "/shifts/<shift_id>/report.png",
    security=KEY_OR_PERSON,
    responses=answers(200, raw("image/png", {"type": "string", "format": "binary"}, "the paper as a picture"), 404),
)
@requires(Permission.SHIFTS_WORK)
def as_picture(path: ShiftPath, query: ReportQuery) -> Response:
    """Show a report as a picture of the paper, made through the printer's own bytes."""
    paper = _services().papers.paper(caller(), _id(path), query.report)
    return Response(current().renderer.paper_png(paper), content_type="image/png")


@api.get(
    "/shifts/<shift_id>/report.pdf",
    security=KEY_OR_PERSON,
    responses=answers(200, raw("application/pdf", {"type": "string", "format": "binary"}, "the paper to keep"), 404),
)
@requires(Permission.SHIFTS_WORK)
def as_file(path: ShiftPath, query: ReportQuery) -> Response:
    """Hand a report out as a PDF: the paper as a picture, its text behind it. A Z gives the same bytes each time."""
    container, papers = current(), _services().papers
    report = papers.report(caller(), _id(path), query.report)
    paper, name = papers.write(report), f"{report.kind.value}-{report.number or 'now'}"
    pdf = container.till.outward.files.pdf(
        png=container.renderer.paper_png(paper),
        text=container.renderer.paper_text(paper),
        title=f"{container.settings.shop_name} {name.upper()}",
        made_at=report.until,
    )
    response = Response(pdf, mimetype="application/pdf")
    response.headers["Content-Disposition"] = f'attachment; filename="{name}.pdf"'
    return response


@api.post(
    "/shifts/<shift_id>/prints",
    security=KEY_OR_PERSON,
    responses=answers(202, GivenReportPrint, 404, 409, 422, body=True),
)
@requires(Permission.RECEIPTS_PRINT)
def print_report(path: ShiftPath, body: ReportPrintRequest) -> Response:
    """Print an X report, or a copy of the Z report, marked as such."""
    kind = ReportKind(body.report)
    message = _services().papers.request(caller(), _id(path), kind, uuid.UUID(body.request_id))
    return _json({"id": str(message.id), "printer_id": message.target, "state": message.state.value}, 202)


def _services() -> ShiftServices:
    return current().till.shifts


def _id(path: ShiftPath) -> ShiftId:
    return ShiftId(parse_id(path.shift_id, "/path/shift_id"))


def _json(document: object, status: int = 200) -> Response:
    return Response(to_json(document), status=status, content_type=JSON)


def _step(
    path: ShiftPath,
    body: CountRequest | MovementRequest | ResumeRequest | ClosingRequest | ReviewRequest,
    header: IdempotencyHeader,
    kind: FactKind,
    amount: Money | None,
    *,
    reason: str = "",
    detail: Mapping[str, str] | None = None,
    to: str = "",
    foreign: tuple[Money, ...] = (),
) -> Response:
    step = ShiftStep(
        shift_id=_id(path),
        fact_id=parse_id(body.id, "/id"),
        kind=kind,
        amount=amount,
        reason=reason,
        detail=detail or {},
        asked=_asked(path.shift_id, body.id, body, header, kind),
        taken_over_by=to,
        foreign=foreign,
    )
    answer, replayed = _services().manage.step(caller(), step, shift_answer)
    return stored_answer(answer, replayed=replayed)


def _asked(shift_id: str, own_id: str, body: BaseModel, header: IdempotencyHeader, verb: str) -> AskedStep:
    key = checked_key(header.idempotency_key)
    # Shift and verb are part of what is asked for; card numbers were cut from the reason before it is hashed.
    canonical = f"{verb} {shift_id} {body.model_dump_json(exclude_defaults=True, by_alias=True)}".encode()
    return AskedStep(key or own_id, hashlib.sha256(canonical).hexdigest(), shift_location(shift_id))


def _counted(
    amount: AskedAmount | None, pieces: list[AskedPiece] | None, pointer: str
) -> tuple[Money | None, dict[str, str]]:
    """Return the sum that was sent or follows from the pieces, and the pieces as texts."""
    if amount is not None and pieces is not None:
        hint = "Send one of them."
        raise InputError("invalid_count", "Both a sum and pieces were sent.", hint, pointer)
    if pieces is None:
        return (None if amount is None else asked_money(amount.amount, amount.currency, pointer)), {}
    currency = current().settings.currency
    numbers: dict[Money, int] = {}
    for place, piece in enumerate(pieces):
        value = _piece(piece, currency, place)
        numbers[value] = numbers.get(value, 0) + piece.number
    detail = {f"pieces {value.to_decimal()}": str(number) for value, number in numbers.items() if number}
    return counted_sum(numbers, currency), detail


def _foreign(body: CountRequest) -> tuple[Money, ...]:
    return tuple(asked_money(one.amount, one.currency, f"/foreign/{place}") for place, one in enumerate(body.foreign))


def _piece(piece: AskedPiece, currency: Currency, place: int) -> Money:
    try:
        return Money.from_decimal(piece.value, currency)
    except InputError as error:
        raise InputError(error.code, error.message, error.hint, f"/pieces/{place}/value") from error


def _sum_needed(pointer: str) -> InputError:
    return InputError("invalid_count", "It is not said how much there is.", "Send a sum or pieces.", pointer)


def _instant(text: str) -> datetime:
    try:
        return datetime.fromisoformat(text)
    except ValueError as error:
        hint = "Send an instant as the API tells them."
        raise InputError("invalid_instant", "There is no such day.", hint, "/query/before") from error
