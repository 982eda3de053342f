"""Lines with tax: gross and net prices, discounts, surcharges and tips, and exact totals per rate.

Tax is rounded once per rate, half up, over the sum of its lines: never line by line. A tip stands beside the lines: it
is no turnover and carries no tax.
"""

import re
from dataclasses import dataclass, replace
from decimal import Decimal
from enum import StrEnum
from fractions import Fraction
from typing import assert_never

from gateway.domain.errors import InputError, RuleError
from gateway.domain.money import AMOUNT_MINOR_MAX, Currency, Money
from gateway.domain.rounding import Rounding, rounded
from gateway.domain.sales.sale import LINES_MAX, SaleLine, check_lines

WHOLE_BASIS_POINTS = 10_000
"""One hundred percent."""

_PERCENT = re.compile(r"(?:0|[1-9][0-9]{0,2})(?:\.[0-9]{1,2})?")


class Pricing(StrEnum):
    """What the prices of the lines hold."""

    GROSS = "gross"
    """tax is in the price, as in shops for consumers"""
    NET = "net"
    """tax comes on top"""


class LineKind(StrEnum):
    """What a line is. Sold goods may have a negative quantity when they come back in an exchange."""

    ITEM = "item"
    DISCOUNT = "discount"
    SURCHARGE = "surcharge"


@dataclass(frozen=True, slots=True, order=True)
class TaxRate:
    """A rate of tax in basis points: 1900 is 19 percent, 810 is 8.1 percent."""

    basis_points: int

    @classmethod
    def of(cls, percent: str) -> "TaxRate":
        """Read a rate in percent such as ``"8.1"``.

        Raises:
            InputError: ``invalid_tax_rate`` when it is no plain decimal from 0 to 100 with at most two decimal places.
        """
        basis_points = basis_points_of(percent)
        if basis_points is None:
            raise InputError(
                "invalid_tax_rate",
                "The tax rate is not a plain percentage.",
                "Write it with a point and at most two decimal places, such as 19 or 8.1.",
                "/rate",
            )
        return cls(basis_points)

    def percent(self) -> str:
        """Return the rate in percent without needless zeros: ``"19"``, ``"8.1"``."""
        whole, rest = divmod(self.basis_points, 100)
        return f"{whole}.{rest:02}".rstrip("0") if rest else str(whole)


@dataclass(frozen=True, slots=True)
class TaxedLine:
    """One line with its rate; ``sale_line.amount`` is gross or net as the bill's pricing says."""

    kind: LineKind
    sale_line: SaleLine
    rate: TaxRate


@dataclass(frozen=True, slots=True)
class Bill:
    """What a customer pays for: lines in one currency and pricing, and a ``tip`` (0 or more) of its own."""

    pricing: Pricing
    currency: Currency
    lines: tuple[TaxedLine, ...]
    tip: Money


@dataclass(frozen=True, slots=True)
class RateTotal:
    """Sums of one rate: ``net`` + ``tax`` = ``gross``, always."""

    rate: TaxRate
    net: Money
    tax: Money

    @property
    def gross(self) -> Money:
        """Net plus tax."""
        return self.net + self.tax


@dataclass(frozen=True, slots=True)
class BillTotal:
    """All of a bill: ``net`` + ``tax`` = ``gross``; ``gross`` + ``tip`` = ``to_pay``. ``rates`` rise by rate."""

    rates: tuple[RateTotal, ...]
    net: Money
    tax: Money
    tip: Money

    @property
    def gross(self) -> Money:
        """What was sold, with tax and without the tip."""
        return self.net + self.tax

    @property
    def to_pay(self) -> Money:
        """What the customer pays, tip included."""
        return self.gross + self.tip


def basis_points_of(percent: str) -> int | None:
    """Return a percentage from 0 to 100 with at most two decimal places in basis points; None for any other text."""
    if not _PERCENT.fullmatch(percent):
        return None
    whole, _, rest = percent.partition(".")
    basis_points = int(whole) * 100 + int(rest.ljust(2, "0"))
    return basis_points if basis_points <= WHOLE_BASIS_POINTS else None


