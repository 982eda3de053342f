"""Payments from an account of another currency, and settled payments proven by a line of a statement."""

from __future__ import annotations

import uuid
from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from fractions import Fraction
from pathlib import Path

import pytest

from gateway.adapters.db.unit_of_work import SqlStorage
from gateway.domain.cash.exchange_rates import Rate
from gateway.domain.errors import NotFound, OperationalError, RuleError
from gateway.domain.ids import PaymentOrderId
from gateway.domain.money import Currency, Money
from gateway.domain.payables.payable_ledger import payable_account
from gateway.domain.payables.run_identity import run_digest
from gateway.services.payables.planned_rates import PlannedRates
from gateway.services.payables.reconcile_payments import mark_reconciled, mark_settled_again
from tests.support.bank_loop import ACCOUNT
from tests.support.run_rig import CLERK, RunRig
from tests.support.run_rows import AT, EUR, HERE, IBANS, TODAY, payable, supplier_id_of
from tests.support.storage_rows import FixedClock, new_id

USD = Currency.of("USD")
ABROAD = replace(ACCOUNT, profile="international", bic="DEUTDEFFXXX")
WORTH = 9_091
"""100.00 USD at 1.10 USD for a euro, rounded up."""
BOOKED = 9_260
"""What the virtual bank takes for it: 1.08 USD for a euro, rounded up."""


class _Table:
    """Rates of a shop that knows one: a euro is worth 1.10 dollars."""

    def __init__(self, *, empty: bool = False) -> None:
        self.refreshed = 0
        self._empty = empty

    def refresh(self) -> None:
        self.refreshed += 1
        if self._empty:
            raise OperationalError("rates_unavailable", "No rates.", "Try again.")

    def rate(self, source: Currency, target: Currency) -> Rate:
        if self._empty or {source, target} != {USD, EUR}:
            raise RuleError("no_rate", "There is no rate.", "Take another currency.")
        value = Fraction(10, 11) if source == USD else Fraction(11, 10)
        return Rate(source, target, value, TODAY)


@pytest.fixture
def storage(database_url: str) -> Iterator[SqlStorage]:
    opened = SqlStorage(database_url, FixedClock())
    yield opened
    opened.close()


def _rig(storage: SqlStorage, folder: Path, *, rates: _Table | None, **more: int) -> RunRig:
    made = RunRig(storage, folder, bank_account=ABROAD, rates=PlannedRates(rates), **more)  # type: ignore[arg-type]  # numbers of the account
    made.supplier("Alpha", iban=IBANS[1], bic="BNPAFRPPXXX")
    return made


def _books(rig: RunRig) -> dict[tuple[str, str], int]:
    with rig.storage.read() as unit:
        found = unit.ledger.balances(*HERE)
    return {(one.account, one.currency.code): one.debits_posted - one.credits_posted for one in found}


def _paid(rig: RunRig, *, days: int = 5) -> None:
    for _ in range(days):
        rig.bank.work(rig.clock.at)
        rig.messages.collect("node-1")
        rig.clock.at += timedelta(days=1)


