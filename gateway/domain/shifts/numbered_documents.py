"""What the numbered documents of a report come to: taxes, discounts, groups of items."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from decimal import Decimal

from gateway.domain.money import Currency, Money
from gateway.domain.sales.tax_lines import BillTotal, LineKind, TaxRate
from gateway.domain.sales.tender import GiveBack
from gateway.domain.sales.till_sale import TillLine, TillSale
from gateway.domain.shifts.day_report import DocumentSum, GroupSum, RateSum

GroupOf = Callable[[TillLine], str]
"""Returns the name of the group a line's item belongs to; empty for a line without one."""


@dataclass(frozen=True, slots=True)
class NumberedSale:
    """A settled sale and its number."""

    number: int
    sale: TillSale


@dataclass(frozen=True, slots=True)
class NumberedGiveBack:
    """A give-back that is done, and its number."""

    number: int
    back: GiveBack


def sum_of_sales(found: Sequence[NumberedSale], currency: Currency) -> DocumentSum:
    """Return the sums of settled sales. Sales in another currency count, but add nothing."""
    own = [one.sale for one in found if one.sale.currency == currency]
    lines = [line for sale in own for line in sale.lines]
    return DocumentSum(
        **_numbers([one.number for one in found]),
        gross=Money(sum(sale.totals.gross.minor for sale in own), currency),
        rates=_rates((sale.totals for sale in own), currency),
        tips=Money(sum(sale.totals.tip.minor for sale in own), currency),
        discounts=_of_kind(lines, LineKind.DISCOUNT, currency),
        surcharges=_of_kind(lines, LineKind.SURCHARGE, currency),
        vouchers_sold=Money(sum(line.taxed.sale_line.amount.minor for line in lines if line.voucher), currency),
    )


def sum_of_give_backs(found: Sequence[NumberedGiveBack], currency: Currency) -> DocumentSum:
    """Return the sums of give-backs; those that name only an amount are in ``gross`` and in no rate."""
    own = [one.back for one in found if one.back.amount.currency == currency]
    totals = [back.totals for back in own if back.totals is not None]
    zero = Money(0, currency)
    return DocumentSum(
        **_numbers([one.number for one in found]),
        gross=Money(sum(back.amount.minor for back in own), currency),
        rates=_rates(totals, currency),
        tips=Money(sum(total.tip.minor for total in totals), currency),
        discounts=zero,
        surcharges=zero,
        vouchers_sold=zero,
    )


def group_sums(found: Iterable[NumberedSale], group_of: GroupOf, currency: Currency) -> tuple[GroupSum, ...]:
    """Return what each group of items sold, by name; lines without a group are left out."""
    sums: dict[str, tuple[Decimal, int]] = {}
    for one in found:
        if one.sale.currency != currency:
            continue
        for line in one.sale.lines:
            name = group_of(line)
            if name:
                quantity, minor = sums.get(name, (Decimal(0), 0))
                sold = line.taxed.sale_line
                sums[name] = (quantity + sold.quantity, minor + sold.amount.minor)
    return tuple(GroupSum(name, f"{sums[name][0]:f}", Money(sums[name][1], currency)) for name in sorted(sums))


def _numbers(numbers: Sequence[int]) -> dict[str, int]:
    return {"first": min(numbers, default=0), "last": max(numbers, default=0), "count": len(numbers)}


def _rates(totals: Iterable[BillTotal], currency: Currency) -> tuple[RateSum, ...]:
    sums: dict[TaxRate, tuple[int, int]] = {}
    for total in totals:
        for one in total.rates:
            net, tax = sums.get(one.rate, (0, 0))
            sums[one.rate] = (net + one.net.minor, tax + one.tax.minor)
    return tuple(
        RateSum(rate.percent(), Money(sums[rate][0], currency), Money(sums[rate][1], currency)) for rate in sorted(sums)
    )


def _of_kind(lines: Iterable[TillLine], kind: LineKind, currency: Currency) -> Money:
    return Money(sum(one.taxed.sale_line.amount.minor for one in lines if one.taxed.kind is kind), currency)
