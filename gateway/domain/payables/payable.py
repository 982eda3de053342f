"""A payable: an invoice or credit note of a supplier that was accepted, on its way to being paid.

Its states follow from one table; each step is an event with who, when and why, and nothing in the journal is edited.
A hold or dispute is not a state: it stops payment wherever the payable stands, and leaves its approvals alone.
"""

import uuid
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from enum import StrEnum

from gateway.domain.errors import RuleError
from gateway.domain.ids import PayableId, StoreId, SupplierId, TenantId
from gateway.domain.money import Money
from gateway.domain.payables.supplier import DiscountStep


class PayableState(StrEnum):
    """Where a payable stands."""

    VALIDATED = "validated"
    """A person accepted what was captured, or an ERP sent it; it waits to be matched."""
    DUPLICATE_SUSPECT = "duplicate_suspect"
    EXCEPTION = "exception"
    """Matching found something that a person has to decide."""
    MATCHED = "matched"
    """What is billed is what was ordered and received, or coded; it waits for approval."""
    APPROVED = "approved"
    SCHEDULED = "scheduled"
    """In a proposed run."""
    IN_RUN = "in_run"
    """In an approved run; the file is written from it."""
    SENT = "sent"
    """Handed to the bank, or perhaps so; only the bank's evidence leaves this."""
    ACCEPTED = "accepted"
    EXECUTED = "executed"
    SETTLED = "settled"
    """The statement shows it."""
    RECONCILED = "reconciled"
    RETURNED = "returned"
    """The money came back."""
    PART_PAID = "part_paid"
    REJECTED = "rejected"
    CANCELLED = "cancelled"


class PayableStep(StrEnum):
    """What happens to a payable; also the kinds of its journal."""

    RECEIVED = "received"
    MATCHED = "matched"
    MATCH_FAILED = "match_failed"
    SUSPECTED = "suspected"
    CLEARED = "cleared"
    CHANGED = "changed"
    """Content changed: approvals are void and it is matched again."""
    APPROVED = "approved"
    APPROVAL_VOIDED = "approval_voided"
    SCHEDULED = "scheduled"
    DROPPED = "dropped"
    """Taken out of a run before anything was sent."""
    RUN_APPROVED = "run_approved"
    SENT = "sent"
    ACCEPTED = "accepted"
    EXECUTED = "executed"
    SETTLED = "settled"
    PART_SETTLED = "part_settled"
    RECONCILED = "reconciled"
    """A line of a statement was accepted as its evidence."""
    RECONCILIATION_UNDONE = "reconciliation_undone"
    PAID_OUTSIDE = "paid_outside"
    """A person recorded that it was paid by card, in cash or by direct debit."""
    PAID_OUTSIDE_UNDONE = "paid_outside_undone"
    BANK_REJECTED = "bank_rejected"
    """The bank refused it before any money moved; it can be paid in another run."""
    RETURNED = "returned"
    REOPENED = "reopened"
    """After a return, with proof: it may be paid again."""
    REJECTED = "rejected"
    CANCELLED = "cancelled"
    # Beside the table: these change no state.
    HELD = "held"
    HOLD_LIFTED = "hold_lifted"
    NOTED = "noted"
    REMINDED = "reminded"


_S, _E = PayableState, PayableStep
_ENDED_BY_PERSON = {_E.REJECTED: _S.REJECTED, _E.CANCELLED: _S.CANCELLED}
_BANK = {
    _E.ACCEPTED: _S.ACCEPTED,
    _E.EXECUTED: _S.EXECUTED,
    _E.SETTLED: _S.SETTLED,
    _E.PART_SETTLED: _S.PART_PAID,
    _E.BANK_REJECTED: _S.APPROVED,
    _E.RETURNED: _S.RETURNED,
}
TRANSITIONS: Mapping[PayableState, Mapping[PayableStep, PayableState]] = {
    _S.VALIDATED: {
        _E.MATCHED: _S.MATCHED,
        _E.MATCH_FAILED: _S.EXCEPTION,
        _E.SUSPECTED: _S.DUPLICATE_SUSPECT,
        _E.CHANGED: _S.VALIDATED,
        **_ENDED_BY_PERSON,
    },
    _S.DUPLICATE_SUSPECT: {_E.CLEARED: _S.VALIDATED, _E.CHANGED: _S.VALIDATED, **_ENDED_BY_PERSON},
    _S.EXCEPTION: {
        _E.MATCHED: _S.MATCHED,
        _E.MATCH_FAILED: _S.EXCEPTION,
        _E.SUSPECTED: _S.DUPLICATE_SUSPECT,
        _E.CHANGED: _S.VALIDATED,
        **_ENDED_BY_PERSON,
    },
    _S.MATCHED: {
        _E.APPROVED: _S.APPROVED,
        _E.MATCH_FAILED: _S.EXCEPTION,
        _E.SUSPECTED: _S.DUPLICATE_SUSPECT,
        _E.CHANGED: _S.VALIDATED,
        **_ENDED_BY_PERSON,
    },
    _S.APPROVED: {
        _E.APPROVAL_VOIDED: _S.MATCHED,
        _E.CHANGED: _S.VALIDATED,
        _E.SUSPECTED: _S.DUPLICATE_SUSPECT,
        _E.SCHEDULED: _S.SCHEDULED,
        _E.PAID_OUTSIDE: _S.SETTLED,
        **_ENDED_BY_PERSON,
    },
    _S.SCHEDULED: {_E.DROPPED: _S.APPROVED, _E.RUN_APPROVED: _S.IN_RUN},
    _S.IN_RUN: {_E.DROPPED: _S.APPROVED, _E.SENT: _S.SENT},
    _S.SENT: {**_BANK},
    _S.ACCEPTED: {**_BANK},
    _S.EXECUTED: {key: value for key, value in _BANK.items() if key not in (_E.ACCEPTED, _E.BANK_REJECTED)},
    _S.SETTLED: {
        _E.RECONCILED: _S.RECONCILED,
        _E.RETURNED: _S.RETURNED,
        _E.PAID_OUTSIDE_UNDONE: _S.APPROVED,
    },
    _S.RECONCILED: {_E.RECONCILIATION_UNDONE: _S.SETTLED, _E.RETURNED: _S.RETURNED},
    _S.RETURNED: {_E.REOPENED: _S.APPROVED, _E.CANCELLED: _S.CANCELLED, _E.SETTLED: _S.SETTLED},
    _S.PART_PAID: {
        _E.SCHEDULED: _S.SCHEDULED,
        _E.RETURNED: _S.RETURNED,
        _E.SETTLED: _S.SETTLED,
        _E.PAID_OUTSIDE: _S.SETTLED,
    },
    _S.REJECTED: {},
    _S.CANCELLED: {},
}
"""The whole life cycle: what is not named here is refused and changes nothing."""

