"""Webhooks, systems outside and receipts without paper over the API."""

import uuid
from datetime import UTC, datetime
from typing import Any

from flask import Response, request
from flask_openapi3.models.tag import Tag

from gateway.domain.access import Permission
from gateway.domain.errors import InputError
from gateway.domain.ids import OutboxId
from gateway.domain.outbox import OutboxMessage
from gateway.domain.telling.webhook import Endpoint, EndpointId
from gateway.services.outward.outward_state import SystemView
from gateway.services.outward.receipt_links import Subject
from gateway.web.api import KEY_OR_PERSON, answers
from gateway.web.auth import caller, requires
from gateway.web.container import current
from gateway.web.described_api import APIBlueprint
from gateway.web.outward.webhook_shapes import (
    EndpointChange,
    EndpointPath,
    EndpointRequest,
    GivenEndpoint,
    GivenEndpoints,
    GivenLetter,
    GivenLink,
    GivenMessage,
    GivenMessages,
    GivenOutward,
    GivenReplay,
    GivenWebhookSecret,
    LetterRequest,
    LinkRequest,
    MessagePath,
    MessagesQuery,
    ReplayRequest,
    SecretRequest,
    TestRequest,
)
from gateway.web.payments.payment_answers import instant, money, to_json

api = APIBlueprint("webhooks", __name__, url_prefix="/v1", abp_tags=[Tag(name="webhooks")])


@api.get("/webhook-endpoints", security=KEY_OR_PERSON, responses=answers(200, GivenEndpoints))
@requires(Permission.WEBHOOKS_MANAGE)
def endpoints() -> Response:
    """List the endpoints of the store; no secret is told."""
    return _json({"data": [endpoint_document(one) for one in current().till.outward.webhooks.list(caller())]})


@api.post("/webhook-endpoints", security=KEY_OR_PERSON, responses=answers(201, GivenWebhookSecret, 409, 422, body=True))
@requires(Permission.WEBHOOKS_MANAGE)
def add(body: EndpointRequest) -> Response:
    """Add an endpoint; its secret is shown this once."""
    endpoint, secret = current().till.outward.webhooks.add(
        caller(),
        EndpointId(uuid.UUID(body.id)),
        url=body.url,
        description=body.description or "",
        events=tuple(body.events),
    )
    response = _json({"endpoint": endpoint_document(endpoint), "secret": secret}, 201)
    response.headers["Location"] = f"/v1/webhook-endpoints/{endpoint.id}"
    return response


@api.get("/webhook-endpoints/<endpoint_id>", security=KEY_OR_PERSON, responses=answers(200, GivenEndpoint, 404))
@requires(Permission.WEBHOOKS_MANAGE)
def get(path: EndpointPath) -> Response:
    """Tell one endpoint."""
    return _json(endpoint_document(current().till.outward.webhooks.get(caller(), _endpoint(path))))


@api.patch(
    "/webhook-endpoints/<endpoint_id>",
    security=KEY_OR_PERSON,
    responses=answers(200, GivenEndpoint, 404, 422, body=True),
)
@requires(Permission.WEBHOOKS_MANAGE)
def change(path: EndpointPath, body: EndpointChange) -> Response:
    """Change an endpoint, or switch it off and on; switched on, it gets at once what waits."""
    changed = current().till.outward.webhooks.change(
        caller(),
        _endpoint(path),
        url=body.url,
        description=body.description,
        events=None if body.events is None else tuple(body.events),
        active=body.active,
    )
    return _json(endpoint_document(changed))


@api.delete("/webhook-endpoints/<endpoint_id>", security=KEY_OR_PERSON, responses=answers(204, None, 404))
@requires(Permission.WEBHOOKS_MANAGE)
def remove(path: EndpointPath) -> Response:
    """Remove an endpoint; what waits for it is given up."""
    current().till.outward.webhooks.remove(caller(), _endpoint(path))
    return Response(status=204)


@api.post(
    "/webhook-endpoints/<endpoint_id>/secret",
    security=KEY_OR_PERSON,
    responses=answers(201, GivenWebhookSecret, 404, 409, body=True),
)
@requires(Permission.WEBHOOKS_MANAGE)
def new_secret(path: EndpointPath, body: SecretRequest) -> Response:
    """Give an endpoint a new secret, shown this once; for a day messages are signed with both."""
    endpoint, secret = current().till.outward.webhooks.new_secret(caller(), _endpoint(path), body.generation)
    return _json({"endpoint": endpoint_document(endpoint), "secret": secret}, 201)


@api.post(
    "/webhook-endpoints/<endpoint_id>/test",
    security=KEY_OR_PERSON,
    responses=answers(202, GivenMessage, 404, 409, body=True),
)
@requires(Permission.WEBHOOKS_MANAGE)
def send_test(path: EndpointPath, body: TestRequest) -> Response:
    """Send a test event, whatever kinds the endpoint wants; look for it among the messages."""
    message = current().till.outward.webhooks.send_test(caller(), _endpoint(path), uuid.UUID(body.request_id))
    return _json(message_document(message), 202)


@api.get(
    "/webhook-endpoints/<endpoint_id>/messages", security=KEY_OR_PERSON, responses=answers(200, GivenMessages, 404)
)
@requires(Permission.WEBHOOKS_MANAGE)
def messages(path: EndpointPath, query: MessagesQuery) -> Response:
    """List the messages of an endpoint, newest first; `state=dead` are those a person has to look at."""
    found = current().till.outward.webhooks.messages(
        caller(),
        _endpoint(path),
        state=query.state,
        before=None if query.starting_after is None else OutboxId(uuid.UUID(query.starting_after)),
        limit=query.limit,
    )
    more = len(found) == query.limit
    following = str(found[-1].id) if more else None
    return _json({"data": [message_document(one) for one in found], "has_more": more, "next": following})


