"""Customer displays over the API: a code for a screen, the screens in use, and what the till shows on them."""

from flask import Response
from flask_openapi3.models.tag import Tag

from gateway.domain.access import Permission
from gateway.domain.errors import InputError
from gateway.domain.ids import RegisterId, parse_id
from gateway.web.api import KEY_OR_PERSON, answers
from gateway.web.auth import caller, requires
from gateway.web.container import current
from gateway.web.described_api import APIBlueprint
from gateway.web.payments.payment_answers import instant, to_json
from gateway.web.payments.payments_api import JSON
from gateway.web.sales.catalogue_shapes import (
    DisplayPath,
    DisplayRequest,
    GivenDisplayCode,
    GivenDisplays,
    RegisterPath,
)

api = APIBlueprint("displays", __name__, url_prefix="/v1", abp_tags=[Tag(name="customer displays")])


@api.post(
    "/registers/<register_id>/display-codes", security=KEY_OR_PERSON, responses=answers(201, GivenDisplayCode, 422)
)
@requires(Permission.PAYMENTS_CREATE)
def offer(path: RegisterPath) -> Response:
    """Make a code for a screen beside this register; it holds for ten minutes and for one screen."""
    made = current().till.displays.offer(caller(), _register(path))
    told = {
        "code": made.code,
        "register_id": made.pairing.register_id,
        "expires_at": instant(made.pairing.expires_at),
        "address": "/display",
    }
    return _json(told, 201)


@api.put("/registers/<register_id>/display", security=KEY_OR_PERSON, responses=answers(204, None, 422, body=True))
@requires(Permission.PAYMENTS_CREATE)
def tell(path: RegisterPath, body: DisplayRequest) -> Response:
    """Show this to the customers at a register; the till sends it with each change."""
    current().till.displays.tell(caller(), _register(path), body.model_dump(mode="json"))
    return Response(status=204)


@api.get("/displays", security=KEY_OR_PERSON, responses=answers(200, GivenDisplays))
@requires(Permission.PAYMENTS_CREATE)
def paired() -> Response:
    """List the screens in use."""
    found = [
        {
            "id": str(one.id),
            "register_id": one.register_id,
            "paired_at": instant(one.paired_at or one.created_at),
            "created_by": one.created_by,
        }
        for one in current().till.displays.paired(caller())
    ]
    return _json({"data": found})


@api.delete("/displays/<pairing_id>", security=KEY_OR_PERSON, responses=answers(204, None, 404))
@requires(Permission.PAYMENTS_CREATE)
def revoke(path: DisplayPath) -> Response:
    """Take a screen its access."""
    current().till.displays.revoke(caller(), parse_id(path.pairing_id, "/path/pairing_id"))
    return Response(status=204)


def _register(path: RegisterPath) -> RegisterId:
    found = next((one.id for one in current().registers() if one.id == path.register_id), None)
    if found is None:
        hint = "Use the id of a register of this store."
        raise InputError("unknown_register", "This register is not known here.", hint, "/path/register_id")
    return found


def _json(document: object, status: int = 200) -> Response:
    return Response(to_json(document), status=status, content_type=JSON)