OPEN_STATES = frozenset({_S.VALIDATED, _S.DUPLICATE_SUSPECT, _S.EXCEPTION, _S.MATCHED, _S.APPROVED, _S.PART_PAID})
"""States in which no run has it and nothing was sent."""
WITH_BANK = frozenset({_S.SENT, _S.ACCEPTED, _S.EXECUTED})


class PayableKind(StrEnum):
    """What it is."""

    INVOICE = "invoice"
    CREDIT_NOTE = "credit_note"


class HoldKind(StrEnum):
    """Why it is not paid although nothing else is in the way."""

    ON_HOLD = "on_hold"
    DISPUTED = "disputed"


@dataclass(frozen=True, slots=True)
class PaymentHold:
    """A person's stop. ``reason``: their words; ``by``: login."""

    kind: HoldKind
    reason: str
    by: str
    at: datetime


@dataclass(frozen=True, slots=True)
class PayableLine:
    """One line as billed. ``line_no`` from 1; ``amount``: before tax; ``price``: of one unit, before tax.

    ``order_number``, ``order_line_no``: what it names itself, or empty and None; ``account_code``, ``cost_centre``,
    ``tax_code``: how it is booked, empty while not coded.
    """

    line_no: int
    text: str
    quantity: Decimal
    price: Decimal
    amount: Money
    sku: str = ""
    unit: str = ""
    tax_percent: Decimal | None = None
    order_number: str = ""
    order_line_no: int | None = None
    account_code: str = ""
    cost_centre: str = ""
    tax_code: str = ""


@dataclass(frozen=True, slots=True)
class PayableTax:
    """Tax of one rate. ``percent``: 0 to 100."""

    percent: Decimal
    net: Money
    tax: Money


@dataclass(frozen=True, slots=True)
class Payable:
    """One payable. Amounts are positive, also of a credit note: ``kind`` says which way they count.

    ``number``: the supplier's; ``document_invoice_id``: the captured invoice it comes from, None when an ERP or person
    made it; ``printed_iban``: the account printed on it, compared and never paid to by itself; ``reference``: the
    structured reference to pay with, or empty; ``discounts``: as on this invoice; ``freight``: part of ``net``;
    ``paid``: sum of what bank evidence shows as paid, with discount taken, never above ``gross``;
    ``version``: counts changes.
    """

    tenant_id: TenantId
    store_id: StoreId
    id: PayableId
    kind: PayableKind
    supplier_id: SupplierId
    number: str
    issued_on: date
    received_on: date
    due_on: date
    net: Money
    tax: Money
    gross: Money
    lines: tuple[PayableLine, ...]
    taxes: tuple[PayableTax, ...]
    state: PayableState
    paid: Money
    created_at: datetime
    changed_at: datetime
    discounts: tuple[DiscountStep, ...] = ()
    order_numbers: tuple[str, ...] = ()
    freight: Money | None = None
    rounding: Money | None = None
    printed_iban: str = ""
    reference: str = ""
    credited_number: str = ""
    document_invoice_id: uuid.UUID | None = None
    source: str = "capture"
    hold: PaymentHold | None = None
    created_by: str = ""
    version: int = 1

    @property
    def open_amount(self) -> Money:
        """Return what is still to be paid (or credited)."""
        return self.gross - self.paid


@dataclass(frozen=True, slots=True)
class PayableEvent:
    """One line of the journal. ``sequence`` from 1; ``actor``: a login, ``key:...`` or ``system``.

    ``detail``: figures and ids of the step, JSON-able, without account numbers.
    """

    sequence: int
    id: uuid.UUID
    step: PayableStep
    actor: str
    at: datetime
    before: PayableState
    after: PayableState
    reason: str = ""
    detail: Mapping[str, str] | None = None


def after(state: PayableState, step: PayableStep) -> PayableState:
    """Return the state a step leads to.

    Raises:
        RuleError: ``payable_step_refused``, when this step does not follow from this state.
    """
    reached = TRANSITIONS[state].get(step)
    if reached is None:
        hint = "Load it again: it has moved on meanwhile."
        raise RuleError("payable_step_refused", f"A payable that is {state} cannot become {step}.", hint)
    return reached
