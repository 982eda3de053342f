"""Shifts worked through their use cases on both databases: one a register, blind counts, Z reports, races."""

from __future__ import annotations

import threading
import uuid
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from typing import TYPE_CHECKING

import pytest
from sqlalchemy import create_engine, text

from gateway.adapters.db import engine as engines
from gateway.domain import accounts
from gateway.domain.access import Role
from gateway.domain.errors import GatewayError, IdempotencyConflict, NotFound, NotPermitted
from gateway.domain.ids import ShiftId, StoreId
from gateway.domain.ledger import card_receivable, sales_revenue
from gateway.domain.money import Currency, Money
from gateway.domain.shifts.day_report import cash_difference_settled
from gateway.domain.shifts.day_report_text import digest_of, report_of_text
from gateway.domain.shifts.shift import FactKind, ShiftState
from gateway.services.shifts.manage_shifts import OpenShifts
from tests.support.shift_shop import ShiftShop, euro, person
from tests.support.storage_rows import NORTH, PRINTER, REGISTER, TENANT, TERMINAL, new_id

if TYPE_CHECKING:
    from gateway.adapters.db.unit_of_work import SqlStorage
    from tests.support.storage_rows import Shop

THREADS = 8
WAIT_S = 60.0
CHF = Currency.of("CHF")
WHY = "bought stamps for the shop"


@pytest.fixture
def day(storage: SqlStorage, shop: Shop) -> ShiftShop:
    assert shop.storage is storage
    return ShiftShop(storage)


def francs(minor: int) -> Money:
    return Money(minor, CHF)


def dollars(minor: int) -> Money:
    return Money(minor, Currency.of("USD"))


def _code(work: object, *arguments: object, **named: object) -> str:
    assert callable(work)
    with pytest.raises(GatewayError) as refusal:
        work(*arguments, **named)
    return refusal.value.code


def test_shift_from_float_to_z_then_drawer_books_and_report_agree(day: ShiftShop) -> None:
    shift_id = day.open(10_000)
    day.sell(2_550)
    day.sell(1_999, by="card")
    day.sell(550, back=True)
    day.step(shift_id, FactKind.PAY_OUT, 720, reason=WHY)
    day.step(shift_id, FactKind.PAY_IN, 300, reason="change from the bank")
    day.step(shift_id, FactKind.DROP, 5_000, reason="too much in the drawer")

    report = day.close(shift_id, counted=6_570, left=5_000)

    (drawer,) = report.drawers
    assert (drawer.carried, drawer.expected, drawer.counted) == (euro(0), euro(6_580), euro(6_570))
    assert drawer.difference == euro(-10)
    assert {line.kind: (line.count, line.amount.minor) for line in drawer.lines} == {
        "difference": (1, -10),
        "drop": (1, -5_000),
        "float": (1, 10_000),
        "given_back": (1, -550),
        "pay_in": (1, 300),
        "pay_out": (1, -720),
        "taken": (1, 2_550),
        "to_safe": (1, -1_570),
    }
    assert drawer.balance == euro(5_000) == report.left
    assert {one.kind: (one.taken.minor, one.back.minor) for one in report.tenders} == {
        "card": (1_999, 0),
        "cash": (2_550, 550),
    }
    assert (report.number, report.running.reports, report.running.taken) == (1, 1, euro(4_549))
    assert day.balance(accounts.cash(REGISTER)) == 5_000
    assert day.balance(accounts.cash_difference(REGISTER)) == 10
    assert day.balance(sales_revenue(REGISTER)) == -3_999
    assert day.shift(shift_id).state is ShiftState.CLOSED


def test_second_shift_then_its_report_goes_on_where_the_first_ended(day: ShiftShop) -> None:
    first = day.open(10_000)
    day.sell(1_000)
    before = day.close(first, counted=11_000, left=3_000)
    day.sell(777, by="card")

    second = day.open(5_000)
    day.sell(2_000)
    after = day.close(second, counted=7_000, left=0)

    (drawer,) = after.drawers
    assert drawer.carried == euro(3_000) == before.drawers[0].balance
    assert {line.kind: line.amount.minor for line in drawer.lines} == {
        "float": 2_000,
        "taken": 2_000,
        "to_safe": -7_000,
    }
    assert {one.kind: one.taken.minor for one in after.tenders} == {"card": 777, "cash": 2_000}
    assert (after.number, after.running.taken, after.since) == (2, euro(3_777), before.until)
    stored = day.reports.z(day.manager, first)
    assert after.before == stored.digest == digest_of(stored.document)