def test_payment_in_another_currency_then_its_worth_is_planned_approved_and_the_difference_booked(
    storage: SqlStorage, tmp_path: Path
) -> None:
    rig = _rig(storage, tmp_path / "bank", rates=_Table(), reserve_minor=0, opening_minor=10_000)
    owed = rig.owe(payable("R-1", gross=10_000, currency=USD))
    made = rig.proposed()

    (order,) = rig.orders(made.run)
    worth = order.worth
    assert worth is not None
    assert (order.amount, worth.amount, worth.dated) == (Money(10_000, USD), Money(WORTH, EUR), TODAY)
    assert worth.shown(USD) == "0.909091"
    cheaper = replace(order, worth=replace(worth, rate=Fraction(1, 2), amount=Money(5_000, EUR)))
    assert run_digest(made.run, [order]) == made.run.digest != run_digest(made.run, [cheaper])
    assert rig.read.one(CLERK, made.run.id).curves[0].days[-1].with_run == Money(10_000 - WORTH, EUR)

    rig.approved(made.run)
    rig.released(made.run)
    assert rig.files.work("node-1") == 1
    with rig.storage.read() as unit:
        assert rig.desk.cash_in(unit, *HERE)["main"] == Money(10_000 - WORTH, EUR)
    _paid(rig)

    assert rig.bank.received()[0][1:] == (10_000, "USD")
    assert rig.states(owed) == ["settled"]
    books = _books(rig)
    assert books["bank/main", "EUR"] == -BOOKED
    assert books["fx_difference", "EUR"] == BOOKED - WORTH
    assert (books["fx_position", "EUR"], books["fx_position", "USD"]) == (WORTH, -10_000)
    assert books[payable_account(supplier_id_of("Alpha")), "USD"] == 0
    assert all(sum(minor for (_, code), minor in books.items() if code == one) == 0 for one in ("EUR", "USD"))
    with rig.storage.read() as unit:
        assert rig.desk.cash_in(unit, *HERE)["main"] == Money(10_000 - BOOKED, EUR)


def test_block_in_another_currency_when_booked_in_one_sum_then_divided_to_the_cent(
    storage: SqlStorage, tmp_path: Path
) -> None:
    rig = _rig(storage, tmp_path / "bank", rates=_Table())
    rig.supplier("Beta", iban=IBANS[2], bic="BNPAFRPPXXX")
    rig.bank.choose("batch")
    owed = rig.owe(payable("R-1", gross=10_000, currency=USD), payable("B-1", of="Beta", gross=3_333, currency=USD))
    made = rig.proposed()
    rig.approved(made.run)
    rig.released(made.run)
    rig.files.work("node-1")
    _paid(rig)

    assert rig.states(owed) == ["settled", "settled"]
    books = _books(rig)
    booked = -books["bank/main", "EUR"]
    assert booked == BOOKED + 3_087  # 33.33 USD at 1.08, rounded up
    planned = WORTH + 3_030
    assert (books["fx_position", "EUR"], books["fx_position", "USD"]) == (planned, -13_333)
    assert books["fx_difference", "EUR"] == booked - planned
    assert all(sum(minor for (_, code), minor in books.items() if code == one) == 0 for one in ("EUR", "USD"))
    with storage.read() as unit:
        outcomes = [one.outcome for one in unit.bank_messages.list(*HERE, limit=100)]
    assert not [words for words in outcomes if "without a payment" in words]


def test_payment_in_another_currency_when_it_comes_back_then_nothing_is_left_between_the_currencies(
    storage: SqlStorage, tmp_path: Path
) -> None:
    rig = _rig(storage, tmp_path / "bank", rates=_Table())
    rig.bank.choose("return-all")
    owed = rig.owe(payable("R-1", gross=10_000, currency=USD))
    made = rig.proposed()
    rig.approved(made.run)
    rig.released(made.run)
    rig.files.work("node-1")
    _paid(rig, days=7)

    assert rig.states(owed) == ["returned"]
    books = _books(rig)
    assert (books["fx_position", "EUR"], books["fx_position", "USD"]) == (0, 0)
    assert books["bank/main", "EUR"] == books["fx_difference", "EUR"] == 0
    assert books[payable_account(supplier_id_of("Alpha")), "USD"] == -10_000


@pytest.mark.parametrize("rates", [None, _Table(empty=True)], ids=["no source", "source is silent"])
def test_payment_in_another_currency_without_a_rate_then_only_an_account_without_limit_pays_it(
    storage: SqlStorage, tmp_path: Path, rates: _Table | None
) -> None:
    rig = _rig(storage, tmp_path / "bank", rates=rates)
    rig.owe(payable("R-1", gross=10_000, currency=USD))
    (order,) = rig.proposed().orders
    assert order.worth is None
    (mine,) = rig.desk.own()
    limited = {mine.id: Money(1_000_000, EUR)}
    rig.owe(payable("R-2", gross=10_000, currency=USD))
    rig.owe(payable("R-3", gross=2_000))

    made = rig.proposed(cash=limited)

    assert [one.amount for one in made.orders] == [Money(2_000, EUR)]
    assert [one.code for one in made.choice.left_out] == ["no_rate"]