def exact_tax(base_minor: int | Fraction, rate: TaxRate, pricing: Pricing) -> Fraction:
    """Return the tax of a sum before rounding: contained in it (gross) or on top of it (net), in minor units."""
    match pricing:
        case Pricing.GROSS:
            return Fraction(base_minor) * rate.basis_points / (WHOLE_BASIS_POINTS + rate.basis_points)
        case Pricing.NET:
            return Fraction(base_minor) * rate.basis_points / WHOLE_BASIS_POINTS
        case _:
            assert_never(pricing)


def check_bill(bill: Bill) -> None:
    """Check what arrived: one currency, amounts that multiply out, discounts below and surcharges above zero.

    Raises:
        InputError: ``too_many_lines``, ``currency_mismatch``, ``line_does_not_add_up``, ``wrong_sign``,
            ``amount_too_large``, ``negative_tip``; the pointer names the line.
    """
    if len(bill.lines) > LINES_MAX:
        hint = f"Send at most {LINES_MAX} lines."
        raise InputError("too_many_lines", f"The bill has {len(bill.lines)} lines.", hint, "/lines")
    if bill.tip.currency != bill.currency:
        raise InputError("currency_mismatch", f"The tip is not in {bill.currency.code}.", "Convert it first.", "/tip")
    if bill.tip.minor < 0:
        raise InputError("negative_tip", "A tip cannot be below zero.", "Send 0 for no tip.", "/tip")
    for number, line in enumerate(bill.lines):
        _check_line(line, number, bill.currency)
    lines = tuple(line.sale_line for line in bill.lines)
    check_lines(lines, Money(sum(line.amount.minor for line in lines), bill.currency))
    if abs(bill_total(bill).to_pay.minor) > AMOUNT_MINOR_MAX:
        raise InputError("amount_too_large", "The bill is beyond what a payment can carry.", "Split it.", "/lines")


def bill_total(bill: Bill) -> BillTotal:
    """Return the sums of a bill per rate and in all. Negating every line negates every sum."""
    bases: dict[TaxRate, int] = {}
    for line in bill.lines:
        bases[line.rate] = bases.get(line.rate, 0) + line.sale_line.amount.minor
    rates = tuple(_rate_total(rate, bases[rate], bill) for rate in sorted(bases))
    return summed(rates, bill.tip)


def summed(rates: tuple[RateTotal, ...], tip: Money) -> BillTotal:
    """Return the totals of these rates, in the currency of the tip."""
    net = sum(total.net.minor for total in rates)
    tax = sum(total.tax.minor for total in rates)
    return BillTotal(rates, Money(net, tip.currency), Money(tax, tip.currency), tip)


def given_back(before: Bill, after: Bill) -> BillTotal:
    """Return the sums of what goes back when ``before`` becomes ``after``: their difference, rate by rate.

    Returns in any number of steps therefore add up to the sale, tax included. ``after`` has the lines that stay.
    """
    was, stays = bill_total(before), bill_total(after)
    zero = Money(0, before.currency)
    left = {total.rate: total for total in stays.rates}
    had = {total.rate for total in was.rates}
    # A rate that only the later bill has cannot come back: such a line was added, and stands with the opposite sign.
    added = tuple(RateTotal(total.rate, zero, zero) for total in stays.rates if total.rate not in had)
    rates = tuple(
        replace(total, net=total.net - left[total.rate].net, tax=total.tax - left[total.rate].tax)
        if total.rate in left
        else total
        for total in sorted((*was.rates, *added), key=lambda total: total.rate)
    )
    return summed(rates, was.tip - stays.tip)


def discount_lines(bill: Bill, amount: Money, text: str) -> tuple[TaxedLine, ...]:
    """Return the lines that take ``amount`` off the goods, spread over their rates in proportion (largest remainder).

    Raises:
        InputError: ``amount_not_positive``, ``currency_mismatch``.
        RuleError: ``discount_above_total`` when more would be taken off than there is.
    """
    if _positive(amount).minor > _goods(bill).minor:
        raise RuleError(
            "discount_above_total",
            f"The goods come to {_goods(bill).to_decimal()}, the discount to {amount.to_decimal()}.",
            "Take off at most the total.",
        )
    return _spread(bill, -amount, LineKind.DISCOUNT, text)


