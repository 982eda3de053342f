"""One explanation becomes that of its line: the same steps for a person, for many at once, for the engine."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime

from gateway.domain.access import Caller
from gateway.domain.bank.bank_statement import UNEXPLAINED, LineState, StatementLine
from gateway.domain.bank.line_match import (
    BY_HAND,
    Allocation,
    LineMatch,
    MatchAdjustment,
    MatchId,
    MatchState,
    check_sum,
)
from gateway.domain.errors import RuleError
from gateway.domain.ids import derived_id
from gateway.domain.outbox import OutboxMessage
from gateway.ports.unit_of_work import UnitOfWork
from gateway.services.bank.item_effects import ItemEffects
from gateway.services.bank.line_states import concluded, moved, place_of, tell


def line_not_open() -> RuleError:
    """Return the error for a line that is explained already, or cannot be."""
    hint = "Undo what explains it first."
    return RuleError("line_not_open", "This line does not wait for an explanation.", hint)


def accept_in(
    unit: UnitOfWork,
    caller: Caller,
    effects: ItemEffects,
    line: StatementLine,
    match: LineMatch,
    *,
    by: str,
    at: datetime,
) -> tuple[LineMatch, tuple[OutboxMessage, ...]]:
    """Accept a stored proposal for a line that is held, in this unit.

    Returns:
        The explanation as it is now, and the messages that were stored.

    Raises:
        RuleError: ``line_not_open``, ``match_not_open``, ``match_not_complete``, ``item_taken``, ``changed_meanwhile``.
            The unit must end.
    """
    place = place_of(caller)
    if line.state not in UNEXPLAINED:
        raise line_not_open()
    if match.state not in (MatchState.SUGGESTED, MatchState.AWAITING):
        raise RuleError("match_not_open", "This proposal stands no longer.", "Look at the line again.")
    check_sum(line.facts.amount, match.allocations, match.adjustments)
    accepted = concluded(unit, place, replace(match, state=MatchState.ACCEPTED, decided_by=by, decided_at=at))
    unit.line_matches.supersede(*place, (line.id,))
    moved(unit, place, line, LineState.MATCHED)
    messages = effects.settle(unit, caller, line, accepted, at)
    tell(unit, place, line.id, "matched", actor=by, at=at, match_id=match.id, reason=match.note)
    return accepted, messages


def by_hand(
    line: StatementLine,
    allocations: Sequence[Allocation],
    adjustments: Sequence[MatchAdjustment],
    caller: Caller,
    note: str,
    at: datetime,
) -> LineMatch:
    """Return the explanation a person made, not yet accepted.

    Raises:
        RuleError: as :func:`check_sum`.
    """
    check_sum(line.facts.amount, allocations, adjustments)
    return LineMatch(
        id=MatchId(derived_id(line.id, f"by hand {line.version} {caller.name}")),
        line_id=line.id,
        state=MatchState.SUGGESTED,
        kind=BY_HAND,
        certain=False,
        score_milli=0,
        lead_milli=0,
        rank=0,
        allocations=tuple(allocations),
        adjustments=tuple(adjustments),
        reasons=(),
        duplicate_of=None,
        reverses=None,
        made_by=caller.name,
        made_at=at,
        note=note.strip()[:500],
    )