def test_cash_limit_then_counts_what_payments_abroad_are_worth(storage: SqlStorage, tmp_path: Path) -> None:
    rig = _rig(storage, tmp_path / "bank", rates=_Table(), reserve_minor=0, opening_minor=WORTH - 1)
    rig.owe(payable("R-1", gross=10_000, currency=USD), payable("R-2", gross=2_000, due=TODAY))

    made = rig.proposed()

    assert [one.amount for one in made.orders] == [Money(2_000, EUR)]
    assert [(one.code, one.amount) for one in made.choice.left_out] == [("cash_limit", Money(10_000, USD))]


def test_invoice_when_postponed_then_the_rest_is_worth_less_by_the_same_rate(
    storage: SqlStorage, tmp_path: Path
) -> None:
    rig = _rig(storage, tmp_path / "bank", rates=_Table())
    first, _ = rig.owe(payable("R-1", gross=10_000, currency=USD), payable("R-2", gross=11_000, currency=USD))
    made = rig.proposed()

    rig.change.postpone(CLERK, made.run.id, first.id, reason="asked the supplier")

    (order,) = rig.orders(made.run)
    assert order.worth is not None
    assert (order.amount.minor, order.worth.amount.minor) == (11_000, 10_000)
    assert rig.run(made.run).digest == run_digest(made.run, [order]) != made.run.digest


def test_settled_payment_when_a_line_is_its_evidence_then_it_is_reconciled_and_can_be_taken_back(
    storage: SqlStorage, tmp_path: Path
) -> None:
    rig = _rig(storage, tmp_path / "bank", rates=_Table())
    owed = rig.owe(payable("R-1"), payable("R-2", gross=5_000))
    made = rig.proposed()
    (order,) = rig.orders(made.run)
    line, other = uuid.UUID(int=7), uuid.UUID(int=8)
    with pytest.raises(RuleError, match="not settled") as early, rig.storage.write() as unit:
        mark_reconciled(unit, *HERE, [order.id], line, AT)
    assert early.value.code == "payment_not_settled"
    rig.approved(made.run)
    rig.released(made.run)
    rig.files.work("node-1")
    _paid(rig)

    for _ in range(2):
        with rig.storage.write() as unit:
            (proven,) = mark_reconciled(unit, *HERE, [order.id], line, AT, actor="anna")
        assert (proven.fate, proven.reconciled_line) == ("reconciled", line)
        assert rig.states(owed) == ["reconciled"] * 2
    view = rig.read.one(CLERK, made.run.id)
    assert [one.kind for one in view.events].count("reconciled") == 1
    assert rig.read.list(CLERK)[0].fates == {"reconciled": 1}
    with pytest.raises(RuleError) as taken, rig.storage.write() as unit:
        mark_reconciled(unit, *HERE, [order.id], other, AT)
    assert taken.value.code == "payment_proven_otherwise"
    with pytest.raises(NotFound), rig.storage.write() as unit:
        mark_reconciled(unit, *HERE, [PaymentOrderId(new_id())], line, AT)

    with rig.storage.write() as unit:
        mark_settled_again(unit, *HERE, [order.id], other, AT)
    assert rig.states(owed) == ["reconciled"] * 2
    for _ in range(2):
        with rig.storage.write() as unit:
            (back,) = mark_settled_again(unit, *HERE, [order.id], line, AT)
        assert (back.fate, back.reconciled_line) == ("settled", None)
        assert rig.states(owed) == ["settled"] * 2
    assert rig.balances()["bank/main"] == -16_900
