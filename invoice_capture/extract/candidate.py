"""What a field may be, with its evidence, and the choice among several."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace

from invoice_capture.model import Method, Place, Reason

CLOSE = 0.12
"""Two values whose scores differ by less are told apart by a person."""
_AGAIN = 0.35
"""How much of the score of a second place counts when it says the same."""


@dataclass(frozen=True, slots=True)
class Candidate:
    """A value a field may have. ``value``: normalised; ``score``: 0..1, comparable within one field only."""

    value: str
    text: str
    places: tuple[Place, ...]
    score: float
    method: Method
    reasons: tuple[Reason, ...] = ()


def labelled(label: str) -> Reason:
    """Return the reason that names the label of a value; the supplier memory learns it."""
    return Reason("label", {"label": label})


def choose(candidates: Iterable[Candidate]) -> Candidate | None:
    """Return the best value; what several places say counts more, a close second one is named as a doubt."""
    merged: dict[str, Candidate] = {}
    for one in sorted(candidates, key=lambda one: -one.score):
        known = merged.get(one.value)
        if known is None:
            merged[one.value] = one
        else:
            score = 1 - (1 - known.score) * (1 - _AGAIN * one.score)
            places = known.places if set(one.places) <= set(known.places) else (*known.places, *one.places)
            merged[one.value] = replace(known, score=score, places=places)
    ranked = sorted(merged.values(), key=lambda one: -one.score)
    if not ranked:
        return None
    best = ranked[0]
    if len(ranked) > 1 and best.score - ranked[1].score < CLOSE:
        doubt = Reason("two_candidates", {"other": ranked[1].text or ranked[1].value})
        # The closer the second, the less sure the first.
        less = 0.5 + 0.5 * (best.score - ranked[1].score) / CLOSE
        return replace(best, score=best.score * less, reasons=(*best.reasons, doubt))
    return best