def percent_off_lines(bill: Bill, basis_points: int, text: str) -> tuple[TaxedLine, ...]:
    """Return the lines that take a share off the goods: rounded half up over the whole, then spread over the rates.

    Raises:
        InputError: ``invalid_percentage`` when not above 0 and at most 10000 basis points.
    """
    if not 0 < basis_points <= WHOLE_BASIS_POINTS:
        hint = "Send more than 0 and at most 100 percent."
        raise InputError("invalid_percentage", "This percentage cannot be taken off.", hint, "/percent")
    off = rounded(Fraction(_goods(bill).minor * basis_points, WHOLE_BASIS_POINTS), Rounding.HALF_UP)
    return discount_lines(bill, Money(off, bill.currency), text) if off > 0 else ()


def surcharge_lines(bill: Bill, amount: Money, text: str) -> tuple[TaxedLine, ...]:
    """Return the lines that put ``amount`` on top of the goods, taxed as they are: it shares their fate.

    A surcharge with a rate of its own is an ordinary line of kind ``surcharge``.

    Raises:
        InputError: ``amount_not_positive``, ``currency_mismatch``.
        RuleError: ``nothing_to_spread_over`` when there are no goods to take the rates from.
    """
    return _spread(bill, _positive(amount), LineKind.SURCHARGE, text)


def _rate_total(rate: TaxRate, base: int, bill: Bill) -> RateTotal:
    tax = rounded(exact_tax(base, rate, bill.pricing), Rounding.HALF_UP)
    net = base - tax if bill.pricing is Pricing.GROSS else base
    return RateTotal(rate, Money(net, bill.currency), Money(tax, bill.currency))


def _goods(bill: Bill) -> Money:
    """Return the sum of all lines so far in the bill's own pricing."""
    return Money(sum(line.sale_line.amount.minor for line in bill.lines), bill.currency)


def _spread(bill: Bill, amount: Money, kind: LineKind, text: str) -> tuple[TaxedLine, ...]:
    if amount.currency != bill.currency:
        raise InputError("currency_mismatch", f"The bill is in {bill.currency.code}.", "Convert it first.", "/amount")
    bases: dict[TaxRate, int] = {}
    for line in bill.lines:
        bases[line.rate] = bases.get(line.rate, 0) + line.sale_line.amount.minor
    rates = sorted(rate for rate, base in bases.items() if base > 0)
    if not rates:
        raise RuleError("nothing_to_spread_over", "There are no goods to take the tax rates from.", "Add goods first.")
    parts = amount.allocate([bases[rate] for rate in rates])
    return tuple(
        TaxedLine(kind, SaleLine(text, Decimal(1), part, part), rate)
        for rate, part in zip(rates, parts, strict=True)
        if part.minor
    )


def _positive(amount: Money) -> Money:
    if amount.minor <= 0:
        raise InputError(
            "amount_not_positive", "The amount has to be above zero.", "Send a positive amount.", "/amount"
        )
    return amount


def _check_line(line: TaxedLine, number: int, currency: Currency) -> None:
    amount = line.sale_line.amount
    if amount.currency != currency:
        message = f"Line {number + 1} is in {amount.currency.code}, the bill in {currency.code}."
        raise InputError("currency_mismatch", message, "Convert it first.", f"/lines/{number}/amount")
    wrong = (line.kind is LineKind.DISCOUNT and amount.minor > 0) or (
        line.kind is LineKind.SURCHARGE and amount.minor < 0
    )
    if wrong:
        message = f"Line {number + 1} is a {line.kind} of {amount.to_decimal()}."
        hint = "A discount is below zero, a surcharge above."
        raise InputError("wrong_sign", message, hint, f"/lines/{number}/amount")