def test_register_with_a_running_shift_then_no_second_one(day: ShiftShop) -> None:
    day.open()

    assert _code(day.open) == "shift_open"
    day.open(register="till-2")
    assert _code(day.open, register="nowhere") == "unknown_register"


def test_steps_out_of_order_then_refused_and_nothing_is_stored(day: ShiftShop) -> None:
    shift_id = day.open()

    assert _code(day.step, shift_id, FactKind.CLOSED, 0) == "shift_step_not_possible"
    assert _code(day.step, shift_id, FactKind.RECOUNTED, 0, reason=WHY, by=day.manager) == "shift_step_not_possible"
    day.step(shift_id, FactKind.COUNTED, 10_000)
    assert _code(day.step, shift_id, FactKind.PAY_OUT, 100, reason=WHY) == "shift_step_not_possible"
    assert _code(day.step, shift_id, FactKind.CLOSED, 10_001) == "left_above_counted"
    day.step(shift_id, FactKind.CLOSED, 10_000)
    assert _code(day.step, shift_id, FactKind.COUNTED, 10_000) == "shift_step_not_possible"
    assert _code(day.step, shift_id, FactKind.REVIEWED, reason=WHY, by=day.manager) == "nothing_to_review"
    assert _code(day.step, ShiftId(new_id()), FactKind.COUNTED, 1) == "shift_not_found"
    assert [fact.kind for fact in day.facts(shift_id)] == [FactKind.OPENED, FactKind.COUNTED, FactKind.CLOSED]


def test_amounts_and_reasons_that_cannot_be_then_refused(day: ShiftShop) -> None:
    shift_id = day.open()

    assert _code(day.step, shift_id, FactKind.PAY_OUT, 0, reason=WHY) == "invalid_amount"
    assert _code(day.step, shift_id, FactKind.PAY_OUT, 100) == "reason_needed"
    assert _code(day.step, shift_id, FactKind.COUNTED) == "invalid_amount"
    assert _code(day.step, shift_id, FactKind.COUNTED, -1) == "invalid_amount"
    assert _code(day.step, shift_id, FactKind.HANDOVER) == "name_needed"


def test_difference_when_reviewed_then_settled_once_and_only_by_a_manager(day: ShiftShop) -> None:
    shift_id = day.open(10_000)
    day.close(shift_id, counted=9_000)
    with day.storage.read() as unit:
        assert [one.id for one in unit.shifts.to_review(TENANT, NORTH)] == [shift_id]

    with pytest.raises(NotPermitted):
        day.step(shift_id, FactKind.REVIEWED, reason="a note fell behind the till")
    day.step(shift_id, FactKind.REVIEWED, reason="a note fell behind the till", by=day.manager)

    assert _code(day.step, shift_id, FactKind.REVIEWED, reason=WHY, by=day.manager) == "nothing_to_review"
    assert day.balance(accounts.cash_difference(REGISTER)) == 0
    assert day.balance(cash_difference_settled(REGISTER)) == 1_000
    with day.storage.read() as unit:
        assert unit.shifts.to_review(TENANT, NORTH) == ()


def test_foreign_cash_when_counted_then_compared_booked_and_taken_to_the_safe(day: ShiftShop) -> None:
    shift_id = day.open(10_000)
    drawer, other = accounts.cash(REGISTER), accounts.exchange(REGISTER)
    day.book("notes", drawer, other, francs(5_000))

    day.step(shift_id, FactKind.COUNTED, 10_000, foreign=(francs(4_000), dollars(0)))
    count = day.facts(shift_id)[-1]
    assert [(one.counted, one.expected) for one in count.foreign] == [
        (francs(4_000), francs(5_000)),
        (dollars(0), dollars(0)),
    ]
    day.step(shift_id, FactKind.CLOSED, 2_000)

    report = report_of_text(day.reports.z(day.cashier, shift_id).document)
    ours, theirs = sorted(report.drawers, key=lambda one: one.balance.currency.code, reverse=True)
    assert (ours.counted, ours.difference, ours.balance) == (euro(10_000), euro(0), euro(2_000))
    assert (theirs.expected, theirs.counted, theirs.difference) == (francs(5_000), francs(4_000), francs(-1_000))
    assert theirs.balance == francs(0)
    assert day.balance(drawer, CHF) == 0
    assert day.balance(accounts.cash_difference(REGISTER), CHF) == 1_000
    with day.storage.read() as unit:
        assert [one.id for one in unit.shifts.to_review(TENANT, NORTH)] == [shift_id]
    day.step(shift_id, FactKind.REVIEWED, reason="two notes were forgeries", by=day.manager)
    assert day.balance(accounts.cash_difference(REGISTER), CHF) == 0
    assert day.balance(cash_difference_settled(REGISTER), CHF) == 1_000
    with day.storage.read() as unit:
        assert unit.shifts.to_review(TENANT, NORTH) == ()


