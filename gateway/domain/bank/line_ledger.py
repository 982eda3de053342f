"""What statement lines and their explanations mean in the books: nothing is edited, ids follow from the facts.

A line moves the bank account against ``unexplained``; an explanation takes it from there to what it settles. What is
left in ``unexplained`` is what nobody has explained yet; at the end of a month it should be nothing.
"""

from collections.abc import Mapping
from datetime import datetime

from gateway.domain.accounts import Cause, booked
from gateway.domain.bank.bank_statement import StatementLine
from gateway.domain.bank.line_match import LineMatch, MatchAdjustment
from gateway.domain.bank.open_item import OpenItemId, StoredItem
from gateway.domain.bank.payout_ledger import card_fees
from gateway.domain.ids import StoreId, TenantId
from gateway.domain.ledger import Transfer
from gateway.domain.money import Money
from gateway.domain.payables.payable_ledger import bank, bank_charges, cash_discounts, fx_difference, fx_position

TRACE = "statement line"


def unexplained(account: str) -> str:
    """Account of statement lines of one bank account that nobody has explained yet (clearing)."""
    return f"unexplained/{account}"


def customer_discounts() -> str:
    """Account of discounts that customers took (less income)."""
    return "customer_discounts"


def withheld_tax() -> str:
    """Account of tax that payers kept back for the tax office (asset)."""
    return "withheld_tax"


def overpaid() -> str:
    """Account of what was paid beyond what was owed, until somebody gives it back (liability)."""
    return "overpaid"


def coded(account_code: str) -> str:
    """Account of what a line is by itself, by the code of the books: charges, interest, rent."""
    return f"coded/{account_code}"


def receivable(party: str) -> str:
    """Account of items handed in by the ERP that a party owes us (asset)."""
    return f"receivable/{party or 'unknown'}"


def owed(party: str) -> str:
    """Account of items handed in by the ERP that we owe a party (liability)."""
    return f"owed/{party or 'unknown'}"


def line_booked(place: tuple[TenantId, StoreId], line: StatementLine, at: datetime) -> tuple[Transfer, ...]:
    """Return the entries of a line as the bank booked it. A part of a line moves nothing: its line did."""
    if line.parent is not None:
        return ()
    cause = Cause(*place, line.id, TRACE, at)
    return booked(cause, "line", debit=bank(line.account), credit=unexplained(line.account), amount=line.facts.amount)


def match_booked(
    place: tuple[TenantId, StoreId],
    line: StatementLine,
    match: LineMatch,
    items: Mapping[OpenItemId, StoredItem],
    at: datetime,
) -> tuple[Transfer, ...]:
    """Return the entries of an explanation: the line leaves ``unexplained`` for what it settles."""
    return _entries(Cause(*place, match.id, TRACE, at), line, match, items, undone=False)


def match_undone(
    place: tuple[TenantId, StoreId],
    line: StatementLine,
    match: LineMatch,
    items: Mapping[OpenItemId, StoredItem],
    at: datetime,
) -> tuple[Transfer, ...]:
    """Return the entries that take :func:`match_booked` back."""
    return _entries(Cause(*place, match.id, TRACE, at), line, match, items, undone=True)


def _entries(
    cause: Cause,
    line: StatementLine,
    match: LineMatch,
    items: Mapping[OpenItemId, StoredItem],
    *,
    undone: bool,
) -> tuple[Transfer, ...]:
    made: tuple[Transfer, ...] = ()
    word = "undone " if undone else ""
    clearing = unexplained(line.account)
    rest = line.facts.amount
    for adjustment in match.adjustments:
        if _is_rate(adjustment, match, line):
            continue
        rest = rest - adjustment.amount
        account = _adjusted(adjustment, line.facts.amount, match, items)
        made += booked(
            cause,
            f"{word}{adjustment.name} {adjustment.account_code}",
            debit=clearing,
            credit=account,
            amount=_turned(adjustment.amount, undone=undone),
        )
    for allocation in match.allocations:
        account, amount = items[allocation.item_id].account, _turned(allocation.amount, undone=undone)
        name = f"{word}item {allocation.item_id}"
        if allocation.amount.currency == line.facts.amount.currency:
            made += booked(cause, name, debit=clearing, credit=account, amount=amount)
            continue
        # One currency pays for another: what the line leaves is what the item was worth.
        made += booked(cause, name, debit=fx_position(), credit=account, amount=amount)
        worth = _turned(rest, undone=undone)
        made += booked(cause, f"{word}exchanged", debit=clearing, credit=fx_position(), amount=worth)
    return made


def _is_rate(adjustment: MatchAdjustment, match: LineMatch, line: StatementLine) -> bool:
    """Whether an adjustment only tells that line and item are of two currencies: the position account holds that."""
    foreign = any(one.amount.currency != line.facts.amount.currency for one in match.allocations)
    return adjustment.name == "fx" and foreign


def _turned(amount: Money, *, undone: bool) -> Money:
    return -amount if undone else amount


def _adjusted(
    adjustment: MatchAdjustment, line: Money, match: LineMatch, items: Mapping[OpenItemId, StoredItem]
) -> str:
    match adjustment.name:
        case "discount":
            return customer_discounts() if line.minor > 0 else cash_discounts()
        case "fee":
            acquirer = _acquirer(match, items)
            return card_fees(acquirer) if acquirer else bank_charges()
        case "terminal_rent":
            return card_fees(_acquirer(match, items) or "unknown")
        case "withholding":
            return withheld_tax()
        case "over":
            return overpaid()
        case "fx":
            return fx_difference()
        case _:
            return coded(adjustment.account_code)


def _acquirer(match: LineMatch, items: Mapping[OpenItemId, StoredItem]) -> str:
    cards = (items[one.item_id] for one in match.allocations if items[one.item_id].card is not None)
    return next((item.party_name for item in cards), "")
