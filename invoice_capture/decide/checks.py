"""Every sum of an invoice recomputed, with its terms in the order of the sentence."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import ROUND_HALF_UP, Decimal

from invoice_capture.decide.totals import Totals, summed
from invoice_capture.model import Check, FieldName
from invoice_capture.values import amount_text

_CENT = Decimal("0.01")
_TOLERANCE = Decimal("0.02")


def sum_checks(
    totals: Totals,
    taxes: Sequence[tuple[Decimal, Decimal, Decimal]],
    lines: Sequence[Decimal],
    adjustments: Sequence[tuple[Decimal, int]],
) -> tuple[Check, ...]:
    """Return the checks that can be made.

    Args:
        totals: the decided sums.
        taxes: rate in per cent, base and tax of each rate.
        lines: amounts of the lines.
        adjustments: allowances (sign -1) and charges (sign 1) on the whole document.
    """
    found: list[Check] = []
    net, tax, total = totals.net, totals.tax, totals.total
    if net is not None and tax is not None and total is not None:
        terms = ((FieldName.NET, net.value), (FieldName.TAX, tax.value), (FieldName.TOTAL, total.value))
        found.append(_check("net_plus_tax", net.value + tax.value - total.value, terms))
    for rate, base, amount in taxes:
        computed = (base * rate / 100).quantize(_CENT, ROUND_HALF_UP)
        terms_of_rate = (("base", base), ("rate", rate), (FieldName.TAX, amount))
        found.append(_check("rate_times_base", computed - amount, terms_of_rate))
    if taxes and tax is not None:
        parts = [amount for _, _, amount in taxes]
        found.append(_check("taxes_sum", summed(parts) - tax.value, (*_named("tax", parts), ("tax", tax.value))))
    if lines and net is not None:
        found.append(_lines_check(lines, adjustments, [net.value] + ([total.value] if total is not None else [])))
    if total is not None and totals.payable is not None:
        found.append(_payable(totals, total.value, totals.payable.value))
    return tuple(found)


def _lines_check(lines: Sequence[Decimal], adjustments: Sequence[tuple[Decimal, int]], wanted: list[Decimal]) -> Check:
    """The lines, with allowances and charges, are the net; of an invoice with gross prices the total."""
    whole = summed(list(lines))
    extra = sum((abs(value) * sign for value, sign in adjustments), Decimal(0))
    offs = [(abs(sums - one), sums - one, one) for one in wanted for sums in (whole, whole + extra)]
    _, off, met = min(offs, key=lambda one: one[0])
    named = FieldName.NET if met == wanted[0] else FieldName.TOTAL
    return _check("lines_sum", off, (("lines", whole), ("adjustments", extra), (named, met)))


def _payable(totals: Totals, total: Decimal, payable: Decimal) -> Check:
    paid = abs(totals.prepaid.value) * (-1 if total < 0 else 1) if totals.prepaid is not None else Decimal(0)
    rounding = totals.rounding.value if totals.rounding is not None else Decimal(0)
    terms = [(FieldName.TOTAL, total), (FieldName.PREPAID, paid)]
    if totals.rounding is not None:
        terms.append((FieldName.ROUNDING, rounding))
    terms.append((FieldName.PAYABLE, payable))
    return _check("total_to_payable", total - paid + rounding - payable, terms)


def _check(code: str, off: Decimal, terms: Sequence[tuple[str, Decimal]]) -> Check:
    texts = tuple((str(name), amount_text(value)) for name, value in terms)
    return Check(code, abs(off) <= _TOLERANCE, texts, amount_text(off.quantize(_CENT)))


def _named(name: str, values: Sequence[Decimal]) -> tuple[tuple[str, Decimal], ...]:
    return tuple((name, value) for value in values)
