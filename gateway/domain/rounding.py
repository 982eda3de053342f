"""The one place where amounts are rounded: integers and fractions in, integers out, alike above and below zero.

Every rule here is mirrored: what is rounded for ``-x`` is the negative of what is rounded for ``x``, so that a refund
rounds as its sale did.
"""

from collections.abc import Sequence
from enum import StrEnum
from fractions import Fraction
from typing import assert_never


class Rounding(StrEnum):
    """What happens to a fraction of a unit; "up" is away from zero, "down" is towards zero."""

    HALF_UP = "half_up"
    HALF_DOWN = "half_down"
    UP = "up"
    DOWN = "down"


def rounded(value: Fraction, rounding: Rounding) -> int:
    """Return ``value`` as a whole number by the rule named."""
    if value < 0:
        return -rounded(-value, rounding)
    whole, rest = divmod(value, 1)
    match rounding:
        case Rounding.HALF_UP:
            return whole + (2 * rest >= 1)
        case Rounding.HALF_DOWN:
            return whole + (2 * rest > 1)
        case Rounding.UP:
            return whole + (rest > 0)
        case Rounding.DOWN:
            return whole
        case _:
            assert_never(rounding)


def rounded_to_step(minor: int, step_minor: int, rounding: Rounding) -> int:
    """Return the multiple of ``step_minor`` (> 0) that ``minor`` is rounded to."""
    return rounded(Fraction(minor, step_minor), rounding) * step_minor


def apportioned(exact: Sequence[Fraction], total: int) -> tuple[int, ...]:
    """Return whole numbers that add up to ``total``, each next to its exact value (largest remainder, then earlier).

    Args:
        exact: what each part would be without rounding; their sum is at most half a unit away from ``total``.
        total: what the parts have to add up to.

    Raises:
        ValueError: the exact parts add up to something else than the total.
    """
    whole = sum(exact, Fraction(0))
    if 2 * abs(whole - total) > 1:
        message = f"the parts add up to {whole}, not to {total}"
        raise ValueError(message)
    if (total or next((value for value in exact if value), 0)) < 0:
        return tuple(-part for part in apportioned([-value for value in exact], -total))
    floors = [value.numerator // value.denominator for value in exact]
    by_remainder = sorted(range(len(exact)), key=lambda index: (floors[index] - exact[index], index))
    for index in by_remainder[: total - sum(floors)]:
        floors[index] += 1
    return tuple(floors)
