"""Choosing among explanations: the best one, how far it leads, and whether a person has to look.

Two explanations that are close are not chosen between: the line is proposed, not posted. What speaks for leaving a
line open
competes like any other explanation.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from operator import attrgetter

from gateway.reconciliation.clues import Clues
from gateway.reconciliation.evidence import weight_unrejected
from gateway.reconciliation.explanations import Alternative, Explanation, Kind, Reason, ReasonCode
from gateway.reconciliation.records import BankLine, LineId

NOTHING_FITS = 5.5
"""Evidence that an explanation needs merely to be proposed, nats."""
ADVANCE = 9.0
PROPOSED_BY_SIGN = 1.5
"""Lines we did not order ourselves (taxes, wages, rent) go out without an item far more often than money comes in."""
ALTERNATIVES_KEPT = 4
LEAD_MAX = 30.0
STRANGE = 3.0
"""More evidence is needed beside a number that nobody knows: it may be an order, and the payment an advance."""


@dataclass(frozen=True, slots=True)
class Chooser:
    """Chooses with the bars of a tenant. ``score``, ``margin``: nats, see `Settings`."""

    score: float
    margin: float

    def proven(self, line: BankLine, option: Alternative) -> Explanation:
        """Return the explanation of a line whose own numbers and amount prove it."""
        certain = option.score >= self.score
        return _explanation(line, option, certain=certain, lead=LEAD_MAX, others=())

    def best(self, clues: Clues, options: Sequence[Alternative], reverses: LineId | None = None) -> Explanation:
        """Return the best explanation, or why the line stays open."""
        ranked = sorted(options, key=attrgetter("score"), reverse=True)
        nothing = self._nothing(clues)
        if not ranked or ranked[0].score < nothing.weight:
            kind = Kind.PREPAYMENT if nothing.code is ReasonCode.ADVANCE_WORDS else Kind.UNEXPLAINED
            return left_open(clues.line, kind, nothing.code, others=ranked)
        first = ranked[0]
        others = [option for option in ranked[1:] if option.items != first.items] if len(ranked) > 1 else []
        rival = max([weight_unrejected(option.reasons) for option in others], default=0.0)
        lead = min(LEAD_MAX, first.score - max(rival, nothing.weight))
        codes = {reason.code for reason in first.reasons}
        doubt = STRANGE if ReasonCode.UNKNOWN_NUMBER in codes else 0.0
        certain = first.score >= self.score + doubt and lead >= self.margin + doubt
        # Whoever names a document and is believed to mean another one is asked about it.
        certain = certain and ReasonCode.OTHER_NUMBER not in codes
        return _explanation(clues.line, first, certain=certain, lead=lead, others=others, reverses=reverses)

    @staticmethod
    def _nothing(clues: Clues) -> Reason:
        if clues.advance:
            return Reason(ReasonCode.ADVANCE_WORDS, NOTHING_FITS + ADVANCE)
        return Reason(ReasonCode.NOTHING_FITS, NOTHING_FITS + (PROPOSED_BY_SIGN if clues.line.amount < 0 else 0.0))


def left_open(
    line: BankLine,
    kind: Kind,
    code: ReasonCode,
    *,
    duplicate_of: LineId | None = None,
    others: Sequence[Alternative] = (),
) -> Explanation:
    """Return the answer that a line settles nothing, and why."""
    figures = (("line", duplicate_of),) if duplicate_of else ()
    return Explanation(
        line=line.id,
        kind=kind,
        certain=False,
        applied=(),
        adjustments=(),
        reasons=(Reason(code, 0.0, figures),),
        lead=0.0,
        duplicate_of=duplicate_of,
        alternatives=tuple(others[:ALTERNATIVES_KEPT]),
    )


def _explanation(
    line: BankLine,
    option: Alternative,
    *,
    certain: bool,
    lead: float,
    others: Sequence[Alternative],
    reverses: LineId | None = None,
) -> Explanation:
    reasons = option.reasons
    if not certain and lead < 2.0 and others:
        reasons = (*reasons, Reason(ReasonCode.AMBIGUOUS, 0.0))
    return Explanation(
        line=line.id,
        kind=option.kind,
        certain=certain,
        applied=option.applied,
        adjustments=option.adjustments,
        reasons=reasons,
        lead=lead,
        reverses=reverses,
        alternatives=tuple(others[:ALTERNATIVES_KEPT]),
    )