def test_foreign_cash_when_moved_after_the_count_then_closing_asks_for_a_new_one(day: ShiftShop) -> None:
    shift_id = day.open(10_000)
    day.step(shift_id, FactKind.COUNTED, 10_000, foreign=(francs(0),))
    day.book("notes", accounts.cash(REGISTER), accounts.exchange(REGISTER), francs(5_000))

    assert _code(day.step, shift_id, FactKind.CLOSED, 0) == "count_outdated"
    day.step(shift_id, FactKind.RESUMED)
    day.step(shift_id, FactKind.COUNTED, 10_000, foreign=(francs(5_000),))
    day.step(shift_id, FactKind.CLOSED, 0)
    with day.storage.read() as unit:
        assert unit.shifts.to_review(TENANT, NORTH) == ()


def test_foreign_cash_that_cannot_be_then_refused(day: ShiftShop) -> None:
    shift_id = day.open(10_000)

    for wrong in ((euro(1),), (francs(1), francs(2)), (francs(-1),)):
        assert _code(day.step, shift_id, FactKind.COUNTED, 10_000, foreign=wrong) == "invalid_count"
    assert day.shift(shift_id).state is ShiftState.OPEN


def test_recount_then_it_stands_beside_the_count_and_decides(day: ShiftShop) -> None:
    shift_id = day.open(10_000)
    day.step(shift_id, FactKind.COUNTED, 1_000)
    day.step(shift_id, FactKind.RECOUNTED, 10_000, reason="a bundle was overlooked", by=day.manager)

    day.step(shift_id, FactKind.CLOSED, 0)

    counts = [fact.difference for fact in day.facts(shift_id) if fact.expected is not None]
    assert counts == [euro(-9_000), euro(0)]
    assert day.balance(accounts.cash_difference(REGISTER)) == 0


def test_cash_after_the_count_then_closing_asks_for_a_new_count(day: ShiftShop) -> None:
    shift_id = day.open(10_000)
    day.step(shift_id, FactKind.COUNTED, 10_000)
    day.sell(500)

    assert _code(day.step, shift_id, FactKind.CLOSED, 0) == "count_outdated"

    day.step(shift_id, FactKind.RESUMED)
    assert day.close(shift_id, counted=10_500).drawers[0].difference == euro(0)


def test_handover_then_another_is_responsible(day: ShiftShop) -> None:
    shift_id = day.open(10_000)

    day.step(shift_id, FactKind.HANDOVER, 9_990, to="bert")

    assert day.shift(shift_id).cashier == "bert"
    assert day.facts(shift_id)[-1].difference == euro(-10)
    assert day.balance(accounts.cash(REGISTER)) == 10_000


def test_step_sent_again_then_the_same_answer_and_nothing_more(day: ShiftShop) -> None:
    shift_id, fact_id = day.open(10_000), new_id()

    first = day.step(shift_id, FactKind.PAY_OUT, 700, reason=WHY, fact_id=fact_id)
    again = day.step(shift_id, FactKind.PAY_OUT, 700, reason=WHY, fact_id=fact_id)

    assert (first[0], again) == (again[0], (first[0], True))
    assert day.balance(accounts.cash(REGISTER)) == 9_300
    with pytest.raises(IdempotencyConflict):
        day.step(shift_id, FactKind.PAY_OUT, 800, reason=WHY, fact_id=fact_id)
    assert day.open(10_000, shift_id=shift_id) == shift_id
    with pytest.raises(IdempotencyConflict) as reused:
        day.open(10_000, register="till-2", shift_id=shift_id, key="another key")
    assert reused.value.code == "id_reused"


def test_shift_of_another_store_then_not_found(day: ShiftShop) -> None:
    shift_id = day.open()
    elsewhere = replace(person(Role.MANAGER, "zoe"), store_id=StoreId("south"))

    with pytest.raises(NotFound):
        day.step(shift_id, FactKind.PAY_OUT, 1, reason=WHY, by=elsewhere)
    with pytest.raises(NotFound):
        day.reports.x(elsewhere, shift_id)


