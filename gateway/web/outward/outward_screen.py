"""The screen of what leaves the shop: what waits for whom, endpoints, dead letters; and the line at the till."""

from dataclasses import dataclass
from datetime import datetime, tzinfo

from flask import Blueprint, render_template, request

from gateway.domain.access import Permission
from gateway.domain.money import Money
from gateway.domain.outbox import OutboxMessage, OutboxState
from gateway.domain.telling.outward import MAIL, AtLimit
from gateway.domain.telling.webhook import Endpoint, EndpointState
from gateway.services.outward.outward_state import SystemView
from gateway.web.auth import caller, requires
from gateway.web.container import current
from gateway.web.screens import mark_of, words

DEAD_SHOWN = 20
"""Dead letters shown of one endpoint, the newest; the API tells all."""
SENT_SHOWN = 5
_SCRIPT_TEXTS = ("outward.", "error.", "hint.", "till.offline")

pages = Blueprint("outward_screen", __name__)


@dataclass(frozen=True, slots=True)
class QueueView:
    """One system in words. ``tone``: ``ok``, ``wait`` or ``stop``; ``state``: key of its word."""

    name: str
    kind: str
    tone: str
    state: str
    number: int
    dead: int
    oldest_at: datetime | None
    amounts: tuple[Money, ...]
    last_success_at: datetime | None
    failing_since: datetime | None
    paused_until: datetime | None
    last_words: str
    crossed: tuple[str, ...]
    stops: bool


@dataclass(frozen=True, slots=True)
class MessageView:
    """One message of an endpoint."""

    id: str
    event: str
    subject: str
    state: str
    tries: int
    note: str
    at: datetime


@dataclass(frozen=True, slots=True)
class EndpointView:
    """One endpoint with its last and its dead messages."""

    id: str
    url: str
    description: str
    events: tuple[str, ...]
    active: bool
    reason: str
    generation: int
    former_until: datetime | None
    sent: tuple[MessageView, ...]
    dead: tuple[MessageView, ...]


@dataclass(frozen=True, slots=True)
class OutwardView:
    """Everything on the screen that changes by itself. ``manages``: whether the reader may change endpoints."""

    queues: tuple[QueueView, ...]
    endpoints: tuple[EndpointView, ...]
    manages: bool


@pages.get("/outward")
@requires(Permission.DEVICES_READ)
def outward() -> str:
    """Show the screen."""
    view = _view()
    return render_template(
        "outward.html", v=view, mark=mark_of(view, words().language), texts=words().part(*_SCRIPT_TEXTS)
    )


@pages.get("/outward/now")
@requires(Permission.DEVICES_READ)
def outward_now() -> str | tuple[str, int]:
    """Show the changing part alone; 204 when the reader has seen it as it is (``seen``)."""
    view = _view()
    mark = mark_of(view, words().language)
    return ("", 204) if request.args.get("seen") == mark else render_template("outward_body.html", v=view, mark=mark)


@pages.get("/outward/line")
@requires(Permission.DEVICES_READ)
def outward_line() -> str:
    """Show the line at the till: nothing as long as no limit is crossed."""
    go_on = current().till.outward.state.may_go_on(caller())
    return render_template("outward_line.html", go_on=go_on)


@pages.get("/outward/row")
@requires(Permission.DEVICES_READ)
def outward_row() -> str:
    """Show the row of the board: what waits for whom."""
    return render_template("outward_row.html", queues=_queues())


def _queues() -> tuple[QueueView, ...]:
    container, who = current(), caller()
    with container.storage.read() as unit:
        known = {one.target: one for one in unit.webhooks.list(who.tenant_id, who.store_id)}
    zone, now = container.settings.zone, container.clock.now()
    return tuple(_queue(one, known, zone, now) for one in container.till.outward.state.systems(who))


def _view() -> OutwardView:
    container, who = current(), caller()
    services, zone = container.till.outward, container.settings.zone
    manages = Permission.WEBHOOKS_MANAGE in who.permissions
    endpoints = services.webhooks.list(who) if manages else ()
    return OutwardView(
        queues=_queues(),
        endpoints=tuple(_endpoint(one, zone) for one in endpoints),
        manages=manages,
    )


def _queue(view: SystemView, endpoints: dict[str, Endpoint], zone: tzinfo, now: datetime) -> QueueView:
    system, waiting = view.system, view.waiting
    endpoint = endpoints.get(system.target)
    stops = bool(view.crossed) and view.limits.at_limit is AtLimit.STOP
    tone, state = "ok", "fine"
    if system.failing_since is not None:
        tone, state = "wait", "away"
    elif waiting.number:
        tone, state = "ok", "sending"
    if stops:
        tone = "stop"
    elif view.crossed or waiting.dead:
        tone = "wait"
    paused = system.paused_until if system.paused_until is not None and system.paused_until > now else None
    return QueueView(
        name=_name(endpoint) if endpoint else system.target,
        kind=MAIL if system.kind == MAIL else system.kind,
        tone=tone,
        state=state,
        number=waiting.number,
        dead=waiting.dead,
        oldest_at=_local(waiting.oldest_at, zone),
        amounts=waiting.amounts,
        last_success_at=_local(system.last_success_at, zone),
        failing_since=_local(system.failing_since, zone),
        paused_until=_local(paused, zone),
        last_words=system.last_words,
        crossed=tuple(one.value for one in view.crossed),
        stops=stops,
    )


def _endpoint(endpoint: Endpoint, zone: tzinfo) -> EndpointView:
    services, who = current().till.outward, caller()
    dead = services.webhooks.messages(who, endpoint.id, state=OutboxState.DEAD, limit=DEAD_SHOWN)
    sent = services.webhooks.messages(who, endpoint.id, limit=SENT_SHOWN)
    now = current().clock.now()
    former = endpoint.former_until if endpoint.former_until is not None and endpoint.former_until > now else None
    return EndpointView(
        id=str(endpoint.id),
        url=endpoint.url,
        description=endpoint.description,
        events=endpoint.patterns,
        active=endpoint.state is EndpointState.ACTIVE,
        reason=endpoint.state_reason,
        generation=endpoint.generation,
        former_until=_local(former, zone),
        sent=tuple(_message(one, zone) for one in sent),
        dead=tuple(_message(one, zone) for one in dead),
    )


def _message(message: OutboxMessage, zone: tzinfo) -> MessageView:
    return MessageView(
        id=str(message.id),
        event=message.payload["event"],
        subject=message.payload["subject"],
        state=message.state.value,
        tries=message.tries,
        note=message.note or "",
        at=message.created_at.astimezone(zone),
    )


def _name(endpoint: Endpoint) -> str:
    return endpoint.description or endpoint.url.partition("://")[2].partition("/")[0]


def _local(at: datetime | None, zone: tzinfo) -> datetime | None:
    return None if at is None else at.astimezone(zone)
