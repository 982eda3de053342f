"""Customers who buy on account: who they are, what they may owe, and whether one more sale fits."""

import uuid
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from gateway.domain.credit.voucher import CustomerId
from gateway.domain.errors import InputError, RuleError
from gateway.domain.ids import StoreId, TenantId, TransferId
from gateway.domain.money import Money


@dataclass(frozen=True, slots=True)
class Customer:
    """Somebody who may owe the shop money.

    ``reference``: the customer's number in the ERP, unique within a store; ``limit``: what may be open, >= 0, in the
    only currency the account has; ``blocked``: nothing more is sold on account.
    """

    tenant_id: TenantId
    store_id: StoreId
    id: CustomerId
    name: str
    reference: str | None
    limit: Money
    blocked: bool
    created_at: datetime
    created_by: str


class EntrySide(StrEnum):
    """Which way a ledger transfer moves what a customer owes."""

    DEBIT = "debit"
    """owes more"""
    CREDIT = "credit"
    """owes less"""


@dataclass(frozen=True, slots=True)
class CustomerEntry:
    """One line of a customer's account.

    The amount stands in the ledger under ``transfer_id`` (the pending transfer of the booking) and is read from there;
    ``cause_id``: the tender, give-back or payment behind it.
    """

    customer_id: CustomerId
    transfer_id: TransferId
    side: EntrySide
    cause_id: uuid.UUID
    words: str
    actor: str
    recorded_at: datetime


@dataclass(frozen=True, slots=True)
class CustomerAccount:
    """A customer and what is owed now, derived from the ledger; below zero the shop owes."""

    customer: Customer
    open: Money

    @property
    def free(self) -> Money:
        """What may still be sold on account; never below zero."""
        left = self.customer.limit - self.open
        return left if left.minor > 0 else Money(0, left.currency)


def check_limit(limit: Money) -> Money:
    """Return a limit that a customer can have.

    Raises:
        InputError: ``invalid_limit`` below zero.
    """
    if limit.minor < 0:
        raise InputError("invalid_limit", "A limit cannot be below zero.", "Send zero or more.", "/limit/amount")
    return limit


def check_on_account(account: CustomerAccount, wanted: Money, *, beyond_limit: bool) -> None:
    """Check that a sale may be put on account.

    Args:
        account: the customer as of now.
        wanted: what is to be put on account.
        beyond_limit: whoever sells may go beyond the limit.

    Raises:
        InputError: ``amount_not_positive``, ``customer_currency``.
        RuleError: ``customer_blocked``, ``customer_limit_reached``.
    """
    if wanted.minor <= 0:
        hint = "Send a positive amount."
        raise InputError("amount_not_positive", "The amount has to be above zero.", hint, "/amount")
    if wanted.currency != account.open.currency:
        message = f"The account of this customer is in {account.open.currency.code}."
        raise InputError("customer_currency", message, "Take another tender.", "/amount/currency")
    if account.customer.blocked:
        raise RuleError("customer_blocked", "This customer is blocked.", "Take another tender, or ask a manager.")
    if not beyond_limit and wanted.minor > account.free.minor:
        message = f"Only {account.free.to_decimal()} of this customer's limit is free."
        raise RuleError("customer_limit_reached", message, "Take less, another tender, or ask a manager.")
