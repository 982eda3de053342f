"""Rules that follow from what people did: proposed, shown on history, and in force only with a person's consent."""

import re
import uuid
from collections import Counter, defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from gateway.domain.access import Caller, Permission
from gateway.domain.bank.bank_statement import StatementLine
from gateway.domain.bank.line_match import WRITE_OFF, LineMatch
from gateway.domain.bank.line_rule import Direction, LineRule, LineRuleId
from gateway.domain.errors import NotFound, RuleError
from gateway.domain.ids import derived_id
from gateway.domain.money import Money
from gateway.ports.clock import Clock
from gateway.ports.unit_of_work import Storage, UnitOfWork
from gateway.services.bank.line_states import ENGINE, Place, place_of

HISTORY_DAYS = 400
HISTORY_MAX = 20_000
TIMES_LEAST = 3
"""So often a person has to do the same before it is proposed."""
WORDS_MAX = 4
SHOWN = 20
HEADROOM = 2
"""A rule books up to so many times the largest amount it was learned from; more is for a person."""
_WORD = re.compile(r"[^\W\d_]{3,}")

History = Sequence[tuple[StatementLine, LineMatch]]


@dataclass(frozen=True, slots=True)
class RuleProposal:
    """A rule that would do what people did. ``times``: how often they did it; ``words``: that all those lines hold."""

    id: uuid.UUID
    words: tuple[str, ...]
    direction: Direction
    account_code: str
    amount_max: Money
    times: int


@dataclass(frozen=True, slots=True)
class RulePreview:
    """What a rule would do. ``explained``: lines it books as people did; ``wrong``: otherwise; ``lines``: some."""

    explained: int
    wrong: int
    lines: tuple[StatementLine, ...]


class LearnRules:
    """Rules for the lines of one shop."""

    def __init__(self, *, storage: Storage, clock: Clock) -> None:
        """``storage``: where they are kept."""
        self._storage = storage
        self._clock = clock

    def rules(self, caller: Caller) -> tuple[LineRule, ...]:
        """Return all rules, newest first."""
        caller.require(Permission.STATEMENTS_READ)
        with self._storage.read() as unit:
            return unit.reconciliation.rules(*place_of(caller))

    def proposals(self, caller: Caller) -> tuple[RuleProposal, ...]:
        """Return rules that follow from write-offs of people, the most frequent first; those in force are left out."""
        caller.require(Permission.STATEMENTS_READ)
        place = place_of(caller)
        with self._storage.read() as unit:
            history = self._history(unit, place)
            known = {rule.id for rule in unit.reconciliation.rules(*place)}
        found = [one for one in _proposals(history) if LineRuleId(one.id) not in known]
        return tuple(sorted(found, key=lambda one: -one.times))

    def preview(self, caller: Caller, proposal_id: uuid.UUID) -> RulePreview:
        """Show on history what a proposed rule would have done.

        Raises:
            NotFound: ``unknown_proposal``.
        """
        caller.require(Permission.STATEMENTS_READ)
        with self._storage.read() as unit:
            history = self._history(unit, place_of(caller))
        return _shown(_rule(_found(history, proposal_id), "", self._clock.now()), history)

    def consent(self, caller: Caller, proposal_id: uuid.UUID) -> LineRule:
        """Put a proposed rule in force.

        Raises:
            NotFound: ``unknown_proposal``.
            RuleError: ``rule_would_err`` when it would have booked a line otherwise than people did.
        """
        caller.require(Permission.STATEMENTS_WORK)
        place, at = place_of(caller), self._clock.now()

        def work(unit: UnitOfWork) -> LineRule:
            history = self._history(unit, place)
            rule = _rule(_found(history, proposal_id), caller.name, at)
            if _shown(rule, history).wrong:
                hint = "It stays a proposal until the lines that speak against it are old."
                raise RuleError("rule_would_err", "This rule would have booked lines wrongly.", hint)
            unit.reconciliation.put_rule(*place, rule)
            return rule

        return self._storage.write_retrying(work)

    def switch_off(self, caller: Caller, rule_id: LineRuleId) -> LineRule:
        """Stop a rule; what it booked stays.

        Raises:
            NotFound: ``unknown_rule``.
        """
        caller.require(Permission.STATEMENTS_WORK)
        place = place_of(caller)

        def work(unit: UnitOfWork) -> LineRule:
            rule = unit.reconciliation.rule(*place, rule_id)
            if rule is None:
                raise NotFound("unknown_rule", "There is no such rule.", "Look at the list of rules.")
            off = replace(rule, active=False)
            unit.reconciliation.put_rule(*place, off)
            return off

        return self._storage.write_retrying(work)

    def _history(self, unit: UnitOfWork, place: Place) -> History:
        since = (self._clock.now() - timedelta(days=HISTORY_DAYS)).date()
        accounts = sorted({name for name, _ in unit.bank_statements.accounts(*place)})
        return [
            one
            for account in accounts
            for one in unit.line_matches.accepted(*place, account=account, since=since, limit=HISTORY_MAX)
        ]


