"""Two tills at one sale at once, on both databases: never more is claimed than the total, never more goes back."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from decimal import Decimal
from functools import partial
from pathlib import Path
from threading import Barrier

import pytest

from gateway.domain.cards.payment import AttemptEvent
from gateway.domain.errors import RuleError
from gateway.domain.ledger import imbalance
from gateway.domain.sales.tender import ReturnedLine, TenderKind
from gateway.domain.sales.till_sale import due_of
from tests.support.till_sales import Counter, till_line
from tests.support.web_shop import SECOND_TERMINAL, STORE, TENANT, TERMINAL, build_shop

AT_ONCE = 6
FIRST_LINE = (ReturnedLine(0, Decimal(1)),)
ROUNDS = 4


@pytest.fixture
def counter(database_url: str, tmp_path: Path) -> Iterator[Counter]:
    shop = build_shop(database_url, tmp_path)
    yield Counter(shop)
    shop.storage.close()


def at_once(*work: Callable[[], object]) -> list[str]:
    """Run all at once; return the code of the error of each, empty for what went through."""
    barrier = Barrier(len(work))

    def one(run: Callable[[], object]) -> str:
        barrier.wait(timeout=30)
        try:
            run()
        except RuleError as error:
            return error.code
        return ""

    with ThreadPoolExecutor(len(work)) as pool:
        return list(pool.map(one, work))


def test_cash_when_many_tills_take_the_same_rest_at_once_then_one_does(counter: Counter) -> None:
    for _ in range(ROUNDS):
        sale_id = counter.open(till_line(1000))

        told = at_once(*[partial(counter.tender, sale_id, 700)] * AT_ONCE)

        assert sorted(told) == ["", *["more_than_due"] * (AT_ONCE - 1)]
        assert due_of(counter.sale(sale_id)).rest.minor == 300


def test_card_and_cash_when_taken_at_once_then_never_more_than_the_total(counter: Counter) -> None:
    for _ in range(ROUNDS):
        sale_id = counter.open(till_line(1000))
        told = at_once(
            partial(counter.card, sale_id, 1000, TERMINAL),
            partial(counter.card, sale_id, 600, SECOND_TERMINAL),
            partial(counter.tender, sale_id, 1000),
        )

        record = counter.sale(sale_id)
        due = due_of(record)
        assert told.count("") == 1, told
        assert due.captured.minor + due.pending.minor <= 1000
        for paid in record.payments:
            counter.conclude(paid.payment.id, AttemptEvent.APPROVE)


def test_settlement_when_the_last_card_and_cash_meet_then_one_number(counter: Counter) -> None:
    for number in range(1, ROUNDS + 1):
        sale_id = counter.open(till_line(1000))
        payment_id = counter.card(sale_id, 600, TERMINAL)

        told = at_once(
            partial(counter.conclude, payment_id, AttemptEvent.APPROVE),
            partial(counter.tender, sale_id, 400),
        )

        settlement = counter.sale(sale_id).settlement
        assert told == ["", ""]
        assert settlement is not None
        assert settlement.number == number


def test_give_back_when_asked_many_times_at_once_then_no_more_than_was_kept(counter: Counter) -> None:
    for _ in range(ROUNDS):
        sale_id = counter.open(till_line(1000))
        counter.tender(sale_id, 1000)

        told = at_once(*[partial(counter.back, sale_id, 400)] * AT_ONCE)

        assert sorted(told) == ["", "", *["refund_above_captured"] * (AT_ONCE - 2)]
        assert due_of(counter.sale(sale_id)).refunded.minor == 800


def test_goods_when_returned_at_once_to_card_and_cash_then_once(counter: Counter) -> None:
    for _ in range(ROUNDS):
        sale_id = counter.open(till_line(1000), till_line(500))
        counter.tender(sale_id, 500)
        paid = counter.card(sale_id, 1000, TERMINAL)
        counter.conclude(paid, AttemptEvent.APPROVE)

        told = at_once(
            partial(counter.back, sale_id, kind=TenderKind.CARD, lines=FIRST_LINE),
            partial(counter.back, sale_id, lines=FIRST_LINE),
        )

        assert told.count("") == 1, told
        assert len(counter.sale(sale_id).give_backs) == 1
        for given in counter.sale(sale_id).refunds:
            counter.conclude_refund(given.refund.id, AttemptEvent.APPROVE)


def test_books_when_everything_raced_then_they_balance(counter: Counter) -> None:
    sales = [counter.open(till_line(1000)) for _ in range(2)]
    at_once(*[partial(counter.tender, one, 500) for one in sales for _ in range(3)])
    at_once(*[partial(counter.back, one, 300) for one in sales for _ in range(3)])

    with counter.shop.storage.read() as unit:
        found = unit.ledger.balances(TENANT, STORE)
    kept = sum(due_of(counter.sale(one)).kept.minor for one in sales)
    cash = next(one for one in found if one.account == "cash/till-1")
    assert imbalance(found) == {"EUR": 0}
    assert cash.debits_posted - cash.credits_posted == kept
