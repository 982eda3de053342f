"""Goods that come back: in any number of steps they add up to the sale, tax included."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.domain.errors import InputError, RuleError
from gateway.domain.sales.sale import SaleLine
from gateway.domain.sales.sale_return import going_back
from gateway.domain.sales.tax_lines import Bill, LineKind, Pricing, TaxedLine, TaxRate, bill_total, discount_lines
from gateway.domain.sales.tender import ReturnedLine
from gateway.domain.sales.till_sale import TillLine, TillSale
from tests.support.sale_rows import euro, till_sale


def goods(price: int, quantity: int, rate: int) -> TillLine:
    sold = SaleLine("Tea", Decimal(quantity), euro(price), euro(price * quantity))
    return TillLine(TaxedLine(LineKind.ITEM, sold, TaxRate(rate)))


def sale_of(lines: tuple[TillLine, ...], pricing: Pricing = Pricing.GROSS, *, off: int = 0, tip: int = 0) -> TillSale:
    bill = Bill(pricing, lines[0].taxed.sale_line.amount.currency, tuple(one.taxed for one in lines), euro(tip))
    if off:
        lines += tuple(TillLine(one) for one in discount_lines(bill, euro(off), "Off"))
        bill = replace(bill, lines=tuple(one.taxed for one in lines))
    return till_sale(lines=lines, pricing=pricing, totals=bill_total(bill))


LINES = st.lists(
    st.tuples(st.integers(1, 9_999), st.integers(1, 4), st.sampled_from([0, 700, 810, 1900])), min_size=1, max_size=5
)


@given(lines=LINES, pricing=st.sampled_from(Pricing), off=st.integers(0, 100), order=st.randoms(use_true_random=False))
def test_goods_when_all_come_back_one_by_one_then_the_whole_sale_goes_back(
    lines: list[tuple[int, int, int]], pricing: Pricing, off: int, order: st.DataObject
) -> None:
    sold = tuple(goods(*one) for one in lines)
    whole = sum(one.taxed.sale_line.amount.minor for one in sold)
    sale = sale_of(sold, pricing, off=whole * off // 101, tip=50)
    steps = [number for number, one in enumerate(lines) for _ in range(one[1])]
    order.shuffle(steps)  # type: ignore[attr-defined]  # a random.Random made by the strategy
    before: dict[int, Decimal] = {}
    nets, taxes = 0, 0

    for number in steps:
        try:
            back = going_back(sale, before, [ReturnedLine(number, Decimal(1))])
        except RuleError as error:
            # A discount took all of it: its part goes back with the next goods.
            assert error.code == "nothing_goes_back"  # noqa: PT017 - one of two ways a step may go
            continue
        before[number] = before.get(number, Decimal(0)) + 1
        nets, taxes = nets + back.net.minor, taxes + back.tax.minor

    if len(steps) == sum(before.values()):
        assert (nets, taxes) == (sale.totals.net.minor, sale.totals.tax.minor)
    assert nets + taxes <= sale.totals.gross.minor


@pytest.mark.parametrize(
    "line",
    [
        ReturnedLine(9, Decimal(1)),
        ReturnedLine(-1, Decimal(1)),
        ReturnedLine(1, Decimal(1)),
        ReturnedLine(2, Decimal(1)),
        ReturnedLine(0, Decimal(0)),
    ],
)
def test_line_when_it_is_no_goods_then_refused(line: ReturnedLine) -> None:
    voucher = replace(goods(2000, 1, 0), voucher=True)
    sale = sale_of((goods(1000, 2, 1900), voucher), off=100)

    with pytest.raises(InputError) as refused:
        going_back(sale, {}, [line])

    assert refused.value.code == "line_not_returnable"
    assert refused.value.pointer.startswith("/lines/0")


def test_line_when_named_twice_then_refused() -> None:
    sale = sale_of((goods(1000, 2, 1900),))

    with pytest.raises(InputError) as refused:
        going_back(sale, {}, [ReturnedLine(0, Decimal(1)), ReturnedLine(0, Decimal(1))])

    assert (refused.value.code, refused.value.pointer) == ("line_not_returnable", "/lines/1/line")


def test_line_when_more_comes_back_than_is_left_then_refused() -> None:
    sale = sale_of((goods(1000, 2, 1900),))

    with pytest.raises(RuleError) as refused:
        going_back(sale, {0: Decimal(1)}, [ReturnedLine(0, Decimal("1.5"))])

    assert refused.value.code == "returned_already"


def test_surcharge_with_a_rate_of_its_own_then_follows_all_goods() -> None:
    fee = TillLine(TaxedLine(LineKind.SURCHARGE, SaleLine("Fee", Decimal(1), euro(100), euro(100)), TaxRate(700)))
    sale = sale_of((goods(1000, 2, 1900), fee))

    back = going_back(sale, {}, [ReturnedLine(0, Decimal(1))])

    assert back.gross == euro(1050)
