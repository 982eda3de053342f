"""Splitting a bill: evenly, by amounts, by person, by item. Nothing is lost: lines, taxes and tip add up to the bill.

Each part of a line is its exact fraction rounded down or up; each share's total is next to its exact value; the sums
over all shares are the bill's own, for every line, for every rate and for the tip. The same split always gives the same
answer. Taxes follow the lines; they are never computed anew for a share, because the bill's tax was rounded once.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction

from gateway.domain.errors import InputError, RuleError
from gateway.domain.money import Money
from gateway.domain.rounding import apportioned
from gateway.domain.sales.matrix_rounding import rounded_table
from gateway.domain.sales.tax_lines import (
    Bill,
    BillTotal,
    LineKind,
    Pricing,
    RateTotal,
    TaxedLine,
    TaxRate,
    bill_total,
    exact_tax,
    summed,
)

SHARES_MAX = 40
"""More guests than share one bill; bounds work and paper."""

WEIGHT_MAX = 10_000
"""Largest weight of one person in one line: quantities in thousandths stay exact."""

SIMPLE_FRACTION_MAX = 40
"""Up to this denominator a part is shown as a fraction; beyond it nobody can check it in the head."""


@dataclass(frozen=True, slots=True)
class ShareLine:
    """A part of one line. ``part`` is exact (1/3), ``amount`` is in whole minor units and in the bill's pricing.

    ``number``: the line's place on the bill, from 0.
    """

    number: int
    line: TaxedLine
    part: Fraction
    amount: Money

    def part_words(self) -> str:
        """Return the part to show beside the text: empty for a whole line, ``1/3``, or ``~30.57 %``."""
        if self.part == 1:
            return ""
        if self.part.denominator <= SIMPLE_FRACTION_MAX:
            return f"{self.part.numerator}/{self.part.denominator}"
        hundredths = round(self.part * 10_000)
        return f"~{hundredths // 100}.{hundredths % 100:02} %"


@dataclass(frozen=True, slots=True)
class BillShare:
    """What one person pays: parts of lines, and their totals per rate with the share of the tip."""

    number: int
    lines: tuple[ShareLine, ...]
    total: BillTotal


def split_evenly(bill: Bill, persons: int) -> tuple[BillShare, ...]:
    """Split into equal shares: what two persons pay, tip included, differs by at most one minor unit.

    Raises:
        InputError: ``wrong_number_of_shares``.
    """
    _check_count(persons)
    even = [Fraction(1, persons)] * persons
    return _split(bill, [even] * len(bill.lines), persons, even)


def split_by_amounts(bill: Bill, amounts: Sequence[Money]) -> tuple[BillShare, ...]:
    """Split so that each share comes to its amount exactly; what is missing to the bill becomes one share more.

    The amounts are without the tip, which follows in proportion.

    Raises:
        InputError: ``wrong_number_of_shares``, ``currency_mismatch``, ``amount_not_positive`` with a pointer.
        RuleError: ``split_above_total`` when the amounts exceed the bill.
    """
    gross = bill_total(bill).gross
    rest = gross
    for number, amount in enumerate(amounts):
        rest -= amount
        if amount.minor <= 0:
            hint = "Send amounts above zero."
            raise InputError(
                "amount_not_positive", f"Share {number + 1} is not above zero.", hint, f"/amounts/{number}"
            )
    if rest.minor < 0:
        raise RuleError(
            "split_above_total",
            f"The shares exceed the bill of {gross.to_decimal()} by {(-rest).to_decimal()}.",
            "Lower one of the shares.",
        )
    wanted = [*amounts, rest] if rest.minor else [*amounts]
    _check_count(len(wanted))
    parts = [Fraction(amount.minor, gross.minor) for amount in wanted]
    return _split(bill, [parts] * len(bill.lines), len(parts), parts)


def split_by_persons(bill: Bill, takers: Sequence[Mapping[int, int]], persons: int) -> tuple[BillShare, ...]:
    """Split by who had what.

    Args:
        bill: the bill to split.
        takers: for each line of the bill, the weight of each person (from 0) who takes a part: ``{0: 1, 2: 1}`` is half
            each, ``{0: 2, 1: 1}`` two of three pieces. A discount or surcharge with no takers follows the goods of its
            rate, else all goods.
        persons: number of shares.

    Raises:
        InputError: ``wrong_number_of_shares``, ``line_without_taker``, ``invalid_taker`` with a pointer to the line.
    """
    _check_count(persons)
    if len(takers) != len(bill.lines):
        message = f"The bill has {len(bill.lines)} lines, the split {len(takers)}."
        raise InputError("line_without_taker", message, "Say for each line who takes it.", "/takers")
    taken = [_taken(takers[number], line, number, persons) for number, line in enumerate(bill.lines)]
    parts = [
        found or _following(bill, taken, line.rate, persons) for found, line in zip(taken, bill.lines, strict=True)
    ]
    return _split(bill, parts, persons, None)


def split_by_items(bill: Bill, owners: Sequence[int | None], persons: int) -> tuple[BillShare, ...]:
    """Split by whole lines: ``owners`` names the person (from 0) for each line; None only for what follows the goods.

    Raises:
        InputError: as :func:`split_by_persons`.
    """
    return split_by_persons(bill, [{} if owner is None else {owner: 1} for owner in owners], persons)


def _check_count(persons: int) -> None:
    if not 1 <= persons <= SHARES_MAX:
        raise InputError(
            "wrong_number_of_shares",
            f"A bill is split into 1 to {SHARES_MAX} shares.",
            "Change the number.",
            "/persons",
        )


def _taken(takers: Mapping[int, int], line: TaxedLine, number: int, persons: int) -> list[Fraction]:
    """Return each person's part of one line; empty for a discount or surcharge that nobody takes for itself."""
    pointer = f"/takers/{number}"
    for person, weight in takers.items():
        if not (0 <= person < persons and 1 <= weight <= WEIGHT_MAX):
            message = f"Line {number + 1} goes to person {person} with weight {weight}."
            hint = f"Number persons from 0 to {persons - 1} and use weights from 1 to {WEIGHT_MAX}."
            raise InputError("invalid_taker", message, hint, pointer)
    if takers:
        whole = sum(takers.values())
        return [Fraction(takers.get(person, 0), whole) for person in range(persons)]
    if line.kind is LineKind.ITEM:
        message = f"Nobody takes line {number + 1}, {line.sale_line.text}."
        raise InputError("line_without_taker", message, "Give each item to at least one person.", pointer)
    return []


