"""A person decides what explains a line: accept, refuse, match by hand, divide, write off, undo."""

from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import datetime
from typing import TypeVar

from gateway.domain.access import Caller, Permission
from gateway.domain.bank.bank_statement import (
    UNEXPLAINED,
    LineState,
    StatementLine,
    StatementLineId,
)
from gateway.domain.bank.line_match import (
    WRITE_OFF,
    Allocation,
    LineMatch,
    MatchAdjustment,
    MatchId,
    MatchState,
)
from gateway.domain.errors import InputError, RuleError
from gateway.domain.ids import derived_id
from gateway.domain.money import Money
from gateway.domain.outbox import OutboxMessage
from gateway.ports.clock import Clock
from gateway.ports.unit_of_work import Storage, UnitOfWork
from gateway.services.bank.accept_match import accept_in, by_hand, line_not_open
from gateway.services.bank.item_effects import ItemEffects
from gateway.services.bank.learn_lines import confirmed_in, rejected_in
from gateway.services.bank.line_states import (
    concluded,
    held_match,
    line_for_change,
    moved,
    place_of,
    tell,
)
from gateway.services.bank.share_lines import shares_of
from gateway.services.bank.write_offs import ask_second_in, needs_second
from gateway.services.payments.resolve_payment import checked_reason

T = TypeVar("T")
PARTS_MAX = 100
LINES_MAX = 50
SAMPLE = 20
ACCOUNT_CODE_MAX = 40


