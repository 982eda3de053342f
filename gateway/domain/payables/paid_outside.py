"""Invoices that were paid by card, in cash or by direct debit: no run pays them again, the books say from where."""

from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum

from gateway.domain.accounts import Cause, booked
from gateway.domain.ledger import Transfer
from gateway.domain.money import Money
from gateway.domain.payables.payable import Payable
from gateway.domain.payables.payable_ledger import payable_account


class OutsideWay(StrEnum):
    """How an invoice was paid outside of payment runs."""

    CARD = "card"
    CASH = "cash"
    DIRECT_DEBIT = "direct_debit"
    TRANSFER = "transfer"
    """A bank transfer made by hand."""


@dataclass(frozen=True, slots=True)
class OutsidePayment:
    """What a person knows of it. ``paid_on``: a day that is not to come; ``evidence``: their words, such as a slip."""

    way: OutsideWay
    paid_on: date
    evidence: str


def cleared_outside(way: OutsideWay) -> str:
    """Account of money that left the shop this way and waits to be seen on its own statement (liability)."""
    return f"paid_outside/{way}"


def outside_paid(payable: Payable, way: OutsideWay, amount: Money, at: datetime) -> tuple[Transfer, ...]:
    """Return the entries that settle what is owed; ``payable``: as it was before."""
    owed = payable_account(payable.supplier_id)
    name = f"paid outside {payable.version}"
    return booked(_cause(payable, at), name, debit=owed, credit=cleared_outside(way), amount=amount)


def outside_undone(payable: Payable, way: OutsideWay, amount: Money, at: datetime) -> tuple[Transfer, ...]:
    """Return the entries that make it owed again; ``payable``: as it was before."""
    owed = payable_account(payable.supplier_id)
    name = f"paid outside undone {payable.version}"
    return booked(_cause(payable, at), name, debit=cleared_outside(way), credit=owed, amount=amount)


def _cause(payable: Payable, at: datetime) -> Cause:
    return Cause(payable.tenant_id, payable.store_id, payable.id, payable.number, at)
