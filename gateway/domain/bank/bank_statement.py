"""Statements of the shop's bank accounts and their lines, as kept. Amounts are signed as the account sees them."""

import uuid
from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum
from typing import NewType

from gateway.domain.money import Currency, Money

StatementId = NewType("StatementId", uuid.UUID)
StatementLineId = NewType("StatementLineId", uuid.UUID)


class StatementState(StrEnum):
    """``held``: it does not add up, and books nothing until a person decides; ``discarded``: that person refused it."""

    HELD = "held"
    POSTED = "posted"
    DISCARDED = "discarded"


class LineState(StrEnum):
    """How far a line is explained.

    ``waiting``: its statement is held; ``awaiting``: a write-off waits for a second person; ``divided``: its parts are
    lines of their own.
    """

    WAITING = "waiting"
    OPEN = "open"
    SUGGESTED = "suggested"
    AWAITING = "awaiting"
    MATCHED = "matched"
    DIVIDED = "divided"
    DISCARDED = "discarded"


UNEXPLAINED = (LineState.OPEN, LineState.SUGGESTED, LineState.AWAITING)
"""States in which a line still has to be explained."""


@dataclass(frozen=True, slots=True)
class StatementDefect:
    """What does not fit. ``code``: stable name; ``text``: one sentence; ``position``: where in the file, or empty."""

    code: str
    text: str
    position: str = ""


@dataclass(frozen=True, slots=True)
class BankStatement:
    """One statement of one account in one currency.

    ``account_key``: as content keys have it; ``bank_account_id``: the shop's name for the account, None while nobody
    has set it up; ``bank_id``: the bank's number; ``difference``: closing less opening less lines, None where there is
    nothing to compare; ``lines``: stored with it; ``repeated``: told by earlier statements already.
    """

    id: StatementId
    account_key: str
    bank_account_id: str | None
    currency: Currency
    format: str
    bank_id: str
    opening: Money | None
    closing: Money | None
    first_day: date | None
    last_day: date | None
    state: StatementState
    difference: Money | None
    defects: tuple[StatementDefect, ...]
    file_name: str
    file_sha256: str
    lines: int
    repeated: int
    imported_at: datetime
    imported_by: str
    decided_by: str = ""
    decision_reason: str = ""

    @property
    def account(self) -> str:
        """Name of the account in the books."""
        return self.bank_account_id or self.account_key


@dataclass(frozen=True, slots=True)
class ContentKey:
    """By what a line is known again: account, hash of day and amount, the bank's reference, number among equal ones."""

    account: str
    content: str
    reference: str
    occurrence: int


@dataclass(frozen=True, slots=True)
class LineFacts:
    """What the bank told of one line; empty where it told nothing.

    ``original``: amount and currency before the bank converted; ``bank_code``: what kind of movement it is;
    ``batch_id``: of a block of own payments booked in one sum.
    """

    booked_on: date
    value_on: date | None
    amount: Money
    counterparty: str = ""
    iban: str = ""
    text: str = ""
    end_to_end_id: str = ""
    batch_id: str = ""
    references: tuple[str, ...] = ()
    bank_code: str = ""
    return_reason: str = ""
    original: Money | None = None
    position: str = ""


@dataclass(frozen=True, slots=True)
class StatementLine:
    """One movement. ``number``: from 1 within its statement; ``parent``: the line it is a part of, or None.

    ``key``: None for a part of a line.
    """

    id: StatementLineId
    statement_id: StatementId
    account: str
    number: int
    facts: LineFacts
    key: ContentKey | None
    parent: StatementLineId | None
    state: LineState
    version: int
