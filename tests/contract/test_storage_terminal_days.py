"""Ends of terminals' days compared with stored payments and refunds, on both databases."""

from __future__ import annotations

import uuid
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from gateway.domain.access import ROLE_PERMISSIONS, Caller, Role
from gateway.domain.cards.payment import AttemptEvent, BrandTotal, DayFigures, TerminalResult
from gateway.domain.cards.terminal_comparison import Agreement, ComparedDay, DifferenceKind
from gateway.domain.cards.terminal_day import DayClose
from gateway.domain.errors import InputError, NotFound, NotPermitted, RuleError
from gateway.domain.ids import TerminalDayId
from gateway.services.shifts.compare_terminal_day import CompareTerminalDay
from tests.support.lane_rig import EUR, STORE, TENANT, TERMINAL, LaneNode, add_devices, approval
from tests.support.scripted_terminal import ScriptedTerminal

if TYPE_CHECKING:
    from gateway.adapters.db.unit_of_work import SqlStorage
    from gateway.domain.ids import PaymentId

MANAGER = Caller(TENANT, STORE, uuid.uuid4(), "maria", ROLE_PERMISSIONS[Role.MANAGER])
WHY = "booked twice by the host, the acquirer corrects it"


class Terminal:
    """A till whose terminal says what the test tells it to."""

    def __init__(self, storage: SqlStorage) -> None:
        add_devices(storage)
        self.node = LaneNode(storage, ScriptedTerminal())
        self.service = CompareTerminalDay(
            storage=storage,
            clock=self.node.clock,
            tenant_id=TENANT,
            store_id=STORE,
            currencies={TERMINAL: EUR},
            currency=EUR,
        )

    def sell(self, minor: int, receipt_no: int) -> PaymentId:
        payment_id = self.node.begin(minor)
        self.node.settle(payment_id, approval(minor, receipt_no))
        return payment_id

    def decline(self, minor: int) -> PaymentId:
        payment_id = self.node.begin(minor)
        told = approval(minor)
        self.node.settle(payment_id, replace(told, event=AttemptEvent.DECLINE, result=TerminalResult()))
        return payment_id

    def end_day(self, *brands: tuple[str, int, int], bounds: tuple[int, int] = (1, 99)) -> TerminalDayId:
        day_id = self.node.end_day()
        with self.node.inner.read() as unit:
            [(movement, attempt)] = unit.payments.open_attempts(TENANT, STORE, TERMINAL)
        assert isinstance(movement, DayClose)
        figures = DayFigures(None, "978", *bounds, tuple(BrandTotal(*brand) for brand in brands))
        outcome = replace(approval(1), reason_code="day_closed", result=TerminalResult(day=figures))
        self.node.conclude.record(movement, attempt, outcome, epoch=attempt.epoch, actor="terminal-1")
        return day_id

    def compared(self, *brands: tuple[str, int, int]) -> ComparedDay:
        day_id = self.end_day(*brands)
        assert self.service.compare_new() == 1
        newest, *_ = self.service.recent(MANAGER)
        assert newest.day_id == day_id
        return newest


@pytest.fixture
def terminal(storage: SqlStorage) -> Iterator[Terminal]:
    one = Terminal(storage)
    yield one
    one.node.stop()


def test_day_that_agrees_then_stored_once_and_each_booking_counted_once(terminal: Terminal) -> None:
    terminal.sell(1000, 1)
    terminal.sell(700, 2)
    first = terminal.compared(("visa", 2, 1700))
    terminal.sell(300, 3)
    second = terminal.compared(("visa", 1, 300))

    assert (first.agreement, second.agreement) == (Agreement.EQUAL, Agreement.EQUAL)
    assert [(row.brand, row.ours_count, row.ours_minor) for row in second.rows] == [("visa", 1, 300)]
    assert terminal.service.compare_new() == 0
    with terminal.node.inner.read() as unit:
        assert unit.terminal_days.open_count(TENANT, STORE) == 0


def test_day_that_differs_then_a_task_names_the_payment_and_a_manager_settles_it_once(terminal: Terminal) -> None:
    terminal.sell(1000, 1)
    missing = terminal.sell(700, 2)
    day = terminal.compared(("visa", 1, 1000))

    (one,) = day.differences
    assert (day.agreement, one.kind) == (Agreement.DIFFERENT, DifferenceKind.MISSING_THERE)
    assert [candidate.payment_id for candidate in one.candidates] == [missing]
    with terminal.node.inner.read() as unit:
        assert unit.terminal_days.open_count(TENANT, STORE) == 1

    cashier = replace(MANAGER, permissions=ROLE_PERMISSIONS[Role.CASHIER])
    with pytest.raises(NotPermitted):
        terminal.service.settle(cashier, day.day_id, one.id, WHY)
    with pytest.raises(InputError):
        terminal.service.settle(MANAGER, day.day_id, one.id, "?")
    with pytest.raises(NotFound):
        terminal.service.settle(MANAGER, day.day_id, uuid.uuid4(), WHY)
    (settled,) = terminal.service.settle(MANAGER, day.day_id, one.id, WHY).differences
    assert (settled.settled_by, settled.reason) == ("maria", WHY)
    with pytest.raises(RuleError) as late:
        terminal.service.settle(MANAGER, day.day_id, one.id, WHY)
    assert late.value.code == "difference_settled"
    with terminal.node.inner.read() as unit:
        assert unit.terminal_days.open_count(TENANT, STORE) == 0


def test_terminal_that_took_more_then_the_declined_try_is_named(terminal: Terminal) -> None:
    terminal.sell(1000, 1)
    declined = terminal.decline(4200)

    (one,) = terminal.compared(("visa", 2, 5200)).differences

    assert one.kind is DifferenceKind.MISSING_HERE
    assert [(each.payment_id, each.state, each.minor) for each in one.candidates] == [(declined, "declined", 4200)]


def test_refund_then_it_is_taken_off_the_brand(terminal: Terminal) -> None:
    payment_id = terminal.sell(1000, 1)
    refund_id = terminal.node.refund(payment_id, 400)
    attempt = terminal.node.refund_attempt(refund_id)
    with terminal.node.inner.read() as unit:
        record = unit.refunds.load(TENANT, STORE, refund_id)
    assert record is not None
    terminal.node.conclude.record(record.refund, attempt, approval(400, 2), epoch=attempt.epoch, actor="terminal-1")

    day = terminal.compared(("visa", 2, 600))

    assert day.agreement is Agreement.EQUAL


def test_days_compared_by_two_nodes_at_once_then_once(terminal: Terminal) -> None:
    terminal.sell(1000, 1)
    terminal.end_day(("visa", 1, 1000))

    with ThreadPoolExecutor(4) as pool:
        done = list(pool.map(lambda _: terminal.service.compare_new(), range(4)))

    assert sum(done) == 1
    assert len(terminal.service.recent(MANAGER)) == 1


def test_first_day_without_numbers_then_nothing_is_claimed_and_the_next_is_compared(terminal: Terminal) -> None:
    terminal.sell(1000, 1)
    terminal.end_day(("visa", 9, 9000), bounds=(0, 0))
    assert terminal.service.compare_new() == 1
    (first,) = terminal.service.recent(MANAGER)
    terminal.sell(500, 2)

    second = terminal.compared(("visa", 1, 500))

    assert (first.agreement, second.agreement) == (Agreement.FIRST, Agreement.EQUAL)
