"""Splitting a bill in the ways a table of guests asks for."""

from __future__ import annotations

from fractions import Fraction

import pytest

from gateway.domain.errors import GatewayError
from gateway.domain.sales.bill_split import (
    SHARES_MAX,
    BillShare,
    split_by_amounts,
    split_by_items,
    split_by_persons,
    split_evenly,
)
from gateway.domain.sales.tax_lines import LineKind, Pricing, TaxRate, bill_total
from tests.support.bills import bill, eur, line


def _to_pay(shares: tuple[BillShare, ...]) -> list[int]:
    return [share.total.to_pay.minor for share in shares]


def test_split_evenly_when_it_does_not_divide_then_one_pays_a_cent_more() -> None:
    shares = split_evenly(bill(line(10_000)), 3)

    assert _to_pay(shares) == [3_334, 3_333, 3_333]
    assert {part.part_words() for share in shares for part in share.lines} == {"1/3"}


def test_split_evenly_when_there_are_many_lines_then_nobody_pays_every_cent_that_is_left() -> None:
    """A hundred lines of 1.00 rounded one by one would make the first of three pay 34.00."""
    shares = split_evenly(bill(*[line(100)] * 100), 3)

    assert sorted(_to_pay(shares)) == [3_333, 3_333, 3_334]


def test_split_evenly_when_there_is_a_tip_then_it_evens_out_the_cents() -> None:
    shares = split_evenly(bill(line(100), tip=101), 3)

    assert _to_pay(shares) == [67, 67, 67]
    assert [share.total.tip.minor for share in shares] == [33, 34, 34]


def test_split_by_amounts_when_less_than_the_bill_then_the_rest_is_a_share() -> None:
    shares = split_by_amounts(bill(line(4_500), line(1_000, "7"), tip=550), [eur(2_000)])

    assert [share.total.gross.minor for share in shares] == [2_000, 3_500]
    assert [share.total.tip.minor for share in shares] == [200, 350]
    assert shares[0].lines[0].part == Fraction(4, 11)
    assert shares[0].lines[0].part_words() == "4/11"


def test_split_by_amounts_when_the_part_is_no_simple_fraction_then_shown_as_about() -> None:
    shares = split_by_amounts(bill(line(6_543)), [eur(2_000)])

    assert shares[0].lines[0].part_words() == "~30.57 %"


def test_split_by_amounts_when_prices_are_net_then_the_tax_is_within_the_amount() -> None:
    whole = bill(line(3_333), line(2_001, "7"), pricing=Pricing.NET)

    shares = split_by_amounts(whole, [eur(1_000), eur(2_000)])

    assert [share.total.gross.minor for share in shares][:2] == [1_000, 2_000]
    assert sum(share.total.tax.minor for share in shares) == bill_total(whole).tax.minor


def test_split_by_persons_when_pieces_are_shared_then_by_weight() -> None:
    whole = bill(line(900, text="Coffee"), line(3_100, "7", text="Bottle"))

    shares = split_by_persons(whole, [{0: 2, 1: 1}, {1: 1, 2: 1}], 3)

    assert _to_pay(shares) == [600, 1_850, 1_550]
    assert [part.part_words() for part in shares[1].lines] == ["1/3", "1/2"]
    assert [total.rate for total in shares[0].total.rates] == [TaxRate.of("19")]


def test_split_by_items_when_a_discount_is_for_all_then_it_follows_the_goods_of_its_rate() -> None:
    whole = bill(line(3_000), line(1_000), line(2_000, "7"), line(-400, kind=LineKind.DISCOUNT))

    shares = split_by_items(whole, [0, 1, 1, None], 2)

    assert _to_pay(shares) == [3_000 - 300, 3_000 - 100]


@pytest.mark.parametrize(
    ("owners", "to_pay"), [([0, 0, None], [800, 0]), ([1, 0, None], [444, 356])], ids=["one has all", "all goods"]
)
def test_split_by_items_when_no_goods_have_the_rate_then_the_discount_follows_all(
    owners: list[int | None], to_pay: list[int]
) -> None:
    whole = bill(line(500), line(400), line(-100, "7", LineKind.DISCOUNT))

    assert sorted(_to_pay(split_by_items(whole, owners, 2)), reverse=True) == to_pay


def test_split_by_items_when_there_are_no_goods_at_all_then_even() -> None:
    whole = bill(line(101, kind=LineKind.SURCHARGE))

    assert _to_pay(split_by_items(whole, [None], 2)) == [51, 50]


def test_split_when_one_takes_nothing_then_the_share_is_empty_and_gets_no_tip() -> None:
    shares = split_by_items(bill(line(500), tip=50), [1], 2)

    assert (shares[0].lines, _to_pay(shares)) == ((), [0, 550])


@pytest.mark.parametrize("persons", [0, -1, SHARES_MAX + 1])
def test_split_when_the_number_of_shares_is_wrong_then_refused(persons: int) -> None:
    with pytest.raises(GatewayError) as error:
        split_evenly(bill(line(500)), persons)

    assert error.value.code == "wrong_number_of_shares"


@pytest.mark.parametrize(
    ("amounts", "code"),
    [([600], "split_above_total"), ([300, 0], "amount_not_positive"), ([-1], "amount_not_positive")],
)
def test_split_by_amounts_when_they_do_not_fit_then_refused(amounts: list[int], code: str) -> None:
    with pytest.raises(GatewayError) as error:
        split_by_amounts(bill(line(500)), [eur(amount) for amount in amounts])

    assert error.value.code == code


@pytest.mark.parametrize(
    ("takers", "code"),
    [
        ([{}], "line_without_taker"),
        ([], "line_without_taker"),
        ([{2: 1}], "invalid_taker"),
        ([{-1: 1}], "invalid_taker"),
        ([{0: 0}], "invalid_taker"),
        ([{0: 10_001}], "invalid_taker"),
    ],
)
def test_split_by_persons_when_a_line_has_no_proper_taker_then_refused(takers: list[dict[int, int]], code: str) -> None:
    with pytest.raises(GatewayError) as error:
        split_by_persons(bill(line(500)), takers, 2)

    assert error.value.code == code


def test_split_of_the_largest_bill_then_it_is_still_exact() -> None:
    """The largest table: 500 lines among 40 guests with uneven weights."""
    whole = bill(*[line(101 + 7 * number, "19" if number % 2 else "7") for number in range(500)])
    takers = [{person: 1 + (person * number) % 9 for person in range(SHARES_MAX)} for number in range(500)]

    shares = split_by_persons(whole, takers, SHARES_MAX)

    assert sum(_to_pay(shares)) == bill_total(whole).to_pay.minor
