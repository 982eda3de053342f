"""Parked sales over the API: put aside, look, take up by exactly one till, throw away."""

import uuid

from flask import Response
from flask_openapi3.models.tag import Tag

from gateway.domain.access import Permission
from gateway.domain.ids import RegisterId, parse_id
from gateway.ports.catalogue_store import ParkedSale
from gateway.services.sales.park_sale import ParkWish
from gateway.web.api import KEY_OR_PERSON, answers
from gateway.web.auth import caller, requires
from gateway.web.container import current
from gateway.web.described_api import APIBlueprint
from gateway.web.payments.payment_answers import instant, money, to_json
from gateway.web.payments.payments_api import JSON, asked_money
from gateway.web.sales.catalogue_shapes import (
    DiscardRequest,
    GivenParked,
    GivenParkedSales,
    ParkedPath,
    ParkRequest,
    RecallRequest,
)

api = APIBlueprint("parked", __name__, url_prefix="/v1/parked-sales", abp_tags=[Tag(name="parked sales")])


@api.post("", security=KEY_OR_PERSON, responses=answers(201, GivenParked, 409, 422, body=True))
@requires(Permission.PAYMENTS_CREATE)
def park(body: ParkRequest) -> Response:
    """Put a basket aside under a name; the same id again is the same basket."""
    parked = current().till.park_sale.park(
        caller(),
        ParkWish(
            parked_id=parse_id(body.id, "/id"),
            name=body.name,
            register_id=RegisterId(body.register_id),
            document=body.basket.model_dump(mode="json"),
            total=asked_money(body.total.amount, body.total.currency, "/total"),
        ),
    )
    response = _json(_document(parked, whole=True), 201)
    response.headers["Location"] = f"/v1/parked-sales/{parked.id}"
    return response


@api.get("", security=KEY_OR_PERSON, responses=answers(200, GivenParkedSales))
@requires(Permission.PAYMENTS_CREATE)
def waiting() -> Response:
    """List the baskets that wait, newest first."""
    return _json({"data": [_document(one, whole=False) for one in current().till.park_sale.waiting(caller())]})


@api.post("/<parked_id>/recall", security=KEY_OR_PERSON, responses=answers(200, GivenParked, 404, 409, 422, body=True))
@requires(Permission.PAYMENTS_CREATE)
def recall(path: ParkedPath, body: RecallRequest) -> Response:
    """Take a basket up; of two tills that try at once one is refused with ``parked_sale_taken``."""
    found = current().till.park_sale.recall(
        caller(),
        _id(path),
        version=body.version,
        register_id=RegisterId(body.register_id),
        request_id=parse_id(body.request_id, "/request_id"),
    )
    return _json(_document(found, whole=True))


@api.post("/<parked_id>/discard", security=KEY_OR_PERSON, responses=answers(204, None, 404, 409, body=True))
@requires(Permission.PAYMENTS_CREATE)
def discard(path: ParkedPath, body: DiscardRequest) -> Response:
    """Throw a basket away."""
    current().till.park_sale.discard(caller(), _id(path), version=body.version)
    return Response(status=204)


def _id(path: ParkedPath) -> uuid.UUID:
    return parse_id(path.parked_id, "/path/parked_id")


def _document(parked: ParkedSale, *, whole: bool) -> dict[str, object]:
    return {
        "id": str(parked.id),
        "name": parked.name,
        "register_id": parked.register_id,
        "total": money(parked.total),
        "lines": len(parked.document.get("lines", ())),
        "version": parked.version,
        "created_at": instant(parked.created_at),
        "created_by": parked.created_by,
        "basket": {"ticket_id": None, **parked.document} if whole else None,
    }


def _json(document: object, status: int = 200) -> Response:
    return Response(to_json(document), status=status, content_type=JSON)
