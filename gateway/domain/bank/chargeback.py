"""Chargebacks: what a cardholder's bank took back, until when it can be answered, and how it ends. Pure.

A chargeback is opened by a line of a report or by hand; only a report moves money. What people decide and what the
clock proves moves the state; the money's way back is always proved by a report.
"""

import uuid
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from enum import StrEnum

from gateway.domain.bank.acquirer_contract import ReasonFamily
from gateway.domain.errors import RuleError
from gateway.domain.ids import PaymentId
from gateway.domain.money import Money


class ChargebackState(StrEnum):
    """Where a chargeback stands."""

    OPENED = "opened"
    ANSWERED = "answered"
    WON = "won"
    LOST = "lost"
    ACCEPTED = "accepted"
    """given up without an answer"""
    EXPIRED = "expired"
    """the last day went by without an answer"""


class ChargebackStep(StrEnum):
    """What moves it."""

    ANSWER = "answer"
    ACCEPT = "accept"
    WIN = "win"
    """the acquirer said so; the money comes with a report"""
    LOSE = "lose"
    EXPIRE = "expire"
    REVERSED = "reversed"
    """a report brought the money back"""


TRANSITIONS: Mapping[ChargebackState, Mapping[ChargebackStep, ChargebackState]] = {
    ChargebackState.OPENED: {
        ChargebackStep.ANSWER: ChargebackState.ANSWERED,
        ChargebackStep.ACCEPT: ChargebackState.ACCEPTED,
        ChargebackStep.WIN: ChargebackState.WON,
        ChargebackStep.LOSE: ChargebackState.LOST,
        ChargebackStep.EXPIRE: ChargebackState.EXPIRED,
        ChargebackStep.REVERSED: ChargebackState.WON,
    },
    ChargebackState.ANSWERED: {
        ChargebackStep.WIN: ChargebackState.WON,
        ChargebackStep.LOSE: ChargebackState.LOST,
        ChargebackStep.REVERSED: ChargebackState.WON,
    },
    ChargebackState.WON: {
        # A second presentment of the cardholder's bank is a chargeback of its own.
        ChargebackStep.REVERSED: ChargebackState.WON,
    },
    ChargebackState.LOST: {ChargebackStep.REVERSED: ChargebackState.WON},
    ChargebackState.ACCEPTED: {ChargebackStep.REVERSED: ChargebackState.WON},
    ChargebackState.EXPIRED: {
        # The acquirer took the answer although it was late, or a report says how it ended.
        ChargebackStep.WIN: ChargebackState.WON,
        ChargebackStep.REVERSED: ChargebackState.WON,
    },
}
LOSSES = frozenset({ChargebackState.LOST, ChargebackState.ACCEPTED, ChargebackState.EXPIRED})
"""States in which the money is counted as lost."""
OPEN = frozenset({ChargebackState.OPENED, ChargebackState.ANSWERED})
BY_PEOPLE = frozenset({ChargebackStep.ANSWER, ChargebackStep.ACCEPT, ChargebackStep.WIN, ChargebackStep.LOSE})
"""Steps a person may take; the others follow from a report or from the clock."""


@dataclass(frozen=True, slots=True)
class Chargeback:
    """One chargeback. ``amount``: above zero; ``reference``: the acquirer's, unique for it.

    ``taken_entry_id``: the record of the report that took the money, None while none did; ``returned_entry_id``: that
    brought it back. ``respond_by``: last day of an answer. ``reminded``: a reminder went out.
    """

    id: uuid.UUID
    acquirer: str
    reference: str
    amount: Money
    scheme: str
    reason_code: str
    family: ReasonFamily
    state: ChargebackState
    opened_on: date
    respond_by: date
    opened_at: datetime
    opened_by: str
    payment_id: PaymentId | None = None
    taken_entry_id: uuid.UUID | None = None
    returned_entry_id: uuid.UUID | None = None
    reminded: bool = False
    version: int = 1


@dataclass(frozen=True, slots=True)
class ChargebackEvent:
    """One line of its journal. ``step``: empty for a note; ``state``: afterwards."""

    chargeback_id: uuid.UUID
    sequence: int
    step: str
    state: ChargebackState
    actor: str
    note: str
    at: datetime


@dataclass(frozen=True, slots=True)
class ChargebackEvidence:
    """A file that proves the sale. ``content``: empty in lists; ``sha256``: hex."""

    id: uuid.UUID
    chargeback_id: uuid.UUID
    name: str
    sha256: str
    size: int
    content: bytes
    added_by: str
    added_at: datetime


def step_of(found: Chargeback, step: ChargebackStep) -> Chargeback:
    """Return the chargeback after a step.

    Raises:
        RuleError: ``illegal_transition`` where its state does not allow the step.
    """
    after = TRANSITIONS[found.state].get(step)
    if after is None:
        message = f"A chargeback that is {found.state} cannot be changed by “{step}”."
        raise RuleError("illegal_transition", message, "Look at its journal.")
    return replace(found, state=after, version=found.version + 1)


def due_by(opened_on: date, days: int) -> date:
    """Return the last day of an answer."""
    return opened_on + timedelta(days=days)


def is_due(found: Chargeback, today: date, remind_days: int) -> bool:
    """Return whether a reminder has to go out today: unanswered, near its last day, and not reminded."""
    near = today >= found.respond_by - timedelta(days=remind_days)
    return found.state is ChargebackState.OPENED and near and not found.reminded


def has_expired(found: Chargeback, today: date) -> bool:
    """Return whether its last day went by without an answer."""
    return found.state is ChargebackState.OPENED and today > found.respond_by
