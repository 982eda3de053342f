"""Event streams (server-sent events) of one payment: hints at once, the database as the truth about every second.

A stream tells each journal line of the payment once, with its sequence as event id, so ``Last-Event-ID`` resumes it on
any node. It ends after a final state, when the caller's session or key is gone, and after a stated time.
"""

import json
from collections import deque
from collections.abc import Callable, Iterator
from typing import Any, Self

from gateway.domain.access import Caller
from gateway.domain.errors import GatewayError
from gateway.domain.ids import PaymentId
from gateway.domain.payment import FINAL_STATES
from gateway.ports.events import LiveEvent
from gateway.ports.unit_of_work import PaymentRecord
from gateway.web.container import WebContainer
from gateway.web.payment_answers import event_document


class PaymentStream(Iterator[bytes]):
    """The bytes of one stream; ``close`` gives its place back also when nothing was ever read."""

    def __init__(
        self, container: WebContainer, caller: Caller, record: PaymentRecord, *, after: int, allowed: Callable[[], bool]
    ) -> None:
        """Begin to listen; nothing recorded later is missed.

        Args:
            container: ports.
            caller: whose rights hold for what is told.
            record: the payment as it was found.
            after: sequence of the last event the listener has.
            allowed: asked again and again while the stream is open.

        Raises:
            OperationalError: ``too_many_streams``.
        """
        self._container = container
        self._caller = caller
        self._payment_id = PaymentId(record.payment.id)
        self._after = after
        self._allowed = allowed
        self._over = False
        self._first = True
        self._waiting: deque[bytes] = deque()
        self._subscription = container.board.subscribe(caller.tenant_id, caller.store_id, self._payment_id)
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
        latest = self._container.board.latest_progress(self._payment_id)
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
            record = self._container.read_payments.get(self._caller, self._payment_id)
        except GatewayError:
            # The stream has begun, so no error answer is possible: the listener comes back and gets one then.
            self._over = True
            return
        for event in record.events:
            if event.sequence > self._after:
                self._after = event.sequence
                self._waiting.append(sse("payment", event_document(event), event_id=event.sequence))
        self._over = record.attempts[-1].state in FINAL_STATES

    def _tell_progress(self, event: LiveEvent) -> None:
        self._waiting.append(sse("progress", {"code": event.code, "words": event.words}))


def nothing_to_tell(record: PaymentRecord, after: int) -> bool:
    """Return whether a listener who has events up to ``after`` will never hear more: the payment has ended."""
    last = max((event.sequence for event in record.events), default=0)
    return record.attempts[-1].state in FINAL_STATES and after >= last


def sse(kind: str, data: dict[str, Any], *, event_id: int | None = None) -> bytes:
    """Write one event; JSON has no line ends, so one data line is enough."""
    head = "" if event_id is None else f"id: {event_id}\n"
    return f"{head}event: {kind}\ndata: {json.dumps(data, ensure_ascii=False)}\n\n".encode()
