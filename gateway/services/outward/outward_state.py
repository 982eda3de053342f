"""What waits for the systems outside, as people see it, and whether the till may go on while it waits."""

import threading
from collections.abc import Mapping
from dataclasses import dataclass

from gateway.domain.access import Caller
from gateway.domain.errors import RuleError
from gateway.domain.ids import StoreId, TenantId
from gateway.domain.telling.outward import (
    AtLimit,
    Crossed,
    GoOn,
    OutwardSystem,
    Pressure,
    Waiting,
    WaitingLimits,
    crossed_by,
)
from gateway.ports.clock import Clock
from gateway.ports.unit_of_work import Storage

KNOWN_FOR_S = 2.0
"""How long an answer about what waits is used again: it is asked with every sale and every look at a till."""


@dataclass(frozen=True, slots=True)
class SystemView:
    """One system with what waits for it and the limits that are crossed."""

    system: OutwardSystem
    waiting: Waiting
    limits: WaitingLimits
    crossed: tuple[Crossed, ...]


class OutwardState:
    """Looks at the queues."""

    def __init__(self, *, storage: Storage, clock: Clock, limits: Mapping[str, WaitingLimits]) -> None:
        """``limits``: by kind of system."""
        self._storage = storage
        self._clock = clock
        self._limits = limits
        self._lock = threading.Lock()
        self._known: dict[tuple[TenantId, StoreId], tuple[float, GoOn]] = {}

    def systems(self, caller: Caller) -> tuple[SystemView, ...]:
        """Return every system that is not switched off, by target."""
        return self._look(caller.tenant_id, caller.store_id)

    def may_go_on(self, caller: Caller) -> GoOn:
        """Return whether another sale may be taken, and which systems have too much waiting; at most 2 s old."""
        place = (caller.tenant_id, caller.store_id)
        now_s = self._clock.monotonic_s()
        with self._lock:
            known = self._known.get(place)
        if known is not None and now_s - known[0] < KNOWN_FOR_S:
            return known[1]
        pressures = tuple(
            Pressure(one.system.target, one.system.kind, one.limits.at_limit, one.crossed, one.waiting)
            for one in self._look(*place)
            if one.crossed
        )
        found = GoOn(all(one.at_limit is AtLimit.WARN for one in pressures), pressures)
        with self._lock:
            self._known[place] = (now_s, found)
        return found

    def check(self, caller: Caller) -> None:
        """Refuse a new sale where a limit says stop; costs nothing where none does.

        Raises:
            RuleError: ``outward_limit``.
        """
        if all(one.at_limit is AtLimit.WARN for one in self._limits.values()):
            return
        if not self.may_go_on(caller).allowed:
            hint = "Bring the connection back, or let the operator raise the limit; what waits is shown under Outside."
            raise RuleError("outward_limit", "Too much waits for a system outside: no new sales.", hint)

    def _look(self, tenant_id: TenantId, store_id: StoreId) -> tuple[SystemView, ...]:
        with self._storage.read() as unit:
            systems = unit.outward.systems(tenant_id, store_id)
            waiting = {one.target: one for one in unit.outward.waiting(tenant_id, store_id)}
        now = self._clock.now()
        found = []
        for system in systems:
            queue = waiting.get(system.target, Waiting(system.target))
            limits = self._limits.get(system.kind, WaitingLimits())
            found.append(SystemView(system, queue, limits, crossed_by(queue, limits, now)))
        return tuple(found)