def _following(bill: Bill, taken: Sequence[Sequence[Fraction]], rate: TaxRate, persons: int) -> list[Fraction]:
    """Return the parts of a discount or surcharge: as the goods of its rate, else as all goods, else even."""
    goods = [(line, parts) for line, parts in zip(bill.lines, taken, strict=True) if parts]
    for fitting in ([good for good in goods if good[0].rate == rate], goods):
        sums = [
            sum((line.sale_line.amount.minor * parts[person] for line, parts in fitting), Fraction(0))
            for person in range(persons)
        ]
        weights = [max(amount, Fraction(0)) for amount in sums]
        if any(weights):
            whole = sum(weights, Fraction(0))
            return [weight / whole for weight in weights]
    return [Fraction(1, persons)] * persons


def _split(
    bill: Bill, parts: Sequence[Sequence[Fraction]], persons: int, tip_weights: Sequence[Fraction] | None
) -> tuple[BillShare, ...]:
    """Split each line by ``parts`` (each row adds up to 1); the tip by its weights, or as the shares turn out."""
    rates = bill_total(bill).rates
    amounts = [line.sale_line.amount.minor for line in bill.lines]
    rows = [[amount * part for part in row] for amount, row in zip(amounts, parts, strict=True)]
    tax_rows = [_net_tax_row(bill, rows, total) for total in rates] if bill.pricing is Pricing.NET else []
    table = rounded_table([*rows, *tax_rows])
    taxes = table[len(rows) :] or [_contained_taxes(bill, table, total) for total in rates]
    shares = []
    for person in range(persons):
        lines = tuple(
            ShareLine(number, line, parts[number][person], Money(table[number][person], bill.currency))
            for number, line in enumerate(bill.lines)
            if parts[number][person]
        )
        shares.append((lines, _rate_totals(bill, lines, rates, [row[person] for row in taxes])))
    tips = _tips(bill.tip, [sum(total.gross.minor for total in totals) for _, totals in shares], tip_weights)
    return tuple(
        BillShare(number, lines, summed(totals, tip))
        for number, ((lines, totals), tip) in enumerate(zip(shares, tips, strict=True))
    )


def _net_tax_row(bill: Bill, rows: Sequence[Sequence[Fraction]], total: RateTotal) -> list[Fraction]:
    """Return each share's exact part of a tax on top; the bill's own rounding is spread over who bears the tax."""
    bases = _bases(bill, rows, total.rate)
    exact = [exact_tax(base, total.rate, bill.pricing) for base in bases]
    rounding = total.tax.minor - sum(exact, Fraction(0))
    sizes = [abs(base) for base in bases]
    whole = sum(sizes, Fraction(0))
    return [tax + rounding * size / whole for tax, size in zip(exact, sizes, strict=True)] if whole else exact


def _contained_taxes(bill: Bill, table: Sequence[Sequence[int]], total: RateTotal) -> tuple[int, ...]:
    """Return each share's part of a tax contained in its prices (largest remainder)."""
    rows = [[Fraction(amount) for amount in row] for row in table]
    exact = [exact_tax(base, total.rate, bill.pricing) for base in _bases(bill, rows, total.rate)]
    return apportioned(exact, total.tax.minor)


def _bases(bill: Bill, rows: Sequence[Sequence[Fraction]], rate: TaxRate) -> list[Fraction]:
    """Return the sum of one rate's lines for each share."""
    own = [row for row, line in zip(rows, bill.lines, strict=False) if line.rate == rate]
    return [sum(column, Fraction(0)) for column in zip(*own, strict=True)]


def _rate_totals(
    bill: Bill, lines: Sequence[ShareLine], rates: Sequence[RateTotal], taxes: Sequence[int]
) -> tuple[RateTotal, ...]:
    found = []
    for total, tax in zip(rates, taxes, strict=True):
        own = [share.amount.minor for share in lines if share.line.rate == total.rate]
        net = sum(own) - (tax if bill.pricing is Pricing.GROSS else 0)
        if own:
            found.append(RateTotal(total.rate, Money(net, bill.currency), Money(tax, bill.currency)))
    return tuple(found)


def _tips(tip: Money, dues: Sequence[int], weights: Sequence[Fraction] | None) -> list[Money]:
    """Split the tip (largest remainder; of equals, who pays less so far pays the cent more)."""
    wanted = list(weights or [Fraction(max(due, 0)) for due in dues])
    if not any(wanted):
        wanted = [Fraction(1)] * len(dues)
    whole = sum(wanted, Fraction(0))
    order = sorted(range(len(dues)), key=lambda person: (dues[person], person))
    parts = apportioned([tip.minor * wanted[person] / whole for person in order], tip.minor)
    minor_of = dict(zip(order, parts, strict=True))
    return [Money(minor_of[person], tip.currency) for person in range(len(dues))]
