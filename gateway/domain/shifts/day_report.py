"""X and Z reports: what a register took, gave back and holds, worked out from the ledger's entries.

Every figure of money follows from posted transfers, so a report holds for every kind of tender there is or will be and
cannot differ from the books. What was sold (taxes, groups, discounts) comes from the documents that were numbered.
"""

import uuid
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from gateway.domain import accounts
from gateway.domain.ids import RegisterId, ShiftId
from gateway.domain.ledger import Transfer, TransferKind, sales_revenue
from gateway.domain.money import Currency, Money
from gateway.domain.shifts.shift import FactKind

MEANS = {
    "card_receivable": "card",
    "cash": "cash",
    "exchange": "foreign_cash",
    "vouchers": "voucher",
    "store_credit": "store_credit",
    "bank_transfers": "transfer",
    "transfers_owed": "transfer",
    "customer": "account",
}
"""By the account's name before the slash: which tender moves it."""
_NOT_TENDERED = frozenset({"cash_elsewhere", "cash_difference", "cash_difference_settled"})
_DRAWER_FACTS = {
    FactKind.OPENED: "float",
    FactKind.PAY_IN: "pay_in",
    FactKind.PAY_OUT: "pay_out",
    FactKind.DROP: "drop",
    FactKind.CLOSED: "to_safe",
}
_DRAWER_ORDER = (
    "float",
    "taken",
    "given_back",
    "rounding",
    "exchange",
    "pay_in",
    "pay_out",
    "drop",
    "elsewhere",
    "difference",
    "to_safe",
)
"""As a day goes: what closing books comes last."""
_DRAWER_OTHER_SIDES = {"cash_rounding": "rounding", "exchange": "exchange", "cash_difference": "difference"}


class ReportKind(StrEnum):
    """Which report it is."""

    X = "x"
    """a look, any time, without effect"""
    Z = "z"
    """the one that closes the shift"""


def cash_difference_settled(register_id: RegisterId) -> str:
    """Account of differences of a drawer that a manager has looked into (expense or income)."""
    return f"cash_difference_settled/{register_id}"


def register_accounts(register_id: RegisterId) -> frozenset[str]:
    """Return the accounts whose entries belong to this register's reports."""
    return frozenset(
        {
            sales_revenue(register_id),
            accounts.cash(register_id),
            accounts.cash_rounding(register_id),
            accounts.cash_difference(register_id),
            accounts.exchange(register_id),
            accounts.tips(register_id),
        }
    )


def group_of(account: str) -> str:
    """Return what kind of account it is: its name before the slash."""
    return account.partition("/")[0]


@dataclass(frozen=True, slots=True)
class Flow:
    """All entries between two kinds of accounts in one currency. ``amount`` > 0; ``count``: facts behind them."""

    debit: str
    credit: str
    count: int
    amount: Money


@dataclass(frozen=True, slots=True)
class TenderSum:
    """What one kind of tender brought and what went back by it; both >= 0. Of vouchers ``back`` is what was issued."""

    kind: str
    taken_count: int
    taken: Money
    back_count: int
    back: Money


@dataclass(frozen=True, slots=True)
class DrawerLine:
    """Why the cash in the drawer changed. ``amount``: above zero when it grew."""

    kind: str
    count: int
    amount: Money


@dataclass(frozen=True, slots=True)
class DrawerSum:
    """The cash of one currency: ``carried`` plus all lines is ``balance``, always.

    ``carried``: what lay there when the report before was made; ``balance``: what the books say lies there when this
    one is; ``expected``, ``counted``, ``difference``: of the last count, None where nobody has counted this currency.
    """

    carried: Money
    lines: tuple[DrawerLine, ...]
    balance: Money
    expected: Money | None = None
    counted: Money | None = None
    difference: Money | None = None


@dataclass(frozen=True, slots=True)
class RateSum:
    """Net and tax of one rate, ``rate`` in percent."""

    rate: str
    net: Money
    tax: Money


@dataclass(frozen=True, slots=True)
class DocumentSum:
    """The numbered documents of one series: sales, or give-backs.

    ``first``, ``last``: their numbers, 0 when there are none; ``gross``: what they come to without tips.
    """

    first: int
    last: int
    count: int
    gross: Money
    rates: tuple[RateSum, ...]
    tips: Money
    discounts: Money
    surcharges: Money
    vouchers_sold: Money


@dataclass(frozen=True, slots=True)
class GroupSum:
    """What one group of items came to, at the price of the lines."""

    name: str
    quantity: str
    amount: Money


@dataclass(frozen=True, slots=True)
class Tries:
    """Card payments that charged nothing, and those that nobody knows of yet when the report was made."""

    declined: int
    cancelled: int
    not_charged: int
    in_doubt: int
    in_doubt_amount: Money


@dataclass(frozen=True, slots=True)
class RunningTotals:
    """Sums over all Z reports of the register, this report included. ``taken``, ``given_back``: as in the tenders.

    ``last_sale``, ``last_give_back``: the last numbers given when it was made; the next report begins after them.
    """

    reports: int
    sales: int
    taken: Money
    given_back: Money
    last_sale: int
    last_give_back: int


@dataclass(frozen=True, slots=True)
class DayReport:
    """One report. ``number``: of a Z, else None; ``before``: digest of the Z report before this one."""

    kind: ReportKind
    number: int | None
    shift_id: ShiftId
    register_id: RegisterId
    register_name: str
    currency: Currency
    since: datetime
    until: datetime
    opened_by: str
    made_by: str
    tenders: tuple[TenderSum, ...]
    drawers: tuple[DrawerSum, ...]
    left: Money | None
    sales: DocumentSum
    give_backs: DocumentSum
    groups: tuple[GroupSum, ...]
    tries: Tries
    openings: int
    flows: tuple[Flow, ...]
    running: RunningTotals
    before: str