@api.post(
    "/webhook-endpoints/<endpoint_id>/replay",
    security=KEY_OR_PERSON,
    responses=answers(202, GivenReplay, 404, 409, 422, body=True),
)
@requires(Permission.WEBHOOKS_MANAGE)
def replay_since(path: EndpointPath, body: ReplayRequest) -> Response:
    """Send again, under the same ids, what ended since an instant: at most 1000 messages, oldest first."""
    count = current().till.outward.webhooks.replay_since(caller(), _endpoint(path), read_instant(body.since, "/since"))
    return _json({"count": count}, 202)


@api.post(
    "/webhook-messages/<message_id>/replay", security=KEY_OR_PERSON, responses=answers(202, GivenMessage, 404, 409)
)
@requires(Permission.WEBHOOKS_MANAGE)
def replay(path: MessagePath) -> Response:
    """Send one message again, under the same id."""
    message = current().till.outward.webhooks.replay(caller(), OutboxId(uuid.UUID(path.message_id)))
    return _json(message_document(message), 202)


@api.get("/outward", security=KEY_OR_PERSON, responses=answers(200, GivenOutward))
@requires(Permission.DEVICES_READ)
def outward() -> Response:
    """Tell what waits for each system outside, and whether the till may go on."""
    state, who = current().till.outward.state, caller()
    data = [system_document(one) for one in state.systems(who)]
    return _json({"data": data, "may_go_on": state.may_go_on(who).allowed})


@api.post("/receipt-links", security=KEY_OR_PERSON, responses=answers(201, GivenLink, 404, 409, 422, body=True))
@requires(Permission.RECEIPTS_PRINT)
def link(body: LinkRequest) -> Response:
    """Make a link under which a customer finds the receipt, with a QR code of it."""
    services = current().till.outward
    made = services.links.make(caller(), uuid.UUID(body.id), Subject(body.subject, uuid.UUID(body.subject_id)))
    url = f"{services.public_url or request.host_url.rstrip('/')}/r/{made.token}"
    return _json({"url": url, "expires_at": instant(made.expires_at), "qr_svg": services.qr.svg(url)}, 201)


@api.post("/receipt-letters", security=KEY_OR_PERSON, responses=answers(202, GivenLetter, 404, 409, 422, body=True))
@requires(Permission.RECEIPTS_PRINT)
def letter(body: LetterRequest) -> Response:
    """Mail a receipt; the address is forgotten as soon as the letter is gone."""
    subject = Subject(body.subject, uuid.UUID(body.subject_id))
    message = current().till.outward.mail.request(caller(), uuid.UUID(body.id), subject, body.mail_to)
    return _json({"id": str(message.id), "state": message.state.value}, 202)


def endpoint_document(endpoint: Endpoint) -> dict[str, Any]:
    """Return an endpoint without its secret."""
    return {
        "id": str(endpoint.id),
        "url": endpoint.url,
        "description": endpoint.description,
        "events": list(endpoint.patterns),
        "state": endpoint.state.value,
        "state_reason": endpoint.state_reason,
        "secret_generation": endpoint.generation,
        "former_until": _maybe(endpoint.former_until),
        "created_at": instant(endpoint.created_at),
        "created_by": endpoint.created_by,
    }


def message_document(message: OutboxMessage) -> dict[str, Any]:
    """Return a message without its body."""
    payload = message.payload
    return {
        "id": str(message.id),
        "webhook_id": payload["webhook_id"],
        "event": payload["event"],
        "subject": payload["subject"],
        "state": message.state.value,
        "tries": message.tries,
        "note": message.note,
        "happened_at": payload["at"],
        "queued_at": instant(message.created_at),
        "due_at": _maybe(message.due_at),
    }


def system_document(view: SystemView) -> dict[str, Any]:
    """Return a system with what waits for it."""
    system, waiting = view.system, view.waiting
    return {
        "target": system.target,
        "kind": system.kind,
        "waiting": waiting.number,
        "dead": waiting.dead,
        "oldest_at": _maybe(waiting.oldest_at),
        "amounts": [money(one) for one in waiting.amounts],
        "failures_in_a_row": system.tries,
        "failing_since": _maybe(system.failing_since),
        "paused_until": _maybe(system.paused_until),
        "last_success_at": _maybe(system.last_success_at),
        "last_words": system.last_words,
        "limits_crossed": [one.value for one in view.crossed],
        "at_limit": view.limits.at_limit.value,
    }


def read_instant(text: str, pointer: str) -> datetime:
    """Read an instant in UTC (RFC 3339).

    Raises:
        InputError: ``invalid_instant`` for a day or hour that does not exist.
    """
    try:
        return datetime.fromisoformat(text).astimezone(UTC)
    except (ValueError, OverflowError) as error:
        hint = "Write it as 2026-03-02T09:00:00Z."
        raise InputError("invalid_instant", "There is no such instant.", hint, pointer) from error


def _endpoint(path: EndpointPath) -> EndpointId:
    return EndpointId(uuid.UUID(path.endpoint_id))


def _maybe(at: datetime | None) -> str | None:
    return None if at is None else instant(at)


def _json(document: object, status: int = 200) -> Response:
    return Response(to_json(document), status=status, content_type="application/json")