class DecideMatches:
    """Decisions over the lines of one shop."""

    def __init__(self, *, storage: Storage, clock: Clock, effects: ItemEffects, write_off_max: Money) -> None:
        """``write_off_max``: write-offs above it need a second person."""
        self._storage = storage
        self._clock = clock
        self._effects = effects
        self._write_off_max = write_off_max

    def accept(self, caller: Caller, match_id: MatchId, version: int) -> LineMatch:
        """Accept a proposal.

        Raises:
            NotFound: ``unknown_match``.
            RuleError: as :func:`accept_in` says.
        """
        caller.require(Permission.STATEMENTS_WORK)
        at = self._clock.now()

        def work(unit: UnitOfWork) -> tuple[LineMatch, tuple[OutboxMessage, ...]]:
            line, match = held_match(unit, place_of(caller), match_id, version)
            if match.kind == WRITE_OFF and needs_second(line, self._write_off_max):
                return ask_second_in(unit, caller, line, match, at), ()
            accepted = accept_in(unit, caller, self._effects, line, match, by=caller.name, at=at)
            confirmed_in(unit, place_of(caller), line, match, at)
            return accepted

        return self._woken(work)

    def reject(self, caller: Caller, match_id: MatchId, version: int, reason: str) -> LineMatch:
        """Refuse a proposal: it is not made again for this payer so soon.

        Raises:
            NotFound: ``unknown_match``.
            RuleError: ``match_not_open``, ``changed_meanwhile``.
        """
        caller.require(Permission.STATEMENTS_WORK)
        place, at = place_of(caller), self._clock.now()

        def work(unit: UnitOfWork) -> LineMatch:
            line, match = held_match(unit, place, match_id, version)
            if match.state is not MatchState.SUGGESTED:
                raise RuleError("match_not_open", "This proposal stands no longer.", "Look at the line again.")
            said = replace(match, state=MatchState.REJECTED, decided_by=caller.name, decided_at=at, note=reason.strip())
            decided = concluded(unit, place, said)
            rejected_in(unit, place, line, match, at, posted=False)
            others = unit.line_matches.of_lines(*place, (line.id,))
            if line.state is LineState.SUGGESTED and not any(one.state is MatchState.SUGGESTED for one in others):
                moved(unit, place, line, LineState.OPEN)
            tell(unit, place, line.id, "rejected", actor=caller.name, at=at, match_id=match.id, reason=said.note)
            return decided

        return self._storage.write_retrying(work)

    def match_many(
        self,
        caller: Caller,
        lines: Sequence[tuple[StatementLineId, int]],
        allocations: Sequence[Allocation],
        adjustments: Sequence[MatchAdjustment],
        note: str,
    ) -> tuple[LineMatch, ...]:
        """Match lines with items by hand: one line, or several that together settle the items.

        Args:
            caller: who decides.
            lines: each with its version as the person saw it.
            allocations: what is put on which item, over all lines.
            adjustments: what is left and why, over all lines.
            note: of the person.

        Raises:
            InputError: ``too_many_lines``.
            RuleError: ``match_not_complete`` where the sums differ, and as :func:`accept_in` says.
        """
        caller.require(Permission.STATEMENTS_WORK)
        if not lines or len(lines) > LINES_MAX:
            raise InputError("too_many_lines", "Choose between one and fifty lines.", "Match them in steps.", "/lines")
        place, at = place_of(caller), self._clock.now()

        def work(unit: UnitOfWork) -> tuple[tuple[LineMatch, ...], tuple[OutboxMessage, ...]]:
            # One order for everybody, so that nobody waits for each other in a circle.
            wanted = sorted(lines, key=lambda one: str(one[0]))
            held = [line_for_change(unit, place, line_id, version) for line_id, version in wanted]
            made: list[LineMatch] = []
            messages: tuple[OutboxMessage, ...] = ()
            for line, (parts, rest) in zip(held, shares_of(held, allocations, adjustments), strict=True):
                match = by_hand(line, parts, rest, caller, note, at)
                if line.state not in UNEXPLAINED:
                    raise line_not_open()
                unit.line_matches.add(*place, (match,))
                done, stored = accept_in(unit, caller, self._effects, line, match, by=caller.name, at=at)
                confirmed_in(unit, place, line, match, at)
                made.append(done)
                messages += stored
            return tuple(made), messages

        return self._woken(work)

    def split(
        self,
        caller: Caller,
        line_id: StatementLineId,
        version: int,
        parts: Sequence[tuple[Money, str]],
    ) -> tuple[StatementLine, ...]:
        """Divide a line into parts that are matched alone; undone as long as no part is explained.

        Raises:
            InputError: ``parts_differ`` when they do not add up to the line; ``parts_number``, ``part_empty``.
            RuleError: ``line_not_open``, ``changed_meanwhile``.
        """
        caller.require(Permission.STATEMENTS_WORK)
        place, at = place_of(caller), self._clock.now()
        if not 2 <= len(parts) <= PARTS_MAX:
            raise InputError("parts_number", "A line has two parts or more.", "Name each part.", "/parts")

        def work(unit: UnitOfWork) -> tuple[StatementLine, ...]:
            line = line_for_change(unit, place, line_id, version)
            if line.state not in (LineState.OPEN, LineState.SUGGESTED) or line.parent is not None:
                raise line_not_open()
            _check_parts(line, parts)
            unit.line_matches.supersede(*place, (line.id,))
            moved(unit, place, line, LineState.DIVIDED)
            made = tuple(
                StatementLine(
                    id=StatementLineId(derived_id(line.id, f"part {number} of version {line.version}")),
                    statement_id=line.statement_id,
                    account=line.account,
                    number=line.number,
                    facts=replace(line.facts, amount=amount, text=f"{line.facts.text} {words}".strip(), original=None),
                    key=None,
                    parent=line.id,
                    state=LineState.OPEN,
                    version=1,
                )
                for number, (amount, words) in enumerate(parts, start=1)
            )
            unit.bank_statements.add_lines(*place, made)
            tell(unit, place, line.id, "divided", actor=caller.name, at=at)
            return made

        return self._storage.write_retrying(work)

    def undo(self, caller: Caller, line_id: StatementLineId, version: int, reason: str) -> StatementLine:
        """Take back what explains a line, or its division: items are open again, the books show both.

        Raises:
            InputError: ``reason_needed``.
            RuleError: ``line_not_matched``, ``undo_would_unsettle``, ``parts_matched``, ``changed_meanwhile``.
        """
        caller.require(Permission.STATEMENTS_WORK)
        reason, place, at = checked_reason(reason), place_of(caller), self._clock.now()

        def work(unit: UnitOfWork) -> StatementLine:
            line = line_for_change(unit, place, line_id, version)
            if line.state is LineState.DIVIDED:
                return self._join_in(unit, caller, line, reason, at)
            states = (MatchState.ACCEPTED, MatchState.AWAITING)
            found = [one for one in unit.line_matches.of_lines(*place, (line.id,)) if one.state in states]
            if not found:
                raise RuleError("line_not_matched", "Nothing explains this line.", "Look at it again.")
            [match] = found
            if match.state is MatchState.ACCEPTED:
                self._effects.take_back(unit, caller, line, match, at)
                rejected_in(unit, place, line, match, at, posted=match.decided_by != caller.name)
            said = replace(match, state=MatchState.UNDONE, decided_by=caller.name, decided_at=at, note=reason)
            concluded(unit, place, said)
            changed = moved(unit, place, line, LineState.OPEN)
            tell(unit, place, line.id, "undone", actor=caller.name, at=at, match_id=match.id, reason=reason)
            return changed

        return self._storage.write_retrying(work)

    def _join_in(
        self, unit: UnitOfWork, caller: Caller, line: StatementLine, reason: str, at: datetime
    ) -> StatementLine:
        place = place_of(caller)
        parts = [one for one in unit.bank_statements.lines_of(*place, line.statement_id) if one.parent == line.id]
        if any(part.state not in (LineState.OPEN, LineState.SUGGESTED) for part in parts):
            raise RuleError("parts_matched", "A part of this line is explained.", "Undo that first.")
        for part in parts:
            moved(unit, place, part, LineState.DISCARDED)
        changed = moved(unit, place, line, LineState.OPEN)
        tell(unit, place, line.id, "undone", actor=caller.name, at=at, reason=reason)
        return changed

    def _woken(self, work: Callable[[UnitOfWork], tuple[T, tuple[OutboxMessage, ...]]]) -> T:
        found, messages = self._storage.write_retrying(work)
        self._effects.wake(messages)
        return found


def _check_parts(line: StatementLine, parts: Sequence[tuple[Money, str]]) -> None:
    total = Money(0, line.facts.amount.currency)
    for amount, _ in parts:
        if amount.currency != total.currency or not amount.minor:
            raise InputError("part_empty", "A part has no amount in the currency of the line.", "Correct it.", "/parts")
        total = total + amount
    if total != line.facts.amount:
        rest = line.facts.amount - total
        hint = f"{rest.to_decimal()} {rest.currency.code} are missing."
        raise InputError("parts_differ", "The parts do not add up to the line.", hint, "/parts")