def test_x_then_it_shows_the_day_so_far_to_a_manager_and_stores_nothing(day: ShiftShop) -> None:
    shift_id = day.open(10_000)
    day.sell(1_234)
    day.reserve(999)

    with pytest.raises(NotPermitted):
        day.reports.x(day.cashier, shift_id)
    first, second = day.reports.x(day.manager, shift_id), day.reports.x(day.manager, shift_id)

    assert first.drawers == second.drawers
    assert (first.number, first.drawers[0].balance, first.running.reports) == (None, euro(11_234), 0)
    assert [one.kind for one in first.tenders] == ["cash"]
    assert _code(day.reports.z, day.cashier, shift_id) == "report_not_found"


def test_entry_committed_after_a_report_of_its_time_then_the_next_report_has_it(day: ShiftShop) -> None:
    """A card is approved while the shift closes: its entry bears an earlier instant than the report without it."""
    shift_id = day.open(10_000)
    moment = day.clock.now()
    day.close(shift_id, counted=10_000)
    day.book("late", card_receivable(TERMINAL), sales_revenue(REGISTER), euro(4_200), at=moment)

    report = day.close(day.open(0), counted=0)

    assert {one.kind: one.taken.minor for one in report.tenders} == {"card": 4_200}


def test_report_then_it_is_printed_announced_and_kept_as_it_was(day: ShiftShop, migrated_url: str) -> None:
    shift_id = day.open(10_000)
    report = day.close(shift_id, counted=10_000)

    assert [one.kind for one in day.announced.told] == ["shift.opened", "shift.closed"]
    assert day.announced.told[1].data["difference"] == "0.00"
    assert PRINTER in day.hints.filled
    stored = day.reports.z(day.cashier, shift_id)
    assert report_of_text(stored.document) == report
    assert day.views[-1].report == stored
    day.storage.close()
    engine = create_engine(engines.database_url(migrated_url))
    for statement in ("UPDATE day_report SET number = 7", "DELETE FROM shift_fact", "DELETE FROM document_number"):
        with engine.connect() as connection, pytest.raises(Exception, match="append-only"):
            connection.execute(text(statement))
    engine.dispose()


def test_openings_at_once_then_one_shift(day: ShiftShop) -> None:
    codes = _race([day.open] * THREADS)

    assert codes == {"stored": 1, "shift_open": THREADS - 1}


def test_closings_at_once_then_one_report(day: ShiftShop) -> None:
    shift_id = day.open(10_000)
    day.step(shift_id, FactKind.COUNTED, 10_000)

    codes = _race([lambda: day.step(shift_id, FactKind.CLOSED, 0)] * THREADS)

    assert codes == {"stored": 1, "shift_step_not_possible": THREADS - 1}
    assert day.reports.z(day.cashier, shift_id).number == 1


def test_cash_taken_beside_a_count_then_it_is_in_the_count_or_finds_no_shift(day: ShiftShop) -> None:
    """Whoever takes cash holds the shift: the count sees all of it, or comes first and the shift takes nothing."""
    shifts = OpenShifts(tenant_id=TENANT, store_id=NORTH)
    for _ in range(4):
        shift_id = day.open(10_000)
        taken: list[int] = []

        def take(into: list[int] = taken) -> None:
            cause = accounts.Cause(TENANT, NORTH, new_id(), "trace", day.clock.now())
            debit, credit = accounts.cash(REGISTER), sales_revenue(REGISTER)
            with day.storage.write() as unit:
                if shifts.open_shift_of(unit, REGISTER) is None:
                    return
                unit.ledger.add(accounts.booked(cause, "x", debit=debit, credit=credit, amount=euro(100)))
            into.append(100)

        _race([take, take, take, lambda one=shift_id: day.step(one, FactKind.COUNTED, 0)])

        count = day.facts(shift_id)[-1]
        assert count.expected == euro(10_000 + sum(taken))
        day.step(shift_id, FactKind.CLOSED, 0)


def test_same_step_at_once_then_taken_once_and_told_to_all(day: ShiftShop) -> None:
    shift_id, fact_id = day.open(10_000), uuid.UUID(int=new_id().int)

    codes = _race([lambda: day.step(shift_id, FactKind.PAY_OUT, 100, reason=WHY, fact_id=fact_id)] * THREADS)

    assert codes == {"stored": THREADS}
    assert day.balance(accounts.cash(REGISTER)) == 9_900


def _race(works: list[object]) -> Counter[str]:
    barrier = threading.Barrier(len(works))

    def run(work: object) -> str:
        assert callable(work)
        barrier.wait(WAIT_S)
        try:
            work()
        except GatewayError as error:
            return error.code
        return "stored"

    with ThreadPoolExecutor(len(works)) as pool:
        return Counter(pool.map(run, works, timeout=WAIT_S))