def _proposals(history: History) -> list[RuleProposal]:
    """Return a proposal for each account and direction whose write-offs share words."""
    groups: dict[tuple[str, Direction, str], list[StatementLine]] = defaultdict(list)
    for line, match in history:
        if match.kind != WRITE_OFF or match.made_by == ENGINE or len(match.adjustments) != 1:
            continue
        amount = line.facts.amount
        way = Direction.OUT if amount.minor < 0 else Direction.IN
        groups[match.adjustments[0].account_code, way, amount.currency.code].append(line)
    found = []
    for (account, way, _), lines in sorted(groups.items(), key=lambda one: (one[0][0], one[0][1].value, one[0][2])):
        words = _shared_words(lines)
        if len(lines) < TIMES_LEAST or not words:
            continue
        most = max(lines, key=lambda line: abs(line.facts.amount.minor)).facts.amount
        found.append(
            RuleProposal(
                id=derived_id(uuid.NAMESPACE_OID, f"line rule {account} {way.value} {' '.join(words)}"),
                words=words,
                direction=way,
                account_code=account,
                amount_max=Money(abs(most.minor) * HEADROOM, most.currency),
                times=len(lines),
            )
        )
    return found


def _shared_words(lines: Sequence[StatementLine]) -> tuple[str, ...]:
    """Return the words that all these lines hold, the rarest way to say it: a few of them, in order."""
    seen: Counter[str] = Counter()
    for line in lines:
        seen.update(set(_WORD.findall(f"{line.facts.counterparty} {line.facts.text}".casefold())))
    shared = sorted((word for word, count in seen.items() if count == len(lines)), key=lambda word: (-len(word), word))
    return tuple(shared[:WORDS_MAX])


def _found(history: History, proposal_id: uuid.UUID) -> RuleProposal:
    for one in _proposals(history):
        if one.id == proposal_id:
            return one
    raise NotFound("unknown_proposal", "This is not proposed any more.", "Look at the list of proposals.")


def _rule(proposal: RuleProposal, by: str, at: datetime) -> LineRule:
    return LineRule(
        id=LineRuleId(proposal.id),
        name=" ".join(proposal.words),
        words=proposal.words,
        direction=proposal.direction,
        amount_max=proposal.amount_max,
        account_code=proposal.account_code,
        learned=True,
        active=True,
        consented_by=by,
        made_at=at,
    )


def _shown(rule: LineRule, history: History) -> RulePreview:
    fitting = [(line, match) for line, match in history if rule.fits(line.facts)]
    wrong = [line for line, match in fitting if not _same(rule, match)]
    right = [line for line, match in fitting if _same(rule, match)]
    return RulePreview(len(right), len(wrong), tuple([*wrong, *right][:SHOWN]))


def _same(rule: LineRule, match: LineMatch) -> bool:
    return match.kind == WRITE_OFF and [one.account_code for one in match.adjustments] == [rule.account_code]
