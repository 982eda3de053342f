"""Search everything that moved money: what fits every word of a question, newest first."""

import uuid
from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import tzinfo

from gateway.domain.access import Caller, Permission
from gateway.domain.journal import Clue, ClueKind, Hit, Question, ThingKind, read_question
from gateway.domain.money import Currency
from gateway.ports.clock import Clock
from gateway.ports.unit_of_work import Storage, UnitOfWork

SHOWN_MAX = 100
"""Things shown at once: whoever sees more asks more precisely."""
_LOOKED_AT_MAX = 500
"""Things of one kind looked at for one meaning of one word when several words narrow each other."""

_Key = tuple[ThingKind, uuid.UUID]


@dataclass(frozen=True, slots=True)
class Findings:
    """What was found. ``more``: there is more than is shown; ``question``: as it was understood."""

    question: Question
    hits: tuple[Hit, ...]
    more: bool


class SearchJournal:
    """One search over payments, refunds, sales, tenders, give-backs, vouchers and reservations."""

    def __init__(self, *, storage: Storage, clock: Clock, zone: tzinfo, currency: Currency) -> None:
        """``currency``: whose minor units an amount is read in."""
        self._storage = storage
        self._clock = clock
        self._zone = zone
        self._currency = currency

    def find(self, caller: Caller, text: str) -> Findings:
        """Return what fits every word of a question; an empty question finds nothing.

        Raises:
            NotPermitted: without ``payments:read``, or for a key that sees some terminals only.
        """
        caller.require(Permission.PAYMENTS_READ)
        question = read_question(text, now=self._clock.now(), zone=self._zone, currency=self._currency)
        if question.empty:
            return Findings(question, (), more=False)
        with self._storage.read() as unit:
            found = self._all(unit, caller, question)
        hits = sorted(found.values(), key=lambda hit: (hit.at, hit.id), reverse=True)
        return Findings(question, tuple(hits[:SHOWN_MAX]), more=len(hits) > SHOWN_MAX)

    def _all(self, unit: UnitOfWork, caller: Caller, question: Question) -> dict[_Key, Hit]:
        limit = SHOWN_MAX + 1 if len(question.words) <= 1 else _LOOKED_AT_MAX

        def found_by(clue: Clue | None) -> dict[_Key, Hit]:
            hits = unit.journal.find(
                caller.tenant_id, caller.store_id, clue, since=question.since, until=question.until, limit=limit
            )
            return {(hit.kind, hit.id): hit for hit in hits}

        if not question.words:
            return found_by(None)
        # What an index finds is little and comes first; words are then looked for in what was found, not in every row.
        first, *others = sorted(question.words, key=lambda meanings: meanings[0].kind is ClueKind.WORDS)
        kept = _joined(found_by(clue) for clue in first)
        for meanings in others:
            found = _joined(_saying(kept, clue) if clue.kind is ClueKind.WORDS else found_by(clue) for clue in meanings)
            kept = _both(kept, found)
        return kept


def _joined(parts: Iterable[dict[_Key, Hit]]) -> dict[_Key, Hit]:
    """Return what any of them found, with every clue it was found by."""
    found: dict[_Key, Hit] = {}
    for part in parts:
        for key, hit in part.items():
            found[key] = replace(hit, clues=hit.clues | found[key].clues) if key in found else hit
    return found


def _saying(hits: dict[_Key, Hit], clue: Clue) -> dict[_Key, Hit]:
    """Return those in whose words the clue stands."""
    return {
        key: replace(hit, clues=frozenset({clue.kind}))
        for key, hit in hits.items()
        if clue.text in hit.detail.lower() or clue.text in hit.who.lower()
    }


def _both(one: dict[_Key, Hit], other: dict[_Key, Hit]) -> dict[_Key, Hit]:
    return {key: replace(hit, clues=hit.clues | other[key].clues) for key, hit in one.items() if key in other}
