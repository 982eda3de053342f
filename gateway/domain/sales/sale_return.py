"""Goods that come back: what stays of a sale, and what therefore goes back with its taxes.

Discounts and surcharges follow the goods of their rate. What goes back is always the difference between what stayed
before and what stays now, so returns in any number of steps add up to the sale, tax included.
"""

from collections.abc import Iterable, Mapping
from dataclasses import replace
from decimal import Decimal
from fractions import Fraction

from gateway.domain.cards.payment import AttemptState
from gateway.domain.errors import InputError, RuleError
from gateway.domain.money import Money
from gateway.domain.rounding import Rounding, rounded
from gateway.domain.sales.sale import SaleLine
from gateway.domain.sales.tax_lines import Bill, BillTotal, LineKind, RateTotal, TaxedLine, TaxRate, bill_total, summed
from gateway.domain.sales.tender import ReturnedLine, TenderKind
from gateway.domain.sales.till_sale import SaleRecord, TillSale

_CAME_BACK = frozenset({AttemptState.SENT, AttemptState.UNKNOWN, AttemptState.APPROVED})
"""A refund to a card that has failed leaves its goods sold: they can be returned anew."""


def returned_so_far(record: SaleRecord) -> dict[int, Decimal]:
    """Return how much of each line, by its place from 0, came back."""
    failed = {one.refund.id for one in record.refunds if one.attempt.state not in _CAME_BACK}
    found: dict[int, Decimal] = {}
    for back in record.give_backs:
        if back.kind is TenderKind.CARD and back.id in failed:
            continue
        for line in back.lines:
            found[line.number] = found.get(line.number, Decimal(0)) + line.quantity
    return found


def going_back(sale: TillSale, before: Mapping[int, Decimal], now: Iterable[ReturnedLine]) -> BillTotal:
    """Return net and tax per rate that go back for goods returned now; the tip stays.

    Args:
        sale: the sale they are of.
        before: what came back earlier, see :func:`returned_so_far`.
        now: what comes back.

    Raises:
        InputError: ``line_not_returnable`` with a pointer for a line that is no goods, or named twice.
        RuleError: ``returned_already`` when less of a line is left; ``nothing_goes_back`` for goods that cost nothing.
    """
    after = dict(before)
    seen: set[int] = set()
    for place, line in enumerate(now):
        _check(sale, before, line, place, seen)
        after[line.number] = after.get(line.number, Decimal(0)) + line.quantity
    back = _difference(_staying(sale, before), _staying(sale, after), sale)
    if back.gross.minor <= 0:
        hint = "Name goods with a price, or an amount."
        raise RuleError("nothing_goes_back", "Nothing was paid for these goods.", hint)
    return back


def _check(sale: TillSale, before: Mapping[int, Decimal], line: ReturnedLine, place: int, seen: set[int]) -> None:
    pointer = f"/lines/{place}"
    known = 0 <= line.number < len(sale.lines)
    sold = sale.lines[line.number] if known else None
    goods = sold is not None and sold.taxed.kind is LineKind.ITEM and not sold.voucher
    if sold is None or not goods or sold.taxed.sale_line.quantity <= 0 or line.number in seen:
        hint = "Name each line of goods once, by its place from 0; discounts follow by themselves."
        raise InputError("line_not_returnable", "This line cannot be returned.", hint, f"{pointer}/line")
    seen.add(line.number)
    if line.quantity <= 0:
        hint = "Send how much came back."
        raise InputError("line_not_returnable", "The quantity has to be above zero.", hint, f"{pointer}/quantity")
    left = sold.taxed.sale_line.quantity - before.get(line.number, Decimal(0))
    if line.quantity > left:
        message = f"Of {sold.taxed.sale_line.text} {left:f} can still come back."
        raise RuleError("returned_already", message, "Look at what was returned before.")


def _staying(sale: TillSale, returned: Mapping[int, Decimal]) -> BillTotal:
    """Return the sums of what the customer keeps, without the tip."""
    none = Money(0, sale.currency)
    if not any(returned.values()):
        # As worked out when it was sold: a share of a split bill may differ by a cent from its lines alone.
        return summed(sale.totals.rates, none)
    goods = [_left(line.taxed, returned.get(number, Decimal(0))) for number, line in enumerate(sale.lines)]
    all_lines = [line.taxed for line in sale.lines]
    kept = [
        line if line.kind is LineKind.ITEM else _following(line, all_lines, goods)
        for line in goods
        if line.sale_line.quantity
    ]
    if all(line.kind is not LineKind.ITEM for line in kept):
        return summed((), none)
    return bill_total(Bill(sale.pricing, sale.currency, tuple(kept), none))


def _left(line: TaxedLine, gone: Decimal) -> TaxedLine:
    sold = line.sale_line
    if not gone:
        return line
    quantity = sold.quantity - gone
    minor = rounded(Fraction(quantity) * sold.unit_price.minor, Rounding.HALF_UP)
    return replace(line, sale_line=SaleLine(sold.text, quantity, sold.unit_price, Money(minor, sold.amount.currency)))


def _following(line: TaxedLine, was: list[TaxedLine], stays: list[TaxedLine]) -> TaxedLine:
    """Return a discount or surcharge reduced as the goods of its rate were, else as all goods were."""
    whole = _goods(was, line.rate) or _goods(was, None)
    kept = _goods(stays, line.rate) if _goods(was, line.rate) else _goods(stays, None)
    if not whole or whole == kept:
        return line
    minor = rounded(Fraction(line.sale_line.amount.minor * kept, whole), Rounding.HALF_UP)
    part = Money(minor, line.sale_line.amount.currency)
    return replace(line, sale_line=SaleLine(line.sale_line.text, Decimal(1), part, part))


def _goods(lines: Iterable[TaxedLine], rate: TaxRate | None) -> int:
    return sum(
        line.sale_line.amount.minor
        for line in lines
        if line.kind is LineKind.ITEM and (rate is None or line.rate == rate)
    )


def _difference(was: BillTotal, stays: BillTotal, sale: TillSale) -> BillTotal:
    left = {total.rate: total for total in stays.rates}
    none = Money(0, sale.currency)
    rates = []
    for total in was.rates:
        kept = left.get(total.rate, RateTotal(total.rate, none, none))
        back = RateTotal(total.rate, total.net - kept.net, total.tax - kept.tax)
        if back.net.minor or back.tax.minor:
            rates.append(back)
    return summed(tuple(rates), none)
