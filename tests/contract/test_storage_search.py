"""The search over everything that moved money, on both databases: each clue, each kind of thing, only this store."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from gateway.domain.access import Caller, Permission
from gateway.domain.cards.payment import Payment
from gateway.domain.ids import StoreId
from gateway.domain.journal import ThingKind
from gateway.services.search_journal import Findings, SearchJournal
from tests.support.refund_rows import refund_intent, start
from tests.support.storage_rows import EUR, NOON, RESULT, FixedClock, Shop, conclusion_of, new_id, payment_of


def ask(shop: Shop, text: str, store: StoreId | None = None) -> Findings:
    caller = Caller(shop.tenant_id, store or shop.store_id, new_id(), "anna", frozenset({Permission.PAYMENTS_READ}))
    return SearchJournal(storage=shop.storage, clock=FixedClock(), zone=UTC, currency=EUR).find(caller, text)


def found(shop: Shop, text: str) -> set[tuple[str, int]]:
    return {(hit.kind.value, hit.amount.minor) for hit in ask(shop, text).hits}


@pytest.fixture
def sold(shop: Shop) -> Payment:
    """A payment of 12.50 with a refund of 2.30 and another payment of 9.30 that was declined."""
    intent = shop.intent(minor=1250)
    payment = payment_of(intent)
    shop.conclude(conclusion_of(payment, shop.begin(intent), result=RESULT))
    start(shop, refund_intent(payment, 230))
    other = shop.intent(minor=930, terminal_id=shop.other_terminal_id)
    shop.begin(other)
    return payment


@pytest.mark.usefixtures("sold")
@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("12.50", {("payment", 1250)}),
        ("12,50", {("payment", 1250)}),
        ("EUR 12.5", {("payment", 1250)}),
        ("2,30€", {("refund", 230)}),
        ("9.3", {("payment", 930)}),
        ("..1234", {("payment", 1250)}),
        ("1234", {("payment", 1250)}),
        ("123456", {("payment", 1250)}),
        ("142", {("payment", 1250)}),
        ("42", {("payment", 1250)}),
        ("tisch", {("payment", 1250), ("payment", 930)}),
        ("käse", {("refund", 230)}),
        ("anna 12.50", {("payment", 1250)}),
        ("anna 2026-03-02 9.30", {("payment", 930)}),
        ("02.03. 9.30", {("payment", 930)}),
        ("tisch 9.30", {("payment", 930)}),
        ("tisch anna", {("payment", 1250), ("payment", 930)}),
        ("today", {("payment", 1250), ("payment", 930), ("refund", 230)}),
        ("12:00", {("payment", 1250), ("payment", 930), ("refund", 230)}),
        ("12:01", set()),
        ("yesterday 12.50", set()),
        ("12.51", set()),
        ("50%", set()),
        ("_", set()),
        ("ben", set()),
        ("", set()),
        ("   ", set()),
        ("99999999999", set()),
    ],
)
def test_question_then_what_fits_every_word(shop: Shop, text: str, expected: set[tuple[str, int]]) -> None:
    assert found(shop, text) == expected


def test_end_of_an_id_as_receipts_print_it_then_found(shop: Shop, sold: Payment) -> None:
    [hit] = ask(shop, sold.id.hex[-8:].upper()).hits

    assert (hit.kind, hit.id, hit.sale_id, hit.state, hit.who) == (
        ThingKind.PAYMENT,
        sold.id,
        sold.sale_id,
        "approved",
        "anna",
    )
    assert [one.id for one in ask(shop, str(sold.id)).hits] == [sold.id]


@pytest.mark.usefixtures("sold")
def test_other_store_then_nothing_of_this_one(shop: Shop) -> None:
    assert ask(shop, "12.50", StoreId("south")).hits == ()


def test_more_than_is_shown_then_the_newest_and_told_so(shop: Shop) -> None:
    for number in range(101):
        intent = shop.intent(minor=500)
        assert intent.payment is not None
        later = replace(intent.payment, created_at=NOON + timedelta(seconds=number))
        stored = shop.begin(replace(intent, payment=later))
        shop.conclude(conclusion_of(payment_of(intent), stored))

    findings = ask(shop, "5.00")

    assert (len(findings.hits), findings.more) == (100, True)
    assert findings.hits[0].at == datetime(2026, 3, 2, 12, 1, 40, 123456, tzinfo=UTC)
