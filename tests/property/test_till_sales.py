"""Sales over the real use cases and a real database: whatever happens, the sums add up and the books balance.

Any sequence of sales, splits, tips, cash with rounding, cards (whole, in part, with a tip, declined, in doubt), returns
of goods and give-backs by amount to cash and card. After each step, for every sale: never more is claimed than its
total, never more goes back than came in, and the ledger's accounts hold exactly what the sales keep.
"""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Iterator
from contextlib import ExitStack
from decimal import Decimal
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule, run_state_machine_as_test

from gateway.domain.cards.payment import AttemptEvent, Evidence, PaymentTerms
from gateway.domain.errors import InputError, RuleError
from gateway.domain.ids import DeviceId, PaymentId, RefundId, SaleId
from gateway.domain.ledger import imbalance
from gateway.domain.sales.tax_lines import LineKind
from gateway.domain.sales.tender import ReturnedLine, TenderKind
from gateway.domain.sales.till_sale import SaleRecord, due_of
from gateway.services.sales.tender_way_cash import CashWay
from tests.support.till_sales import Counter, till_line
from tests.support.web_shop import SECOND_TERMINAL, STORE, TENANT, TERMINAL, build_shop

if TYPE_CHECKING:
    from tests.support.postgres import PostgresCluster

pytestmark = pytest.mark.timeout(900)

PRICE = st.integers(1, 5_000)
SHARE = st.integers(1, 100)
PARTS = PaymentTerms(allow_partial=True)
REFUSALS = (RuleError, InputError)


