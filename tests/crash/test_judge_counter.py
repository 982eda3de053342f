"""The judge of the counter has to see each kind of damage a cash sale can take: lost, doubled, not booked."""

from __future__ import annotations

import uuid
from dataclasses import replace
from pathlib import Path

import pytest

from bench.crash_counter import CounterSale, judge_counter
from gateway.domain.ids import TenderId
from gateway.domain.sales.tender import Tender
from tests.support.till_sales import TILL, Counter, till_line
from tests.support.web_shop import STORE, TENANT, build_shop, new_id


class SoldForCash:
    """A shop that sold twice for cash and gave a part back; everything is right, to be spoiled by a test."""

    def __init__(self, folder: Path) -> None:
        self.url = f"sqlite:///{folder / 'shop.sqlite3'}"
        self.shop = build_shop(self.url, folder)
        counter = Counter(self.shop)
        self.sales: list[CounterSale] = []
        self.last: Tender | None = None
        for minor in (500, 900):
            sale_id = counter.open(till_line(minor))
            told = CounterSale(sale_id)
            for part in (200, minor - 200):
                self.last = counter.tender(sale_id, part)
                told.tenders[self.last.id] = part
            back = counter.back(sale_id, 100)
            told.backs[back.id] = 100
            self.sales.append(told)

    def judged(self) -> list[str]:
        """Close the shop and return what the judge says."""
        self.shop.storage.close()
        return judge_counter(self.sales, self.url, TENANT, STORE, TILL)


@pytest.fixture
def sold(tmp_path: Path) -> SoldForCash:
    return SoldForCash(tmp_path)


def test_judge_when_everything_is_right_then_no_problem(sold: SoldForCash) -> None:
    assert sold.judged() == []


def test_judge_when_a_sale_is_gone_then_told(sold: SoldForCash) -> None:
    sold.sales.append(CounterSale(new_id()))

    assert any("not stored" in words for words in sold.judged())


def test_judge_when_a_tender_is_stored_that_nobody_took_then_told(sold: SoldForCash) -> None:
    sold.sales[0].tenders.popitem()

    words = sold.judged()

    assert any("was paid with" in one for one in words)
    assert any("the drawer should hold" in one for one in words)


def test_judge_when_something_given_back_is_gone_then_told(sold: SoldForCash) -> None:
    sold.sales[1].backs[uuid.uuid4()] = 50

    assert any("went back" in words for words in sold.judged())


def test_judge_when_a_tender_is_stored_without_its_entries_then_told(sold: SoldForCash) -> None:
    counter = Counter(sold.shop)
    sale_id = counter.open(till_line(300))
    assert sold.last is not None
    bare = replace(sold.last, id=TenderId(new_id()), sale_id=sale_id, amount=till_line(300).taxed.sale_line.amount)
    with sold.shop.storage.write() as unit:
        unit.sales.add_tender(bare)
    sold.sales.append(CounterSale(sale_id, {bare.id: 300}))

    words = sold.judged()

    assert any("the ledger has {}" in one for one in words)
    assert any("not settled" in one for one in words)
