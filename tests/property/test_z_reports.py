"""Z reports over the real use cases: whatever a day brings, its report is what the books and the documents say.

One shop lives through all the days: every entry at its register stands in exactly one report, numbers have no gap, and
each report goes on where the one before ended.
"""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from datetime import UTC
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from gateway.domain import accounts
from gateway.domain.cards.payment import AttemptEvent
from gateway.domain.erp.canonical import from_json
from gateway.domain.erp.sales_day import SalesDay
from gateway.domain.erp.sales_day_of_report import UNASSIGNED, sales_day_of
from gateway.domain.errors import InputError, NotFound, RuleError
from gateway.domain.ids import SaleId, ShiftId, derived_id
from gateway.domain.ledger import TransferKind, sales_revenue
from gateway.domain.sales.tax_lines import LineKind
from gateway.domain.sales.tender import TenderKind
from gateway.domain.sales.till_sale import due_of
from gateway.domain.shifts.day_report import DayReport, group_of, register_accounts
from gateway.domain.shifts.day_report_text import report_of_text
from gateway.domain.shifts.document_number import Series
from gateway.domain.shifts.shift import FactKind
from gateway.services.shifts.manage_shifts import AskedStep, OpenShift, ShiftStep
from tests.support.till_sales import EUR, TILL, Counter, euro, till_line
from tests.support.web_shop import ERP, STORE, TENANT, TERMINAL, build_shop, new_id

EARNING = (sales_revenue(TILL), accounts.tips(TILL), accounts.cash_rounding(TILL))
REFUSED = (RuleError, InputError, NotFound)

STEPS = st.one_of(
    st.tuples(st.just("cash"), st.integers(1, 5_000), st.sampled_from((0, 0, 150))),
    st.tuples(st.just("card"), st.integers(1, 5_000), st.sampled_from((AttemptEvent.APPROVE, AttemptEvent.DECLINE))),
    st.tuples(st.just("card_only"), st.integers(1, 5_000), st.just(0)),
    st.tuples(st.just("voucher"), st.integers(1, 5_000), st.just(0)),
    st.tuples(st.just("part"), st.integers(2, 5_000), st.just(0)),
    st.tuples(st.just("back"), st.integers(1, 5_000), st.just(0)),
    st.tuples(st.just("pay_out"), st.integers(1, 5_000), st.just(0)),
    st.tuples(st.just("pay_in"), st.integers(1, 5_000), st.just(0)),
)


