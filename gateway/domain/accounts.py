"""Names of the ledger's accounts beside those of cards, and the entries of what happens at once.

An account is a text; what is behind a slash says whose it is. Cards and sales have theirs in
:mod:`gateway.domain.ledger`. Amounts are always positive in the ledger: :func:`booked` turns a negative one round.
"""

import uuid
from dataclasses import dataclass
from datetime import datetime

from gateway.domain.ids import RegisterId, StoreId, TenantId, TransferId, derived_id
from gateway.domain.ledger import Transfer, TransferKind, closing
from gateway.domain.money import Money


@dataclass(frozen=True, slots=True)
class Cause:
    """The fact that entries follow from. ``at``: when it happened, UTC; ``trace_id`` ties basket to bank."""

    tenant_id: TenantId
    store_id: StoreId
    id: uuid.UUID
    trace_id: str
    at: datetime


def cash(register_id: RegisterId) -> str:
    """Account of the notes and coins in one register's drawer (asset), one balance for each currency."""
    return f"cash/{register_id}"


def cash_rounding(register_id: RegisterId) -> str:
    """Account of what rounding to coins brings (credit) or costs (debit)."""
    return f"cash_rounding/{register_id}"


def cash_difference(register_id: RegisterId) -> str:
    """Account of what a count found above (credit) or below (debit) what should be there."""
    return f"cash_difference/{register_id}"


def cash_elsewhere() -> str:
    """Account of cash that is not in a drawer: the safe, the bank, petty expenses (asset)."""
    return "cash_elsewhere"


def exchange(register_id: RegisterId) -> str:
    """Account through which foreign cash becomes the store's currency: debit in one, credit in the other."""
    return f"exchange/{register_id}"


def tips(register_id: RegisterId) -> str:
    """Account of tips taken at one register, owed to those who served (liability)."""
    return f"tips/{register_id}"


def voucher_liability() -> str:
    """Account of what vouchers and gift cards are still good for (liability)."""
    return "vouchers"


def store_credit_liability() -> str:
    """Account of what customers have as store credit (liability)."""
    return "store_credit"


def transfers_expected() -> str:
    """Account of bank transfers that customers were asked for, or that have arrived (asset)."""
    return "bank_transfers"


def transfers_owed() -> str:
    """Account of what is to be sent to customers by bank transfer (liability)."""
    return "transfers_owed"


def customer_account(customer_id: str) -> str:
    """Account of what a customer owes for sales on account (asset)."""
    return f"customer/{customer_id}"


def reserved(cause: Cause, name: str, *, debit: str, credit: str, amount: Money) -> Transfer:
    """Return a pending transfer; its id follows from the cause and ``name``. A negative amount swaps the accounts."""
    if amount.minor < 0:
        return reserved(cause, name, debit=credit, credit=debit, amount=-amount)
    return Transfer(
        tenant_id=cause.tenant_id,
        store_id=cause.store_id,
        id=TransferId(derived_id(cause.id, f"transfer {name}")),
        kind=TransferKind.PENDING,
        debit_account=debit,
        credit_account=credit,
        amount=amount,
        pending_id=None,
        cause_id=cause.id,
        trace_id=cause.trace_id,
        recorded_at=cause.at,
    )


def booked(cause: Cause, name: str, *, debit: str, credit: str, amount: Money) -> tuple[Transfer, ...]:
    """Return the transfers of what is certain at once: a pending one and its post; none for an amount of zero."""
    if not amount.minor:
        return ()
    pending = reserved(cause, name, debit=debit, credit=credit, amount=amount)
    return pending, closing(pending, kind=TransferKind.POST, recorded_at=cause.at)
