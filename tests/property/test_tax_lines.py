"""Lines with tax: for any bill the sums hold, discounts stay exact, and returns in any steps add up to the sale."""

from __future__ import annotations

from dataclasses import replace
from fractions import Fraction

from hypothesis import assume, given
from hypothesis import strategies as st

from gateway.domain.money import Money
from gateway.domain.sales.tax_lines import (
    Bill,
    LineKind,
    TaxRate,
    basis_points_of,
    bill_total,
    check_bill,
    discount_lines,
    exact_tax,
    given_back,
    percent_off_lines,
    surcharge_lines,
)
from tests.support.bills import bills, eur


def _own(bill: Bill, rate: TaxRate) -> int:
    return sum(line.sale_line.amount.minor for line in bill.lines if line.rate == rate)


@given(st.integers(0, 10_000))
def test_rate_then_its_text_reads_back(basis_points: int) -> None:
    assert TaxRate.of(TaxRate(basis_points).percent()).basis_points == basis_points


@given(st.text(max_size=8))
def test_any_text_then_a_percentage_it_says_or_none(text: str) -> None:
    found = basis_points_of(text)

    assert found is None or (Fraction(text) * 100 == found and 0 <= found <= 10_000)


@given(bills())
def test_total_then_exact_per_rate_and_mirrored(bill: Bill) -> None:
    total = bill_total(bill)

    check_bill(bill)
    for found in total.rates:
        own = _own(bill, found.rate)
        assert own in {found.gross.minor, found.net.minor}
        assert 2 * abs(found.tax.minor - exact_tax(own, found.rate, bill.pricing)) <= 1
    assert [found.rate for found in total.rates] == sorted({line.rate for line in bill.lines})
    assert total.gross.minor == sum(found.gross.minor for found in total.rates)
    assert total.to_pay == total.gross + bill.tip

    mirrored = replace(
        bill,
        lines=tuple(
            replace(line, sale_line=replace(line.sale_line, amount=-line.sale_line.amount)) for line in bill.lines
        ),
    )
    back = bill_total(mirrored)
    assert (back.net, back.tax) == (-total.net, -total.tax)


@given(bills(), st.integers(1, 10_000))
def test_discount_then_exact_and_no_rate_falls_below_zero(bill: Bill, share: int) -> None:
    goods = sum(line.sale_line.amount.minor for line in bill.lines)
    amount = goods * share // 10_000
    assume(amount > 0)

    lines = discount_lines(bill, eur(amount), "off")

    after = replace(bill, lines=(*bill.lines, *lines))
    assert sum(line.sale_line.amount.minor for line in lines) == -amount
    for rate in {line.rate for line in bill.lines}:
        assert _own(after, rate) >= min(0, _own(bill, rate))
    check_bill(after)


@given(bills(), st.integers(1, 10_000))
def test_percent_off_then_next_to_the_exact_share(bill: Bill, basis_points: int) -> None:
    goods = sum(line.sale_line.amount.minor for line in bill.lines)
    assume(goods > 0)

    off = -sum(line.sale_line.amount.minor for line in percent_off_lines(bill, basis_points, "off"))

    assert 2 * abs(off - Fraction(goods * basis_points, 10_000)) <= 1


@given(bills(), st.integers(1, 10_000))
def test_surcharge_then_exact_and_in_rates_the_goods_have(bill: Bill, amount: int) -> None:
    rates = {line.rate for line in bill.lines}
    assume(any(_own(bill, rate) > 0 for rate in rates))

    lines = surcharge_lines(bill, eur(amount), "on")

    assert sum(line.sale_line.amount.minor for line in lines) == amount
    assert {line.rate for line in lines} <= {rate for rate in rates if _own(bill, rate) > 0}
    assert {line.kind for line in lines} == {LineKind.SURCHARGE}


@given(bills(), st.data())
def test_returns_in_any_steps_then_they_add_up_to_the_sale_with_every_tax(bill: Bill, data: st.DataObject) -> None:
    whole = bill_total(bill)
    stays = bill
    sums: dict[TaxRate, tuple[int, int]] = {}
    tip = 0
    while stays.lines:
        gone = data.draw(st.integers(1, len(stays.lines)))
        after = replace(stays, lines=stays.lines[gone:], tip=Money(0, stays.currency))
        back = given_back(stays, after)
        for found in back.rates:
            net, tax = sums.get(found.rate, (0, 0))
            sums[found.rate] = (net + found.net.minor, tax + found.tax.minor)
        tip += back.tip.minor
        stays = after

    assert sums == {found.rate: (found.net.minor, found.tax.minor) for found in whole.rates}
    assert tip == whole.tip.minor
