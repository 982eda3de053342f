"""Lines with tax: rates as text, gross and net prices, discounts, surcharges, and what goes back."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from decimal import Decimal

import pytest

from gateway.domain.errors import GatewayError
from gateway.domain.money import Currency, Money
from gateway.domain.sales.sale import LINES_MAX, SaleLine
from gateway.domain.sales.tax_lines import (
    Bill,
    LineKind,
    Pricing,
    TaxedLine,
    TaxRate,
    bill_total,
    check_bill,
    discount_lines,
    given_back,
    percent_off_lines,
    surcharge_lines,
)
from tests.support.bills import EUR, bill, eur, line


@pytest.mark.parametrize(
    ("text", "basis_points", "shown"),
    [
        ("19", 1900, "19"),
        ("8.1", 810, "8.1"),
        ("2.55", 255, "2.55"),
        ("0", 0, "0"),
        ("7.00", 700, "7"),
        ("100", 10_000, "100"),
    ],
)
def test_rate_when_a_plain_percentage_then_basis_points(text: str, basis_points: int, shown: str) -> None:
    rate = TaxRate.of(text)

    assert (rate.basis_points, rate.percent()) == (basis_points, shown)


@pytest.mark.parametrize("text", ["", "19%", "8,1", "-7", "8.125", "100.01", "07", "1e1", ".5", "5.", " 7", "٧"])
def test_rate_when_no_plain_percentage_then_refused(text: str) -> None:
    with pytest.raises(GatewayError) as error:
        TaxRate.of(text)

    assert error.value.code == "invalid_tax_rate"


def test_total_when_prices_are_gross_then_the_tax_is_in_them_once_per_rate() -> None:
    """Three lines of 0.99: 0.16 each line by line would make 0.48; the tax of 2.97 is 0.47."""
    total = bill_total(bill(line(99), line(99), line(99), line(1_070, "7"), tip=200))

    assert [(found.rate.percent(), found.net.minor, found.tax.minor) for found in total.rates] == [
        ("7", 1_000, 70),
        ("19", 250, 47),
    ]
    assert (total.net, total.tax, total.gross, total.tip) == (eur(1_250), eur(117), eur(1_367), eur(200))
    assert total.to_pay == eur(1_567)


def test_total_when_prices_are_net_then_the_tax_comes_on_top() -> None:
    total = bill_total(bill(line(1_000), line(333, "7"), pricing=Pricing.NET))

    assert (total.net, total.tax, total.gross) == (eur(1_333), eur(190 + 23), eur(1_546))


def test_discount_when_there_are_two_rates_then_spread_in_proportion() -> None:
    whole = bill(line(3_000), line(1_000, "7"))

    off = discount_lines(whole, eur(1_001), "Voucher")

    assert [(found.rate.percent(), found.sale_line.amount.minor) for found in off] == [("7", -250), ("19", -751)]
    assert {found.kind for found in off} == {LineKind.DISCOUNT}
    check_bill(replace(whole, lines=(*whole.lines, *off)))


def test_percent_off_when_asked_then_rounded_once_over_the_whole() -> None:
    whole = bill(line(333), line(333, "7"))

    off = percent_off_lines(whole, 1_000, "10 %")

    assert sum(found.sale_line.amount.minor for found in off) == -67
    assert percent_off_lines(bill(line(4)), 1_000, "10 %") == ()


def test_surcharge_when_asked_then_taxed_as_the_goods() -> None:
    on = surcharge_lines(bill(line(3_000), line(1_000, "7"), line(-500, "0")), eur(400), "Service")

    assert [(found.rate.percent(), found.sale_line.amount.minor) for found in on] == [("7", 100), ("19", 300)]


def test_adjustment_when_it_cannot_be_then_refused() -> None:
    codes = []
    attempts: tuple[Callable[[], object], ...] = (
        lambda: discount_lines(bill(line(100)), eur(101), "x"),
        lambda: discount_lines(bill(line(100)), eur(0), "x"),
        lambda: discount_lines(bill(line(100)), Money(1, Currency.of("CHF")), "x"),
        lambda: percent_off_lines(bill(line(100)), 0, "x"),
        lambda: percent_off_lines(bill(line(100)), 10_001, "x"),
        lambda: surcharge_lines(bill(line(-100)), eur(1), "x"),
    )
    for wrong in attempts:
        with pytest.raises(GatewayError) as error:
            wrong()
        codes.append(error.value.code)

    assert codes == [
        "discount_above_total",
        "amount_not_positive",
        "currency_mismatch",
        "invalid_percentage",
        "invalid_percentage",
        "nothing_to_spread_over",
    ]


def _wrong_product() -> Bill:
    return bill(TaxedLine(LineKind.ITEM, SaleLine("x", Decimal(3), eur(33), eur(100)), TaxRate.of("19")))


@pytest.mark.parametrize(
    ("wrong", "code", "pointer"),
    [
        (bill(line(1), line(5, kind=LineKind.DISCOUNT)), "wrong_sign", "/lines/1/amount"),
        (bill(line(-5, kind=LineKind.SURCHARGE)), "wrong_sign", "/lines/0/amount"),
        (bill(line(5), tip=-1), "negative_tip", "/tip"),
        (Bill(Pricing.GROSS, Currency.of("CHF"), (), eur(0)), "currency_mismatch", "/tip"),
        (
            Bill(Pricing.GROSS, Currency.of("CHF"), (line(5),), Money(0, Currency.of("CHF"))),
            "currency_mismatch",
            "/lines/0/amount",
        ),
        (bill(*[line(1)] * (LINES_MAX + 1)), "too_many_lines", "/lines"),
        (bill(line(999_999_999_999), line(1)), "amount_too_large", "/lines"),
        (_wrong_product(), "line_does_not_add_up", "/lines/0/amount"),
    ],
)
def test_check_when_the_bill_is_wrong_then_the_place_is_named(wrong: Bill, code: str, pointer: str) -> None:
    with pytest.raises(GatewayError) as error:
        check_bill(wrong)

    assert (error.value.code, getattr(error.value, "pointer", "")) == (code, pointer)


def test_check_when_the_bill_is_right_then_nothing_is_said() -> None:
    check_bill(bill(line(500), line(-100, kind=LineKind.DISCOUNT), line(30, kind=LineKind.SURCHARGE), tip=10))


def test_given_back_when_a_rate_goes_or_an_exchange_adds_one_then_the_difference_is_right() -> None:
    before = bill(line(1_190), line(107, "7"), tip=5)

    total = given_back(before, bill(line(107, "7"), line(200, "0"), tip=5))

    assert [(found.rate.percent(), found.net.minor, found.tax.minor) for found in total.rates] == [
        ("0", -200, 0),
        ("7", 0, 0),
        ("19", 1_000, 190),
    ]
    assert (total.gross, total.tip, total.to_pay) == (eur(990), eur(0), eur(990))
    assert total.net.currency == EUR
