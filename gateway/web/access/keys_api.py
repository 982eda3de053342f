"""API keys over the API, for administrators."""

import uuid

from flask import Response
from flask_openapi3.models.tag import Tag

from gateway.domain.access import Permission
from gateway.domain.ids import ApiKeyId, DeviceId
from gateway.ports.unit_of_work import ApiKey
from gateway.web.answer_shapes import GivenKeys, GivenNewKey
from gateway.web.api import PERSON, answers
from gateway.web.auth import caller, requires
from gateway.web.container import current
from gateway.web.described_api import APIBlueprint
from gateway.web.payments.payment_answers import instant, to_json
from gateway.web.request_shapes import KeyPath, KeyRequest

api = APIBlueprint("keys", __name__, url_prefix="/v1", abp_tags=[Tag(name="keys")])


@api.get("/api-keys", security=PERSON, responses=answers(200, GivenKeys))
@requires(Permission.KEYS_MANAGE)
def keys() -> Response:
    """List the keys of the store; no secret is told again."""
    return _json({"data": [key_document(key) for key in current().api_keys.list(caller())]})


@api.post("/api-keys", security=PERSON, responses=answers(201, GivenNewKey, 422, body=True))
@requires(Permission.KEYS_MANAGE)
def add(body: KeyRequest) -> Response:
    """Make a key; its token is shown this once."""
    key, token = current().api_keys.add(
        caller(),
        name=body.name,
        scopes=frozenset(body.scopes),
        terminals=None if body.terminals is None else frozenset(DeviceId(name) for name in body.terminals),
        days=body.days,
    )
    return _json({"key": key_document(key), "token": token}, 201)


@api.delete("/api-keys/<key_id>", security=PERSON, responses=answers(204, None, 404))
@requires(Permission.KEYS_MANAGE)
def revoke(path: KeyPath) -> Response:
    """Revoke a key at once; it stays in the list."""
    current().api_keys.revoke(caller(), ApiKeyId(uuid.UUID(path.key_id)))
    return Response(status=204)


def key_document(key: ApiKey) -> dict[str, object]:
    """Return a key without its secret."""
    return {
        "id": str(key.id),
        "name": key.name,
        "prefix": key.prefix,
        "scopes": sorted(key.scopes),
        "terminals": None if key.terminals is None else sorted(key.terminals),
        "created_at": instant(key.created_at),
        "created_by": key.created_by,
        "expires_at": instant(key.expires_at),
        "revoked_at": None if key.revoked_at is None else instant(key.revoked_at),
        "used_at": None if key.used_at is None else instant(key.used_at),
    }


def _json(document: object, status: int = 200) -> Response:
    return Response(to_json(document), status=status, content_type="application/json")
