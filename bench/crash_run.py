"""One run of the crash harness: sales go on while node after node dies as the plan orders and is started again."""

import os
import signal
import time
from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import dataclass, field
from statistics import median
from typing import Any

from bench.crash_counter import CounterTill
from bench.crash_plan import POINTS_ALONE, kill_orders
from bench.crash_points import FROM_OUTSIDE, KillOrder, Point
from bench.crash_shop import STOP_LIMIT_S, Shop, ShopPlan
from bench.crash_till import OUTCOME_LIMIT_S, Till, settle_receipts

STALE_AFTER_S = 6.0
"""A node whose ordered point does not come (a passive one, a recovery with nothing to recover) is killed anyway."""

FURTHER_KILLS_MAX = 200
"""Beyond the wanted ones: a point that has not come by then never does, and whoever asked for it sees that."""

AWAKE_S = 1.5
"""How long a node that was stopped works on before it is killed."""

TICK_S = 0.02
RECEIPTS_LIMIT_S = 60.0
READY_LIMIT_S = 60.0


@dataclass(slots=True)
class Start:
    """One start of a node, and its death. Times are seconds of the monotonic clock."""

    node: int
    order: KillOrder | None
    began_s: float
    pid: int = 0
    ready_s: float | None = None
    died_at: Point | None = None
    stalled_s: float | None = None
    woken_s: float | None = None
    killed_by_us: bool = False


@dataclass(frozen=True, slots=True)
class Kill:
    """One death as it was ordered or happened. ``at_s``: seconds since the run began."""

    node: int
    point: Point
    at_s: float


@dataclass(slots=True)
class RunRecord:
    """What a run did, for the judge and the table."""

    kills: list[Kill] = field(default_factory=list)
    restarts_s: list[float] = field(default_factory=list)
    tills: list[Till] = field(default_factory=list)
    problems: list[str] = field(default_factory=list)
    seconds: float = 0.0
    counter: CounterTill | None = None

    @property
    def median_restart_s(self) -> float:
        """Seconds from a death to the moment the same node answers again."""
        return median(self.restarts_s) if self.restarts_s else 0.0


