"""Event streams (server-sent events) of a payment or refund: hints at once, the database as the truth every second.

A stream tells each journal line once, with its sequence as event id, so ``Last-Event-ID`` resumes it on
any node. It ends after a final state, when the caller's session or key is gone, and after a stated time.
"""

import json
from collections import deque
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any, Self

from flask import Response

from gateway.domain.access import Caller, Permission
from gateway.domain.cards.payment import FINAL_STATES
from gateway.domain.errors import GatewayError
from gateway.domain.ids import PaymentId, RefundId
from gateway.ports.events import LiveEvent, MovementId
from gateway.ports.unit_of_work import PaymentEvent, RefundEvent
from gateway.web.auth import caller, still_allowed
from gateway.web.container import WebContainer, current
from gateway.web.payments.payment_answers import event_document


@dataclass(frozen=True, slots=True)
class Watched:
    """What one stream follows.

    ``kind``: name of its events; ``load``: returns the journal, oldest first, and whether it has ended; it may raise
    ``GatewayError`` when the caller may not see it any more.
    """

    kind: str
    id: MovementId
    load: Callable[[], "Journal"]


Journal = tuple[Sequence[PaymentEvent | RefundEvent], bool]


def watched_payment(container: WebContainer, caller: Caller, payment_id: PaymentId) -> Watched:
    """Return what a stream of a payment follows."""

    def load() -> Journal:
        record = container.read_payments.get(caller, payment_id)
        return record.events, record.attempts[-1].state in FINAL_STATES

    return Watched("payment", payment_id, load)


def watched_refund(container: WebContainer, caller: Caller, refund_id: RefundId) -> Watched:
    """Return what a stream of a refund follows."""

    def load() -> Journal:
        record = container.read_refunds.get(caller, refund_id)
        return record.events, record.attempt.state in FINAL_STATES

    return Watched("refund", refund_id, load)


class MovementStream(Iterator[bytes]):
    """The bytes of one stream; ``close`` gives its place back also when nothing was ever read."""

    def __init__(
        self, container: WebContainer, caller: Caller, watched: Watched, *, after: int, allowed: Callable[[], bool]
    ) -> None:
        """Begin to listen; nothing recorded later is missed.

        Args:
            container: ports.
            caller: whose rights hold for what is told.
            watched: what is followed.
            after: sequence of the last event the listener has.
            allowed: asked again and again while the stream is open.

        Raises:
            OperationalError: ``too_many_streams``.
        """
        self._container = container
        self._watched = watched
        self._after = after
        self._allowed = allowed
        self._over = False
        self._first = True
        self._waiting: deque[bytes] = deque()
        self._subscription = container.board.subscribe(caller.tenant_id, caller.store_id, watched.id)
        now_s = container.clock.monotonic_s()
        self._ends_s = now_s + container.settings.limits.stream_life_s
        self._spoke_s = self._looked_s = now_s

    def __iter__(self) -> Self:
        return self

    def __next__(self) -> bytes:
        while not self._waiting:
            if self._over:
                raise StopIteration
            if self._first:
                self._begin()
            else:
                self._listen()
        self._spoke_s = self._container.clock.monotonic_s()
        return self._waiting.popleft()

    def close(self) -> None:
        """Stop listening."""
        self._over = True
        self._subscription.close()

    def _begin(self) -> None:
        self._first = False
        self._waiting.append(b"retry: 1000\n\n")
        self._look()
        latest = self._container.board.latest_progress(self._watched.id)
        if latest is not None and not self._over:
            self._tell_progress(latest)

    def _listen(self) -> None:
        limits = self._container.settings.limits
        event = self._subscription.wait(limits.stream_poll_s)
        now_s = self._container.clock.monotonic_s()
        if event is not None and event.kind == "progress":
            self._tell_progress(event)
        if (event is not None and event.kind != "progress") or now_s - self._looked_s >= limits.stream_poll_s:
            self._looked_s = now_s
            self._look()
        if now_s >= self._ends_s:
            self._over = True
        if not self._waiting and now_s - self._spoke_s >= limits.stream_heartbeat_s:
            self._waiting.append(b": still here\n\n")

    def _look(self) -> None:
        """Tell what the database has and the listener has not; end when there will be no more."""
        if not self._allowed():
            self._over = True
            return
        try:
            told, ended = self._watched.load()
        except GatewayError:
            # The stream has begun, so no error answer is possible: the listener comes back and gets one then.
            self._over = True
            return
        for event in told:
            if event.sequence > self._after:
                self._after = event.sequence
                self._waiting.append(sse(self._watched.kind, event_document(event), event_id=event.sequence))
        self._over = ended

    def _tell_progress(self, event: LiveEvent) -> None:
        self._waiting.append(sse("progress", {"code": event.code, "words": event.words}))


def event_stream(watched: Watched, *, after: int, permission: Permission) -> Response:
    """Answer with the events of what is watched; 204 to a listener who will never hear more than ``after``."""
    told, ended = watched.load()
    if ended and after >= max((event.sequence for event in told), default=0):
        return Response(status=204)
    stream = MovementStream(current(), caller(), watched, after=after, allowed=still_allowed(permission))
    response = Response(_iterator(stream), content_type="text/event-stream; charset=utf-8")
    response.call_on_close(stream.close)
    response.headers["X-Accel-Buffering"] = "no"
    return response


def _iterator(stream: MovementStream) -> Iterator[bytes]:
    return stream


def sse(kind: str, data: dict[str, Any], *, event_id: int | None = None) -> bytes:
    """Write one event; JSON has no line ends, so one data line is enough."""
    head = "" if event_id is None else f"id: {event_id}\n"
    return f"{head}event: {kind}\ndata: {json.dumps(data, ensure_ascii=False)}\n\n".encode()
