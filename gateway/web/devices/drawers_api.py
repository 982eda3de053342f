"""The cash drawer over the API: have it opened with a reason, see what became of it, read who opened it."""

import uuid
from typing import Any, Literal

from flask import Response
from flask_openapi3.models.tag import Tag
from pydantic import Field

from gateway.domain.access import Permission
from gateway.domain.errors import NotFound
from gateway.domain.ids import RegisterId, parse_id
from gateway.domain.printing.drawer import DrawerOpeningId, DrawerRecord
from gateway.web.answer_shapes import AnyId, _Given
from gateway.web.api import KEY_OR_PERSON, PERSON, answers
from gateway.web.auth import caller, requires
from gateway.web.container import current
from gateway.web.described_api import APIBlueprint
from gateway.web.free_text import Reason
from gateway.web.payments.payment_answers import instant, to_json
from gateway.web.request_shapes import ID_PATTERN, ClientId, DeviceName, _Asked

api = APIBlueprint("drawers", __name__, url_prefix="/v1", abp_tags=[Tag(name="drawers")])

JOURNAL_MAX = 200
"""Openings of one answer."""


class DrawerRequest(_Asked):
    """A drawer that is to be opened. The same ``id`` again is the same opening."""

    id: ClientId
    reason: Reason


class DrawerRegisterPath(_Asked):
    """A register by its id."""

    register_id: DeviceName


class OpeningPath(DrawerRegisterPath):
    """One opening of a register's drawer."""

    opening_id: str = Field(pattern=ID_PATTERN)


class GivenOpening(_Given):
    """Who wanted a drawer open, why, and what became of it; ``asked`` while the printer has not been reached."""

    id: AnyId
    register_id: str
    printer_id: str
    cause: Literal["person", "tender", "give_back", "shift"]
    cause_id: AnyId | None
    reason: str
    asked_by: str
    asked_at: str
    result: Literal["asked", "opened", "not_opened", "unsure"]
    words: str
    proven: bool
    told_at: str | None


class GivenOpenings(_Given):
    """Openings, newest first."""

    data: list[GivenOpening]


@api.post(
    "/registers/<register_id>/drawer",
    security=KEY_OR_PERSON,
    responses=answers(202, GivenOpening, 404, 409, 422, body=True),
)
@requires(Permission.SHIFTS_WORK)
def open_drawer(path: DrawerRegisterPath, body: DrawerRequest) -> Response:
    """Have the drawer opened; the answer comes before it is. What cannot be opened within ten seconds stays shut."""
    opening_id = DrawerOpeningId(parse_id(body.id, "/id"))
    record = current().till.open_drawer.open(caller(), _register(path), body.reason, opening_id)
    response = _json(opening_document(record), 202)
    response.headers["Location"] = f"/v1/registers/{path.register_id}/drawer/{body.id}"
    return response


@api.get(
    "/registers/<register_id>/drawer/<opening_id>", security=KEY_OR_PERSON, responses=answers(200, GivenOpening, 404)
)
@requires(Permission.SHIFTS_WORK)
def opening(path: OpeningPath) -> Response:
    """Tell what became of one opening."""
    record = current().till.open_drawer.look(caller(), DrawerOpeningId(uuid.UUID(path.opening_id)))
    if record.opening.register_id != path.register_id:
        raise NotFound("drawer_opening_not_found", "There is no such opening of this drawer.", "Check the id.")
    return _json(opening_document(record))


@api.get("/registers/<register_id>/drawer", security=PERSON, responses=answers(200, GivenOpenings, 404))
@requires(Permission.SHIFTS_REVIEW)
def journal(path: DrawerRegisterPath) -> Response:
    """List who opened the drawer of a register and why, newest first, at most 200."""
    found = current().till.open_drawer.journal(caller(), register_id=_register(path), limit=JOURNAL_MAX)
    return _json({"data": [opening_document(record) for record in found]})


def opening_document(record: DrawerRecord) -> dict[str, Any]:
    """Return one opening as the API tells it."""
    asked, result = record.opening, record.result
    return {
        "id": str(asked.id),
        "register_id": asked.register_id,
        "printer_id": asked.printer_id,
        "cause": asked.cause.value,
        "cause_id": str(asked.cause_id) if asked.cause_id else None,
        "reason": asked.reason,
        "asked_by": asked.asked_by,
        "asked_at": instant(asked.asked_at),
        "result": result.verdict.value if result else "asked",
        "words": result.words if result else "",
        "proven": result.proven if result else False,
        "told_at": instant(result.told_at) if result else None,
    }


def _register(path: DrawerRegisterPath) -> RegisterId:
    """Return the register of this store, or refuse."""
    settings, who = current().settings, caller()
    here = (who.tenant_id, who.store_id) == (settings.tenant_id, settings.store_id)
    if not here or all(one.id != path.register_id for one in current().registers()):
        raise NotFound("register_not_found", "This register is not known here.", "Use a register of this store.")
    return RegisterId(path.register_id)


def _json(document: object, status: int = 200) -> Response:
    return Response(to_json(document), status=status, content_type="application/json")
