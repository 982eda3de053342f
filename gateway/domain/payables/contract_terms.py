"""Contracts that bill again and again: a price for each period, from a start to an end, perhaps up to a cap.

A recurring invoice needs no order: it is right when its contract runs, the period was not billed before, the price
agrees and the cap holds.
"""

import uuid
from calendar import monthrange
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum

from gateway.domain.ids import PayableId, SupplierId
from gateway.domain.money import Money
from gateway.domain.payables.coding import Coding, words_of


class Period(StrEnum):
    """How often a contract bills."""

    MONTH = "month"
    QUARTER = "quarter"
    YEAR = "year"


_MONTHS = {Period.MONTH: 1, Period.QUARTER: 3, Period.YEAR: 12}


@dataclass(frozen=True, slots=True)
class Contract:
    """One contract. ``price``: of one period, before tax; ``cap``: of all it bills together, or None.

    ``starts_on``: first day of its first period; ``ends_on``: last day, or None; ``cancelled_on``: last day after a
    cancellation, or None; ``words``: that must stand on its invoices, none: all of the supplier's; ``version``: counts
    changes.
    """

    id: uuid.UUID
    supplier_id: SupplierId
    name: str
    price: Money
    period: Period
    starts_on: date
    coding: Coding
    created_at: datetime
    created_by: str
    ends_on: date | None = None
    cancelled_on: date | None = None
    cap: Money | None = None
    words: tuple[str, ...] = ()
    version: int = 1

    @property
    def last_on(self) -> date | None:
        """Return its last day, None while it has no end."""
        days = [day for day in (self.ends_on, self.cancelled_on) if day is not None]
        return min(days, default=None)


@dataclass(frozen=True, slots=True)
class ContractUse:
    """A payable billed one period, or gave it back with a negative amount. ``period_no`` from 0."""

    id: uuid.UUID
    contract_id: uuid.UUID
    payable_id: PayableId
    period_no: int
    amount: Money
    actor: str
    at: datetime


class ContractIssue(StrEnum):
    """Why an invoice does not fit its contract."""

    PRICE_ABOVE = "contract_price_above"
    PRICE_BELOW = "contract_price_below"
    NOT_STARTED = "contract_not_started"
    ENDED = "contract_ended"
    PERIOD_BILLED = "contract_period_billed"
    CAP_EXCEEDED = "contract_cap_exceeded"
    NOTHING_BILLED = "contract_nothing_billed"
    """A credit note for a period that was never billed."""


@dataclass(frozen=True, slots=True)
class ContractFinding:
    """One thing that does not fit, with its figures as text."""

    issue: ContractIssue
    expected: str
    actual: str
    limit: str = ""


def period_of(contract: Contract, day: date) -> int:
    """Return the number of the period a day lies in: 0 for the first, negative before the start."""
    start = contract.starts_on
    months = (day.year - start.year) * 12 + day.month - start.month
    if day.day < min(start.day, monthrange(day.year, day.month)[1]):
        months -= 1
    return months // _MONTHS[contract.period]


def contracts_for(contracts: Iterable[Contract], supplier_id: SupplierId, text: str) -> tuple[Contract, ...]:
    """Return the contracts of a supplier that an invoice with this text may belong to.

    Those whose words stand in it come alone: who names the contract means that one.
    """
    words = words_of(text)
    own = [one for one in contracts if one.supplier_id == supplier_id]
    named = [one for one in own if one.words and words.issuperset(word.casefold() for word in one.words)]
    return tuple(sorted(named or [one for one in own if not one.words], key=lambda one: str(one.id)))


def check_contract(
    contract: Contract, uses: Sequence[ContractUse], amount: Money, day: date, *, over_minor: int, under_minor: int
) -> tuple[ContractFinding, ...]:
    """Compare an invoice (or, with a negative amount, a credit note) with its contract.

    Args:
        contract: of the currency of ``amount``.
        uses: what it has billed so far, without the invoice itself.
        amount: before tax.
        day: of the invoice.
        over_minor: how far above the price is tolerated, in minor units, >= 0.
        under_minor: how far below.
    """
    number = period_of(contract, day)
    billed = sum(one.amount.minor for one in uses if one.period_no == number)
    if amount.minor < 0:
        return _check_credit(amount, billed)
    found = []
    price, last = contract.price, contract.last_on
    if number < 0:
        found.append(ContractFinding(ContractIssue.NOT_STARTED, contract.starts_on.isoformat(), day.isoformat()))
    if last is not None and day > last:
        found.append(ContractFinding(ContractIssue.ENDED, last.isoformat(), day.isoformat()))
    if billed > 0:
        told = Money(billed, price.currency).to_decimal()
        found.append(ContractFinding(ContractIssue.PERIOD_BILLED, "0", told))
    difference = amount.minor - price.minor
    for issue, size, limit in (
        (ContractIssue.PRICE_ABOVE, difference, over_minor),
        (ContractIssue.PRICE_BELOW, -difference, under_minor),
    ):
        if size > limit:
            told = Money(limit, price.currency).to_decimal()
            found.append(ContractFinding(issue, price.to_decimal(), amount.to_decimal(), told))
    whole = sum(one.amount.minor for one in uses) + amount.minor
    if contract.cap is not None and whole > contract.cap.minor:
        told = Money(whole, price.currency).to_decimal()
        found.append(ContractFinding(ContractIssue.CAP_EXCEEDED, contract.cap.to_decimal(), told))
    return tuple(found)


def _check_credit(amount: Money, billed: int) -> tuple[ContractFinding, ...]:
    if billed + amount.minor >= 0:
        return ()
    told = Money(billed, amount.currency).to_decimal()
    return (ContractFinding(ContractIssue.NOTHING_BILLED, told, amount.to_decimal()),)
