"""Lines that a rule explains: charges, interest, rent, by their words."""

from collections.abc import Sequence
from datetime import datetime

from gateway.domain.bank.bank_statement import StatementLine
from gateway.domain.bank.line_match import WRITE_OFF, LineMatch, MatchAdjustment, MatchId, MatchReason, MatchState
from gateway.domain.bank.line_rule import LineRule
from gateway.domain.ids import derived_id
from gateway.services.bank.line_states import ENGINE

CODED = "coded"


def rule_match(line: StatementLine, rules: Sequence[LineRule], at: datetime) -> LineMatch | None:
    """Return what a rule says of a line: certain where exactly one account is meant, None where no rule fits."""
    fitting = [rule for rule in rules if rule.fits(line.facts)]
    if not fitting:
        return None
    accounts = {rule.account_code for rule in fitting}
    rule = fitting[0]
    return LineMatch(
        id=MatchId(derived_id(line.id, f"rule {rule.id} {line.version}")),
        line_id=line.id,
        state=MatchState.SUGGESTED,
        kind=WRITE_OFF,
        certain=len(accounts) == 1,
        score_milli=0,
        lead_milli=0,
        rank=0,
        allocations=(),
        adjustments=(MatchAdjustment(CODED, line.facts.amount, rule.account_code),),
        reasons=(MatchReason("rule", 0, (("rule", rule.name), ("account", rule.account_code))),),
        duplicate_of=None,
        reverses=None,
        made_by=ENGINE,
        made_at=at,
    )
