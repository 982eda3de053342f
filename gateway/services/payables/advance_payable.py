"""Takes a payable as far as it goes by itself: signs are looked for, it is matched, approved where nobody is needed.

Called after a payable was made or changed, when goods arrive, when a suspicion was cleared. Every step is one of the
life cycle; where a person is needed the payable stays, and says why.
"""

from datetime import datetime
from typing import Protocol

from gateway.domain.payables.payable import Payable, PayableState
from gateway.ports.unit_of_work import UnitOfWork

_TO_MATCH = frozenset({PayableState.VALIDATED, PayableState.EXCEPTION})


class LooksForSigns(Protocol):
    """Looks for duplicates and signs of fraud."""

    def signs_in(self, unit: UnitOfWork, payable: Payable, *, actor: str, at: datetime) -> Payable:
        """Keep the signs found; a hard duplicate becomes a suspect."""


class Matches(Protocol):
    """Compares with orders, receipts, contracts and coding rules."""

    def match_in(self, unit: UnitOfWork, payable: Payable, *, actor: str, at: datetime) -> Payable:
        """Match a payable that waits for it; it is matched then, or an exception with its reasons."""


class Approves(Protocol):
    """Knows who has to approve."""

    def settle_in(self, unit: UnitOfWork, payable: Payable, *, actor: str, at: datetime) -> Payable:
        """Approve a matched payable for which the rules need nobody (any more)."""


class NothingIsAsked:
    """For tests of other things: no signs, no matching, no approval."""

    def signs_in(self, unit: UnitOfWork, payable: Payable, *, actor: str, at: datetime) -> Payable:
        """Return the payable."""
        del unit, actor, at
        return payable

    match_in = signs_in
    settle_in = signs_in

    def release_in(self, unit: UnitOfWork, payable: Payable, *, actor: str, at: datetime) -> None:
        """Do nothing: nothing was taken."""
        del unit, payable, actor, at


class AdvancePayable:
    """Goes on with a payable until a person or the bank is needed."""

    def __init__(self, *, signs: LooksForSigns, match: Matches, approve: Approves) -> None:
        self._signs = signs
        self._match = match
        self._approve = approve

    def advance_in(self, unit: UnitOfWork, payable: Payable, *, actor: str, at: datetime) -> Payable:
        """Return the payable as it is after everything that follows by itself.

        Args:
            unit: of what made or changed the payable.
            payable: as it is in this unit.
            actor: who caused it; steps that follow by themselves are told as ``system``'s where the slice says so.
            at: now.

        Raises:
            RuleError: ``payable_changed`` when somebody was quicker; the unit must end.
        """
        now = payable
        if now.state in _TO_MATCH:
            now = self._signs.signs_in(unit, now, actor=actor, at=at)
        if now.state in _TO_MATCH:
            now = self._match.match_in(unit, now, actor=actor, at=at)
        if now.state is PayableState.MATCHED:
            now = self._approve.settle_in(unit, now, actor=actor, at=at)
        return now
