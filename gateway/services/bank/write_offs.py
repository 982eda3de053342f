"""Lines without an open item: booked to an account of the books, above a limit by two people."""

from dataclasses import replace
from datetime import datetime

from gateway.domain.access import Caller, Permission
from gateway.domain.bank.bank_statement import LineState, StatementLine, StatementLineId
from gateway.domain.bank.line_match import WRITE_OFF, LineMatch, MatchAdjustment, MatchId, MatchState
from gateway.domain.bank.line_rule import LineRuleId
from gateway.domain.errors import InputError, NotFound, NotPermitted, RuleError
from gateway.domain.money import Money
from gateway.domain.outbox import OutboxMessage
from gateway.ports.clock import Clock
from gateway.ports.unit_of_work import Storage, UnitOfWork
from gateway.services.bank.accept_match import accept_in, by_hand, line_not_open
from gateway.services.bank.item_effects import ItemEffects
from gateway.services.bank.line_states import concluded, held_match, line_for_change, moved, place_of, tell
from gateway.services.bank.rule_matches import CODED
from gateway.services.payments.resolve_payment import checked_reason

ACCOUNT_CODE_MAX = 40


class WriteOffs:
    """Write-offs of one shop."""

    def __init__(self, *, storage: Storage, clock: Clock, effects: ItemEffects, write_off_max: Money) -> None:
        """``write_off_max``: those above it need a second person."""
        self._storage = storage
        self._clock = clock
        self._effects = effects
        self._write_off_max = write_off_max

    def write_off(
        self,
        caller: Caller,
        line_id: StatementLineId,
        version: int,
        account_code: str,
        reason: str,
        rule_id: LineRuleId | None = None,
    ) -> LineMatch:
        """Book a line to an account of the books; above the limit a second person has to agree.

        Raises:
            InputError: ``reason_needed``, ``account_needed``.
            NotFound: ``unknown_line``, ``unknown_rule``.
            RuleError: ``line_not_open``, ``changed_meanwhile``.
        """
        caller.require(Permission.STATEMENTS_WORK)
        reason, place, at = checked_reason(reason), place_of(caller), self._clock.now()
        code = account_code.strip()
        if not 1 <= len(code) <= ACCOUNT_CODE_MAX:
            raise InputError("account_needed", "Which account is it?", "Name an account of the books.", "/account_code")

        def work(unit: UnitOfWork) -> tuple[LineMatch, tuple[OutboxMessage, ...]]:
            line = line_for_change(unit, place, line_id, version)
            if line.state not in (LineState.OPEN, LineState.SUGGESTED):
                raise line_not_open()
            if rule_id is not None and unit.reconciliation.rule(*place, rule_id) is None:
                raise NotFound("unknown_rule", "There is no such rule.", "Look at the list of rules.")
            match = replace(
                by_hand(line, (), (MatchAdjustment(CODED, line.facts.amount, code),), caller, reason, at),
                kind=WRITE_OFF,
            )
            unit.line_matches.add(*place, (match,))
            if needs_second(line, self._write_off_max):
                return ask_second_in(unit, caller, line, match, at), ()
            return accept_in(unit, caller, self._effects, line, match, by=caller.name, at=at)

        found, messages = self._storage.write_retrying(work)
        self._effects.wake(messages)
        return found

    def approve(
        self,
        caller: Caller,
        match_id: MatchId,
        version: int,
        approved: bool,  # noqa: FBT001 - the answer itself
        reason: str,
    ) -> LineMatch:
        """Answer a write-off that waits; never whoever asked for it.

        Raises:
            InputError: ``reason_needed`` for a refusal without one.
            NotPermitted: ``own_write_off``.
            RuleError: ``match_not_open``, ``changed_meanwhile``.
        """
        caller.require(Permission.STATEMENTS_APPROVE)
        place, at = place_of(caller), self._clock.now()
        reason = reason.strip() if approved else checked_reason(reason)

        def work(unit: UnitOfWork) -> tuple[LineMatch, tuple[OutboxMessage, ...]]:
            line, match = held_match(unit, place, match_id, version)
            if match.state is not MatchState.AWAITING:
                raise RuleError("match_not_open", "This write-off waits no longer.", "Look at the line again.")
            if caller.name in {match.made_by, match.decided_by}:
                hint = "Ask somebody else."
                raise NotPermitted("own_write_off", "Whoever wrote it off does not approve it.", hint)
            if approved:
                return accept_in(unit, caller, self._effects, line, match, by=caller.name, at=at)
            said = replace(match, state=MatchState.REJECTED, decided_by=caller.name, decided_at=at, note=reason)
            decided = concluded(unit, place, said)
            moved(unit, place, line, LineState.OPEN)
            tell(unit, place, line.id, "rejected", actor=caller.name, at=at, match_id=match.id, reason=reason)
            return decided, ()

        found, messages = self._storage.write_retrying(work)
        self._effects.wake(messages)
        return found


def needs_second(line: StatementLine, limit: Money) -> bool:
    """Whether writing a line off needs a second person."""
    amount = line.facts.amount
    return amount.currency != limit.currency or abs(amount.minor) > limit.minor


def ask_second_in(unit: UnitOfWork, caller: Caller, line: StatementLine, match: LineMatch, at: datetime) -> LineMatch:
    """Let a write-off wait for a second person, in this unit.

    Raises:
        RuleError: ``changed_meanwhile``.
    """
    place = place_of(caller)
    asked = concluded(unit, place, replace(match, state=MatchState.AWAITING, decided_by=caller.name, decided_at=at))
    unit.line_matches.supersede(*place, (line.id,))
    moved(unit, place, line, LineState.AWAITING)
    tell(unit, place, line.id, "awaiting", actor=caller.name, at=at, match_id=match.id, reason=match.note)
    return asked
