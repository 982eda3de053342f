"""Splitting a bill: for any bill and any way to split it nothing is lost, not for a line, a rate, or the tip."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace
from fractions import Fraction

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from gateway.domain.rounding import Rounding, apportioned, rounded, rounded_to_step
from gateway.domain.sales.bill_split import (
    BillShare,
    split_by_amounts,
    split_by_items,
    split_by_persons,
    split_evenly,
)
from gateway.domain.sales.matrix_rounding import rounded_table
from gateway.domain.sales.tax_lines import Bill, LineKind, TaxRate, bill_total
from tests.support.bills import bills, eur

PERSONS = st.integers(1, 7)
FRACTIONS = st.builds(Fraction, st.integers(-300, 300), st.sampled_from((1, 2, 3, 7, 60)))


def _check_exact(bill: Bill, shares: tuple[BillShare, ...]) -> None:
    """Sums over all shares are the bill's own; each part is next to its exact value."""
    whole = bill_total(bill)
    parts: Counter[int] = Counter()
    portions: dict[int, Fraction] = {}
    taxes: Counter[TaxRate] = Counter()
    nets: Counter[TaxRate] = Counter()
    for share in shares:
        for part in share.lines:
            parts[part.number] += part.amount.minor
            portions[part.number] = portions.get(part.number, Fraction(0)) + part.part
            exact = part.part * part.line.sale_line.amount.minor
            assert abs(part.amount.minor - exact) < 1
        for total in share.total.rates:
            taxes[total.rate] += total.tax.minor
            nets[total.rate] += total.net.minor
            assert total.gross == total.net + total.tax
        assert share.total.gross.minor == sum(total.gross.minor for total in share.total.rates)
        assert share.total.tip.minor >= 0
    assert [parts[number] for number in range(len(bill.lines))] == [line.sale_line.amount.minor for line in bill.lines]
    assert all(portion == 1 for portion in portions.values())
    assert {total.rate: (nets[total.rate], taxes[total.rate]) for total in whole.rates} == {
        total.rate: (total.net.minor, total.tax.minor) for total in whole.rates
    }
    assert sum(share.total.tip.minor for share in shares) == whole.tip.minor
    assert sum(share.total.to_pay.minor for share in shares) == whole.to_pay.minor


@given(bills(), PERSONS)
def test_even_split_then_exact_and_two_persons_differ_by_one_unit_at_most(bill: Bill, persons: int) -> None:
    shares = split_evenly(bill, persons)

    _check_exact(bill, shares)
    gross = [share.total.gross.minor for share in shares]
    to_pay = [share.total.to_pay.minor for share in shares]
    assert len(shares) == persons
    assert max(gross) - min(gross) <= 1
    assert max(to_pay) - min(to_pay) <= 1
    assert split_evenly(bill, persons) == shares


@given(bills(), st.data())
def test_split_by_amounts_then_each_share_is_its_amount_and_the_rest_is_one_more(
    bill: Bill, data: st.DataObject
) -> None:
    gross = bill_total(bill).gross.minor
    assume(gross > 5)
    cuts = sorted(data.draw(st.sets(st.integers(1, gross), min_size=1, max_size=5)))
    amounts = [eur(end - start) for start, end in zip([0, *cuts[:-1]], cuts, strict=True)]

    shares = split_by_amounts(bill, amounts)

    _check_exact(bill, shares)
    wanted = [amount.minor for amount in amounts] + ([gross - cuts[-1]] if cuts[-1] < gross else [])
    assert [share.total.gross.minor for share in shares] == wanted


@given(bills(), PERSONS, st.data())
def test_split_by_persons_then_exact_and_each_total_is_next_to_its_exact_value(
    bill: Bill, persons: int, data: st.DataObject
) -> None:
    takers = st.dictionaries(st.integers(0, persons - 1), st.integers(1, 9), min_size=1)
    wanted = [
        data.draw(takers if line.kind is LineKind.ITEM else takers | st.just(dict[int, int]())) for line in bill.lines
    ]

    shares = split_by_persons(bill, wanted, persons)

    _check_exact(bill, shares)
    for share in shares:
        own = sum(part.amount.minor for part in share.lines)
        exact = sum((part.part * part.line.sale_line.amount.minor for part in share.lines), Fraction(0))
        # with net prices the taxes are rows of the same table, so lines alone may be off by as many units as rates
        assert abs(own - exact) < 1 + len(share.total.rates)
        for part in share.lines:
            assert not wanted[part.number] or share.number in wanted[part.number]


@given(bills(), PERSONS, st.data())
def test_split_by_items_then_every_line_stays_whole(bill: Bill, persons: int, data: st.DataObject) -> None:
    owners = [data.draw(st.integers(0, persons - 1)) for _ in bill.lines]

    shares = split_by_items(bill, owners, persons)

    _check_exact(bill, shares)
    assert [[part.number for part in share.lines] for share in shares] == [
        [number for number, owner in enumerate(owners) if owner == person] for person in range(persons)
    ]
    assert all(part.part == 1 and part.part_words() == "" for share in shares for part in share.lines)


