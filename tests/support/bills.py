"""Bills to try with: built in a line, or drawn by hypothesis."""

from __future__ import annotations

from decimal import Decimal

from hypothesis import strategies as st

from gateway.domain.money import Currency, Money
from gateway.domain.sales.sale import SaleLine
from gateway.domain.sales.tax_lines import Bill, LineKind, Pricing, TaxedLine, TaxRate

EUR = Currency.of("EUR")
RATES = tuple(TaxRate(basis_points) for basis_points in (0, 260, 550, 700, 810, 1900, 2550))


def eur(minor: int) -> Money:
    return Money(minor, EUR)


def line(minor: int, percent: str = "19", kind: LineKind = LineKind.ITEM, text: str = "Coffee") -> TaxedLine:
    return TaxedLine(kind, SaleLine(text, Decimal(1), eur(minor), eur(minor)), TaxRate.of(percent))


def bill(*lines: TaxedLine, tip: int = 0, pricing: Pricing = Pricing.GROSS) -> Bill:
    return Bill(pricing, EUR, lines, eur(tip))


@st.composite
def lines(draw: st.DrawFn) -> TaxedLine:
    kind = draw(st.sampled_from(LineKind))
    amounts = {
        LineKind.ITEM: st.integers(-2_000, 20_000),
        LineKind.DISCOUNT: st.integers(-3_000, 0),
        LineKind.SURCHARGE: st.integers(0, 3_000),
    }
    amount = eur(draw(amounts[kind]))
    return TaxedLine(kind, SaleLine("x", Decimal(1), amount, amount), draw(st.sampled_from(RATES)))


@st.composite
def bills(draw: st.DrawFn) -> Bill:
    found = draw(st.lists(lines(), min_size=1, max_size=5))
    return Bill(draw(st.sampled_from(Pricing)), EUR, tuple(found), eur(draw(st.integers(0, 5_000))))
