"""Calibration of scores: the steps of an isotonic fit, and the confidence from which values may be accepted unseen."""

from __future__ import annotations

from collections.abc import Sequence

from invoice_capture.confidence.calibration import NEVER

PRECISION = 0.99
STRICT = 0.995
"""Asked of training values where 0.99 is to be kept on others: at 0.99 itself one part in two fell short."""
_PRIOR_RIGHT, _PRIOR_ALL = 0.5, 1.0
"""Each step counts as if it had seen one more value, half of it right: few values are no certainty."""
_SHORTEST_STEP = 5
_FEWEST = 40
"""Fewer values than this, all of them right, place no threshold."""
_SEEN_OFTEN = 0.9


def isotonic(scores: Sequence[tuple[float, bool]]) -> tuple[list[float], list[float]]:
    """Return raw scores and the share of right values at each, never falling (pool adjacent violators)."""
    blocks: list[list[float]] = []
    for raw, is_right in sorted(scores):
        blocks.append([raw, float(is_right), 1.0])
        while len(blocks) > 1 and (
            blocks[-2][1] / blocks[-2][2] >= blocks[-1][1] / blocks[-1][2] or blocks[-2][2] < _SHORTEST_STEP
        ):
            top = blocks.pop()
            below = blocks[-1]
            below[0] = (below[0] * below[2] + top[0] * top[2]) / (below[2] + top[2])
            below[1] += top[1]
            below[2] += top[2]
    shares: list[float] = []
    for _, right, count in blocks:
        share = (right + _PRIOR_RIGHT) / (count + _PRIOR_ALL)
        shares.append(max(share, shares[-1] if shares else 0.0))
    return [round(block[0], 5) for block in blocks], [round(share, 5) for share in shares]


def accept_from(scores: Sequence[tuple[float, bool]], *, precision: float = STRICT) -> float:
    """Return the lowest confidence from which values are right with this precision; `NEVER` when there is none.

    Fewer than forty values never place it.
    """
    best, good = NEVER, 0
    ordered = sorted(scores, reverse=True)
    for number, (confidence, right) in enumerate(ordered, 1):
        good += right
        tie = number < len(ordered) and ordered[number][0] == confidence
        if number >= _FEWEST and not tie and (good + _PRIOR_RIGHT) / (number + _PRIOR_RIGHT) >= precision:
            best = confidence
    return best


def careful_cut(scores: Sequence[tuple[float, bool]], *, precision: float = PRECISION) -> float | None:
    """Return the lowest raw score from which values may be accepted though few were measured, None when there is none.

    The values from it on count as if one more had been seen, half of it right: without a mistake fifty are needed for
    0.99. The lowest tenth of the scores is never within, since too few values lie there to say anything.
    """
    best, good = None, 0
    ordered = sorted(scores, reverse=True)
    for number, (raw, right) in enumerate(ordered, 1):
        good += right
        if number > _SEEN_OFTEN * len(ordered):
            break
        tie = number < len(ordered) and ordered[number][0] == raw
        if not tie and (good + _PRIOR_RIGHT) / (number + _PRIOR_ALL) >= precision:
            best = raw
    return best
