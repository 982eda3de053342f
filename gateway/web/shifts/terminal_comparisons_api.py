"""Ends of terminals' days, compared with the books, over the API: look, and settle what differs."""

import uuid
from typing import Any, Literal

from flask import Response
from flask_openapi3.models.tag import Tag
from pydantic import BaseModel, ConfigDict, Field

from gateway.domain.access import Permission
from gateway.domain.cards.terminal_comparison import Agreement, BrandRow, ComparedDay, Difference, DifferenceKind
from gateway.domain.ids import TerminalDayId
from gateway.domain.money import Currency, Money
from gateway.web.answer_shapes import AnyId, GivenAmount
from gateway.web.api import PERSON, answers
from gateway.web.auth import caller, requires
from gateway.web.container import current
from gateway.web.described_api import APIBlueprint
from gateway.web.free_text import Reason
from gateway.web.payments.payment_answers import instant, money, to_json
from gateway.web.payments.payments_api import JSON

api = APIBlueprint("terminal_comparisons", __name__, url_prefix="/v1", abp_tags=[Tag(name="shifts")])

_ID = r"^[0-9a-f]{8}-[0-9a-f]{4}-[1-8][0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$"


class _Asked(BaseModel):
    """Base of requests: known fields only, no silent conversion."""

    model_config = ConfigDict(extra="forbid", strict=True, frozen=True, hide_input_in_errors=True)


class _Given(BaseModel):
    """Base of answers."""

    model_config = ConfigDict(extra="forbid")


class DifferencePath(_Asked):
    """One difference of one comparison."""

    day_id: str = Field(pattern=_ID)
    difference_id: str = Field(pattern=_ID)


class SettlementRequest(_Asked):
    """How the difference was explained."""

    reason: Reason


class GivenBrandRow(_Given):
    """Counts and sums of one brand, ours and the terminal's."""

    brand: str
    ours_count: int
    ours: GivenAmount
    theirs_count: int
    theirs: GivenAmount


class GivenCandidate(_Given):
    """A payment that may explain a difference."""

    payment_id: AnyId
    state: str
    amount: GivenAmount


class GivenDifference(GivenBrandRow):
    """One thing to look into; ``settled_at`` is null until somebody has."""

    id: AnyId
    kind: DifferenceKind
    candidates: list[GivenCandidate]
    settled_at: str | None
    settled_by: str | None
    reason: str | None


class GivenComparison(_Given):
    """An end of day of a terminal, compared with the books."""

    id: AnyId
    terminal_id: str
    agreement: Agreement
    made_at: str
    rows: list[GivenBrandRow]
    differences: list[GivenDifference]


class GivenComparisons(_Given):
    """The newest comparisons."""

    object: Literal["list"]
    data: list[GivenComparison]


@api.get("/terminal-comparisons", security=PERSON, responses=answers(200, GivenComparisons))
@requires(Permission.SHIFTS_REVIEW)
def recent() -> Response:
    """List the newest comparisons of terminals' ends of day with the books."""
    found = current().till.shifts.terminal_days.recent(caller())
    return _json({"object": "list", "data": [comparison_document(day) for day in found]})


@api.post(
    "/terminal-comparisons/<day_id>/differences/<difference_id>/settlement",
    security=PERSON,
    responses=answers(200, GivenComparison, 404, 409, 422, body=True),
)
@requires(Permission.SHIFTS_REVIEW)
def settle(path: DifferencePath, body: SettlementRequest) -> Response:
    """Settle a difference with a manager's reason."""
    day_id, difference_id = TerminalDayId(uuid.UUID(path.day_id)), uuid.UUID(path.difference_id)
    day = current().till.shifts.terminal_days.settle(caller(), day_id, difference_id, body.reason)
    return _json(comparison_document(day))


def comparison_document(day: ComparedDay) -> dict[str, Any]:
    """Return one comparison as the API tells it."""
    return {
        "id": str(day.day_id),
        "terminal_id": day.terminal_id,
        "agreement": day.agreement.value,
        "made_at": instant(day.made_at),
        "rows": [_row(row, day.currency) for row in day.rows],
        "differences": [_difference(one) for one in day.differences],
    }


def _row(row: BrandRow, currency: Currency) -> dict[str, Any]:
    return {
        "brand": row.brand,
        "ours_count": row.ours_count,
        "ours": money(Money(row.ours_minor, currency)),
        "theirs_count": row.theirs_count,
        "theirs": money(Money(row.theirs_minor, currency)),
    }


def _difference(one: Difference) -> dict[str, Any]:
    return _row(one.row, one.currency) | {
        "id": str(one.id),
        "kind": one.kind.value,
        "candidates": [
            {
                "payment_id": str(each.payment_id),
                "state": each.state,
                "amount": money(Money(each.minor, one.currency)),
            }
            for each in one.candidates
        ],
        "settled_at": None if one.settled_at is None else instant(one.settled_at),
        "settled_by": one.settled_by,
        "reason": one.reason,
    }


def _json(document: object) -> Response:
    return Response(to_json(document), content_type=JSON)
