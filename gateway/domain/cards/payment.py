"""Payments and their attempts: one table of transitions, with ``unknown`` as a state of its own.

An attempt is stored as ``sent`` before the first byte leaves, so a crash always leaves it in doubt and never forgotten.
Only evidence leaves ``unknown``: the terminal's last result, a late result, or a manager's word with a reason.
"""

from dataclasses import dataclass, field, replace
from datetime import datetime
from enum import StrEnum

from gateway.domain.errors import RuleError
from gateway.domain.ids import AttemptId, DeviceId, PaymentId, RegisterId, ReservationId, SaleId, StoreId, TenantId
from gateway.domain.money import Money


class AttemptState(StrEnum):
    """Where one try with one terminal stands; a payment shows the state of its last attempt."""

    SENT = "sent"
    UNKNOWN = "unknown"
    APPROVED = "approved"
    DECLINED = "declined"
    CANCELLED = "cancelled"
    NOT_CHARGED = "not_charged"


class AttemptEvent(StrEnum):
    """What can happen to an attempt."""

    APPROVE = "approve"
    DECLINE = "decline"
    CANCEL = "cancel"
    PROVE_NOT_CHARGED = "prove_not_charged"
    LOSE_ANSWER = "lose_answer"


class Evidence(StrEnum):
    """What an event rests on."""

    DIALOGUE = "dialogue"
    """the terminal's own answer inside the sale"""
    NOTHING_SENT = "nothing_sent"
    """no byte of the command left this machine"""
    LAST_RESULT = "last_result"
    """the terminal, asked afterwards for its last transaction"""
    PERSON = "person"
    """a person with the permission to decide, with a reason"""


_ENDINGS = {
    AttemptEvent.APPROVE: AttemptState.APPROVED,
    AttemptEvent.DECLINE: AttemptState.DECLINED,
    AttemptEvent.CANCEL: AttemptState.CANCELLED,
    AttemptEvent.PROVE_NOT_CHARGED: AttemptState.NOT_CHARGED,
}

TRANSITIONS: dict[AttemptState, dict[AttemptEvent, AttemptState]] = {
    AttemptState.SENT: {**_ENDINGS, AttemptEvent.LOSE_ANSWER: AttemptState.UNKNOWN},
    AttemptState.UNKNOWN: dict(_ENDINGS),
    AttemptState.APPROVED: {},
    AttemptState.DECLINED: {},
    AttemptState.CANCELLED: {},
    AttemptState.NOT_CHARGED: {},
}

ALLOWED_EVIDENCE: dict[AttemptState, frozenset[Evidence]] = {
    AttemptState.SENT: frozenset({Evidence.DIALOGUE, Evidence.NOTHING_SENT, Evidence.LAST_RESULT}),
    AttemptState.UNKNOWN: frozenset({Evidence.DIALOGUE, Evidence.LAST_RESULT, Evidence.PERSON}),
}
"""Who may fire an event: nobody decides over a running dialogue but the terminal itself."""

FINAL_STATES = frozenset(state for state, events in TRANSITIONS.items() if not events)
OPEN_STATES = frozenset(TRANSITIONS) - FINAL_STATES


def next_state(state: AttemptState, event: AttemptEvent, evidence: Evidence) -> AttemptState:
    """Return the state after ``event``.

    Raises:
        RuleError: ``illegal_transition`` when the table has no such step or the evidence does not suffice.
    """
    target = TRANSITIONS[state].get(event)
    if target is None or evidence not in ALLOWED_EVIDENCE[state]:
        message = f"An attempt that is {state} cannot take '{event}' on the evidence '{evidence}'."
        raise RuleError("illegal_transition", message, "Load the payment again: it may have been settled meanwhile.")
    return target


@dataclass(frozen=True, slots=True)
class EftLine:
    """One line of the terminal's own receipt, with the layout it asked for."""

    text: str
    centred: bool = False
    double_width: bool = False
    double_height: bool = False


@dataclass(frozen=True, slots=True)
class EftReceipt:
    """The terminal's own receipt text. ``kind``: ``merchant``, ``customer`` or ``administration``."""

    kind: str
    lines: tuple[EftLine, ...]


@dataclass(frozen=True, slots=True)
class TransactionNumbers:
    """The terminal's running numbers of one transaction; None where it sent none."""

    receipt_no: int | None = None
    trace_no: int | None = None
    turnover_no: int | None = None


@dataclass(frozen=True, slots=True)
class OriginalTransaction:
    """An approved transaction as its terminal named it; None where it did not. ``reference``: the name we gave it."""

    receipt_no: int | None = None
    trace_no: int | None = None
    reference: str = ""
    terminal_reference: str | None = None
    made_at: str | None = None


@dataclass(frozen=True, slots=True)
class Conversion:
    """What the cardholder pays in the currency of the card, as the terminal told it. The books never hold it.

    ``amount_minor``: minor units of ``currency`` (three digits, ISO 4217); ``rate``, ``markup`` (percent): decimals as
    told; ``words``: what the cardholder agreed to.
    """

    amount_minor: int
    currency: str
    rate: str | None = None
    markup: str | None = None
    words: str | None = None


@dataclass(frozen=True, slots=True)
class BrandTotal:
    """Count and sum of one card brand in minor units, as the terminal tells it. ``brand``: stable snake_case word."""

    brand: str
    count: int
    sum_minor: int