@dataclass
class Shop:
    """One register through many days."""

    counter: Counter
    reports: list[DayReport] = field(default_factory=list)
    paid_in_cash: list[SaleId] = field(default_factory=list)

    def ask(self) -> AskedStep:
        return AskedStep(str(new_id()), "0" * 64, "/v1/shifts/1")

    def open(self, minor: int) -> ShiftId:
        shift_id = ShiftId(new_id())
        command = OpenShift(shift_id, TILL, euro(minor), {}, self.ask())
        self.services.manage.open(self.counter.caller, command, lambda _view: b"{}")
        return shift_id

    def step(self, shift_id: ShiftId, kind: FactKind, minor: int) -> None:
        step = ShiftStep(shift_id, new_id(), kind, euro(minor), "for the property", {}, self.ask())
        self.services.manage.step(self.counter.caller, step, lambda _view: b"{}")

    def close(self, shift_id: ShiftId, difference: int) -> DayReport:
        counted = max(0, self.balance(accounts.cash(TILL)) + difference)
        self.step(shift_id, FactKind.COUNTED, counted)
        self.step(shift_id, FactKind.CLOSED, counted // 2)
        stored = self.services.reports.z(self.counter.caller, shift_id)
        self.reports.append(report_of_text(stored.document))
        return self.reports[-1]

    def do(self, shift_id: ShiftId, name: str, minor: int, extra: Any) -> None:
        match name:
            case "cash":
                lines = [till_line(minor), till_line(300, rate=700), till_line(-100, kind=LineKind.DISCOUNT)]
                self.pay(self.counter.open(*lines, tip=extra))
            case "voucher":
                self.pay(self.counter.open(till_line(minor, rate=0, voucher=True)))
            case "part":
                sale_id = self.counter.open(till_line(minor))
                self.counter.tender(sale_id, minor - minor // 2)
            case "card":
                sale_id = self.counter.open(till_line(minor))
                self.counter.conclude(self.counter.card(sale_id, minor, TERMINAL), extra)
            case "card_only":
                sale_id = SaleId(new_id())
                self.counter.conclude(self.counter.card(sale_id, minor, TERMINAL), AttemptEvent.APPROVE)
            case "back" if self.paid_in_cash:
                self.counter.back(self.paid_in_cash[-1], minor)
            case "pay_in" | "pay_out":
                self.step(shift_id, FactKind(name), minor)

    def pay(self, sale_id: SaleId) -> None:
        rest = due_of(self.counter.sale(sale_id)).rest.minor
        self.counter.tender(sale_id, rest, TenderKind.CASH)
        self.paid_in_cash.append(sale_id)

    def balance(self, account: str) -> int:
        with self.counter.shop.storage.read() as unit:
            return unit.shifts.balance(TENANT, STORE, account, EUR).minor

    @property
    def services(self) -> Any:
        return self.counter.shop.container.till.shifts


@pytest.fixture(scope="module")
def shop() -> Iterator[Shop]:
    with tempfile.TemporaryDirectory(prefix="tillbridge-z-") as folder:
        built = build_shop(f"sqlite:///{folder}/z.sqlite3", Path(folder))
        yield Shop(Counter(built))
        built.storage.close()


@settings(max_examples=8, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    between=st.lists(STEPS, max_size=2),
    day=st.lists(STEPS, max_size=8),
    float_minor=st.integers(0, 20_000),
    difference=st.integers(-300, 300),
)
def test_day_then_its_report_is_what_books_and_documents_say(
    shop: Shop, between: list[Any], day: list[Any], float_minor: int, difference: int
) -> None:
    earned = {account: shop.balance(account) for account in EARNING}
    before = shop.reports[-1] if shop.reports else None
    for step in between if before else []:
        _try(shop, ShiftId(new_id()), step)

    shift_id = shop.open(float_minor)
    for step in day:
        _try(shop, shift_id, step)
    report = shop.close(shift_id, difference)

    told = sum(one.taken.minor - one.back.minor for one in report.tenders)
    assert told == -sum(shop.balance(account) - earned[account] for account in EARNING)
    (drawer,) = report.drawers
    assert drawer.balance.minor == shop.balance(accounts.cash(TILL)) == (report.left or euro(0)).minor
    assert drawer.carried.minor == (before.drawers[0].balance.minor if before else 0)
    _check_documents(shop, report, before)
    _check_every_entry_once(shop)
    _check_sales_day(shop, report, [*between, *day])


def _try(shop: Shop, shift_id: ShiftId, step: tuple[str, int, Any]) -> None:
    name, minor, extra = step
    try:
        shop.do(shift_id, name, minor, extra)
    except REFUSED as refusal:
        told = refusal.code
    else:
        told = ""
    # More than came in goes back nowhere; without a shift nothing is paid in or out.
    assert told in {"", "refund_above_captured", "cash_not_payable", "shift_not_found"}


def _check_documents(shop: Shop, report: DayReport, before: DayReport | None) -> None:
    first = 1 if before is None else before.running.last_sale + 1
    with shop.counter.shop.storage.read() as unit:
        numbers = [one.number for one in unit.numbers.given(TENANT, STORE, TILL, Series.SALE)]
        ids = [one.document_id for one in unit.numbers.given(TENANT, STORE, TILL, Series.SALE)][first - 1 :]
    assert numbers == list(range(1, len(numbers) + 1))
    sales = [shop.counter.sale(SaleId(one)).sale for one in ids]
    assert (report.sales.count, report.running.last_sale) == (len(sales), len(numbers))
    assert report.sales.gross.minor == sum(sale.totals.gross.minor for sale in sales)
    assert report.sales.tips.minor == sum(sale.totals.tip.minor for sale in sales)
    taxed = sum(rate.net.minor + rate.tax.minor for rate in report.sales.rates)
    assert taxed == report.sales.gross.minor
    assert report.running.reports == len(shop.reports) == report.number


def _check_sales_day(shop: Shop, report: DayReport, steps: list[Any]) -> None:
    """What goes to an ERP adds up, is stored once with its shift, and explains all that finished documents explain."""
    key = str(derived_id(report.shift_id, "sales day"))
    with shop.counter.shop.storage.read() as unit:
        posting = unit.erp.load((TENANT, STORE), ERP, key)
    day = sales_day_of(report, shop="", zone=UTC)
    if day is None:
        assert posting is None
        assert not any(one.taken.minor or one.back.minor for one in report.tenders)
        return
    assert posting is not None
    assert posting.trace_id == report.shift_id.hex
    told = from_json(posting.kind, posting.document, lambda _hash: b"")
    assert isinstance(told, SalesDay)
    assert replace(told, shop="") == day
    brought = {one.kind: one.amount_minor for one in day.tenders}
    assert brought.get("cash", 0) == sum(
        one.taken.minor - one.back.minor for one in report.tenders if one.kind == "cash"
    )
    assert day.vouchers_minor == report.sales.vouchers_sold.minor
    assert all(one.rate or not one.tax_minor for one in day.taxes)
    unexplained = {"part", "card_only", "back"}
    if not unexplained & {name for name, _, _ in steps}:
        assert UNASSIGNED not in {one.code for one in day.taxes}


def _check_every_entry_once(shop: Shop) -> None:
    """All reports together hold each posted entry at the register once, and their running totals are their sums."""
    own = register_accounts(TILL)
    with shop.counter.shop.storage.read() as unit:
        rows = [
            row
            for row in unit.ledger.transfers(TENANT, STORE, limit=10_000)
            if row.kind is TransferKind.POST and own & {row.debit_account, row.credit_account}
        ]
    told: dict[tuple[str, str], int] = {}
    for report in shop.reports:
        for flow in report.flows:
            told[flow.debit, flow.credit] = told.get((flow.debit, flow.credit), 0) + flow.amount.minor
    booked: dict[tuple[str, str], int] = {}
    for row in rows:
        key = (group_of(row.debit_account), group_of(row.credit_account))
        booked[key] = booked.get(key, 0) + row.amount.minor
    assert told == booked
    taken = sum(one.taken.minor for report in shop.reports for one in report.tenders)
    assert shop.reports[-1].running.taken.minor == taken
