"""What explains a statement line: open items, adjustments, reasons; and what became of the proposal."""

import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import NewType

from gateway.domain.bank.bank_statement import StatementLineId
from gateway.domain.bank.open_item import OpenItemId
from gateway.domain.errors import RuleError
from gateway.domain.money import Money

MatchId = NewType("MatchId", uuid.UUID)

WRITE_OFF = "write_off"
BY_HAND = "by_hand"


class MatchState(StrEnum):
    """``superseded``: another explanation of the line was accepted, or the engine found a better one."""

    SUGGESTED = "suggested"
    AWAITING = "awaiting"
    ACCEPTED = "accepted"
    REJECTED = "rejected"
    UNDONE = "undone"
    SUPERSEDED = "superseded"


@dataclass(frozen=True, slots=True)
class Allocation:
    """A part of the line put on an item: the item's currency, with the sign of the item; a return takes back."""

    item_id: OpenItemId
    amount: Money


@dataclass(frozen=True, slots=True)
class MatchAdjustment:
    """What is left between line and items and why, in the line's currency; lines are items plus adjustments.

    ``name``: discount, fee, fx, over, withholding, terminal_rent, coded; ``account_code``: of ``coded``.
    """

    name: str
    amount: Money
    account_code: str = ""


@dataclass(frozen=True, slots=True)
class MatchReason:
    """One piece of evidence: a code with figures; ``weight_milli``: thousandths of a nat, below zero against it."""

    code: str
    weight_milli: int
    figures: tuple[tuple[str, str | int], ...] = ()


@dataclass(frozen=True, slots=True)
class LineMatch:
    """One explanation of one line.

    ``kind``: of the engine, ``write_off`` or ``by_hand``; ``certain``: the engine would post it without a person;
    ``made_by``: ``engine`` or a person; ``rank``: 0 for the engine's choice, then its alternatives.
    """

    id: MatchId
    line_id: StatementLineId
    state: MatchState
    kind: str
    certain: bool
    score_milli: int
    lead_milli: int
    rank: int
    allocations: tuple[Allocation, ...]
    adjustments: tuple[MatchAdjustment, ...]
    reasons: tuple[MatchReason, ...]
    duplicate_of: StatementLineId | None
    reverses: StatementLineId | None
    made_by: str
    made_at: datetime
    decided_by: str = ""
    decided_at: datetime | None = None
    note: str = ""
    version: int = 1


def check_sum(amount: Money, allocations: Sequence[Allocation], adjustments: Sequence[MatchAdjustment]) -> None:
    """Refuse a match that does not explain its line to the cent.

    An item in another currency is worth what the line leaves for it, so there may be one of those alone.

    Raises:
        RuleError: ``match_not_complete``, with what is missing; ``match_several_currencies``, ``match_empty``.
    """
    if not allocations and not adjustments:
        raise RuleError("match_empty", "Nothing is chosen that would explain the line.", "Choose items or an account.")
    rest = amount
    for adjustment in adjustments:
        rest = rest - adjustment.amount
    foreign = [one for one in allocations if one.amount.currency != amount.currency]
    if foreign and len(allocations) > 1:
        hint = "Match items of one currency at a time; divide the line first."
        raise RuleError("match_several_currencies", "The items have several currencies.", hint)
    if foreign:
        return
    for one in allocations:
        rest = rest - one.amount
    if rest.minor:
        hint = "Add items, or say what the rest is: a discount, a charge, or an account of the books."
        code = amount.currency.code
        raise RuleError("match_not_complete", f"{rest.to_decimal()} {code} of the line are not explained.", hint)
