"""Live events inside one process: device threads publish, event streams listen, nobody is ever blocked."""

import threading
from collections import OrderedDict, deque

from gateway.domain.errors import OperationalError
from gateway.domain.ids import StoreId, TenantId
from gateway.ports.events import LiveEvent, MovementId

QUEUE_MAX = 100
"""Events kept for a slow listener; the database holds what counts, so the oldest hint may go."""

PROGRESS_MAX = 1000
"""Payments whose last progress is remembered; more do not run at once on one node."""


_ENDED = frozenset({"payment", "refund"})
"""Kinds of events after which the last progress is no longer the newest word."""


class BoardSubscription:
    """A bounded queue of the events of one payment or refund."""

    def __init__(self, board: "MemoryEventBoard", key: tuple[TenantId, StoreId, MovementId]) -> None:
        self._board = board
        self.key = key
        self._events: deque[LiveEvent] = deque(maxlen=QUEUE_MAX)
        self._arrived = threading.Condition()

    def put(self, event: LiveEvent) -> None:
        """Append an event; the oldest falls out of a full queue."""
        with self._arrived:
            self._events.append(event)
            self._arrived.notify()

    def wait(self, timeout_s: float) -> LiveEvent | None:
        """Return the next event, or None after ``timeout_s`` seconds."""
        with self._arrived:
            if not self._events:
                self._arrived.wait(timeout_s)
            return self._events.popleft() if self._events else None

    def close(self) -> None:
        """Stop listening."""
        self._board.leave(self)


class MemoryEventBoard:
    """Hands events to the listeners of their payment or refund."""

    def __init__(self, *, streams_max: int) -> None:
        """``streams_max``: listeners at once; each holds one thread of the web server."""
        self._streams_max = streams_max
        self._lock = threading.Lock()
        self._listeners: dict[tuple[TenantId, StoreId, MovementId], list[BoardSubscription]] = {}
        self._count = 0
        self._progress: OrderedDict[MovementId, LiveEvent] = OrderedDict()

    def publish(self, event: LiveEvent) -> None:
        """Hand the event to every listener of its payment or refund."""
        with self._lock:
            if event.kind == "progress":
                self._progress[event.movement_id] = event
                self._progress.move_to_end(event.movement_id)
                if len(self._progress) > PROGRESS_MAX:
                    self._progress.popitem(last=False)
            elif event.kind in _ENDED:
                self._progress.pop(event.movement_id, None)
            listeners = list(self._listeners.get((event.tenant_id, event.store_id, event.movement_id), ()))
        for listener in listeners:
            listener.put(event)

    def subscribe(self, tenant_id: TenantId, store_id: StoreId, movement_id: MovementId) -> BoardSubscription:
        """Listen to one payment or refund.

        Raises:
            OperationalError: ``too_many_streams`` when the limit is reached.
        """
        subscription = BoardSubscription(self, (tenant_id, store_id, movement_id))
        with self._lock:
            if self._count >= self._streams_max:
                hint = "Ask for the payment every second instead, or try the stream again shortly."
                raise OperationalError("too_many_streams", "Too many event streams are open.", hint)
            self._count += 1
            self._listeners.setdefault(subscription.key, []).append(subscription)
        return subscription

    def leave(self, subscription: BoardSubscription) -> None:
        """Take a listener off; leaving twice is harmless."""
        with self._lock:
            listeners = self._listeners.get(subscription.key, [])
            if subscription in listeners:
                listeners.remove(subscription)
                self._count -= 1
            if not listeners:
                self._listeners.pop(subscription.key, None)

    def latest_progress(self, movement_id: MovementId) -> LiveEvent | None:
        """Return the last progress hint of what runs, or None."""
        with self._lock:
            return self._progress.get(movement_id)
