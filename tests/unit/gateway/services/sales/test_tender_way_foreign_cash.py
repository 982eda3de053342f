"""Foreign cash: rates from a file, kept while the source is away, refused when old; value, change and entries."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from datetime import UTC, date
from decimal import Decimal
from pathlib import Path

import pytest

from gateway.domain.access import Permission
from gateway.domain.cash.exchange_rates import RateTable
from gateway.domain.errors import InputError, OperationalError, RuleError
from gateway.domain.money import Currency, Money
from gateway.domain.sales.tender import TenderKind
from gateway.domain.sales.till_sale import due_of
from gateway.services.sales.tender_way_foreign_cash import RATES_LIVE_S, CurrentRates, ForeignCashWay
from tests.support.till_sales import Counter, euro, till_line
from tests.support.web_shop import STORE, TENANT, MovingClock, build_shop

CHF, EUR, USD = Currency.of("CHF"), Currency.of("EUR"), Currency.of("USD")


class ScriptedRates:
    """A source of rates that a test switches off."""

    def __init__(self) -> None:
        self.table: RateTable | None = RateTable(EUR, date(2026, 3, 2), {"CHF": Decimal("0.95")}, "test")
        self.asked = 0

    def fetch(self) -> RateTable:
        self.asked += 1
        if self.table is None:
            raise OperationalError("rates_unavailable", "Away.")
        return self.table


@pytest.fixture
def source() -> ScriptedRates:
    return ScriptedRates()


@pytest.fixture
def counter(tmp_path: Path, source: ScriptedRates) -> Iterator[Counter]:
    shop = build_shop(f"sqlite:///{tmp_path / 'shop.sqlite3'}", tmp_path)
    rates = CurrentRates(source, shop.clock, zone=UTC, age_max_days=3)
    way = ForeignCashWay(rates=rates, taken=frozenset({"CHF"}), store_step_minor=5)
    shop.container.till.sales.parts.ways[TenderKind.FOREIGN_CASH] = way  # type: ignore[index]  # a dict here
    yield Counter(shop)
    shop.storage.close()
    shutil.rmtree(tmp_path, ignore_errors=True)


def francs(minor: int) -> Money:
    return Money(minor, CHF)


def posted(counter: Counter, account: str, currency: str = "EUR") -> int:
    with counter.shop.storage.read() as unit:
        found = unit.ledger.balances(TENANT, STORE)
    return sum(
        one.debits_posted - one.credits_posted
        for one in found
        if (one.account, one.currency.code) == (account, currency)
    )


def test_foreign_cash_when_given_then_its_value_change_and_rate_are_kept(counter: Counter) -> None:
    sale_id = counter.open(till_line(1802))

    tender = counter.tender(sale_id, 1802, TenderKind.FOREIGN_CASH, given=francs(2000))

    # 20.00 CHF / 0.95 = 21.05 EUR; 18.00 are due in coins of five cents; 3.05 go back.
    assert tender.detail["worth"] == "21.05"
    assert (tender.detail["change"], tender.detail["rate"]) == ("3.05", "0.950000")
    assert (tender.detail["rate_dated"], tender.given) == ("2026-03-02", francs(2000))
    assert due_of(counter.sale(sale_id)).settled
    assert posted(counter, "cash/till-1", "CHF") == 2000
    assert (posted(counter, "cash/till-1"), posted(counter, "sales/till-1")) == (-305, -1802)
    assert posted(counter, "cash_rounding/till-1") == 2
    assert (posted(counter, "exchange/till-1", "CHF"), posted(counter, "exchange/till-1")) == (-2000, 2105)


def test_foreign_cash_when_too_little_then_refused_and_nothing_booked(counter: Counter) -> None:
    sale_id = counter.open(till_line(1800))

    with pytest.raises(InputError) as refused:
        counter.tender(sale_id, 1800, TenderKind.FOREIGN_CASH, given=francs(1500))

    assert refused.value.code == "given_too_little"
    assert posted(counter, "cash/till-1", "CHF") == 0


def test_foreign_cash_when_given_back_then_in_the_stores_currency_by_the_rounding_of_its_tender(
    counter: Counter,
) -> None:
    sale_id = counter.open(till_line(1802))
    tender = counter.tender(sale_id, 1802, TenderKind.FOREIGN_CASH, given=francs(2000))

    back = counter.back(sale_id, 1802, of=tender.id)

    assert back.detail["due"] == "18.00"
    with pytest.raises(RuleError) as refused:
        counter.back(counter.open(till_line(1)), 1, TenderKind.FOREIGN_CASH)
    assert refused.value.code in ("refund_above_captured", "not_in_foreign_cash")


@pytest.mark.parametrize(("given", "code"), [(Money(100, USD), "foreign_cash_not_taken"), (None, "given_needed")])
def test_foreign_cash_when_not_taken_or_not_named_then_refused(
    counter: Counter, given: Money | None, code: str
) -> None:
    with pytest.raises(InputError) as refused:
        counter.tender(counter.open(till_line(100)), 100, TenderKind.FOREIGN_CASH, given=given)

    assert refused.value.code == code


def test_rates_when_they_grow_old_then_refused(counter: Counter, source: ScriptedRates) -> None:
    sale_id = counter.open(till_line(100))
    counter.tender(sale_id, 50, TenderKind.FOREIGN_CASH, given=francs(200))

    counter.shop.clock.move(4 * 86_400)

    with pytest.raises(RuleError) as refused:
        counter.tender(sale_id, 50, TenderKind.FOREIGN_CASH, given=francs(200))
    assert refused.value.code == "rates_too_old"
    assert source.asked == 2


def test_rates_when_the_source_is_away_then_the_last_serve_until_too_old(
    counter: Counter, source: ScriptedRates
) -> None:
    sale_id = counter.open(till_line(100))
    counter.tender(sale_id, 50, TenderKind.FOREIGN_CASH, given=francs(200))
    source.table = None

    counter.shop.clock.move(RATES_LIVE_S + 1)
    counter.tender(sale_id, 50, TenderKind.FOREIGN_CASH, given=francs(200))

    assert due_of(counter.sale(sale_id)).settled


def test_rates_when_there_never_were_any_then_told(source: ScriptedRates) -> None:
    source.table = None
    rates = CurrentRates(source, MovingClock(), zone=UTC, age_max_days=3)
    without = CurrentRates(None, MovingClock(), zone=UTC, age_max_days=3)

    with pytest.raises(OperationalError):
        rates.refresh()
    without.refresh()
    with pytest.raises(OperationalError) as refused:
        without.rate(EUR, CHF)

    assert refused.value.code == "rates_unavailable"


def test_offer_then_rounded_up_to_a_coin_of_the_foreign_currency(counter: Counter) -> None:
    assert Permission.PAYMENTS_CREATE in counter.caller.permissions
    way = counter.shop.container.till.sales.parts.ways[TenderKind.FOREIGN_CASH]
    assert isinstance(way, ForeignCashWay)

    offer = way.offer(euro(1802), CHF)

    assert (offer.due, offer.ask, offer.rate) == (euro(1800), francs(1710), "0.950000")