@given(bills(), PERSONS)
def test_even_split_of_the_mirrored_bill_then_the_same_sums_below_zero(bill: Bill, persons: int) -> None:
    back = tuple(replace(line, sale_line=replace(line.sale_line, amount=-line.sale_line.amount)) for line in bill.lines)

    shares = split_evenly(replace(bill, lines=back), persons)

    _check_exact(replace(bill, lines=back), shares)
    assert sum(share.total.gross.minor for share in shares) == -bill_total(bill).gross.minor


@given(st.lists(st.tuples(FRACTIONS, FRACTIONS, FRACTIONS), min_size=1, max_size=6))
def test_table_then_rows_stay_and_columns_and_cells_are_next_to_exact(drawn: list[tuple[Fraction, ...]]) -> None:
    cells = [[*row, -sum(row, Fraction(0)) % 1] for row in drawn]

    table = rounded_table(cells)

    for row, exact in zip(table, cells, strict=True):
        assert sum(row) == sum(exact, Fraction(0))
        assert all(abs(cell - value) < 1 for cell, value in zip(row, exact, strict=True))
    for column in range(4):
        assert abs(sum(row[column] for row in table) - sum((row[column] for row in cells), Fraction(0))) < 1


def test_table_when_units_have_to_move_then_the_margins_are_still_right() -> None:
    """The last row finds room only where it may not go: units of rows before it have to move."""
    half = Fraction(1, 2)
    cells = [
        [3 * half, Fraction(0), 3 * half, Fraction(0), Fraction(0)],
        [Fraction(0), Fraction(0), Fraction(1), Fraction(0), Fraction(0)],
        [Fraction(0), 5 * half, Fraction(0), Fraction(0), 5 * half],
        [3 * half, 3 * half, Fraction(0), Fraction(0), Fraction(0)],
    ]

    table = rounded_table(cells)

    assert [sum(row) for row in table] == [3, 1, 5, 3]
    assert [sum(column) for column in zip(*table, strict=True)][:2] == [3, 4]
    assert all(
        abs(cell - exact) < 1
        for row, wanted in zip(table, cells, strict=True)
        for cell, exact in zip(row, wanted, strict=True)
    )


@pytest.mark.parametrize("cells", [[[Fraction(1, 2)]], [[Fraction(1)], [Fraction(1), Fraction(1)]]])
def test_table_when_a_row_is_not_whole_then_refused(cells: list[list[Fraction]]) -> None:
    with pytest.raises(ValueError, match="is not whole"):
        rounded_table(cells)


@given(st.lists(FRACTIONS, min_size=1, max_size=9), st.sampled_from((Rounding.HALF_UP, Rounding.HALF_DOWN)))
def test_parts_then_next_to_exact_and_mirrored(exact: list[Fraction], rounding: Rounding) -> None:
    total = rounded(sum(exact, Fraction(0)), rounding)

    parts = apportioned(exact, total)

    assert sum(parts) == total
    assert all(abs(part - value) < 1 for part, value in zip(parts, exact, strict=True))
    assert apportioned([-value for value in exact], -total) == tuple(-part for part in parts)


@given(st.lists(FRACTIONS, max_size=5), st.sampled_from((-9, -2, 2, 9)))
def test_parts_when_the_total_is_another_then_refused(exact: list[Fraction], off: int) -> None:
    with pytest.raises(ValueError, match="add up"):
        apportioned(exact, rounded(sum(exact, Fraction(0)), Rounding.HALF_UP) + off)


@given(st.fractions(), st.sampled_from(Rounding))
def test_rounding_then_less_than_a_unit_away_and_mirrored(value: Fraction, rounding: Rounding) -> None:
    whole = rounded(value, rounding)

    assert abs(whole - value) < 1
    assert rounded(-value, rounding) == -whole
    assert rounding not in {Rounding.HALF_UP, Rounding.HALF_DOWN} or 2 * abs(whole - value) <= 1
    assert rounding is not Rounding.UP or abs(whole) >= abs(value)
    assert rounding is not Rounding.DOWN or abs(whole) <= abs(value)


@given(st.integers(-(10**9), 10**9), st.sampled_from((1, 5, 10, 50, 100, 500)))
def test_rounding_to_a_step_then_the_nearest_multiple(minor: int, step: int) -> None:
    up, down = rounded_to_step(minor, step, Rounding.HALF_UP), rounded_to_step(minor, step, Rounding.HALF_DOWN)

    assert up % step == down % step == 0
    assert 2 * abs(up - minor) <= step
    assert (up == down) == (2 * (abs(minor) % step) != step)
