"""Cash: whatever is due and given, coins make it, and what was taken can be given back to the last coin."""

from __future__ import annotations

from fractions import Fraction

from hypothesis import assume, given
from hypothesis import strategies as st

from gateway.domain.cash.cash_data import CASH_RULES, NOTES_MINOR
from gateway.domain.cash.cash_tender import cash_back, cash_due, cash_part, cash_rule, quick_keys, take_cash
from gateway.domain.cash.exchange_rates import Rate
from gateway.domain.cash.foreign_cash import foreign_due, take_foreign_cash
from gateway.domain.money import Currency, Money
from tests.support.rates import DAY

CURRENCY = st.sampled_from(sorted(set(CASH_RULES) | set(NOTES_MINOR))).map(Currency.of)
MINOR = st.integers(1, 5_000_000)


@given(CURRENCY, st.integers(-5_000_000, 5_000_000))
def test_due_then_payable_near_the_exact_amount_and_mirrored(currency: Currency, minor: int) -> None:
    rule = cash_rule(currency)

    found = cash_due(Money(minor, currency), rule)

    assert found.due.minor % rule.step_minor == 0
    assert 2 * abs(found.difference.minor) <= rule.step_minor
    assert cash_due(Money(-minor, currency), rule).due == -found.due
    assert cash_due(found.due, rule).difference.minor == 0


@given(CURRENCY, MINOR)
def test_quick_keys_then_each_can_be_taken_and_no_note_comes_straight_back(currency: Currency, minor: int) -> None:
    rule = cash_rule(currency)
    wanted = cash_due(Money(minor, currency), rule)

    keys = quick_keys(wanted)

    assert [key.minor for key in keys] == sorted({key.minor for key in keys})
    assert keys[:1] == ((wanted.due,) if wanted.due.minor else ())
    for key in keys:
        taken = take_cash(wanted, key, rule)
        assert taken.given - taken.change == wanted.due
        assert taken.change.minor >= 0


@given(CURRENCY, MINOR, st.data())
def test_refunds_in_any_parts_then_payable_and_together_all_that_was_taken(
    currency: Currency, minor: int, data: st.DataObject
) -> None:
    rule = cash_rule(currency)
    kept = Money(minor, currency)
    cash = cash_due(kept, rule).due
    returned = 0
    while kept.minor:
        back = Money(data.draw(st.integers(max(1, kept.minor // 4), kept.minor)), currency)
        found = cash_back(kept, back, rule)
        assert found.due.minor >= 0
        assert found.due.minor % rule.step_minor == 0
        kept -= back
        returned += found.due.minor
        assert cash.minor - returned == cash_due(kept, rule).due.minor

    assert returned == cash.minor


@given(CURRENCY, MINOR, st.data())
def test_part_in_cash_then_the_rest_is_exact(currency: Currency, minor: int, data: st.DataObject) -> None:
    rule = cash_rule(currency)
    rest = Money(minor, currency)
    steps = data.draw(st.integers(0, minor // rule.step_minor))
    assume(steps)

    part = cash_part(rest, Money(steps * rule.step_minor, currency), rule)

    assert part.difference.minor == 0
    assert 0 <= (rest - part.exact).minor < minor


@given(
    CURRENCY,
    CURRENCY,
    st.integers(1, 500_000),
    st.fractions(min_value="0.001", max_value=1000, max_denominator=10**5),
    st.integers(0, 100_000),
)
def test_foreign_cash_then_what_was_asked_for_suffices_and_the_shop_is_never_short(
    own: Currency, foreign: Currency, minor: int, value: Fraction, extra: int
) -> None:
    rate = Rate(own, foreign, value, DAY)
    wanted = cash_due(Money(minor, own), cash_rule(own))
    assume(wanted.due.minor)
    asked = foreign_due(wanted, rate, cash_rule(foreign))

    taken = take_foreign_cash(wanted, asked.result + Money(extra, foreign), rate, cash_rule(own))

    assert asked.result.minor % cash_rule(foreign).step_minor == 0
    assert taken.change.minor % cash_rule(own).step_minor == 0
    assert 0 <= taken.difference.minor < cash_rule(own).step_minor
    assert taken.given.result - taken.change == wanted.due + taken.difference