class Day(RuleBasedStateMachine):
    """One day of a shop; what is on the terminals is kept here, all else is read from the database."""

    counter: Counter

    def __init__(self) -> None:
        super().__init__()
        self.before = self._posted()
        self.sales: list[SaleId] = []
        self.cards: dict[DeviceId, PaymentId] = {}
        self.doubted: list[PaymentId] = []
        self.refunds: list[RefundId] = []
        self.doubted_refunds: list[RefundId] = []
        self.bill: dict[SaleId, int] = {}

    @rule(prices=st.lists(PRICE, min_size=1, max_size=3), tip=st.sampled_from([0, 0, 150]), off=st.booleans())
    def open(self, prices: list[int], tip: int, *, off: bool) -> None:
        lines = [
            till_line(price, quantity="2" if price % 2 else "1", rate=700 if price % 3 else 1900) for price in prices
        ]
        if off:
            lines.append(till_line(-1, rate=lines[0].taxed.rate.basis_points, kind=LineKind.DISCOUNT))
        sale_id = self.counter.open(*lines, tip=tip)
        self._note(sale_id)

    @rule(price=st.integers(50, 5_000), persons=st.integers(2, 4), tip=st.sampled_from([0, 101]))
    def split(self, price: int, persons: int, tip: int) -> None:
        shares = self.counter.split(till_line(price), till_line(price, rate=700), persons=persons, tip=tip)
        for sale_id in shares:
            self._note(sale_id)
        totals = [self.counter.sale(sale_id).sale.totals for sale_id in shares]
        assert sum(one.to_pay.minor for one in totals) == 2 * price + tip
        assert max(one.to_pay.minor for one in totals) - min(one.to_pay.minor for one in totals) <= 1

    @precondition(lambda self: self.sales)
    @rule(data=st.data(), share=SHARE)
    def pay_cash(self, data: st.DataObject, share: int) -> None:
        sale_id = self._one_of(data)
        due = due_of(self.counter.sale(sale_id))
        part = due.rest.minor if share > 50 else due.rest.minor * share // 100 // 5 * 5
        try:
            self.counter.tender(sale_id, part)
        except REFUSALS:
            assert part == 0 or due.blocked
        else:
            assert due_of(self.counter.sale(sale_id)).captured.minor == due.captured.minor + part

    @precondition(lambda self: self.sales and len(self.cards) < 2)
    @rule(data=st.data(), share=SHARE)
    def begin_card(self, data: st.DataObject, share: int) -> None:
        sale_id = self._one_of(data)
        due = due_of(self.counter.sale(sale_id))
        terminal = TERMINAL if TERMINAL not in self.cards else SECOND_TERMINAL
        asked = max(1, due.rest.minor * share // 100)
        try:
            self.cards[terminal] = self.counter.card(sale_id, asked, terminal, PARTS)
        except REFUSALS:
            assert due.blocked or asked > due.rest.minor or self.doubted or self.refunds or self.doubted_refunds

    @precondition(lambda self: self.cards)
    @rule(end=st.sampled_from(["approve", "part", "tip", "decline", "cancel", "lose"]))
    def end_card(self, end: str) -> None:
        terminal = next(iter(self.cards))
        payment_id = self.cards.pop(terminal)
        with self.counter.shop.storage.read() as unit:
            record = unit.payments.load(TENANT, STORE, payment_id)
        assert record is not None
        asked = record.payment.amount.minor
        if end == "lose":
            self.counter.conclude(payment_id, AttemptEvent.LOSE_ANSWER)
            self.doubted.append(payment_id)
        elif end == "part":
            self.counter.conclude(payment_id, AttemptEvent.APPROVE, minor=max(1, asked // 2))
        elif end == "tip":
            self.counter.conclude(payment_id, AttemptEvent.APPROVE, minor=asked + 77, tip=77)
        else:
            self.counter.conclude(payment_id, AttemptEvent(end))

    @precondition(lambda self: self.doubted)
    @rule(charged=st.booleans())
    def clear_card(self, *, charged: bool) -> None:
        event = AttemptEvent.APPROVE if charged else AttemptEvent.PROVE_NOT_CHARGED
        self.counter.conclude(self.doubted.pop(0), event, evidence=Evidence.LAST_RESULT)

    @precondition(lambda self: self.sales)
    @rule(data=st.data(), share=SHARE, to_card=st.booleans())
    def give_back(self, data: st.DataObject, share: int, *, to_card: bool) -> None:
        sale_id = self._one_of(data)
        due = due_of(self.counter.sale(sale_id))
        amount = max(1, due.refundable.minor * share // 100)
        kind = TenderKind.CARD if to_card else TenderKind.CASH
        try:
            back = self.counter.back(sale_id, amount, kind)
        except REFUSALS:
            assert to_card or due.blocked or amount > due.refundable.minor
        else:
            if to_card:
                self.refunds.append(RefundId(back.id))

    @precondition(lambda self: self.sales)
    @rule(data=st.data(), place=st.integers(0, 2))
    def return_goods(self, data: st.DataObject, place: int) -> None:
        sale_id = self._one_of(data)
        before = self.counter.sale(sale_id)
        try:
            self.counter.back(sale_id, lines=(ReturnedLine(place, Decimal(1)),))
        except REFUSALS:
            assert self.counter.sale(sale_id) == before

    @precondition(lambda self: self.refunds)
    @rule(end=st.sampled_from(["approve", "decline", "lose"]))
    def end_refund(self, end: str) -> None:
        refund_id = self.refunds.pop(0)
        if end == "lose":
            self.counter.conclude_refund(refund_id, AttemptEvent.LOSE_ANSWER)
            self.doubted_refunds.append(refund_id)
        else:
            self.counter.conclude_refund(refund_id, AttemptEvent(end))

    @precondition(lambda self: self.doubted_refunds)
    @rule(given=st.booleans())
    def clear_refund(self, *, given: bool) -> None:
        event = AttemptEvent.APPROVE if given else AttemptEvent.PROVE_NOT_CHARGED
        self.counter.conclude_refund(self.doubted_refunds.pop(0), event, evidence=Evidence.LAST_RESULT)

    @invariant()
    def sums_add_up(self) -> None:
        kept = 0
        for sale_id in self.sales:
            record = self.counter.sale(sale_id)
            self._check(record)
            kept += due_of(record).kept.minor
        posted = self._posted()
        assert posted["money"] - self.before["money"] == kept
        assert posted["earned"] - self.before["earned"] == -kept

    def teardown(self) -> None:
        """Leave no terminal at work for the next day."""
        for payment_id in self.cards.values():
            self.counter.conclude(payment_id, AttemptEvent.DECLINE)
        for payment_id in self.doubted:
            self.counter.conclude(payment_id, AttemptEvent.PROVE_NOT_CHARGED, evidence=Evidence.LAST_RESULT)
        for refund_id in self.refunds:
            self.counter.conclude_refund(refund_id, AttemptEvent.DECLINE)
        for refund_id in self.doubted_refunds:
            self.counter.conclude_refund(refund_id, AttemptEvent.PROVE_NOT_CHARGED, evidence=Evidence.LAST_RESULT)

    def _check(self, record: SaleRecord) -> None:
        due, bill = due_of(record), self.bill[record.sale.id]
        added = sum(paid.taken.added.minor for paid in record.payments)
        assert record.sale.total.minor == bill
        assert 0 <= due.refunded.minor <= due.captured.minor
        assert 0 <= due.kept.minor <= bill + added
        assert due.kept.minor + due.pending.minor + due.unknown.minor <= bill + added
        assert due.refundable.minor >= 0
        if record.settlement is None:
            assert due.rest.minor == bill + added - due.kept.minor - due.pending.minor - due.unknown.minor
        else:
            assert (due.rest.minor, due.total) == (0, due.kept)

    def _posted(self) -> dict[str, int]:
        """Return debits less credits of what holds money and of what was earned or is owed, in minor units."""
        with self.counter.shop.storage.read() as unit:
            found = unit.ledger.balances(TENANT, STORE)
        assert not any(imbalance(found).values())
        sums = {"money": 0, "earned": 0}
        for one in found:
            holds_money = one.account.startswith(("cash/", "cash_rounding/", "card_receivable/"))
            sums["money" if holds_money else "earned"] += one.debits_posted - one.credits_posted
        return sums

    def _note(self, sale_id: SaleId) -> None:
        self.sales.append(sale_id)
        self.bill[sale_id] = self.counter.sale(sale_id).sale.total.minor

    def _one_of(self, data: st.DataObject) -> SaleId:
        return data.draw(st.sampled_from(self.sales[-4:]))


def _run(url: str, folder: Path, examples: int) -> None:
    with ExitStack() as stack:
        shop = build_shop(url, folder)
        stack.callback(shop.storage.close)
        # Five cents are the smallest coin, so that rounding takes part.
        shop.container.till.sales.parts.ways[TenderKind.CASH] = CashWay(store_step_minor=5)  # type: ignore[index]  # a dict here

        class Here(Day):
            counter = Counter(shop)

        run_state_machine_as_test(
            Here,
            settings=settings(
                max_examples=examples,
                stateful_step_count=20,
                deadline=None,
                suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large],
            ),
        )


@pytest.fixture
def folder() -> Iterator[Path]:
    """A folder for this test alone."""
    made = Path(tempfile.mkdtemp(prefix="till-sales-"))
    yield made
    shutil.rmtree(made, ignore_errors=True)


def test_day_of_sales_on_sqlite_then_every_sum_adds_up(folder: Path) -> None:
    _run(f"sqlite:///{folder / 'day.sqlite3'}", folder, examples=8)


@pytest.mark.postgres
def test_day_of_sales_on_postgresql_then_every_sum_adds_up(postgres_cluster: PostgresCluster, folder: Path) -> None:
    with postgres_cluster.fresh_database() as url:
        _run(url, folder, examples=3)
