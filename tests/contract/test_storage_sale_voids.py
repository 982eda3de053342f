"""Contract of sales that were given up, on both databases: kept as it was, never of a sale that somebody paid."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest
from sqlalchemy import create_engine, text
from sqlalchemy.exc import DBAPIError

from gateway.adapters.db.engine import database_url
from gateway.domain.cards.payment import AttemptEvent
from gateway.domain.errors import GatewayError, RuleError
from gateway.domain.ids import SaleVoidId
from gateway.domain.sales.tender import TenderState
from gateway.domain.sales.till_sale import SaleVoid, Settlement, TillSale
from gateway.ports.payment_store import Intent
from gateway.ports.sale_store import TenderEnd
from tests.support.sale_rows import tender_of, till_sale
from tests.support.storage_rows import NOON, NORTH, TENANT, Shop, conclusion_of, further, new_id, payment_of


def given_up() -> SaleVoid:
    return SaleVoid(SaleVoidId(new_id()), "The customer left.", NOON + timedelta(minutes=3), "anna")


def stored(shop: Shop) -> TillSale:
    sale = till_sale()
    with shop.storage.write() as unit:
        unit.sales.add(sale)
    return sale


def void(shop: Shop, sale: TillSale, one: SaleVoid | None = None) -> None:
    with shop.storage.write() as unit:
        unit.sales.void(TENANT, NORTH, sale.id, one or given_up())


def card(shop: Shop, sale: TillSale) -> Intent:
    intent = shop.intent(minor=400, sale_id=sale.id)
    assert intent.sale is not None
    return replace(intent, sale=replace(intent.sale, lines=()))


def test_void_then_comes_back_with_its_sale_and_no_other(shop: Shop) -> None:
    sale, other, one = stored(shop), stored(shop), given_up()

    void(shop, sale, one)

    with shop.storage.read() as unit:
        found = [unit.sales.load(TENANT, NORTH, which.id) for which in (sale, other)]
    assert [record.void if record else "gone" for record in found] == [one, None]


def test_void_when_given_up_before_then_refused(shop: Shop) -> None:
    sale = stored(shop)
    void(shop, sale)

    with pytest.raises(RuleError) as refused:
        void(shop, sale)

    assert refused.value.code == "sale_voided"


@pytest.mark.parametrize("state", [TenderState.OPEN, TenderState.TAKEN])
def test_void_when_a_tender_counts_then_the_database_refuses(shop: Shop, state: TenderState) -> None:
    sale = stored(shop)
    with shop.storage.write() as unit:
        unit.sales.add_tender(tender_of(sale, 100, state))

    with pytest.raises(RuleError) as refused:
        void(shop, sale)

    assert refused.value.code == "sale_claimed"


@pytest.mark.parametrize("event", [None, AttemptEvent.APPROVE, AttemptEvent.LOSE_ANSWER])
def test_void_when_a_card_is_charged_or_may_be_then_the_database_refuses(
    shop: Shop, event: AttemptEvent | None
) -> None:
    sale = stored(shop)
    intent = card(shop, sale)
    begun = shop.begin(intent)
    if event is not None:
        shop.conclude(conclusion_of(payment_of(intent), begun, event))

    with pytest.raises(RuleError) as refused:
        void(shop, sale)

    assert refused.value.code == "sale_claimed"


def test_void_when_the_sale_cost_nothing_and_is_settled_then_the_database_refuses(shop: Shop) -> None:
    sale = stored(shop)
    with shop.storage.write() as unit:
        unit.sales.settle(TENANT, NORTH, sale.id, Settlement(1, NOON))

    with pytest.raises(RuleError) as refused:
        void(shop, sale)

    assert refused.value.code == "sale_claimed"


def test_void_when_all_that_was_asked_ended_without_money_then_stored(shop: Shop) -> None:
    sale = stored(shop)
    asked, intent = tender_of(sale, 100, TenderState.OPEN), card(shop, sale)
    with shop.storage.write() as unit:
        unit.sales.add_tender(asked)
        unit.sales.end_tender(TENANT, NORTH, asked.id, TenderEnd(TenderState.CANCELLED, {}, NOON, "anna", "No."))
    shop.conclude(conclusion_of(payment_of(intent), shop.begin(intent), AttemptEvent.DECLINE))

    void(shop, sale)

    with shop.storage.read() as unit:
        record = unit.sales.load(TENANT, NORTH, sale.id)
    assert record is not None
    assert record.void is not None


def test_voided_sale_then_takes_no_tender_no_card_no_further_try_and_is_never_settled(shop: Shop) -> None:
    sale = stored(shop)
    declined = card(shop, sale)
    shop.conclude(conclusion_of(payment_of(declined), shop.begin(declined), AttemptEvent.DECLINE))
    void(shop, sale)

    def tender() -> None:
        with shop.storage.write() as unit:
            unit.sales.add_tender(tender_of(sale, 100))

    def settle() -> None:
        with shop.storage.write() as unit:
            unit.sales.settle(TENANT, NORTH, sale.id, Settlement(1, NOON))

    codes = []
    again = further(payment_of(declined), 2)
    for late in (tender, settle, lambda: shop.begin(card(shop, sale)), lambda: shop.begin(again)):
        with pytest.raises(GatewayError) as refused:
            late()
        codes.append(refused.value.code)

    assert codes == ["sale_voided"] * 4


@pytest.mark.parametrize("statement", ["UPDATE sale_void SET reason = 'x'", "DELETE FROM sale_void"])
def test_void_when_changed_behind_our_back_then_the_database_refuses(
    shop: Shop, migrated_url: str, statement: str
) -> None:
    void(shop, stored(shop))
    engine = create_engine(database_url(migrated_url))

    with pytest.raises(DBAPIError, match="append-only"), engine.begin() as connection:
        connection.execute(text(statement))

    engine.dispose()
