"""What a bank's message leaves for a person to do, and what persons decided about payments that are with a bank."""

import uuid
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from gateway.domain.ids import PaymentOrderId


class TaskKind(StrEnum):
    """Why somebody has to look."""

    PAYEE_CHECK = "payee_check"
    """The bank doubts name and account of a payee: pay or cancel."""
    REJECTED = "rejected"
    """The bank refused a payment; the class of its reason says what to do."""
    RETURNED = "returned"
    """Money came back."""
    RETURN_MISSING = "return_missing"
    """The bank says a payment was undone that the statement shows as paid; the money is not back yet."""
    CONTRADICTION = "contradiction"
    """The bank says two things of one payment that cannot both be."""
    OTHER_AMOUNT = "other_amount"
    """The statement shows another amount than was ordered."""
    UNKNOWN_PAYMENT = "unknown_payment"
    """A message names a payment, a file or a status that is not known here."""
    UNREADABLE = "unreadable"
    """A message cannot be read."""
    HAND_OVER = "hand_over"
    """A file was refused by the way to the bank, or nobody can tell whether it is there."""


class DecisionKind(StrEnum):
    """What a person decided about one payment."""

    PAY = "pay"
    """Pay although the bank doubts the payee."""
    CANCEL = "cancel"
    """Do not pay, because the bank doubts the payee."""
    VOID = "void"
    """It is proven otherwise than by a message that the bank does not execute it."""
    REISSUE = "reissue"
    """What it paid may be paid again."""


@dataclass(frozen=True, slots=True)
class BankTask:
    """One thing to do. ``id``: follows from its cause, so that the same message makes it once.

    ``order_id``: the payment it is about, None when that is not known; ``message_id``: the bank's message;
    ``detail``: texts to show, without account numbers; ``closed_by``: a login or ``bank``, empty while it is open.
    """

    id: uuid.UUID
    kind: TaskKind
    opened_at: datetime
    order_id: PaymentOrderId | None = None
    message_id: uuid.UUID | None = None
    detail: Mapping[str, str] | None = None
    closed_at: datetime | None = None
    closed_by: str = ""
    note: str = ""


@dataclass(frozen=True, slots=True)
class BankDecision:
    """One decision; never changed. ``id``: made by the client; ``by``: a person's id; ``actor``: their login.

    ``detail``: for a void who was asked at the bank, when, and what proves it.
    """

    id: uuid.UUID
    order_id: PaymentOrderId
    kind: DecisionKind
    by: uuid.UUID
    actor: str
    reason: str
    at: datetime
    detail: Mapping[str, str] | None = None
