"""The engine at work: open lines are explained; what is certain is accepted where the shop wants that."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from gateway.domain.access import Caller, Permission
from gateway.domain.bank.bank_statement import LineState, StatementLine, StatementLineId
from gateway.domain.bank.line_match import LineMatch, MatchReason, MatchState
from gateway.domain.bank.open_item import OpenItemId
from gateway.domain.errors import GatewayError, NotFound, RuleError
from gateway.domain.outbox import OutboxMessage
from gateway.ports.clock import Clock
from gateway.ports.statement_store import LineWish
from gateway.ports.unit_of_work import Storage, UnitOfWork
from gateway.services.bank.accept_match import accept_in
from gateway.services.bank.engine_records import (
    engine_item,
    engine_line,
    proposals,
    reasons_of,
)
from gateway.services.bank.item_effects import ItemEffects
from gateway.services.bank.line_states import ENGINE, Place, line_for_change, moved, place_of
from gateway.services.bank.lines_engine import engine_in
from gateway.services.bank.rule_matches import rule_match
from gateway.services.bank.sync_items import sync_items_in

LINES_AT_ONCE = 100_000
LINES_A_PAGE = 500
_LOOKED_AT = (LineState.OPEN, LineState.SUGGESTED)


@dataclass(frozen=True, slots=True)
class MatchRun:
    """What a run did. ``looked``: lines it looked at; ``left``: nothing was found for them; ``more``: others wait."""

    looked: int
    matched: int
    suggested: int
    left: int
    more: bool = False


@dataclass(frozen=True, slots=True)
class MatchProgress:
    """How far a run is: ``done`` of ``lines``; both 0 while it still reads."""

    done: int
    lines: int


@dataclass(frozen=True, slots=True)
class MatchTerms:
    """``automatic``: whether what is certain is accepted without a person."""

    automatic: bool = True


class MatchLines:
    """Explains the lines of one shop."""

    def __init__(self, *, storage: Storage, clock: Clock, effects: ItemEffects, terms: MatchTerms) -> None:
        """``effects``: what accepting does; ``terms``: what the shop wants."""
        self._storage = storage
        self._clock = clock
        self._effects = effects
        self._terms = terms

    def run(
        self, caller: Caller, account: str | None = None, told: Callable[[MatchProgress], None] | None = None
    ) -> MatchRun:
        """Look at every open line, of one account or all; lines a person has decided stay as they are.

        Each line is a unit of its own: broken off, what is done stays, and the next run does the rest.

        Args:
            caller: who asks.
            account: whose lines, None for all.
            told: how many lines there are, then before each how far it is; what it raises ends the run.
        """
        caller.require(Permission.STATEMENTS_WORK)
        place, at = place_of(caller), self._clock.now()
        self._storage.write_retrying(lambda unit: sync_items_in(unit, place, at))
        with self._storage.read() as unit:
            lines, more = self._waiting(unit, place, account)
            if told is not None:
                told(MatchProgress(0, len(lines)))
            accounts = sorted({line.account for line in lines})
            thought = [one for name in accounts for one in self._explained(unit, place, name, lines, at)]
        matched = suggested = 0
        for number, (line, found) in enumerate(thought):
            if told is not None:
                told(MatchProgress(number, len(lines)))
            done = self._keep(caller, line, found, at)
            matched += done is LineState.MATCHED
            suggested += done is LineState.SUGGESTED
        return MatchRun(len(lines), matched, suggested, len(lines) - matched - suggested, more)

    def why_not(self, caller: Caller, line_id: StatementLineId, item_id: OpenItemId) -> tuple[MatchReason, ...]:
        """Return all that speaks for and against an item for a line.

        Raises:
            NotFound: ``unknown_line``, ``unknown_item``.
        """
        caller.require(Permission.STATEMENTS_READ)
        place = place_of(caller)
        with self._storage.read() as unit:
            line = unit.bank_statements.line(*place, line_id)
            item = unit.open_items.load(*place, (item_id,)).get(item_id)
            if line is None or item is None:
                code = "unknown_line" if line is None else "unknown_item"
                raise NotFound(code, "There is no such line or item.", "Look at the lists.")
            engine, _ = engine_in(unit, place, line.account, self._clock.now(), more=(item,))
        return reasons_of(engine.why_not(engine_line(line), engine_item(item)))

    @staticmethod
    def _waiting(unit: UnitOfWork, place: Place, account: str | None) -> tuple[tuple[StatementLine, ...], bool]:
        """Return the lines that wait, the oldest first, and whether more wait than are looked at in one run."""
        found: list[StatementLine] = []
        after: StatementLineId | None = None
        while len(found) < LINES_AT_ONCE:
            page = unit.bank_statements.lines(
                *place, LineWish(account=account, states=_LOOKED_AT, after=after, limit=LINES_A_PAGE)
            )
            found += page
            if len(page) < LINES_A_PAGE:
                return tuple(reversed(found)), False
            after = page[-1].id
        return tuple(reversed(found)), True

    def _explained(
        self, unit: UnitOfWork, place: Place, account: str, lines: Sequence[StatementLine], at: datetime
    ) -> list[tuple[StatementLine, tuple[LineMatch, ...]]]:
        mine = [line for line in lines if line.account == account]
        engine, items = engine_in(unit, place, account, at)
        rules = [rule for rule in unit.reconciliation.rules(*place) if rule.active]
        answers = engine.explain([engine_line(line) for line in mine])
        thought = []
        for line, answer in zip(mine, answers, strict=True):
            found = proposals(line, answer, items, at)
            if not any(one.rank == 0 for one in found) and (match := rule_match(line, rules, at)) is not None:
                found = (match, *found)
            thought.append((line, found))
        return thought

    def _keep(
        self, caller: Caller, line: StatementLine, found: tuple[LineMatch, ...], at: datetime
    ) -> LineState | None:
        """Store what was thought of a line; None where somebody was quicker."""
        place = place_of(caller)
        best = next((one for one in found if one.rank == 0), None)
        if self._terms.automatic and best is not None and best.certain:
            try:
                messages = self._storage.write_retrying(lambda unit: self._accept(unit, caller, line, found, at))
            except GatewayError:
                # What the owner of an item says against it is for a person to read.
                pass
            else:
                self._effects.wake(messages)
                return LineState.MATCHED

        def propose(unit: UnitOfWork) -> LineState:
            held = line_for_change(unit, place, line.id, line.version)
            unit.line_matches.supersede(*place, (line.id,))
            unit.line_matches.add(*place, found)
            wanted = LineState.SUGGESTED if found else LineState.OPEN
            if held.state is not wanted:
                moved(unit, place, held, wanted)
            return wanted

        try:
            return self._storage.write_retrying(propose)
        except RuleError:
            return None

    def _accept(
        self, unit: UnitOfWork, caller: Caller, line: StatementLine, found: tuple[LineMatch, ...], at: datetime
    ) -> tuple[OutboxMessage, ...]:
        held = line_for_change(unit, place_of(caller), line.id, line.version)
        best = next(one for one in found if one.rank == 0)
        unit.line_matches.supersede(*place_of(caller), (line.id,))
        others = tuple(replace(one, state=MatchState.SUPERSEDED) for one in found if one.rank)
        unit.line_matches.add(*place_of(caller), (best, *others))
        return accept_in(unit, caller, self._effects, held, best, by=ENGINE, at=at)[1]
