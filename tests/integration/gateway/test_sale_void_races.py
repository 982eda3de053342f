"""A sale is given up at one till while another takes money for it, on both databases: exactly one of them wins."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path

import pytest

from gateway.domain.cards.payment import AttemptEvent
from gateway.domain.ids import SaleId, SaleVoidId
from gateway.domain.ledger import imbalance
from gateway.domain.sales.till_sale import due_of
from gateway.services.sales.void_sale import VoidSaleCommand
from tests.integration.gateway.test_sale_races import at_once
from tests.support.till_sales import Counter, fresh_key, till_line
from tests.support.web_shop import SECOND_TERMINAL, STORE, TENANT, TERMINAL, build_shop, new_id

ROUNDS = 6


@pytest.fixture
def counter(database_url: str, tmp_path: Path) -> Iterator[Counter]:
    shop = build_shop(database_url, tmp_path)
    yield Counter(shop)
    shop.storage.close()


def void(counter: Counter, sale_id: SaleId) -> None:
    own = SaleVoidId(new_id())
    command = VoidSaleCommand(own, sale_id, "The customer left.", fresh_key(own))
    counter.shop.container.till.sales.void.void(counter.caller, command, lambda _record: b"{}")


def _one_wins(counter: Counter, sale_id: SaleId, codes: list[str], pays: int) -> None:
    """The first of ``codes`` are of payments, the rest of giving up."""
    record = counter.sale(sale_id)
    if record.void is None:
        assert codes.count("") == 1
        assert "" in codes[:pays]
        assert set(codes[pays:]) == {"sale_claimed"}
    else:
        assert codes.count("") == 1
        assert "" in codes[pays:]
        assert set(codes[:pays]) == {"sale_voided"}
        assert due_of(record).captured.minor == due_of(record).pending.minor == 0
        assert not record.tenders
        assert not record.payments


def test_cash_and_giving_up_at_once_then_one_wins(counter: Counter) -> None:
    for _ in range(ROUNDS):
        sale_id = counter.open(till_line(1000))
        works: list[Callable[[], object]] = [
            partial(counter.tender, sale_id, 1000),
            partial(void, counter, sale_id),
            partial(void, counter, sale_id),
        ]

        codes = at_once(*works)

        record = counter.sale(sale_id)
        assert (record.void is None) == bool(record.tenders)
        assert codes.count("") == 1
        assert set(codes) <= {"", "sale_voided", "sale_claimed"}
    with counter.shop.storage.read() as unit:
        assert not any(imbalance(unit.ledger.balances(TENANT, STORE)).values())


def test_card_and_giving_up_at_once_then_one_wins(counter: Counter) -> None:
    for turn in range(ROUNDS):
        sale_id = counter.open(till_line(1000))
        terminal = (TERMINAL, SECOND_TERMINAL)[turn % 2]
        pay = partial(counter.card, sale_id, 1000, terminal)

        codes = at_once(pay, partial(void, counter, sale_id))

        _one_wins(counter, sale_id, codes, 1)
        for paid in counter.sale(sale_id).payments:
            counter.conclude(paid.payment.id, AttemptEvent.APPROVE)


def test_card_when_approved_after_giving_up_was_refused_then_the_sale_is_paid(counter: Counter) -> None:
    sale_id = counter.open(till_line(1000))
    payment_id = counter.card(sale_id, 1000, TERMINAL)

    codes = at_once(partial(void, counter, sale_id))
    counter.conclude(payment_id, AttemptEvent.APPROVE)

    record = counter.sale(sale_id)
    assert codes == ["sale_claimed"]
    assert record.settlement is not None
    assert record.void is None