@dataclass(frozen=True, slots=True)
class DayFigures:
    """What a terminal says of the day it closed.

    ``sum_minor``: the sum it names, in minor units of ``currency`` (three digits, ISO 4217), None when it names none;
    ``first_receipt_no``, ``last_receipt_no``: its own numbers.
    """

    sum_minor: int | None = None
    currency: str | None = None
    first_receipt_no: int | None = None
    last_receipt_no: int | None = None
    brands: tuple[BrandTotal, ...] = ()


@dataclass(frozen=True, slots=True)
class TerminalResult:
    """What the terminal said of a transaction. ``card_masked`` holds at most first six and last four digits.

    ``tip_minor``: a tip contained in the amount; ``conversion``: the cardholder pays in another currency; ``day``: of
    an end of day, its figures.

    ``terminal_reference``, ``made_at``: the terminal's own name and time stamp of it, letter for letter, for those that
    want to be told by them which sale to undo.
    """

    amount_minor: int | None = None
    numbers: TransactionNumbers = TransactionNumbers()
    code: str | None = None
    acquirer_terminal_id: str | None = None
    authorisation: str | None = None
    card_name: str | None = None
    card_masked: str | None = None
    text: str | None = None
    date_mmdd: str | None = None
    time_hhmmss: str | None = None
    terminal_reference: str | None = None
    made_at: str | None = None
    tip_minor: int | None = None
    conversion: Conversion | None = None
    day: DayFigures | None = None
    receipts: tuple[EftReceipt, ...] = ()


@dataclass(frozen=True, slots=True)
class AttemptOutcome:
    """One event for one attempt, with its evidence and words a cashier understands.

    ``reason_code``: stable snake_case word; ``reason``: one sentence; ``terminal_heard``: False while the terminal has
    not answered since the attempt began, which keeps it closed for new sales.
    """

    event: AttemptEvent
    evidence: Evidence
    reason_code: str
    reason: str
    result: TerminalResult = field(default_factory=TerminalResult)
    terminal_heard: bool = True
    decided_by: str | None = None


@dataclass(frozen=True, slots=True)
class PaymentTerms:
    """What a card payment may be beside its exact amount.

    ``tip_minor``: a tip contained in the amount; ``allow_partial``: less than the amount is taken, the rest stays due.
    """

    tip_minor: int = 0
    allow_partial: bool = False


EXACT = PaymentTerms()


@dataclass(frozen=True, slots=True)
class Payment:
    """Our intention to move one amount by one tender. Never changed once stored."""

    tenant_id: TenantId
    store_id: StoreId
    id: PaymentId
    sale_id: SaleId
    register_id: RegisterId
    terminal_id: DeviceId
    amount: Money
    reference: str | None
    created_at: datetime
    created_by: str
    trace_id: str
    terms: PaymentTerms = EXACT


@dataclass(frozen=True, slots=True)
class Attempt:
    """One try of a payment with one terminal.

    ``payment_id``: of the payment that is charged or given back; of other steps the id of what they are about.
    ``reservation_id``: of the reservation it makes or ends, if any; ``original``: the transaction it changes.
    ``epoch``: the terminal's lease under which it may be worked; ``baseline``: its last numbers known before;
    ``blocks_terminal``: True while no other sale may start there (running, or in doubt and the terminal not heard yet).
    """

    id: AttemptId
    payment_id: PaymentId
    number: int
    terminal_id: DeviceId
    epoch: int
    state: AttemptState
    baseline: TransactionNumbers
    blocks_terminal: bool
    sent_at: datetime
    concluded_at: datetime | None = None
    cancel_requested_at: datetime | None = None
    ask_requested_at: datetime | None = None
    evidence: Evidence | None = None
    reason_code: str | None = None
    reason: str | None = None
    decided_by: str | None = None
    result: TerminalResult | None = None
    reservation_id: ReservationId | None = None
    original: OriginalTransaction | None = None


def blocks_after(outcome: AttemptOutcome) -> bool:
    """Return whether the terminal stays closed for new sales after this outcome."""
    return outcome.event is AttemptEvent.LOSE_ANSWER and not outcome.terminal_heard


def fits(result: TerminalResult, asked: Money, terms: PaymentTerms = EXACT) -> bool:
    """Return whether a result can be that of an order over this amount.

    It names the amount or none; a part where parts are taken; or more, where it calls what is too much a tip that the
    cardholder added.
    """
    taken = result.amount_minor
    if taken is None or taken == asked.minor:
        return True
    if taken < asked.minor:
        return terms.allow_partial and taken > 0
    return result.tip_minor is not None and result.tip_minor - terms.tip_minor == taken - asked.minor


def trusted(outcome: AttemptOutcome, asked: Money, terms: PaymentTerms = EXACT) -> AttemptOutcome:
    """Return ``outcome``, or an unknown one where an approval names another amount than may be.

    Such a result belongs to something else, or the device misread the order: a person has to look at it. An approval of
    a part, or with a tip, says so in its reason.
    """
    taken = outcome.result.amount_minor
    if outcome.event is not AttemptEvent.APPROVE or taken is None or taken == asked.minor:
        return outcome
    named = Money(taken, asked.currency).to_decimal()
    if fits(outcome.result, asked, terms):
        if taken > asked.minor:
            code, reason = "approved_with_tip", f"Approved {named}: the cardholder added a tip."
        else:
            code, reason = "approved_in_part", f"Only {named} of {asked.to_decimal()} was approved; the rest is due."
        person = outcome.evidence is Evidence.PERSON
        return outcome if person else replace(outcome, reason_code=code, reason=reason)
    reason = f"The terminal reports {named}, but {asked.to_decimal()} was asked for. A manager has to look at it."
    return replace(outcome, event=AttemptEvent.LOSE_ANSWER, reason_code="amount_differs", reason=reason)