def flows_of(transfers: Iterable[Transfer]) -> tuple[Flow, ...]:
    """Return the posted entries summed up by kinds of accounts and currency, in a stable order."""
    sums: dict[tuple[str, str, Currency], int] = {}
    causes: dict[tuple[str, str, Currency], set[uuid.UUID]] = {}
    for one in posted(transfers):
        key = (group_of(one.debit_account), group_of(one.credit_account), one.amount.currency)
        sums[key] = sums.get(key, 0) + one.amount.minor
        causes.setdefault(key, set()).add(one.cause_id)
    order = sorted(sums, key=lambda key: (key[2].code, key[0], key[1]))
    return tuple(Flow(key[0], key[1], len(causes[key]), Money(sums[key], key[2])) for key in order)


def posted(transfers: Iterable[Transfer]) -> tuple[Transfer, ...]:
    """Return the entries that are certain."""
    return tuple(one for one in transfers if one.kind is TransferKind.POST)


def tender_sums(transfers: Iterable[Transfer]) -> tuple[TenderSum, ...]:
    """Return what each kind of tender brought and gave back, per currency.

    Cash that moves between the drawer and elsewhere is no tender. Taken less given back, over all kinds, is what sales,
    tips and rounding earned.
    """
    sums: dict[tuple[str, Currency], list[int]] = {}
    causes: dict[tuple[str, Currency, int], set[uuid.UUID]] = {}
    for one in posted(transfers):
        debit, credit = group_of(one.debit_account), group_of(one.credit_account)
        if _NOT_TENDERED & {debit, credit}:
            continue
        for side, group in enumerate((debit, credit)):
            if group in MEANS:
                key = (MEANS[group], one.amount.currency)
                sums.setdefault(key, [0, 0])[side] += one.amount.minor
                causes.setdefault((*key, side), set()).add(one.cause_id)
    order = sorted(sums, key=lambda key: (key[1].code, key[0]))
    return tuple(
        TenderSum(
            kind=kind,
            taken_count=len(causes.get((kind, currency, 0), ())),
            taken=Money(sums[kind, currency][0], currency),
            back_count=len(causes.get((kind, currency, 1), ())),
            back=Money(sums[kind, currency][1], currency),
        )
        for kind, currency in order
    )


def drawer_sums(
    transfers: Iterable[Transfer],
    register_id: RegisterId,
    balances: Mapping[Currency, Money],
    facts: Mapping[uuid.UUID, FactKind],
) -> tuple[DrawerSum, ...]:
    """Return the cash of each currency, from what was carried over to what the books say is there.

    Args:
        transfers: those of the report.
        register_id: whose drawer.
        balances: of the drawer's account, now, for each currency that was ever in it.
        facts: kind of each fact of the shift by its id, which tells a float from a drop.
    """
    drawer = accounts.cash(register_id)
    sums: dict[tuple[Currency, str], list[int]] = {}
    for one in posted(transfers):
        if drawer not in {one.debit_account, one.credit_account}:
            continue
        grew = one.debit_account == drawer
        kind = _drawer_kind(one, facts.get(one.cause_id), grew=grew)
        found = sums.setdefault((one.amount.currency, kind), [0, 0])
        found[0] += 1
        found[1] += one.amount.minor if grew else -one.amount.minor
    return tuple(
        _drawer(currency, balances[currency], {kind: row for (code, kind), row in sums.items() if code == currency})
        for currency in sorted(balances, key=lambda currency: currency.code)
    )


def _drawer(currency: Currency, balance: Money, rows: Mapping[str, list[int]]) -> DrawerSum:
    lines = tuple(
        DrawerLine(kind, rows[kind][0], Money(rows[kind][1], currency))
        for kind in sorted(rows, key=_DRAWER_ORDER.index)
    )
    moved = sum(line.amount.minor for line in lines)
    return DrawerSum(Money(balance.minor - moved, currency), lines, balance)


def _drawer_kind(transfer: Transfer, fact: FactKind | None, *, grew: bool) -> str:
    other = group_of(transfer.credit_account if grew else transfer.debit_account)
    if other in _DRAWER_OTHER_SIDES:
        return _DRAWER_OTHER_SIDES[other]
    if other in _NOT_TENDERED:
        return _DRAWER_FACTS.get(fact, "elsewhere") if fact is not None else "elsewhere"
    return "taken" if grew else "given_back"


def running_after(before: RunningTotals, tenders: Iterable[TenderSum], *, sales: int, give_backs: int) -> RunningTotals:
    """Return the running totals with one more report.

    Args:
        before: those of the report before; of no report at all a start with the numbers given so far.
        tenders: of this report; those in the register's currency are added.
        sales: last number of a sale.
        give_backs: last number of a give-back.
    """
    currency = before.taken.currency
    own = [one for one in tenders if one.taken.currency == currency]
    return RunningTotals(
        reports=before.reports + 1,
        sales=before.sales + sales - before.last_sale,
        taken=before.taken + Money(sum(one.taken.minor for one in own), currency),
        given_back=before.given_back + Money(sum(one.back.minor for one in own), currency),
        last_sale=sales,
        last_give_back=give_backs,
    )
