"""Tenders that settle a sale, and what is given back of it: facts with few states, whatever the kind.

A card tender is a payment with its attempts (:mod:`gateway.domain.cards.payment`) and has no :class:`Tender` of its
own; the same holds for what goes back to a card, which is a refund.
"""

import uuid
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from enum import StrEnum

from gateway.domain.accounts import Cause
from gateway.domain.errors import RuleError
from gateway.domain.ids import GiveBackId, RegisterId, SaleId, StoreId, TenantId, TenderId
from gateway.domain.money import Money
from gateway.domain.sales.tax_lines import BillTotal


class TenderKind(StrEnum):
    """By what a part of a sale is settled, or given back."""

    CARD = "card"
    """a payment, or a refund: never a row of its own"""
    CASH = "cash"
    FOREIGN_CASH = "foreign_cash"
    VOUCHER = "voucher"
    """gift cards, too"""
    STORE_CREDIT = "store_credit"
    TRANSFER = "transfer"
    """a bank transfer, asked for with a QR code"""
    ACCOUNT = "account"
    """on account of a known customer"""


class TenderState(StrEnum):
    """Where a tender stands."""

    OPEN = "open"
    """asked for and not there yet: it counts as under way"""
    TAKEN = "taken"
    CANCELLED = "cancelled"


class TenderEvent(StrEnum):
    """What can happen to an open tender."""

    ARRIVE = "arrive"
    CANCEL = "cancel"


TRANSITIONS: dict[TenderState, dict[TenderEvent, TenderState]] = {
    TenderState.OPEN: {TenderEvent.ARRIVE: TenderState.TAKEN, TenderEvent.CANCEL: TenderState.CANCELLED},
    TenderState.TAKEN: {},
    TenderState.CANCELLED: {},
}

CLAIMING = frozenset({TenderState.OPEN, TenderState.TAKEN})
"""States in which a tender's amount is not due any more."""


def next_state(state: TenderState, event: TenderEvent) -> TenderState:
    """Return the state after ``event``.

    Raises:
        RuleError: ``tender_not_open`` when the tender has ended.
    """
    found = TRANSITIONS[state].get(event)
    if found is None:
        raise RuleError("tender_not_open", f"This tender is {state}.", "Read the sale again: it may have changed.")
    return found


@dataclass(frozen=True, slots=True)
class Tender:
    """One movement towards a sale, by anything but a card.

    Attributes:
        amount: what it settles of the sale, above zero, in the sale's currency.
        given: what the customer handed over where that is another amount (cash), possibly in another currency.
        detail: what screens and receipts show of it, by name: plain texts, no IBAN in full, no secrets.
        code: what the customer showed (a voucher's code); empty on a tender that was read: it is never stored here.
        shift_id: the shift open at its register when it was taken.
        beyond_limit: whoever takes it may sell on account beyond a customer's limit; never stored either.
    """

    tenant_id: TenantId
    store_id: StoreId
    id: TenderId
    sale_id: SaleId
    register_id: RegisterId
    kind: TenderKind
    state: TenderState
    amount: Money
    given: Money | None
    customer_id: str | None
    detail: Mapping[str, str]
    shift_id: uuid.UUID | None
    created_at: datetime
    created_by: str
    trace_id: str
    ended_at: datetime | None = None
    code: str = ""
    beyond_limit: bool = False

    def cause(self, at: datetime | None = None) -> Cause:
        """Return this tender as what ledger entries follow from, when it was made or at a later instant."""
        return Cause(self.tenant_id, self.store_id, self.id, self.trace_id, at or self.created_at)


@dataclass(frozen=True, slots=True)
class ReturnedLine:
    """A line of the sale, by its place from 0, and how much of its quantity came back (above zero)."""

    number: int
    quantity: Decimal


@dataclass(frozen=True, slots=True)
class GiveBack:
    """Money or credit that went back for a sale, or the goods that came back for a refund to a card.

    Attributes:
        id: made by the client; of kind ``card`` it is that of the refund.
        tender_id: the tender it is of, where it is of one: no more than that tender brought goes back for it.
        amount: what it takes off the sale, above zero, in the sale's currency.
        lines: the goods that came back; empty when only an amount was named.
        totals: net and tax per rate that go back; None when only an amount was named.
        code: as in ``Tender``.
    """

    tenant_id: TenantId
    store_id: StoreId
    id: GiveBackId
    sale_id: SaleId
    register_id: RegisterId
    kind: TenderKind
    tender_id: TenderId | None
    amount: Money
    lines: tuple[ReturnedLine, ...]
    totals: BillTotal | None
    reason: str
    customer_id: str | None
    detail: Mapping[str, str]
    shift_id: uuid.UUID | None
    created_at: datetime
    created_by: str
    trace_id: str
    number: int | None = None
    code: str = ""

    def cause(self) -> Cause:
        """Return this as what ledger entries follow from."""
        return Cause(self.tenant_id, self.store_id, self.id, self.trace_id, self.created_at)
