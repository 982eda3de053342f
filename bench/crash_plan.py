"""Which deaths a run of the crash harness orders: all marked points and random moments, shuffled by the seed."""

import random
from collections.abc import Iterator
from dataclasses import replace

from bench.crash_points import DOUBT_POINTS, RECOVERY_POINTS, KillOrder, Point

RANDOM_SHARE = 8
"""Random moments in one round of the plan, beside each marked point once."""

RANDOM_DELAY_MAX_S = 1.6
"""A node is ready after about a third of this: random kills fall into its start and into its work."""

PASSINGS_MAX = 3
RECEIPT_BYTES_MAX = 1_200
"""About the length of a receipt with the terminal's own lines."""


def kill_orders(seed: int) -> Iterator[KillOrder]:
    """Yield orders without end, round by round; in a round every point occurs."""
    chance = random.Random(f"{seed} plan")
    while True:
        steps = [[_order(point, chance)] for point in Point if point not in (*RECOVERY_POINTS, Point.AT_RANDOM)]
        steps += [[_random(chance)] for _ in range(RANDOM_SHARE)]
        # What is to die while it recovers needs something to recover: the start before it dies in a sale.
        for point in RECOVERY_POINTS:
            doubt = KillOrder(chance.choice(DOUBT_POINTS), chance.randint(1, PASSINGS_MAX))
            steps.append([doubt, KillOrder(point)])
        chance.shuffle(steps)
        for step in steps:
            yield from step


def _order(point: Point, chance: random.Random) -> KillOrder:
    order = KillOrder(point, chance.randint(1, PASSINGS_MAX))
    if point is Point.WHILE_PRINTING:
        return replace(order, passing=1, printed_bytes=chance.randint(1, RECEIPT_BYTES_MAX))
    return order


def _random(chance: random.Random) -> KillOrder:
    return KillOrder(Point.AT_RANDOM, delay_s=chance.uniform(0.02, RANDOM_DELAY_MAX_S))
