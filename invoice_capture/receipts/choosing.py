"""A choice among candidates: weights of their features, and the chance of each to be the right one."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence


def chances(candidates: Sequence[Mapping[str, float]], weights: Mapping[str, float]) -> list[float]:
    """Return for each candidate, given by its features, the chance that it is the right one; they add up to one."""
    if not candidates:
        return []
    scores = [sum(weights.get(name, 0.0) * value for name, value in one.items()) for one in candidates]
    highest = max(scores)
    powers = [math.exp(score - highest) for score in scores]
    total = sum(powers)
    return [power / total for power in powers]
