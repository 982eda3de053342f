"""Which deaths a run of the crash harness orders: all marked points and random moments, shuffled by the seed."""

import random
from collections.abc import Iterator
from dataclasses import replace

from bench.crash_points import DOUBT_POINTS, FROM_OUTSIDE, RECOVERY_POINTS, KillOrder, Point

RANDOM_SHARE = 6
STARTING_SHARE = 2
STALL_SHARE = 4
"""Kills from outside in one round of the plan, beside each marked point once."""

START_S = 0.6
"""About how long a start takes."""

WORK_ALONE_S = 1.0
WORK_TWO_NODES_S = 5.0
"""Longest time a node works before a random kill; with two nodes long enough for one to take over."""

POINTS_ALONE = frozenset(Point) - {Point.AFTER_STALL}
"""Where a single node may die: a stall matters only where another node may take over."""

PASSINGS_MAX = 3
RECEIPT_BYTES_MAX = 1_200
"""About the length of a receipt with the terminal's own lines."""


def kill_orders(seed: int, *, nodes: int) -> Iterator[KillOrder]:
    """Yield orders without end, round by round; in a round every point occurs."""
    chance = random.Random(f"{seed} plan")
    work_s = WORK_ALONE_S if nodes == 1 else WORK_TWO_NODES_S
    while True:
        steps = [[_order(point, chance)] for point in Point if point not in FROM_OUTSIDE.union(RECOVERY_POINTS)]
        steps += [[KillOrder(Point.AT_RANDOM, delay_s=chance.uniform(0, work_s))] for _ in range(RANDOM_SHARE)]
        if nodes > 1:
            steps += [[_stall(chance, work_s)] for _ in range(STALL_SHARE)]
        steps += [[KillOrder(Point.WHILE_STARTING, delay_s=chance.uniform(0, START_S))] for _ in range(STARTING_SHARE)]
        # What is to die while it recovers needs something to recover: the start before it dies in a sale.
        for point in RECOVERY_POINTS:
            doubt = KillOrder(chance.choice(DOUBT_POINTS), chance.randint(1, PASSINGS_MAX))
            steps.append([doubt, KillOrder(point)])
        chance.shuffle(steps)
        for step in steps:
            yield from step


def _stall(chance: random.Random, work_s: float) -> KillOrder:
    # Longer than the other node's three seconds of lease, so that it has taken over when this one wakes up.
    return KillOrder(Point.AFTER_STALL, delay_s=chance.uniform(0, work_s), stall_s=chance.uniform(3.2, 6.0))


def _order(point: Point, chance: random.Random) -> KillOrder:
    order = KillOrder(point, chance.randint(1, PASSINGS_MAX))
    if point is Point.WHILE_PRINTING:
        return replace(order, passing=1, printed_bytes=chance.randint(1, RECEIPT_BYTES_MAX))
    return order
