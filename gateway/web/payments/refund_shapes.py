"""Shapes of answers about refunds; see ``answer_shapes``."""

from pydantic import BaseModel, ConfigDict

from gateway.domain.cards.payment import Evidence
from gateway.domain.cards.refund import RefundState, RefundWay
from gateway.web.answer_shapes import AnyId, GivenAmount, GivenCard, GivenConversion, GivenDelivery, GivenNumbers


class _Given(BaseModel):
    """Base of answers."""

    model_config = ConfigDict(extra="forbid")


class GivenRefundAttempt(_Given):
    """The one try of a refund with the terminal."""

    id: AnyId
    number: int
    state: RefundState
    sent_at: str
    concluded_at: str | None
    cancel_requested_at: str | None
    terminal_blocked: bool
    evidence: Evidence | None
    reason_code: str | None
    reason: str | None
    decided_by: str | None
    result_code: str | None
    terminal_amount: GivenAmount | None
    conversion: GivenConversion | None
    numbers: GivenNumbers
    authorisation: str | None
    acquirer_terminal_id: str | None
    card: GivenCard | None


class GivenRefundEvent(_Given):
    """One line of a refund's journal."""

    sequence: int
    kind: str
    state: RefundState
    words: str
    actor: str
    recorded_at: str


class GivenRefundLinks(_Given):
    """Where to go on from a refund."""

    self: str
    payment: str
    events: str
    cancel: str
    receipts: str


class GivenRefund(_Given):
    """A refund. ``way``: the sale is undone, or the amount credited; ``words`` say what the state means."""

    id: AnyId
    payment_id: AnyId
    register_id: str
    terminal_id: str
    state: RefundState
    words: str
    way: RefundWay
    amount: GivenAmount
    reason: str
    created_at: str
    created_by: str
    trace_id: str
    attempt: GivenRefundAttempt
    events: list[GivenRefundEvent]
    deliveries: list[GivenDelivery]
    links: GivenRefundLinks


class GivenRefunds(_Given):
    """The refunds of a payment, oldest first, without journal and deliveries.

    ``left``: what may still be given back; a refund in doubt counts as given back.
    """

    data: list[GivenRefund]
    captured: GivenAmount
    left: GivenAmount
