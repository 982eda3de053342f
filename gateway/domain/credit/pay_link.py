"""Pay links: an amount of a sale that somebody may pay by bank transfer, or at a terminal of the shop; never by both.

Which state a link is in follows from the sale and from what was done for the link: it is never stored, so it cannot be
wrong. That no more is paid than the sale costs is the sale's own rule.
"""

import uuid
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import NewType

from gateway.domain.bank.transfer_order import TransferOrderId, TransferState
from gateway.domain.cards.payment import AttemptState
from gateway.domain.credit.voucher_code import VoucherCode
from gateway.domain.errors import RuleError
from gateway.domain.ids import PaymentId, RegisterId, SaleId, StoreId, TenantId
from gateway.domain.money import Money
from gateway.domain.sales.till_sale import SaleRecord

PayLinkId = NewType("PayLinkId", uuid.UUID)

ROUNDS_MAX = 20
"""A payer who changed the way so often needs somebody of the shop."""


class PayLinkState(StrEnum):
    """What a payer is told."""

    OPEN = "open"
    WAITING = "waiting"
    """a transfer was chosen and is waited for"""
    UNDER_WAY = "under_way"
    """a terminal of the shop is working on it, or its outcome is not known"""
    PAID = "paid"
    EXPIRED = "expired"
    CANCELLED = "cancelled"


@dataclass(frozen=True, slots=True)
class PayLink:
    """One link.

    Attributes:
        till_code: what is typed at a till to begin the card payment.
        sale_id: the stored sale it pays.
        amount: what it asks for, at most the sale's total.
        reference: what the payer sees it is for.
        payment_id: the last card payment that was begun for it.
        transfer_id: the last transfer that was chosen.
        round: how often a transfer was chosen.
    """

    tenant_id: TenantId
    store_id: StoreId
    id: PayLinkId
    till_code: VoucherCode
    register_id: RegisterId
    sale_id: SaleId
    amount: Money
    reference: str
    expires_at: datetime
    created_at: datetime
    created_by: str
    trace_id: str
    payment_id: PaymentId | None = None
    transfer_id: TransferOrderId | None = None
    cancelled_at: datetime | None = None
    cancelled_by: str | None = None
    round: int = 0


def state_of(link: PayLink, sale: SaleRecord, transfer: TransferState | None, now: datetime) -> PayLinkState:
    """Return the state of a link.

    Args:
        link: as stored.
        sale: what it pays, with everything that happened to it.
        transfer: state of its last transfer, or None.
        now: the present.
    """
    cards = {paid.payment.id: paid.attempts[-1].state for paid in sale.payments if paid.attempts}
    own = cards.get(link.payment_id) if link.payment_id is not None else None
    if sale.settlement is not None or own is AttemptState.APPROVED or transfer is TransferState.ARRIVED:
        return PayLinkState.PAID
    if AttemptState.SENT in cards.values() or AttemptState.UNKNOWN in cards.values():
        return PayLinkState.UNDER_WAY
    # Nothing can be paid of a sale that was given up.
    if link.cancelled_at is not None or sale.void is not None:
        return PayLinkState.CANCELLED
    if transfer is TransferState.OPEN:
        return PayLinkState.WAITING
    return PayLinkState.EXPIRED if now >= link.expires_at else PayLinkState.OPEN


def check_may_choose(state: PayLinkState) -> None:
    """Check that a way of paying may be chosen now, or changed.

    Raises:
        RuleError: ``pay_link_under_way``, ``pay_link_paid``, ``pay_link_expired``, ``pay_link_cancelled``.
    """
    match state:
        case PayLinkState.OPEN | PayLinkState.WAITING:
            return
        case PayLinkState.UNDER_WAY:
            hint = "Wait for the terminal's answer."
            raise RuleError("pay_link_under_way", "A terminal of the shop is working on this payment.", hint)
        case _:
            hint = "Ask the shop for a new one, if it is still to be paid."
            raise RuleError(f"pay_link_{state.value}", f"This payment link is {state.value}.", hint)
