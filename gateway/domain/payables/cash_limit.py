"""What is paid when the money does not reach for everything: a 0/1 knapsack after what cannot wait.

First comes what must be paid (the law's interest is running, or a supplier would stop delivering), by the dearest to
leave out; of the rest the set that saves most is looked for. The search is exact for usual sizes and bounded in steps:
past the bound the best set found stands, which is never worse than taking by return alone. Same input, same answer.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction

STEPS_MAX = 50_000
"""Nodes of the search: about a tenth of a second."""


@dataclass(frozen=True, slots=True)
class CashWish:
    """One payment that is wanted. ``amount``: minor units, > 0; ``cost``: of not paying it now, minor units, >= 0.

    ``pressing``: legal or supply risk; ``order``: breaks ties, unique.
    """

    amount: int
    cost: int
    pressing: bool
    order: int


@dataclass(frozen=True, slots=True)
class _Taken:
    """What a branch of the search took: the last one, and what was before it."""

    order: int
    before: "_Taken | None"


_NONE = _Taken(-1, None)


def within(wishes: Sequence[CashWish], available: int) -> frozenset[int]:
    """Return the ``order`` of each payment that is made of ``available`` minor units (nothing when it is negative)."""
    by_need = sorted((one for one in wishes if one.pressing), key=_by_return)
    taken = set()
    left = available
    for one in by_need:
        if one.amount <= left:
            taken.add(one.order)
            left -= one.amount
    rest = sorted((one for one in wishes if not one.pressing and one.amount <= left), key=_by_return)
    return frozenset(taken | _best_set(rest, left))


def _by_return(one: CashWish) -> tuple[Fraction, int, int]:
    return -Fraction(one.cost, one.amount), one.amount, one.order


def _best_set(items: Sequence[CashWish], room: int) -> set[int]:
    """Depth first, the better return first; a branch whose bound cannot beat the best is left."""
    if sum(one.amount for one in items) <= room:
        return {one.order for one in items}
    smallest = _smallest_behind(items)
    best_value, best, steps = -1, _NONE, 0
    # Each node: next item, room left, value so far, what was taken.
    stack: list[tuple[int, int, int, _Taken]] = [(0, room, 0, _NONE)]
    while stack and steps < STEPS_MAX:
        place, left, value, taken = stack.pop()
        while place < len(items) and items[place].amount > left:
            place = place + 1 if smallest[place] <= left else len(items)
            steps += 1
        steps += 1
        if value > best_value:
            best_value, best = value, taken
        # The next item has the best return of all that follow: nothing can add more than it would on all the room.
        if place == len(items) or value + left * items[place].cost // items[place].amount <= best_value:
            continue
        one = items[place]
        stack.append((place + 1, left, value, taken))
        stack.append((place + 1, left - one.amount, value + one.cost, _Taken(one.order, taken)))
    found: set[int] = set()
    while best.before is not None:
        found.add(best.order)
        best = best.before
    return found


def _smallest_behind(items: Sequence[CashWish]) -> list[int]:
    """The smallest amount of each item and all behind it."""
    found = [items[-1].amount] * len(items) if items else []
    for place in range(len(items) - 2, -1, -1):
        found[place] = min(items[place].amount, found[place + 1])
    return found
