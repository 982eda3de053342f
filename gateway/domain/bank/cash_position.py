"""The money there is, what is expected in and out by day, and how old open items are. Pure; one currency at a time."""

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from enum import StrEnum

from gateway.domain.money import Currency, Money

HORIZON_DAYS_MAX = 92
AGES = (0, 30, 60, 90)
"""Days after which an open item is in the next class: up to 30 days, 31 to 60, 61 to 90, more."""


class FlowKind(StrEnum):
    """Why money is expected."""

    PAYABLES = "payables"
    """approved invoices by their due date"""
    PAYMENT_ORDERS = "payment_orders"
    """released to a bank, not on a statement yet"""
    CARD_SALES = "card_sales"
    """taken at terminals, by the delay of the acquirer's contract"""
    PAYOUTS = "payouts"
    """told by an acquirer's report, not on a statement yet"""
    CUSTOMERS = "customers"
    """open items of customers by their due date"""
    TRANSFERS = "transfers"
    """bank transfers that customers were asked for"""
    HANDED_IN = "handed_in"
    """open items that another system handed in, by their due date"""


@dataclass(frozen=True, slots=True)
class CashFlow:
    """What is expected on a day. ``amount``: below zero when it leaves; ``count``: how many items it sums up."""

    day: date
    kind: FlowKind
    amount: Money
    count: int


@dataclass(frozen=True, slots=True)
class AccountPosition:
    """One bank account. ``statement``: closing of the last statement with the lines since; None: there is none.

    ``books``: as the ledger says. ``statement_on``: its day.
    """

    account: str
    currency: Currency
    statement: Money | None
    statement_on: date | None
    books: Money

    @property
    def difference(self) -> Money | None:
        """What the books have more than the bank; None without a statement."""
        return None if self.statement is None else self.books - self.statement


@dataclass(frozen=True, slots=True)
class ForecastDay:
    """A day's end. ``coming`` from zero, ``leaving`` up to zero, ``balance``: with all of it up to this day."""

    day: date
    coming: Money
    leaving: Money
    balance: Money


@dataclass(frozen=True, slots=True)
class Forecast:
    """One currency. ``start``: in all its accounts now; ``later``: what is expected after the last day."""

    currency: Currency
    start: Money
    days: tuple[ForecastDay, ...]
    overdue: Money
    later: Money
    flows: tuple[CashFlow, ...]


@dataclass(frozen=True, slots=True)
class AgeClass:
    """Open items of a side by age. ``side``: ``payable``, ``receivable``; ``from_days``: since due; -1: not due."""

    side: str
    currency: Currency
    from_days: int
    amount: Money
    count: int


@dataclass(frozen=True, slots=True)
class OpenLines:
    """Statement lines that are not explained. ``reason``: a state of lines."""

    account: str
    reason: str
    currency: Currency
    count: int
    incoming: Money
    outgoing: Money


def forecast(currency: Currency, start: Money, flows: Iterable[CashFlow], *, first: date, days: int) -> Forecast:
    """Return what the accounts of a currency hold at the end of each day.

    What should have come or left before ``first`` is expected on it: it is late, not gone.

    Args:
        currency: of the accounts; flows in others are left out.
        start: what they hold now.
        flows: expected; any order.
        first: today.
        days: 1 to 92.
    """
    mine = tuple(one for one in flows if one.amount.currency == currency)
    last = first + timedelta(days=max(1, min(days, HORIZON_DAYS_MAX)) - 1)
    coming: dict[date, int] = defaultdict(int)
    leaving: dict[date, int] = defaultdict(int)
    overdue = later = 0
    for one in mine:
        if one.day > last:
            later += one.amount.minor
            continue
        overdue += one.amount.minor if one.day < first else 0
        (coming if one.amount.minor > 0 else leaving)[max(one.day, first)] += one.amount.minor
    balance, found = start.minor, []
    for number in range((last - first).days + 1):
        day = first + timedelta(days=number)
        balance += coming[day] + leaving[day]
        found.append(
            ForecastDay(day, Money(coming[day], currency), Money(leaving[day], currency), Money(balance, currency))
        )
    return Forecast(currency, start, tuple(found), Money(overdue, currency), Money(later, currency), mine)


def age_from(due_on: date, today: date) -> int:
    """Return the class of an item by the days since it was due: -1 before, then the first day of its class."""
    days = (today - due_on).days
    if days < 0:
        return -1
    return next((AGES[place] for place in (3, 2, 1) if days > AGES[place]), 0)


def age_bounds(today: date) -> Mapping[int, tuple[date | None, date | None]]:
    """Return the due dates of each class, both ends included; None: without an end."""
    day = timedelta(days=1)
    ends = {age: today - timedelta(days=age) for age in AGES}
    return {
        -1: (today + day, None),
        0: (ends[30], today),
        30: (ends[60], ends[30] - day),
        60: (ends[90], ends[60] - day),
        90: (None, ends[90] - day),
    }