class Conductor:
    """Starts and kills the nodes of an open shop."""

    def __init__(self, shop: Shop, kills: int, on_progress: Callable[[int], None]) -> None:
        self.record = RunRecord()
        self._shop = shop
        self._kills_wanted = kills
        self._on_progress = on_progress
        self._orders: Iterator[KillOrder] = kill_orders(shop.plan.seed, nodes=shop.plan.nodes)
        self._alive: dict[int, Start] = {}
        self._by_pid: dict[int, Start] = {}
        self._pids_to_come: dict[int, Start] = {}
        self._died_s: dict[int, float] = {}
        self._last_kill_s = time.monotonic()
        self._began_s = time.monotonic()

    def run(self) -> RunRecord:
        """Kill as often as wanted with sales going on, then let all sales end, then stop the nodes cleanly."""
        plan, record = self._shop.plan, self.record
        for node in range(1, plan.nodes + 1):
            self._start(node)
        record.tills = [
            Till(number, self._shop.ports, self._shop.token, plan.seed) for number in range(1, plan.terminals + 1)
        ]
        record.counter = CounterTill(self._shop.ports, self._shop.token, plan.seed)
        for till in (*record.tills, record.counter):
            till.start()
        while not self._enough() and not record.problems:
            self._turn()
        self._disarm()
        self._end_sales()
        self._stop_nodes()
        record.seconds = time.monotonic() - self._began_s
        return record

    def _enough(self) -> bool:
        """Whether the kills are as many as wanted and, where the plan says so, at every point there is.

        An ordered point does not always come, a recovery with nothing to recover for one: so it is ordered again.
        """
        count = len(self.record.kills)
        if not self._shop.plan.every_point or count < self._kills_wanted:
            return count >= self._kills_wanted
        missing = POINTS_ALONE - {kill.point for kill in self.record.kills}
        return not missing or count >= self._kills_wanted + FURTHER_KILLS_MAX

    def _turn(self) -> None:
        """Take what has happened, then kill what is due."""
        while (event := self._shop.event(TICK_S)) is not None:
            self._take(event)
        now_s = time.monotonic()
        stale = now_s - self._last_kill_s > STALE_AFTER_S
        for start in list(self._alive.values()):
            oldest = stale and start.began_s == min(one.began_s for one in self._alive.values())
            self._stall(start, now_s)
            due = _due(start, now_s) or (oldest and start.ready_s is not None and start.stalled_s is None)
            if start.pid and not start.killed_by_us and due:
                start.killed_by_us = True
                self._last_kill_s = now_s
                self._kill(start)
        if now_s - self._last_kill_s > READY_LIMIT_S:
            self.record.problems.append(f"no node came up for {READY_LIMIT_S:g} s")

    def _stall(self, start: Start, now_s: float) -> None:
        """Stop or wake a node whose order says so. What it believed before may be wrong when it wakes."""
        order = start.order
        if order is None or order.point is not Point.AFTER_STALL or start.ready_s is None:
            return
        if start.stalled_s is None and now_s - start.ready_s >= order.delay_s:
            start.stalled_s = now_s
            self._signal(start, signal.SIGSTOP)
        elif start.stalled_s is not None and start.woken_s is None and now_s - start.stalled_s >= order.stall_s:
            start.woken_s = now_s
            self._signal(start, signal.SIGCONT)

    def _kill(self, start: Start) -> None:
        self._signal(start, signal.SIGKILL)

    def _signal(self, start: Start, number: signal.Signals) -> None:
        with suppress(ProcessLookupError):
            os.kill(start.pid, number)

    def _start(self, node: int, *, armed: bool = True) -> None:
        order = next(self._orders) if armed else None
        start = Start(node, order, time.monotonic())
        self._alive[node] = start
        self._pids_to_come[node] = start
        self._shop.start(node, order)

    def _take(self, event: dict[str, Any]) -> None:
        if event["event"] == "started":
            start = self._pids_to_come.pop(event["node"])
            start.pid = event["pid"]
            self._by_pid[start.pid] = start
            return
        found = self._by_pid.get(event["pid"])
        if found is None:
            return
        match event["event"]:
            case "ready":
                found.ready_s = time.monotonic()
                if found.node in self._died_s:
                    self.record.restarts_s.append(found.ready_s - self._died_s.pop(found.node))
            case "dying":
                found.died_at = Point(event["point"])
            case "ended":
                self._ended(found, event["code"])

    def _ended(self, start: Start, code: int) -> None:
        now_s = time.monotonic()
        del self._by_pid[start.pid]
        if code != -signal.SIGKILL:
            self.record.problems.append(f"node {start.node} ended by itself with code {code}; see its log")
            del self._alive[start.node]
            return
        self._last_kill_s = now_s
        self._died_s.setdefault(start.node, now_s)
        self.record.kills.append(Kill(start.node, _place_of(start), now_s - self._began_s))
        self._on_progress(len(self.record.kills))
        self._start(start.node, armed=not self._enough())

    def _disarm(self) -> None:
        """Replace every node that still has an order: the end of the run has to be quiet."""
        for start in list(self._alive.values()):
            if start.order is not None and start.pid:
                self._kill(start)
        until_s = time.monotonic() + READY_LIMIT_S
        while not self.record.problems and any(
            start.order is not None or start.ready_s is None for start in self._alive.values()
        ):
            if (event := self._shop.event(TICK_S)) is not None:
                self._take(event)
                for start in self._alive.values():
                    if start.order is not None and start.pid and not start.killed_by_us:
                        start.killed_by_us = True
                        self._kill(start)
            elif time.monotonic() > until_s:
                self.record.problems.append("the nodes did not come back after the last kill")

    def _end_sales(self) -> None:
        counter = self.record.counter
        if counter is not None:
            counter.finish()
        for till in self.record.tills:
            till.finish()
        for till in self.record.tills:
            if not till.join(OUTCOME_LIMIT_S + 30):
                self.record.problems.append(f"till {till.number} got no answer about {till.charges[-1].id}")
        if counter is not None:
            if not counter.join(OUTCOME_LIMIT_S):
                self.record.problems.append("the counter got no answer about its last sale")
            self.record.problems += counter.problems
        if not self.record.problems:
            open_receipts = settle_receipts(self.record.tills, RECEIPTS_LIMIT_S, self._collect)
            self.record.problems += [f"{payment}: a receipt is still on its way" for payment in open_receipts]
        for till in self.record.tills:
            self.record.problems += till.problems

    def _collect(self) -> None:
        while (event := self._shop.event(TICK_S)) is not None:
            self._take(event)

    def _stop_nodes(self) -> None:
        """A clean stop has to end each node with code 0."""
        for start in self._alive.values():
            with suppress(ProcessLookupError):
                os.kill(start.pid, signal.SIGTERM)
        until_s = time.monotonic() + STOP_LIMIT_S
        waiting = dict(self._by_pid)
        while waiting and time.monotonic() < until_s:
            event = self._shop.event(0.5)
            if event is None or event["event"] != "ended" or waiting.pop(event["pid"], None) is None:
                continue
            if event["code"] != 0:
                self.record.problems.append(f"a node did not stop cleanly: code {event['code']}")
        self.record.problems += [f"node {start.node} did not stop in {STOP_LIMIT_S:g} s" for start in waiting.values()]


def _place_of(start: Start) -> Point:
    if start.died_at is not None:
        return start.died_at
    if start.woken_s is not None:
        return Point.AFTER_STALL
    return Point.WHILE_STARTING if start.ready_s is None else Point.AT_RANDOM


def _due(start: Start, now_s: float) -> bool:
    """Return whether the order of a start is to be carried out from outside now."""
    order = start.order
    if order is None or order.point not in FROM_OUTSIDE:
        return False
    if order.point is Point.AFTER_STALL:
        return start.woken_s is not None and now_s - start.woken_s >= AWAKE_S
    since_s = start.began_s if order.point is Point.WHILE_STARTING else start.ready_s
    return since_s is not None and now_s - since_s >= order.delay_s


def run_shop(plan: ShopPlan, kills: int, on_progress: Callable[[int], None]) -> RunRecord:
    """Open a shop, kill its nodes so often, and return what happened; all processes have ended then."""
    with Shop(plan) as shop:
        return Conductor(shop, kills, on_progress).run()
