"""Exchange rates: exact fractions, one rounding, and a reader that refuses what it does not know."""

from __future__ import annotations

from decimal import Decimal
from fractions import Fraction

from hypothesis import assume, given
from hypothesis import strategies as st

from gateway.adapters.ecb_rates import parse_daily
from gateway.domain.cash.exchange_rates import RateTable, convert
from gateway.domain.currencies import CURRENCIES
from gateway.domain.errors import OperationalError
from gateway.domain.money import Currency, Money
from gateway.domain.rounding import Rounding
from tests.support.rates import DAILY, DAY

CODES = sorted(CURRENCIES)
VALUE = st.decimals("0.0001", "50000", places=4)
CURRENCY = st.sampled_from([code for code in CODES if code != "EUR"]).map(Currency.of)


@given(CURRENCY, CURRENCY, VALUE, VALUE, st.integers(-(10**7), 10**7), st.sampled_from(Rounding))
def test_conversion_then_next_to_the_exact_value_and_mirrored(
    source: Currency, target: Currency, one: Decimal, other: Decimal, minor: int, rounding: Rounding
) -> None:
    assume(source != target)
    table = RateTable(Currency.of("EUR"), DAY, {source.code: one, target.code: other}, "test")
    rate = table.rate(source, target)
    exact = minor * Fraction(other) / Fraction(one) * Fraction(10) ** (target.exponent - source.exponent)
    assume(abs(exact) < 10**11)

    done = convert(Money(minor, source), rate, rounding)

    assert abs(done.result.minor - exact) < 1
    assert convert(Money(-minor, source), rate, rounding).result == -done.result
    assert rate.value * table.rate(target, source).value == 1


def _read(data: bytes) -> RateTable | str:
    try:
        return parse_daily(data)
    except OperationalError as error:
        return error.code


@given(st.integers(0, len(DAILY.encode())), st.binary(max_size=4), st.data())
def test_daily_file_with_anything_in_it_then_rates_above_zero_or_refused(
    at: int, junk: bytes, data: st.DataObject
) -> None:
    good = DAILY.encode()

    found = _read(good[:at] + junk + good[data.draw(st.integers(at, len(good))) :])

    if isinstance(found, RateTable):
        assert found.rates
        assert all(value > 0 for value in found.rates.values())
    else:
        assert found == "rates_unreadable"


@given(st.binary(max_size=200))
def test_any_bytes_then_refused(data: bytes) -> None:
    assert _read(data) == "rates_unreadable"


@given(st.integers(0, len(DAILY.encode()) - len("</gesmes:Envelope>") - 2))
def test_daily_file_cut_off_anywhere_then_refused(size: int) -> None:
    assert _read(DAILY.encode()[:size]) == "rates_unreadable"
