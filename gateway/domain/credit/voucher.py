"""Vouchers, gift cards and store credit: what a shop owes to whoever holds a code, or to a customer.

What is left is the sum of append-only movements and never below zero. Whatever was issued is, to the minor unit,
redeemed, left or expired (:func:`sums`).
"""

import uuid
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import NewType

from gateway.domain.errors import InputError, RuleError
from gateway.domain.ids import SaleId, StoreId, TenantId
from gateway.domain.money import Currency, Money

VoucherId = NewType("VoucherId", uuid.UUID)
CustomerId = NewType("CustomerId", uuid.UUID)


class VoucherKind(StrEnum):
    """What it is: the two stand in different accounts of the books."""

    VOUCHER = "voucher"
    """sold or given, gift cards too"""
    STORE_CREDIT = "store_credit"
    """given instead of money when goods come back"""


class VoucherOrigin(StrEnum):
    """How it came about: it decides against which account it is booked."""

    SOLD = "sold"
    GIVEN = "given"
    RETURNED = "returned"


class MovementKind(StrEnum):
    """What happened to a voucher."""

    ISSUED = "issued"
    TOPPED_UP = "topped_up"
    REDEEMED = "redeemed"
    RESTORED = "restored"
    """what it paid for came back, and the amount with it"""
    EXPIRED = "expired"
    BLOCKED = "blocked"
    UNBLOCKED = "unblocked"
    TOLD = "told"
    """its code was shown again"""


ADDING = frozenset({MovementKind.ISSUED, MovementKind.TOPPED_UP, MovementKind.RESTORED})
TAKING = frozenset({MovementKind.REDEEMED, MovementKind.EXPIRED})
"""All other kinds move nothing: their amount is zero."""


@dataclass(frozen=True, slots=True)
class Voucher:
    """One voucher as issued.

    Attributes:
        amount: what it was first worth, > 0.
        code_end: the last four signs of its code; empty when it belongs to a customer and has none.
        customer_id: whose credit it is, or None for whoever holds the code.
        sale_id: the sale that sold it, or whose goods came back.
        expires_at: from when on it is worth nothing; None never.
        blocked: nobody can spend it until it is unblocked.
    """

    tenant_id: TenantId
    store_id: StoreId
    id: VoucherId
    kind: VoucherKind
    origin: VoucherOrigin
    amount: Money
    code_end: str
    customer_id: CustomerId | None
    sale_id: SaleId | None
    expires_at: datetime | None
    blocked: bool
    created_at: datetime
    created_by: str
    trace_id: str

    def has_expired(self, now: datetime) -> bool:
        """Return whether its day has passed."""
        return self.expires_at is not None and now >= self.expires_at


@dataclass(frozen=True, slots=True)
class VoucherMovement:
    """One line of a voucher's journal. ``amount``: signed, zero where nothing moved; ``cause_id``: the tender or fact.

    The same kind for the same cause exists once.
    """

    voucher_id: VoucherId
    sequence: int
    kind: MovementKind
    amount: Money
    cause_id: uuid.UUID
    words: str
    actor: str
    recorded_at: datetime


@dataclass(frozen=True, slots=True)
class VoucherSums:
    """What became of all that was put on vouchers, none below zero: ``issued == redeemed + expired + left``."""

    issued: Money
    redeemed: Money
    expired: Money
    left: Money


def sums(movements: Iterable[VoucherMovement], currency: Currency) -> VoucherSums:
    """Add up movements of one currency; what was restored counts as not redeemed."""
    issued = redeemed = expired = 0
    for one in movements:
        match one.kind:
            case MovementKind.ISSUED | MovementKind.TOPPED_UP:
                issued += one.amount.minor
            case MovementKind.REDEEMED | MovementKind.RESTORED:
                redeemed -= one.amount.minor
            case MovementKind.EXPIRED:
                expired -= one.amount.minor
            case _:
                continue
    values = (issued, redeemed, expired, issued - redeemed - expired)
    return VoucherSums(*(Money(value, currency) for value in values))


def check_spendable(voucher: Voucher, left: Money, wanted: Money, now: datetime) -> None:
    """Check that a voucher can pay this.

    Raises:
        InputError: ``amount_not_positive``, ``voucher_currency`` for another currency.
        RuleError: ``voucher_blocked``, ``voucher_expired``, ``voucher_empty``, ``voucher_too_small``.
    """
    if wanted.minor <= 0:
        hint = "Send a positive amount."
        raise InputError("amount_not_positive", "The amount has to be above zero.", hint, "/amount")
    if wanted.currency != voucher.amount.currency:
        message = f"This voucher is worth {voucher.amount.currency.code} only."
        raise InputError("voucher_currency", message, "Take another tender.", "/amount/currency")
    if voucher.blocked:
        raise RuleError("voucher_blocked", "This voucher is blocked.", "Ask a manager; take another tender.")
    if voucher.has_expired(now):
        raise RuleError("voucher_expired", "This voucher has expired.", "Take another tender.")
    if left.minor <= 0:
        raise RuleError("voucher_empty", "Nothing is left on this voucher.", "Take another tender.")
    if wanted.minor > left.minor:
        message = f"Only {left.to_decimal()} is left on this voucher."
        raise RuleError("voucher_too_small", message, "Take at most that, and the rest by another tender.")


def check_movement(kind: MovementKind, amount: Money, left: Money) -> Money:
    """Return what is left after a movement.

    Raises:
        RuleError: ``voucher_movement_wrong`` when the sign does not fit the kind; ``voucher_too_small`` below zero.
    """
    fits = amount.minor > 0 if kind in ADDING else amount.minor < 0 if kind in TAKING else amount.minor == 0
    if not fits:
        raise RuleError("voucher_movement_wrong", f"{kind} cannot move {amount.to_decimal()}.", "Load it again.")
    after = left + amount
    if after.minor < 0:
        message = f"Only {left.to_decimal()} is left on this voucher."
        raise RuleError("voucher_too_small", message, "Take at most that, and the rest by another tender.")
    return after
